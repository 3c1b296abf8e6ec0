"""The trend is the least-squares line through the last figures, and its direction is exact."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.compare import compare_outturns
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparison
from perf_pipeline.schemas import stages

FrameBuilder = Callable[..., pd.DataFrame]
Trend = Callable[..., pd.Series]
Row = Mapping[str, Any]

QUARTER = Quarter(2023, 1)
AS_IT_IS: Row = MappingProxyType({})
NUMBER = {"unit_code": "number"}
NO_BAND = Comparison()


@pytest.fixture(scope="session")
def draw(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> Trend:
    """Return a function that draws ADS-01's trend through figures by quarters back."""

    def draw_one(
        figures: Mapping[int, float],
        kpi: Row = AS_IT_IS,
        comparison: Comparison = NO_BAND,
        breaks: tuple[Row, ...] = (),
    ) -> pd.Series:
        earlier = [
            {"quarter_key": QUARTER.shift(-back).key, "outturn_value": value}
            for back, value in figures.items()
            if back
        ]
        compared = compare_outturns(
            build_accepted({"outturn_value": figures.get(0)}),
            build_comparators(*earlier),
            build_kpis(kpi),
            QUARTER,
            build_breaks(*breaks),
            comparison,
        )
        return compared.set_index("comparator_code").loc["trend"]

    return draw_one


def _series(*values: float) -> dict[int, float]:
    """Number consecutive figures, the last of them this quarter's, by quarters back."""
    return dict(zip(range(len(values) - 1, -1, -1), values, strict=True))


def test_five_quarters_by_hand(draw: Trend) -> None:
    """A line through 70, 72, 74, 73, 78 rises by 1.7 a quarter from 70.

    x = 0, 1, 2, 3, 4: n = 5, Σx = 10, Σy = 367, Σxy = 0 + 72 + 148 + 219 + 312 = 751, Σx² = 30.
    Slope = (5 x 751 - 10 x 367) / (5 x 30 - 10²) = (3755 - 3670) / 50 = 85 / 50 = 1.7.
    Start = (367 - 1.7 x 10) / 5 = 70; change = 4 x 1.7 = 6.8 points.
    """
    trend = draw(_series(70, 72, 74, 73, 78))
    assert (trend["comparator_value"], trend["change_value"]) == (70.0, 6.8)
    assert (trend["figure_count"], trend["comparator_quarter_key"]) == (5, "2022-23-Q1")
    assert (trend["direction_code"], trend["change_unit_code"]) == ("improved", "points")
    assert pd.isna(trend["comparator_origin_text"])


def test_quarters_without_a_figure_keep_their_distance(draw: Trend) -> None:
    """A line through 70, nothing, 73, 74, 78 rises by 13/7 a quarter from 487/7.

    x = 0, 2, 3, 4: n = 4, Σx = 9, Σy = 295, Σxy = 0 + 146 + 222 + 312 = 680, Σx² = 29.
    Slope = (4 x 680 - 9 x 295) / (4 x 29 - 9²) = (2720 - 2655) / 35 = 65 / 35 = 13/7.
    Start = (295 - 13/7 x 9) / 4 = 487/7 = 69.571...; change = 4 x 13/7 = 52/7 = 7.428...
    """
    trend = draw({4: 70.0, 2: 73.0, 1: 74.0, 0: 78.0})
    assert trend["comparator_value"] == pytest.approx(487 / 7, rel=1e-14)
    assert trend["change_value"] == pytest.approx(52 / 7, rel=1e-13)
    assert trend["figure_count"] == 4


@pytest.mark.parametrize(
    ("figures", "limit", "start", "count"),
    [
        pytest.param(_series(0, 10, 20, 30), 3, 10.0, 3, id="limit-of-3"),
        pytest.param(_series(0, 10, 20, 30), 4, 0.0, 4, id="limit-of-4"),
        pytest.param(_series(0, 10, 20, 30), 9, 0.0, 4, id="fewer-than-the-limit"),
        pytest.param({12: 10.0, 8: 50.0, 4: 60.0, 0: 70.0}, 3, 50.0, 3, id="annual"),
    ],
)
def test_the_last_figures_are_used_up_to_the_councils_number(
    draw: Trend, figures: dict[int, float], limit: int, start: float, count: int
) -> None:
    """Figures are counted, not quarters, and this quarter's is the last."""
    trend = draw(figures, comparison=Comparison(trend_quarters=limit))
    assert (trend["comparator_value"], trend["figure_count"]) == (start, count)


