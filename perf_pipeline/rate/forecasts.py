"""Forecasts → how the year would end, judged by the year end's targets."""

import pandas as pd

from perf_pipeline.exact import Booleans, is_at_most
from perf_pipeline.rate.bands import Measure, is_kind, lacks_target, rag
from perf_pipeline.rules import Basis, NotComparableReason, RuleKind

_STANDARDS = ("target_value", "floor_value", "lower_value", "upper_value")
_QUARTERS_IN_YEAR = 4


def forecast_rag(facts: pd.DataFrame) -> pd.Series:
    """Judge the forecasts by the KPIs' own rules.

    Args:
        facts: `KpisInForce` with each KPI's forecast beside it and, for improvement rules, its
            comparison.

    Returns:
        Ratings by the frame's index. Null without a forecast, without what the rule judges by at
        the year end, for judgement rules, and for KPIs that are not targeted.
    """
    standards = {name: facts[f"year_end_{name}"] for name in _STANDARDS}
    ahead = facts.assign(outturn_value=facts["forecast_value"], **standards)
    is_judged = (ahead["basis_code"] == Basis.TARGETED) & ahead["outturn_value"].notna()
    ahead = ahead[is_judged & ~is_kind(ahead, RuleKind.JUDGEMENT) & ~lacks_target(ahead)]
    ahead = ahead.assign(is_improvement_shown=_is_bettered(ahead) & _has_comparator(ahead))
    return rag(ahead).reindex(facts.index)


def _is_bettered(ahead: pd.DataFrame) -> Booleans:
    """Tell where a forecast betters the comparator's figure, or holds it where that is enough."""
    new = Measure.of(ahead)
    old = Measure.of(ahead.assign(outturn_value=ahead["comparator_value"]))
    operands = (new.outturn, new.sign, old.outturn, old.sign, new.reference)
    is_held = is_at_most(
        lambda new, sign, old, old_sign, target: ((new - target) * sign, (old - target) * old_sign),
        *operands,
    )
    is_undercut = is_at_most(
        lambda new, sign, old, old_sign, target: ((old - target) * old_sign, (new - target) * sign),
        *operands,
    )
    return is_held & (ahead["is_held_enough"].to_numpy(bool) | ~is_undercut)


def _has_comparator(ahead: pd.DataFrame) -> Booleans:
    """Tell where a forecast can be compared; figures that add up from April only at a year end."""
    number = ahead["comparator_quarter_key"].str[-1].fillna("0").astype(int)
    is_year_end = (number - ahead["arrears_quarter_count"]) % _QUARTERS_IN_YEAR == 0
    has_polarity = ahead["not_comparable_reason_code"] != NotComparableReason.NO_POLARITY
    is_comparable = has_polarity & ~ahead["is_series_broken"].astype("boolean").fillna(value=True)
    return (is_comparable & (is_year_end | ~ahead["is_year_to_date"])).to_numpy(bool)
