"""Builders of small valid frames: each row states what a test is about, the rest is filled in."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    Table,
    column_kinds,
    conform,
    empty,
    findings,
    register,
    reporting,
    stages,
)
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate import Expectations
from perf_pipeline.validate.rows import Reading, read_row

FrameBuilder = Callable[..., pd.DataFrame]
Reader = Callable[..., Reading]

_QUARTER = "2023-24-Q1"
_IDENTITY = {"row_id": "adults::2", "source_code": "adults", "row_number": 2}
_IN_FORCE = {"valid_from": _QUARTER, "valid_to": None}
_WHERE = {"file_name": "adults.csv", "file_sha256": "0" * 64, "sheet_name": None}
_PLACE = {
    "directorate_code": "ADS",
    "directorate_name": "Adults Services",
    "service_code": "care",
    "service_name": "Care",
}
_LINKS = {
    "priority_code": "none",
    "priority_name": "Not linked to a priority",
    "theme_code": "none",
    "theme_name": "Not linked to a theme",
}
_TARGET = {
    "target_value": 80.0,
    "floor_value": None,
    "lower_value": None,
    "upper_value": None,
    "target_valid_from": _QUARTER,
    "target_valid_to": None,
    "rule_name": "relative",
    "rule_kind_code": "tolerance_relative",
    "tolerance_unit_code": "percent",
    "green_tolerance_value": 0.0,
    "amber_tolerance_value": 10.0,
    "improvement_comparator_code": None,
    "is_held_enough": False,
}
_FIGURE = {
    "outturn_status_code": "given",
    "outturn_value": 85.0,
    "numerator_value": None,
    "denominator_value": None,
    "is_provisional": False,
    "stated_previous_value": None,
    "forecast_value": None,
    "stated_rag_code": None,
    "rating_reason_text": None,
    "raw_value_text": "85%",
    "commentary_text": None,
    "action_text": None,
}
_DIRECTIONS = {
    f"{name}_{period}{suffix}": value
    for period in ("previous_quarter", "last_year")
    for name, suffix, value in (
        ("direction", "_code", "not_comparable"),
        ("not_comparable", "_code", "no_earlier_figure"),
    )
} | {
    f"{period}{suffix}": None
    for period in ("previous_quarter", "last_year")
    for suffix in ("_value", "_origin_text")
}
_JUDGEMENT = {
    "variance_value": 5.0,
    "shortfall_value": -5.0,
    "green_limit_value": 0.0,
    "amber_limit_value": 8.0,
    "rule_rag_code": "green",
    "rag_code": "green",
    "rating_basis_code": "rule",
    "override_role": None,
    "override_date": None,
    "override_reason_text": None,
    "not_rated_reason_code": None,
    "forecast_rag_code": None,
}
_KPI = {
    "quarter_key": _QUARTER,
    "kpi_ref": "ADS-01",
    "kpi_name": "Reviews done in time",
    **_PLACE,
    "directorate_order": 1,
    "service_order": 1,
    **_LINKS,
    "priority_order": 99,
    "theme_order": 99,
    "source_code": "adults",
    "unit_code": "percent",
    "polarity_code": "higher",
    "basis_code": "targeted",
    "is_due": True,
    "arrears_quarter_count": 0,
    "period_quarter_key": _QUARTER,
    "previous_due_quarter_key": "2022-23-Q4",
    "baseline_quarter_key": None,
    "is_year_to_date": False,
    "decimal_places": 0,
    "minimum_value": 0.0,
    "maximum_value": 100.0,
    "owner_name": "Head of Care",
    "is_illustrative": True,
    **_TARGET,
    "previous_target_value": None,
    "year_end_target_value": 80.0,
    "year_end_floor_value": None,
    "year_end_lower_value": None,
    "year_end_upper_value": None,
    "judging_sha256": "0" * 64,
}


def _builder(model: type[Table], defaults: Mapping[str, Any]) -> FrameBuilder:
    """Make a builder; the defaults are checked once, since checking each frame takes long."""
    columns = set(column_kinds(model))

    def build(*rows: Mapping[str, Any]) -> pd.DataFrame:
        unknown = {name for row in rows for name in row} - columns
        assert not unknown, f"{model.__name__} has no {unknown}"
        if not rows:
            return empty(model)
        frame = pd.DataFrame([{**defaults, **row} for row in rows], dtype="object")
        return conform(frame, model)

    model.validate(build(_IDENTITY if "row_id" in columns else {}), lazy=True)
    return build


def _numbered(build: FrameBuilder, source_code: str = "adults") -> FrameBuilder:
    def build_numbered(*rows: Mapping[str, Any]) -> pd.DataFrame:
        placed = []
        for number, row in enumerate(rows, start=2):
            place = {"source_code": source_code, "row_number": number} | row
            identity = f"{place['source_code']}::{place['row_number']}"
            placed.append({"row_id": identity} | place)
        return build(*placed)

    return build_numbered


@pytest.fixture(scope="session")
def build_kpis() -> FrameBuilder:
    """Return a function that makes `KpisInForce`: ADS-01, a percentage with a target of 80."""
    return _builder(stages.KpisInForce, _KPI)


@pytest.fixture(scope="session")
def build_rows() -> FrameBuilder:
    """Return a function that makes `ReturnRows`: data rows of ADS-01 without any figure."""
    texts = {name: None for name in stages.ReturnRows.to_schema().columns if name.endswith("_text")}
    defaults = {
        "quarter_key": _QUARTER,
        **_WHERE,
        "row_kind_code": "data",
        "is_hidden": False,
        **texts,
        "kpi_ref_text": "ADS-01",
        "row_text": "Ref: ADS-01",
        "counted_count": 1,
    }
    return _numbered(_builder(stages.ReturnRows, defaults))


@pytest.fixture(scope="session")
def build_accepted() -> FrameBuilder:
    """Return a function that makes `AcceptedOutturns`: ADS-01's own figure, 85%."""
    defaults = {
        "quarter_key": _QUARTER,
        "return_quarter_key": _QUARTER,
        "kpi_ref": "ADS-01",
        "breakdown_type_code": "all",
        "breakdown_category_code": "all",
        **_FIGURE,
        **_WHERE,
    }
    return _numbered(_builder(stages.AcceptedOutturns, defaults))