@pytest.mark.parametrize("value", [0.0, 0.1, 85.3, 123456789.01], ids=str)
@pytest.mark.parametrize("kpi", [{}, NUMBER], ids=["percent", "number"])
def test_a_constant_series_is_maintained_exactly(draw: Trend, value: float, kpi: Row) -> None:
    """Equal figures give a change of exactly 0 from exactly that figure."""
    trend = draw({7: value, 3: value, 2: value, 1: value, 0: value}, kpi)
    assert trend["direction_code"] == "maintained"
    assert trend["comparator_value"] == value
    assert trend["change_value"] == 0 or (value == 0 and kpi == NUMBER)


@pytest.mark.parametrize(
    ("polarity", "direction"),
    [("higher", "improved"), ("lower", "declined")],
    ids=["higher", "lower"],
)
def test_the_direction_is_by_polarity(draw: Trend, polarity: str, direction: str) -> None:
    """A rising line is an improvement only where higher is better."""
    trend = draw(_series(70, 90, 80), {"polarity_code": polarity})
    assert trend["direction_code"] == direction
    assert trend["change_value"] == 10.0


@pytest.mark.parametrize(
    ("kpi", "figures", "band", "direction"),
    [
        pytest.param({}, _series(70, 70.05, 70.1), "0.1", "maintained", id="points-edge"),
        pytest.param({}, _series(70, 70.05, 70.1), "0.0999999", "improved", id="points-beyond"),
        pytest.param({}, {3: 0.0, 2: 0.0, 0: 0.7}, "0.75", "maintained", id="irregular-edge"),
        pytest.param({}, {3: 0.7, 2: 0.0, 0: 0.0}, "0.6", "maintained", id="irregular-edge-down"),
        pytest.param({}, {3: 0.7, 2: 0.0, 0: 0.0}, "0.59", "declined", id="irregular-down"),
        pytest.param({}, _series(0.1, 0.3, 0.1), "0", "maintained", id="there-and-back"),
        pytest.param(NUMBER, _series(200, 210, 220), "10", "maintained", id="percent-edge"),
        pytest.param(NUMBER, _series(200, 210, 220), "9.999", "improved", id="percent-beyond"),
        pytest.param(NUMBER, _series(0.7, 0.735, 0.77), "10", "maintained", id="percent-floats"),
        pytest.param(NUMBER, _series(-20, -19, -18), "10", "maintained", id="negative-edge"),
    ],
)
def test_a_trend_on_the_edge_of_the_dead_band_is_maintained(
    draw: Trend, kpi: Row, figures: dict[int, float], band: str, direction: str
) -> None:
    """The line's change is held against the band in fractions: 3.5/14 x 3 is 0.75."""
    width = Decimal(band)
    comparison = Comparison(dead_band_points=width, dead_band_pct=width)
    assert draw(figures, kpi, comparison)["direction_code"] == direction


def test_no_percentage_is_taken_of_a_line_that_begins_at_0(draw: Trend) -> None:
    """Through 0, 0.1, 0.2 a line begins at exactly 0; its sign alone decides."""
    trend = draw(_series(0, 0.1, 0.2), NUMBER, Comparison(dead_band_pct=Decimal(50)))
    assert (trend["comparator_value"], trend["direction_code"]) == (0.0, "improved")
    assert pd.isna(trend["change_value"])


@pytest.mark.parametrize(
    ("figures", "direction"),
    [
        pytest.param(_series(40, 45, 50), "improved", id="towards-the-middle"),
        pytest.param(_series(50, 55, 60), "declined", id="away-from-it"),
        pytest.param(_series(45, 50, 55), "maintained", id="through-it"),
    ],
)
def test_a_line_improves_by_ending_nearer_to_the_best_middle(
    draw: Trend, figures: dict[int, float], direction: str
) -> None:
    """Where a range is best, the ends of the line are held against its middle."""
    kpi = {"polarity_code": "range", "target_value": 50.0}
    assert draw(figures, kpi)["direction_code"] == direction


@pytest.mark.parametrize(
    ("figures", "kpi", "reason", "count"),
    [
        pytest.param({0: 80.0}, {}, "too_few_figures", 1, id="one"),
        pytest.param(_series(70, 80), {}, "too_few_figures", 2, id="two"),
        pytest.param({3: 60.0, 2: 65.0, 1: 70.0}, {}, "no_figure", 3, id="not-this-quarters"),
        pytest.param({}, {}, "no_figure", 0, id="none"),
    ],
)
def test_no_line_is_drawn_through_fewer_than_three_figures_or_without_this_quarters(
    draw: Trend, figures: dict[int, float], kpi: Row, reason: str, count: int
) -> None:
    """Where there is no line, its reason and the number of figures found are given."""
    trend = draw(figures, kpi)
    assert (trend["not_comparable_reason_code"], trend["figure_count"]) == (reason, count)
    assert trend[["comparator_quarter_key", "comparator_value", "change_value"]].isna().all()


