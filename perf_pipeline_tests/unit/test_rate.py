"""Each kind of rule, by each polarity, on and beside each of its boundaries."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.rate import rate_outturns

FrameBuilder = Callable[..., pd.DataFrame]

NONE_REJECTED = pd.Series(dtype="str")
LOWER = {"polarity_code": "lower"}
NEARER = {"polarity_code": "range"}


def _relative(target: float, green: float = 0, amber: float = 10) -> dict[str, Any]:
    return {
        "rule_kind_code": "tolerance_relative",
        "target_value": target,
        "tolerance_unit_code": "percent",
        "green_tolerance_value": green,
        "amber_tolerance_value": amber,
    }


def _points(target: float, green: float = 0, amber: float = 2.5) -> dict[str, Any]:
    unit = {"rule_kind_code": "tolerance_points", "tolerance_unit_code": "points"}
    return _relative(target, green, amber) | unit


def _floor(target: float, floor: float) -> dict[str, Any]:
    bare = {"tolerance_unit_code": None, "amber_tolerance_value": None}
    return _relative(target) | bare | {"rule_kind_code": "floor", "floor_value": floor}


def _two_colour(target: float) -> dict[str, Any]:
    return _floor(target, 0) | {"rule_kind_code": "two_colour", "floor_value": None}


def _range(lower: float, upper: float, amber: float, unit: str) -> dict[str, Any]:
    ends = {"target_value": None, "lower_value": lower, "upper_value": upper}
    tolerance = {"amber_tolerance_value": amber, "tolerance_unit_code": unit}
    return _relative(0) | NEARER | ends | tolerance | {"rule_kind_code": "range"}


CASES = {
    "relative-on-target": (_relative(80), 80, "green"),
    "relative-above": (_relative(80), 95, "green"),
    "relative-just-short": (_relative(80), 79.9, "amber"),
    "relative-exactly-10%-short": (_relative(80), 72, "amber"),
    "relative-just-over-10%-short": (_relative(80), 71.99999999999, "red"),
    "relative-none": (_relative(80), 0, "red"),
    "relative-lower-on-target": (_relative(20) | LOWER, 20, "green"),
    "relative-lower-none": (_relative(20) | LOWER, 0, "green"),
    "relative-lower-exactly-10%-over": (_relative(20) | LOWER, 22, "amber"),
    "relative-lower-just-over": (_relative(20) | LOWER, 22.0000000001, "red"),
    "relative-exactly-5%-short": (_relative(80, 5), 76, "green"),
    "relative-over-5%-short": (_relative(80, 5), 75.99, "amber"),
    "relative-no-tolerance": (_relative(80, 0, 0), 79.9999999999999, "red"),
    "relative-negative-on-target": (_relative(-50), -50, "green"),
    "relative-negative-10%-of-its-size": (_relative(-50), -55, "amber"),
    "relative-negative-beyond": (_relative(-50), -55.01, "red"),
    "relative-negative-lower": (_relative(-50) | LOWER, -45, "amber"),
    "relative-negative-lower-beyond": (_relative(-50) | LOWER, -44.99, "red"),
    "relative-10%-of-0.3": (_relative(0.3), 0.27, "amber"),
    "relative-7%-of-1.1": (_relative(1.1, 0, 7), 1.023, "amber"),
    "relative-near-above": (_relative(100, 5) | NEARER, 105, "green"),
    "relative-near-above-beyond": (_relative(100, 5) | NEARER, 105.1, "amber"),
    "relative-near-below": (_relative(100, 5) | NEARER, 90, "amber"),
    "relative-near-below-beyond": (_relative(100, 5) | NEARER, 89.9, "red"),
    "maidstone-appeals-12.1%-short": (_relative(70), 61.54, "red"),
    "maidstone-council-tax": (_relative(82.42), 81.50, "amber"),
    "maidstone-museum-10.6%-short": (_relative(12_500), 11_175, "red"),
    "maidstone-unemployment-not-in-points": (_relative(1.6) | LOWER, 2.9, "red"),
    "maidstone-unemployment-again": (_relative(2.0) | LOWER, 2.9, "red"),
    "points-edge": (_points(80), 77.5, "amber"),
    "points-beyond": (_points(80), 77.49, "red"),
    "points-green-edge": (_points(80, 1), 79, "green"),
    "points-none-of-none": (_points(0, 0, 1) | LOWER, 0, "green"),
    "points-one-of-none": (_points(0, 0, 1) | LOWER, 1, "amber"),
    "points-two-of-none": (_points(0, 0, 1) | LOWER, 2, "red"),
    "points-float-noise": (_points(0, 0, 0.3) | LOWER, 0.1 + 0.2, "red"),
    "points-0.1+0.2-is-0.3": (_points(0.1, 0, 0.2) | LOWER, 0.3, "amber"),
    "points-0.3-0.1-is-0.2": (_points(0.3, 0, 0.1), 0.2, "amber"),
    "points-large-edge": (_points(5e9 + 0.1, 0, 0.3), 4_999_999_999.8, "amber"),
    "points-large-beyond": (_points(5e9 + 0.1, 0, 0.3), 4_999_999_999.79, "red"),
    "points-near-above": (_points(37, 1, 2) | NEARER, 38, "green"),
    "points-near-below": (_points(37, 1, 2) | NEARER, 35, "amber"),
    "points-near-above-beyond": (_points(37, 1, 2) | NEARER, 39.1, "red"),
    "floor-target-met": (_floor(90, 80), 90, "green"),
    "floor-met": (_floor(90, 80), 80, "amber"),
    "floor-missed": (_floor(90, 80), 79.99, "red"),
    "floor-lower-target-met": (_floor(4, 6) | LOWER, 4, "green"),
    "floor-lower-met": (_floor(4, 6) | LOWER, 6, "amber"),
    "floor-lower-missed": (_floor(4, 6) | LOWER, 6.01, "red"),
    "floor-of-0": (_floor(5, 0), 0, "amber"),
    "floor-negative": (_floor(0, -3), -3, "amber"),
    "floor-negative-missed": (_floor(0, -3), -3.1, "red"),
    "floor-is-the-target": (_floor(90, 90), 89.9, "red"),
    "range-lower-end": (_range(10, 20, 2, "points"), 10, "green"),
    "range-upper-end": (_range(10, 20, 2, "points"), 20, "green"),
    "range-inside": (_range(10, 20, 2, "points"), 13, "green"),
    "range-below-edge": (_range(10, 20, 2, "points"), 8, "amber"),
    "range-below-beyond": (_range(10, 20, 2, "points"), 7.9, "red"),
    "range-above-edge": (_range(10, 20, 2, "points"), 22, "amber"),
    "range-above-beyond": (_range(10, 20, 2, "points"), 22.1, "red"),
    "range-percent-of-the-lower-end": (_range(10, 20, 10, "percent"), 9, "amber"),
    "range-percent-of-the-lower-end-beyond": (_range(10, 20, 10, "percent"), 8.99, "red"),
    "range-percent-of-the-upper-end": (_range(10, 20, 10, "percent"), 22, "amber"),
    "range-percent-of-the-upper-end-beyond": (_range(10, 20, 10, "percent"), 22.01, "red"),
    "range-negative-percent-of-its-size": (_range(-20, -10, 10, "percent"), -9, "amber"),
    "range-negative-beyond": (_range(-20, -10, 10, "percent"), -22.1, "red"),
    "range-percent-of-an-end-of-0": (_range(0, 20, 10, "percent"), -0.1, "red"),
    "range-of-one-value": (_range(7, 7, 1, "points"), 8, "amber"),
    "range-midpoint-is-of-no-account": (
        _range(10, 20, 2, "points") | {"target_value": 15.0},
        20,
        "green",
    ),
    "two-colour-met": (_two_colour(50), 50, "green"),
    "two-colour-missed": (_two_colour(50), 49.999, "red"),
    "two-colour-lower-met": (_two_colour(0) | LOWER, 0, "green"),
    "two-colour-lower-missed": (_two_colour(0) | LOWER, 0.001, "red"),
    "two-colour-negative": (_two_colour(-5), -5.1, "red"),
    "two-colour-near": (_two_colour(50) | NEARER, 50, "green"),
    "two-colour-near-above": (_two_colour(50) | NEARER, 50.1, "red"),
}


@pytest.fixture(scope="module")
def ratings(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_compared: FrameBuilder,
    build_overrides: FrameBuilder,
) -> pd.Series:
    """The cases' ratings by case, all judged at once."""
    kpis = build_kpis(*({"kpi_ref": name} | kpi for name, (kpi, _, _) in CASES.items()))
    figures = [{"kpi_ref": name, "outturn_value": case[1]} for name, case in CASES.items()]
    headline = build_accepted(*figures)
    rated = rate_outturns(headline, NONE_REJECTED, kpis, build_compared(), build_overrides())
    assert rated["not_rated_reason_code"].isna().all()
    assert (rated["rating_basis_code"] == "rule").all()
    return rated.set_index("kpi_ref")["rag_code"]