@pytest.fixture(scope="session")
def build_checked() -> FrameBuilder:
    """Return a function that makes `CheckedRows`: rejected rows of ADS-01."""
    nothing = dict.fromkeys(_FIGURE) | {"is_provisional": False}
    defaults = {
        "quarter_key": _QUARTER,
        "return_quarter_key": _QUARTER,
        **_WHERE,
        "row_outcome_code": "rejected",
        "outcome_reason_code": "not_a_number",
        "outcome_text": "`1.2.3` is not a number.",
        "kpi_ref": "ADS-01",
        "breakdown_type_code": "all",
        "breakdown_category_code": "all",
        **nothing,
        "row_text": "Ref: ADS-01 | Figure: 1.2.3",
    }
    return _numbered(_builder(stages.CheckedRows, defaults))


@pytest.fixture(scope="session")
def build_ledger() -> FrameBuilder:
    """Return a function that makes `ReturnLedger`: ten rows, of which all are accounted for."""
    defaults = {
        "quarter_key": _QUARTER,
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
        "duplicate_count": 1,
        "hidden_count": 0,
        "counted_count": 9,
    }
    return _builder(stages.ReturnLedger, defaults)


@pytest.fixture(scope="session")
def build_rated() -> FrameBuilder:
    """Return a function that makes `RatedOutturns`: ADS-01, green."""
    defaults = {
        "quarter_key": _QUARTER,
        "kpi_ref": "ADS-01",
        **_FIGURE,
        **_JUDGEMENT,
        "source_code": "adults",
        **_WHERE,
        "row_number": 2,
    }
    return _builder(stages.RatedOutturns, defaults)


