"""The scorecard → ratings and directions by directorate, service, priority, theme and owner."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Rag, RagLook
from perf_pipeline.schemas import Table, frame_of, summaries
from perf_pipeline.summarise.counting import (
    Counts,
    count_directions,
    count_ratings,
    require_listed,
    shares,
)
from perf_pipeline.summarise.printing import printed_change

Looks = Mapping[str, RagLook]


def directorate_summary(
    scorecard: pd.DataFrame,
    directorates: pd.DataFrame,
    earlier: pd.DataFrame,
    quarter: Quarter,
    looks: Looks,
) -> pd.DataFrame:
    """Count ratings by directorate; every directorate of the quarter has a row.

    Args:
        scorecard: `KpiScorecard`.
        directorates: The register's `Directorates` in force in the quarter.
        earlier: `EarlierRatings`; a KPI is counted where it stood in the quarter before.
        quarter: The quarter.
        looks: How the council prints each rating, by code.

    Raises:
        ValueError: A KPI's directorate is not among those given.
    """
    named = directorates[["directorate_code", "directorate_name", "display_order"]]
    return _counted(
        named, "directorate_code", scorecard, earlier, quarter, looks, summaries.DirectorateSummary
    )


def service_summary(
    scorecard: pd.DataFrame,
    services: pd.DataFrame,
    directorates: pd.DataFrame,
    earlier: pd.DataFrame,
    quarter: Quarter,
    looks: Looks,
) -> pd.DataFrame:
    """Count ratings by service, in the order of directorates and of services within them.

    Args:
        scorecard: `KpiScorecard`.
        services: The register's `Services` in force in the quarter.
        directorates: The register's `Directorates` in force in it.
        earlier: `EarlierRatings`; a KPI is counted where it stood in the quarter before.
        quarter: The quarter.
        looks: How the council prints each rating, by code.

    Raises:
        ValueError: A KPI's service, or a service's directorate, is not among those given.
    """
    require_listed(services["directorate_code"], directorates["directorate_code"])
    parents = directorates[["directorate_code", "directorate_name", "display_order"]].rename(
        columns={"display_order": "directorate_order"}
    )
    named = services[["service_code", "service_name", "directorate_code", "display_order"]].merge(
        parents, on="directorate_code", validate="m:1"
    )
    named = named.sort_values(["directorate_order", "display_order"], kind="stable")
    named = named.assign(display_order=range(1, len(named) + 1))
    return _counted(
        named, "service_code", scorecard, earlier, quarter, looks, summaries.ServiceSummary
    )


def council_summary(
    scorecard: pd.DataFrame,
    council_name: str,
    earlier: pd.DataFrame,
    quarter: Quarter,
    looks: Looks,
) -> pd.DataFrame:
    """Count ratings of the whole council: one row.

    Args:
        scorecard: `KpiScorecard`.
        council_name: The council.
        earlier: `EarlierRatings`.
        quarter: The quarter.
        looks: How the council prints each rating, by code.
    """
    whole = {"council_name": council_name}
    named = pd.DataFrame([whole | {"display_order": 1}])
    now, then = scorecard.assign(**whole), earlier.assign(**whole)
    return _counted(named, "council_name", now, then, quarter, looks, summaries.CouncilSummary)


def priority_summary(
    scorecard: pd.DataFrame,
    priorities: pd.DataFrame,
    earlier: pd.DataFrame,
    quarter: Quarter,
    looks: Looks,
) -> pd.DataFrame:
    """Count ratings by Council Plan priority; every priority of the quarter has a row.

    Args:
        scorecard: `KpiScorecard`.
        priorities: `priority_code`, `priority_name` and `display_order` of those in force, with
            one for KPIs that are linked to none where there are such KPIs.
        earlier: `EarlierRatings`; a KPI is counted by its priority in the quarter before.
        quarter: The quarter.
        looks: How the council prints each rating, by code.

    Raises:
        ValueError: A KPI's priority is not among those given.
    """
    named = priorities[["priority_code", "priority_name", "display_order"]]
    return _counted(
        named, "priority_code", scorecard, earlier, quarter, looks, summaries.PrioritySummary
    )


def theme_summary(
    scorecard: pd.DataFrame,
    themes: pd.DataFrame,
    earlier: pd.DataFrame,
    quarter: Quarter,
    looks: Looks,
) -> pd.DataFrame:
    """Count ratings by theme; every theme of the quarter has a row.

    Args:
        scorecard: `KpiScorecard`.
        themes: `theme_code`, `theme_name` and `display_order` of those in force, with one for
            KPIs that are linked to none where there are such KPIs.
        earlier: `EarlierRatings`; a KPI is counted by its theme in the quarter before.
        quarter: The quarter.
        looks: How the council prints each rating, by code.

    Raises:
        ValueError: A KPI's theme is not among those given.
    """
    named = themes[["theme_code", "theme_name", "display_order"]]
    return _counted(named, "theme_code", scorecard, earlier, quarter, looks, summaries.ThemeSummary)


def owner_summary(
    scorecard: pd.DataFrame, earlier: pd.DataFrame, quarter: Quarter, looks: Looks
) -> pd.DataFrame:
    """Count ratings by the role that answers for KPIs, in the order of the scorecard.

    Args:
        scorecard: `KpiScorecard`.
        earlier: `EarlierRatings`; a KPI is counted by its owner in the quarter before.
        quarter: The quarter.
        looks: How the council prints each rating, by code.
    """
    named = scorecard[["owner_name"]].drop_duplicates()
    named = named.assign(display_order=range(1, len(named) + 1))
    return _counted(named, "owner_name", scorecard, earlier, quarter, looks, summaries.OwnerSummary)


def _counted(
    named: pd.DataFrame,
    key: str,
    scorecard: pd.DataFrame,
    earlier: pd.DataFrame,
    quarter: Quarter,
    looks: Looks,
    model: type[Table],
) -> pd.DataFrame:
    """Put the counts of this quarter and the one before beside what they are of."""
    require_listed(scorecard[key], named[key])
    then = earlier[earlier["quarter_key"] == quarter.previous.key]
    now, before = count_ratings(scorecard, key), count_ratings(then, key)
    directions = count_directions(scorecard, key)
    rows = [
        {
            "quarter_key": quarter.key,
            **place,
            **_of_ratings(now[place[key]], before[place[key]], looks),
            **directions[place[key]],
        }
        for place in named.sort_values("display_order", kind="stable").to_dict("records")
    ]
    return frame_of(rows, model)


def _of_ratings(now: Counts, before: Counts, looks: Looks) -> dict[str, Any]:
    # What was not there then has no counts, which is not the same as none of each.
    was_there = before["kpi_count"] > 0
    return {
        **now,
        **dict(shares(now)),
        "rated_text": f"{now['rated_count']} of {now['kpi_count']}",
        **{f"previous_{name}": count if was_there else None for name, count in before.items()},
        **{f"{rag}_change_text": _change(now, before, rag, looks) for rag in Rag},
    }


def _change(now: Counts, before: Counts, rag: Rag, looks: Looks) -> str | None:
    """Print a change; without a rating on either side there is nothing to compare."""
    is_known = now["rated_count"] > 0 and before["rated_count"] > 0
    column = f"{rag}_count"
    return printed_change(now[column], before[column] if is_known else None, looks[rag].label)
