"""This quarter's figures and earlier ones → each KPI's direction of travel by each comparator."""

import numpy as np
import pandas as pd

from perf_pipeline.compare.earlier import QUARTERS_BACK
from perf_pipeline.compare.standing import change_units, changes, differences, measures, standings
from perf_pipeline.compare.trend import LEAST_FIGURES, draw_trends
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparator, Comparison, Direction, NotComparableReason
from perf_pipeline.schemas import conform, stages

_DIRECTIONS = {
    1: Direction.IMPROVED.value,
    0: Direction.MAINTAINED.value,
    -1: Direction.DECLINED.value,
}


_LABELS = {
    Comparator.PREVIOUS_QUARTER.value: "Previous figure",
    Comparator.LAST_YEAR.value: "Last year",
    Comparator.TREND.value: "Trend",
}


def compare_outturns(
    headline: pd.DataFrame,
    comparators: pd.DataFrame,
    kpis: pd.DataFrame,
    quarter: Quarter,
    breaks: pd.DataFrame,
    comparison: Comparison,
) -> pd.DataFrame:
    """Compare each KPI's figure with each comparator.

    A percentage moves in points, another figure in percent of the absolute earlier one. A change
    on the edge of the dead band is within it. Of a KPI whose figures add up from April only
    figures of the same point of the year are compared.

    Args:
        headline: `AcceptedOutturns` that are the KPIs' own figures of the quarter.
        comparators: `ComparatorOutturns`; those of the quarter itself or later are left aside.
        kpis: `KpisInForce`.
        quarter: The quarter of the figures.
        breaks: The register's `SeriesBreaks`, of whatever quarters.
        comparison: How the council compares.

    Returns:
        `ComparedOutturns`: for each KPI, in the register's order, a row for each comparator. The
        comparator's figure is shown also where it cannot be compared with. A trend is drawn only
        through figures since the latest break; its comparator has no origin, being no figure.

    Raises:
        pandas.errors.MergeError: A KPI has two figures, or two breaks, of one quarter.
    """
    facts = _facts(headline, kpis, quarter, breaks, comparison)
    earlier = comparators[comparators["quarter_key"] < quarter.key]
    pairs = _pairs(facts, earlier, quarter)
    # A baseline may be older, and of whatever age other KPIs' baselines are.
    recent = earlier[earlier["quarter_key"] >= quarter.shift(-QUARTERS_BACK).key]
    trends = facts.assign(comparator_code=Comparator.TREND.value).join(
        draw_trends(facts, recent, quarter, comparison.trend_quarters), validate="1:1"
    )
    rows = pd.concat([pairs, trends]).sort_values("kpi_order", kind="stable", ignore_index=True)
    rows["not_comparable_reason_code"] = _reasons(rows, quarter)
    is_comparable = rows["not_comparable_reason_code"].isna()
    directions = rows["standing"].map(_DIRECTIONS).astype("str")
    compared = rows.assign(
        quarter_key=quarter.key,
        is_series_broken=_is_broken(rows),
        comparator_label=rows["comparator_code"].map(
            _LABELS | {Comparator.BASELINE.value: comparison.baseline_name}
        ),
        change_value=rows["change_value"].where(is_comparable),
        change_unit_code=change_units(rows["is_in_points"]),
        direction_code=directions.where(is_comparable, Direction.NOT_COMPARABLE.value),
    )
    return conform(compared, stages.ComparedOutturns)


def _facts(
    headline: pd.DataFrame,
    kpis: pd.DataFrame,
    quarter: Quarter,
    breaks: pd.DataFrame,
    comparison: Comparison,
) -> pd.DataFrame:
    """Put beside each KPI its figure, its latest break, and how its figures are measured."""
    facts = measures(kpis, comparison.dead_band_points, comparison.dead_band_pct)
    known = ["is_year_to_date", "previous_due_quarter_key", "baseline_quarter_key"]
    facts = facts.assign(**{name: kpis[name] for name in known}, kpi_order=np.arange(len(kpis)))
    figures = headline[["kpi_ref", "outturn_value"]]
    facts = facts.merge(figures, on="kpi_ref", how="left", validate="1:1")
    latest = _latest_breaks(breaks, quarter)
    return facts.merge(latest, on="kpi_ref", how="left", validate="1:1")


