"""KPIs counted by a code: live, rated, of each rating and of each direction of travel."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perf_pipeline.rules import Comparator, Direction, Rag
from perf_pipeline.summarise.printing import printed_share

Counts = Mapping[str, int]
"""Numbers of KPIs by column of a summary."""

DIRECTION_COLUMNS = {
    period: f"direction_{period}_code"
    for period in (Comparator.PREVIOUS_QUARTER, Comparator.LAST_YEAR)
}
"""The scorecard's columns of the directions of travel that are counted, by comparator."""

RATING_COUNTS = ("kpi_count", "rated_count", *(f"{rag}_count" for rag in Rag))
DIRECTION_COUNTS = tuple(
    f"{direction}_{period}_count" for period in DIRECTION_COLUMNS for direction in Direction
)


def count_ratings(kpis: pd.DataFrame, key: str) -> Mapping[str, Counts]:
    """Count KPIs by a code and by what they are rated.

    Args:
        kpis: A frame with `rag_code` and the key, a row for each KPI.
        key: The column with the code.

    Returns:
        `RATING_COUNTS` of each code that a KPI has.
    """
    marked: defaultdict[str, list[str]] = defaultdict(list)
    for code, rag in zip(kpis[key].tolist(), kpis["rag_code"].tolist(), strict=True):
        marked[code] += ["kpi_count"] if pd.isna(rag) else _of_rated(rag)
    return _counted(marked, RATING_COUNTS)


def count_directions(scorecard: pd.DataFrame, key: str) -> Mapping[str, Counts]:
    """Count the KPIs of a `KpiScorecard` by a code and by their directions of travel.

    Returns:
        `DIRECTION_COUNTS` of each code that a KPI has.
    """
    marked: defaultdict[str, list[str]] = defaultdict(list)
    columns = [scorecard[name].tolist() for name in (key, *DIRECTION_COLUMNS.values())]
    for code, *directions in zip(*columns, strict=True):
        pairs = zip(DIRECTION_COLUMNS, directions, strict=True)
        marked[code] += [f"{direction}_{period}_count" for period, direction in pairs]
    return _counted(marked, DIRECTION_COUNTS)


def require_listed(codes: pd.Series, listed: pd.Series) -> None:
    """Refuse to count KPIs that would be counted nowhere, or twice.

    Args:
        codes: The KPIs' codes; the series' name says what they are.
        listed: The codes that are counted by.

    Raises:
        ValueError: A KPI's code is not listed, or is listed twice.
    """
    times = Counter(listed.tolist())
    astray = set(codes.tolist()) - times.keys()
    if astray:
        named = ", ".join(sorted(map(str, astray)))
        raise ValueError(f"Not listed as {codes.name}, and so counted nowhere: {named}.")
    twice = sorted(code for code, number in times.items() if number > 1)
    if twice:
        raise ValueError(f"Listed twice as {codes.name}: {', '.join(twice)}.")


def shares(counts: Counts) -> Iterator[tuple[str, Any]]:
    """Give the share of each rating among the rated KPIs, as a number and as printed."""
    rated = counts["rated_count"]
    for rag in Rag:
        count = counts[f"{rag}_count"]
        yield f"{rag}_pct", 100 * count / rated if rated else None
        yield f"{rag}_text", printed_share(count, rated)


def _of_rated(rag: str) -> list[str]:
    return ["kpi_count", "rated_count", f"{rag}_count"]


def _counted(marked: Mapping[str, list[str]], columns: Sequence[str]) -> Mapping[str, Counts]:
    """Return how often each code is marked for each column; a code not marked has none of each."""
    none = dict.fromkeys(columns, 0)
    counts = {code: {**none, **Counter(marks)} for code, marks in marked.items()}
    return defaultdict(lambda: none, counts)
