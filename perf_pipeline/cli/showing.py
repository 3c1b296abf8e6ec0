"""`perf-pipeline show`: a reporting table as readers see it."""

import json
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from perf_pipeline.cli.console import looks_of, output, plain_table, rag_text
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE, RagLook
from perf_pipeline.warehouse import connect, read_table

_SHOWN = {
    "directorate_summary": (
        "directorate_name kpi_count rated_count red_text amber_text green_text"
    ),
    "service_summary": (
        "directorate_name service_name kpi_count rated_count red_text amber_text green_text"
    ),
    "council_summary": (
        "council_name kpi_count rated_count red_text amber_text green_text red_change_text "
        "amber_change_text green_change_text"
    ),
    "priority_summary": "priority_name kpi_count rated_count red_text amber_text green_text",
    "theme_summary": "theme_name kpi_count rated_count red_text amber_text green_text",
    "owner_summary": "owner_name kpi_count rated_count red_text amber_text green_text",
    "directorate_trend": (
        "trend_quarter_key directorate_name kpi_count rated_count red_text amber_text green_text"
    ),
    "kpi_scorecard": (
        "kpi_ref kpi_name outturn_text target_text rag_code not_rated_reason_code "
        "direction_previous_quarter_code direction_last_year_code"
    ),
    "kpi_breakdowns": (
        "kpi_ref kpi_name breakdown_type_code breakdown_category_name outturn_text "
        "outturn_status_code"
    ),
    "kpi_comparisons": (
        "kpi_ref comparator_code comparator_quarter_key comparator_value change_value "
        "change_unit_code direction_code not_comparable_reason_code"
    ),
    "kpi_benchmarks": (
        "kpi_ref benchmark_name outturn_value benchmark_value position_code benchmark_rag_code"
    ),
    "exceptions": (
        "kpi_ref kpi_name rag_code rule_rag_code outturn_text target_text commentary_text "
        "action_text override_role override_date override_reason_text"
    ),
    "key_issues": "directorate_name issue_order issue_text",
    "indicators_in_development": "directorate_name indicator_order indicator_text",
    "return_status": (
        "source_name return_status_code deadline_date received_date read_count accepted_count "
        "rejected_count ignored_count"
    ),
    "rejected_rows": "file_name sheet_name row_number kpi_ref reason_code reason_text",
    "accepted_rows": (
        "file_name sheet_name row_number kpi_ref reason_code accepted_by_role accepted_date "
        "acceptance_text"
    ),
    "restatements": (
        "kpi_ref kpi_name restated_quarter_key restatement_kind_code earlier_value restated_value"
    ),
    "data_quality": "check_code kpi_ref directorate_code source_code finding_text",
    "rag_scheme": "rag_code rag_label symbol_text colour_code display_order",
    "organisation_changes": "unit_kind_code old_code new_code from_quarter_key note_text",
    "disaggregated_returns": (
        "source_code file_count read_count accepted_count rejected_count blank_count dataset_sha256"
    ),
    "disaggregated_summary": (
        "source_code figure_quarter_key kpi_ref outturn_count green_count amber_count red_count "
        "not_rated_count improved_count maintained_count declined_count"
    ),
    "publications": (
        "quarter_key version_number is_current created_at code_version publication_id"
    ),
}
"""The columns that fit a screen; `--json` prints all."""

_REVISED = " [r]"
_RATINGS = {"rag_code", "rule_rag_code", "benchmark_rag_code"}


def show_command(quarter: Quarter, table: str, *, as_json: bool) -> None:
    """Print one reporting table of a quarter.

    Raises:
        RequestError: There is no such table, or readers see nothing of the quarter.
    """
    engine = connect(Environment.read().database_url)
    try:
        frame = read_table(engine, table, quarter)
        if frame.empty:
            _require_in_view(read_table(engine, "publications", quarter), quarter)
        if table == "kpi_scorecard" and not as_json:
            frame = _marked(frame, read_table(engine, "fact_outturn", quarter))
        looks = looks_of(read_table(engine, "rag_scheme", quarter))
    finally:
        engine.dispose()
    if as_json:
        records = json.loads(frame.to_json(orient="records", date_format="iso"))
        output.file.write(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
        return
    columns = _SHOWN.get(table, "").split() or list(frame.columns)
    rows = [
        [_cell(name, value, looks) for name, value in row.items()]
        for row in frame[columns].astype(object).to_dict("records")
    ]
    output.print(plain_table(f"{table}, {quarter.label}", columns, rows))


def _require_in_view(publications: pd.DataFrame, quarter: Quarter) -> None:
    """Tell an empty table of a published quarter from a quarter that readers cannot see."""
    if publications.empty:
        raise RequestError(
            f"{quarter.label} has no publication. Run: perf-pipeline run {quarter.key}"
        )
    if not publications["is_current"].any():
        raise RequestError(
            f"{quarter.label} has a draft, which readers see once it is released: perf-pipeline "
            f"history {quarter.key}"
        )


def _marked(scorecard: pd.DataFrame, outturns: pd.DataFrame) -> pd.DataFrame:
    """Put `[r]` behind figures of which readers saw another one before."""
    key = ["publication_id", "kpi_ref"]
    is_revised = outturns["is_revised"] & (outturns["breakdown_type_code"] == HEADLINE)
    revised = pd.MultiIndex.from_frame(outturns.loc[is_revised, key])
    is_marked = pd.MultiIndex.from_frame(scorecard[key]).isin(revised)
    marked = (scorecard["outturn_text"].fillna("") + _REVISED).str.strip()
    return scorecard.assign(outturn_text=scorecard["outturn_text"].mask(is_marked, marked))


def _cell(name: Hashable, value: Any, looks: Mapping[str, RagLook]) -> Any:
    if str(name) in _RATINGS:
        return rag_text(None if pd.isna(value) else str(value), looks)
    return value
