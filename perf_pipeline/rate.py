"""Accepted outturns and the register → a RAG, or the reason why there is none, for each live KPI.

Figures are compared unrounded. Arithmetic is in floats, and decided anew in decimals wherever
floats come too close to a boundary to be trusted, so that 0.1 + 0.2 is on 0.3.
"""

from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from perf_pipeline.rules import (
    HEADLINE,
    Basis,
    NotRatedReason,
    OutturnStatus,
    Polarity,
    Rag,
    RuleKind,
)
from perf_pipeline.schemas import conform, stages

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

_NEAR = 1e-12
"""Relative distance from a boundary within which floats are not trusted.

Two subtractions and a product of floats err by less than 1e-15 of the largest number involved.
"""

_SHOWN_DECIMALS = 10
"""Differences are kept to so many decimals, which drops what float subtraction adds."""

_SHOWN_DIGITS = 15
"""Those of large figures are kept to fewer: a float holds so many digits of a figure exactly."""

_POWERS = np.array([10**places for places in range(_SHOWN_DECIMALS + 1)], dtype=np.float64)

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


def rate_outturns(
    accepted: pd.DataFrame, rejected_refs: pd.Series, kpis: pd.DataFrame
) -> pd.DataFrame:
    """Judge every live KPI's headline figure by the target and rule of its quarter.

    Args:
        accepted: `AcceptedOutturns` of the quarter's returns; other quarters' figures and
            breakdowns are left aside.
        rejected_refs: `kpi_ref` of the rows that were rejected.
        kpis: `KpisInForce` of the quarter.

    Returns:
        `RatedOutturns`, one row for each KPI, in the register's order. A KPI is short of its
        target by target less outturn where higher is better, the other way round where lower is.
    """
    outturns = _headline(accepted, kpis)
    outturns["not_rated_reason_code"] = _reasons(outturns, rejected_refs)
    judged = outturns["not_rated_reason_code"].isna().to_numpy()
    rated = outturns.assign(**_differences(outturns))
    for column in ("variance_value", "shortfall_value"):
        rated[column] = rated[column].where(outturns["outturn_value"].notna())
    rated["rag_code"] = pd.Series(_rag(rated), index=rated.index, dtype="str").where(judged)
    return conform(rated, stages.RatedOutturns)


def _headline(accepted: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    is_headline = accepted["breakdown_type_code"] == HEADLINE
    is_current = accepted["quarter_key"] == accepted["return_quarter_key"]
    figures = accepted[is_headline & is_current].drop(columns=["quarter_key", "source_code"])
    return kpis.merge(figures, on="kpi_ref", how="left", validate="1:1")


def _reasons(outturns: pd.DataFrame, rejected_refs: pd.Series) -> pd.Series:
    """Find why a KPI is not rated; the first that holds in the order written here."""
    status = outturns["outturn_status_code"]
    basis = outturns["basis_code"]
    has_figure = outturns["outturn_value"].notna()
    is_developing = basis == Basis.IN_DEVELOPMENT
    conditions = [
        (is_developing, NotRatedReason.IN_DEVELOPMENT),
        (~outturns["is_due"] & ~has_figure, NotRatedReason.NOT_DUE),
        (status.isna() & outturns["kpi_ref"].isin(rejected_refs), NotRatedReason.REJECTED),
        (status.isna(), NotRatedReason.NOT_RETURNED),
    ]
    reasons = pd.Series(None, index=outturns.index, dtype="str")
    for condition, reason in conditions:
        reasons = reasons.mask(reasons.isna() & condition, reason.value)
    for found in (
        status.map(_STATUS_REASONS),
        basis.map(_BASIS_REASONS),
        pd.Series(NotRatedReason.NO_TARGET.value, index=outturns.index).where(
            outturns["target_value"].isna()
        ),
    ):
        reasons = reasons.fillna(found.astype("str"))
    return reasons


def _differences(outturns: pd.DataFrame) -> dict[str, Floats]:
    outturn = outturns["outturn_value"].to_numpy(float)
    target = outturns["target_value"].to_numpy(float)
    variance = _tidied(outturn - target, np.fmax(np.abs(outturn), np.abs(target)))
    return {
        "variance_value": variance,
        "shortfall_value": variance * _sign(outturns) + 0.0,
        "green_limit_value": _limit(outturns, "green_tolerance_value"),
        "amber_limit_value": _limit(outturns, "amber_tolerance_value"),
    }


def _sign(outturns: pd.DataFrame) -> Floats:
    """Return what turns outturn less target into a shortfall: 1 where lower is better."""
    is_lower = (outturns["polarity_code"] == Polarity.LOWER).to_numpy(dtype=bool)
    return np.asarray(np.where(is_lower, 1.0, -1.0), dtype=np.float64)


def _limit(outturns: pd.DataFrame, tolerance: str) -> Floats:
    given = outturns[tolerance].to_numpy(float)
    target = np.abs(outturns["target_value"].to_numpy(float))
    is_relative = (outturns["rule_kind_code"] == RuleKind.TOLERANCE_RELATIVE).to_numpy()
    limits: Floats = np.where(is_relative, target * given / 100, given + 0 * target)
    return _tidied(limits, limits)


def _tidied(values: Floats, operands: Floats) -> Floats:
    """Drop what float arithmetic adds to figures, and the sign of a zero.

    The larger the operands, the fewer decimals they can have, and the result with them.
    """
    whole_digits = np.ceil(np.log10(np.fmax(operands, 1.0)))
    places = np.clip(_SHOWN_DIGITS - whole_digits, 0, _SHOWN_DECIMALS).astype(int)
    scale = _POWERS[places]
    tidied: Floats = np.rint(values * scale) / scale + 0.0
    return tidied


def _rag(outturns: pd.DataFrame) -> npt.NDArray[np.object_]:
    is_green = _is_within(outturns, "green_tolerance_value")
    is_amber = _is_within(outturns, "amber_tolerance_value")
    worse = np.where(is_amber, Rag.AMBER.value, Rag.RED.value)
    ratings: npt.NDArray[np.object_] = np.where(is_green, Rag.GREEN.value, worse).astype(object)
    return ratings


def _is_within(outturns: pd.DataFrame, tolerance: str) -> Booleans:
    """Tell where the shortfall is within a tolerance, its boundary included."""
    outturn = outturns["outturn_value"].to_numpy(float)
    target = outturns["target_value"].to_numpy(float)
    limit = _limit(outturns, tolerance)
    gap = (outturn - target) * _sign(outturns) - limit
    size = np.abs(outturn) + np.abs(target) + np.abs(limit)
    within: Booleans = gap <= 0
    doubtful = np.abs(gap) <= np.maximum(size * _NEAR, 10.0**-_SHOWN_DECIMALS)
    for index in np.flatnonzero(doubtful):
        within[index] = _is_within_exactly(outturns.iloc[index], tolerance)
    return within


def _is_within_exactly(row: pd.Series, tolerance: str) -> bool:
    outturn, target, given = (
        Decimal(repr(float(row[name]))) for name in ("outturn_value", "target_value", tolerance)
    )
    is_lower = row["polarity_code"] == Polarity.LOWER
    shortfall = outturn - target if is_lower else target - outturn
    is_relative = row["rule_kind_code"] == RuleKind.TOLERANCE_RELATIVE
    limit = abs(target) * given / 100 if is_relative else given
    return shortfall <= limit
