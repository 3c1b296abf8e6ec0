"""The reporting tables, made in one step so that they are all of one moment."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pandas as pd

from perf_pipeline import summarise
from perf_pipeline.council import Council
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.each_quarter import Events, Made, Tables, each_quarter
from perf_pipeline.orchestration.io import Frames
from perf_pipeline.orchestration.lineage import COLUMN_LINEAGE, reporting_lineage
from perf_pipeline.orchestration.made_tables import SUMMARIES, made_tables
from perf_pipeline.orchestration.register_states import require_same_register
from perf_pipeline.orchestration.tables import (
    REPORTING_GROUP,
    asset_facts,
    frame_metadata,
    preview,
    records,
)
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import NOT_RATED, QualityCheck, Rag, RagLook
from perf_pipeline.schemas import REPORTING_TABLES, withheld

_MADE_ELSEWHERE = {
    "rejected_rows",
    "accepted_rows",
    "disaggregated_returns",
    "disaggregated_summary",
}
_HEADINGS = {
    "directorate_name": "Directorate",
    "kpi_count": "No of KPIs",
    "rated_count": "KPIs with RAG",
}
_IDLE = {"kpi_ref": "KPI", "kpi_name": "Name", "directorate_name": "Directorate"}
_QUESTIONED = {
    "kpi_ref": "KPI",
    "kpi_name": "Name",
    "finding_text": "Found",
    "file_name": "File",
    "sheet_name": "Sheet",
    "row_number": "Row",
}
_STAGES = (
    "kpis_in_force",
    "accepted_outturns",
    "earlier_outturns",
    "comparator_outturns",
    "return_ledger",
    "rejected_rows",
    "accepted_rows",
    "return_titles",
    "compared_outturns",
    "rated_outturns",
    "earlier_ratings",
)


def reporting_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the reporting tables' assets."""
    published = {n: model for n, model in REPORTING_TABLES.items() if n not in _MADE_ELSEWHERE}
    made_here = published | {"withheld_figures": withheld.WithheldFigures}

    @dg.multi_asset(
        name="reporting_tables",
        outs={
            name: dg.AssetOut(group_name=REPORTING_GROUP, kinds={"pandas"}, **asset_facts(model))
            for name, model in made_here.items()
        },
        ins={name: dg.AssetIn(name) for name in _STAGES},
        partitions_def=partitions,
        check_specs=[
            checks.blocking(checks.SUMMARIES_ADD_UP, "directorate_summary", partitions),
            checks.warning(checks.EVERY_RED_HAS_AN_ACTION, "exceptions", partitions),
            *(checks.warning(name, "data_quality", partitions) for name in QualityCheck),
        ],
    )
    def reporting_tables(
        context: dg.AssetExecutionContext,
        council: dg.ResourceParam[Council],
        **made_before: Frames,
    ) -> Events:
        def make(quarter: Quarter, frames: Mapping[str, pd.DataFrame]) -> Tables:
            require_same_register(frames["kpis_in_force"], council, quarter)
            tables = made_tables(frames, council, quarter)
            outcomes = _outcomes(tables)
            return {
                name: Made(
                    tables[name],
                    _metadata(name, tables[name], quarter, council.scheme),
                    outcomes.get(name, []),
                )
                for name in made_here
            }

        yield from each_quarter(context, make, made_before)

    return reporting_tables


def _outcomes(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[checks.Outcome]]:
    summaries = {name: tables[name] for name in SUMMARIES}
    fault = summarise.summary_imbalance(tables["kpi_scorecard"], summaries)
    listed, found = tables["exceptions"], tables["data_quality"]
    questioned = list(zip(found["check_code"], records(found, _QUESTIONED), strict=True))
    idle = listed[(listed["rag_code"] == Rag.RED) & listed["is_action_missing"]]
    return {
        "directorate_summary": [checks.error_outcome(checks.SUMMARIES_ADD_UP, fault)],
        "exceptions": [
            checks.warning_outcome(checks.EVERY_RED_HAS_AN_ACTION, records(idle, _IDLE))
        ],
        "data_quality": [
            checks.warning_outcome(name, [row for code, row in questioned if code == name])
            for name in QualityCheck
        ],
    }


def _metadata(
    name: str, frame: pd.DataFrame, quarter: Quarter, scheme: Mapping[str, RagLook]
) -> dict[str, Any]:
    metadata = frame_metadata(frame, quarter)
    lineage = reporting_lineage(name)
    if lineage is not None:
        metadata[COLUMN_LINEAGE] = lineage
    if name == "directorate_summary":
        ratings = {f"{rag}_text": look.label for rag, look in scheme.items() if rag != NOT_RATED}
        metadata["summary"] = preview(frame, _HEADINGS | ratings)
    return metadata
