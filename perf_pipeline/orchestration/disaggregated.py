"""The assets of disaggregated returns: their files, landed; their rows, judged; their counts.

The rows never pass through a step's memory as one frame: they are in the workplace, and a step
hands on the account that names them by their digest.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd

from perf_pipeline.council import Council
from perf_pipeline.disaggregated.building import build
from perf_pipeline.disaggregated.dataset import Dataset
from perf_pipeline.disaggregated.engines import engine_named
from perf_pipeline.disaggregated.orders import BuildRequest, Register
from perf_pipeline.disaggregated.parts import LandedFile
from perf_pipeline.disaggregated.summing import out_of_force
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.datasets import named_datasets, rejected_preview, workplace_of
from perf_pipeline.orchestration.each_quarter import Events, Made, Tables, each_quarter
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.io import Frames
from perf_pipeline.orchestration.register_states import require_same_register
from perf_pipeline.orchestration.returns import checked_name, return_name
from perf_pipeline.orchestration.tables import (
    OUTTURNS_GROUP,
    REPORTING_GROUP,
    RETURNS_GROUP,
    asset_facts,
    frame_metadata,
    stacked,
)
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Rag
from perf_pipeline.schemas import Table, conform
from perf_pipeline.schemas.disaggregated import (
    DisaggregatedFiles,
    DisaggregatedOutturns,
    DisaggregatedReturns,
    DisaggregatedSummary,
)
from perf_pipeline.sources import Landing
from perf_pipeline.sources.disaggregated_files import land_files

_NAMED = 10
_RETURNS, _SUMMARY = "disaggregated_returns", "disaggregated_summary"


def files_asset(
    entry: DisaggregatedEntry, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """Make the asset of a disaggregated return's files, as received."""
    name = return_name(entry.source_code)

    @dg.asset(
        name=name,
        group_name=RETURNS_GROUP,
        partitions_def=partitions,
        kinds={"file"},
        **asset_facts(
            DisaggregatedFiles,
            description=f"{entry.source_name}: the files of its disaggregated return, landed. "
            f"Ask: {entry.contact_role}.",
        ),
    )
    def source_files(
        context: dg.AssetExecutionContext,
        council: dg.ResourceParam[Council],
        landing: dg.ResourceParam[Landing],
    ) -> Events:
        def make(quarter: Quarter, _: Mapping[str, pd.DataFrame]) -> Tables:
            files = land_files(entry, quarter, council.folder, landing)
            return {name: Made(files, frame_metadata(files, quarter) | _received(files))}

        yield from each_quarter(context, make)

    return source_files


def _received(files: pd.DataFrame) -> dict[str, str | int]:
    if files.empty:
        return {"return": "not returned"}
    return {"return": "returned", "byte_count": int(files["byte_count"].sum())}


def outturns_asset(
    entry: DisaggregatedEntry,
    partitions: dg.TimeWindowPartitionsDefinition,
    environment: Environment,
) -> dg.AssetsDefinition:
    """Make the asset of a disaggregated return's rows, each accepted and judged, or rejected."""
    name = checked_name(entry.source_code)

    @dg.asset(
        name=name,
        group_name=OUTTURNS_GROUP,
        partitions_def=partitions,
        kinds={"arrow", "pandera"},
        ins={"files": dg.AssetIn(return_name(entry.source_code))},
        check_specs=[
            checks.blocking(checks.LEDGER_BALANCES, name, partitions),
            checks.warning(checks.NO_REJECTED_ROWS, name, partitions),
            checks.warning(checks.QUARTERS_IN_FORCE, name, partitions),
        ],
        **asset_facts(
            DisaggregatedOutturns,
            description=f"{entry.source_name}: every disaggregated row that was accepted, judged "
            "by the rules of its own quarter. The rows are in the workplace and in the database.",
        ),
    )
    def source_outturns(
        context: dg.AssetExecutionContext,
        files: Frames,
        kpis_in_force: Frames,
        council: dg.ResourceParam[Council],
        landing: dg.ResourceParam[Landing],
    ) -> Events:
        def make(quarter: Quarter, frames: Mapping[str, pd.DataFrame]) -> Tables:
            require_same_register(frames["kpis_in_force"], council, quarter)
            if frames["files"].empty:
                return {name: _not_returned(entry, quarter)}
            landed = _landed(frames["files"], landing)
            request = _request(entry, quarter, landed, council, environment)
            settings = environment.engine
            with engine_named(
                settings.name, settings.worker_count, settings.dask_scheduler
            ) as engine:
                dataset = build(request, engine)
            in_force = _quarters_in_force(entry, dataset, request.register)
            if in_force.fault is not None:
                context.log.warning(in_force.fault)
            return {name: _built(dataset, quarter, in_force)}

        yield from each_quarter(context, make, {"files": files, "kpis_in_force": kpis_in_force})

    return source_outturns


