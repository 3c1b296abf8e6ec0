"""The digest of a publication's content, and frames as rows."""

import math
from collections.abc import Callable

import pandas as pd
import pytest

from perf_pipeline.schemas import REPORTING_TABLES
from perf_pipeline.warehouse.content import content_digest, table_rows
from perf_pipeline.warehouse.tables import version_tables

Tables = dict[str, pd.DataFrame]
Builder = Callable[..., Tables]

SCORECARD = REPORTING_TABLES["kpi_scorecard"]


def changed(tables: Tables, column: str, value: object) -> Tables:
    """Return the tables with one cell of the scorecard changed."""
    scorecard = tables["kpi_scorecard"].copy()
    scorecard.loc[0, column] = value
    return tables | {"kpi_scorecard": scorecard}


def test_digest_is_64_hexadecimal_digits(build_tables: Builder) -> None:
    """A digest is a SHA-256 in hexadecimal."""
    digest = content_digest(build_tables())
    assert len(digest) == 64
    assert int(digest, 16)


@pytest.mark.parametrize("order", [[0, 2, 1], [1, 2, 0], [2, 1, 0]], ids=str)
def test_digest_does_not_depend_on_row_order(build_tables: Builder, order: list[int]) -> None:
    """The same rows in any order have the same digest."""
    tables = build_tables()
    shuffled = tables | {"kpi_scorecard": tables["kpi_scorecard"].iloc[order]}
    assert content_digest(shuffled) == content_digest(tables)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("outturn_value", math.nextafter(71.42857142857143, 72)),
        ("outturn_value", float("nan")),
        ("kpi_name", "another"),
        ("action_text", None),
        ("file_name", ""),
        ("row_number", 0),
        ("is_illustrative", False),
    ],
    ids=["last_bit", "no_figure", "text", "no_text", "empty_text", "zero", "flag"],
)
def test_digest_depends_on_every_cell(build_tables: Builder, column: str, value: object) -> None:
    """A change of one cell, even between null, empty and 0, changes the digest."""
    tables = build_tables()
    assert content_digest(changed(tables, column, value)) != content_digest(tables)


def test_digest_knows_which_table_a_row_is_in(build_tables: Builder) -> None:
    """The same rows in another table of the same columns are another content."""
    tables = build_tables()
    swapped = tables | {
        "exceptions": tables["exceptions"],
        "council_summary": tables["council_summary"].iloc[:0],
    }
    assert content_digest(swapped) != content_digest(tables)


def test_digest_reads_a_whole_figure_and_its_integer_alike(build_tables: Builder) -> None:
    """1.0 and 1 are one figure."""
    tables = changed(build_tables(), "target_value", 1.0)
    scorecard = tables["kpi_scorecard"].astype({"target_value": "object"})
    scorecard.loc[0, "target_value"] = 1
    assert content_digest(tables | {"kpi_scorecard": scorecard}) == content_digest(tables)


def test_digest_reads_minus_zero_as_zero(build_tables: Builder) -> None:
    """-0.0 and 0.0 are one figure."""
    tables = build_tables()
    minus, plus = (changed(tables, "target_value", zero) for zero in (-0.0, 0.0))
    assert content_digest(minus) == content_digest(plus)


def test_digest_leaves_other_columns_out(build_tables: Builder) -> None:
    """A frame read from a view, with its publication_id, has the digest of its content."""
    tables = build_tables()
    read = {name: frame.assign(publication_id="x") for name, frame in tables.items()}
    assert content_digest(read) == content_digest(tables)


def test_digest_wants_every_table(build_tables: Builder) -> None:
    """A set of tables with one missing has no digest."""
    tables = build_tables()
    del tables["key_issues"]
    with pytest.raises(KeyError, match="key_issues"):
        content_digest(tables)


def test_rows_are_plain_values(build_tables: Builder) -> None:
    """Rows hold Python's own types, and None for whatever is missing."""
    rows = table_rows(build_tables()["kpi_scorecard"], SCORECARD)
    types = {type(value) for row in rows for value in row}
    assert types == {str, float, int, bool, type(None)}


def test_rows_stand_in_the_order_of_the_tables_columns(build_tables: Builder) -> None:
    """A row and the publication's id together are a row of the versions table."""
    frame = build_tables()["kpi_scorecard"]
    assert [*frame.columns, "publication_id"] == version_tables["kpi_scorecard"].columns.keys()
