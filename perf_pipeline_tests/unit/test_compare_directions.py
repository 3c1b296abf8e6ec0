"""A figure has improved or declined by its polarity, unless it moved within the dead band."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.compare import compare_outturns
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparison

FrameBuilder = Callable[..., pd.DataFrame]
Comparer = Callable[..., pd.DataFrame]
Row = Mapping[str, Any]
Case = tuple[Any, ...]

QUARTER = Quarter(2023, 1)
QUARTER_OF = {
    "previous_quarter": "2022-23-Q4",
    "last_year": "2022-23-Q1",
    "baseline": "2019-20-Q1",
}
NUMBER = {"unit_code": "number"}
LOWER = {"polarity_code": "lower"}
NO_BAND = Comparison()
BANDS = Comparison(dead_band_points=Decimal("0.1"), dead_band_pct=Decimal(10))


@pytest.fixture(scope="session")
def compare_each(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> Comparer:
    """Return a function that compares many cases at once, each by its name as KPI.

    A case is what the KPI is, its figure, and the figure of every comparator quarter.
    """

    def compare_cases(cases: Mapping[str, Case], comparison: Comparison) -> pd.DataFrame:
        earlier = [
            {"kpi_ref": name, "quarter_key": key, "outturn_value": case[2]}
            for name, case in cases.items()
            for key in QUARTER_OF.values()
        ]
        kpis = [
            {"kpi_ref": name, "baseline_quarter_key": QUARTER_OF["baseline"], **case[0]}
            for name, case in cases.items()
        ]
        figures = [{"kpi_ref": name, "outturn_value": case[1]} for name, case in cases.items()]
        compared = compare_outturns(
            build_accepted(*figures),
            build_comparators(*earlier),
            build_kpis(*kpis),
            QUARTER,
            build_breaks(),
            comparison,
        )
        return compared.set_index(["comparator_code", "kpi_ref"])

    return compare_cases


WAYS: Mapping[str, Case] = {
    "higher-up": ({}, 85.0, 84.9, "improved"),
    "higher-same": ({}, 85.0, 85.0, "maintained"),
    "higher-down": ({}, 85.0, 85.1, "declined"),
    "lower-up": (LOWER, 85.0, 84.9, "declined"),
    "lower-same": (LOWER, 85.0, 85.0, "maintained"),
    "lower-down": (LOWER, 85.0, 85.1, "improved"),
}


@pytest.fixture(scope="module")
def ways(compare_each: Comparer) -> pd.DataFrame:
    """Return `WAYS` compared without a dead band."""
    return compare_each(WAYS, NO_BAND)


@pytest.mark.parametrize("comparator", QUARTER_OF)
@pytest.mark.parametrize("case", WAYS)
def test_better_is_improved_whichever_way_is_better(
    ways: pd.DataFrame, case: str, comparator: str
) -> None:
    """The direction is by polarity, against each comparator."""
    row = ways.loc[(comparator, case)]
    _, _, earlier, direction = WAYS[case]
    assert (row["direction_code"], row["comparator_value"]) == (direction, earlier)
    assert row["comparator_quarter_key"] == QUARTER_OF[comparator]
    assert pd.isna(row["not_comparable_reason_code"])


CHANGES: Mapping[str, Case] = {
    "points-without-float-noise": ({}, 85.3, 85.1, 0.2, "points"),
    "points-down": ({}, 85.1, 85.3, -0.2, "points"),
    "sign-is-of-the-figure": (LOWER, 85.3, 85.1, 0.2, "points"),
    "0.3-0.1-is-0.2": ({}, 0.3, 0.1, 0.2, "points"),
    "points-none": ({}, 85.0, 85.0, 0.0, "points"),
    "percent": (NUMBER, 110.0, 100.0, 10.0, "percent"),
    "percent-without-float-noise": (NUMBER, 0.77, 0.7, 10.0, "percent"),
    "percent-down": (NUMBER, 3.0, 10.0, -70.0, "percent"),
    "of-the-absolute-figure": (NUMBER, -45.0, -50.0, 10.0, "percent"),
    "fifteen-digits": (NUMBER, 4.0, 3.0, 33.3333333333333, "percent"),
    "nearly-equal": ({}, 123456789.12, 123456789.11, 0.01, "points"),
}


@pytest.fixture(scope="module")
def changes(compare_each: Comparer) -> pd.DataFrame:
    """Return `CHANGES` compared without a dead band."""
    return compare_each(CHANGES, NO_BAND)


@pytest.mark.parametrize("case", CHANGES)
def test_percentages_move_in_points_and_the_rest_in_percent(
    changes: pd.DataFrame, case: str
) -> None:
    """The change is the figure less the comparator, or that in percent of the comparator."""
    row = changes.loc[("previous_quarter", case)]
    expected = CHANGES[case][3:]
    assert (str(row["change_value"]), row["change_unit_code"]) == (str(expected[0]), expected[1])


ZEROS: Mapping[str, Case] = {
    "above": (NUMBER, 1.0, 0.0, "improved"),
    "same": (NUMBER, 0.0, 0.0, "maintained"),
    "below": (NUMBER, -1.0, 0.0, "declined"),
}


@pytest.fixture(scope="module")
def zeros(compare_each: Comparer) -> pd.DataFrame:
    """Return `ZEROS` compared with dead bands."""
    return compare_each(ZEROS, BANDS)


@pytest.mark.parametrize("case", ZEROS)
def test_no_percentage_is_taken_of_0_but_the_direction_stands(
    zeros: pd.DataFrame, case: str
) -> None:
    """Against 0 the sign alone decides, whatever the dead band."""
    row = zeros.loc[("previous_quarter", case)]
    assert row["direction_code"] == ZEROS[case][3]
    assert pd.isna(row["change_value"])


EDGES: Mapping[str, Case] = {
    "points-edge-that-floats-miss": ({}, 1.1, 1.0, "maintained"),
    "0.3-0.2-is-0.1": ({}, 0.3, 0.2, "maintained"),
    "points-edge-down": ({}, 0.2, 0.3, "maintained"),
    "points-just-beyond": ({}, 1.10000000000001, 1.0, "improved"),
    "points-just-beyond-down": ({}, 0.89999999999999, 1.0, "declined"),
    "lower-just-beyond": (LOWER, 1.10000000000001, 1.0, "declined"),
    "percent-edge-that-floats-miss": (NUMBER, 0.77, 0.7, "maintained"),
    "percent-edge": (NUMBER, 0.33, 0.3, "maintained"),
    "percent-edge-down": (NUMBER, 0.63, 0.7, "maintained"),
    "percent-just-beyond": (NUMBER, 0.7700000000001, 0.7, "improved"),
    "percent-just-beyond-down": (NUMBER, 0.6299999999999, 0.7, "declined"),
    "negative-edge": (NUMBER, -0.63, -0.7, "maintained"),
    "negative-beyond": (NUMBER, -0.6299999999999, -0.7, "improved"),
}


@pytest.fixture(scope="module")
def edges(compare_each: Comparer) -> pd.DataFrame:
    """Return `EDGES` compared with dead bands."""
    return compare_each(EDGES, BANDS)


@pytest.mark.parametrize("case", EDGES)
def test_a_change_on_the_edge_of_the_dead_band_is_within_it(edges: pd.DataFrame, case: str) -> None:
    """Figures that move by no more than the band are maintained, as decimals and not floats."""
    assert edges.loc[("previous_quarter", case), "direction_code"] == EDGES[case][3]


def test_a_maintained_figure_still_shows_its_change(edges: pd.DataFrame) -> None:
    """A reader sees by how much a figure moved within the dead band."""
    row = edges.loc[("previous_quarter", "points-edge-that-floats-miss")]
    assert (row["direction_code"], row["change_value"]) == ("maintained", 0.1)


RANGE = {"polarity_code": "range", "target_value": None, "lower_value": 40.0, "upper_value": 60.0}
AIM = {"polarity_code": "range", "target_value": 50.0}


MIDDLES: Mapping[str, Case] = {
    "nearer-from-above": (AIM, 52.0, 55.0, "improved"),
    "nearer-from-below": (AIM, 48.0, 45.0, "improved"),
    "further": (AIM, 55.0, 52.0, "declined"),
    "nearer-on-the-other-side": (AIM, 48.0, 53.0, "improved"),
    "as-far-on-the-other-side": (AIM, 47.0, 53.0, "maintained"),
    "nearer-on-the-edge-of-the-band": (AIM, 47.1, 53.0, "maintained"),
    "nearer-beyond-the-band": (AIM, 47.11, 53.0, "improved"),
    "middle-of-the-range": (RANGE, 48.0, 53.0, "improved"),
    "target-first": (RANGE | {"target_value": 53.0}, 48.0, 53.0, "declined"),
    "0.15": (RANGE | {"lower_value": 0.1, "upper_value": 0.2}, 0.25, 0.35, "maintained"),
    "percent-of-the-comparator": (AIM | NUMBER, 44.5, 55.0, "maintained"),
    "percent-edge": (AIM | NUMBER, 50.6, 56.0, "maintained"),
    "percent-beyond": (AIM | NUMBER, 50.3, 56.0, "improved"),
}


@pytest.fixture(scope="module")
def middles(compare_each: Comparer) -> pd.DataFrame:
    """Return `MIDDLES` compared with dead bands."""
    return compare_each(MIDDLES, BANDS)


@pytest.mark.parametrize("case", MIDDLES)
def test_a_kpi_that_has_a_best_middle_improves_by_coming_nearer(
    middles: pd.DataFrame, case: str
) -> None:
    """Distances from the target, or from the middle of the range, are what is compared."""
    assert middles.loc[("previous_quarter", case), "direction_code"] == MIDDLES[case][3]
