"""Directions are those of a slow reckoning in fractions, whatever the figures and their order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf_pipeline.compare import compare_outturns
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparison

FrameBuilder = Callable[..., pd.DataFrame]

QUARTER = Quarter(2023, 1)
BACK = {"previous_quarter": 1, "last_year": 4, "baseline": 7}
LEAST_FIGURES = 3


@dataclass(frozen=True)
class Kpi:
    """One generated KPI: what it is, and its figures by quarters back, this quarter's at 0."""

    unit: str
    polarity: str
    middle: Decimal
    figures: Mapping[int, Decimal]


tenths = st.integers(-30, 30).map(lambda number: Decimal(number) / 10)
"""Few enough figures that many changes fall on the edge of a dead band."""

long_figures = st.decimals(-(10**6), 10**6, places=5)
kpi_lists = st.lists(
    st.builds(
        Kpi,
        unit=st.sampled_from(["percent", "number"]),
        polarity=st.sampled_from(["higher", "lower", "range"]),
        middle=tenths,
        figures=st.dictionaries(st.integers(0, 9), tenths | long_figures, max_size=10),
    ),
    min_size=1,
    max_size=40,
)
bands = st.sampled_from([Decimal(band) for band in ("0", "0.1", "0.3", "1", "2.5", "10", "50")])
comparisons = st.builds(
    Comparison, dead_band_points=bands, dead_band_pct=bands, trend_quarters=st.integers(3, 8)
)


@pytest.fixture(scope="session")
def compare_all(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> Callable[..., pd.DataFrame]:
    """Return a function that compares generated KPIs, named by their number."""

    def compare_kpis(kpis: list[Kpi], comparison: Comparison, step: int = 1) -> pd.DataFrame:
        numbered = [{"kpi_ref": f"K{number}"} for number in range(len(kpis))]
        registered = [
            ref
            | {"unit_code": kpi.unit, "polarity_code": kpi.polarity}
            | {"target_value": float(kpi.middle)}
            | {"baseline_quarter_key": QUARTER.shift(-BACK["baseline"]).key}
            for ref, kpi in zip(numbered, kpis, strict=True)
        ]
        stated = [
            (back, ref | {"outturn_value": float(value)})
            for ref, kpi in zip(numbered, kpis, strict=True)
            for back, value in kpi.figures.items()
        ]
        earlier = [row | {"quarter_key": QUARTER.shift(-back).key} for back, row in stated if back]
        return compare_outturns(
            build_accepted(*[row for back, row in stated if not back][::step]),
            build_comparators(*earlier[::step]),
            build_kpis(*registered),
            QUARTER,
            build_breaks(),
            comparison,
        )

    return compare_kpis


def _direction(kpi: Kpi, figure: Fraction, other: Fraction, comparison: Comparison) -> str:
    if kpi.polarity == "range":
        middle = Fraction(kpi.middle)
        gain = abs(other - middle) - abs(figure - middle)
    else:
        gain = figure - other if kpi.polarity == "higher" else other - figure
    if kpi.unit == "percent":
        band = Fraction(comparison.dead_band_points)
    else:
        band = Fraction(comparison.dead_band_pct) / 100 * abs(other)
    if abs(gain) <= band:
        return "maintained"
    return "improved" if gain > 0 else "declined"


def _line(kpi: Kpi, comparison: Comparison) -> tuple[Fraction, Fraction] | None:
    """Return where the line of the textbook's formula begins and ends, x from its first figure."""
    used = sorted(kpi.figures)[: comparison.trend_quarters]
    if 0 not in kpi.figures or len(used) < LEAST_FIGURES:
        return None
    points = [(Fraction(used[-1] - back), Fraction(kpi.figures[back])) for back in used]
    count = len(points)
    sum_x, sum_y = sum(x for x, _ in points), sum(y for _, y in points)
    sum_xy, sum_xx = sum(x * y for x, y in points), sum(x * x for x, _ in points)
    slope = Fraction(count * sum_xy - sum_x * sum_y) / (count * sum_xx - sum_x**2)
    start = (sum_y - slope * sum_x) / count
    return start, start + slope * used[-1]


def _expected(kpi: Kpi, comparison: Comparison) -> list[str]:
    directions = []
    for back in BACK.values():
        if {0, back} <= set(kpi.figures):
            pair = (Fraction(kpi.figures[now]) for now in (0, back))
            directions.append(_direction(kpi, *pair, comparison))
        else:
            directions.append("not_comparable")
    line = _line(kpi, comparison)
    trend = "not_comparable" if line is None else _direction(kpi, *line[::-1], comparison)
    return [*directions, trend]


few = settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow])
"""Each example is a frame of many KPIs."""


@few
@given(kpis=kpi_lists, comparison=comparisons)
def test_directions_are_those_of_fractions(
    compare_all: Callable[..., pd.DataFrame], kpis: list[Kpi], comparison: Comparison
) -> None:
    """Against each comparator, trend included, no direction differs from the exact one."""
    compared = compare_all(kpis, comparison)
    expected = [direction for kpi in kpis for direction in _expected(kpi, comparison)]
    assert compared["direction_code"].tolist() == expected


@few
@given(kpis=kpi_lists, comparison=comparisons)
def test_a_trends_figures_are_right_to_their_fourteenth_digit(
    compare_all: Callable[..., pd.DataFrame], kpis: list[Kpi], comparison: Comparison
) -> None:
    """The line begins where it does in fractions, within what the largest figure's digits allow."""
    compared = compare_all(kpis, comparison)
    begins = compared.loc[compared["comparator_code"] == "trend", "comparator_value"]
    for kpi, begin in zip(kpis, begins, strict=True):
        line = _line(kpi, comparison)
        if line is None:
            assert pd.isna(begin)
        else:
            size = float(max(abs(value) for value in kpi.figures.values()))
            assert begin == pytest.approx(float(line[0]), rel=0, abs=size * 1e-14)


@few
@given(kpis=kpi_lists, comparison=comparisons)
def test_the_order_of_rows_does_not_matter(
    compare_all: Callable[..., pd.DataFrame], kpis: list[Kpi], comparison: Comparison
) -> None:
    """Figures in reverse give the same frame, to the last bit."""
    compared = compare_all(kpis, comparison)
    pd.testing.assert_frame_equal(
        compared, compare_all(kpis, comparison, step=-1), check_exact=True
    )


@few
@given(kpis=kpi_lists, comparison=comparisons)
def test_what_improves_one_way_declines_the_other(
    compare_all: Callable[..., pd.DataFrame], kpis: list[Kpi], comparison: Comparison
) -> None:
    """Turning higher-is-better round swaps improved and declined, and changes nothing else."""
    rising = [replace(kpi, polarity="higher") for kpi in kpis]
    falling = [replace(kpi, polarity="lower") for kpi in kpis]
    compared = compare_all(rising, comparison)
    swapped = {"improved": "declined", "declined": "improved"}
    turned = compared.assign(direction_code=compared["direction_code"].replace(swapped))
    pd.testing.assert_frame_equal(compare_all(falling, comparison), turned, check_exact=True)
