"""Whether the summaries count what the scorecard holds, counted anew by another road."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from perf_pipeline.rules import Direction, Rag
from perf_pipeline.summarise.counting import DIRECTION_COLUMNS

_KEYS = {
    "directorate_summary": "directorate_code",
    "service_summary": "service_code",
    "priority_summary": "priority_code",
    "theme_summary": "theme_code",
    "owner_summary": "owner_name",
}
_WHOLE = "council_summary"
_COLUMNS = [
    "kpi_count",
    "rated_count",
    *(f"{rag}_count" for rag in Rag),
    *(f"{direction}_{period}_count" for period in DIRECTION_COLUMNS for direction in Direction),
]

Counts = dict[tuple[str, str], int]
"""Numbers by code and column."""


def summary_imbalance(scorecard: pd.DataFrame, summaries: Mapping[str, pd.DataFrame]) -> str | None:
    """Say where a summary does not add up to the scorecard, or nothing when all do.

    Each count is held against the KPIs of its own code, so that errors which cancel out between
    two rows are found. No arithmetic is shared with the functions that made the summaries.

    Args:
        scorecard: `KpiScorecard`.
        summaries: Summaries by table name.

    Raises:
        KeyError: A name is that of no summary that counts every KPI once.
    """
    faults = [
        fault for name, summary in summaries.items() for fault in _faults(name, summary, scorecard)
    ]
    return "; ".join(faults) or None


def _faults(name: str, summary: pd.DataFrame, scorecard: pd.DataFrame) -> Iterator[str]:
    if name == _WHOLE:
        codes, rows = ["the council"] * len(scorecard), ["the council"] * len(summary)
    else:
        key = _KEYS[name]
        codes, rows = scorecard[key].fillna("").tolist(), summary[key].fillna("").tolist()
    stated, truth = _stated(rows, summary), _recounted(codes, scorecard)
    for code, column in dict.fromkeys([*stated, *truth]):
        found, expected = stated.get((code, column), 0), truth.get((code, column), 0)
        if pd.isna(found) or found != expected:
            yield f"{name}.{column} of {code or 'no code'} is {found}, the scorecard has {expected}"


def _stated(codes: list[str], summary: pd.DataFrame) -> Counts:
    """Read the summary's counts; a code's rows are added up, should there be several."""
    stated: Counts = {}
    for column in _COLUMNS:
        for code, number in zip(codes, summary[column], strict=True):
            stated[code, column] = stated.get((code, column), 0) + number
    return stated


def _recounted(codes: list[str], scorecard: pd.DataFrame) -> Counts:
    """Tally every KPI by its code and each of its properties."""
    truth: Counter[tuple[str, str]] = Counter()
    ratings = scorecard["rag_code"].tolist()
    for (code, rag), number in Counter(zip(codes, ratings, strict=True)).items():
        is_rated = pd.notna(rag)
        for column in ("kpi_count", *(("rated_count", f"{rag}_count") if is_rated else ())):
            truth[code, column] += number
    for period, column in DIRECTION_COLUMNS.items():
        tally = Counter(zip(codes, scorecard[column].tolist(), strict=True))
        for (code, direction), number in tally.items():
            truth[code, f"{direction}_{period}_count"] += number
    return truth
