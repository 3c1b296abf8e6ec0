"""Rated and compared outturns: one row for each live KPI."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from perf_pipeline.compare import compare_outturns
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.partitions import quarter_of
from perf_pipeline.orchestration.tables import asset_facts, frame_metadata
from perf_pipeline.rate import rate_outturns
from perf_pipeline.schemas import stages

RATINGS_GROUP = "ratings"


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
    ) -> dg.MaterializeResult[pd.DataFrame]:
        rated = rate_outturns(accepted_outturns, rejected_rows["kpi_ref"], kpis_in_force)
        counts = rated["rag_code"].fillna("not_rated").value_counts()
        shown = {f"{name}_count": int(number) for name, number in counts.items()}
        metadata = frame_metadata(rated, quarter_of(context)) | shown
        return dg.MaterializeResult(value=rated, metadata=metadata)

    return rated_outturns


def compared_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the asset of directions of travel."""

    @dg.asset(
        name="compared_outturns",
        group_name=RATINGS_GROUP,
        partitions_def=partitions,
        kinds={"pandas"},
        check_specs=[checks.warning(checks.NO_STALE_FIGURES, "compared_outturns")],
        **asset_facts(stages.ComparedOutturns),
    )
    def compared_outturns(
        context: dg.AssetExecutionContext,
        rated_outturns: pd.DataFrame,
        comparator_outturns: pd.DataFrame,
        kpis_in_force: pd.DataFrame,
    ) -> Iterator[dg.MaterializeResult[pd.DataFrame]]:
        quarter = quarter_of(context)
        compared = compare_outturns(rated_outturns, comparator_outturns, kpis_in_force, quarter)
        stale = compared.loc[compared["is_unchanged"], "kpi_ref"].tolist()
        yield dg.MaterializeResult(
            value=compared,
            metadata=frame_metadata(compared, quarter),
            check_results=[
                checks.warning_result(checks.NO_STALE_FIGURES, "compared_outturns", stale)
            ],
        )

    return compared_outturns
