"""The reporting views from outside, as BI tools read them: through ODBC, and through pandas."""

import datetime as dt
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyodbc
import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    DATASET_TABLES,
    REPORTING_TABLES,
    STAR_TABLES,
    ColumnKind,
    key_columns,
)
from perf_pipeline.schemas.views import view_model
from perf_pipeline.warehouse import (
    Origin,
    connect,
    current_draft,
    migrate,
    publish,
    read_quarter,
)
from perf_pipeline.warehouse.columns import TIMESTAMP
from perf_pipeline.warehouse.tables import reporting_views

QUARTER, NEXT_QUARTER = Quarter(2023, 1), Quarter(2023, 2)
COUNCIL = "Somerset Council"
PROJECT = Path(__file__).resolve().parents[3]
NOT_ALLOWED = "42501"

POSTGRES_TYPES = {
    ColumnKind.CODE: pyodbc.SQL_WVARCHAR,
    ColumnKind.TEXT: pyodbc.SQL_WLONGVARCHAR,
    ColumnKind.FIGURE: pyodbc.SQL_NUMERIC,
    ColumnKind.COUNT: pyodbc.SQL_BIGINT,
    ColumnKind.FLAG: pyodbc.SQL_BIT,
    ColumnKind.DATE: pyodbc.SQL_TYPE_DATE,
    TIMESTAMP: pyodbc.SQL_TYPE_TIMESTAMP,
}
SQLITE_TYPES = {
    ColumnKind.CODE: pyodbc.SQL_VARCHAR,
    ColumnKind.TEXT: pyodbc.SQL_LONGVARCHAR,
    ColumnKind.FIGURE: pyodbc.SQL_DOUBLE,
    ColumnKind.COUNT: pyodbc.SQL_INTEGER,
    ColumnKind.FLAG: pyodbc.SQL_BIT,
    ColumnKind.DATE: pyodbc.SQL_TYPE_DATE,
}
SQLITE_LONGEST_VARCHAR = 255

Frames = dict[str, pd.DataFrame]
TableBuilder = Callable[..., Frames]


@dataclass(frozen=True)
class Source:
    """A database as a BI analyst reaches it, and as its owner does."""

    odbc: str
    reader: sa.Engine
    engine: sa.Engine
    prefix: str

    def connect(self, *, autocommit: bool = True) -> pyodbc.Connection:
        """Connect through the ODBC driver, as the reader."""
        return pyodbc.connect(self.odbc, autocommit=autocommit)

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return a query's rows; `{}` in it stands before a view's name."""
        with self.connect() as connection:
            return list(connection.execute(query.format(self.prefix), *values).fetchall())

    @cached_property
    def frames(self) -> Frames:
        """The sample quarter's tables, as the pipeline reads them."""
        return read_quarter(self.engine, QUARTER)


@pytest.fixture(scope="module")
def warehouse_server(tcp_server: sa.URL) -> sa.URL:
    """ODBC reaches a server by TCP."""
    return tcp_server


