"""Returns read in a child process, under limits of memory and time: nothing sent is parsed here.

Only bytes cross back, as JSON whose every field is checked, so that a file that takes its reader
over gets no code into this process. See docs/adr/0013-returns-are-read-in-a-child-process.md.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import JsonEntry, Source
from perf_pipeline.sources.limits import MOST_CPU_SECONDS, MOST_MEMORY_BYTES, MOST_SECONDS
from perf_pipeline.sources.questions import (
    ANNOTATED,
    ANSWERS,
    REPORT,
    SMALLER,
    Answer,
    Question,
    Task,
    too_much_memory,
)
from perf_pipeline.sources.rows import ParsedReturn
from perf_pipeline.sources.template_marks import TemplateMark
from perf_pipeline.sources.wording import ReturnPlace

_PIECE_BYTES = 1 << 20
_PATIENCE_SECONDS = 15
_KEPT_VARIABLES = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TZ")
_OWN_VARIABLES = {
    # One thread and the plain allocator: both reserve address space that is never used.
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "PYTHONUTF8": "1",
}
_NEARLY_ALL = 0.8


@dataclass(frozen=True)
class Ending:
    """How a child ended.

    Attributes:
        is_overdue: True where it was ended since its time was over.
        signal_number: The signal that ended it; 0 where none did.
        cpu_seconds: Processor time that it took.
        peak_bytes: Its largest resident set.
    """

    is_overdue: bool
    signal_number: int
    cpu_seconds: float
    peak_bytes: int


_ENDINGS = TypeAdapter(Ending)


class _LostError(Exception):
    """The reading process itself is gone, or does not answer."""


class ReadingProcess:
    """The process that reads returns, started with the first one and ended with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control = socket.socket()
        self._owner = 0

    def begin(self) -> None:
        """Start the process ahead of the first question, while there is other work to do."""
        with self._lock, suppress(OSError):
            self._start()

    def ask(self, question: bytes) -> tuple[bytes, Ending]:
        """Put a question to a new child; its answer is empty where it ended without one.

        Raises:
            _LostError: There is no reading process, or it does not answer.
        """
        with self._lock:
            try:
                self._start()
                answer = self._exchanged(question)
                return answer, _ENDINGS.validate_json(self._line())
            except (OSError, EOFError, ValidationError) as error:
                self._end()
                raise _LostError(str(error)) from error

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _start(self) -> None:
        # A fork of this process must not speak on the same connection.
        is_ours = self._process is not None and self._owner == os.getpid()
        if is_ours and self._process is not None and self._process.poll() is None:
            return
        self._control.close()
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_PATIENCE_SECONDS)
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with theirs:
            # No secret of this process's environment is in reach of what is read.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "perf_pipeline.sources.reading_process"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=kept | paths | _OWN_VARIABLES,
                start_new_session=True,
            )
        self._owner = os.getpid()

    def _exchanged(self, question: bytes) -> bytes:
        here, there = socket.socketpair()
        with here:
            with there:
                socket.send_fds(self._control, [b"?"], [there.fileno()])
            try:
                here.sendall(question)
                here.shutdown(socket.SHUT_WR)
                return self._received(here)
            except (BrokenPipeError, ConnectionResetError):
                return b""

    def _received(self, here: socket.socket) -> bytes:
        """Receive what the child says, up to what an honest one could hold, until it has ended."""
        pieces: list[bytes] = []
        total = 0
        while ready := wait([here, self._control], MOST_SECONDS + _PATIENCE_SECONDS):
            piece = here.recv(_PIECE_BYTES) if here in ready else b""
            total += len(piece)
            if not piece or total > MOST_MEMORY_BYTES:
                return b"".join(pieces)
            pieces.append(piece)
        raise TimeoutError("it does not answer")

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            piece = self._control.recv(1)
            if not piece:
                raise EOFError("it is gone")
            line += piece
        return line

    def _end(self) -> None:
        self._control.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._process = None


READING_PROCESS = ReadingProcess()
atexit.register(READING_PROCESS.close)


def begin_reading() -> None:
    """Let the process that reads returns load its readers, while there is other work to do."""
    READING_PROCESS.begin()


def read_confined(entry: Source, path: Path, place: ReturnPlace) -> tuple[ParsedReturn, int]:
    """Read a landed copy.

    Args:
        entry: The source's entry.
        path: The landed copy.
        place: Whose, when and where, for errors.

    Returns:
        Its rows, and how many are not blank by the second reader.

    Raises:
        ReturnError: It cannot be read, or not within the limits.
    """
    answer = _answer(Task.READ, entry, path, place)
    if answer.parsed is None or answer.counted_count is None:
        raise _no_answer(place)
    return answer.parsed, answer.counted_count


