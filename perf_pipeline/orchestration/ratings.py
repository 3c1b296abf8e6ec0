"""Compared and rated outturns of this quarter, and the ratings of the quarters before it."""

from collections.abc import Mapping

import dagster as dg
import pandas as pd

from perf_pipeline.compare import comparator_outturns as earlier_figures
from perf_pipeline.compare import compare_outturns, under_present_refs
from perf_pipeline.council import Council
from perf_pipeline.orchestration.each_quarter import Events, Made, Tables, each_quarter
from perf_pipeline.orchestration.io import Frames
from perf_pipeline.orchestration.outturns import TREND_QUARTERS
from perf_pipeline.orchestration.tables import RATINGS_GROUP, asset_facts, frame_metadata, stacked
from perf_pipeline.quarters import Quarter
from perf_pipeline.rate import rate_outturns
from perf_pipeline.rules import NOT_RATED, Rag
from perf_pipeline.schemas import conform, empty, stages
from perf_pipeline.validate import headline_outturns, rejected_headline_refs


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
        accepted_outturns: Frames,
        comparator_outturns: Frames,
        kpis_in_force: Frames,
        council: dg.ResourceParam[Council],
    ) -> Events:
        def make(quarter: Quarter, frames: Mapping[str, pd.DataFrame]) -> Tables:
            compared = compare_outturns(
                headline_outturns(frames["accepted_outturns"], quarter),
                frames["comparator_outturns"],
                frames["kpis_in_force"],
                quarter,
                council.series_breaks,
                council.comparison_in_force(quarter),
            )
            return {"compared_outturns": Made(compared, frame_metadata(compared, quarter))}

        inputs = {
            "accepted_outturns": accepted_outturns,
            "comparator_outturns": comparator_outturns,
            "kpis_in_force": kpis_in_force,
        }
        yield from each_quarter(context, make, inputs)

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
        accepted_outturns: Frames,
        rejected_rows: Frames,
        kpis_in_force: Frames,
        compared_outturns: Frames,
        council: dg.ResourceParam[Council],
    ) -> Events:
        def make(quarter: Quarter, frames: Mapping[str, pd.DataFrame]) -> Tables:
            kpis = frames["kpis_in_force"]
            rated = rate_outturns(
                headline_outturns(frames["accepted_outturns"], quarter),
                rejected_headline_refs(frames["rejected_rows"], kpis),
                kpis,
                frames["compared_outturns"],
                council.overrides_of(quarter),
            )
            metadata = frame_metadata(rated, quarter) | _rating_counts(rated)
            return {"rated_outturns": Made(rated, metadata)}

        inputs = {
            "accepted_outturns": accepted_outturns,
            "rejected_rows": rejected_rows,
            "kpis_in_force": kpis_in_force,
            "compared_outturns": compared_outturns,
        }
        yield from each_quarter(context, make, inputs)

    return rated_outturns


def _rating_counts(rated: pd.DataFrame) -> dict[str, int]:
    """Count every rating, also those that no KPI has: the UI plots numbers and no gaps."""
    codes = rated["rag_code"].fillna(NOT_RATED)
    return {f"{code}_count": int((codes == code).sum()) for code in (*Rag, NOT_RATED)}


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
        earlier_outturns: Frames,
        council: dg.ResourceParam[Council],
    ) -> Events:
        def make(quarter: Quarter, frames: Mapping[str, pd.DataFrame]) -> Tables:
            ratings = _ratings_before(council, frames["earlier_outturns"], quarter)
            return {"earlier_ratings": Made(ratings, frame_metadata(ratings, quarter))}

        yield from each_quarter(context, make, {"earlier_outturns": earlier_outturns})

    return earlier_ratings


def _ratings_before(council: Council, earlier: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    before = [quarter.shift(-back) for back in range(TREND_QUARTERS, 0, -1)]
    reported = [then for then in before if then >= council.first_quarter]
    if not reported:
        return empty(stages.EarlierRatings)
    headlines = [headline_outturns(earlier, then) for then in reported]
    compared = [_compared_then(council, earlier, then) for then in reported]
    kpis = stacked([council.kpis_in_force(then) for then in reported], stages.KpisInForce)
    rated = rate_outturns(
        stacked(headlines, stages.AcceptedOutturns),
        pd.Series(dtype="str"),
        kpis,
        stacked(compared, stages.ComparedOutturns),
        council.overrides,
    )
    placed = kpis.assign(present_directorate_code=council.present_directorates(kpis, quarter))
    keys = ["quarter_key", "kpi_ref"]
    ratings = placed.merge(rated[[*keys, "rag_code"]], on=keys, validate="1:1")
    return conform(ratings, stages.EarlierRatings)


def _compared_then(council: Council, earlier: pd.DataFrame, then: Quarter) -> pd.DataFrame:
    """Compare the figures of KPIs whose rule asks for an improvement; no other is rated by it."""
    kpis = council.kpis_in_force(then)
    kpis = kpis[kpis["improvement_comparator_code"].notna()].reset_index(drop=True)
    if kpis.empty:
        return empty(stages.ComparedOutturns)
    known_then = earlier[earlier["return_quarter_key"] <= then.key]
    replaced = council.kpi_predecessors(then)
    return compare_outturns(
        headline_outturns(earlier, then),
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
