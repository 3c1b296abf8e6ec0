"""Builders of small valid frames: each row states what a test is about, the rest is filled in."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import findings, register, reporting, stages
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate import Expectations
from perf_pipeline.validate.rows import Reading, read_row
from perf_pipeline_tests.unit.builders import (
    DIRECTIONS,
    FIGURE,
    IN_FORCE,
    JUDGEMENT,
    KPI,
    QUARTER,
    WHERE,
    FrameBuilder,
    builder,
    numbered,
)

Reader = Callable[..., Reading]


@pytest.fixture(scope="session")
def build_kpis() -> FrameBuilder:
    """Return a function that makes `KpisInForce`: ADS-01, a percentage with a target of 80."""
    return builder(stages.KpisInForce, KPI)


@pytest.fixture(scope="session")
def build_rows() -> FrameBuilder:
    """Return a function that makes `ReturnRows`: data rows of ADS-01 without any figure."""
    texts = {name: None for name in stages.ReturnRows.to_schema().columns if name.endswith("_text")}
    defaults = {
        "quarter_key": QUARTER,
        **WHERE,
        "row_kind_code": "data",
        "is_hidden": False,
        "is_sum_of_months": False,
        **texts,
        "kpi_ref_text": "ADS-01",
        "row_text": "Ref: ADS-01",
        "counted_count": 1,
    }
    return numbered(builder(stages.ReturnRows, defaults))


@pytest.fixture(scope="session")
def build_accepted() -> FrameBuilder:
    """Return a function that makes `AcceptedOutturns`: ADS-01's own figure, 85%."""
    defaults = {
        "quarter_key": QUARTER,
        "return_quarter_key": QUARTER,
        "kpi_ref": "ADS-01",
        "breakdown_type_code": "all",
        "breakdown_category_code": "all",
        **FIGURE,
        **WHERE,
    }
    return numbered(builder(stages.AcceptedOutturns, defaults))


@pytest.fixture(scope="session")
def build_checked() -> FrameBuilder:
    """Return a function that makes `CheckedRows`: rejected rows of ADS-01."""
    nothing = dict.fromkeys(FIGURE) | {"is_provisional": False}
    defaults = {
        "quarter_key": QUARTER,
        "return_quarter_key": QUARTER,
        **WHERE,
        "row_outcome_code": "rejected",
        "outcome_reason_code": "not_a_number",
        "outcome_text": "`1.2.3` is not a number.",
        "kpi_ref": "ADS-01",
        "breakdown_type_code": "all",
        "breakdown_category_code": "all",
        **nothing,
        "row_text": "Ref: ADS-01 | Figure: 1.2.3",
    }
    return numbered(builder(stages.CheckedRows, defaults))


@pytest.fixture(scope="session")
def build_ledger() -> FrameBuilder:
    """Return a function that makes `ReturnLedger`: ten rows, of which all are accounted for."""
    defaults = {
        "quarter_key": QUARTER,
        "source_code": "adults",
        "file_name": "adults.csv",
        "file_sha256": "0" * 64,
        "read_count": 10,
        "accepted_count": 4,
        "rejected_count": 1,
        "ignored_count": 5,
        "blank_count": 1,
        "heading_count": 2,
        "note_count": 1,
        "total_count": 0,
        "duplicate_count": 1,
        "hidden_count": 0,
        "spread_count": 0,
        "hidden_sheets_text": None,
        "counted_count": 9,
    }
    return builder(stages.ReturnLedger, defaults)


@pytest.fixture(scope="session")
def build_rated() -> FrameBuilder:
    """Return a function that makes `RatedOutturns`: ADS-01, green."""
    defaults = {
        "quarter_key": QUARTER,
        "kpi_ref": "ADS-01",
        **FIGURE,
        **JUDGEMENT,
        "source_code": "adults",
        **WHERE,
        "row_number": 2,
    }
    return builder(stages.RatedOutturns, defaults)


@pytest.fixture(scope="session")
def build_compared() -> FrameBuilder:
    """Return a function that makes `ComparedOutturns`: ADS-01, with no quarter before."""
    defaults = {
        "quarter_key": QUARTER,
        "kpi_ref": "ADS-01",
        "comparator_code": "previous_quarter",
        "comparator_quarter_key": "2022-23-Q4",
        "comparator_value": None,
        "comparator_origin_text": None,
        "figure_count": None,
        "change_value": None,
        "change_unit_code": "points",
        "direction_code": "not_comparable",
        "not_comparable_reason_code": "no_earlier_figure",
        "is_series_broken": False,
        "comparator_label": "Previous figure",
    }
    return builder(stages.ComparedOutturns, defaults)