@pytest.mark.parametrize(
    ("kpi", "reason"),
    [
        pytest.param({"polarity_code": "none"}, "no_polarity", id="no-polarity"),
        pytest.param({"is_year_to_date": True}, "year_to_date", id="year-to-date"),
    ],
)
def test_a_line_without_a_direction_still_shows_where_it_begins(
    draw: Trend, kpi: Row, reason: str
) -> None:
    """As with the other comparators, only the change is left out."""
    trend = draw(_series(60, 70, 80), kpi)
    assert (trend["not_comparable_reason_code"], trend["comparator_value"]) == (reason, 60.0)
    assert pd.isna(trend["change_value"])


@pytest.mark.parametrize(
    ("broken", "count", "direction"),
    [
        pytest.param([4], 5, "improved", id="at-the-first-figure"),
        pytest.param([3], 4, "declined", id="after-it"),
        pytest.param([1], 2, "not_comparable", id="too-few-are-left"),
        pytest.param([3, 4], 4, "declined", id="the-latest-counts"),
        pytest.param([-1], 5, "improved", id="later-than-this-quarter"),
    ],
)
def test_only_figures_since_the_latest_break_are_used(
    draw: Trend, broken: list[int], count: int, direction: str
) -> None:
    """Figures from before a break are left out, those of its own quarter are not."""
    breaks = tuple({"quarter_key": QUARTER.shift(-back).key} for back in broken)
    trend = draw(_series(10, 84, 83, 82, 81), breaks=breaks)
    assert (trend["figure_count"], trend["direction_code"]) == (count, direction)


def test_each_kpi_has_a_line_of_its_own(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> None:
    """Figures of several KPIs, in any order, are not mixed."""
    earlier = build_comparators(
        {"kpi_ref": "B", "quarter_key": "2022-23-Q4", "outturn_value": 60.0},
        {"kpi_ref": "A", "quarter_key": "2022-23-Q3", "outturn_value": 10.0},
        {"kpi_ref": "B", "quarter_key": "2022-23-Q3", "outturn_value": 70.0},
        {"kpi_ref": "A", "quarter_key": "2022-23-Q4", "outturn_value": 20.0},
    )
    figures = build_accepted(
        {"kpi_ref": "A", "outturn_value": 30.0}, {"kpi_ref": "B", "outturn_value": 50.0}
    )
    kpis = build_kpis({"kpi_ref": "B"}, {"kpi_ref": "A"})
    compared = compare_outturns(figures, earlier, kpis, QUARTER, build_breaks(), NO_BAND)
    stages.ComparedOutturns.validate(compared, lazy=True)
    trends = compared[compared["comparator_code"] == "trend"]
    assert trends["comparator_value"].tolist() == [70.0, 10.0]
    assert trends["direction_code"].tolist() == ["declined", "improved"]


def test_older_figures_than_three_years_are_left_aside(draw: Trend) -> None:
    """A baseline's figure, read for whichever KPI names it, bends no other KPI's trend."""
    recent = {2: 70.0, 1: 72.0, 0: 74.0}
    assert draw(recent | {13: 99.0}).equals(draw(recent))
    assert not draw(recent | {12: 99.0}).equals(draw(recent))


def test_each_trend_begins_at_its_own_first_quarter(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> None:
    """Beside a KPI without a trend, the others' lines keep their own first quarters."""
    figures = [
        {"kpi_ref": ref, "quarter_key": QUARTER.shift(-back).key, "outturn_value": 80.0}
        for ref, oldest in (("B", 2), ("C", 3))
        for back in range(1, oldest + 1)
    ]
    kpis = build_kpis(*({"kpi_ref": ref} for ref in "ABC"))
    headline = build_accepted(*({"kpi_ref": ref} for ref in "ABC"))
    compared = compare_outturns(
        headline, build_comparators(*figures), kpis, QUARTER, build_breaks(), NO_BAND
    )
    trends = compared[compared["comparator_code"] == "trend"]
    keys = trends["comparator_quarter_key"]
    assert keys.astype(object).where(keys.notna(), None).tolist() == [
        None,
        QUARTER.shift(-2).key,
        QUARTER.shift(-3).key,
    ]
