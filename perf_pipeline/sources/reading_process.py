"""The process that reads returns: it loads the readers once and forks a child for each return.

It is started by `confined` as `python -m`, reads nothing itself, and ends when the other end of its
standard input, a socket, closes. Each message there carries a connection on which the child
receives one question and gives one answer, both JSON; how the child ended is said here when it has.
"""

import json
import os
import resource
import select
import signal
import socket
import sys
from typing import NoReturn

from perf_pipeline.sources.limits import (
    LARGEST_UNPACKED_BYTES,
    MOST_CPU_SECONDS,
    MOST_MEMORY_BYTES,
    MOST_SECONDS,
)
from perf_pipeline.sources.questions import ANSWERS, Question
from perf_pipeline.sources.reading import answer

_PIECE_BYTES = 1 << 20
_UNTOUCHED_BYTES = 80_000_000
"""What libraries map from the start and make resident only when it is used."""


def main() -> None:
    """Serve until the other end closes."""
    with socket.socket(fileno=os.dup(0)) as control:
        while True:
            _, descriptors, *_ = socket.recv_fds(control, 1, 1)
            if not descriptors:
                return
            control.sendall(json.dumps(_read_in_child(descriptors[0], control)).encode() + b"\n")


def _read_in_child(connection: int, control: socket.socket) -> dict[str, float]:
    """Fork, wait until the child has ended or its time is over, and say how it ended."""
    ended, held = os.pipe()
    child = os.fork()
    if child == 0:
        _be_child(connection, control)
    os.close(connection)
    os.close(held)
    is_overdue = not select.select([ended], [], [], MOST_SECONDS)[0]
    os.close(ended)
    # One that has ended does not feel it; one that only closed its end must not live on.
    os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    return {
        "is_overdue": is_overdue,
        "signal_number": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
    }


def _be_child(connection: int, control: socket.socket) -> NoReturn:
    try:
        control.close()
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nothing, descriptor)
        _limit()
        with socket.socket(fileno=connection) as asked:
            question = b"".join(iter(lambda: asked.recv(_PIECE_BYTES), b""))
            asked.sendall(_answered(question))
    finally:
        os._exit(0)


def _answered(question: bytes) -> bytes:
    return ANSWERS.dump_json(answer(Question.model_validate_json(question)), exclude_defaults=True)


def _limit() -> None:
    """Let this process neither write unasked, nor dump core, nor outgrow its memory and time."""
    # Only a copy with comments is written: its task lifts the first limit, up to the second.
    _lower(resource.RLIMIT_FSIZE, 0, LARGEST_UNPACKED_BYTES)
    _lower(resource.RLIMIT_CORE, 0, 0)
    # The parent's clock is first; this one is for a child that has outlived its parent.
    signal.alarm(2 * MOST_SECONDS)
    # The first limit ends it with a signal that says why, the second whatever it does about that.
    _lower(resource.RLIMIT_CPU, MOST_CPU_SECONDS, MOST_CPU_SECONDS + 1)
    if sys.platform == "linux":
        # Address space is what can be limited: it may grow by what resident memory has left.
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no path
            mapped, resident = (int(count) for count in file.read().split()[:2])
        pages = resource.getpagesize()
        limit = MOST_MEMORY_BYTES - _UNTOUCHED_BYTES + (mapped - resident) * pages
        _lower(resource.RLIMIT_AS, limit, limit)


def _lower(what: int, first: int, second: int) -> None:
    """Set a pair of limits, unless the machine has lower ones already."""
    set_by_machine = resource.getrlimit(what)[1]
    if set_by_machine != resource.RLIM_INFINITY:
        first, second = min(first, set_by_machine), min(second, set_by_machine)
    resource.setrlimit(what, (first, second))


if __name__ == "__main__":
    main()