@pytest.fixture(scope="session")
def build_scorecard() -> FrameBuilder:
    """Return a function that makes `KpiScorecard`: ADS-01, green."""
    columns = reporting.KpiScorecard.to_schema().columns
    facts = {name: value for name, value in KPI.items() if name in columns}
    defaults = {
        **facts,
        "display_order": 1,
        **FIGURE,
        "outturn_text": "85%",
        "target_text": "80%",
        "forecast_text": None,
        "rag_label": "Green",
        "direction_baseline_code": "not_comparable",
        "direction_trend_code": "not_comparable",
        **JUDGEMENT,
        **DIRECTIONS,
        **WHERE,
        "row_number": 2,
    }
    return builder(reporting.KpiScorecard, defaults)


@pytest.fixture(scope="session")
def build_history() -> FrameBuilder:
    """Return a function that makes the register's `History`: ADS-01 in the quarter before."""
    defaults = {
        "kpi_ref": "ADS-01",
        "quarter_key": "2022-23-Q4",
        "outturn_value": 80.0,
        "is_illustrative": True,
        "note_text": None,
    }
    return builder(register.History, defaults)


@pytest.fixture(scope="session")
def build_comparators() -> FrameBuilder:
    """Return a function that makes `ComparatorOutturns`: ADS-01 in the quarter before."""
    defaults = {
        "kpi_ref": "ADS-01",
        "quarter_key": "2022-23-Q4",
        "outturn_value": 80.0,
        "is_provisional": False,
        "commentary_text": None,
        "origin_text": "register/history.csv",
    }
    return builder(stages.ComparatorOutturns, defaults)


@pytest.fixture(scope="session")
def build_directorates() -> FrameBuilder:
    """Return a function that makes the register's `Directorates`: Adults Services."""
    defaults = {
        "directorate_code": "ADS",
        "directorate_name": "Adults Services",
        "display_order": 1,
        **IN_FORCE,
    }
    return builder(register.Directorates, defaults)


@pytest.fixture(scope="session")
def build_services() -> FrameBuilder:
    """Return a function that makes the register's `Services`: Care, of Adults Services."""
    defaults = {
        "service_code": "care",
        "service_name": "Care",
        "directorate_code": "ADS",
        "display_order": 1,
        **IN_FORCE,
    }
    return builder(register.Services, defaults)


@pytest.fixture(scope="session")
def build_breakdowns() -> FrameBuilder:
    """Return a function that makes the register's `Breakdowns`: by sex, female."""
    defaults = {
        "breakdown_type_code": "sex",
        "breakdown_category_code": "F",
        "breakdown_category_name": "Female",
        "display_order": 1,
    }
    return builder(register.Breakdowns, defaults)


@pytest.fixture(scope="session")
def build_notes() -> FrameBuilder:
    """Return a function that makes the register's `KeyIssueNotes`: an issue of Adults Services."""
    defaults = {
        "quarter_key": QUARTER,
        "directorate_code": "ADS",
        "issue_order": 1,
        "issue_text": "Reviews are late.",
    }
    return builder(register.KeyIssueNotes, defaults)


@pytest.fixture(scope="session")
def build_developments() -> FrameBuilder:
    """Return a function that makes the register's `InDevelopment`: one of Adults Services."""
    defaults = {
        "directorate_code": "ADS",
        "indicator_order": 1,
        "indicator_text": "Waiting times.",
        **IN_FORCE,
    }
    return builder(register.InDevelopment, defaults)


@pytest.fixture(scope="session")
def build_receipts() -> FrameBuilder:
    """Return a function that makes the register's `Receipts`: one of adults."""
    defaults = {"quarter_key": QUARTER, "source_code": "adults", "received_date": "2023-07-14"}
    return builder(register.Receipts, defaults)


@pytest.fixture(scope="session")
def build_benchmarks() -> FrameBuilder:
    """Return a function that makes the register's `Benchmarks`: England's figure for ADS-01."""
    defaults = {
        "kpi_ref": "ADS-01",
        "benchmark_type_code": "national",
        "benchmark_name": "England 2022/23",
        "benchmark_value": 82.0,
        "is_illustrative": True,
        "note_text": None,
        **IN_FORCE,
    }
    return builder(register.Benchmarks, defaults)


