"""One run of a quarter at a time: who holds the lock, who waits, and when it is let go."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from perf_pipeline.errors import QuarterLockedError
from perf_pipeline.orchestration.quarter_locks import QuarterLocks
from perf_pipeline.quarters import Quarter

FIRST, SECOND = Quarter(2023, 1), Quarter(2023, 2)

HOLDER = """
import sys, time
from pathlib import Path
from perf_pipeline.orchestration.quarter_locks import QuarterLocks
from perf_pipeline.quarters import Quarter
locks = QuarterLocks(Path(sys.argv[1]), "run-of-the-killed", 5.0)
locks.take([Quarter(2023, 1)], print)
print("held", flush=True)
time.sleep(60)
"""


def taken(folder: Path, run_id: str, *quarters: Quarter, wait_s: float = 0.3) -> QuarterLocks:
    """Return a run's locks after it has tried to take them."""
    locks = QuarterLocks(folder, run_id, wait_s)
    locks.take(quarters, lambda _: None)
    return locks


def test_second_run_fails_and_names_the_first(tmp_path: Path) -> None:
    """A run that has waited in vain says which quarter, which run, how long and what to do."""
    held = taken(tmp_path, "run-1", FIRST)
    refused = taken(tmp_path, "run-2", FIRST)
    with pytest.raises(QuarterLockedError) as raised:
        refused.require()
    held.release()
    assert str(raised.value) == (
        "Q1 2023/24 is being worked on by run run-1, which had not ended after 0.3 s; nothing was "
        "changed. Let it end, or end it, then run the quarter again."
    )


def test_second_run_waits_for_the_first(tmp_path: Path) -> None:
    """A run goes on as soon as the one before it has ended, and was told whom it waits for."""
    held = taken(tmp_path, "run-1", FIRST)
    told: list[str] = []
    waiting = QuarterLocks(tmp_path, "run-2", 20.0)
    threading.Timer(0.5, held.release).start()
    waiting.take([FIRST], told.append)
    waiting.require()
    waiting.release()
    assert told == ["Q1 2023/24 waits for run run-1 to end."]


def test_other_quarters_do_not_wait(tmp_path: Path) -> None:
    """Runs of two quarters hold their locks at the same time."""
    held = [taken(tmp_path, "run-1", FIRST), taken(tmp_path, "run-2", SECOND)]
    for locks in held:
        locks.require()
        locks.release()


def test_several_quarters_are_taken_all_or_none(tmp_path: Path) -> None:
    """A run that cannot have one of its quarters lets the others go at once."""
    held = taken(tmp_path, "run-1", SECOND)
    refused = taken(tmp_path, "run-2", FIRST, SECOND)
    with pytest.raises(QuarterLockedError, match=r"Q2 2023/24 .* run-1"):
        refused.require()
    free = taken(tmp_path, "run-3", FIRST)
    free.require()
    free.release()
    held.release()


def test_killed_process_lets_go_only_when_it_is_gone(tmp_path: Path) -> None:
    """A lock outlives everything but its process: it is held while that works and free after."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(QuarterLockedError, match="run-of-the-killed"):
            taken(tmp_path, "run-2", FIRST).require()
        process.kill()
        process.wait()
        freed = taken(tmp_path, "run-3", FIRST, wait_s=5.0)
        freed.require()
        freed.release()


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A place where no lock can be kept is an error with its path and what to do."""
    place = tmp_path / "locks"
    place.write_text("a file, no folder")
    with pytest.raises(QuarterLockedError, match=f"cannot be taken in {place}.*writable"):
        taken(place, "run-1", FIRST).require()


def test_waiting_is_over_in_time(tmp_path: Path) -> None:
    """The wait is for all of a run's quarters together."""
    held = taken(tmp_path, "run-1", FIRST, SECOND)
    began = time.monotonic()
    taken(tmp_path, "run-2", FIRST, SECOND, wait_s=0.5)
    assert time.monotonic() - began < 2
    held.release()