def count_confined(entry: Source, path: Path, place: ReturnPlace) -> int:
    """Count the rows of a landed copy that are not blank, by the second reader.

    Raises:
        ReturnError: It cannot be read, or not within the limits.
    """
    answer = _answer(Task.COUNT, entry, path, place)
    if answer.counted_count is None:
        raise _no_answer(place)
    return answer.counted_count


def next_page_confined(entry: JsonEntry, path: Path, place: ReturnPlace) -> str | None:
    """Return where a page of a JSON service says that the next one is; null on the last.

    Raises:
        ReturnError: It cannot be read, or not within the limits.
    """
    return _answer(Task.NEXT_PAGE, entry, path, place).next_page


def template_mark(path: Path) -> TemplateMark | None:
    """Return the mark of a file that was made from a template; null of any other.

    What is wrong with a file that cannot be read is said when it is read.
    """
    question = Question(task=Task.MARK, entry=None, path=path.resolve())
    with suppress(_LostError, ValidationError):
        content, _ = READING_PROCESS.ask(question.model_dump_json().encode())
        return ANSWERS.validate_json(content).mark
    return None


def is_xlsx_confined(path: Path) -> bool:
    """Tell whether a file is an Excel workbook (.xlsx), whatever it is called."""
    question = Question(task=Task.KIND, entry=None, path=path.resolve())
    with suppress(_LostError, ValidationError):
        content, _ = READING_PROCESS.ask(question.model_dump_json().encode())
        return ANSWERS.validate_json(content).is_xlsx
    return False


def annotate_confined(path: Path, out: Path, notes: Sequence[tuple[str, str, str]]) -> bool:
    """Write a copy of a workbook with comments, and tell whether it could be done.

    Args:
        path: The workbook.
        out: The copy.
        notes: Sheet, cell and text of each comment.

    Raises:
        OSError: The copy cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        question = Question(
            task=Task.ANNOTATE, entry=None, path=path.resolve(), notes=notes, folder=Path(folder)
        )
        try:
            content, _ = READING_PROCESS.ask(question.model_dump_json().encode())
            is_done = ANSWERS.validate_json(content).is_annotated
        except (_LostError, ValidationError):
            return False
        if is_done:
            shutil.copyfile(Path(folder, ANNOTATED), out)
    return is_done


def _answer(task: Task, entry: Source, path: Path, place: ReturnPlace) -> Answer:
    question = Question(
        task=task,
        entry=entry,
        path=path.resolve(),
        where=place.where,
        quarter=None if place.quarter is None else place.quarter.key,
        is_unsent=place.is_unsent,
    )
    try:
        content, ending = READING_PROCESS.ask(question.model_dump_json().encode())
        answer = ANSWERS.validate_json(content)
    except _LostError:
        raise place.error(
            "The process that reads returns has gone away.",
            "Look whether this machine is short of memory",
            ReturnFault.READER_ENDED,
            is_transient=True,
        ) from None
    except ValidationError:
        raise _no_answer(place, ending) from None
    if answer.refusal is not None:
        raise ReturnError(answer.refusal.text, reason_code=answer.refusal.reason_code)
    return answer


def _no_answer(place: ReturnPlace, ending: Ending | None = None) -> ReturnError:
    """Say in words how a child ended that gave no answer."""
    number = 0 if ending is None else ending.signal_number
    if ending is not None and ending.is_overdue:
        return place.error(
            f"It was not read within {MOST_SECONDS} seconds, in {ending.cpu_seconds:.1f} seconds "
            "of processor time; perhaps this machine is busy.",
            f"Try again, and if it stays so: {SMALLER[0].lower()}{SMALLER[1:]}",
            ReturnFault.TOO_SLOW,
            is_transient=True,
        )
    if number == signal.SIGXCPU:
        return place.error(
            f"Reading it takes longer than {MOST_CPU_SECONDS} seconds.",
            SMALLER,
            ReturnFault.TOO_SLOW,
        )
    if ending is not None and ending.peak_bytes > _NEARLY_ALL * MOST_MEMORY_BYTES:
        return too_much_memory(place)
    name = signal.Signals(number).name if number else "no signal"
    return place.error(f"The file ended its reader ({name}).", REPORT, ReturnFault.READER_ENDED)
