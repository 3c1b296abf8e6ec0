"""Figures and what they are judged by → ratings and differences.

Every rule but judgement is one calculation. A figure is measured from its target or, of a target
range, from the nearest value inside. A colour reaches a tolerance beyond a base: where the figure
is measured from, or for amber under a floor rule the floor standard. Figures are compared unrounded
and as decimals would be, so that 0.1 + 0.2 is on 0.3; a boundary is in the better band.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd

from perf_pipeline.exact import Booleans, Floats, is_at_most
from perf_pipeline.rules import Basis, Polarity, Rag, RuleKind, ToleranceUnit

NEEDED: Mapping[RuleKind, Sequence[str]] = {
    RuleKind.TOLERANCE_RELATIVE: ["target_value"],
    RuleKind.TOLERANCE_POINTS: ["target_value"],
    RuleKind.FLOOR: ["target_value", "floor_value"],
    RuleKind.RANGE: ["lower_value", "upper_value"],
    RuleKind.IMPROVEMENT: ["target_value"],
    RuleKind.TWO_COLOUR: ["target_value"],
    RuleKind.JUDGEMENT: [],
}
"""Columns that a rule of each kind judges a figure by."""

_SHOWN_DECIMALS = 10
"""Differences are kept to so many decimals, which drops what float subtraction adds."""

_SHOWN_DIGITS = 15
"""Those of large figures are kept to fewer: a float holds so many digits of a figure exactly."""

_POWERS = np.array([10**places for places in range(_SHOWN_DECIMALS + 1)], dtype=np.float64)


@dataclass(frozen=True)
class Measure:
    """Figures as one array a fact, a row each.

    Attributes:
        outturn: The figures.
        reference: What each is measured from.
        sign: What turns outturn less reference into a shortfall; NaN where no way is better.
    """

    outturn: Floats
    reference: Floats
    sign: Floats

    @classmethod
    def of(cls, facts: pd.DataFrame) -> "Measure":
        """Measure the figures of a frame with outturns, targets, ranges, polarities and kinds."""
        outturn, target, lower, upper = (
            facts[f"{name}_value"].to_numpy(float)
            for name in ("outturn", "target", "lower", "upper")
        )
        is_range = is_kind(facts, RuleKind.RANGE).to_numpy(bool)
        reference = np.where(is_range, np.clip(outturn, lower, upper), target)
        return cls(outturn, reference, _sign(facts["polarity_code"], outturn > reference))


@dataclass(frozen=True)
class _Band:
    """How far a colour reaches: `percent` of the absolute base, or `amount`, beyond the base."""

    base: Floats
    percent: Floats
    amount: Floats


def is_kind(facts: pd.DataFrame, kind: RuleKind) -> pd.Series:
    """Tell which rows are judged by a rule of a kind."""
    return facts["rule_kind_code"] == kind


def lacks_target(facts: pd.DataFrame) -> pd.Series:
    """Tell which rows lack what their rule judges by."""
    lacks = pd.Series(data=False, index=facts.index)
    for name in dict.fromkeys(chain(*NEEDED.values())):
        kinds = [kind for kind, columns in NEEDED.items() if name in columns]
        lacks |= facts["rule_kind_code"].isin(kinds) & facts[name].isna()
    return lacks


def require_usable_rules(facts: pd.DataFrame) -> None:
    """Refuse rules that cannot judge by a KPI's polarity; the council's checks find them first.

    Raises:
        ValueError: There are such KPIs; all are named.
    """
    polarity = facts["polarity_code"]
    is_judged = (facts["basis_code"] == Basis.TARGETED) & ~is_kind(facts, RuleKind.JUDGEMENT)
    is_misfit = (
        (polarity == Polarity.NONE)
        | (is_kind(facts, RuleKind.RANGE) & (polarity != Polarity.RANGE))
        | (is_kind(facts, RuleKind.FLOOR) & (polarity == Polarity.RANGE))
    )
    misfits = facts[is_judged & is_misfit]
    if not misfits.empty:
        columns = ["kpi_ref", "rule_kind_code", "polarity_code"]
        found = [
            f"{ref} ({kind}, {way})"
            for ref, kind, way in misfits[columns].itertuples(index=False, name=None)
        ]
        raise ValueError(f"The rule cannot judge by the polarity of: {', '.join(found)}.")


def rag(facts: pd.DataFrame) -> pd.Series:
    """Judge all figures.

    Args:
        facts: Outturns, targets, polarities and rules as in `KpisInForce`, the `stated_rag_code` of
            judgement rules and, for improvement rules, `is_improvement_shown`.

    Returns:
        Ratings by the frame's index. A row without all that its rule needs has one too, which is
        for the caller to leave out.
    """
    measure = Measure.of(facts)
    is_bettered = is_kind(facts, RuleKind.IMPROVEMENT) & facts["is_improvement_shown"]
    is_green = _is_within(measure, _green_band(facts, measure))
    is_amber = _is_within(measure, _amber_band(facts, measure)) | is_bettered.to_numpy(bool)
    colours = np.select([is_green, is_amber], [Rag.GREEN.value, Rag.AMBER.value], Rag.RED.value)
    ratings = pd.Series(colours, index=facts.index, dtype="str")
    return ratings.mask(is_kind(facts, RuleKind.JUDGEMENT), facts["stated_rag_code"])


def differences(facts: pd.DataFrame) -> dict[str, Floats]:
    """Return variance, shortfall and the largest shortfalls that are still green and amber.

    They are what a person works out by hand, and null where there is nothing to work out: amber's
    limit is null inside a range whose tolerance is a percentage of the end that is breached.
    """
    measure = Measure.of(facts)
    operands = np.fmax(np.abs(measure.outturn), np.abs(measure.reference))
    variance = _tidied(measure.outturn - measure.reference, operands)
    is_percent = facts["tolerance_unit_code"] == ToleranceUnit.PERCENT
    breaches_no_end = (is_kind(facts, RuleKind.RANGE) & is_percent).to_numpy(bool) & (variance == 0)
    amber_limit = _limit(measure, _amber_band(facts, measure))
    return {
        "variance_value": variance,
        "shortfall_value": variance * measure.sign + 0.0,
        "green_limit_value": _limit(measure, _green_band(facts, measure)),
        "amber_limit_value": np.where(breaches_no_end, math.nan, amber_limit),
    }


def _sign(polarity: pd.Series, is_above: Booleans) -> Floats:
    ways = (Polarity.HIGHER, Polarity.LOWER, Polarity.RANGE)
    signs: list[Floats | float] = [-1.0, 1.0, np.where(is_above, 1.0, -1.0)]
    chosen = np.select([(polarity == way).to_numpy(bool) for way in ways], signs, math.nan)
    return np.asarray(chosen, dtype=np.float64)


def _green_band(facts: pd.DataFrame, measure: Measure) -> _Band:
    is_judgement = is_kind(facts, RuleKind.JUDGEMENT).to_numpy(bool)
    tolerance = np.where(is_judgement, math.nan, facts["green_tolerance_value"].to_numpy(float))
    return _band(facts, measure.reference, tolerance)


def _amber_band(facts: pd.DataFrame, measure: Measure) -> _Band:
    is_floor = is_kind(facts, RuleKind.FLOOR).to_numpy(bool)
    base = np.where(is_floor, facts["floor_value"].to_numpy(float), measure.reference)
    tolerance = np.where(is_floor, 0.0, facts["amber_tolerance_value"].to_numpy(float))
    return _band(facts, base, tolerance)


def _band(facts: pd.DataFrame, base: Floats, tolerance: Floats) -> _Band:
    is_percent = (facts["tolerance_unit_code"] == ToleranceUnit.PERCENT).to_numpy(bool)
    return _Band(base, np.where(is_percent, tolerance, 0.0), np.where(is_percent, 0.0, tolerance))


def _is_within(measure: Measure, band: _Band) -> Booleans:
    return is_at_most(
        lambda outturn, base, sign, percent, amount: (
            (outturn - base) * sign,
            abs(base) * percent / 100 + amount,
        ),
        measure.outturn,
        band.base,
        measure.sign,
        band.percent,
        band.amount,
    )


def _limit(measure: Measure, band: _Band) -> Floats:
    """Return the largest shortfall inside a band."""
    room = np.abs(band.base) * band.percent / 100 + band.amount
    operands = np.fmax(np.abs(band.base), np.abs(measure.reference))
    shift = _tidied((band.base - measure.reference) * measure.sign, operands)
    return shift + _tidied(room, room)


def _tidied(values: Floats, operands: Floats) -> Floats:
    """Drop what float arithmetic adds to figures, and the sign of a zero.

    The larger the operands, the fewer decimals they can have, and the result with them.
    """
    whole_digits = np.ceil(np.log10(np.fmax(operands, 1.0)))
    places = np.clip(_SHOWN_DIGITS - whole_digits, 0, _SHOWN_DECIMALS).astype(int)
    scale = _POWERS[places]
    tidied: Floats = np.rint(values * scale) / scale + 0.0
    return tidied
