"""KPIs' own current figures are told from breakdowns, restatements and other sources' rows."""

from collections.abc import Callable

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import conform, reporting, stages
from perf_pipeline.validate import (
    Expectations,
    check_rows,
    headline_outturns,
    rejected_headline_refs,
    rejected_rows,
)

FrameBuilder = Callable[..., pd.DataFrame]
QUARTER = Quarter(2023, 1)
REPORTED = {
    "quarter_key": "figure_quarter_key",
    "return_quarter_key": "quarter_key",
    "outcome_reason_code": "reason_code",
    "outcome_text": "reason_text",
}
BREAKDOWN = {"breakdown_type_code": "sex", "breakdown_category_code": "F"}


@pytest.mark.parametrize(
    ("row", "count"),
    [
        pytest.param({}, 1, id="own-current-figure"),
        pytest.param(BREAKDOWN, 0, id="breakdown"),
        pytest.param({"quarter_key": "2022-23-Q4"}, 0, id="restatement"),
        pytest.param(
            {"quarter_key": "2022-23-Q4", "return_quarter_key": "2022-23-Q4"},
            0,
            id="earlier-return",
        ),
        pytest.param({"return_quarter_key": "2023-24-Q2"}, 0, id="restated-later"),
    ],
)
def test_a_headline_is_the_kpis_own_figure_of_the_quarters_own_return(
    build_accepted: FrameBuilder, row: dict[str, str], count: int
) -> None:
    """Breakdowns, restatements and other quarters' returns are left out."""
    found = headline_outturns(build_accepted(row), QUARTER)
    stages.AcceptedOutturns.validate(found)
    assert len(found) == count


def test_headlines_keep_their_order_and_are_numbered_anew(build_accepted: FrameBuilder) -> None:
    """What is left is a frame like any other."""
    accepted = build_accepted({"kpi_ref": "ADS-02"}, BREAKDOWN, {})
    found = headline_outturns(accepted, QUARTER)
    assert found["kpi_ref"].tolist() == ["ADS-02", "ADS-01"]
    assert found.index.tolist() == [0, 1]


def reported(checked: pd.DataFrame) -> pd.DataFrame:
    """List rejected `CheckedRows` as `RejectedRows` has them."""
    return conform(rejected_rows(checked).rename(columns=REPORTED), reporting.RejectedRows)


@pytest.fixture(scope="session")
def kpis(build_kpis: FrameBuilder) -> pd.DataFrame:
    """ADS-01, ADS-02 a quarter in arrears, and CHD-01 of another source."""
    return build_kpis(
        {},
        {"kpi_ref": "ADS-02", "arrears_quarter_count": 1},
        {"kpi_ref": "CHD-01", "source_code": "children"},
    )


@pytest.mark.parametrize(
    ("row", "refs"),
    [
        pytest.param({}, ["ADS-01"], id="own-current-figure"),
        pytest.param(BREAKDOWN, [], id="breakdown"),
        pytest.param(
            {"breakdown_type_code": None, "breakdown_category_code": None},
            [],
            id="unknown-breakdown",
        ),
        pytest.param({"quarter_key": "2022-23-Q4"}, [], id="restatement"),
        pytest.param({"kpi_ref": None}, [], id="unknown-kpi"),
        pytest.param({"kpi_ref": "CHD-01"}, [], id="wrong-source"),
        pytest.param({"kpi_ref": "ADS-99"}, [], id="not-in-force"),
    ],
)
def test_a_rejected_headline_is_a_current_figure_from_its_own_source(
    build_checked: FrameBuilder, kpis: pd.DataFrame, row: dict[str, str | None], refs: list[str]
) -> None:
    """Other rejected rows say nothing of whether the KPI's figure came."""
    assert rejected_headline_refs(reported(build_checked(row)), kpis).tolist() == refs


def test_a_rejected_figure_whose_quarter_cannot_be_told_may_be_current(
    build_checked: FrameBuilder, kpis: pd.DataFrame
) -> None:
    """A KPI whose row came is not called not returned."""
    unknown = reported(build_checked({})).assign(figure_quarter_key=pd.Series([None], dtype="str"))
    assert rejected_headline_refs(unknown, kpis).tolist() == ["ADS-01"]


def test_a_kpi_is_named_once_however_many_of_its_rows_were_rejected(
    build_checked: FrameBuilder, kpis: pd.DataFrame
) -> None:
    """Conflicting rows are one absent figure."""
    rejected = reported(build_checked({}, {}, BREAKDOWN))
    assert rejected_headline_refs(rejected, kpis).tolist() == ["ADS-01"]


def test_without_rows_nothing_is_a_headline(
    build_accepted: FrameBuilder, build_checked: FrameBuilder, kpis: pd.DataFrame
) -> None:
    """A quarter without returns has no figures, accepted or rejected."""
    assert headline_outturns(build_accepted(), QUARTER).empty
    assert rejected_headline_refs(reported(build_checked()), kpis).empty


@pytest.mark.parametrize(
    ("row", "refs"),
    [
        pytest.param({"value_text": "1.2.3"}, ["ADS-01"], id="figure"),
        pytest.param({"value_text": "85%", "quarter_text": "soon"}, ["ADS-01"], id="quarter"),
        pytest.param(
            {"value_text": "85%", "quarter_text": "2023-24-Q1", "kpi_ref_text": "ADS-02"},
            ["ADS-02"],
            id="period-not-reached",
        ),
        pytest.param(
            {"value_text": "1.2.3", "quarter_text": "2022-23-Q4", "kpi_ref_text": "ADS-02"},
            ["ADS-02"],
            id="current-in-arrears",
        ),
        pytest.param({"value_text": "1.2.3", "quarter_text": "2022-23-Q4"}, [], id="restatement"),
        pytest.param({"value_text": "85%", "quarter_text": "2023-24-Q2"}, [], id="future"),
        pytest.param(
            {
                "value_text": "1.2.3",
                "breakdown_type_text": "sex",
                "breakdown_category_text": "Female",
            },
            [],
            id="breakdown",
        ),
        pytest.param({"value_text": "85%", "breakdown_type_text": "sx"}, [], id="no-breakdown"),
        pytest.param({"value_text": "85%", "kpi_ref_text": "CHD-01"}, [], id="wrong-source"),
    ],
)
def test_a_checked_row_is_known_for_what_it_was_meant_as(
    build_rows: FrameBuilder,
    build_breakdowns: FrameBuilder,
    kpis: pd.DataFrame,
    row: dict[str, str],
    refs: list[str],
) -> None:
    """Rejected rows keep their KPI, quarter and breakdown as far as these are known."""
    expected = Expectations.of("adults", QUARTER, kpis, kpis["kpi_ref"], build_breakdowns({}), None)
    checked = check_rows(build_rows(row), expected)
    assert checked["row_outcome_code"].tolist() == ["rejected"]
    assert rejected_headline_refs(reported(checked), kpis).tolist() == refs
