"""Targets and rules → from which figure to which each colour reaches, exactly.

Every rule but judgement gives each colour one stretch of figures, so a million figures can be rated
by comparing floats with four others, worked out once for each target. An end of a stretch is worked
out in decimals. The float that stands for it is the outermost one whose decimal is inside, so that
0.1 + 0.2 is on 0.3 here as in `perf_pipeline.rate.bands`, whose ratings these are.
"""

import math
from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import NamedTuple

import numpy as np
import pandas as pd

from perf_pipeline.rules import Polarity, RuleKind, ToleranceUnit
from perf_pipeline.schemas.coded_columns import distinct_tuples, renumbered

NEVER = (math.inf, -math.inf)
"""The stretch of a colour that no figure has."""

_JUDGED_BY = [
    "rule_kind_code",
    "polarity_code",
    "tolerance_unit_code",
    "target_value",
    "floor_value",
    "lower_value",
    "upper_value",
    "green_tolerance_value",
    "amber_tolerance_value",
]
_COLUMNS = ["green_lower", "green_upper", "amber_lower", "amber_upper"]

_EXACT = Context(prec=2000, traps=[Inexact, InvalidOperation])
"""Digits for a sum of the largest and the smallest float, and an error where they do not do."""

_HUNDREDTH = Decimal("0.01")

Stretch = tuple[float, float]


class _Standard(NamedTuple):
    """What a figure is judged by; None where there is no such number, or the rule uses none."""

    kind: str
    polarity: str
    unit: str | None
    target: Decimal | None
    floor: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    green: Decimal | None
    amber: Decimal | None


def thresholds(kpis: pd.DataFrame) -> pd.DataFrame:
    """Work out from where to where each colour of each KPI reaches.

    Args:
        kpis: `KpisInForce`, of whatever quarters.

    Returns:
        By the frame's index `green_lower`, `green_upper`, `amber_lower`, `amber_upper`: a figure
        is green from the first to the second, both included, else amber from the third to the
        fourth, else red; an improvement makes amber of a red besides. An end that is open is
        infinite; a colour that no figure has reaches from infinity to minus infinity, as both do
        where the rule is a judgement or what it judges by is missing.
    """
    alike = distinct_tuples(*(renumbered(kpis[name]) for name in _JUDGED_BY))
    distinct = kpis[_JUDGED_BY].iloc[alike.rows]
    rows = [
        _ends(_Standard(*row[:3], *map(_decimal, row[3:])))
        for row in distinct.itertuples(index=False, name=None)
    ]
    ends = np.array(rows, dtype=np.float64).reshape(-1, len(_COLUMNS))
    return pd.DataFrame(ends[alike.numbers], columns=_COLUMNS, index=kpis.index)


def _decimal(value: float) -> Decimal | None:
    """Return the shortest decimal that denotes a float."""
    return None if math.isnan(value) else Decimal(repr(float(value)))


def _ends(standard: _Standard) -> tuple[float, float, float, float]:
    if standard.kind == RuleKind.JUDGEMENT:
        return (*NEVER, *NEVER)
    if standard.kind == RuleKind.FLOOR:
        amber = _stretch(standard, standard.floor, standard.floor, Decimal(0))
    else:
        amber = _stretch(standard, *_marks(standard), standard.amber)
    return (*_stretch(standard, *_marks(standard), standard.green), *amber)


def _marks(standard: _Standard) -> tuple[Decimal | None, Decimal | None]:
    """Return what figures below and figures above are measured from."""
    if standard.kind != RuleKind.RANGE:
        return standard.target, standard.target
    if standard.lower is None or standard.upper is None:
        return None, None
    # Of ends the wrong way round the upper one alone counts, as where figures are clipped.
    return min(standard.lower, standard.upper), standard.upper


def _stretch(
    standard: _Standard, low: Decimal | None, high: Decimal | None, tolerance: Decimal | None
) -> Stretch:
    """Return the figures that are no more than a tolerance worse than their mark."""
    if low is None or high is None or tolerance is None or standard.polarity == Polarity.NONE:
        return NEVER
    is_percent = standard.unit == ToleranceUnit.PERCENT
    lower = _at_least(_EXACT.subtract(low, _room(low, tolerance, is_percent=is_percent)))
    upper = _at_most(_EXACT.add(high, _room(high, tolerance, is_percent=is_percent)))
    open_ended: Mapping[str, Stretch] = {
        Polarity.HIGHER.value: (lower, math.inf),
        Polarity.LOWER.value: (-math.inf, upper),
    }
    return open_ended.get(standard.polarity, (lower, upper))


def _room(mark: Decimal, tolerance: Decimal, *, is_percent: bool) -> Decimal:
    if not is_percent:
        return tolerance
    return _EXACT.multiply(_EXACT.multiply(_EXACT.abs(mark), tolerance), _HUNDREDTH)


def _at_least(bound: Decimal) -> float:
    """Return the smallest float whose decimal is not below a bound."""
    nearest = float(bound)
    is_inside = Decimal(repr(nearest)) >= bound
    return nearest if is_inside else math.nextafter(nearest, math.inf)


def _at_most(bound: Decimal) -> float:
    """Return the largest float whose decimal is not above a bound."""
    return -_at_least(bound.copy_negate())
