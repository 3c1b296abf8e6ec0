"""All sources' outturns together, the register as it stands, and earlier outturns to compare."""

from collections.abc import Mapping, Sequence

import dagster as dg
import pandas as pd

from perf_pipeline.compare import QUARTERS_BACK, comparator_outturns, under_present_refs
from perf_pipeline.council import Council
from perf_pipeline.errors import ReturnError
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.each_quarter import Events, Made, Tables, each_quarter
from perf_pipeline.orchestration.expected_rows import expectations
from perf_pipeline.orchestration.io import Frames
from perf_pipeline.orchestration.lineage import COLUMN_LINEAGE, gathered_lineage
from perf_pipeline.orchestration.register_states import require_same_register
from perf_pipeline.orchestration.returns import checked_name, return_name
from perf_pipeline.orchestration.tables import (
    OUTTURNS_GROUP,
    REGISTER_GROUP,
    asset_facts,
    frame_metadata,
    stacked,
)
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RowKind
from perf_pipeline.schemas import conform, reporting, stages, withheld
from perf_pipeline.source_entries import Source
from perf_pipeline.sources import Landing, extract
from perf_pipeline.summarise import accepted_rows as reported_acceptances
from perf_pipeline.summarise import rejected_rows as reported_rejections
from perf_pipeline.suppress import withheld_files, withhold_rejections
from perf_pipeline.validate import (
    accepted_as_sent_rows,
    accepted_outturns,
    check_rows,
    rejected_rows,
    return_ledger,
)

_REGISTER = "kpis_in_force"

TREND_QUARTERS = 4
"""Ratings of so many quarters before this one are worked out anew to be counted beside it."""


def kpis_in_force_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the asset of the register as it stands in the quarter."""

    @dg.asset(
        name="kpis_in_force",
        group_name=REGISTER_GROUP,
        partitions_def=partitions,
        kinds={"csv"},
        **asset_facts(stages.KpisInForce),
    )
    def kpis_in_force(
        context: dg.AssetExecutionContext, council: dg.ResourceParam[Council]
    ) -> Events:
        def make(quarter: Quarter, _: Mapping[str, pd.DataFrame]) -> Tables:
            kpis = council.kpis_in_force(quarter)
            metadata = frame_metadata(kpis, quarter) | {"council_sha256": council.sha256}
            return {"kpis_in_force": Made(kpis, metadata)}

        yield from each_quarter(context, make)

    return kpis_in_force


def gathered_asset(
    sources: Sequence[Source], partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """Make the assets in which all sources come together; none is made while one is missing."""
    outputs = {
        "accepted_outturns": stages.AcceptedOutturns,
        "return_ledger": stages.ReturnLedger,
        "rejected_rows": reporting.RejectedRows,
        "accepted_rows": reporting.AcceptedRows,
        "return_titles": stages.ReturnTitles,
        "withheld_rows": withheld.WithheldRows,
        "withheld_files": withheld.WithheldFiles,
    }
    codes = [entry.source_code for entry in sources]
    returns = {return_name(code): dg.AssetIn(return_name(code)) for code in codes}
    checked = {checked_name(code): dg.AssetIn(checked_name(code)) for code in codes}
    lineage = {
        name: {COLUMN_LINEAGE: gathered_lineage(name, list(returns), list(checked))}
        for name in outputs
    }

    @dg.multi_asset(
        name="gathered_outturns",
        outs={
            name: dg.AssetOut(group_name=OUTTURNS_GROUP, kinds={"pandas"}, **asset_facts(model))
            for name, model in outputs.items()
        },
        ins=returns | checked | {_REGISTER: dg.AssetIn(_REGISTER)},
        partitions_def=partitions,
    )
    def gathered_outturns(
        context: dg.AssetExecutionContext,
        council: dg.ResourceParam[Council],
        **frames: Frames,
    ) -> Events:
        def make(quarter: Quarter, of_quarter: Mapping[str, pd.DataFrame]) -> Tables:
            require_same_register(of_quarter[_REGISTER], council, quarter)
            tables = _gathered(council, quarter, of_quarter)
            return {
                name: Made(frame, frame_metadata(frame, quarter) | lineage[name])
                for name, frame in tables.items()
            }

        yield from each_quarter(context, make, frames)

    return gathered_outturns


def _gathered(
    council: Council, quarter: Quarter, frames: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    returns = {code: frames[return_name(code)] for code in council.sources}
    checks_of = {code: frames[checked_name(code)] for code in council.sources}
    ledgers = [
        return_ledger(rows, checks_of[code], code, quarter) for code, rows in returns.items()
    ]
    rows = stacked(list(returns.values()), stages.ReturnRows)
    checked = stacked(list(checks_of.values()), stages.CheckedRows)
    rule = council.small_numbers_in_force(quarter)
    kept = withhold_rejections(rejected_rows(checked), checked, rule)
    return {
        "accepted_outturns": accepted_outturns(checked),
        "return_ledger": stacked(ledgers, stages.ReturnLedger),
        "rejected_rows": reported_rejections(kept.rejected),
        "accepted_rows": reported_acceptances(
            accepted_as_sent_rows(checked), council.accepted_rows_of(quarter)
        ),
        "return_titles": conform(rows[rows["row_kind_code"] == RowKind.TITLE], stages.ReturnTitles),
        "withheld_rows": kept.rows,
        "withheld_files": withheld_files(checked, rule),
    }


def earlier_outturns_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the asset of what earlier quarters' returns say, read anew from the sources.

    It reads returns and not the last publication, so that a quarter's tables depend on its inputs
    alone: neither on what is in the database nor on the order in which quarters are run.
    """

    @dg.asset(
        name="earlier_outturns",
        group_name=OUTTURNS_GROUP,
        partitions_def=partitions,
        kinds={"pandas"},
        check_specs=[
            checks.warning(checks.EARLIER_RETURNS_READABLE, "earlier_outturns", partitions)
        ],
        **asset_facts(
            stages.AcceptedOutturns,
            description="Accepted outturns of the returns of the earlier quarters that this one is "
            "compared with, as the sources and the register have them now.",
        ),
    )
    def earlier_outturns(
        context: dg.AssetExecutionContext,
        council: dg.ResourceParam[Council],
        landing: dg.ResourceParam[Landing],
    ) -> Events:
        # Quarters of one run share what was before them: each return is read once.
        read: dict[tuple[Quarter, str], pd.DataFrame | ReturnError] = {}

        def make(quarter: Quarter, _: Mapping[str, pd.DataFrame]) -> Tables:
            frames, faults = _earlier(council, quarter, landing, read)
            accepted = stacked(frames, stages.AcceptedOutturns)
            failures = [{"Found": fault} for fault in faults]
            outcome = checks.warning_outcome(checks.EARLIER_RETURNS_READABLE, failures)
            made = Made(accepted, frame_metadata(accepted, quarter), [outcome])
            return {"earlier_outturns": made}

        yield from each_quarter(context, make)

    return earlier_outturns