@pytest.fixture(scope="session")
def build_compared() -> FrameBuilder:
    """Return a function that makes `ComparedOutturns`: ADS-01, with no quarter before."""
    defaults = {
        "quarter_key": _QUARTER,
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
    return _builder(stages.ComparedOutturns, defaults)


@pytest.fixture(scope="session")
def build_scorecard() -> FrameBuilder:
    """Return a function that makes `KpiScorecard`: ADS-01, green."""
    columns = reporting.KpiScorecard.to_schema().columns
    facts = {name: value for name, value in _KPI.items() if name in columns}
    defaults = {
        **facts,
        "display_order": 1,
        **_FIGURE,
        "outturn_text": "85%",
        "target_text": "80%",
        "forecast_text": None,
        "rag_label": "Green",
        "direction_baseline_code": "not_comparable",
        "direction_trend_code": "not_comparable",
        **_JUDGEMENT,
        **_DIRECTIONS,
        **_WHERE,
        "row_number": 2,
    }
    return _builder(reporting.KpiScorecard, defaults)


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
    return _builder(register.History, defaults)


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
    return _builder(stages.ComparatorOutturns, defaults)


@pytest.fixture(scope="session")
def build_directorates() -> FrameBuilder:
    """Return a function that makes the register's `Directorates`: Adults Services."""
    defaults = {
        "directorate_code": "ADS",
        "directorate_name": "Adults Services",
        "display_order": 1,
        **_IN_FORCE,
    }
    return _builder(register.Directorates, defaults)


@pytest.fixture(scope="session")
def build_services() -> FrameBuilder:
    """Return a function that makes the register's `Services`: Care, of Adults Services."""
    defaults = {
        "service_code": "care",
        "service_name": "Care",
        "directorate_code": "ADS",
        "display_order": 1,
        **_IN_FORCE,
    }
    return _builder(register.Services, defaults)


@pytest.fixture(scope="session")
def build_breakdowns() -> FrameBuilder:
    """Return a function that makes the register's `Breakdowns`: by sex, female."""
    defaults = {
        "breakdown_type_code": "sex",
        "breakdown_category_code": "F",
        "breakdown_category_name": "Female",
        "display_order": 1,
    }
    return _builder(register.Breakdowns, defaults)


@pytest.fixture(scope="session")
def build_notes() -> FrameBuilder:
    """Return a function that makes the register's `KeyIssueNotes`: an issue of Adults Services."""
    defaults = {
        "quarter_key": _QUARTER,
        "directorate_code": "ADS",
        "issue_order": 1,
        "issue_text": "Reviews are late.",
    }
    return _builder(register.KeyIssueNotes, defaults)


@pytest.fixture(scope="session")
def build_developments() -> FrameBuilder:
    """Return a function that makes the register's `InDevelopment`: one of Adults Services."""
    defaults = {
        "directorate_code": "ADS",
        "indicator_order": 1,
        "indicator_text": "Waiting times.",
        **_IN_FORCE,
    }
    return _builder(register.InDevelopment, defaults)


@pytest.fixture(scope="session")
def build_receipts() -> FrameBuilder:
    """Return a function that makes the register's `Receipts`: one of adults."""
    defaults = {"quarter_key": _QUARTER, "source_code": "adults", "received_date": "2023-07-14"}
    return _builder(register.Receipts, defaults)


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
        **_IN_FORCE,
    }
    return _builder(register.Benchmarks, defaults)


@pytest.fixture(scope="session")
def build_overrides() -> FrameBuilder:
    """Return a function that makes the register's `Overrides`: ADS-01 is published as amber."""
    defaults = {
        "quarter_key": _QUARTER,
        "kpi_ref": "ADS-01",
        "rag_code": "amber",
        "decided_by_role": "Strategic Performance Board",
        "decided_date": "2023-08-01",
        "reason_text": "The figure leaves out one provider.",
    }
    return _builder(register.Overrides, defaults)


@pytest.fixture(scope="session")
def build_breaks() -> FrameBuilder:
    """Return a function that makes the register's `SeriesBreaks`: ADS-01 is counted anew."""
    defaults = {
        "kpi_ref": "ADS-01",
        "quarter_key": _QUARTER,
        "reason_code": "definition_changed",
        "note_text": None,
    }
    return _builder(register.SeriesBreaks, defaults)


@pytest.fixture(scope="session")
def build_stated_counts() -> FrameBuilder:
    """Return a function that makes the register's `StatedCounts`: one green of Adults Services."""
    defaults = {
        "quarter_key": _QUARTER,
        "directorate_code": "ADS",
        "count_code": "green",
        "stated_count": 1,
        "stated_of_count": None,
        "stated_share_text": None,
        "note_text": None,
    }
    return _builder(register.StatedCounts, defaults)


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
    return _builder(stages.EarlierRatings, defaults)


@pytest.fixture(scope="session")
def build_quality() -> FrameBuilder:
    """Return a function that makes `DataQuality`: one finding about ADS-01."""
    defaults = {
        "quarter_key": _QUARTER,
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
    return _builder(findings.DataQuality, defaults)


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
