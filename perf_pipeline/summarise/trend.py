"""Ratings of this quarter and of those before it, by directorate as it is now."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import UNLINKED
from perf_pipeline.schemas import frame_of, summaries
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.summarise.counting import count_ratings, require_listed, shares

_NO_SUCCESSOR_NAME = "No single successor"


def directorate_trend(
    scorecard: pd.DataFrame,
    earlier: pd.DataFrame,
    directorates: pd.DataFrame,
    quarter: Quarter,
) -> pd.DataFrame:
    """Count ratings of several quarters by directorate, each KPI where it is now.

    Args:
        scorecard: `KpiScorecard` of the quarter.
        earlier: `EarlierRatings` of the quarters before it.
        directorates: The register's `Directorates` in force in the quarter.
        quarter: The quarter.

    Returns:
        `DirectorateTrend`, oldest quarter first: in each a row for every directorate of now, and
        a last one for KPIs whose place no single directorate took over, where there are any.

    Raises:
        ValueError: A KPI's directorate is not among those given.
    """
    then = earlier.assign(directorate_code=earlier["present_directorate_code"].fillna(UNLINKED))
    columns = ["quarter_key", "directorate_code", "rag_code"]
    ratings = pd.concat([then[columns], scorecard[columns]], ignore_index=True)
    keys = sorted({*earlier["quarter_key"], quarter.key})
    rows = [
        {"quarter_key": quarter.key, **row}
        for key in keys
        for row in _of_quarter(key, ratings, directorates)
    ]
    return frame_of(rows, summaries.DirectorateTrend)


def _of_quarter(
    key: str, ratings: pd.DataFrame, directorates: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    then = ratings[ratings["quarter_key"] == key]
    named = directorates[["directorate_code", "directorate_name", "display_order"]]
    if (then["directorate_code"] == UNLINKED).any():
        named = pd.concat([named, _no_successor(directorates)], ignore_index=True)
    require_listed(then["directorate_code"], named["directorate_code"])
    counts = count_ratings(then, "directorate_code")
    for place in rows_of(named.sort_values("display_order", kind="stable")):
        own = counts[place.directorate_code]
        yield {"trend_quarter_key": key, **place._asdict(), **own, **dict(shares(own))}


def _no_successor(directorates: pd.DataFrame) -> pd.DataFrame:
    last = 0 if directorates.empty else int(directorates["display_order"].max())
    row = {
        "directorate_code": UNLINKED,
        "directorate_name": _NO_SUCCESSOR_NAME,
        "display_order": last + 1,
    }
    return pd.DataFrame([row])
