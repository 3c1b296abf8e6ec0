"""Two processes at one database at once: one wins, none is lost, and the loser is told."""

import os

import sqlalchemy as sa

from perf_pipeline.errors import SupersededError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import connect, current_draft, migrate, read_table, verify
from perf_pipeline.warehouse.audit import DRAFT, RELEASE
from perf_pipeline.warehouse.engine import reading
from perf_pipeline.warehouse.life_tables import audit_entries
from perf_pipeline_tests.faults.processes import (
    CONTEXT,
    FORKS,
    LONGEST_WAIT_S,
    QUARTER,
    PublishContent,
    Record,
    marker_in_view,
    start,
)
from perf_pipeline_tests.faults.sizes import RACES

pytestmark = FORKS

PUBLISHED, SUPERSEDED = 0, 3
QUARTERS = (QUARTER, Quarter(2023, 2))


def logged(engine: sa.Engine, kind: str) -> list[str]:
    """Return the publications of the audit log's entries of a kind, in order."""
    log = audit_entries.c
    query = (
        sa.select(log.publication_id).where(log.entry_kind_code == kind).order_by(log.entry_number)
    )
    with reading(engine) as connection:
        return list(connection.execute(query).scalars())


def test_two_processes_set_one_database_up(database_url: str) -> None:
    """Setting up at the same time sets up once, and neither fails."""
    gate = CONTEXT.Barrier(2)

    def set_up() -> None:
        engine = connect(database_url)
        gate.wait(LONGEST_WAIT_S)
        migrate(engine)

    processes = [start(set_up) for _ in range(2)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(read_table(connect(database_url), "data_dictionary")) > 0


def test_of_two_processes_one_publishes(
    engine: sa.Engine, publish_content: PublishContent, record: Record
) -> None:
    """Two runs that began alike, again and again: one comes into view whole, the other is told.

    Every content that was published is a version, in the log and in the releases; no other is.
    """
    gate = CONTEXT.Barrier(2)
    winners = []

    def race(marker: int, draft: int) -> None:
        gate.wait(LONGEST_WAIT_S)
        try:
            publish_content(engine, marker, expected_draft=draft)
        except SupersededError:
            os._exit(SUPERSEDED)

    for round_number in range(RACES):
        markers = [2 * round_number + 1, 2 * round_number + 2]
        processes = [start(race, marker, round_number) for marker in markers]
        for process in processes:
            process.join()
        outcomes = {
            process.exitcode: marker for process, marker in zip(processes, markers, strict=True)
        }
        assert set(outcomes) == {PUBLISHED, SUPERSEDED}
        assert marker_in_view(engine) == outcomes[PUBLISHED]
        assert current_draft(engine, QUARTER) == round_number + 1
        winners.append(outcomes[PUBLISHED])
    history = read_table(engine, "council_summary_history", QUARTER)
    releases = read_table(engine, "publication_releases", QUARTER)
    versions = read_table(engine, "publications", QUARTER)
    assert list(history.sort_values("move_number")["kpi_count"]) == winners
    assert list(versions["publication_id"]) == list(releases["publication_id"])
    assert logged(engine, DRAFT) == logged(engine, RELEASE) == list(versions["publication_id"])
    assert len(versions) == RACES
    assert verify(engine).faults == ()
    record(races=RACES, published=len(versions), told=RACES, first_won=sum(m % 2 for m in winners))


def test_two_processes_publish_different_quarters(
    engine: sa.Engine, publish_content: PublishContent, record: Record
) -> None:
    """Two runs of different quarters at once, again and again: both succeed."""
    gate = CONTEXT.Barrier(2)

    def publish_all(quarter: Quarter) -> None:
        for marker in range(1, RACES + 1):
            gate.wait(LONGEST_WAIT_S)
            publish_content(engine, marker, quarter)

    processes = [start(publish_all, quarter) for quarter in QUARTERS]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    for quarter in QUARTERS:
        assert marker_in_view(engine, quarter) == RACES
        assert list(read_table(engine, "publications", quarter)["version_number"]) == list(
            range(1, RACES + 1)
        )
    assert len(logged(engine, RELEASE)) == len(logged(engine, DRAFT)) == 2 * RACES
    assert verify(engine).faults == ()
    record(races=RACES, published=2 * RACES)


def test_two_processes_with_one_content_publish_it_once(
    engine: sa.Engine, publish_content: PublishContent
) -> None:
    """The same content published twice at once is one version, by one move."""
    gate = CONTEXT.Barrier(2)

    def race() -> None:
        gate.wait(LONGEST_WAIT_S)
        publish_content(engine, 1, expected_draft=0)

    processes = [start(race) for _ in range(2)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(read_table(engine, "publications")) == 1
    assert current_draft(engine, QUARTER) == 1
