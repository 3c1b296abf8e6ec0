"""`verify` finds one bit of any column of any table, and any record that was taken away.

One database serves all these tests: each puts back what it has altered.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind
from perf_pipeline.warehouse import connect, verify
from perf_pipeline.warehouse.columns import TIMESTAMP
from perf_pipeline.warehouse.engine import is_sqlite, writing
from perf_pipeline.warehouse.life_tables import publication_versions
from perf_pipeline.warehouse.tables import data_dictionary_entries, metadata, version_tables
from perf_pipeline_tests.integration.database_copies import Copy

pytest_plugins = [
    "perf_pipeline_tests.integration.prepared_databases",
    "perf_pipeline_tests.integration.honest_databases",
]

RECORDS = [
    table
    for table in metadata.sorted_tables
    if table not in (data_dictionary_entries, *version_tables.values())
]
"""What is kept besides what was published; the dictionary is made anew whenever it differs."""


Row = Mapping[str, Any]


def without_references(engine: sa.Engine) -> sa.Engine:
    """Let rows name what is not there, as whoever changes something by hand may do."""
    if is_sqlite(engine):
        event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA foreign_keys = OFF"))
        return engine
    with writing(engine, "test") as connection:
        for table in metadata.sorted_tables:
            for reference in table.foreign_key_constraints:
                connection.execute(sa.schema.DropConstraint(reference))
    return engine


@pytest.fixture(scope="module")
def shared(copy_honest: Copy) -> Iterator[sa.Engine]:
    """An honest database of each kind in turn, without references, to be left as it was found."""
    with copy_honest() as url:
        yield without_references(connect(url))


STEPS: Mapping[str, Callable[[Any], Any]] = {
    ColumnKind.FLAG: lambda value: not value,
    ColumnKind.FIGURE: lambda value: math.nextafter(value, math.inf),
    ColumnKind.COUNT: lambda value: value + 1,
    ColumnKind.DATE: lambda value: str(dt.date.fromisoformat(value) + dt.timedelta(days=1)),
    TIMESTAMP: lambda value: value + dt.timedelta(microseconds=1),
}
"""The smallest change of a value; of texts it is one bit."""


def other(value: Any, kind: str) -> Any:
    """Return a value of a kind of column that differs from another in the smallest way."""
    if value is None:
        return "x"
    step = STEPS.get(kind, lambda text: text[:-1] + chr(ord(text[-1]) ^ 1))
    return step(value)


def keys_of(table: sa.Table, row: Row) -> sa.ColumnElement[bool]:
    """Return the condition that only this row meets."""
    return sa.and_(*(each == row[each.name] for each in table.primary_key))


def last_row(connection: sa.Connection, table: sa.Table) -> dict[str, Any]:
    """Return a table's last row by its key; of the versions the newest, which ids do not tell."""
    is_versions = table is publication_versions
    keys = [table.c.version_number] if is_versions else list(table.primary_key)
    order = (each.desc() for each in keys)
    return dict(connection.execute(sa.select(table).order_by(*order)).mappings().first() or {})


@contextmanager
def altered(engine: sa.Engine, cells: Iterable[tuple[sa.Column[Any], Row]]) -> Iterator[None]:
    """Alter one cell of each of these rows for as long as it is needed."""
    before = [(column, row, row[column.name]) for column, row in cells]
    after = [(column, row, other(value, column.info["kind"])) for column, row, value in before]
    back = [
        (column, {**row, column.name: changed}, value)
        for (column, row, value), (*_, changed) in zip(before, after, strict=True)
    ]
    put(engine, after)
    yield
    put(engine, back)


def put(engine: sa.Engine, cells: Iterable[tuple[sa.Column[Any], Row, Any]]) -> None:
    """Put a value into a column of each of these rows."""
    with writing(engine, "test") as connection:
        for column, row, value in cells:
            where = keys_of(column.table, row)
            changed = sa.update(column.table).where(where).values({column: value})
            assert connection.execute(changed).rowcount == 1


@pytest.mark.parametrize("name", REPORTING_TABLES)
def test_any_altered_cell_is_found(shared: sa.Engine, name: str) -> None:
    """One bit of any column is found, in a version that was in view, one that is, and a draft."""
    table = version_tables[name]
    columns = [each for each in table.columns if each.name != "publication_id"]
    with writing(shared, "test") as connection:
        query = sa.select(table).join_from(table, publication_versions)
        ordered = query.order_by(publication_versions.c.version_number)
        rows = [dict(row) for row in connection.execute(ordered).mappings()]
    for start in range(0, len(columns), len(rows)):
        three = columns[start : start + len(rows)]
        with altered(shared, zip(three, rows, strict=False)):
            faults = verify(shared).faults
        assert [fault.partition(":")[0] for fault in faults] == [
            f"version {number} of 2023-24-Q1 is not what was published"
            for number in range(1, len(three) + 1)
        ], three
    assert verify(shared).faults == ()


@pytest.mark.parametrize("table", RECORDS, ids=str)
def test_any_altered_record_is_found(shared: sa.Engine, table: sa.Table) -> None:
    """One bit of any column of a version, a signature, a release, the log or a pointer is found."""
    with writing(shared, "test") as connection:
        row = last_row(connection, table)
    for column in table.columns:
        with altered(shared, [(column, row)]):
            assert verify(shared).faults, column
    assert verify(shared).faults == ()


@pytest.mark.parametrize("table", RECORDS, ids=str)
def test_any_removed_record_is_found(shared: sa.Engine, table: sa.Table) -> None:
    """A version, a signature, a release, an entry or a pointer that was taken away is missed."""
    with writing(shared, "test") as connection:
        row = last_row(connection, table)
        connection.execute(sa.delete(table).where(keys_of(table, row)))
    assert verify(shared).faults
    with writing(shared, "test") as connection:
        connection.execute(sa.insert(table).values(row))
    assert verify(shared).faults == ()
