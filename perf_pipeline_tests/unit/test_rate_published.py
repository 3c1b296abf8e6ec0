"""What stands beside a rating: overrides, differences, and where it is from."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.rate import rate_outturns
from perf_pipeline.schemas import stages

FrameBuilder = Callable[..., pd.DataFrame]
Rater = Callable[..., pd.DataFrame]
Rows = list[dict[str, Any]]

NONE_REJECTED = pd.Series(dtype="str")
BARE = {"tolerance_unit_code": None, "amber_tolerance_value": None}
POINT_UNIT = {"tolerance_unit_code": "points", "amber_tolerance_value": 2.5}
POINTS = POINT_UNIT | {"rule_kind_code": "tolerance_points", "green_tolerance_value": 1.0}
FLOOR = BARE | {"rule_kind_code": "floor", "floor_value": 70.0}
RANGE = {
    "rule_kind_code": "range",
    "polarity_code": "range",
    "target_value": None,
    "lower_value": 70.0,
    "upper_value": 90.0,
}
JUDGED = BARE | {"rule_kind_code": "judgement"}
IMPROVEMENT = BARE | {
    "rule_kind_code": "improvement",
    "tolerance_unit_code": "percent",
    "improvement_comparator_code": "last_year",
}
TWO_COLOUR = BARE | {"rule_kind_code": "two_colour"}
LOWER, NEARER = {"polarity_code": "lower"}, {"polarity_code": "range"}
RATINGS = ["rule_rag_code", "rag_code", "rating_basis_code"]
OVERRIDE = ["override_role", "override_date", "override_reason_text"]


@pytest.fixture(scope="module")
def rate(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_compared: FrameBuilder,
    build_overrides: FrameBuilder,
) -> Rater:
    """Return a function that rates KPIs with their figures and overrides."""

    def rate_all(kpis: Rows, outturns: Rows, overrides: Rows | None = None) -> pd.DataFrame:
        improvements = (kpi for kpi in kpis if kpi.get("rule_kind_code") == "improvement")
        refs = [{"kpi_ref": kpi.get("kpi_ref", "ADS-01")} for kpi in improvements]
        compared = build_compared(*(ref | {"comparator_code": "last_year"} for ref in refs))
        decided = build_overrides(*(overrides or []))
        headline = build_accepted(*outturns)
        return rate_outturns(headline, NONE_REJECTED, build_kpis(*kpis), compared, decided)

    return rate_all


@pytest.mark.parametrize(
    ("kpi", "outturn", "ratings"),
    [
        pytest.param({}, {"outturn_value": 60.0}, ["red", "amber", "override"], id="rule"),
        pytest.param(
            JUDGED, {"stated_rag_code": "green"}, ["green", "amber", "override"], id="judgement"
        ),
        pytest.param({}, {"outturn_value": 75.0}, ["amber", "amber", "override"], id="agreeing"),
    ],
)
def test_an_override_is_published_and_the_first_rating_kept(
    rate: Rater, kpi: dict[str, Any], outturn: dict[str, Any], ratings: list[str]
) -> None:
    """Who overrode it, when and why stand beside both ratings."""
    rated = rate([kpi], [outturn], [{}]).iloc[0]
    assert rated[RATINGS].tolist() == ratings
    assert rated[OVERRIDE].tolist() == [
        "Strategic Performance Board",
        "2023-08-01",
        "The figure leaves out one provider.",
    ]


@pytest.mark.parametrize(
    ("kpi", "outturns"),
    [
        pytest.param({}, [], id="no-figure"),
        pytest.param({"basis_code": "data_only"}, [{}], id="data-only"),
        pytest.param({"target_value": None}, [{}], id="no-target"),
    ],
)
def test_an_override_never_stands_in_for_a_rating(
    rate: Rater, kpi: dict[str, Any], outturns: Rows
) -> None:
    """What is not rated stays so, and shows no override."""
    assert rate([kpi], outturns, [{}]).iloc[0][[*RATINGS, *OVERRIDE]].isna().all()


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([{"quarter_key": "2023-24-Q2"}] * 2, id="other-quarter"),
        pytest.param([{"kpi_ref": "ADS-02"}], id="other-kpi"),
    ],
)
def test_only_the_quarters_own_override_counts(rate: Rater, others: Rows) -> None:
    """An override of another quarter or KPI is left aside."""
    rated = rate([{}], [{}], others).iloc[0]
    assert rated[RATINGS].tolist() == ["green", "green", "rule"]
    assert rated[OVERRIDE].isna().all()


def test_quarters_together_are_rated_as_each_alone(rate: Rater) -> None:
    """Figure, target and override of a KPI are those of its own quarter."""
    now, then = "2023-24-Q1", "2022-23-Q4"
    kpis = [{}, {"quarter_key": then, "target_value": 90.0}]
    figures = [{}, {"quarter_key": then, "outturn_value": 40.0}]
    override = [{"quarter_key": then, "rag_code": "amber"}]

    together = rate(kpis, figures, override)

    assert together["quarter_key"].tolist() == [now, then]
    assert together["rule_rag_code"].tolist() == ["green", "red"]
    assert together["rag_code"].tolist() == ["green", "amber"]
    alone = [rate([kpi], [outturn], override) for kpi, outturn in zip(kpis, figures, strict=True)]
    apart = pd.concat(alone, ignore_index=True)
    # The builder of frames numbers rows anew in each.
    pd.testing.assert_frame_equal(
        together.drop(columns="row_number"), apart.drop(columns="row_number")
    )


DIFFERENCES: dict[str, tuple[dict[str, Any], float, list[float | None]]] = {
    "short": ({}, 75.0, [-5.0, 5.0, 0.0, 8.0]),
    "beyond": ({}, 85.0, [5.0, -5.0, 0.0, 8.0]),
    "lower": (LOWER, 85.0, [5.0, 5.0, 0.0, 8.0]),
    "near": (NEARER, 75.0, [-5.0, 5.0, 0.0, 8.0]),
    "near-above": (NEARER, 85.0, [5.0, 5.0, 0.0, 8.0]),
    "neither-is-better": (
        {"polarity_code": "none", "basis_code": "data_only"},
        85.0,
        [5.0, None, None, None],
    ),
    "points": (POINTS, 80.0, [0.0, 0.0, 1.0, 2.5]),
    "no-float-noise": ({"target_value": 0.3}, 0.1, [-0.2, 0.2, 0.0, 0.03]),
    "negative": ({"target_value": -50.0}, -60.0, [-10.0, 10.0, 0.0, 5.0]),
    "floor": (FLOOR, 75.0, [-5.0, 5.0, 0.0, 10.0]),
    "floor-lower": (
        FLOOR | LOWER | {"target_value": 0.1, "floor_value": 0.3},
        0.2,
        [0.1, 0.1, 0.0, 0.2],
    ),
    "below-the-range": (RANGE, 69.0, [-1.0, 1.0, 0.0, 7.0]),
    "above-the-range": (RANGE, 95.0, [5.0, 5.0, 0.0, 9.0]),
    "inside-breaches-no-end": (RANGE, 80.0, [0.0, 0.0, 0.0, None]),
    "inside-points": (RANGE | POINT_UNIT, 80.0, [0.0, 0.0, 0.0, 2.5]),
    "improvement": (IMPROVEMENT, 75.0, [-5.0, 5.0, 0.0, None]),
    "two-colour": (TWO_COLOUR, 75.0, [-5.0, 5.0, 0.0, None]),
    "judgement": (JUDGED, 75.0, [-5.0, 5.0, None, None]),
    "large": (
        {"target_value": 1_000_000.0},
        500_060_677.38,
        [499_060_677.38, -499_060_677.38, 0.0, 100_000.0],
    ),
    "small-between-large": (
        {"target_value": 946_923.1},
        947_000.1,
        [77.0, -77.0, 0.0, 94_692.31],
    ),
    "very-large": (
        {"target_value": 8_300_654_677_634.0},
        1.0,
        [-8_300_654_677_633.0, 8_300_654_677_633.0, 0.0, 830_065_467_763.4],
    ),
    "no-minus-0": ({}, 80.0, [0.0, 0.0, 0.0, 8.0]),
}


@pytest.fixture(scope="module")
def differences(rate: Rater) -> pd.DataFrame:
    """The cases' differences by case."""
    kpis = [{"kpi_ref": name} | kpi for name, (kpi, _, _) in DIFFERENCES.items()]
    figures = [{"kpi_ref": name, "outturn_value": case[1]} for name, case in DIFFERENCES.items()]
    columns = ["variance_value", "shortfall_value", "green_limit_value", "amber_limit_value"]
    return rate(kpis, figures).set_index("kpi_ref")[columns]


