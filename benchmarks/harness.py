"""Runs contenders by turns, each in a fresh process, and takes their times and their memory.

Memory is that of the process and all that it started, as the sum of what each has resident, looked
at every few hundredths of a second; a database server is not among them.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
_OF_ALL = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
"""Variables of every contender: each compiles what it imports once, and not in every process."""

_LOOK_SECONDS = 0.03
_MEGABYTE = 1024 * 1024


class AnswersDifferError(Exception):
    """Contenders found different things, so that their times say nothing."""


class ContenderError(Exception):
    """A contender failed, or took longer than it may."""


@dataclass(frozen=True)
class Contender:
    """One way to do the job.

    Attributes:
        name: As results show it.
        command: The process; a contender of `benchmarks.contender` has its module alone in it.
        task: What is passed to such a module; none for another command, of which the whole
            process is measured.
        is_whole: True where the time is that of the whole process, imports included.
        environment: Variables beside those of this process.
        is_compared: False where it gives no answer, or another one, which is then said.
        prepare: Makes ready before each run, unmeasured, and tidies up after it.
        answer: What the process left behind, where it gives no answer itself.
        scale: The time is so many times what was measured, of a sample.
        passes: Exit codes that are no failure.
    """

    name: str
    command: Sequence[str]
    task: Mapping[str, str] | None = None
    is_whole: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    is_compared: bool = True
    prepare: Callable[[], AbstractContextManager[Any]] = nullcontext
    answer: Callable[[], Mapping[str, Any]] | None = None
    scale: float = 1.0
    passes: frozenset[int] = frozenset({0})


@dataclass(frozen=True)
class Measured:
    """One run: seconds, and megabytes at the peak."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Comparison:
    """What a contender needed in every round, and what it found."""

    name: str
    runs: Sequence[Measured]
    answer: Mapping[str, Any]

    def median(self, measure: str) -> float:
        """Return the median of one of the measures."""
        return statistics.median(getattr(run, measure) for run in self.runs)


def compare(contenders: Sequence[Contender], rounds: int, limit_seconds: float) -> list[Comparison]:
    """Run contenders by turns, every round begun by the next of them.

    Raises:
        AnswersDifferError: They do not find the same; nothing was compared.
        ContenderError: One of them failed or took too long.
    """
    runs: dict[str, list[Measured]] = {each.name: [] for each in contenders}
    answers: dict[str, Mapping[str, Any]] = {}
    for turn in range(rounds):
        first = turn % len(contenders)
        for each in (*contenders[first:], *contenders[:first]):
            measured, answer = run(each, limit_seconds, wants_answer=turn == 0)
            runs[each.name].append(measured)
            answers.setdefault(each.name, answer)
        require_same([(each.name, answers[each.name]) for each in contenders if each.is_compared])
    return [Comparison(each.name, runs[each.name], answers[each.name]) for each in contenders]


def require_same(answers: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Refuse answers that differ.

    Raises:
        AnswersDifferError: The first contender that differs from the first, and in what.
    """
    for name, answer in answers[1:]:
        first, expected = answers[0]
        found = [key for key in {**expected, **answer} if expected.get(key) != answer.get(key)]
        if found:
            key = found[0]
            raise AnswersDifferError(
                f"{name} found {key} {answer.get(key)}, {first} {expected.get(key)}"
                f" (differing in all: {', '.join(found)})"
            )


def run(
    contender: Contender, limit_seconds: float, *, wants_answer: bool
) -> tuple[Measured, Mapping[str, Any]]:
    """Run a contender once in a process of its own.

    Raises:
        ContenderError: It failed, or took longer than the limit.
    """
    with tempfile.TemporaryDirectory() as folder, contender.prepare():
        outcome = Path(folder) / "outcome.json"
        measured = _measured(contender, _command(contender, outcome), limit_seconds)
        told = json.loads(outcome.read_text(encoding="utf-8")) if outcome.exists() else {}
        answer = told.get("answer", {})
        if contender.answer is not None and wants_answer:
            answer = contender.answer()
    if not contender.is_whole:
        measured = Measured(told["wall_seconds"], told["cpu_seconds"], measured.peak_mb)
    return _scaled(measured, contender.scale), answer


def _command(contender: Contender, outcome: Path) -> list[str]:
    if contender.task is None:
        return list(contender.command)
    whole = {"is_whole": "yes"} if contender.is_whole else {}
    return [*contender.command, json.dumps({**contender.task, **whole, "outcome": str(outcome)})]


def _scaled(measured: Measured, scale: float) -> Measured:
    return Measured(measured.wall_seconds * scale, measured.cpu_seconds * scale, measured.peak_mb)


def _measured(contender: Contender, command: Sequence[str], limit_seconds: float) -> Measured:
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **_OF_ALL, **contender.environment},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with _watched(process.pid, limit_seconds) as watch:
            _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode not in contender.passes:
            words = said.read().decode(errors="replace")
            raise ContenderError(_why(contender, process.returncode, words, limit_seconds, watch))
    peak = max(watch.peak, used.ru_maxrss * 1024)
    return Measured(wall, used.ru_utime + used.ru_stime, peak / _MEGABYTE)


@dataclass
class _Watch:
    peak: int = 0
    is_late: bool = False


def _why(contender: Contender, code: int, words: str, limit_seconds: float, watch: _Watch) -> str:
    """Say why a contender gave nothing: in a line, without the paths that the rest has."""
    if watch.is_late:
        return f"{contender.name} took longer than {limit_seconds:.0f} s"
    print(words, file=sys.stderr)
    last = (words.strip().splitlines() or ["nothing was said"])[-1]
    return f"{contender.name} failed with {code}: {last.replace(str(ROOT), '.')}"


@contextmanager
def _watched(process_id: int, limit_seconds: float) -> Iterator[_Watch]:
    """Look at a process's memory until it ends, and end it with all that it started when late."""
    watch, is_over = _Watch(), threading.Event()

    def look() -> None:
        until = time.monotonic() + limit_seconds
        while not is_over.wait(_LOOK_SECONDS):
            watch.peak = max(watch.peak, _resident(process_id))
            if time.monotonic() > until:
                watch.is_late = True
                end(process_id)
                return

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield watch
    finally:
        is_over.set()
        looker.join()
        end(process_id)


def end(process_id: int) -> None:
    """End what is left of a process's session; nothing is left of one that ended well."""
    try:
        os.killpg(process_id, signal.SIGKILL)
    except ProcessLookupError:
        return


def _resident(process_id: int) -> int:
    try:
        process = psutil.Process(process_id)
        return sum(_own(each) for each in (process, *process.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def _own(process: psutil.Process) -> int:
    try:
        resident: int = process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
    return resident
