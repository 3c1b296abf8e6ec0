"""KPIs' own current figures, the ones that are rated, among all rows of a quarter's returns."""

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE, RowOutcome
from perf_pipeline.validate.kpis_of_rows import WRONG_SOURCE
from perf_pipeline.validate.outcomes import REASON_SEPARATOR


def headline_outturns(accepted: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Return the KPIs' own figures of a quarter, each from that quarter's return.

    Args:
        accepted: `AcceptedOutturns` of any quarters; breakdowns and restatements are left out.
        quarter: The quarter.

    Returns:
        `AcceptedOutturns`, at most one row for each KPI.
    """
    is_current = (accepted["quarter_key"] == quarter.key) & (
        accepted["return_quarter_key"] == quarter.key
    )
    is_headline = accepted["breakdown_type_code"] == HEADLINE
    return accepted[is_current & is_headline].reset_index(drop=True)


def rejected_headline_refs(rejected: pd.DataFrame) -> pd.Series:
    """Return the KPIs whose own current figure came from their own source and was rejected.

    A rejected breakdown or restatement says nothing of the KPI's current figure, and a row in
    another source's return says nothing of what the KPI's own source sent.

    Args:
        rejected: `CheckedRows` of the quarter's returns; only rejected rows are looked at.

    Returns:
        Their `kpi_ref`, each once.
    """
    reasons = rejected["outcome_reason_code"].fillna("").str.split(REASON_SEPARATOR, regex=False)
    is_meant = (
        (rejected["row_outcome_code"] == RowOutcome.REJECTED)
        & (rejected["breakdown_type_code"] == HEADLINE)
        & (rejected["quarter_key"] == rejected["return_quarter_key"])
        & ~reasons.map(lambda codes: WRONG_SOURCE in codes).astype(bool)
    )
    refs = rejected["kpi_ref"][is_meant].dropna()
    return refs.drop_duplicates().reset_index(drop=True)
