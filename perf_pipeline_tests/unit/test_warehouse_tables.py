"""The database's tables and views, against the schemas that they come from."""

import re

import pytest
import sqlalchemy as sa

from perf_pipeline.schemas import (
    REPORTING_TABLES,
    STAR_TABLES,
    ColumnKind,
    column_kinds,
    key_columns,
)
from perf_pipeline.warehouse.column_types import Figure, IsoDate
from perf_pipeline.warehouse.tables import (
    append_only_tables,
    dictionary_rows,
    metadata,
    reporting_views,
    version_tables,
    views,
)
from perf_pipeline.warehouse.view_files import sql_folder, view_query

EXPECTED_TYPES = {
    ColumnKind.CODE: sa.String,
    ColumnKind.TEXT: sa.Text,
    ColumnKind.FIGURE: Figure,
    ColumnKind.COUNT: sa.BigInteger,
    ColumnKind.FLAG: sa.Boolean,
    ColumnKind.DATE: IsoDate,
}


@pytest.mark.parametrize("name", REPORTING_TABLES)
def test_version_table_is_keyed_by_publication_and_key(name: str) -> None:
    """Each version of a row stands under its publication and the schema's key."""
    key = [column.name for column in version_tables[name].primary_key]
    assert key == ["publication_id", *key_columns(REPORTING_TABLES[name])]


@pytest.mark.parametrize("name", REPORTING_TABLES)
def test_columns_have_the_types_of_their_kinds(name: str) -> None:
    """A column's kind decides its SQL type."""
    columns = version_tables[name].columns
    for column, kind in column_kinds(REPORTING_TABLES[name]).items():
        assert type(columns[column].type) is EXPECTED_TYPES[kind]


def test_codes_have_their_width() -> None:
    """A code is varchar of the schema's width, which BI tools can use as a key."""
    assert version_tables["kpi_scorecard"].c.kpi_name.type.length == 255


@pytest.mark.parametrize("name", sorted(reporting_views.keys() - STAR_TABLES.keys()))
def test_view_file_lists_the_columns_in_order(name: str) -> None:
    """A view's file names each column of the view, once, in order."""
    listed = re.search(r"SELECT\n(.*?)\nFROM", view_query(name, ""), re.DOTALL)
    assert listed is not None
    names = [re.split(r"\W+", line.strip(" ,"))[-1] for line in listed[1].splitlines()]
    assert names == reporting_views[name].columns.keys()


def test_every_view_has_a_file_or_is_a_history() -> None:
    """No file of sql/reporting is left over; histories but those that hide have one template."""
    files = {file.stem for file in (sql_folder() / "reporting").glob("*.sql")}
    histories = {f"{name}_history" for name in REPORTING_TABLES}
    assert files - histories == set(reporting_views) - histories
    assert files & histories == {"kpi_breakdowns_history", "rejected_rows_history"}


@pytest.mark.parametrize("name", REPORTING_TABLES)
def test_history_has_the_columns_of_its_table(name: str) -> None:
    """A history is its table, with the version and the time in which it was in view."""
    own = [*column_kinds(REPORTING_TABLES[name]), "publication_id"]
    history = reporting_views[f"{name}_history"].columns.keys()
    assert history == [*own, "move_number", "version_number", "visible_from", "visible_to"]


@pytest.mark.parametrize("name", STAR_TABLES)
def test_star_view_has_the_columns_of_its_schema(name: str) -> None:
    """A view of the star schema is its schema, with the publication that a row is of."""
    expected = [*column_kinds(STAR_TABLES[name]), "publication_id"]
    assert reporting_views[name].columns.keys() == expected


def test_append_only_tables_are_all_but_pointers_and_what_is_the_owners() -> None:
    """Only the two pointers move; the dictionary and the calendar are the owner's to write."""
    kept = {table.name for table in append_only_tables}
    assert {table.name for table in metadata.sorted_tables} - kept == {
        "calendar_quarters",
        "current_publications",
        "data_dictionary_entries",
        "draft_publications",
    }


def test_row_keys_of_changes_fit_their_column() -> None:
    """The longest key that a change can name fits, with room for a number behind it."""
    for model in REPORTING_TABLES.values():
        columns = model.to_schema().columns
        widths = [columns[key].metadata.get("max_length", 20) for key in key_columns(model)]
        assert sum(widths) + 3 * len(widths) < 200


def test_no_table_has_the_name_of_a_view() -> None:
    """On SQLite, tables and views share one name space."""
    assert not {table.name for table in metadata.sorted_tables} & set(reporting_views)


@pytest.mark.parametrize("table", [*metadata.sorted_tables, *views.sorted_tables], ids=str)
def test_every_table_and_column_is_described(table: sa.Table) -> None:
    """Every table and column says what it is."""
    assert table.comment
    assert all(column.comment for column in table.columns)


def test_dictionary_covers_every_column_of_every_view() -> None:
    """The data dictionary describes exactly what readers see, itself included."""
    described = [(row["table_name"], row["column_name"]) for row in dictionary_rows()]
    seen = [
        (name, column.name) for name, view in reporting_views.items() for column in view.columns
    ]
    assert described == seen


def test_dictionary_names_the_type_as_postgresql_does() -> None:
    """Types are those of the database that BI tools read."""
    rows = [row for row in dictionary_rows() if row["table_name"] == "return_status"]
    types = {row["column_name"]: row["type_text"] for row in rows}
    assert types["source_code"] == "varchar(40)"
    assert types["deadline_date"] == "date"
    assert types["read_count"] == "bigint"
