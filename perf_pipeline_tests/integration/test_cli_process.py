"""The process of the command line ends at once, and loses nothing by it, started or forked."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.main import get_command

from perf_pipeline.cli import app
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


_FREE = re.compile(r"[\d.]+ GiB")
"""What `doctor` says of the disk, which others fill meanwhile."""

_Q1 = "2023-24-Q1"
_COMMANDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "show": (0, (_Q1, "kpi_scorecard")),
    "explain": (0, (_Q1, "PBH-01")),
    "export": (0, (_Q1, "--format", "csv", "--to", "written")),
    "sign-off": (2, (_Q1, "owner", "--by", "A. Tester")),
    "release": (0, (_Q1, "--by", "A. Tester")),
    "history": (0, (_Q1,)),
    "diff": (0, (_Q1, "1", "1")),
    "verify": (0, ()),
    "reconcile": (0, ()),
    "check-council": (0, ()),
    "prepare": (0, ()),
    "doctor": (0, ()),
    "template": (0, (_Q1, "public_health", "--out", "written/return.xlsx")),
    "check-return": (0, ("data/returns/2023-24-Q1/public_health.csv", _Q1)),
    "rejects": (0, (_Q1,)),
    "run": (2, ("2098-99-Q1",)),
}
"""Calls that find something to do where Q1 is published, or that say what is wrong."""


def test_every_command_is_started() -> None:
    """The test below starts every command but the server, which has tests of its own."""
    assert {*get_command(app).commands} - {*_COMMANDS} == {"serve-check"}


@pytest.mark.parametrize("command", _COMMANDS)
def test_forked_as_installed(published: Workplace, command: str) -> None:
    """What the tests fork answers as what is installed does: exit code, output and errors."""
    code, arguments = _COMMANDS[command]
    installed = replace(published, is_installed=True)

    answers = []
    for where in (published, installed):
        (where.root / "written").mkdir()
        done = where.call(command, *arguments)
        answers.append(
            (done.returncode, *(_FREE.sub("", text) for text in (done.stdout, done.stderr)))
        )
        shutil.rmtree(where.root / "written")

    assert answers[0] == answers[1]
    assert answers[0][0] == code, answers[0]
