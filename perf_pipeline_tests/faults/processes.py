"""Children that publish, and what a reader sees of a quarter meanwhile and afterwards."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import Publication, content_digest, read_quarter
from perf_pipeline.warehouse.engine import writing
from perf_pipeline.warehouse.locks import lock, quarter_lock

# Children are forked: they start in no time, and the parent holds no open connection. The
# warning is about threads of numerical libraries, which take care of forks themselves.
FORKS = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
CONTEXT = multiprocessing.get_context("fork")

QUARTER = Quarter(2023, 1)
LONGEST_WAIT_S = 60
"""Seconds after which a child that says nothing is taken to hang."""

PublishContent = Callable[..., Publication]
Record = Callable[..., None]


def start(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a function in a process of its own."""
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    return process


def start_telling(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a function that is handed a pipe to tell by, and return once it has told."""
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = start(target, sender, *arguments)
    sender.close()
    wait_for(receiver)
    receiver.close()
    return process


def wait_for(receiver: Connection) -> None:
    """Wait until the other end of a pipe tells that it is so far."""
    assert receiver.poll(LONGEST_WAIT_S)
    receiver.recv_bytes()


def tell(sender: Connection) -> None:
    """Tell the other end of a pipe that this process is so far."""
    sender.send_bytes(b"!")


def die() -> None:
    """Let this process be killed at once, as by the system."""
    os.kill(os.getpid(), signal.SIGKILL)


def marker_in_view(engine: sa.Engine, quarter: Quarter = QUARTER) -> int | None:
    """Return the marker that a fresh reader sees, having checked that all of it is there.

    None stands for nothing at all.
    """
    tables = read_quarter(engine, quarter)
    ids = {each for table in tables.values() for each in table["publication_id"]}
    if not ids:
        return None
    assert {content_digest(tables)} == ids
    return int(tables["council_summary"]["kpi_count"].item())


def wait_for_the_dead(engine: sa.Engine) -> None:
    """Wait until the database has ended what killed processes had begun in it."""
    with writing(engine, "test") as connection:
        lock(connection, quarter_lock(QUARTER))
