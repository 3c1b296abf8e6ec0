"""KPIs counted by a code: live, rated, of each rating and of each direction of travel."""

from collections.abc import Mapping

import pandas as pd

from perf_pipeline.rules import Comparator, Direction, Rag
from perf_pipeline.summarise.printing import printed_share

Marks = Mapping[str, "pd.Series[bool]"]
"""For each count, which KPIs are in it."""

DIRECTION_COLUMNS = {
    period: f"direction_{period}_code"
    for period in (Comparator.PREVIOUS_QUARTER, Comparator.LAST_YEAR)
}
"""The scorecard's columns of the directions of travel that are counted, by comparator."""


def rating_marks(kpis: pd.DataFrame) -> Marks:
    """Mark each KPI for the counts of ratings that it is in.

    Args:
        kpis: A frame with `rag_code`, a row for each KPI.
    """
    ratings = kpis["rag_code"]
    return {
        "kpi_count": pd.Series(data=True, index=kpis.index),
        "rated_count": ratings.notna(),
        **{f"{rag}_count": ratings == rag for rag in Rag},
    }


def direction_marks(scorecard: pd.DataFrame) -> Marks:
    """Mark each KPI of a `KpiScorecard` for the counts of directions that it is in."""
    return {
        f"{direction}_{period}_count": scorecard[column] == direction
        for period, column in DIRECTION_COLUMNS.items()
        for direction in Direction
    }


def count_marks(marks: Marks, codes: pd.Series, listed: pd.Series) -> pd.DataFrame:
    """Count marked KPIs by code.

    Args:
        marks: For each count, which KPIs are in it.
        codes: The KPIs' codes, row by row as the marks.
        listed: The codes to count by; a KPI of another code is in no count.

    Returns:
        A row for each listed code, in their order and numbered from 0; a column for each count.
    """
    counts = pd.DataFrame(marks).astype("int64").groupby(codes, sort=False).sum()
    return counts.reindex(listed, fill_value=0).reset_index(drop=True).astype("Int64")


def require_listed(codes: pd.Series, listed: pd.Series) -> None:
    """Refuse to count KPIs that would be counted nowhere, or twice.

    Args:
        codes: The KPIs' codes; the series' name says what they are.
        listed: The codes that are counted by.

    Raises:
        ValueError: A KPI's code is not listed, or is listed twice.
    """
    astray = codes[~codes.isin(listed)]
    if not astray.empty:
        named = ", ".join(sorted({str(code) for code in astray}))
        raise ValueError(f"Not listed as {codes.name}, and so counted nowhere: {named}.")
    twice = listed[listed.duplicated()]
    if not twice.empty:
        raise ValueError(f"Listed twice as {codes.name}: {', '.join(sorted(set(twice)))}.")


def with_shares(counted: pd.DataFrame) -> pd.DataFrame:
    """Add the share of each rating among the rated KPIs, as a number and as printed."""
    shared = counted.copy()
    rated = counted["rated_count"].astype("float64")
    for rag in Rag:
        counts = counted[f"{rag}_count"]
        shared[f"{rag}_pct"] = 100 * counts.astype("float64") / rated
        shared[f"{rag}_text"] = [
            printed_share(int(count), int(of))
            for count, of in zip(counts, counted["rated_count"], strict=True)
        ]
    return shared
