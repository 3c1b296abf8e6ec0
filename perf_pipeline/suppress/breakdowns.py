"""Figures broken down by what tells people apart, with those that could tell of a person hidden."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE, SUPPRESSED_MARK, OutturnStatus, SmallNumbers
from perf_pipeline.schemas import conform, stages, withheld
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.suppress.counts import counts_of, is_unknown, is_withheld, unseen_counts
from perf_pipeline.suppress.pattern import (
    QuarterCounts,
    hidden_in_quarter,
    hidden_in_year,
)

_BREAKDOWN = ["kpi_ref", "breakdown_type_code"]
_CATEGORY = "breakdown_category_code"
_UNSEEN = ""
"""What the categories leave of the KPI's own figure stands where no category can."""

_FIGURES = ["outturn_value", "numerator_value", "denominator_value"]
_COUNTED = [*_BREAKDOWN, _CATEGORY, "quarter_key", "outturn_status_code", *_FIGURES]
_WORDS = ["commentary_text", "action_text", "rating_reason_text"]


class Suppressed(NamedTuple):
    """What readers may see, and what they may not.

    Attributes:
        outturns: `AcceptedOutturns`: the same rows, hidden figures without what they hold.
        withheld: `WithheldFigures`: what hidden rows held, for the council alone.
    """

    outturns: pd.DataFrame
    withheld: pd.DataFrame


def suppress_breakdowns(
    accepted: pd.DataFrame,
    earlier: pd.DataFrame,
    kpis: pd.DataFrame,
    rules: Mapping[str, SmallNumbers],
    due: Mapping[str, Collection[str]],
) -> Suppressed:
    """Hide small counts of people in the breakdowns of a quarter, and what would give them back.

    A KPI that adds up from April is looked at together with the quarters before it: what was
    hidden stays hidden until the year ends, and what was added since is a count as well. Where a
    quarter's return should have the KPI and says nothing of it now, nobody can tell what was shown
    and what was added: then the whole breakdown is hidden.

    Args:
        accepted: `AcceptedOutturns` of the quarter's returns.
        earlier: `AcceptedOutturns` of earlier quarters, each under the KPIs' present references.
        kpis: `KpisInForce` of the quarter.
        rules: Which counts are small, by quarter: in the one reported and the three before it.
        due: Present references of the KPIs that were due, by earlier quarter of those.

    Returns:
        The rows of `accepted`, in their order, and what is hidden of them.
    """
    current = _as_returned(accepted, [max(rules)])
    stated = pd.concat([_as_returned(earlier, rules), current])
    live = {kpi.kpi_ref: kpi for kpi in rows_of(kpis)}
    is_hidden = pd.Series(data=False, index=accepted.index)
    parts = current[current["breakdown_type_code"] != HEADLINE]
    for (kpi_ref, kind), rows in parts.groupby(_BREAKDOWN):
        of_kpi = stated[stated["kpi_ref"] == kpi_ref]
        told = of_kpi["quarter_key"].unique()
        lost = [key for key, refs in due.items() if kpi_ref in refs and key not in told]
        hidden = _hidden_codes(of_kpi, live[str(kpi_ref)], str(kind), rules, lost)
        is_hidden[rows.index[rows[_CATEGORY].isin(hidden)]] = True
    kept = conform(accepted[is_hidden], withheld.WithheldFigures)
    return Suppressed(_without_figures(accepted, is_hidden), kept)


def _as_returned(outturns: pd.DataFrame, quarter_keys: Iterable[str]) -> pd.DataFrame:
    """Return what is counted in rows of quarters, each from that quarter's own return."""
    is_current = outturns["quarter_key"] == outturns["return_quarter_key"]
    return outturns[_COUNTED][is_current & outturns["quarter_key"].isin(list(quarter_keys))]


def _hidden_codes(
    rows: pd.DataFrame,
    kpi: Any,
    kind: str,
    rules: Mapping[str, SmallNumbers],
    lost: Sequence[str],
) -> set[str]:
    """Return the categories of one breakdown that are hidden in the last quarter of its rows."""
    first = _first_quarter_key(kpi)
    rows = rows[rows["quarter_key"] >= first]
    parts = rows[rows["breakdown_type_code"] == kind]
    categories = pd.Index(parts[_CATEGORY].unique())
    quarters = [
        _quarter_counts(rows[rows["quarter_key"] == key], categories, kpi, kind, rules[str(key)])
        for key in sorted(parts["quarter_key"].unique())
    ]
    if not kpi.is_year_to_date:
        return {*categories[hidden_in_quarter(quarters[-1])]}
    return {*categories[hidden_in_year(quarters, has_gap=any(key >= first for key in lost))]}


def _first_quarter_key(kpi: Any) -> str:
    """Return the first quarter of reporting whose figures are part of the KPI's present ones."""
    quarter, period = map(Quarter.parse, (kpi.quarter_key, kpi.period_quarter_key))
    return quarter.shift(1 - period.number).key if kpi.is_year_to_date else quarter.key


def _quarter_counts(
    rows: pd.DataFrame, categories: pd.Index, kpi: Any, kind: str, rule: SmallNumbers
) -> QuarterCounts:
    parts = rows[rows["breakdown_type_code"] == kind].set_index(_CATEGORY)
    places = categories.append(pd.Index([_UNSEEN]))
    counts = counts_of(parts, kpi.unit_code).reindex(places)
    if not rule.covers(kind):
        # What the service withholds itself needs a partner in any breakdown.
        unknown = is_withheld(parts).reindex(places, fill_value=False)
        return QuarterCounts(counts.to_numpy(), unknown.to_numpy(), 0)
    unknown = is_unknown(parts, kpi.unit_code).reindex(places, fill_value=False)
    counts.loc[_UNSEEN], unknown[_UNSEEN] = unseen_counts(rows, kind, kpi.unit_code)
    return QuarterCounts(counts.to_numpy(), unknown.to_numpy(), rule.threshold)


def _without_figures(accepted: pd.DataFrame, is_hidden: pd.Series) -> pd.DataFrame:
    masked = accepted.copy()
    masked.loc[is_hidden, _FIGURES] = float("nan")
    masked.loc[is_hidden, _WORDS] = None
    masked.loc[is_hidden, "outturn_status_code"] = OutturnStatus.SUPPRESSED.value
    masked.loc[is_hidden, "raw_value_text"] = SUPPRESSED_MARK
    return conform(masked, stages.AcceptedOutturns)
