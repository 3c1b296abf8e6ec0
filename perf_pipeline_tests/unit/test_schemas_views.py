"""The star schema's references, and which schema a view's columns are of."""

import pytest

from perf_pipeline.schemas import STAR_TABLES, key_columns
from perf_pipeline.schemas.reporting import KpiScorecard
from perf_pipeline.schemas.star import FactOutturn
from perf_pipeline.schemas.views import STAR_REFERENCES, view_model

REFERENCES = [
    (table, column, target)
    for table, columns in STAR_REFERENCES.items()
    for column, target in columns.items()
]


def width(table: str, column: str) -> int:
    """Return a key's width."""
    found: int = STAR_TABLES[table].to_schema().columns[column].metadata["max_length"]
    return found


@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_a_reference_has_the_name_and_width_of_the_key(
    table: str, column: str, target: str
) -> None:
    """A column that names a row of a dimension is that dimension's key, as BI tools expect."""
    assert key_columns(STAR_TABLES[target]) == [column]
    assert width(table, column) == width(target, column)


@pytest.mark.parametrize("table", STAR_TABLES)
def test_every_key_of_another_dimension_is_a_reference(table: str) -> None:
    """No column looks like a relation that is not there."""
    keys = {key_columns(STAR_TABLES[name])[0]: name for name in STAR_TABLES if name[:4] == "dim_"}
    columns = STAR_TABLES[table].to_schema().columns
    named = {column for column in columns if column in keys and keys[column] != table}
    assert named == set(STAR_REFERENCES.get(table, {}))


@pytest.mark.parametrize(
    ("view", "model"),
    [
        ("kpi_scorecard", KpiScorecard),
        ("kpi_scorecard_history", KpiScorecard),
        ("fact_outturn", FactOutturn),
        ("publications", None),
    ],
)
def test_a_views_schema_is_its_tables(view: str, model: type | None) -> None:
    """A history has its table's columns; views of publications' lives are of no schema."""
    assert view_model(view) is model
