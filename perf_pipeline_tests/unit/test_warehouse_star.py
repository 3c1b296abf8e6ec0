"""The views that readers see, as SQLite runs them: none reads versions that it does not show."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from perf_pipeline.schemas import REPORTING_TABLES, STAR_TABLES, column_kinds
from perf_pipeline.warehouse import connect, migrate
from perf_pipeline.warehouse.tables import reporting_views
from perf_pipeline.warehouse.view_files import view_query

KEYS = {
    "directorate_key": ("quarter_key", "directorate_code"),
    "service_key": ("quarter_key", "service_code"),
    "kpi_key": ("quarter_key", "kpi_ref"),
    "outturn_key": ("quarter_key", "kpi_ref", "breakdown_type_code", "breakdown_category_code"),
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    """A connection to an empty SQLite database."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('views') / 'empty.sqlite'}")
    migrate(engine)
    with engine.connect() as connection:
        yield connection


def version_aliases(view: str) -> set[str]:
    """Return the names that a view's query gives to tables of versions."""
    return set(re.findall(r"\w+_versions AS (\w+)", view_query(view, "")))


@pytest.mark.parametrize("view", [*REPORTING_TABLES, *STAR_TABLES])
def test_a_view_finds_its_rows_by_publication(connection: sa.Connection, view: str) -> None:
    """However many versions there are, only those in view are read."""
    steps = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + view_query(view, "")).all()
    scanned = {step[3].split()[1] for step in steps if step[3].startswith("SCAN")}
    assert len(steps) > 1
    assert not scanned & version_aliases(view)


@pytest.mark.parametrize("view", STAR_TABLES)
def test_keys_of_the_star_schema_are_cast_to_their_width(view: str) -> None:
    """A joined key is `varchar(n)` of the declared width wherever it is made."""
    columns = reporting_views[view].c
    made = re.findall(r"AS varchar\((\d+)\)\s*\) AS (\w+)", view_query(view, ""))
    joined = {name for name in column_kinds(STAR_TABLES[view]) if name in KEYS}
    assert joined <= {name for _, name in made}
    assert all(columns[name].type.length == int(width) for width, name in made)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_wide_enough_for_its_parts(key: str) -> None:
    """The widest codes, joined by colons, fit."""
    columns = reporting_views["fact_outturn"].c
    parts = [_width(name) for name in KEYS[key]]
    assert sum(parts) + len(parts) - 1 <= columns[key].type.length


def _width(column: str) -> int:
    """Return the greatest width that any view gives a column."""
    return max(view.c[column].type.length for view in reporting_views.values() if column in view.c)