def _landed(files: pd.DataFrame, landing: Landing) -> list[LandedFile]:
    return [
        LandedFile(name, sha256, str(landing.path(sha256)))
        for name, sha256 in zip(files["file_name"], files["file_sha256"], strict=True)
    ]


def _request(
    entry: DisaggregatedEntry,
    quarter: Quarter,
    files: Sequence[LandedFile],
    council: Council,
    environment: Environment,
) -> BuildRequest:
    settings = environment.engine
    return BuildRequest(
        entry=entry,
        quarter=quarter,
        files=files,
        workplace=workplace_of(settings.workplace, entry.source_code, quarter),
        register=_register(entry, quarter, council),
        rows_per_chunk=settings.rows_per_chunk,
    )


def _register(entry: DisaggregatedEntry, quarter: Quarter, council: Council) -> Register:
    """Gather what rows are checked against: a KPI may come from any disaggregated source."""
    quarters = council.first_quarter.through(quarter)[::-1]
    comparison = council.comparison_in_force(quarter)
    compared = {each.key: council.comparison_in_force(each) for each in quarters}
    kpis = pd.concat([council.kpis_in_force(each) for each in quarters], ignore_index=True)
    return Register(
        kpis=kpis.assign(source_code=entry.source_code),
        breaks=council.series_breaks,
        breakdowns=council.breakdowns,
        known_refs=council.kpis["kpi_ref"].unique().tolist(),
        comparison=comparison,
        earlier_comparisons={key: each for key, each in compared.items() if each != comparison},
        successors=council.kpi_successors(quarter),
        mergers=council.kpi_mergers(quarter),
        aliases=dict(council.kpi_aliases_of(quarter)),
    )


def _not_returned(entry: DisaggregatedEntry, quarter: Quarter) -> Made:
    counts = [name for name in DisaggregatedReturns.to_schema().columns if name.endswith("_count")]
    account = pd.DataFrame([dict.fromkeys(counts, 0)]).assign(
        quarter_key=quarter.key, source_code=entry.source_code, dataset_sha256=None
    )
    frame = conform(account, DisaggregatedReturns)
    metadata = {"quarter": quarter.label, "return": "not returned", "dagster/row_count": 0}
    in_force = checks.warning_outcome(checks.QUARTERS_IN_FORCE, [])
    return Made(frame, metadata, [*_outcomes(None), in_force])


def _quarters_in_force(
    entry: DisaggregatedEntry, dataset: Dataset, register: Register
) -> checks.Outcome:
    """Tell of rows of quarters in which their KPI was not in force: a slip, or honest history."""
    found = out_of_force(dataset.summary(), register.kpis)
    failures = [
        {"Quarter": Quarter.parse(key).label, "KPI": ref, "Rows": int(count)}
        for key, ref, count in zip(
            found["figure_quarter_key"], found["kpi_ref"], found["outturn_count"], strict=True
        )
    ]
    fault = _out_of_force(entry.source_name, failures) if failures else None
    return checks.Outcome(
        checks.QUARTERS_IN_FORCE, is_blocking=False, fault=fault, failures=failures
    )


