"""Process limits of a KPI's own history: the XmR chart of the NHS's Making Data Count.

Limits lie three standard deviations either side of the mean, and the standard deviation is taken
to be the mean moving range over 1.128, which is the expected range of two figures: mean ± 2.66
mean moving ranges.
"""

import pandas as pd

from perf_pipeline.rules import QualityCheck
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding, of_kpi
from perf_pipeline.scrutinise.wording import printed

_D2 = 1.128
_SIGMAS = 3
_ROUNDING = 1e-9
"""Relative distance from a limit that is put down to the rounding of means."""


def control_limits(earlier: pd.DataFrame) -> pd.DataFrame:
    """Draw the limits of each KPI's earlier figures.

    Moving ranges are between figures that follow each other; a quarter without a figure is passed
    over.

    Args:
        earlier: kpi_ref, quarter_key and outturn_value, one row for each figure, in any order.

    Returns:
        A row for each kpi_ref (the index): figure_count, mean_value, moving_range_value (the mean
        one; NaN for a single figure), lower_limit_value and upper_limit_value.
    """
    ordered = earlier.sort_values(["kpi_ref", "quarter_key"])
    ranges = ordered.groupby("kpi_ref", sort=False)["outturn_value"].diff().abs()
    ordered = ordered.assign(moving_range_value=ranges)
    limits = ordered.groupby("kpi_ref").agg(
        figure_count=("outturn_value", "count"),
        mean_value=("outturn_value", "mean"),
        moving_range_value=("moving_range_value", "mean"),
    )
    reach = _SIGMAS / _D2 * limits["moving_range_value"]
    return limits.assign(
        lower_limit_value=limits["mean_value"] - reach,
        upper_limit_value=limits["mean_value"] + reach,
    )


def outside_control_limits(evidence: Evidence) -> list[Finding]:
    """Find figures outside their KPI's limits, for KPIs that do not add up over the year."""
    limits = control_limits(_on_the_present_basis(evidence))
    is_enough = limits["figure_count"] >= evidence.thresholds.least_limit_figures
    figures = evidence.figures[~evidence.figures["is_year_to_date"]]
    joined = figures.merge(
        limits[is_enough], left_on="kpi_ref", right_index=True, validate="1:1", sort=False
    ).sort_index()
    low, high = joined["lower_limit_value"], joined["upper_limit_value"]
    slack = _ROUNDING * (low.abs() + high.abs())
    value = joined["outturn_value"]
    is_outside = (value < low - slack) | (value > high + slack)
    return [
        of_kpi(
            QualityCheck.OUTSIDE_CONTROL_LIMITS,
            row,
            f"The figure is {printed(row.outturn_value, row.unit_code)}; by its "
            f"{row.figure_count} earlier figures it should lie between "
            f"{printed(row.lower_limit_value, row.unit_code)} and "
            f"{printed(row.upper_limit_value, row.unit_code)}. Check the figure; if it is right, "
            "say in the commentary what has changed.",
        )
        for row in rows_of(joined[is_outside])
    ]


def _on_the_present_basis(evidence: Evidence) -> pd.DataFrame:
    """Return the earlier figures since each KPI's series was last broken."""
    earlier = evidence.comparators[evidence.comparators["quarter_key"] < evidence.quarter.key]
    breaks = evidence.breaks[evidence.breaks["quarter_key"] <= evidence.quarter.key]
    latest = earlier["kpi_ref"].map(breaks.groupby("kpi_ref")["quarter_key"].max()).astype("str")
    return earlier[latest.isna() | (earlier["quarter_key"] >= latest)]
