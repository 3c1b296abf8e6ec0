"""Column lineage: every column that it names is there, on both sides."""

import dagster as dg
import pytest

from perf_pipeline.orchestration.lineage import gathered_lineage, reporting_lineage
from perf_pipeline.schemas import REPORTING_TABLES, STAGE_TABLES, column_kinds

STATED = [name for name in REPORTING_TABLES if reporting_lineage(name) is not None]
TABLES = {**STAGE_TABLES, **REPORTING_TABLES}


def columns_of(asset: str) -> set[str]:
    """Return an asset's columns; `x_return` and `x_outturns` are a source's two stages."""
    own = {"x_return": "return_rows", "x_outturns": "checked_rows"}
    earlier = {"earlier_outturns": "accepted_outturns"}
    return set(column_kinds(TABLES[(own | earlier).get(asset, asset)]))


def assert_all_there(table: str, lineage: dg.TableColumnLineage) -> None:
    """Check that a lineage names no column that is not there."""
    assert lineage.deps_by_column.keys() <= columns_of(table)
    for deps in lineage.deps_by_column.values():
        for dep in deps:
            assert dep.column_name in columns_of(dep.asset_key.to_user_string()), dep


@pytest.mark.parametrize("table", STATED)
def test_reporting_tables_name_columns_that_exist(table: str) -> None:
    """A reporting table's lineage leads from its own columns to columns of the stages."""
    lineage = reporting_lineage(table)
    assert lineage is not None
    assert_all_there(table, lineage)


@pytest.mark.parametrize(
    "table",
    ["accepted_outturns", "return_ledger", "return_titles", "rejected_rows", "accepted_rows"],
)
def test_gathered_tables_name_columns_that_exist(table: str) -> None:
    """A gathered table's lineage leads to columns of every source's assets."""
    assert_all_there(table, gathered_lineage(table, ["x_return"], ["x_outturns"]))


def test_scorecard_has_lineage_for_all_but_its_order() -> None:
    """Every column of the scorecard is traced, save the place that it was given."""
    lineage = reporting_lineage("kpi_scorecard")
    assert lineage is not None
    assert columns_of("kpi_scorecard") - lineage.deps_by_column.keys() == {"display_order"}
