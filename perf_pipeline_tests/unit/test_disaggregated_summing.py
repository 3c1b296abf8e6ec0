"""Counts by KPI and quarter: which of them are of quarters in which the KPI was not in force."""

import pandas as pd
import pytest

from perf_pipeline.disaggregated.building import build
from perf_pipeline.disaggregated.engines import LocalEngine
from perf_pipeline.disaggregated.orders import Register
from perf_pipeline.disaggregated.parts import LandedFile
from perf_pipeline.disaggregated.summing import out_of_force
from perf_pipeline_tests.unit.disaggregated_returns import (
    QUARTER_KEYS,
    csv_content,
    landed,
    request,
)

pytest_plugins = ["perf_pipeline_tests.unit.built_datasets"]

ROWS = [
    ("ADS-01", QUARTER_KEYS[-1], "north", "", "", "1", ""),
    ("ADS-02", QUARTER_KEYS[0], "north", "", "", "1", ""),
    ("ADS-03", "2019-20-Q1", "north", "", "", "1", ""),
    ("ADS-03", "2019-20-Q1", "south", "", "", "1", ""),
    ("ADS-04", "2013-14-Q1", "south", "", "", "1", ""),
]


@pytest.fixture
def files(tmp_path_factory: pytest.TempPathFactory) -> list[LandedFile]:
    """Return a file that reaches back before the register."""
    return [landed(tmp_path_factory.mktemp("landed"), "a.csv", csv_content(ROWS))]


def test_rows_of_quarters_before_the_register_are_counted(
    files: list[LandedFile], known: Register, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """They are accepted, as any earlier quarter's; the fewest, most likely slips, come first."""
    folder = tmp_path_factory.mktemp("work")
    made = build(request(files, folder, known), LocalEngine())
    assert made.counts.accepted_count == len(ROWS)
    found = out_of_force(made.summary(), known.kpis)
    columns = ["figure_quarter_key", "kpi_ref", "outturn_count"]
    assert found[columns].to_numpy().tolist() == [
        ["2013-14-Q1", "ADS-04", 1],
        ["2019-20-Q1", "ADS-03", 2],
    ]


def test_rows_of_quarters_in_force_are_not_counted(known: Register) -> None:
    """A KPI's own quarters, the present and earlier ones, are nothing to tell of."""
    summary = known.kpis[["quarter_key", "kpi_ref"]].rename(
        columns={"quarter_key": "figure_quarter_key"}
    )
    assert out_of_force(
        summary.assign(outturn_count=pd.array([1] * len(summary))), known.kpis
    ).empty
