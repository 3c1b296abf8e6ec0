"""Compared and rated outturns of this quarter, and the ratings of the quarters before it."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from perf_pipeline.compare import comparator_outturns as earlier_figures
from perf_pipeline.compare import compare_outturns, under_present_refs
from perf_pipeline.council import Council
from perf_pipeline.orchestration.outturns import TREND_QUARTERS
from perf_pipeline.orchestration.partitions import quarter_of
from perf_pipeline.orchestration.tables import asset_facts, frame_metadata
from perf_pipeline.quarters import Quarter
from perf_pipeline.rate import rate_outturns
from perf_pipeline.schemas import conform, empty, stages
from perf_pipeline.validate import headline_outturns, rejected_headline_refs

RATINGS_GROUP = "ratings"


def compared_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the asset of directions of travel."""

    @dg.asset(
        name="compared_outturns",
        group_name=RATINGS_GROUP,
        partitions_def=partitions,
        kinds={"pandas"},
        **asset_facts(stages.ComparedOutturns),
    )
    def compared_outturns(
        context: dg.AssetExecutionContext,
        accepted_outturns: pd.DataFrame,
        comparator_outturns: pd.DataFrame,
        kpis_in_force: pd.DataFrame,
        council: dg.ResourceParam[Council],
    ) -> dg.MaterializeResult[pd.DataFrame]:
        quarter = quarter_of(context)
        compared = compare_outturns(
            headline_outturns(accepted_outturns, quarter),
            comparator_outturns,
            kpis_in_force,
            quarter,
            council.series_breaks,
            council.comparison_in_force(quarter),
        )
        return dg.MaterializeResult(value=compared, metadata=frame_metadata(compared, quarter))

    return compared_outturns


def rated_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the asset of rated outturns."""

    @dg.asset(
        name="rated_outturns",
        group_name=RATINGS_GROUP,
        partitions_def=partitions,
        kinds={"pandas"},
        **asset_facts(stages.RatedOutturns),
    )
    def rated_outturns(
        context: dg.AssetExecutionContext,
        accepted_outturns: pd.DataFrame,
        rejected_rows: pd.DataFrame,
        kpis_in_force: pd.DataFrame,
        compared_outturns: pd.DataFrame,
        council: dg.ResourceParam[Council],
    ) -> dg.MaterializeResult[pd.DataFrame]:
        quarter = quarter_of(context)
        rated = rate_outturns(
            headline_outturns(accepted_outturns, quarter),
            rejected_headline_refs(rejected_rows, kpis_in_force),
            kpis_in_force,
            compared_outturns,
            council.overrides_of(quarter),
        )
        counts = rated["rag_code"].fillna("not_rated").value_counts()
        shown = {f"{name}_count": int(number) for name, number in counts.items()}
        metadata = frame_metadata(rated, quarter) | shown
        return dg.MaterializeResult(value=rated, metadata=metadata)

    return rated_outturns


def earlier_ratings_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the asset of the ratings of the quarters before, each by the rules of its time.

    They are worked out from those quarters' returns and not read from their publications, for
    the same reason as `earlier_outturns`.
    """

    @dg.asset(
        name="earlier_ratings",
        group_name=RATINGS_GROUP,
        partitions_def=partitions,
        kinds={"pandas"},
        **asset_facts(stages.EarlierRatings),
    )
    def earlier_ratings(
        context: dg.AssetExecutionContext,
        earlier_outturns: pd.DataFrame,
        council: dg.ResourceParam[Council],
    ) -> Iterator[dg.MaterializeResult[pd.DataFrame]]:
        quarter = quarter_of(context)
        reported = [quarter.shift(-back) for back in range(TREND_QUARTERS, 0, -1)]
        rated = [
            _rated_then(council, earlier_outturns, then, quarter)
            for then in reported
            if then >= council.first_quarter
        ]
        table = pd.concat([empty(stages.EarlierRatings), *rated], ignore_index=True)
        ratings = conform(table, stages.EarlierRatings)
        yield dg.MaterializeResult(value=ratings, metadata=frame_metadata(ratings, quarter))

    return earlier_ratings


def _rated_then(
    council: Council, earlier: pd.DataFrame, then: Quarter, now: Quarter
) -> pd.DataFrame:
    kpis = council.kpis_in_force(then)
    headline = headline_outturns(earlier, then)
    known_then = earlier[earlier["return_quarter_key"] <= then.key]
    replaced = council.kpi_predecessors(then)
    compared = compare_outturns(
        headline,
        earlier_figures(
            under_present_refs(known_then, replaced),
            under_present_refs(council.history, replaced),
            then,
        ),
        kpis,
        then,
        council.series_breaks,
        council.comparison_in_force(then),
    )
    no_refs = pd.Series(dtype="str")
    rated = rate_outturns(headline, no_refs, kpis, compared, council.overrides_of(then))
    placed = kpis.assign(present_directorate_code=council.present_directorates(kpis, now))
    ratings = placed.merge(rated[["kpi_ref", "rag_code"]], on="kpi_ref", validate="1:1")
    return conform(ratings, stages.EarlierRatings)
