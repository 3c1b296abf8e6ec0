"""One run of a quarter at a time on one home: locks that the operating system lets go.

A run's process takes its quarters' locks before its first step and holds them to its end, so that
a killed run whose step still works keeps them until that process is gone. Dagster's run status is
not asked: it can say that a run has ended while its process works on. Two runs on different homes
do not see each other's locks; the publication's fence holds them apart.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

from perf_pipeline.errors import QuarterLockedError
from perf_pipeline.orchestration.partitions import quarters_of_tags
from perf_pipeline.quarters import Quarter

QUARTER_LOCKS = "quarter_locks"
"""The resource's name."""

_POLL_S = 0.2


class QuarterLocks:
    """The locks of one run's quarters; a fault waits for the first step that needs them.

    A step then fails with the fault's sentence, which the UI shows on its asset, where a fault
    while the run starts would be shown on none.
    """

    def __init__(self, folder: Path, run_id: str, wait_s: float) -> None:
        self._folder = folder
        self._run_id = run_id
        self._wait_s = wait_s
        self._held: list[tuple[FileLock, Path]] = []
        self._fault: QuarterLockedError | None = None

    def take(self, quarters: Sequence[Quarter], tell: Callable[[str], object]) -> None:
        """Take every quarter's lock or, after the wait, none.

        Args:
            quarters: The run's quarters; all runs take them in the same order.
            tell: Told, once for a quarter, whom this run waits for.
        """
        deadline = time.monotonic() + self._wait_s
        try:
            for quarter in sorted(quarters):
                self._take(quarter, deadline, tell)
        except QuarterLockedError as fault:
            self._fault = fault
            self.release()

    def require(self) -> None:
        """Go on only with the locks.

        Raises:
            QuarterLockedError: They could not be taken.
        """
        if self._fault is not None:
            raise self._fault

    def release(self) -> None:
        """Let the locks go."""
        while self._held:
            lock, note = self._held.pop()
            note.unlink(missing_ok=True)
            lock.release()

    def _take(self, quarter: Quarter, deadline: float, tell: Callable[[str], object]) -> None:
        lock = FileLock(self._folder / f"{quarter.key}.lock")
        note = self._folder / f"{quarter.key}.run"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._acquire(lock, note, quarter, deadline, tell)
            # Beside the lock and not in it: some versions of the library empty the file.
            note.write_text(self._run_id, encoding="utf-8")
        except OSError as error:
            lock.release()
            raise QuarterLockedError(
                f"The lock of {quarter.label} cannot be taken in {self._folder}: "
                f"{error.strerror or error}. Make the folder writable, then run the quarter again."
            ) from error
        self._held.append((lock, note))

    def _acquire(
        self,
        lock: FileLock,
        note: Path,
        quarter: Quarter,
        deadline: float,
        tell: Callable[[str], object],
    ) -> None:
        with contextlib.suppress(Timeout):
            lock.acquire(blocking=False)
            return
        tell(f"{quarter.label} waits for {_holder(note)} to end.")
        try:
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()), poll_interval=_POLL_S)
        except Timeout:
            raise QuarterLockedError(
                f"{quarter.label} is being worked on by {_holder(note)}, which had not ended after "
                f"{self._wait_s:g} s; nothing was changed. Let it end, or end it, then run the "
                "quarter again."
            ) from None


def _holder(note: Path) -> str:
    try:
        return f"run {note.read_text(encoding='utf-8')}"
    except OSError:
        return "another run"


def locks_folder(home: Path) -> Path:
    """Return where the locks are kept."""
    return home / "locks"


def quarter_locks_resource(folder: Path, wait_s: float) -> dg.ResourceDefinition:
    """Return the locks as a resource, taken once for a run's process.

    Args:
        folder: Where the locks are kept.
        wait_s: Seconds that a run waits for another one of the same quarter.
    """

    @dg.resource(description="Lets one run work on a quarter at a time.")
    def quarter_locks(context: dg.InitResourceContext) -> Iterator[QuarterLocks]:
        run, log = context.run, context.log
        locks = QuarterLocks(folder, "" if run is None else run.run_id, wait_s)
        tell = logging.getLogger(__name__).warning if log is None else log.warning
        locks.take([] if run is None else quarters_of_tags(run.tags), tell)
        try:
            yield locks
        finally:
            locks.release()

    return quarter_locks
