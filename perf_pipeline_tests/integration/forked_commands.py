"""The command line in a process of its own, forked from one that has loaded its modules.

Loading Dagster and pandas takes longer than most commands do, and the tests give hundreds. Only the
loading is shared: each command has its own folder, environment, output and exit code. What Python
looks at when it starts (PYTHONPATH, PYTHONWARNINGS, sitecustomize) is that of the tests. That the
command that is installed starts is for tests that start it.
"""

import atexit
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from perf_pipeline.cli import console, exporting, running, showing
from perf_pipeline.cli.process import run
from perf_pipeline.orchestration import (
    dagster_records,
    disaggregated,
    publication,
    ratings,
    reporting,
    returns,
)
from perf_pipeline.orchestration.automation import sensors

LONGEST_S = 300
"""Seconds after which a command is taken to hang."""

# Not the definitions, which read the environment of the process that loads them.
_LOADED = (
    *(dagster_records, disaggregated, exporting, publication, ratings, reporting, returns),
    *(running, sensors, showing),
)
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([module.__name__ for module in _LOADED])


def call_forked(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command, as `subprocess.run` does that captures its output as text.

    Args:
        command: The path of the console script, and its arguments.
        folder: Where it runs.
        environment: Its whole environment.

    Raises:
        subprocess.TimeoutExpired: It has not ended after `LONGEST_S`.
    """
    with tempfile.TemporaryDirectory() as kept:
        written = Path(kept, "stdout"), Path(kept, "stderr")
        process = _CONTEXT.Process(
            target=_be_command, args=(command, folder, dict(environment), written)
        )
        process.start()
        process.join(LONGEST_S)
        is_ended = process.exitcode is not None
        process.kill()
        process.join()
        stdout, stderr = (path.read_text(encoding="utf-8") for path in written)
        if not is_ended:
            raise subprocess.TimeoutExpired(command, LONGEST_S, stdout, stderr)
        return subprocess.CompletedProcess(command, process.exitcode, stdout, stderr)


def _be_command(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], written: Sequence[Path]
) -> None:
    for descriptor, path in enumerate(written, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(command)
    # They were made for the output of the process that this one was forked from.
    vars(console.output).update(vars(console.new_console(stderr=False)))
    vars(console.errors).update(vars(console.new_console(stderr=True)))
    try:
        run()
    finally:
        # A process that multiprocessing has started leaves out what is registered for the end.
        atexit._run_exitfuncs()  # noqa: SLF001 - as `cli.process` does
