"""KPIs' own current figures, the ones that are rated, among all rows of a quarter's returns."""

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE


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


def rejected_headline_refs(rejected: pd.DataFrame, kpis: pd.DataFrame) -> pd.Series:
    """Return the KPIs whose own current figure came from their own source and was rejected.

    A rejected breakdown or restatement says nothing of the KPI's current figure, and a row in
    another source's return says nothing of what the KPI's own source sent.

    Args:
        rejected: `RejectedRows` of the quarter.
        kpis: `KpisInForce` of the quarter.

    Returns:
        Their `kpi_ref`, each once.
    """
    # A quarter that cannot be read may be this one, and then the figure has come.
    figure_quarters = rejected["figure_quarter_key"].fillna(rejected["quarter_key"])
    sources = rejected["kpi_ref"].map(kpis.set_index("kpi_ref")["source_code"])
    is_meant = (
        (rejected["breakdown_type_code"] == HEADLINE)
        & (figure_quarters == rejected["quarter_key"])
        & (sources == rejected["source_code"])
    )
    return rejected["kpi_ref"][is_meant].drop_duplicates().reset_index(drop=True)
