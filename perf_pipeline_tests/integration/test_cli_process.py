"""The process of the command line ends at once, and loses nothing by it, started or forked."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from perf_pipeline_tests.integration.workplaces import Workplace

_CLI = Path(sys.executable).parent / "perf-pipeline"
_PROCESS = """
import atexit, sys, threading
from perf_pipeline.cli import process

def main():
    atexit.register(print, "registered", end="")
    sys.stdout.write("written " * 20_000)
    {beside}
    {ends}

process.main = main
process.run()
"""


def _ended(ends: str, beside: str = "") -> subprocess.CompletedProcess[str]:
    code = _PROCESS.format(ends=ends, beside=beside)
    # Unbuffered, nothing could be lost.
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env=environment
    )


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_ended_well(code: int) -> None:
    """The exit code is kept, and so is what was written and what was registered for the end."""
    ended = _ended(f"raise SystemExit({code})")

    assert ended.returncode == code
    assert ended.stdout == "written " * 20_000 + "registered"
    assert ended.stderr == ""


def test_fault() -> None:
    """A fault of ours shows where it was."""
    ended = _ended("raise KeyError('a fault')")

    assert ended.returncode == 1
    assert "KeyError: 'a fault'" in ended.stderr
    assert ended.stdout.endswith("registered")


def test_thread() -> None:
    """A thread that still works is waited for."""
    late = "threading.Timer(0.5, lambda: print('late ', end='')).start()"

    ended = _ended("raise SystemExit(3)", beside=late)

    assert ended.returncode == 3
    assert ended.stdout == "written " * 20_000 + "late registered"


def test_help() -> None:
    """Help answers without pandas."""
    code = "import sys, perf_pipeline.cli.process; sys.exit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert subprocess.run([_CLI, "--help"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("check-council",), 0), (("show", "2023-24-Q1"), 1), (("run", "2098-99-Q1"), 2)],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_forked_as_installed(workplace: Workplace, arguments: tuple[str, ...], code: int) -> None:
    """What the tests fork answers as what is installed does: exit code, output and errors."""
    forked = workplace.call(*arguments)
    installed = replace(workplace, is_installed=True).call(*arguments)

    assert vars(forked) == vars(installed)
    assert forked.returncode == code
    assert (forked.stdout == "", forked.stderr == "") == (code != 0, code == 0)
