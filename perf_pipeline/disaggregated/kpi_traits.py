"""What of a KPI decides how its figures are read, as columns by the KPI's place."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate.expectations import Kpi

_LARGEST_EXACT_LIMIT = 512
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class KpiTraits(NamedTuple):
    """Traits of KPIs, each a column.

    Attributes:
        is_percent: True where figures are percentages.
        is_scaled: True where the source writes bare percentages as fractions.
        is_settled: True where a bare figure can be read in one way.
        lowest_sense: Below it no percentage makes sense.
        highest_sense: Above it none does.
        multiplier: By which a ratio is multiplied.
        above: A figure above it is surely not too small; minus infinity for no limit.
        below: A figure below it is surely not too large; infinity likewise.
    """

    is_percent: Flags
    is_scaled: Flags
    is_settled: Flags
    lowest_sense: Floats
    highest_sense: Floats
    multiplier: Floats
    above: Floats
    below: Floats


def kpi_traits(kpis: Sequence[Kpi]) -> KpiTraits:
    """Return KPIs' traits, by their places."""
    contexts = [kpi.context for kpi in kpis]
    minima = [_limit(context.minimum, -np.inf) for context in contexts]
    maxima = [_limit(context.maximum, np.inf) for context in contexts]
    return KpiTraits(
        is_percent=_flags(context.is_percent for context in contexts),
        is_scaled=_flags(
            context.is_percent and context.percent_scale is PercentScale.FRACTION
            for context in contexts
        ),
        is_settled=_flags(
            not context.is_percent or context.percent_scale is not None for context in contexts
        ),
        lowest_sense=np.array([min(limit, 0.0) for limit in minima], dtype=np.float64),
        highest_sense=np.array([max(limit, 100.0) for limit in maxima], dtype=np.float64),
        multiplier=np.array([float(context.unit.multiplier) for context in contexts]),
        above=np.array([_surely(limit, -np.inf) for limit in minima], dtype=np.float64),
        below=np.array([_surely(limit, np.inf) for limit in maxima], dtype=np.float64),
    )


def _limit(limit: Decimal | None, none: float) -> float:
    return none if limit is None else float(limit)


def _flags(flags: Iterable[bool]) -> Flags:
    return np.array(list(flags), dtype=bool)


def _surely(limit: float, outwards: float) -> float:
    """Return what a figure must be beyond to be surely within a limit.

    A small whole limit is within itself: no ratio that is not the limit rounds to it, as its
    divisor is below 2**43 here, and so it is 2**-43 away from a whole number at least.
    """
    if abs(limit) <= _LARGEST_EXACT_LIMIT and limit == np.rint(limit):
        return float(np.nextafter(limit, outwards))
    return limit