@pytest.mark.parametrize("name", CASES)
def test_a_figure_is_rated_by_how_far_it_is_short(ratings: pd.Series, name: str) -> None:
    """A figure on a boundary is in the better band; short is signed by polarity."""
    assert ratings[name] == CASES[name][2]


IMPROVEMENT = {
    "rule_kind_code": "improvement",
    "tolerance_unit_code": "percent",
    "green_tolerance_value": 5.0,
    "amber_tolerance_value": None,
    "improvement_comparator_code": "last_year",
}
HELD = IMPROVEMENT | {"is_held_enough": True}


@pytest.mark.parametrize(
    ("kpi", "outturn", "direction", "rag"),
    [
        pytest.param(IMPROVEMENT, 76, "declined", "green", id="exactly-5%-short-and-worse"),
        pytest.param(IMPROVEMENT, 75.9, "declined", "red", id="short-and-worse"),
        pytest.param(IMPROVEMENT, 75.9, "improved", "amber", id="short-and-better"),
        pytest.param(IMPROVEMENT, 1, "improved", "amber", id="far-short-and-better"),
        pytest.param(IMPROVEMENT, 75.9, "maintained", "red", id="held-is-not-enough"),
        pytest.param(HELD, 75.9, "maintained", "amber", id="held-is-enough"),
        pytest.param(HELD, 75.9, "improved", "amber", id="better-is-enough-too"),
        pytest.param(HELD, 75.9, "declined", "red", id="not-held"),
        pytest.param(HELD, 75.9, "not_comparable", "red", id="no-improvement-can-be-shown"),
        pytest.param(HELD | LOWER, 84, "declined", "green", id="lower-exactly-5%-over"),
        pytest.param(HELD | LOWER, 84.1, "improved", "amber", id="lower-better"),
        pytest.param(HELD | NEARER, 84.1, "improved", "amber", id="nearer"),
        pytest.param(
            IMPROVEMENT | {"tolerance_unit_code": "points"}, 75, "declined", "green", id="points"
        ),
        pytest.param(
            IMPROVEMENT | {"target_value": 0.0, "green_tolerance_value": 0.0} | LOWER,
            1,
            "improved",
            "amber",
            id="target-of-0",
        ),
    ],
)
def test_an_improvement_keeps_a_missed_target_from_being_red(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_compared: FrameBuilder,
    build_overrides: FrameBuilder,
    kpi: dict[str, Any],
    outturn: float,
    direction: str,
    rag: str,
) -> None:
    """Only the comparator that the rule names is looked at, and only where the target is missed."""
    others = [
        {"comparator_code": name, "direction_code": other}
        for name, other in (
            ("previous_quarter", "improved" if rag == "red" else "declined"),
            ("last_year", direction),
            ("baseline", "not_comparable"),
            ("trend", "improved" if rag == "red" else "declined"),
        )
    ]
    headline = build_accepted({"outturn_value": outturn})
    kpis, compared = build_kpis(kpi), build_compared(*others)
    rated = rate_outturns(headline, NONE_REJECTED, kpis, compared, build_overrides())
    assert rated["rag_code"].tolist() == [rag]