@pytest.fixture(scope="session")
def build_overrides() -> FrameBuilder:
    """Return a function that makes the register's `Overrides`: ADS-01 is published as amber."""
    defaults = {
        "quarter_key": QUARTER,
        "kpi_ref": "ADS-01",
        "rag_code": "amber",
        "decided_by_role": "Strategic Performance Board",
        "decided_date": "2023-08-01",
        "reason_text": "The figure leaves out one provider.",
    }
    return builder(register.Overrides, defaults)


@pytest.fixture(scope="session")
def build_breaks() -> FrameBuilder:
    """Return a function that makes the register's `SeriesBreaks`: ADS-01 is counted anew."""
    defaults = {
        "kpi_ref": "ADS-01",
        "quarter_key": QUARTER,
        "reason_code": "definition_changed",
        "note_text": None,
    }
    return builder(register.SeriesBreaks, defaults)


@pytest.fixture(scope="session")
def build_stated_counts() -> FrameBuilder:
    """Return a function that makes the register's `StatedCounts`: one green of Adults Services."""
    defaults = {
        "quarter_key": QUARTER,
        "directorate_code": "ADS",
        "count_code": "green",
        "stated_count": 1,
        "stated_of_count": None,
        "stated_share_text": None,
        "note_text": None,
    }
    return builder(register.StatedCounts, defaults)


@pytest.fixture(scope="session")
def build_earlier_ratings() -> FrameBuilder:
    """Return a function that makes `EarlierRatings`: ADS-01, green in the quarter before."""
    defaults = {
        "quarter_key": "2022-23-Q4",
        "kpi_ref": "ADS-01",
        "directorate_code": "ADS",
        "service_code": "care",
        "priority_code": "none",
        "theme_code": "none",
        "owner_name": "Head of Care",
        "rag_code": "green",
        "present_directorate_code": "ADS",
    }
    return builder(stages.EarlierRatings, defaults)


@pytest.fixture(scope="session")
def build_quality() -> FrameBuilder:
    """Return a function that makes `DataQuality`: one finding about ADS-01."""
    defaults = {
        "quarter_key": QUARTER,
        "finding_number": 1,
        "check_code": "zero_after_large",
        "kpi_ref": "ADS-01",
        "kpi_name": "Reviews done in time",
        "directorate_code": "ADS",
        "source_code": "adults",
        "finding_text": "The figure is 0 after 80.",
        "file_name": None,
        "sheet_name": None,
        "row_number": None,
    }
    return builder(findings.DataQuality, defaults)


@pytest.fixture(scope="session")
def read_cells(
    build_rows: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> Reader:
    """Return a function that reads one data row of the return of `adults` for Q1 2023/24.

    ADS-01 is a percentage, ADS-02 a number that is not due, ADS-03 pounds, ADS-04 per 1,000 and
    ADS-13 a percentage from 50; CHD-01 is another source's and ADS-99 was retired.
    """
    kpis = build_kpis(
        {},
        {"kpi_ref": "ADS-02", "unit_code": "number", "maximum_value": None, "is_due": False},
        {
            "kpi_ref": "ADS-03",
            "unit_code": "gbp",
            "minimum_value": None,
            "maximum_value": None,
        },
        {"kpi_ref": "ADS-04", "unit_code": "per_1000", "maximum_value": None},
        {"kpi_ref": "ADS-13", "minimum_value": 50.0},
        {"kpi_ref": "CHD-01", "source_code": "children"},
    )
    breakdowns = build_breakdowns(
        {}, {"breakdown_category_code": "M", "breakdown_category_name": "Male"}
    )
    known = pd.Series([*kpis["kpi_ref"], "ADS-99"])
    expected = {
        scale: Expectations.of("adults", Quarter(2023, 1), kpis, known, breakdowns, scale)
        for scale in (None, *PercentScale)
    }
    empty_row: Any = next(build_rows({}).itertuples(index=False))

    def reader(*, percent_scale: PercentScale | None = None, **texts: str | None) -> Reading:
        row = empty_row._replace(**{f"{name}_text": text for name, text in texts.items()})
        return read_row(row, expected[percent_scale])

    return reader
