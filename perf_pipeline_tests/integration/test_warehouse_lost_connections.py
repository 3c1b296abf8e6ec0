"""Connections to PostgreSQL that are lost while a quarter is written or committed."""

import contextlib
from collections.abc import Callable

import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from perf_pipeline.errors import PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Origin,
    Publication,
    connect,
    current_draft,
    publish,
    read_table,
)

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)

TableBuilder = Callable[..., dict[str, pd.DataFrame]]
BEFORE_COPY = "INSERT INTO core.publication_layouts"
"""The last statement before the rows are copied."""

AFTER_COPY = "INSERT INTO core.audit_entries"
"""A statement after all of them were."""

PublishMarker = Callable[..., Publication]


@pytest.fixture
def engine(prepared_postgres_url: str) -> sa.Engine:
    """A PostgreSQL database that is set up and empty."""
    return connect(prepared_postgres_url)


def end_sessions(engine: sa.Engine, label: str) -> None:
    """End the sessions of a run, as a restart of the server would."""
    query = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :label"
    )
    with engine.connect() as connection:
        connection.execute(query, {"label": label})


@pytest.mark.parametrize("statement", [BEFORE_COPY, AFTER_COPY], ids=["in COPY", "after COPY"])
def test_connection_lost_while_writing_changes_nothing(
    engine: sa.Engine, prepared_postgres_url: str, publish_marker: PublishMarker, statement: str
) -> None:
    """A server that goes away in the middle is named; the run can simply be repeated."""
    publish_marker(engine, 1)
    victim = connect(prepared_postgres_url)

    def cut(_c: object, _x: object, executed: str, *_: object) -> None:
        if executed.startswith(statement):
            end_sessions(engine, "perf-pipeline run run-2")

    # The statement itself still has its answer; what comes next has none.
    event.listen(victim, "after_cursor_execute", cut)
    with pytest.raises(PublicationError, match=r"was lost: .*Nothing was changed\. Run Q1 2023/24"):
        publish_marker(victim, 2)
    assert set(read_table(engine, "council_summary")["kpi_count"]) == {1}
    assert publish_marker(engine, 2).version_number == 2


def test_commit_whose_answer_is_lost_is_looked_up(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """A COMMIT that happened, though the connection broke before the answer, is a success."""
    publish_marker(engine, 1)

    def commit_and_cut(connection: sa.Connection) -> None:
        driver_connection = connection.connection.driver_connection
        assert isinstance(driver_connection, psycopg.Connection)
        driver_connection.execute("COMMIT")
        driver_connection.close()

    event.listen(engine, "commit", commit_and_cut, once=True)
    published = publish_marker(engine, 2, expected_draft=1)
    assert (published.version_number, published.move_number, published.is_new) == (2, 2, True)
    assert len(read_table(engine, "publications")) == 2


def test_release_that_did_not_happen_is_told(
    engine: sa.Engine, publish_marker: PublishMarker, build_tables: TableBuilder
) -> None:
    """A draft that waited is there whatever became of the COMMIT that was to release it."""
    publish_marker(engine, 1)
    tables, origin = build_tables(QUARTER, 2), Origin("Sample Council", "0" * 64, "test", "run-2")
    publish(engine, QUARTER, tables, origin, expected_draft=1, is_released=False)

    def cut(connection: sa.Connection) -> None:
        driver_connection = connection.connection.driver_connection
        assert isinstance(driver_connection, psycopg.Connection)
        with contextlib.suppress(psycopg.OperationalError):
            driver_connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    event.listen(engine, "commit", cut, once=True)
    with pytest.raises(PublicationError, match=r"was lost: .* Nothing was changed"):
        publish(engine, QUARTER, tables, origin, expected_draft=2)
    assert set(read_table(engine, "council_summary")["kpi_count"]) == {1}


def test_commit_that_cannot_be_looked_up_is_told(
    engine: sa.Engine, allow_connections: Callable[[str], None], publish_marker: PublishMarker
) -> None:
    """While the outcome cannot be known the message says so, and running again settles it."""
    publish_marker(engine, 1)

    def commit_and_cut(connection: sa.Connection) -> None:
        driver_connection = connection.connection.driver_connection
        assert isinstance(driver_connection, psycopg.Connection)
        driver_connection.execute("COMMIT")
        allow_connections("false")
        driver_connection.close()

    event.listen(engine, "commit", commit_and_cut, once=True)
    with pytest.raises(PublicationError, match="either the old publication or the new one, whole"):
        publish_marker(engine, 2, expected_draft=1)
    allow_connections("true")
    again = publish_marker(engine, 2, expected_draft=1)
    assert (again.version_number, again.move_number, again.is_new) == (2, 2, False)


def test_commit_that_did_not_happen_is_told(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """A connection that broke before COMMIT changed nothing, and the message says so."""
    publish_marker(engine, 1)

    def cut(connection: sa.Connection) -> None:
        driver_connection = connection.connection.driver_connection
        assert isinstance(driver_connection, psycopg.Connection)
        with contextlib.suppress(psycopg.OperationalError):
            driver_connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    event.listen(engine, "commit", cut, once=True)
    with pytest.raises(PublicationError, match=r"was lost: .* Nothing was changed"):
        publish_marker(engine, 2, expected_draft=1)
    assert current_draft(engine, QUARTER) == 1
    assert publish_marker(engine, 2).version_number == 2
