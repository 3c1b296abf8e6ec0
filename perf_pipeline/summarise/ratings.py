"""The scorecard → ratings and directions by directorate, service, priority, theme and owner."""

from collections.abc import Mapping

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Rag, RagLook
from perf_pipeline.schemas import conform, summaries
from perf_pipeline.summarise.counting import (
    count_marks,
    direction_marks,
    rating_marks,
    require_listed,
    with_shares,
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
    counted = _counted(named, "directorate_code", scorecard, earlier, quarter, looks)
    return conform(counted, summaries.DirectorateSummary)


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
    counted = _counted(named, "service_code", scorecard, earlier, quarter, looks)
    return conform(counted, summaries.ServiceSummary)


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
    counted = _counted(named, "council_name", now, then, quarter, looks)
    return conform(counted, summaries.CouncilSummary)


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
    counted = _counted(named, "priority_code", scorecard, earlier, quarter, looks)
    return conform(counted, summaries.PrioritySummary)


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
    counted = _counted(named, "theme_code", scorecard, earlier, quarter, looks)
    return conform(counted, summaries.ThemeSummary)


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
    counted = _counted(named, "owner_name", scorecard, earlier, quarter, looks)
    return conform(counted, summaries.OwnerSummary)


def _counted(
    named: pd.DataFrame,
    key: str,
    scorecard: pd.DataFrame,
    earlier: pd.DataFrame,
    quarter: Quarter,
    looks: Looks,
) -> pd.DataFrame:
    """Put the counts of this quarter and the one before beside what they are of."""
    require_listed(scorecard[key], named[key])
    named = named.sort_values("display_order", kind="stable").reset_index(drop=True)
    marks = {**rating_marks(scorecard), **direction_marks(scorecard)}
    now = with_shares(count_marks(marks, scorecard[key], named[key]))
    before = _counted_before(named, key, earlier, quarter)
    for rag in Rag:
        now[f"{rag}_change_text"] = _changes(now, before, f"{rag}_count", looks[rag].label)
    rated = zip(now["rated_count"], now["kpi_count"], strict=True)
    now["rated_text"] = [f"{count} of {of}" for count, of in rated]
    counted = pd.concat([named, now, before.add_prefix("previous_")], axis=1)
    return counted.assign(quarter_key=quarter.key)


def _counted_before(
    named: pd.DataFrame, key: str, earlier: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    then = earlier[earlier["quarter_key"] == quarter.previous.key]
    counts = count_marks(rating_marks(then), then[key], named[key])
    # What was not there then has no counts, which is not the same as none of each.
    was_there = counts["kpi_count"] > 0
    return counts.where(was_there)


def _changes(now: pd.DataFrame, before: pd.DataFrame, column: str, label: str) -> list[str | None]:
    """Print changes; without a rating on either side there is nothing to compare."""
    known = before[column].where((now["rated_count"] > 0) & (before["rated_count"] > 0))
    pairs = zip(now[column], known, strict=True)
    return [printed_change(count, None if pd.isna(was) else was, label) for count, was in pairs]
