"""Two assets for each source: its return as received, and every row of it checked.

One source's broken return fails alone, and is rerun alone.
"""

from collections.abc import Iterator, Sequence

import dagster as dg
import pandas as pd

from perf_pipeline.council import Council
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.partitions import quarter_of
from perf_pipeline.orchestration.tables import asset_facts, frame_metadata, readable_failures
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RowKind
from perf_pipeline.schemas import stages
from perf_pipeline.source_entries import Source
from perf_pipeline.sources import Landing, extract
from perf_pipeline.validate import (
    Expectations,
    accepted_outturns,
    check_rows,
    count_mismatch,
    ledger_imbalance,
    rejected_rows,
    return_ledger,
)

RETURNS_GROUP = "returns"
OUTTURNS_GROUP = "outturns"
_KINDS = {"csv": "csv", "excel": "excel", "sql": "sql", "json_api": "json"}


def return_name(source_code: str) -> str:
    """Return the asset that holds a source's return."""
    return f"{source_code}_return"


def checked_name(source_code: str) -> str:
    """Return the asset that holds a source's rows with what became of each."""
    return f"{source_code}_outturns"


def expectations(
    entry: Source, quarter: Quarter, council: Council, kpis_in_force: pd.DataFrame
) -> Expectations:
    """Return what rows of a source's return are checked against."""
    return Expectations.of(
        entry.source_code,
        quarter,
        kpis_in_force,
        council.kpis["kpi_ref"],
        council.breakdowns,
        entry.percent_scale,
        rating_words=council.rating_words,
        successors=council.kpi_successors(quarter),
        mergers=council.kpi_mergers(quarter),
    )


def return_asset(
    entry: Source, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """Make the asset of a source's return, as received."""
    name = return_name(entry.source_code)

    @dg.asset(
        name=name,
        group_name=RETURNS_GROUP,
        partitions_def=partitions,
        kinds={_KINDS[entry.kind]},
        check_specs=[checks.blocking(checks.READERS_AGREE, name)],
        **asset_facts(
            stages.ReturnRows,
            description=f"{entry.source_name}: every row as received, from the landed copy. "
            f"Ask: {entry.contact_role}.",
        ),
    )
    def source_return(
        context: dg.AssetExecutionContext,
        council: dg.ResourceParam[Council],
        landing: dg.ResourceParam[Landing],
    ) -> Iterator[dg.MaterializeResult[pd.DataFrame]]:
        quarter = quarter_of(context)
        with readable_failures():
            rows = extract(entry, quarter, council.folder, landing)
        metadata = frame_metadata(rows, quarter)
        yield dg.MaterializeResult(
            value=rows,
            metadata=metadata | _received(rows),
            check_results=[checks.error_result(checks.READERS_AGREE, name, count_mismatch(rows))],
        )

    return source_return


def _received(rows: pd.DataFrame) -> dict[str, str | int]:
    if rows.empty:
        return {"return": "not returned"}
    return {
        "return": "returned",
        "file": rows["file_name"].iloc[0],
        "sha256": rows["file_sha256"].iloc[0],
        "data_row_count": int((rows["row_kind_code"] == RowKind.DATA).sum()),
        "hidden_row_count": int(rows["is_hidden"].sum()),
    }


def checked_asset(
    entry: Source, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """Make the asset of a source's rows, each accepted, rejected or ignored."""
    name = checked_name(entry.source_code)

    @dg.asset(
        name=name,
        group_name=OUTTURNS_GROUP,
        partitions_def=partitions,
        kinds={"pandas", "pandera"},
        ins={"rows": dg.AssetIn(return_name(entry.source_code))},
        check_specs=[
            checks.blocking(checks.LEDGER_BALANCES, name),
            checks.blocking(checks.ACCEPTED_ROWS_SATISFY_SCHEMA, name),
            checks.warning(checks.NO_REJECTED_ROWS, name),
        ],
        **asset_facts(
            stages.CheckedRows,
            description=f"{entry.source_name}: every row with what became of it and why.",
        ),
    )
    def source_outturns(
        context: dg.AssetExecutionContext,
        rows: pd.DataFrame,
        kpis_in_force: pd.DataFrame,
        council: dg.ResourceParam[Council],
    ) -> Iterator[dg.MaterializeResult[pd.DataFrame]]:
        expected = expectations(entry, quarter_of(context), council, kpis_in_force)
        with readable_failures():
            checked = check_rows(rows, expected)
        yield _checked_result(name, rows, checked, expected)

    return source_outturns


def _checked_result(
    name: str, rows: pd.DataFrame, checked: pd.DataFrame, expected: Expectations
) -> dg.MaterializeResult[pd.DataFrame]:
    ledger = return_ledger(rows, checked, expected)
    accepted, rejected = accepted_outturns(checked), rejected_rows(checked)
    counts = {name: int(ledger[name].iloc[0]) for name in ledger.columns if name.endswith("_count")}
    schema_fault = checks.schema_fault(accepted, stages.AcceptedOutturns)
    return dg.MaterializeResult(
        value=checked,
        metadata=frame_metadata(checked, expected.quarter) | counts,
        check_results=[
            checks.error_result(checks.LEDGER_BALANCES, name, ledger_imbalance(ledger)),
            checks.error_result(checks.ACCEPTED_ROWS_SATISFY_SCHEMA, name, schema_fault),
            checks.warning_result(checks.NO_REJECTED_ROWS, name, _findings(rejected)),
        ],
    )


def _findings(rejected: pd.DataFrame) -> list[str]:
    return [f"{row['row_id']}: {row['outcome_text']}" for row in rejected.to_dict("records")]


def source_assets(
    sources: Sequence[Source], partitions: dg.TimeWindowPartitionsDefinition
) -> list[dg.AssetsDefinition]:
    """Make both assets of every source."""
    return [make(entry, partitions) for entry in sources for make in (return_asset, checked_asset)]
