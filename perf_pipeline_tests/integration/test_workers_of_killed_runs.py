"""A run that is killed by force takes its worker processes with it."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from perf_pipeline_tests.integration.test_disaggregated_runs import QUARTER, with_system
from perf_pipeline_tests.integration.workplaces import COMMAND, Workplace

LONGEST_S = 60
"""Seconds after which a run that starts no worker is taken to hang."""

SETTLED_S = 1
"""Seconds after which a worker that has nothing to do is idle."""

WORKERS = {"processes": "forkserver", "dask": "spawn_main"}
"""What the command line of an engine's worker processes, or of their parent, has."""


@pytest.fixture
def started() -> Iterator[list[psutil.Process]]:
    """Collect processes; those that a test leaves running are ended."""
    processes: list[psutil.Process] = []
    yield processes
    for process in processes:
        if process.is_running():
            process.kill()


def start_run(place: Workplace, engine: str) -> psutil.Process:
    """Start a run of the quarter by an engine."""
    return psutil.Popen(
        [str(COMMAND), "run", QUARTER, "--engine", engine],
        cwd=place.root,
        env=place.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def worker_of(run: psutil.Process, engine: str) -> psutil.Process | None:
    """Return a worker process of a run; none while there is none."""
    found: list[psutil.Process] = []
    # A child of the run's may end while it is looked at.
    with contextlib.suppress(psutil.NoSuchProcess):
        named = [each for each in run.children() if WORKERS[engine] in " ".join(each.cmdline())]
        found = named if engine == "dask" else [each for one in named for each in one.children()]
    return found[0] if found else None


def stop_at_first_worker(run: psutil.Process, engine: str) -> psutil.Process:
    """Hold a run still once it has a worker process, and return that process."""
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        worker = worker_of(run, engine)
        if worker is not None:
            run.suspend()
            return worker
        time.sleep(0.01)
    pytest.fail("The run started no worker process.")


@pytest.mark.parametrize("engine", WORKERS)
def test_workers_end_with_a_killed_run(
    engine: str, tmp_path: Path, started: list[psutil.Process]
) -> None:
    """After `kill -9` of a run with workers, no process of its is left within ten seconds."""
    run = start_run(with_system(tmp_path), engine)
    started.append(run)
    worker = stop_at_first_worker(run, engine)
    started.extend(run.children(recursive=True))
    assert worker in started
    time.sleep(SETTLED_S)
    run.send_signal(signal.SIGKILL)
    run.wait()
    _, left = psutil.wait_procs(started[1:], timeout=10)
    assert [each.cmdline() for each in left] == []
