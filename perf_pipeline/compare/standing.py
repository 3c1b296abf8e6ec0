"""How a figure stands against another: better, the same within a band, or worse, exactly."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perf_pipeline.exact import Booleans, Floats, is_at_most
from perf_pipeline.rules import UNITS, ChangeUnit, Polarity

Pair = Callable[..., tuple[Any, Any]]

_PERCENT = UNITS["percent"].code
_SIGNS = {Polarity.HIGHER.value: 1.0, Polarity.LOWER.value: -1.0, Polarity.RANGE.value: 0.0}
MEASURES = ["sign", "middle_lower", "middle_upper", "band", "is_in_points"]
"""Columns of `measures` by which figures are judged, in the order in which they are taken."""

_DIGITS = 15
"""A float holds so many digits of a figure exactly."""

_POWERS = np.array([10**places for places in range(23)], dtype=np.float64)
"""The powers of ten that a float holds exactly."""


def measures(kpis: pd.DataFrame, band_points: Decimal, band_pct: Decimal) -> pd.DataFrame:
    """Tell how differences between each KPI's figures are measured and judged.

    Args:
        kpis: `KpisInForce`.
        band_points: Difference within which percentages are the same, in points.
        band_pct: Difference within which other figures are, in percent of the absolute one
            compared with.

    Returns:
        A row for each KPI, in their order and with their index: `kpi_ref`; `sign`, 1 where
        higher is better, -1 where lower is, 0 where nearer to a middle is, and NaN where neither
        is or the middle is not known; `middle_lower` and `middle_upper`, between which the middle
        lies (both the target where there is one); `is_in_points` and `band`, in points or percent.
    """
    is_in_points = kpis["unit_code"] == _PERCENT
    lower = kpis["target_value"].fillna(kpis["lower_value"])
    upper = kpis["target_value"].fillna(kpis["upper_value"])
    lacks_middle = (kpis["polarity_code"] == Polarity.RANGE) & (lower.isna() | upper.isna())
    return pd.DataFrame(
        {
            "kpi_ref": kpis["kpi_ref"],
            "sign": kpis["polarity_code"].map(_SIGNS).astype("float64").mask(lacks_middle),
            "middle_lower": lower,
            "middle_upper": upper,
            "band": np.where(is_in_points, float(band_points), float(band_pct)),
            "is_in_points": is_in_points,
        }
    )


def standings(
    measured: pd.DataFrame | Mapping[str, Floats], pair: Pair, *operands: Floats
) -> npt.NDArray[np.int8]:
    """Judge figures against others by `measures`; a difference on the band is within it.

    Args:
        measured: The columns of `measures`.
        pair: Returns the figures and those compared with, of operands. It is called with floats
            and with fractions, as `sides` of `perf_pipeline.exact.is_at_most` is.
        operands: Arrays as long as the columns.

    Returns:
        1 where better, 0 where the same within the band, -1 where worse. Where a figure or a sign
        is NaN there is nothing to judge, and what is returned means nothing.
    """
    columns = [np.asarray(measured[name], dtype=np.float64) for name in MEASURES]

    def gain_and_band(*values: Any) -> tuple[Any, Any]:
        figure, other = pair(*values[len(columns) :])
        return measured_gain(figure, other, *values[: len(columns)])

    def loss_and_band(*values: Any) -> tuple[Any, Any]:
        gain, band = gain_and_band(*values)
        return -gain, band

    is_better = ~is_at_most(gain_and_band, *columns, *operands)
    is_worse = ~is_at_most(loss_and_band, *columns, *operands)
    return is_better.astype(np.int8) - is_worse.astype(np.int8)


def measured_gain(figure: Any, other: Any, *measured: Any) -> tuple[Any, Any]:
    """Return how much better figures are than others, and the band within which they are the same.

    Args:
        figure: The figures, floats or fractions.
        other: Those compared with.
        measured: The columns of `measures`, but for the first.
    """
    sign, lower, upper, band, in_points = measured
    middle = (lower + upper) / 2
    nearer = abs(other - middle) - abs(figure - middle)
    gain = np.where(sign == 0, nearer, sign * (figure - other))
    return gain, np.where(in_points == 1, band, band * abs(other) / 100)


def differences(figures: Floats, others: Floats) -> Floats:
    """Return figures less others, without what float subtraction adds."""
    return tidied(figures - others, np.maximum(np.abs(figures), np.abs(others)))


def changes(differences: Floats, others: Floats, is_in_points: Booleans) -> Floats:
    """Express differences in points, or else in percent of the absolute figure compared with.

    Percent of 0 is NaN.
    """
    of = np.where(others == 0, np.nan, np.abs(others))
    percent = differences * 100 / of
    return np.where(is_in_points, differences, tidied(percent, np.abs(percent)))


def tidied(values: Floats, sizes: Floats) -> Floats:
    """Round to 15 significant digits of a size, that of the largest figure behind each value.

    At most 22 decimals are kept. NaN stays; there is no negative zero.
    """
    known = np.where(np.nan_to_num(sizes) > 0, sizes, 1.0)
    places = _DIGITS - 1 - np.floor(np.log10(known)).astype(np.int64)
    powers = _POWERS[np.clip(places, 0, len(_POWERS) - 1)]
    return np.rint(values * powers) / powers + 0.0


def change_units(is_in_points: pd.Series) -> pd.Series:
    """Return the code of the unit in which each difference is expressed."""
    codes = {True: ChangeUnit.POINTS.value, False: ChangeUnit.PERCENT.value}
    return is_in_points.map(codes).astype("str")
