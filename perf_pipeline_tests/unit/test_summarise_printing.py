"""Figures and shares print as the reports do, rounded half up."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.summarise import (
    printed_change,
    printed_figure,
    printed_range,
    printed_share,
)


@pytest.mark.parametrize(
    ("value", "unit", "places", "text"),
    [
        pytest.param(76.0, "percent", 0, "76%", id="percent"),
        pytest.param(100.0, "percent", 1, "100.0%", id="percent-with-decimal"),
        pytest.param(0.0, "percent", 0, "0%", id="zero"),
        pytest.param(500 / 7, "percent", 0, "71%", id="5-of-7"),
        pytest.param(500 / 7, "percent", 1, "71.4%", id="5-of-7-with-decimal"),
        pytest.param(0.5, "number", 0, "1", id="half-up"),
        pytest.param(2.5, "number", 0, "3", id="half-of-an-even-number-up"),
        pytest.param(-2.5, "gbp", 0, "-£3", id="half-away-from-nothing"),
        pytest.param(1.005, "number", 2, "1.01", id="half-as-written-not-as-stored"),
        pytest.param(2.675, "number", 2, "2.68", id="another-half-as-written"),
        pytest.param(0.285, "number", 2, "0.29", id="third-half-as-written"),
        pytest.param(11_175.0, "number", 0, "11,175", id="thousands"),
        pytest.param(1_847_000.4, "number", 1, "1,847,000.4", id="millions"),
        pytest.param(1234.5, "gbp", 2, "£1,234.50", id="pounds"),
        pytest.param(-1_234_567.0, "gbp", 0, "-£1,234,567", id="minus-before-the-pound"),
        pytest.param(-0.4, "gbp", 0, "£0", id="no-minus-nothing"),
        pytest.param(-0.0, "number", 0, "0", id="no-minus-zero"),
        pytest.param(12.25, "days", 1, "12.3 days", id="days"),
        pytest.param(4.0, "minutes", 0, "4 minutes", id="minutes"),
        pytest.param(3.14, "per_1000", 1, "3.1 per 1,000", id="rate"),
        pytest.param(0.05, "ratio", 2, "0.05", id="ratio"),
        pytest.param(1e15, "number", 0, "1,000,000,000,000,000", id="beyond-every-return"),
        pytest.param(1e40, "number", 2, f"{10**40:,}.00", id="beyond-reason"),
        pytest.param(1e-300, "number", 2, "0.00", id="next-to-nothing"),
    ],
)
def test_a_figure_prints_in_its_unit(value: float, unit: str, places: int, text: str) -> None:
    """Sign, unit, thousands and decimals stand where a reader expects them."""
    assert printed_figure(value, unit, places) == text


def test_no_figure_prints_as_nothing() -> None:
    """A missing figure is neither 0 nor the letters nan."""
    assert printed_figure(math.nan, "percent", 0) is None


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "places", "text"),
    [
        pytest.param(10.0, 20.0, "percent", 0, "10% to 20%", id="percent"),
        pytest.param(1.0, 2.5, "number", 1, "1.0 to 2.5", id="number"),
        pytest.param(1000.0, 2000.0, "gbp", 0, "£1,000 to £2,000", id="pounds"),
        pytest.param(-5.0, 5.0, "gbp", 0, "-£5 to £5", id="either-side-of-nothing"),
        pytest.param(10.0, 20.0, "days", 0, "10 to 20 days", id="word-once"),
        pytest.param(10.0, 20.0, "per_1000", 0, "10 to 20 per 1,000", id="rate-once"),
    ],
)
def test_a_range_prints_from_end_to_end(
    lower: float, upper: float, unit: str, places: int, text: str
) -> None:
    """Signs stand at both ends; a unit that is a word stands once."""
    assert printed_range(lower, upper, unit, places) == text


@pytest.mark.parametrize(
    ("lower", "upper"),
    [(math.nan, 20.0), (10.0, math.nan), (math.nan, math.nan)],
    ids=["no-lower", "no-upper", "neither"],
)
def test_a_range_without_both_ends_prints_as_nothing(lower: float, upper: float) -> None:
    """Half a range is none."""
    assert printed_range(lower, upper, "percent", 0) is None


@pytest.mark.parametrize(
    ("count", "before", "text"),
    [
        pytest.param(18, 20, "18 green, 2 fewer", id="fewer"),
        pytest.param(18, 17, "18 green, 1 more", id="more"),
        pytest.param(18, 18, "18 green, no change", id="same"),
        pytest.param(0, 0, "0 green, no change", id="none-and-none-before"),
        pytest.param(18, 0, "18 green, 18 more", id="none-before"),
        pytest.param(18, None, None, id="not-known-before"),
    ],
)
def test_a_count_prints_with_its_change(count: int, before: int | None, text: str | None) -> None:
    """A reader sees what moved; without a quarter before there is nothing to print."""
    assert printed_change(count, before, "Green") == text


@pytest.mark.parametrize(
    ("count", "of", "text"),
    [
        pytest.param(1, 8, "12.5% (1)", id="adults-red"),
        pytest.param(6, 8, "75% (6)", id="adults-green"),
        pytest.param(6, 15, "40% (6)", id="childrens-red"),
        pytest.param(5, 15, "33% (5)", id="childrens-amber"),
        pytest.param(4, 15, "27% (4)", id="childrens-green"),
        pytest.param(2, 11, "18% (2)", id="community-red"),
        pytest.param(3, 11, "27% (3)", id="community-amber"),
        pytest.param(6, 11, "55% (6)", id="community-green"),
        pytest.param(0, 5, "0", id="public-health-red"),
        pytest.param(3, 5, "60% (3)", id="public-health-amber"),
        pytest.param(2, 2, "100% (2)", id="strategy-amber"),
        pytest.param(0, 0, None, id="climate-without-rag"),
        pytest.param(5, 7, "71% (5)", id="maidstone-5-of-7"),
        pytest.param(9, 11, "82% (9)", id="maidstone-9-of-11"),
        pytest.param(2, 3, "67% (2)", id="maidstone-2-of-3"),
        pytest.param(2, 16, "12.5% (2)", id="maidstone-2-of-16"),
        pytest.param(92, 125, "74% (92)", id="east-suffolk-minor-applications"),
        pytest.param(16, 19, "84% (16)", id="east-suffolk-major-applications"),
        pytest.param(339, 374, "91% (339)", id="east-suffolk-other-applications"),
        pytest.param(3, 8, "37.5% (3)", id="half-of-an-odd-percent"),
        pytest.param(1, 200, "0.5% (1)", id="half-a-percent"),
        pytest.param(199, 200, "99.5% (199)", id="half-a-percent-from-all"),
        pytest.param(1, 300, "0% (1)", id="less-than-half-a-percent"),
    ],
)
def test_a_share_prints_as_published(count: int, of: int, text: str | None) -> None:
    """A whole percent, except for an exact half; a blank for a share of nothing."""
    assert printed_share(count, of) == text


@given(of=st.integers(1, 2000), part=st.floats(0, 1))
def test_a_printed_share_is_its_fraction_rounded(of: int, part: float) -> None:
    """A printed percent is within half of the fraction, and exact where it has a decimal."""
    count = max(1, round(of * part))
    percent, printed_count = (printed_share(count, of) or "").split("% ")
    distance = abs(Fraction(percent) - Fraction(100 * count, of))
    assert printed_count == f"({count})"
    assert distance == 0 if "." in percent else distance < Fraction(1, 2)
