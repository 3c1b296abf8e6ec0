"""The reporting views from outside, as BI tools read them: through ODBC, and through pandas."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import pyodbc
import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind
from perf_pipeline.warehouse import Origin, connect, current_draft, publish, read_quarter
from perf_pipeline.warehouse.columns import TIMESTAMP
from perf_pipeline.warehouse.tables import reporting_views

QUARTER, NEXT_QUARTER = Quarter(2023, 1), Quarter(2023, 2)
COUNCIL = "Somerset Council"
NOT_ALLOWED = "42501"
KEYS = {"kpi_scorecard": "kpi_ref", "directorate_summary": "directorate_code"}

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

    def frames(self) -> Frames:
        """Return the quarter's tables, as the pipeline reads them."""
        return read_quarter(self.engine, QUARTER)


@pytest.fixture(scope="module")
def warehouse_server(tcp_server: sa.URL) -> sa.URL:
    """ODBC reaches a server by TCP."""
    return tcp_server


@pytest.fixture(scope="module")
def sqlite(first_quarter_run: Any) -> Source:
    """The SQLite database into which the sample quarter was run."""
    engine = connect(first_quarter_run.url)
    path = engine.url.database
    return Source(f"Driver={{SQLite3}};Database={path}", engine, engine, "")


@pytest.fixture(scope="module")
def postgres(sqlite: Source, make_warehouse: Callable[[], Any]) -> Source:
    """A PostgreSQL database with the same publication, read by a login that reads."""
    warehouse = make_warehouse()
    warehouse.set_up()
    writer = warehouse.add_login("run", "writer", acts_as_group=True).engine
    tables = {name: frame.drop(columns="publication_id") for name, frame in sqlite.frames().items()}
    origin = Origin(COUNCIL, "0" * 64, "test", "run")
    publish(writer, QUARTER, tables, origin, expected_draft=0)
    login = warehouse.add_login("bi", "reader")
    server = login.address
    odbc = (
        f"Driver={{PostgreSQL Unicode}};Server={server.host};Port={server.port};"
        f"Database={server.database};Uid={login.role};Pwd={server.password};"
        "BoolsAsChar=0;MaxVarcharSize=1024"
    )
    reader = sa.create_engine(login.address, poolclass=sa.NullPool)
    return Source(odbc, reader, writer, "reporting.")


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
    """What is compared below is one publication."""
    ids = [set(each.frames()["kpi_scorecard"]["publication_id"]) for each in (sqlite, postgres)]
    assert ids[0] == ids[1]


def test_driver_lists_the_reporting_views(source: Source) -> None:
    """A BI tool's list of objects has every reporting view."""
    schema = source.prefix.rstrip(".") or None
    with source.connect() as connection:
        listed = connection.cursor().tables(schema=schema, tableType="VIEW").fetchall()
    assert {row.table_name for row in listed} == set(reporting_views)


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


@pytest.mark.parametrize("table", KEYS)
def test_rows_are_those_of_the_publication(source: Source, table: str) -> None:
    """Through ODBC every cell of a table is what the pipeline published, none missing."""
    expected = source.frames()[table].sort_values(KEYS[table])
    columns = ", ".join(expected.columns)
    query = f"SELECT {columns} FROM {{}}{table} WHERE quarter_key = ?"  # noqa: S608 - names are the schema's own
    place = list(expected.columns).index(KEYS[table])
    rows = sorted(source.rows(query, QUARTER.key), key=lambda row: row[place])
    assert len(rows) == len(expected) > 0
    for row, published in zip(rows, expected.itertuples(index=False), strict=True):
        wanted = [as_sent(plain(value), source) for value in published]
        assert [plain(value) for value in row] == wanted


def test_facts_are_the_scorecards_and_the_breakdowns(source: Source) -> None:
    """A fact for each KPI and for each category of a breakdown, with the published figures."""
    frames = source.frames()
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
    "view": "DROP VIEW reporting.kpi_scorecard",
}


@pytest.mark.parametrize("statement", TRICKS.values(), ids=TRICKS)
def test_reader_is_refused_everything_else(postgres: Source, statement: str) -> None:
    """Through ODBC too a reader reads the views and does nothing else."""
    with postgres.connect() as connection, pytest.raises(pyodbc.Error) as caught:
        connection.execute(statement)
    assert caught.value.args[0] == NOT_ALLOWED


@pytest.mark.parametrize("table", [*KEYS, "fact_outturn"])
def test_pandas_reads_the_same_on_both_databases(
    sqlite: Source, postgres: Source, table: str
) -> None:
    """`pandas.read_sql` over SQLAlchemy gives the same figures, counts and codes, to the bit."""
    kinds = {name: column.info["kind"] for name, column in reporting_views[table].columns.items()}
    same = {ColumnKind.CODE, ColumnKind.FIGURE, ColumnKind.COUNT, ColumnKind.TEXT}
    columns = [name for name, kind in kinds.items() if kind in same]
    key = KEYS.get(table, "outturn_key")
    frames = []
    for each in (sqlite, postgres):
        view = sa.table(table, *map(sa.column, columns), schema=each.prefix.rstrip(".") or None)
        query = sa.select(view).where(view.c.quarter_key == QUARTER.key)
        with each.reader.connect() as connection:
            frame = pd.read_sql(query, connection).sort_values(key, ignore_index=True)
        figures = {name: float for name in columns if kinds[name] == ColumnKind.FIGURE}
        frames.append(frame.astype(figures))
    assert len(frames[0]) > 0
    pd.testing.assert_frame_equal(*frames, check_dtype=False, check_exact=True)


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
        "SELECT publication_id, visible_from FROM reporting.publication_releases"
        " WHERE quarter_key = ? AND visible_to IS NULL"
    )
    pinned = postgres.rows(current, NEXT_QUARTER.key)[0]
    publish_next(4)
    publish_next(3)
    for table, count in (("council_summary", 1), ("directorate_summary", 2)):
        query = (
            f"SELECT kpi_count FROM reporting.{table}_history"  # noqa: S608 - names are constants
            " WHERE publication_id = ? AND visible_from = ?"
        )
        assert [row[0] for row in postgres.rows(query, *pinned)] == [3] * count
