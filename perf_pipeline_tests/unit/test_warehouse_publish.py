"""What cannot be published, and what is said of it (SQLite)."""

import multiprocessing
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.errors import PerfPipelineError, PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, empty
from perf_pipeline.warehouse import (
    Origin,
    Publication,
    connect,
    current_publication,
    migrate,
    publish,
    read_quarter,
    read_table,
)
from perf_pipeline.warehouse.engine import writing

QUARTER = Quarter(2023, 1)
FULL_BYTES = 4096

Tables = dict[str, pd.DataFrame]
Builder = Callable[..., Tables]
PublishMarker = Callable[..., Publication]


@pytest.fixture
def engine(sqlite_url: str) -> sa.Engine:
    """A database that is set up and empty."""
    engine = connect(sqlite_url)
    migrate(engine)
    return engine


def attempt(engine: sa.Engine, tables: Tables) -> Publication:
    """Publish tables as a first publication."""
    return publish(
        engine,
        QUARTER,
        tables,
        Origin("Sample Council", "0" * 64, "test", "run"),
        expected_draft=0,
    )


def with_scorecard(tables: Tables, **values: object) -> Tables:
    """Return the tables with columns of the scorecard replaced."""
    return tables | {"kpi_scorecard": tables["kpi_scorecard"].assign(**values)}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"commentary_text": "a\x00b"}, "commentary_text: a NUL character, .* in row 1"),
        ({"outturn_value": float("inf")}, "outturn_value: an infinite figure in row 1"),
        ({"quarter_key": "2023-24-Q2"}, "rows of 2023-24-Q2"),
        ({"rag_code": "purple"}, "rag_code: isin"),
        ({"kpi_ref": "A1"}, "kpi_ref: multiple_fields_uniqueness fails 3 times"),
        ({"extra": 1}, "column_in_schema"),
    ],
    ids=["nul", "infinite", "quarter", "code", "duplicate", "column"],
)
def test_unpublishable_value_is_named(
    engine: sa.Engine, build_tables: Builder, values: dict[str, object], said: str
) -> None:
    """A value that a reader could not be given is refused, with its table and column."""
    tables = with_scorecard(build_tables(), **values)
    with pytest.raises(PublicationError, match=f"kpi_scorecard: .*{said}"):
        attempt(engine, tables)


def test_every_fault_is_told_at_once(engine: sa.Engine, build_tables: Builder) -> None:
    """Faults of several tables come in one message."""
    tables = with_scorecard(build_tables(), commentary_text="\x00")
    del tables["key_issues"]
    tables["my_table"] = pd.DataFrame()
    with pytest.raises(PublicationError) as caught:
        attempt(engine, tables)
    places = [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]]
    assert places == ["key_issues", "my_table", "kpi_scorecard"]


def test_tables_without_any_row_are_refused(engine: sa.Engine) -> None:
    """A quarter of which nothing is known is not published."""
    tables = {name: empty(model) for name, model in REPORTING_TABLES.items()}
    with pytest.raises(PublicationError, match="no table has a row"):
        attempt(engine, tables)


def test_date_that_is_none_is_refused(engine: sa.Engine, build_tables: Builder) -> None:
    """A text of a date's shape that is no day is refused and nothing is written."""
    tables = build_tables()
    tables["return_status"] = tables["return_status"].assign(deadline_date="2023-02-30")
    with pytest.raises(PublicationError, match="return_status: deadline_date: a day that does not"):
        attempt(engine, tables)


def test_unknown_table_is_refused(engine: sa.Engine) -> None:
    """Only the views can be read, by their names."""
    with pytest.raises(PerfPipelineError, match=r"`core` is no reporting table\. Choose one of"):
        read_table(engine, "core")


def test_quarter_before_its_first_publication_is_empty(engine: sa.Engine) -> None:
    """Nothing published reads as nothing: no publication, and frames without rows."""
    assert current_publication(engine, QUARTER) is None
    assert all(frame.empty for frame in read_quarter(engine, QUARTER).values())


@contextmanager
def writer_for(engine: sa.Engine, seconds: float) -> Iterator[None]:
    """Let another connection hold the write lock for so long."""
    locked = threading.Event()

    def hold() -> None:
        with sa.create_engine(engine.url).connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            locked.set()
            threading.Event().wait(seconds)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait()
    yield
    holder.join()


def test_busy_database_is_tried_again(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """A lock that is freed soon after the wait costs another try, not the publication."""
    impatient = connect(str(engine.url), lock_wait_s=0.2)
    with writer_for(engine, 0.4):
        assert publish_marker(impatient, 1).version_number == 1


def test_database_that_stays_busy_is_named(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """A lock that is not freed gets a sentence that says what to do."""
    impatient = connect(str(engine.url), lock_wait_s=0.01)
    publish_marker(engine, 1)
    with (
        writing(engine, "another process"),
        pytest.raises(PublicationError, match=r"Another process is using the SQLite database .*"),
    ):
        publish_marker(impatient, 2)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_full_disk_leaves_what_was_there(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """A write that does not fit fails with a sentence; readers see what they saw."""
    before = publish_marker(engine, 1)
    context = multiprocessing.get_context("fork")
    said = context.SimpleQueue()

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_BYTES, FULL_BYTES))
        outcome = "something else"
        try:
            publish_marker(engine, 2)
        except PublicationError as error:
            outcome = str(error)
        finally:
            said.put(outcome)

    child = context.Process(target=fill)
    child.start()
    child.join()
    assert "refused Q1 2023/24" in said.get()
    after = current_publication(engine, QUARTER)
    assert after is not None
    assert after.publication_id == before.publication_id
    assert publish_marker(engine, 2).version_number == 2
