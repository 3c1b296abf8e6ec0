"""What only PostgreSQL does: encodings, comments, locks with names, connections that are lost."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from perf_pipeline.errors import PublicationError, SupersededError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Publication,
    connect,
    read_table,
)
from perf_pipeline.warehouse.engine import writing
from perf_pipeline.warehouse.locks import AUDIT, lock, quarter_lock
from perf_pipeline.warehouse.tables import reporting_views
from perf_pipeline_tests.integration.database_copies import Copy

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)

BEFORE_COPY = "INSERT INTO core.publication_layouts"
"""The last statement before the rows are copied."""

AFTER_COPY = "INSERT INTO core.audit_entries"
"""A statement after all of them were."""

WAITING = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")

PublishMarker = Callable[..., Publication]


@pytest.fixture
def engine(prepared_postgres_url: str) -> sa.Engine:
    """A PostgreSQL database that is set up and empty."""
    return connect(prepared_postgres_url)


@pytest.fixture(scope="module")
def shared_engine(copy_prepared_postgres: Copy) -> Iterator[sa.Engine]:
    """Such a database that the tests of this module only look at."""
    with copy_prepared_postgres() as url:
        yield connect(url)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens elsewhere, at most 20 s."""
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def ascii_url(postgres_server: sa.URL) -> Iterator[str]:
    """Address of a database without an encoding."""
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE DATABASE test_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' "
            "LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    yield postgres_server.set(database="test_ascii").render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE test_ascii")


def test_database_without_an_encoding_is_refused(ascii_url: str) -> None:
    """A database that keeps bytes, not text, is refused before anything is written."""
    with pytest.raises(PublicationError, match=r"test_ascii .* keeps text as SQL_ASCII"):
        connect(ascii_url)


def test_address_without_a_driver_is_taken(postgres_url: str) -> None:
    """People write postgresql:// and get psycopg 3."""
    engine = connect(postgres_url.replace("postgresql+psycopg", "postgresql"))
    assert engine.dialect.driver == "psycopg"


@pytest.mark.parametrize("name", reporting_views)
def test_view_and_its_columns_are_described(shared_engine: sa.Engine, name: str) -> None:
    """BI tools that show comments show the schemas' descriptions, in the schemas' order."""
    view = reporting_views[name]
    found = sa.inspect(shared_engine)
    columns = found.get_columns(name, schema="reporting")
    assert [(column["name"], column["comment"]) for column in columns] == [
        (column.name, column.comment) for column in view.columns
    ]
    with shared_engine.connect() as connection:
        comment = sa.select(sa.func.obj_description(sa.text(f"'reporting.{name}'::regclass")))
        assert connection.execute(comment).scalar() == view.comment


def test_writer_is_named_and_limited(engine: sa.Engine) -> None:
    """A writer's session has its run's name, and ends by itself when it hangs."""
    with writing(engine, "perf-pipeline run 4f2a") as connection:
        shown = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in (
                "application_name",
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
            )
        }
    assert list(shown.values()) == ["perf-pipeline run 4f2a", "30s", "10min", "2min"]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_process_that_hangs_is_named(
    engine: sa.Engine, prepared_postgres_url: str, publish_marker: PublishMarker
) -> None:
    """A run that waits in vain says which run and process it waited for; then nothing is lost."""

    def stop(_c: object, _x: object, statement: str, *_: object) -> None:
        if statement.startswith(AFTER_COPY):
            os.kill(os.getpid(), signal.SIGSTOP)

    def hang() -> None:
        event.listen(engine, "before_cursor_execute", stop)
        publish_marker(engine, 1)

    child = multiprocessing.get_context("fork").Process(target=hang)
    child.start()
    wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
    impatient = connect(prepared_postgres_url, lock_wait_s=0.2)
    said = r"lock of perf-pipeline run run-1 \(server process \d+\), .* after 0\.2 s"
    with pytest.raises(PublicationError, match=said):
        publish_marker(impatient, 2)
    child.kill()
    child.join()
    assert publish_marker(engine, 2).version_number == 1