@pytest.mark.parametrize("name", DIFFERENCES)
def test_differences_read_as_decimals_would(differences: pd.DataFrame, name: str) -> None:
    """Variance, shortfall and limits are what a person works out by hand; no 0 is negative."""
    found = [None if pd.isna(value) else float(value) for value in differences.loc[name]]
    assert repr(found) == repr(DIFFERENCES[name][2])


@pytest.mark.parametrize(
    ("kpi", "outturns"),
    [
        pytest.param({"target_value": None}, [{}], id="no-target"),
        pytest.param({}, [], id="no-figure"),
        pytest.param(RANGE, [], id="no-figure-of-a-range"),
    ],
)
def test_there_is_no_difference_without_both_figures(
    rate: Rater, kpi: dict[str, Any], outturns: Rows
) -> None:
    """A missing figure or target is not taken for 0."""
    assert rate([kpi], outturns)[["variance_value", "shortfall_value"]].isna().all(axis=None)


def test_the_unrounded_figure_is_rated(rate: Rater) -> None:
    """5 of 7 prints as 71.4% and still misses a target of 71.43%."""
    calculated = {"outturn_status_code": "calculated", "outturn_value": 500 / 7}
    assert rate([{"target_value": 71.43}], [calculated])["rag_code"].tolist() == ["amber"]