def _earlier(
    council: Council,
    quarter: Quarter,
    landing: Landing,
    read: dict[tuple[Quarter, str], pd.DataFrame | ReturnError],
) -> tuple[list[pd.DataFrame], list[str]]:
    compared = _compared_quarters(council, quarter)
    for earlier in compared:
        if all((earlier, code) in read for code in council.sources):
            continue
        kpis = council.kpis_in_force(earlier)
        for code, entry in council.sources.items():
            read[earlier, code] = _read_earlier(entry, earlier, council, kpis, landing)
    found = [read[earlier, code] for earlier in compared for code in council.sources]
    frames = [each for each in found if not isinstance(each, ReturnError)]
    return frames, [str(each) for each in found if isinstance(each, ReturnError)]


def _read_earlier(
    entry: Source, earlier: Quarter, council: Council, kpis: pd.DataFrame, landing: Landing
) -> pd.DataFrame | ReturnError:
    """Return the accepted rows of an earlier return, or why it cannot be read."""
    try:
        rows = extract(entry, earlier, council.folder, landing)
        checked = check_rows(rows, expectations(entry, earlier, council, kpis))
    except ReturnError as error:
        # Left out today and read tomorrow, it would make two publications of one input.
        if error.is_transient:
            raise
        return error
    return accepted_outturns(checked)


def _compared_quarters(council: Council, quarter: Quarter) -> list[Quarter]:
    """Return the quarters whose returns are read: three years and every baseline to rate by."""
    window = {quarter.shift(-back) for back in range(1, QUARTERS_BACK + 1)}
    rated = [quarter.shift(-back) for back in range(TREND_QUARTERS + 1)]
    baselines = {
        Quarter.parse(key)
        for each in rated
        if each >= council.first_quarter
        for key in council.kpis_in_force(each)["baseline_quarter_key"].dropna().unique()
    }
    return sorted(q for q in window | baselines if council.first_quarter <= q < quarter)


def comparators_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the asset of the figures that the quarter is compared with."""

    @dg.asset(
        name="comparator_outturns",
        group_name=OUTTURNS_GROUP,
        partitions_def=partitions,
        kinds={"pandas"},
        **asset_facts(stages.ComparatorOutturns),
    )
    def comparator_outturns_(
        context: dg.AssetExecutionContext,
        accepted_outturns: Frames,
        earlier_outturns: Frames,
        council: dg.ResourceParam[Council],
    ) -> Events:
        def make(quarter: Quarter, frames: Mapping[str, pd.DataFrame]) -> Tables:
            returned = [frames["earlier_outturns"], frames["accepted_outturns"]]
            stated = stacked(returned, stages.AcceptedOutturns)
            replaced = council.kpi_predecessors(quarter)
            compared = comparator_outturns(
                under_present_refs(stated, replaced),
                under_present_refs(council.history, replaced),
                quarter,
            )
            return {"comparator_outturns": Made(compared, frame_metadata(compared, quarter))}

        inputs = {"accepted_outturns": accepted_outturns, "earlier_outturns": earlier_outturns}
        yield from each_quarter(context, make, inputs)

    return comparator_outturns_