def test_other_quarters_do_not_wait(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """A quarter being published holds up no other quarter."""
    with writing(engine, "another run") as connection:
        lock(connection, quarter_lock(QUARTER.shift(1)))
        assert publish_marker(engine, 1).is_new


def test_deadlock_is_tried_again(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """A publication that PostgreSQL ends to resolve a deadlock is tried again and succeeds."""
    has_table, ended = threading.Event(), threading.Event()

    def cross() -> None:
        with writing(engine, "crossing session") as connection:
            connection.exec_driver_sql("LOCK TABLE core.kpi_scorecard_versions IN SHARE MODE")
            has_table.set()
            ended.wait()
            lock(connection, quarter_lock(QUARTER))

    def is_waiting() -> bool:
        with engine.connect() as connection:
            return connection.execute(WAITING).scalar_one() > 0

    def meet(_c: object, _x: object, statement: str, *_: object) -> None:
        if statement.startswith(BEFORE_COPY) and not ended.is_set():
            ended.set()
            wait_until(is_waiting)
            # The server looks for a deadlock once a session has waited for 1 s. The other one has
            # looked by then and found none, so this one is the one that it ends.
            time.sleep(1.5)
            meetings.append(statement)

    meetings: list[str] = []
    crossing = threading.Thread(target=cross)
    crossing.start()
    has_table.wait()
    event.listen(engine, "before_cursor_execute", meet)
    published = publish_marker(engine, 1)
    crossing.join()
    assert len(meetings) == 1
    assert published.is_new


def test_lock_on_a_table_is_told(
    engine: sa.Engine, prepared_postgres_url: str, publish_marker: PublishMarker
) -> None:
    """A lock that no publisher holds is told as the database's."""
    impatient = connect(prepared_postgres_url, lock_wait_s=0.2)
    with engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE core.kpi_scorecard_versions IN SHARE MODE")
        with pytest.raises(PublicationError, match="a lock of another session of the database"):
            publish_marker(impatient, 1, expected_draft=0)


def test_lock_on_the_log_is_named(
    engine: sa.Engine, prepared_postgres_url: str, publish_marker: PublishMarker
) -> None:
    """A run of another quarter that hangs while it writes to the log is named too."""
    impatient = connect(prepared_postgres_url, lock_wait_s=0.2)
    with writing(engine, "perf-pipeline run 4f2a") as connection:
        lock(connection, AUDIT)
        with pytest.raises(PublicationError, match=r"a lock of perf-pipeline run 4f2a \(server"):
            publish_marker(impatient, 1, expected_draft=0)


def test_lock_of_a_session_that_cannot_be_looked_up_is_told(
    engine: sa.Engine,
    prepared_postgres_url: str,
    allow_connections: Callable[[str], None],
    publish_marker: PublishMarker,
) -> None:
    """A database that stops answering after a wait still gets the sentence about the wait."""
    impatient = connect(prepared_postgres_url, lock_wait_s=0.2)
    event.listen(impatient, "handle_error", lambda _: allow_connections("false"), once=True)
    with writing(engine, "another run") as connection:
        lock(connection, quarter_lock(QUARTER))
        with pytest.raises(PublicationError, match="a lock of another session of the database"):
            publish_marker(impatient, 1, expected_draft=0)


@pytest.mark.parametrize(
    ("rogue", "said"),
    [
        ("UPDATE core.draft_publications SET draft_number = 7", "Run run-1 made a draft of"),
        ("UPDATE core.current_publications SET move_number = 7", "Another release came between"),
    ],
    ids=["draft", "publication in view"],
)
def test_pointer_moved_without_the_lock_is_not_overwritten(
    engine: sa.Engine,
    prepared_postgres_url: str,
    publish_marker: PublishMarker,
    rogue: str,
    said: str,
) -> None:
    """Should anything move a pointer all the same, the compare-and-set refuses."""
    publish_marker(engine, 1)
    other = connect(prepared_postgres_url)

    def overtake(_c: object, _x: object, statement: str, *_: object) -> None:
        if statement.startswith(rogue.partition(" SET")[0]):
            with other.begin() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO core.publication_moves "
                    "SELECT quarter_key, 7, publication_id, now(), 'rogue' "
                    "FROM core.current_publications"
                )
                connection.exec_driver_sql(rogue)

    event.listen(engine, "before_cursor_execute", overtake)
    with pytest.raises(SupersededError, match=said):
        publish_marker(engine, 2)
    assert set(read_table(engine, "council_summary")["kpi_count"]) == {1}
    assert len(read_table(engine, "publications")) == 1


def test_writers_read_what_the_one_before_committed(
    engine: sa.Engine, prepared_postgres_url: str, publish_marker: PublishMarker
) -> None:
    """Whatever isolation a database's owner has made the default, writers use their own."""
    name = sa.make_url(prepared_postgres_url).database
    with engine.connect() as connection, connection.begin():
        statement = f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'"
        connection.exec_driver_sql(statement)
    other = connect(prepared_postgres_url)
    with writing(other, "test") as connection:
        level = connection.exec_driver_sql("SHOW transaction_isolation").scalar_one()
    assert level == "read committed"
    assert publish_marker(other, 1).version_number == 1


def test_refusal_of_the_database_is_a_sentence(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """What PostgreSQL refuses is told with its own reason, without statement or values."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "ALTER TABLE core.council_summary_versions ADD CHECK (kpi_count < 5)"
        )
    with pytest.raises(PublicationError, match=r"refused Q1 2023/24: .*violates check") as caught:
        publish_marker(engine, 9)
    assert "INSERT" not in str(caught.value)
