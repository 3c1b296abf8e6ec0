"""A year-end forecast has a rating of its own, by the year end's targets."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.rate import rate_outturns

FrameBuilder = Callable[..., pd.DataFrame]

NONE_REJECTED = pd.Series(dtype="str")
NO_FIGURE = {"outturn_status_code": "blank", "outturn_value": None}
BARE = {"tolerance_unit_code": None, "amber_tolerance_value": None}
POINTS = {
    "rule_kind_code": "tolerance_points",
    "tolerance_unit_code": "points",
    "amber_tolerance_value": 2.5,
}
FLOOR = BARE | {"rule_kind_code": "floor", "floor_value": 70.0}
RANGE = {"rule_kind_code": "range", "polarity_code": "range", "target_value": None}
TWO_COLOUR = BARE | {"rule_kind_code": "two_colour"}
JUDGED = BARE | {"rule_kind_code": "judgement"}
LOWER, NEARER = {"polarity_code": "lower"}, {"polarity_code": "range"}
YEAR_END_90 = {"year_end_target_value": 90.0}
YEAR_END_RANGE = {"year_end_lower_value": 60.0, "year_end_upper_value": 70.0}

RATED: dict[str, tuple[dict[str, Any], float, str]] = {
    "year-end-target": (YEAR_END_90, 90.0, "green"),
    "on-its-boundary": (YEAR_END_90, 81.0, "amber"),
    "beyond": (YEAR_END_90, 80.9, "red"),
    "without-a-target-now": ({"target_value": None}, 80.0, "green"),
    "points": (POINTS, 77.5, "amber"),
    "floor": (FLOOR | {"year_end_floor_value": 75.0}, 75.0, "amber"),
    "below-the-floor": (FLOOR | {"year_end_floor_value": 75.0}, 74.0, "red"),
    "range": (RANGE | YEAR_END_RANGE, 77.0, "amber"),
    "two-colour": (TWO_COLOUR, 79.0, "red"),
    "not-due": ({"is_due": False}, 80.0, "green"),
}
NOT_RATED: dict[str, tuple[dict[str, Any], float | None, None]] = {
    "no-forecast": ({}, None, None),
    "no-year-end-target": ({"year_end_target_value": None}, 80.0, None),
    "no-year-end-floor": (FLOOR, 80.0, None),
    "no-year-end-lower": (RANGE | {"year_end_upper_value": 90.0}, 80.0, None),
    "judgement": (JUDGED, 80.0, None),
    "data-only": ({"basis_code": "data_only"}, 80.0, None),
}
IMPROVEMENT = BARE | {
    "rule_kind_code": "improvement",
    "tolerance_unit_code": "percent",
    "improvement_comparator_code": "last_year",
}
HELD = IMPROVEMENT | {"is_held_enough": True}
ADDS_UP = IMPROVEMENT | {"is_year_to_date": True}
OF_60 = {"comparator_value": 60.0}
PRE_COVID = OF_60 | {"comparator_quarter_key": "2019-20-Q4"}

IMPROVED: dict[str, tuple[dict[str, Any], float, dict[str, Any], str]] = {
    "target-met": (IMPROVEMENT, 80.0, {"comparator_value": 90.0}, "green"),
    "better": (IMPROVEMENT, 70.0, {"comparator_value": 69.9}, "amber"),
    "held-is-not-enough": (IMPROVEMENT, 70.0, {"comparator_value": 70.0}, "red"),
    "held-is-enough": (HELD, 70.0, {"comparator_value": 70.0}, "amber"),
    "worse": (HELD, 70.0, {"comparator_value": 70.1}, "red"),
    "nothing-to-compare-with": (HELD, 70.0, {"comparator_value": None}, "red"),
    "lower-better": (IMPROVEMENT | LOWER, 90.0, {"comparator_value": 90.1}, "amber"),
    "lower-worse": (HELD | LOWER, 90.0, {"comparator_value": 89.9}, "red"),
    "nearer": (IMPROVEMENT | NEARER, 90.0, {"comparator_value": 69.9}, "amber"),
    "as-near": (IMPROVEMENT | NEARER, 90.0, {"comparator_value": 70.0}, "red"),
    "as-near-held": (HELD | NEARER, 90.0, {"comparator_value": 70.0}, "amber"),
    "counted-differently-then": (
        IMPROVEMENT,
        70.0,
        OF_60 | {"is_series_broken": True, "not_comparable_reason_code": "no_figure"},
        "red",
    ),
    "no-figure-this-quarter": (
        IMPROVEMENT,
        70.0,
        OF_60 | {"not_comparable_reason_code": "no_figure"},
        "amber",
    ),
    "adds-up-other-point-of-year": (ADDS_UP, 70.0, OF_60, "red"),
    "adds-up-other-year-end": (
        ADDS_UP,
        70.0,
        PRE_COVID | {"not_comparable_reason_code": "year_to_date"},
        "amber",
    ),
    "adds-up-in-arrears": (ADDS_UP | {"arrears_quarter_count": 1}, 70.0, OF_60, "amber"),
}


@pytest.fixture(scope="module")
def forecast_ratings(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_compared: FrameBuilder,
    build_overrides: FrameBuilder,
) -> dict[str, str | None]:
    """The ratings of the cases' forecasts, all judged at once.

    This quarter's own directions say the contrary, so that one taken by mistake is seen.
    """
    cases = {name: case[:2] for name, case in (RATED | NOT_RATED | IMPROVED).items()}
    kpis = build_kpis(*({"kpi_ref": name} | kpi for name, (kpi, _) in cases.items()))
    headline = build_accepted(
        *(
            NO_FIGURE | {"kpi_ref": name, "forecast_value": forecast, "stated_rag_code": "red"}
            for name, (_, forecast) in cases.items()
        )
    )
    compared = build_compared(
        *(
            {
                "kpi_ref": name,
                "comparator_code": "last_year",
                "comparator_quarter_key": "2022-23-Q1",
                "direction_code": "improved" if rag == "red" else "declined",
                "not_comparable_reason_code": None,
            }
            | comparison
            for name, (_, _, comparison, rag) in IMPROVED.items()
        )
    )
    rated = rate_outturns(headline, NONE_REJECTED, kpis, compared, build_overrides())
    found = (
        rated["forecast_rag_code"].astype(object).where(rated["forecast_rag_code"].notna(), None)
    )
    return dict(zip(rated["kpi_ref"], found, strict=True))


@pytest.mark.parametrize("name", RATED)
def test_a_forecast_is_rated_by_the_year_ends_target(
    forecast_ratings: dict[str, str | None], name: str
) -> None:
    """The rating at the year end stands beside the current one, by the same rule."""
    assert forecast_ratings[name] == RATED[name][2]


@pytest.mark.parametrize("name", NOT_RATED)
def test_a_forecast_that_cannot_be_judged_has_no_rating(
    forecast_ratings: dict[str, str | None], name: str
) -> None:
    """Nothing is taken from the current targets or the stated rating."""
    assert forecast_ratings[name] is None


@pytest.mark.parametrize("name", IMPROVED)
def test_a_forecast_improves_on_the_comparators_own_figure(
    forecast_ratings: dict[str, str | None], name: str
) -> None:
    """An improvement rule holds the forecast, and not this quarter's figure, against it."""
    assert forecast_ratings[name] == IMPROVED[name][3]
