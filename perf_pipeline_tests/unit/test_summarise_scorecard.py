"""The tables with a row for each KPI: scorecard, comparisons, breakdowns and exceptions."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.rules import DEFAULT_SCHEME, Comparator, RagLook
from perf_pipeline.schemas import findings, reporting
from perf_pipeline.summarise import exceptions, kpi_breakdowns, kpi_comparisons, kpi_scorecard

FrameBuilder = Callable[..., pd.DataFrame]
Comparer = Callable[..., pd.DataFrame]
Scorer = Callable[..., pd.Series]

COMPARATORS = [comparator.value for comparator in Comparator]
FEMALE = {"breakdown_type_code": "sex", "breakdown_category_code": "F"}
MALE = {"breakdown_type_code": "sex", "breakdown_category_code": "M"}


@pytest.fixture(scope="session")
def compare_with_all(build_compared: FrameBuilder) -> Comparer:
    """Return a function that makes `ComparedOutturns`: four rows a KPI, as far as not stated."""

    def compared(*refs: str, **stated: dict[str, Any]) -> pd.DataFrame:
        return build_compared(
            *(
                {"kpi_ref": ref, "comparator_code": code} | stated.get(code, {})
                for ref in refs
                for code in COMPARATORS
            )
        )

    return compared


@pytest.fixture(scope="session")
def score(
    build_rated: FrameBuilder, build_kpis: FrameBuilder, compare_with_all: Comparer
) -> Scorer:
    """Return a function that makes the scorecard's row of one KPI."""

    def scored(
        rated: dict[str, Any] | None = None,
        kpi: dict[str, Any] | None = None,
        looks: Mapping[str, RagLook] = DEFAULT_SCHEME,
        **stated: dict[str, Any],
    ) -> pd.Series:
        compared = compare_with_all("ADS-01", **stated)
        scorecard = kpi_scorecard(build_rated(rated or {}), compared, build_kpis(kpi or {}), looks)
        reporting.KpiScorecard.validate(scorecard, lazy=True)
        return scorecard.iloc[0]

    return scored


def test_the_scorecard_has_all_that_is_known_of_a_kpi(score: Scorer) -> None:
    """Register, rating and direction of a KPI stand in one row."""
    row = score(
        {"outturn_value": 500 / 7, "rag_code": "red", "row_number": 14},
        {"decimal_places": 1, "year_end_target_value": 90.0, "rule_name": "ours"},
    )
    columns = ["kpi_name", "service_name", "outturn_text", "target_text", "rag_label", "rule_name"]
    assert row[columns].tolist() == [
        "Reviews done in time",
        "Care",
        "71.4%",
        "80.0%",
        "Red",
        "ours",
    ]
    assert row[["row_number", "year_end_target_value", "priority_code"]].tolist() == [
        14,
        90.0,
        "none",
    ]


def test_the_scorecard_shows_each_comparator_under_its_own_name(score: Scorer) -> None:
    """Directions, reasons, figures and origins do not change places."""
    row = score(
        previous_quarter={
            "direction_code": "declined",
            "not_comparable_reason_code": None,
            "comparator_value": 75.0,
            "comparator_origin_text": "adults.csv, row 3",
        },
        last_year={
            "not_comparable_reason_code": "target_basis_changed",
            "comparator_value": 70.0,
            "comparator_origin_text": "register/history.csv",
        },
        baseline={"direction_code": "improved"},
        trend={"direction_code": "maintained"},
    )
    shown = {name: None if pd.isna(value) else value for name, value in row.items()}
    expected = {
        "direction_previous_quarter_code": "declined",
        "not_comparable_previous_quarter_code": None,
        "previous_quarter_value": 75.0,
        "previous_quarter_origin_text": "adults.csv, row 3",
        "direction_last_year_code": "not_comparable",
        "not_comparable_last_year_code": "target_basis_changed",
        "last_year_value": 70.0,
        "last_year_origin_text": "register/history.csv",
        "direction_baseline_code": "improved",
        "direction_trend_code": "maintained",
    }
    assert {name: shown[name] for name in expected} == expected


def test_the_scorecard_is_in_the_registers_order(
    build_rated: FrameBuilder, build_kpis: FrameBuilder, compare_with_all: Comparer
) -> None:
    """KPIs keep the register's order, whatever the order of their ratings."""
    refs = [{"kpi_ref": "B"}, {"kpi_ref": "A"}, {"kpi_ref": "C"}]
    rated, compared = build_rated(*reversed(refs)), compare_with_all("A", "C", "B")
    scorecard = kpi_scorecard(rated, compared, build_kpis(*refs), DEFAULT_SCHEME)
    assert scorecard["kpi_ref"].tolist() == ["B", "A", "C"]
    assert scorecard["display_order"].tolist() == [1, 2, 3]


