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
        minimum: Smallest figure; minus infinity for no limit.
        maximum: Largest, likewise.
        has_plain_minimum: True where a float is the minimum only if its decimal is.
        has_plain_maximum: The same of the maximum.
    """

    is_percent: Flags
    is_scaled: Flags
    is_settled: Flags
    lowest_sense: Floats
    highest_sense: Floats
    multiplier: Floats
    minimum: Floats
    maximum: Floats
    has_plain_minimum: Flags
    has_plain_maximum: Flags

    def of(self, places: npt.NDArray[np.int64]) -> "KpiTraits":
        """Return the traits of the KPIs at some places, one for each."""
        return KpiTraits._make(column[places] for column in self)


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
        minimum=np.array(minima, dtype=np.float64),
        maximum=np.array(maxima, dtype=np.float64),
        has_plain_minimum=_flags(map(_is_plain, minima)),
        has_plain_maximum=_flags(map(_is_plain, maxima)),
    )


def _limit(limit: Decimal | None, none: float) -> float:
    return none if limit is None else float(limit)


def _flags(flags: Iterable[bool]) -> Flags:
    return np.array(list(flags), dtype=bool)


def _is_plain(limit: float) -> bool:
    """Tell a small whole limit: a ratio of whole numbers that is not the limit rounds to no such.

    A ratio's divisor is below 2**43 here, so that it is 2**-43 away from a whole number at least.
    """
    return abs(limit) <= _LARGEST_EXACT_LIMIT and limit == np.rint(limit)
