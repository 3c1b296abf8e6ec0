"""Every live KPI's headline figure, judged and published."""

import pandas as pd

from perf_pipeline.rate.bands import differences, is_kind, rag, require_usable_rules
from perf_pipeline.rate.forecasts import forecast_rag
from perf_pipeline.rate.reasons import not_rated_reasons
from perf_pipeline.rules import Direction, RatingBasis, RuleKind
from perf_pipeline.schemas import conform, stages

_COMPARISON_COLUMNS = [
    "quarter_key",
    "kpi_ref",
    "improvement_comparator_code",
    "comparator_quarter_key",
    "comparator_value",
    "direction_code",
    "not_comparable_reason_code",
    "is_series_broken",
]
_OVERRIDE_COLUMNS = {
    "quarter_key": "quarter_key",
    "kpi_ref": "kpi_ref",
    "rag_code": "override_rag_code",
    "decided_by_role": "override_role",
    "decided_date": "override_date",
    "reason_text": "override_reason_text",
}


def rate_outturns(
    headline: pd.DataFrame,
    rejected_refs: pd.Series,
    kpis: pd.DataFrame,
    compared: pd.DataFrame,
    overrides: pd.DataFrame,
) -> pd.DataFrame:
    """Judge every live KPI's headline figure by the target and rule of its quarter.

    Args:
        headline: `AcceptedOutturns`, own headline figures of the quarter, or of several.
        rejected_refs: `kpi_ref` of the rows that were rejected.
        kpis: `KpisInForce` of the same quarters.
        compared: `ComparedOutturns` of them, for rules that ask for an improvement.
        overrides: The register's `Overrides`; other quarters' are left aside.

    Returns:
        `RatedOutturns`, one row for each KPI and quarter, in the order of `kpis`; of several
        quarters together only KPI and quarter tell rows apart. An override
        replaces a rating and never stands in for one; `rule_rag_code` keeps what was replaced.

    Raises:
        pandas.errors.MergeError: A KPI has two figures, two comparisons with one comparator, or
            two overrides.
        ValueError: A rule cannot judge by a KPI's polarity, or a comparison that it asks for is
            not there.
    """
    facts = _gathered(headline, kpis, compared)
    require_usable_rules(facts)
    reasons = not_rated_reasons(facts, rejected_refs)
    rated = facts.assign(
        **differences(facts),
        is_provisional=facts["is_provisional"].eq(True),
        not_rated_reason_code=reasons,
        rule_rag_code=rag(facts).where(reasons.isna()),
        forecast_rag_code=forecast_rag(facts),
    )
    return conform(_published(rated, overrides), stages.RatedOutturns)


def _gathered(headline: pd.DataFrame, kpis: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Put beside each KPI its figure, and its comparison where its rule asks for one."""
    figures = headline.drop(columns=["source_code"])
    comparisons = compared.rename(columns={"comparator_code": "improvement_comparator_code"})
    facts = kpis.merge(figures, on=["quarter_key", "kpi_ref"], how="left", validate="1:1").merge(
        comparisons[_COMPARISON_COLUMNS],
        on=["quarter_key", "kpi_ref", "improvement_comparator_code"],
        how="left",
        validate="1:1",
    )
    is_uncompared = is_kind(facts, RuleKind.IMPROVEMENT) & facts["direction_code"].isna()
    if is_uncompared.any():
        without = facts.loc[is_uncompared, ["kpi_ref", "quarter_key"]]
        named = [f"{ref} in {key}" for ref, key in without.itertuples(index=False, name=None)]
        found = ", ".join(named)
        raise ValueError(f"The comparison that their rule asks for is missing of: {found}.")
    is_held = (facts["direction_code"] == Direction.MAINTAINED) & facts["is_held_enough"]
    is_improved = facts["direction_code"] == Direction.IMPROVED
    return facts.assign(is_improvement_shown=is_improved | is_held)


def _published(rated: pd.DataFrame, overrides: pd.DataFrame) -> pd.DataFrame:
    """Let the quarter's overrides replace ratings; what the rule says stays beside them."""
    own = overrides[overrides["quarter_key"].isin(rated["quarter_key"].unique())]
    own = own[list(_OVERRIDE_COLUMNS)].rename(columns=_OVERRIDE_COLUMNS)
    rated = rated.merge(own, on=["quarter_key", "kpi_ref"], how="left", validate="1:1")
    is_rated = rated["rule_rag_code"].notna()
    is_overridden = is_rated & rated["override_rag_code"].notna()
    basis = pd.Series(RatingBasis.RULE.value, index=rated.index, dtype="str")
    basis = basis.mask(is_kind(rated, RuleKind.JUDGEMENT), RatingBasis.JUDGEMENT.value)
    basis = basis.mask(is_overridden, RatingBasis.OVERRIDE.value)
    decision = ("override_role", "override_date", "override_reason_text")
    return rated.assign(
        rag_code=rated["rule_rag_code"].mask(is_overridden, rated["override_rag_code"]),
        rating_basis_code=basis.where(is_rated),
        **{name: rated[name].where(is_overridden) for name in decision},
    )