def _latest_breaks(breaks: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Keep each KPI's latest break: where any lies between two quarters, that one does."""
    reached = breaks[breaks["quarter_key"] <= quarter.key]
    latest = reached.groupby("kpi_ref")["quarter_key"].transform("max")
    columns = {"quarter_key": "break_quarter_key", "reason_code": "break_reason_code"}
    kept = reached.loc[reached["quarter_key"] == latest, ["kpi_ref", *columns]]
    return kept.rename(columns=columns)


def _pairs(facts: pd.DataFrame, earlier: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Put each KPI's figure beside that of each comparator quarter."""
    last_year = pd.Series(quarter.last_year.key, index=facts.index, dtype="str")
    quarter_keys = {
        Comparator.PREVIOUS_QUARTER.value: facts["previous_due_quarter_key"],
        Comparator.LAST_YEAR.value: last_year,
        Comparator.BASELINE.value: facts["baseline_quarter_key"],
    }
    rows = pd.concat(
        [
            facts.assign(comparator_code=code, comparator_quarter_key=keys)
            for code, keys in quarter_keys.items()
        ],
        ignore_index=True,
    )
    columns = {
        "quarter_key": "comparator_quarter_key",
        "outturn_value": "comparator_value",
        "origin_text": "comparator_origin_text",
    }
    known = earlier[["kpi_ref", *columns]].rename(columns=columns)
    keys = ["kpi_ref", "comparator_quarter_key"]
    rows = rows.merge(known, on=keys, how="left", validate="m:1")
    outturn, other = (rows[name].to_numpy() for name in ("outturn_value", "comparator_value"))
    in_points = rows["is_in_points"].to_numpy()
    return rows.assign(
        change_value=changes(differences(outturn, other), other, in_points),
        standing=standings(rows, lambda *pair: pair, outturn, other),
    )


def _is_broken(rows: pd.DataFrame) -> pd.Series:
    """Tell where a break lies between the figures, whatever else keeps them from comparing."""
    is_before = rows["comparator_quarter_key"] < rows["break_quarter_key"]
    return is_before.fillna(value=False).astype("bool")


def _reasons(rows: pd.DataFrame, quarter: Quarter) -> pd.Series:
    """Find why a row cannot be compared; the first that holds in the order written here."""
    is_trend = rows["comparator_code"] == Comparator.TREND
    is_baseline = rows["comparator_code"] == Comparator.BASELINE
    then = rows["comparator_quarter_key"]
    is_other_point = then.notna() & (then.str[-2:] != f"Q{quarter.number}")
    conditions = [
        (rows["outturn_value"].isna(), NotComparableReason.NO_FIGURE),
        (rows["sign"].isna(), NotComparableReason.NO_POLARITY),
        (rows["is_year_to_date"] & (is_trend | is_other_point), NotComparableReason.YEAR_TO_DATE),
        (is_baseline & then.isna(), NotComparableReason.NO_BASELINE),
        (_is_broken(rows), rows["break_reason_code"]),
        (is_trend & (rows["figure_count"] < LEAST_FIGURES), NotComparableReason.TOO_FEW_FIGURES),
        (rows["comparator_value"].isna(), NotComparableReason.NO_EARLIER_FIGURE),
    ]
    reasons = pd.Series(None, index=rows.index, dtype="str")
    for condition, reason in conditions:
        found = reason.value if isinstance(reason, NotComparableReason) else reason
        reasons = reasons.mask(reasons.isna() & condition.fillna(value=False), found)
    return reasons
