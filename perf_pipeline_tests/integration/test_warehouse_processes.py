"""Several real processes at one database, and processes that die in the middle of publishing."""

import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from multiprocessing.process import BaseProcess

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from perf_pipeline.errors import SupersededError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Publication,
    connect,
    content_digest,
    current_draft,
    migrate,
    read_quarter,
    read_table,
)

# Children are forked: they start in no time, and the parent holds no open connection. The
# warning is about threads of numerical libraries, which take care of forks themselves.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
CONTEXT = multiprocessing.get_context("fork")

QUARTER = Quarter(2023, 1)
PUBLISHED, SUPERSEDED = 0, 3

PublishMarker = Callable[..., Publication]


def start(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a function in a process of its own."""
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    return process


@pytest.fixture
def engine(database_url: str) -> sa.Engine:
    """A database that is set up and empty, of each kind in turn."""
    engine = connect(database_url)
    migrate(engine)
    return engine


def test_two_processes_set_one_database_up(database_url: str) -> None:
    """Setting up at the same time sets up once, and neither fails."""
    gate = CONTEXT.Barrier(2)

    def set_up() -> None:
        engine = connect(database_url)
        gate.wait()
        migrate(engine)

    processes = [start(set_up) for _ in range(2)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(read_table(connect(database_url), "data_dictionary")) > 0


def test_of_two_processes_one_publishes(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """Two runs that began alike: one comes into view whole, the other is told so; five times."""
    gate = CONTEXT.Barrier(2)

    def race(marker: int, move: int) -> None:
        gate.wait()
        try:
            publish_marker(engine, marker, expected_draft=move)
        except SupersededError:
            os._exit(SUPERSEDED)

    for round_number in range(5):
        markers = [10 * round_number + 1, 10 * round_number + 2]
        processes = [start(race, marker, round_number) for marker in markers]
        for process in processes:
            process.join()
        outcomes = {
            process.exitcode: marker for process, marker in zip(processes, markers, strict=True)
        }
        assert set(outcomes) == {PUBLISHED, SUPERSEDED}
        assert set(read_table(engine, "council_summary")["kpi_count"]) == {outcomes[PUBLISHED]}
        assert current_draft(engine, QUARTER) == round_number + 1


def test_two_processes_with_one_content_publish_it_once(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """The same content published twice at once is one version, by one move."""
    gate = CONTEXT.Barrier(2)

    def race() -> None:
        gate.wait()
        publish_marker(engine, 1, expected_draft=0)

    processes = [start(race) for _ in range(2)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(read_table(engine, "publications")) == 1
    assert current_draft(engine, QUARTER) == 1


def die_at(engine: sa.Engine, step: int) -> None:
    """Let this process be killed as it is about to do its n-th thing to the database.

    What only reads is no step: being killed before it is being killed before what follows.
    """
    steps = itertools.count(1)

    def die(*_: object, **__: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def die_unless_reading(_c: object, _x: object, statement: str, *_: object) -> None:
        if not statement.startswith("SELECT"):
            die()

    event.listen(engine, "before_cursor_execute", die_unless_reading)
    event.listen(engine, "commit", die)
    event.listen(engine, "checkin", die)


def seen_marker(engine: sa.Engine) -> int:
    """Return the one marker that a fresh reader sees, having checked that all of it is there."""
    tables = read_quarter(engine, QUARTER)
    assert {content_digest(tables)} == set(tables["council_summary"]["publication_id"])
    return int(tables["council_summary"]["kpi_count"].item())


def test_process_killed_at_any_step_leaves_old_or_new(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """Killed before its first, second, … last step, publishing shows readers old or new, whole.

    After each kill the next publication succeeds.
    """

    def publish_and_die(marker: int, step: int) -> None:
        die_at(engine, step)
        publish_marker(engine, marker)

    publish_marker(engine, 1)
    seen = []
    for step in itertools.count(1):
        child = start(publish_and_die, 1000 + step, step)
        child.join()
        seen.append(seen_marker(engine))
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        assert seen[-1] in {step, 1000 + step}
        publish_marker(engine, step + 1)
    assert seen[-1] == 1000 + len(seen)
    assert len(seen) > 10
    assert {marker > 1000 for marker in seen[:-1]} == {False, True}


def test_reader_never_sees_a_mixture(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """While publications alternate, every poll of a quarter is one publication, whole."""
    is_over = CONTEXT.Event()

    def alternate() -> None:
        for marker in itertools.cycle([1, 2]):
            if is_over.is_set():
                return
            publish_marker(engine, marker)

    publish_marker(engine, 2)
    publisher = start(alternate)
    end = time.monotonic() + 60
    seen: list[int] = []
    while sum(before != after for before, after in pairwise(seen)) < 4 and time.monotonic() < end:
        seen.append(seen_marker(engine))
    is_over.set()
    publisher.join()
    assert publisher.exitcode == 0
    assert set(seen) == {1, 2}
