"""What is only ever added to cannot be changed or deleted, whoever asks, on both databases."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import Publication, connect, migrate, sign_off
from perf_pipeline.warehouse.engine import writing
from perf_pipeline.warehouse.guards import create_guards, drop_guards
from perf_pipeline.warehouse.tables import append_only_tables
from perf_pipeline_tests.integration.database_copies import Copy, filled_once

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)
REFUSAL = "Publications are never changed or deleted, only added to."

PublishMarker = Callable[..., Publication]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def copy_guarded(request: pytest.FixtureRequest, publish_marker: PublishMarker) -> Iterator[Copy]:
    """What copies a database that holds two versions, the first signed, of each kind in turn."""

    def fill(engine: sa.Engine) -> None:
        migrate(engine)
        publish_marker(engine, 1)
        sign_off(
            engine,
            QUARTER,
            "Finance",
            "Finance Lead",
            roles=["Finance"],
            council_name="Sample Council",
        )
        publish_marker(engine, 2)

    with filled_once(request.param, request, fill) as copy:
        yield copy


@pytest.fixture
def engine(copy_guarded: Copy) -> Iterator[sa.Engine]:
    """Such a database of the test's own."""
    with copy_guarded() as url:
        yield connect(url)


def refused(engine: sa.Engine, statement: sa.Executable | str) -> bool:
    """Tell whether the database refuses a statement with the guards' sentence."""
    try:
        with writing(engine, "test") as connection:
            if isinstance(statement, str):
                connection.exec_driver_sql(statement)
            else:
                connection.execute(statement)
    except DBAPIError as error:
        return REFUSAL in str(error.orig)
    return False


def filled_tables(engine: sa.Engine) -> list[sa.Table]:
    """Return the guarded tables that have rows: where there are none, nothing is refused."""
    with writing(engine, "test") as connection:
        return [
            table
            for table in append_only_tables
            if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
        ]


def test_no_row_can_be_updated(engine: sa.Engine) -> None:
    """Every table that is only added to refuses an update, even one that changes nothing."""
    tables = filled_tables(engine)
    assert len(tables) > 10
    for table in tables:
        column = table.columns[0]
        assert refused(engine, sa.update(table).values({column.name: column})), table


def test_no_row_can_be_deleted(engine: sa.Engine) -> None:
    """Every table that is only added to refuses a deletion."""
    for table in filled_tables(engine):
        assert refused(engine, sa.delete(table)), table


@pytest.mark.parametrize("copy_guarded", ["sqlite"], indirect=True)
def test_no_row_can_be_replaced(engine: sa.Engine) -> None:
    """SQLite's REPLACE, which fires no trigger for what it deletes, is refused as well."""
    for table in filled_tables(engine):
        statement = f"INSERT OR REPLACE INTO {table.name} SELECT * FROM {table.name}"  # noqa: S608 - our names
        assert refused(engine, statement), table


@pytest.mark.parametrize("copy_guarded", ["sqlite"], indirect=True)
def test_row_with_a_taken_number_cannot_replace(engine: sa.Engine) -> None:
    """Nor can a version with another id and the number of one that is there."""
    statement = """
        INSERT OR REPLACE INTO publication_versions
        SELECT 'f', quarter_key, version_number, created_at, council_name, council_sha256,
            code_version, run_id, row_count
        FROM publication_versions
    """
    assert refused(engine, statement)


def test_no_table_can_be_emptied(prepared_postgres_url: str) -> None:
    """PostgreSQL's TRUNCATE is refused of every table, of empty ones too."""
    engine = connect(prepared_postgres_url)
    for table in append_only_tables:
        assert refused(engine, f"TRUNCATE {table.schema}.{table.name} CASCADE"), table


def test_guards_can_be_taken_away_and_put_back(engine: sa.Engine) -> None:
    """A migration takes the guards away, changes rows, and puts the guards back."""
    with writing(engine, "test") as connection:
        drop_guards(connection)
        connection.execute(sa.update(append_only_tables[0]).values(code_version="mended"))
        create_guards(connection)
    assert refused(engine, sa.update(append_only_tables[0]).values(code_version="x"))
