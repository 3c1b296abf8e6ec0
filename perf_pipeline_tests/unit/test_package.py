"""What importing the package decides for the whole process."""

import os
import subprocess
import sys

import pytest

_POOL = "ARROW_DEFAULT_MEMORY_POOL"


@pytest.mark.parametrize(("given", "taken"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_arrow_allocates_as_the_system_does(given: str | None, taken: str) -> None:
    """Arrow takes the system's allocator, unless the environment names another one."""
    script = "import perf_pipeline, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    kept = {name: value for name, value in os.environ.items() if name != _POOL}
    environment = kept | ({} if given is None else {_POOL: given})
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == taken