def test_a_kpi_without_figure_or_target_prints_neither(score: Scorer) -> None:
    """What is missing is blank, not 0, and no rating has no label."""
    row = score({"outturn_value": None, "rag_code": None}, {"target_value": None})
    assert row[["outturn_text", "target_text", "forecast_text", "rag_label"]].isna().all()


def test_a_rating_is_printed_in_the_councils_word(score: Scorer) -> None:
    """The code stays what it is."""
    blue = {"green": replace(DEFAULT_SCHEME["green"], label="Blue")}
    row = score(looks=DEFAULT_SCHEME | blue)
    assert (row["rag_code"], row["rag_label"]) == ("green", "Blue")


@pytest.mark.parametrize(
    ("rated", "text"),
    [
        pytest.param({"is_provisional": True}, "85% [p]", id="provisional"),
        pytest.param({"is_provisional": False}, "85%", id="final"),
        pytest.param(
            {"is_provisional": True, "outturn_value": None}, None, id="provisional-without-figure"
        ),
    ],
)
def test_a_provisional_figure_is_marked(
    score: Scorer, rated: dict[str, Any], text: str | None
) -> None:
    """Only a figure can be provisional."""
    found = score(rated)["outturn_text"]
    assert (None if pd.isna(found) else found) == text


def test_the_widest_figure_of_a_return_fits_its_column(score: Scorer) -> None:
    """Fifteen digits before the point, the longest unit, decimals and mark are 40 characters."""
    row = score(
        {"outturn_value": 999_999_999_999_999.0, "is_provisional": True},
        {"unit_code": "per_100000", "decimal_places": 4, "maximum_value": None},
    )
    assert row["outturn_text"] == "999,999,999,999,999.0000 per 100,000 [p]"


@pytest.mark.parametrize(
    ("kpi", "text"),
    [
        pytest.param({"lower_value": 10.0, "upper_value": 20.0}, "10% to 20%", id="range"),
        pytest.param(
            {"lower_value": 10.0, "upper_value": 20.0, "target_value": None},
            "10% to 20%",
            id="range-without-midpoint",
        ),
        pytest.param({"floor_value": 70.0}, "80%", id="target-and-floor"),
    ],
)
def test_a_range_is_printed_as_the_target(score: Scorer, kpi: dict[str, Any], text: str) -> None:
    """Where the target is a range, its midpoint is not what is aimed at."""
    assert score(kpi=kpi)["target_text"] == text


def test_a_forecast_is_printed_in_the_kpis_unit(score: Scorer) -> None:
    """The forecast and its rating stand beside the current ones."""
    row = score({"forecast_value": 91.25, "forecast_rag_code": "amber"}, {"decimal_places": 1})
    assert (row["forecast_text"], row["forecast_rag_code"]) == ("91.3%", "amber")


def test_an_empty_quarter_has_an_empty_scorecard(
    build_rated: FrameBuilder, build_compared: FrameBuilder, build_kpis: FrameBuilder
) -> None:
    """No live KPI gives no row, and no exception."""
    scorecard = kpi_scorecard(build_rated(), build_compared(), build_kpis(), DEFAULT_SCHEME)
    reporting.KpiScorecard.validate(scorecard)
    assert scorecard.empty
    assert exceptions(scorecard).empty


@pytest.mark.parametrize(
    ("kpis", "rated", "compared", "message"),
    [
        pytest.param("AB", "A", "AB", "rated outturns differ by: B", id="not-rated"),
        pytest.param("A", "AB", "A", "rated outturns differ by: B", id="of-no-kpi"),
        pytest.param(
            "AB", "AB", "A", "compared with previous_quarter differ by: B", id="not-compared"
        ),
    ],
)
def test_a_kpi_that_a_step_left_out_does_not_vanish(
    build_rated: FrameBuilder,
    build_kpis: FrameBuilder,
    compare_with_all: Comparer,
    kpis: str,
    rated: str,
    compared: str,
    message: str,
) -> None:
    """Every KPI in force is rated and compared; the scorecard is not made of fewer."""
    frames = (
        build_rated(*({"kpi_ref": ref} for ref in rated)),
        compare_with_all(*compared),
        build_kpis(*({"kpi_ref": ref} for ref in kpis)),
    )
    with pytest.raises(ValueError, match=message):
        kpi_scorecard(*frames, DEFAULT_SCHEME)