def _out_of_force(source_name: str, found: Sequence[Mapping[str, Any]]) -> str:
    count = sum(each["Rows"] for each in found)
    rows = (
        "1 row is of a quarter in which its KPI was not in force, and is"
        if count == 1
        else f"{count:,} rows are of quarters in which their KPI was not in force, and are"
    )
    named = [f"{each['KPI']} in {each['Quarter']} ({each['Rows']:,})" for each in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"{source_name}: {rows} not rated: {', '.join(named)}{more}. Where a quarter is mistyped, "
        "send the row with the right one; else nothing is to be done."
    )


def _built(dataset: Dataset, quarter: Quarter, in_force: checks.Outcome) -> Made:
    summary = dataset.summary()
    ratings = {f"{rag}_count": int(summary[f"{rag}_count"].sum()) for rag in (*Rag, "not_rated")}
    metadata = {
        "quarter": quarter.label,
        "dagster/row_count": dataset.outturn_count,
        "dataset_sha256": dataset.sha256,
        **vars(dataset.counts),
        **ratings,
    }
    outcomes = _outcomes(_imbalance(dataset), dataset.rejection_count, rejected_preview(dataset))
    return Made(dataset.returns(), metadata, [*outcomes, in_force])


def _imbalance(dataset: Dataset) -> str | None:
    counts = dataset.counts
    explained = counts.accepted_count + counts.rejected_count + counts.blank_count
    if counts.read_count == explained == counts.counted_count:
        return None
    return (
        f"{dataset.source_code}: {counts.read_count} rows read, {explained} accounted for, and a "
        f"second reader counts {counts.counted_count}."
    )


def _outcomes(
    fault: str | None, rejected_count: int = 0, shown: Sequence[Mapping[str, str | int]] = ()
) -> list[checks.Outcome]:
    found = f"{rejected_count} found; the first {len(shown)} are shown." if rejected_count else None
    return [
        checks.error_outcome(checks.LEDGER_BALANCES, fault),
        checks.Outcome(checks.NO_REJECTED_ROWS, is_blocking=False, fault=found, failures=shown),
    ]


def gathered_asset(
    entries: Sequence[DisaggregatedEntry],
    partitions: dg.TimeWindowPartitionsDefinition,
    environment: Environment,
) -> dg.AssetsDefinition:
    """Make the reporting tables in which the accounts and the counts of all of them stand."""
    outputs: Mapping[str, type[Table]] = {
        _RETURNS: DisaggregatedReturns,
        _SUMMARY: DisaggregatedSummary,
    }
    names = {checked_name(entry.source_code): entry for entry in entries}

    @dg.multi_asset(
        name="disaggregated_tables",
        outs={
            name: dg.AssetOut(group_name=REPORTING_GROUP, kinds={"pandas"}, **asset_facts(model))
            for name, model in outputs.items()
        },
        ins={name: dg.AssetIn(name) for name in names},
        partitions_def=partitions,
    )
    def disaggregated_tables(context: dg.AssetExecutionContext, **frames: Frames) -> Events:
        def make(quarter: Quarter, accounts: Mapping[str, pd.DataFrame]) -> Tables:
            returns = stacked([accounts[name] for name in names], DisaggregatedReturns)
            datasets = named_datasets(returns, environment.engine.workplace, quarter)
            summary = stacked([each.summary() for each in datasets], DisaggregatedSummary)
            tables = {_RETURNS: returns, _SUMMARY: summary}
            return {
                name: Made(frame, frame_metadata(frame, quarter)) for name, frame in tables.items()
            }

        yield from each_quarter(context, make, frames)

    return disaggregated_tables


def disaggregated_assets(
    entries: Sequence[DisaggregatedEntry],
    partitions: dg.TimeWindowPartitionsDefinition,
    environment: Environment,
) -> list[dg.AssetsDefinition]:
    """Make the assets of every disaggregated source, and the tables in which they are gathered."""
    return [
        *(files_asset(entry, partitions) for entry in entries),
        *(outturns_asset(entry, partitions, environment) for entry in entries),
        gathered_asset(entries, partitions, environment),
    ]