@pytest.fixture(scope="module")
def postgres(
    make_warehouse: Callable[[], Any],
    make_workplace: Callable[[Path, str], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Source:
    """A database that the owner prepared and into which the writer ran the sample quarter."""
    warehouse, root = make_warehouse(), tmp_path_factory.mktemp("run")
    shutil.copytree(PROJECT / "data", root / "data")
    shutil.copytree(PROJECT / "sql" / "sources", root / "sql" / "sources")
    assert warehouse.psql("roles.sql").stderr == ""
    owner = warehouse.add_login("setup", "owner", acts_as_group=True)
    assert make_workplace(root, owner.url).call("prepare").returncode == os.EX_OK
    assert warehouse.psql("roles.sql").stderr == ""
    writer = warehouse.add_login("run", "writer", acts_as_group=True)
    assert make_workplace(root, writer.url).run(QUARTER.key)["exit_code"] == os.EX_OK
    login = warehouse.add_login("bi", "reader")
    server = login.address
    odbc = (
        f"Driver={{PostgreSQL Unicode}};Server={server.host};Port={server.port};"
        f"Database={server.database};Uid={login.role};Pwd={server.password};"
        "BoolsAsChar=0;MaxVarcharSize=1024"
    )
    reader = sa.create_engine(login.address, poolclass=sa.NullPool)
    return Source(odbc, reader, writer.engine, "reporting.")


@pytest.fixture(scope="module")
def sqlite(postgres: Source, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """A SQLite database with the same publication."""
    path = tmp_path_factory.mktemp("sqlite") / "warehouse.sqlite"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    tables = {name: frame.drop(columns="publication_id") for name, frame in postgres.frames.items()}
    origin = Origin(COUNCIL, "0" * 64, "test", "run")
    publish(engine, QUARTER, tables, origin, expected_draft=0)
    return Source(f"Driver={{SQLite3}};Database={path}", engine, engine, "")


@pytest.fixture(params=["sqlite", "postgres"])
def source(request: pytest.FixtureRequest) -> Source:
    """Each database in turn."""
    found: Source = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def publish_next(postgres: Source, build_tables: TableBuilder) -> Callable[[int], None]:
    """Return a function that publishes a marker as the quarter after the sample's."""

    def publish_next(marker: int) -> None:
        publish(
            postgres.engine,
            NEXT_QUARTER,
            build_tables(NEXT_QUARTER, marker),
            Origin(COUNCIL, "0" * 64, "test", f"run-{marker}"),
            expected_draft=current_draft(postgres.engine, NEXT_QUARTER),
        )

    return publish_next


def test_both_databases_hold_the_same_publication(sqlite: Source, postgres: Source) -> None:
    """What is compared below is one publication, of all the sample's KPIs."""
    frames = [each.frames["directorate_summary"] for each in (sqlite, postgres)]
    assert set(frames[0]["publication_id"]) == set(frames[1]["publication_id"])
    assert frames[0]["kpi_count"].sum() == 101


def test_driver_lists_the_reporting_views(source: Source) -> None:
    """A BI tool's list of objects has every reporting view; SQLite keeps no other view from it."""
    schema = source.prefix.rstrip(".") or None
    beside = set() if schema else {f"detail_{name}" for name in DATASET_TABLES}
    with source.connect() as connection:
        listed = connection.cursor().tables(schema=schema, tableType="VIEW").fetchall()
    assert {row.table_name for row in listed} == set(reporting_views) | beside


def test_core_holds_no_view(postgres: Source) -> None:
    """The driver lists tables that a reader cannot read; they stand in a schema of their own."""
    with postgres.connect() as connection:
        listed = connection.cursor().tables().fetchall()
    places = {(row.table_schem, row.table_type) for row in listed}
    assert {place for place in places if place[0] in {"core", "reporting", "public"}} == {
        ("core", "TABLE"),
        ("reporting", "VIEW"),
    }


@pytest.mark.parametrize("view", reporting_views)
def test_columns_have_their_types_on_postgresql(postgres: Source, view: str) -> None:
    """Codes and labels are bounded text of the declared width, figures numeric, dates dates."""
    with postgres.connect() as connection:
        columns = connection.cursor().columns(table=view, schema="reporting").fetchall()
    declared = reporting_views[view].columns
    assert [row.column_name for row in columns] == declared.keys()
    for row in columns:
        kind = declared[row.column_name].info["kind"]
        assert row.data_type == POSTGRES_TYPES[kind], row.column_name
        if kind == ColumnKind.CODE:
            assert row.column_size == declared[row.column_name].type.length, row.column_name


@pytest.mark.parametrize("table", REPORTING_TABLES)
def test_columns_have_their_types_on_sqlite(sqlite: Source, table: str) -> None:
    """The same, as far as SQLite declares types; text over 255 characters is long there."""
    with sqlite.connect() as connection:
        columns = connection.cursor().columns(table=table).fetchall()
    declared = reporting_views[table].columns
    assert [row.column_name for row in columns] == declared.keys()
    for row in columns:
        kind = declared[row.column_name].info["kind"]
        width = getattr(declared[row.column_name].type, "length", None)
        is_long = kind == ColumnKind.CODE and width > SQLITE_LONGEST_VARCHAR
        expected = pyodbc.SQL_LONGVARCHAR if is_long else SQLITE_TYPES[kind]
        assert row.data_type == expected, row.column_name
        if kind == ColumnKind.CODE:
            assert row.column_size == width, row.column_name


def plain(value: Any) -> Any:
    """Turn what a driver or a frame gave into a value that can be compared."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if pd.isna(value) else value


def as_sent(value: Any, source: Source) -> Any:
    """Round a figure as the SQLite driver does, which hands over 15 digits of it."""
    is_rounded = isinstance(value, float) and not source.prefix
    return float(f"{value:.15g}") if is_rounded else value


@pytest.mark.parametrize("table", REPORTING_TABLES)
def test_rows_are_those_of_the_publication(source: Source, table: str) -> None:
    """Through ODBC every cell of every table is what the pipeline published, none missing."""
    expected = source.frames[table]
    columns = ", ".join(expected.columns)
    query = f"SELECT {columns} FROM {{}}{table} WHERE quarter_key = ?"  # noqa: S608 - names are the schema's own
    keys = [list(expected.columns).index(key) for key in key_columns(REPORTING_TABLES[table])]
    rows = [[plain(value) for value in row] for row in source.rows(query, QUARTER.key)]
    published = [
        [as_sent(plain(value), source) for value in row] for row in expected.itertuples(index=False)
    ]
    assert in_order(rows, keys) == in_order(published, keys)


def in_order(rows: list[list[Any]], keys: list[int]) -> list[list[Any]]:
    """Sort rows by their keys, as a database gives them in any order."""
    return sorted(rows, key=lambda row: [row[place] for place in keys])


def test_facts_are_the_scorecards_and_the_breakdowns(source: Source) -> None:
    """A fact for each KPI and for each category of a breakdown, with the published figures."""
    frames = source.frames
    columns = "outturn_value, numerator_value, denominator_value"
    query = f"SELECT kpi_ref, breakdown_type_code, breakdown_category_code, {columns} FROM {{}}"  # noqa: S608 - names are the schema's own
    rows = source.rows(f"{query}fact_outturn WHERE quarter_key = ?", QUARTER.key)
    facts = {tuple(row[:3]): [plain(value) for value in row[3:]] for row in rows}
    whole = frames["kpi_scorecard"].assign(breakdown_type_code="all", breakdown_category_code="all")
    both = pd.concat([whole, frames["kpi_breakdowns"]])
    names = ["kpi_ref", "breakdown_type_code", "breakdown_category_code", *columns.split(", ")]
    expected = {
        tuple(row[:3]): [as_sent(plain(value), source) for value in row[3:]]
        for row in both[names].itertuples(index=False)
    }
    assert len(rows) == len(both)
    assert facts == expected


TRICKS = {
    "version table": "SELECT * FROM core.kpi_scorecard_versions",
    "audit log": "SELECT * FROM core.audit_entries",
    "insert": "INSERT INTO reporting.data_dictionary (table_name) VALUES ('mine')",
    "update": "UPDATE reporting.data_dictionary SET description_text = ''",
    "delete": "DELETE FROM core.publication_versions",
    "table": "CREATE TABLE reporting.mine (a integer)",
    "table in public": "CREATE TABLE public.mine (a integer)",
    "temporary table": "CREATE TEMPORARY TABLE mine (a integer)",
    "schema": "CREATE SCHEMA mine",
    "function": "CREATE FUNCTION reporting.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "function in core": "SELECT core.refuse_change()",
    "program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "view": "DROP VIEW reporting.kpi_scorecard",
}


@pytest.mark.parametrize("statement", TRICKS.values(), ids=TRICKS)
def test_reader_is_refused_everything_else(postgres: Source, statement: str) -> None:
    """Through ODBC too a reader reads the views and does nothing else."""
    with postgres.connect() as connection, pytest.raises(pyodbc.Error) as caught:
        connection.execute(statement)
    assert caught.value.args[0] == NOT_ALLOWED


@pytest.mark.parametrize("view", [*REPORTING_TABLES, *STAR_TABLES])
def test_pandas_reads_the_same_on_both_databases(
    sqlite: Source, postgres: Source, view: str
) -> None:
    """`pandas.read_sql` over SQLAlchemy gives the same figures, flags and codes, to the bit."""
    model = view_model(view)
    assert model is not None
    columns = reporting_views[view].columns.keys()
    found = []
    for each in (sqlite, postgres):
        table = sa.table(view, *map(sa.column, columns), schema=each.prefix.rstrip(".") or None)
        query = sa.select(table).where(table.c.quarter_key == QUARTER.key)
        with each.reader.connect() as connection:
            frame = pd.read_sql(query, connection)
        rows = [[plain(value) for value in row] for row in frame.itertuples(index=False)]
        found.append(in_order(rows, [columns.index(key) for key in key_columns(model)]))
    assert found[0] == found[1]


def test_transaction_shows_one_publication(
    postgres: Source, publish_next: Callable[[int], None]
) -> None:
    """Statements of one REPEATABLE READ transaction are of one publication; the next sees anew."""
    publish_next(1)
    counts = (
        f"SELECT DISTINCT kpi_count FROM reporting.{{}} WHERE quarter_key = '{NEXT_QUARTER.key}'"  # noqa: S608 - a constant
    )
    with postgres.connect(autocommit=False) as connection:
        connection.set_attr(pyodbc.SQL_ATTR_TXN_ISOLATION, pyodbc.SQL_TXN_REPEATABLE_READ)
        seen = [connection.execute(counts.format("council_summary")).fetchall()]
        publish_next(2)
        seen.append(connection.execute(counts.format("directorate_summary")).fetchall())
        connection.commit()
        seen.append(connection.execute(counts.format("directorate_summary")).fetchall())
    assert [[row[0] for row in rows] for rows in seen] == [[1], [1], [2]]


def test_pinned_publication_stays_as_it_was(
    postgres: Source, publish_next: Callable[[int], None]
) -> None:
    """Statements that name a release see it alone, once, whatever is released meanwhile."""
    publish_next(3)
    current = (
        "SELECT publication_id, move_number FROM reporting.publication_releases"
        " WHERE quarter_key = ? AND visible_to IS NULL"
    )
    pinned = postgres.rows(current, NEXT_QUARTER.key)[0]
    publish_next(4)
    publish_next(3)
    for table, count in (("council_summary", 1), ("directorate_summary", 2)):
        query = (
            f"SELECT kpi_count FROM reporting.{table}_history"  # noqa: S608 - names are constants
            " WHERE publication_id = ? AND move_number = ?"
        )
        assert [row[0] for row in postgres.rows(query, *pinned)] == [3] * count
