"""Why a KPI is not rated."""

import pandas as pd

from perf_pipeline.rate.bands import is_kind, lacks_target
from perf_pipeline.rules import Basis, NotRatedReason, OutturnStatus, RuleKind

_STATUS_REASONS = {
    OutturnStatus.BLANK.value: NotRatedReason.NOT_RETURNED.value,
    OutturnStatus.NO_FIGURE.value: NotRatedReason.NOT_RETURNED.value,
    OutturnStatus.NOT_AVAILABLE.value: NotRatedReason.NOT_RETURNED.value,
    OutturnStatus.AWAITING.value: NotRatedReason.AWAITING.value,
    OutturnStatus.SUPPRESSED.value: NotRatedReason.SUPPRESSED.value,
    OutturnStatus.NOT_APPLICABLE.value: NotRatedReason.NOT_APPLICABLE.value,
    OutturnStatus.NOT_CALCULABLE.value: NotRatedReason.NOT_CALCULABLE.value,
    OutturnStatus.NOT_DUE.value: NotRatedReason.NOT_DUE.value,
}
_BASIS_REASONS = {
    basis.value: NotRatedReason(basis.value).value for basis in Basis if basis != Basis.TARGETED
}


def not_rated_reasons(facts: pd.DataFrame, rejected_refs: pd.Series) -> pd.Series:
    """Find why KPIs are not rated; the first reason that holds, in the order written here.

    Args:
        facts: `KpisInForce` with each KPI's outturn beside it, null where there is none.
        rejected_refs: `kpi_ref` of the rows that were rejected.

    Returns:
        `NotRatedReason` codes by the frame's index, null where nothing hinders a rating.
    """
    status, basis = facts["outturn_status_code"], facts["basis_code"]
    is_judgement = is_kind(facts, RuleKind.JUDGEMENT)
    is_stated = is_judgement & facts["stated_rag_code"].notna()
    is_told = facts["outturn_value"].notna() | is_stated
    is_refused = facts["kpi_ref"].isin(rejected_refs)
    found = [
        _reason(NotRatedReason.IN_DEVELOPMENT, basis == Basis.IN_DEVELOPMENT),
        _reason(NotRatedReason.NOT_DUE, ~facts["is_due"] & ~is_told),
        _reason(NotRatedReason.REJECTED, status.isna() & is_refused),
        _reason(NotRatedReason.NOT_RETURNED, status.isna()),
        status.map(_STATUS_REASONS).astype("str").mask(is_stated),
        basis.map(_BASIS_REASONS).astype("str"),
        _reason(NotRatedReason.NO_TARGET, lacks_target(facts)),
        _reason(NotRatedReason.NO_JUDGEMENT, is_judgement & ~is_stated),
    ]
    reasons = pd.Series(None, index=facts.index, dtype="str")
    for each in found:
        reasons = reasons.fillna(each)
    return reasons


def _reason(reason: NotRatedReason, holds: pd.Series) -> pd.Series:
    return pd.Series(reason.value, index=holds.index, dtype="str").where(holds)
