"""The scorecard → counts and shares of ratings by directorate, by service, for the council."""

import pandas as pd

from perf_pipeline.rules import Rag
from perf_pipeline.schemas import conform
from perf_pipeline.summarise.printing import printed_share

_COUNTS = ["kpi_count", "rated_count", *(f"{rag}_count" for rag in Rag)]


def directorate_summary(
    scorecard: pd.DataFrame, directorates: pd.DataFrame, quarter_key: str
) -> pd.DataFrame:
    """Count ratings by directorate; every directorate of the quarter has a row.

    Args:
        scorecard: `KpiScorecard`.
        directorates: The register's `Directorates` in force in the quarter.
        quarter_key: The quarter.
    """
    named = directorates[["directorate_code", "directorate_name", "display_order"]]
    counted = _counted(scorecard, named, "directorate_code", quarter_key)
    return conform(counted.sort_values("display_order"), summaries.DirectorateSummary)


def service_summary(
    scorecard: pd.DataFrame,
    services: pd.DataFrame,
    directorates: pd.DataFrame,
    quarter_key: str,
) -> pd.DataFrame:
    """Count ratings by service, in the order of directorates and of services within them."""
    parents = directorates[["directorate_code", "directorate_name", "display_order"]].rename(
        columns={"display_order": "directorate_order"}
    )
    named = services[["service_code", "service_name", "directorate_code", "display_order"]].merge(
        parents, on="directorate_code", validate="m:1"
    )
    named = named.sort_values(["directorate_order", "display_order"])
    named = named.assign(display_order=range(1, len(named) + 1))
    counted = _counted(scorecard, named, "service_code", quarter_key)
    return conform(counted, summaries.ServiceSummary)


def council_summary(scorecard: pd.DataFrame, council_name: str, quarter_key: str) -> pd.DataFrame:
    """Count ratings of the whole council: one row."""
    named = pd.DataFrame({"council_name": [council_name]})
    everything = scorecard.assign(council_name=council_name)
    counted = _counted(everything, named, "council_name", quarter_key)
    return conform(counted, summaries.CouncilSummary)


def _counted(
    scorecard: pd.DataFrame, named: pd.DataFrame, key: str, quarter_key: str
) -> pd.DataFrame:
    marks = pd.DataFrame(
        {
            key: scorecard[key],
            "kpi_count": 1,
            "rated_count": scorecard["rag_code"].notna().astype(int),
            **{f"{rag}_count": (scorecard["rag_code"] == rag).astype(int) for rag in Rag},
        }
    )
    counts = marks.groupby(key, sort=False)[_COUNTS].sum().reset_index()
    counted = named.merge(counts, on=key, how="left", validate="1:1")
    counted[_COUNTS] = counted[_COUNTS].fillna(0).astype("Int64")
    for rag in Rag:
        share = 100 * counted[f"{rag}_count"] / counted["rated_count"].replace(0, pd.NA)
        counted[f"{rag}_pct"] = share.astype("Float64").to_numpy(dtype=float, na_value=float("nan"))
        counted[f"{rag}_text"] = [
            printed_share(int(count), int(rated))
            for count, rated in zip(counted[f"{rag}_count"], counted["rated_count"], strict=True)
        ]
    return counted.assign(quarter_key=quarter_key)


def summary_imbalance(
    scorecard: pd.DataFrame,
    directorates: pd.DataFrame,
    services: pd.DataFrame,
    council: pd.DataFrame,
) -> str | None:
    """Say where a summary does not add up to the scorecard, or nothing when all do.

    Counts are taken from the scorecard anew, not from another summary.
    """
    ratings = scorecard["rag_code"].value_counts()
    truth = {
        "kpi_count": len(scorecard),
        "rated_count": int(scorecard["rag_code"].notna().sum()),
        **{f"{rag}_count": int(ratings.get(rag.value, 0)) for rag in Rag},
    }
    summaries = {
        "directorate_summary": directorates,
        "service_summary": services,
        "council_summary": council,
    }
    faults = [
        f"{name}.{column} adds up to {summary[column].sum()}, the scorecard has {expected}"
        for name, summary in summaries.items()
        for column, expected in truth.items()
        if summary[column].sum() != expected
    ]
    return "; ".join(faults) or None
