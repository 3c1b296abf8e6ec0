"""A summary that does not count what the scorecard holds is found, wherever it errs."""

from collections.abc import Callable

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME
from perf_pipeline.schemas import conform, empty, register, stages
from perf_pipeline.summarise import (
    council_summary,
    directorate_summary,
    owner_summary,
    priority_summary,
    service_summary,
    summary_imbalance,
    theme_summary,
)

FrameBuilder = Callable[..., pd.DataFrame]
Tables = dict[str, pd.DataFrame]

QUARTER = Quarter(2023, 1)
COUNTS = [
    "kpi_count",
    "rated_count",
    "red_count",
    "amber_count",
    "green_count",
    "improved_previous_quarter_count",
    "maintained_previous_quarter_count",
    "declined_previous_quarter_count",
    "not_comparable_previous_quarter_count",
    "improved_last_year_count",
    "maintained_last_year_count",
    "declined_last_year_count",
    "not_comparable_last_year_count",
]
NAMES = {
    "directorate_summary": "ADS",
    "service_summary": "care",
    "council_summary": "the council",
    "priority_summary": "none",
    "theme_summary": "none",
    "owner_summary": "Head of Care",
}
"""Each summary, and the code of its first row."""


def _unlinked(model: type[register.Priorities | register.Themes], name: str) -> pd.DataFrame:
    row = {f"{name}_code": "none", f"{name}_name": "Not linked", "display_order": 1}
    dated = row | {"valid_from": QUARTER.key, "valid_to": None}
    return conform(pd.DataFrame([dated]), model)


@pytest.fixture(scope="module")
def scorecard(build_scorecard: FrameBuilder) -> pd.DataFrame:
    """Two KPIs in one directorate and one in another."""
    return build_scorecard(
        {"kpi_ref": "A", "direction_last_year_code": "improved"},
        {"kpi_ref": "B", "rag_code": None, "not_rated_reason_code": "no_target"},
        {"kpi_ref": "C", "directorate_code": "CHD", "service_code": "schools", "rag_code": "red"},
    )


@pytest.fixture(scope="module")
def right_tables(
    scorecard: pd.DataFrame, build_directorates: FrameBuilder, build_services: FrameBuilder
) -> Tables:
    """The scorecard's summaries by name."""
    directorates = build_directorates({}, {"directorate_code": "CHD", "display_order": 2})
    services = build_services({}, {"service_code": "schools", "directorate_code": "CHD"})
    last = (empty(stages.EarlierRatings), QUARTER, DEFAULT_SCHEME)
    priorities = _unlinked(register.Priorities, "priority")
    return {
        "directorate_summary": directorate_summary(scorecard, directorates, *last),
        "service_summary": service_summary(scorecard, services, directorates, *last),
        "council_summary": council_summary(scorecard, "Testshire", *last),
        "priority_summary": priority_summary(scorecard, priorities, *last),
        "theme_summary": theme_summary(scorecard, _unlinked(register.Themes, "theme"), *last),
        "owner_summary": owner_summary(scorecard, *last),
    }


@pytest.fixture
def tables(right_tables: Tables) -> Tables:
    """The same, for a test to alter."""
    return {name: table.copy() for name, table in right_tables.items()}


def test_summaries_of_a_scorecard_add_up_to_it(scorecard: pd.DataFrame, tables: Tables) -> None:
    """There is nothing to say of summaries that are right."""
    assert summary_imbalance(scorecard, tables) is None


@pytest.mark.parametrize("column", COUNTS)
@pytest.mark.parametrize("name", NAMES)
def test_an_altered_count_is_found(
    scorecard: pd.DataFrame, tables: Tables, name: str, column: str
) -> None:
    """A count that is one too high in any summary is named with both numbers."""
    true = int(tables[name].loc[0, column])
    tables[name].loc[0, column] += 1
    fault = summary_imbalance(scorecard, tables)
    assert fault == f"{name}.{column} of {NAMES[name]} is {true + 1}, the scorecard has {true}"


@pytest.mark.parametrize("column", ["kpi_count", "red_count", "improved_last_year_count"])
def test_errors_that_cancel_out_between_two_rows_are_found(
    scorecard: pd.DataFrame, tables: Tables, column: str
) -> None:
    """The total is right and both rows are wrong."""
    summary = tables["directorate_summary"]
    summary[column] = summary[column] + pd.Series([1, -1], dtype="Int64")
    fault = summary_imbalance(scorecard, tables) or ""
    assert fault.count(f"directorate_summary.{column} of ") == 2


def test_a_missing_count_is_found(scorecard: pd.DataFrame, tables: Tables) -> None:
    """No count is not none."""
    tables["council_summary"].loc[0, "red_count"] = pd.NA
    fault = summary_imbalance(scorecard, tables)
    assert fault == "council_summary.red_count of the council is <NA>, the scorecard has 1"


def test_a_missing_row_is_found(scorecard: pd.DataFrame, tables: Tables) -> None:
    """A directorate that is left out has none of its KPIs counted."""
    tables["directorate_summary"] = tables["directorate_summary"].iloc[:1]
    fault = summary_imbalance(scorecard, tables) or ""
    assert "directorate_summary.kpi_count of CHD is 0, the scorecard has 1" in fault


def test_a_row_that_is_there_twice_is_found(scorecard: pd.DataFrame, tables: Tables) -> None:
    """Its KPIs are counted twice."""
    doubled = [tables["directorate_summary"], tables["directorate_summary"].iloc[1:]]
    tables["directorate_summary"] = pd.concat(doubled, ignore_index=True)
    fault = summary_imbalance(scorecard, tables) or ""
    assert "directorate_summary.kpi_count of CHD is 2, the scorecard has 1" in fault


def test_a_kpi_without_a_code_is_found(build_scorecard: FrameBuilder, tables: Tables) -> None:
    """A KPI that is linked to nothing at all is not in the row for none."""
    scorecard = build_scorecard({"priority_code": None})
    found = {"priority_summary": tables["priority_summary"]}
    fault = summary_imbalance(scorecard, found) or ""
    assert "priority_summary.kpi_count of no code is 0, the scorecard has 1" in fault
    assert "priority_summary.kpi_count of none is 3, the scorecard has 0" in fault


def test_all_faults_are_told_at_once(scorecard: pd.DataFrame, tables: Tables) -> None:
    """Each is a part of the sentence."""
    tables["council_summary"].loc[0, "red_count"] = 7
    tables["owner_summary"].loc[0, "kpi_count"] = 2
    assert summary_imbalance(scorecard, tables) == (
        "council_summary.red_count of the council is 7, the scorecard has 1; "
        "owner_summary.kpi_count of Head of Care is 2, the scorecard has 3"
    )


def test_a_table_that_counts_no_kpi_once_is_refused(
    scorecard: pd.DataFrame, tables: Tables
) -> None:
    """A summary of another name is not taken as balanced."""
    with pytest.raises(KeyError):
        summary_imbalance(scorecard, {"directorate_trend": tables["directorate_summary"]})