def test_a_rating_can_be_traced_to_its_row(rate: Rater) -> None:
    """What was received, and where it stood, stays beside the rating."""
    received = {
        "numerator_value": 17.0,
        "denominator_value": 20.0,
        "is_provisional": True,
        "stated_previous_value": 84.0,
        "forecast_value": 86.0,
        "commentary_text": "Fine",
        "action_text": "None",
        "sheet_name": "KPIs",
        "row_number": 14,
    }
    rated = rate([{}], [received]).iloc[0]
    assert rated[list(received)].to_dict() == received
    place = ["source_code", "file_name", "raw_value_text"]
    assert rated[place].tolist() == ["adults", "adults.csv", "85%"]


def test_every_live_kpi_has_one_row_in_the_registers_order(rate: Rater) -> None:
    """KPIs without a figure are there too; nothing is sorted."""
    figures = [{"kpi_ref": "C"}, {"kpi_ref": "A", "outturn_value": 75.0}]
    rated = rate([{"kpi_ref": name} for name in "BAC"], figures, [{"kpi_ref": "C"}])
    stages.RatedOutturns.validate(rated, lazy=True)
    assert rated["kpi_ref"].tolist() == ["B", "A", "C"]
    assert rated["rule_rag_code"].fillna("none").tolist() == ["none", "amber", "green"]
    assert rated["rag_code"].fillna("none").tolist() == ["none", "amber", "amber"]
    assert rated["is_provisional"].tolist() == [False, False, False]


def test_a_register_without_live_kpis_gives_no_ratings(rate: Rater) -> None:
    """An empty quarter is rated into an empty frame of the right columns."""
    rated = rate([], [])
    stages.RatedOutturns.validate(rated)
    assert rated.empty