def test_comparisons_are_published_as_they_were_made(compare_with_all: Comparer) -> None:
    """Four rows a KPI, in their order."""
    listed = kpi_comparisons(compare_with_all("B", "A"))
    findings.KpiComparisons.validate(listed, lazy=True)
    assert listed["kpi_ref"].tolist() == ["B"] * 4 + ["A"] * 4
    assert listed["comparator_code"].tolist() == COMPARATORS * 2


def test_exceptions_are_red_then_amber_in_the_scorecards_order(
    build_scorecard: FrameBuilder,
) -> None:
    """Green and unrated KPIs are left out; places are counted anew."""
    scorecard = build_scorecard(
        {"kpi_ref": "A", "display_order": 1, "rag_code": "amber"},
        {"kpi_ref": "B", "display_order": 2, "rag_code": "green"},
        {"kpi_ref": "C", "display_order": 3, "rag_code": "red"},
        {"kpi_ref": "D", "display_order": 4, "rag_code": None},
        {"kpi_ref": "E", "display_order": 5, "rag_code": "amber"},
        {"kpi_ref": "F", "display_order": 6, "rag_code": "red"},
    )
    listed = exceptions(scorecard)
    reporting.Exceptions.validate(listed, lazy=True)
    assert listed["kpi_ref"].tolist() == ["C", "F", "A", "E"]
    assert listed["display_order"].tolist() == [1, 2, 3, 4]


def test_overridden_ratings_are_exceptions_whatever_they_are(
    build_scorecard: FrameBuilder,
) -> None:
    """They stand by the rating published; overridden to green they come last."""
    override = {
        "rating_basis_code": "override",
        "override_role": "Strategic Performance Board",
        "override_date": "2023-08-01",
        "override_reason_text": "One provider is left out.",
    }
    scorecard = build_scorecard(
        override | {"kpi_ref": "A", "display_order": 1, "rule_rag_code": "red"},
        {"kpi_ref": "B", "display_order": 2, "rag_code": "amber"},
        override | {"kpi_ref": "C", "display_order": 3, "rag_code": "red"},
        {"kpi_ref": "D", "display_order": 4},
    )
    listed = exceptions(scorecard)
    reporting.Exceptions.validate(listed, lazy=True)
    assert listed["kpi_ref"].tolist() == ["C", "B", "A"]
    assert listed["rule_rag_code"].tolist() == ["green", "green", "red"]
    assert listed["override_role"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("texts", "missing"),
    [
        pytest.param(("Late", "Hire"), (False, False), id="both-given"),
        pytest.param(("Late", None), (False, True), id="no-action"),
        pytest.param((None, "Hire"), (True, False), id="no-commentary"),
        pytest.param((None, None), (True, True), id="neither"),
    ],
)
def test_an_exception_without_commentary_or_action_is_flagged(
    build_scorecard: FrameBuilder,
    texts: tuple[str | None, str | None],
    missing: tuple[bool, bool],
) -> None:
    """What the service still owes is a column, not a gap that nobody sees."""
    row = dict(zip(("commentary_text", "action_text"), texts, strict=True))
    listed = exceptions(build_scorecard({"rag_code": "red", **row})).iloc[0]
    assert (listed["is_commentary_missing"], listed["is_action_missing"]) == missing


def test_breakdowns_are_listed_apart_in_the_order_of_their_categories(
    build_accepted: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> None:
    """Only categories of this quarter are listed, in the KPI's unit; suppressed ones as `[c]`."""
    accepted = build_accepted(
        {},
        MALE | {"outturn_value": 70.0},
        FEMALE | {"outturn_value": None, "outturn_status_code": "suppressed"},
        FEMALE | {"quarter_key": "2022-23-Q4"},
        {"kpi_ref": "ADS-00"} | FEMALE | {"outturn_value": 66.6},
    )
    categories = build_breakdowns(
        {}, MALE | {"breakdown_category_name": "Male", "display_order": 2}
    )
    kpis = build_kpis({"decimal_places": 1}, {"kpi_ref": "ADS-00"})
    listed = kpi_breakdowns(accepted, kpis, categories)
    reporting.KpiBreakdowns.validate(listed, lazy=True)
    names = list(zip(listed["kpi_ref"], listed["breakdown_category_name"], strict=True))
    assert names == [("ADS-00", "Female"), ("ADS-01", "Female"), ("ADS-01", "Male")]
    assert listed["outturn_text"].tolist() == ["67%", "[c]", "70.0%"]
    assert listed["outturn_status_code"].tolist() == ["given", "suppressed", "given"]


def test_a_quarter_without_breakdowns_lists_none(
    build_accepted: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> None:
    """Headline figures are no breakdowns."""
    listed = kpi_breakdowns(build_accepted({}), build_kpis({}), build_breakdowns({}))
    reporting.KpiBreakdowns.validate(listed)
    assert listed.empty
