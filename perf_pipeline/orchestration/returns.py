"""Two assets for each source: its return as received, and every row of it checked.

One source's broken return fails alone, and is rerun alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd

from perf_pipeline.council import Council
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.each_quarter import Events, Made, Tables, each_quarter
from perf_pipeline.orchestration.expected_rows import expectations
from perf_pipeline.orchestration.io import Frames
from perf_pipeline.orchestration.tables import (
    OUTTURNS_GROUP,
    RETURNS_GROUP,
    asset_facts,
    frame_metadata,
    records,
)
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RowKind, SmallNumbers
from perf_pipeline.schemas import stages
from perf_pipeline.source_entries import Source
from perf_pipeline.sources import Landing, extract
from perf_pipeline.suppress import withhold_rejections
from perf_pipeline.validate import (
    Expectations,
    accepted_outturns,
    check_rows,
    count_mismatch,
    ledger_imbalance,
    rejected_rows,
    return_ledger,
)

_KINDS = {"csv": "csv", "excel": "excel", "sql": "sql", "json_api": "json"}
_REJECTED = {
    "file_name": "File",
    "sheet_name": "Sheet",
    "row_number": "Row",
    "kpi_ref": "KPI",
    "outcome_text": "Why it was rejected",
}


def return_name(source_code: str) -> str:
    """Return the asset that holds a source's return."""
    return f"{source_code}_return"


def checked_name(source_code: str) -> str:
    """Return the asset that holds a source's rows with what became of each."""
    return f"{source_code}_outturns"


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
        check_specs=[checks.blocking(checks.READERS_AGREE, name, partitions)],
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
    ) -> Events:
        def make(quarter: Quarter, _: Mapping[str, pd.DataFrame]) -> Tables:
            rows = extract(entry, quarter, council.folder, landing)
            metadata = frame_metadata(rows, quarter) | _received(rows)
            return {name: Made(rows, metadata, [_readers_outcome(rows)])}

        yield from each_quarter(context, make)

    return source_return


def _readers_outcome(rows: pd.DataFrame) -> checks.Outcome:
    return checks.error_outcome(checks.READERS_AGREE, count_mismatch(rows))


def _received(rows: pd.DataFrame) -> dict[str, str | int]:
    if rows.empty:
        return {"return": "not returned"}
    return {
        "return": "returned",
        "file": rows["file_name"].iloc[0],
        "sha256": rows["file_sha256"].iloc[0],
        "data_row_count": int((rows["row_kind_code"] == RowKind.DATA).sum()),
        "hidden_row_count": int(rows.loc[rows["is_hidden"], "row_number"].nunique()),
        "hidden_sheets": rows["hidden_sheets_text"].fillna("none").iloc[0],
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
            checks.blocking(checks.LEDGER_BALANCES, name, partitions),
            checks.blocking(checks.ACCEPTED_ROWS_SATISFY_SCHEMA, name, partitions),
            checks.warning(checks.NO_REJECTED_ROWS, name, partitions),
        ],
        **asset_facts(
            stages.CheckedRows,
            description=f"{entry.source_name}: every row with what became of it and why.",
        ),
    )
    def source_outturns(
        context: dg.AssetExecutionContext,
        rows: Frames,
        kpis_in_force: Frames,
        council: dg.ResourceParam[Council],
    ) -> Events:
        def make(quarter: Quarter, frames: Mapping[str, pd.DataFrame]) -> Tables:
            expected = expectations(entry, quarter, council, frames["kpis_in_force"])
            checked = check_rows(frames["rows"], expected)
            rule = council.small_numbers_in_force(quarter)
            return {name: _checked(frames["rows"], checked, expected, rule)}

        yield from each_quarter(context, make, {"rows": rows, "kpis_in_force": kpis_in_force})

    return source_outturns


def _checked(
    rows: pd.DataFrame, checked: pd.DataFrame, expected: Expectations, rule: SmallNumbers
) -> Made:
    ledger = return_ledger(rows, checked, expected.source_code, expected.quarter)
    accepted = accepted_outturns(checked)
    rejected = withhold_rejections(rejected_rows(checked), checked, rule).rejected
    counts = {name: int(ledger[name].iloc[0]) for name in ledger.columns if name.endswith("_count")}
    imbalance = ledger_imbalance(ledger)
    schema_check, accepted_model = checks.ACCEPTED_ROWS_SATISFY_SCHEMA, stages.AcceptedOutturns
    outcomes = [
        checks.error_outcome(checks.LEDGER_BALANCES, imbalance, _counted(counts)),
        checks.schema_outcome(schema_check, accepted, accepted_model),
        checks.warning_outcome(checks.NO_REJECTED_ROWS, records(rejected, _REJECTED)),
    ]
    return Made(checked, frame_metadata(checked, expected.quarter) | counts, outcomes)


def _counted(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"Count": name, "Rows": number} for name, number in counts.items()]


def source_assets(
    sources: Sequence[Source], partitions: dg.TimeWindowPartitionsDefinition
) -> list[dg.AssetsDefinition]:
    """Make both assets of every source."""
    return [make(entry, partitions) for entry in sources for make in (return_asset, checked_asset)]
