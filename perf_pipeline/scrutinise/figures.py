"""Checks of a figure against the figure before it and against its target."""

import numpy as np
import pandas as pd

from perf_pipeline.exact import is_at_most
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Basis, QualityCheck
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding, of_kpi
from perf_pipeline.scrutinise.wording import printed

_LEAST_OF_SCALE = 10
"""Figures and targets below this may well differ by a large factor."""


def zero_after_large(evidence: Evidence) -> list[Finding]:
    """Find figures of 0 where the one before, or last year's, was large.

    A year-to-date figure begins again in April, so that only one of the same year is before it.
    """
    figures = evidence.figures
    least = float(evidence.thresholds.zero_after_value)
    was_large = (figures["previous_value"].abs() >= least) & ~_begins_again(figures)
    was_large_yearly = figures["same_quarter_value"].abs() >= least
    key = figures["previous_due_quarter_key"].where(was_large, evidence.quarter.last_year.key)
    value = figures["previous_value"].where(was_large, figures["same_quarter_value"])
    is_found = (figures["outturn_value"] == 0) & (was_large | was_large_yearly)
    return [
        of_kpi(
            QualityCheck.ZERO_AFTER_LARGE,
            row,
            f"The figure is 0, and it was {printed(row.before_value, row.unit_code)} in "
            f"{Quarter.parse(row.before_key).label}. If there is no figure, leave the cell empty "
            "or say why; if it is 0, confirm it in the commentary.",
        )
        for row in rows_of(figures.assign(before_value=value, before_key=key)[is_found])
    ]


def _begins_again(figures: pd.DataFrame) -> pd.Series:
    """Tell which year-to-date figures are of another financial year than the one before."""
    has_both = figures["is_year_to_date"] & figures["previous_value"].notna()
    begins = pd.Series(data=False, index=figures.index)
    columns = ["previous_due_quarter_key", "arrears_quarter_count", "period_quarter_key"]
    for place, key, lag, period in figures.loc[has_both, columns].itertuples():
        before = Quarter.parse(key).shift(-int(lag))
        begins[place] = before.year != Quarter.parse(period).year
    return begins


def unchanged_with_commentary(evidence: Evidence) -> list[Finding]:
    """Find figures that are the same as before, with the same words."""
    figures = evidence.figures
    same = figures[figures["outturn_value"] == figures["previous_value"]]
    now, before = (
        same[column].map(_folded, na_action="ignore")
        for column in ("commentary_text", "previous_commentary_text")
    )
    return [
        of_kpi(
            QualityCheck.UNCHANGED_WITH_COMMENTARY,
            row,
            f"The figure, {printed(row.outturn_value, row.unit_code)}, and the commentary are "
            f"those of {Quarter.parse(row.previous_due_quarter_key).label}. Check that the return "
            "was filled in anew, and say what happened in the quarter.",
        )
        for row in rows_of(same[(now == before) & (now != "")])
    ]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def target_out_of_scale(evidence: Evidence) -> list[Finding]:
    """Find targets that are many times the figure, or the other way round."""
    figures = evidence.figures
    middle = (figures["lower_value"] + figures["upper_value"]) / 2
    target = figures["target_value"].fillna(middle)
    outturn = figures["outturn_value"]
    sizes = np.abs(np.column_stack([outturn.to_numpy(), target.to_numpy()]))
    smaller, larger = sizes.min(axis=1), sizes.max(axis=1)
    factor = np.full(len(figures), float(evidence.thresholds.scale_factor))
    is_out = is_at_most(lambda least, times, most: (least * times, most), smaller, factor, larger)
    is_out &= (np.sign(outturn) == np.sign(target)) & (smaller > 0) & (larger >= _LEAST_OF_SCALE)
    judged = figures.assign(judged_by_value=target)[is_out]
    return [
        of_kpi(
            QualityCheck.TARGET_OUT_OF_SCALE,
            row,
            f"The figure is {printed(row.outturn_value, row.unit_code)} against a target of "
            f"{printed(row.judged_by_value, row.unit_code)}. Check that both are in the same unit "
            "and about the same length of time.",
        )
        for row in rows_of(judged)
    ]


def target_not_moved_on(evidence: Evidence) -> list[Finding]:
    """Find year-to-date KPIs whose target is the one of the quarter before."""
    figures = evidence.figures
    is_counted_up = figures["is_year_to_date"] & figures["is_due"]
    is_targeted = figures["basis_code"] == Basis.TARGETED
    is_same = figures["target_value"] == figures["previous_target_value"]
    return [
        of_kpi(
            QualityCheck.TARGET_NOT_MOVED_ON,
            row,
            f"The target is {printed(row.target_value, row.unit_code)}, as it was in "
            f"{Quarter.parse(row.previous_due_quarter_key).label}, but the figure adds up from "
            "April. Give the target of each quarter in register/targets.csv.",
        )
        for row in rows_of(figures[is_counted_up & is_targeted & is_same])
    ]
