"""The reporting tables, made in one step so that they are all of one moment."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pandas as pd

from perf_pipeline import summarise
from perf_pipeline.council import Council, rows_in_force
from perf_pipeline.errors import CouncilChangedError
from perf_pipeline.orchestration import checks
from perf_pipeline.orchestration.partitions import quarter_of
from perf_pipeline.orchestration.tables import (
    asset_facts,
    frame_metadata,
    preview,
    readable_failures,
)
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Rag
from perf_pipeline.schemas import REPORTING_TABLES

REPORTING_GROUP = "reporting"
_MADE_EARLIER = {"rejected_rows"}
SUMMARY_HEADINGS = {
    "directorate_name": "Directorate",
    "kpi_count": "No of KPIs",
    "rated_count": "KPIs with RAG",
    "red_text": "Red",
    "amber_text": "Amber",
    "green_text": "Green",
}


def reporting_asset(partitions: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    """Make the reporting tables' assets."""
    made_here = {n: model for n, model in REPORTING_TABLES.items() if n not in _MADE_EARLIER}

    @dg.multi_asset(
        name="reporting_tables",
        outs={
            name: dg.AssetOut(group_name=REPORTING_GROUP, kinds={"pandas"}, **asset_facts(model))
            for name, model in made_here.items()
        },
        partitions_def=partitions,
        check_specs=[
            checks.blocking(checks.SUMMARIES_ADD_UP, "directorate_summary"),
            checks.warning(checks.EVERY_RED_HAS_AN_ACTION, "exceptions"),
        ],
    )
    def reporting_tables(
        context: dg.AssetExecutionContext,
        kpis_in_force: pd.DataFrame,
        accepted_outturns: pd.DataFrame,
        earlier_outturns: pd.DataFrame,
        return_ledger: pd.DataFrame,
        rated_outturns: pd.DataFrame,
        compared_outturns: pd.DataFrame,
        council: dg.ResourceParam[Council],
    ) -> Iterator[dg.MaterializeResult[pd.DataFrame]]:
        quarter = quarter_of(context)
        with readable_failures():
            _require_same_register(kpis_in_force, council, quarter)
        scorecard = summarise.kpi_scorecard(rated_outturns, compared_outturns, kpis_in_force)
        tables = {
            **_counts(scorecard, council, quarter),
            **_notes(council, quarter),
            "kpi_scorecard": scorecard,
            "exceptions": summarise.exceptions(scorecard),
            "kpi_breakdowns": summarise.kpi_breakdowns(
                accepted_outturns, kpis_in_force, council.breakdowns
            ),
            "restatements": summarise.restatements(
                accepted_outturns, earlier_outturns, kpis_in_force, quarter.key
            ),
            "return_status": summarise.return_status(
                return_ledger,
                council.sources,
                kpis_in_force,
                rated_outturns,
                council.receipts,
                quarter,
                council.return_deadline(quarter),
            ),
        }
        findings = _check_results(tables)
        for name in made_here:
            yield dg.MaterializeResult(
                asset_key=name,
                value=tables[name],
                metadata=_metadata(name, tables[name], quarter),
                check_results=findings.get(name, []),
            )

    return reporting_tables


def _require_same_register(kpis: pd.DataFrame, council: Council, quarter: Quarter) -> None:
    """Refuse to mix two states of the register: one that was rated by, and one read now."""
    if not kpis.equals(council.kpis_in_force(quarter)):
        raise CouncilChangedError(
            f"The register has changed since the KPIs of {quarter.label} were read. Run the whole "
            "quarter again, not only what failed."
        )


def _counts(scorecard: pd.DataFrame, council: Council, quarter: Quarter) -> dict[str, pd.DataFrame]:
    directorates = council.directorates_in_force(quarter)
    services = council.services_in_force(quarter)
    return {
        "directorate_summary": summarise.directorate_summary(scorecard, directorates, quarter.key),
        "service_summary": summarise.service_summary(
            scorecard, services, directorates, quarter.key
        ),
        "council_summary": summarise.council_summary(scorecard, council.name, quarter.key),
    }


def _notes(council: Council, quarter: Quarter) -> dict[str, pd.DataFrame]:
    directorates = council.directorates_in_force(quarter)
    return {
        "key_issues": summarise.key_issues(council.key_issue_notes, directorates, quarter),
        "indicators_in_development": summarise.indicators_in_development(
            rows_in_force(council.in_development, quarter), directorates, quarter.key
        ),
    }


def _check_results(tables: dict[str, pd.DataFrame]) -> dict[str, list[dg.AssetCheckResult]]:
    fault = summarise.summary_imbalance(
        tables["kpi_scorecard"],
        tables["directorate_summary"],
        tables["service_summary"],
        tables["council_summary"],
    )
    listed = tables["exceptions"]
    is_idle = (listed["rag_code"] == Rag.RED) & listed["is_action_missing"]
    idle = listed.loc[is_idle, "kpi_ref"].tolist()
    return {
        "directorate_summary": [
            checks.error_result(checks.SUMMARIES_ADD_UP, "directorate_summary", fault)
        ],
        "exceptions": [checks.warning_result(checks.EVERY_RED_HAS_AN_ACTION, "exceptions", idle)],
    }


def _metadata(name: str, frame: pd.DataFrame, quarter: Quarter) -> dict[str, Any]:
    metadata = frame_metadata(frame, quarter)
    if name == "directorate_summary":
        metadata["summary"] = preview(frame, SUMMARY_HEADINGS)
    return metadata
