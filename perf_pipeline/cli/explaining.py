"""`perf-pipeline explain`: why a KPI has its rating, down to the cell it came from."""

import difflib
from decimal import Decimal
from typing import Any

import pandas as pd
from rich.text import Text

from perf_pipeline.cli.console import output, rag_text
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import UNITS, Polarity, Rag, Rule, RuleKind
from perf_pipeline.warehouse import connect, read_quarter

_REASONS = {
    "no_target": "no target is registered for the quarter",
    "in_development": "the indicator is in development",
    "data_only": "the KPI is published for information and has no target",
    "not_due": "no figure is due this quarter",
    "not_returned": "the return has no figure for it",
    "awaiting": "the service awaits the figure",
    "rejected": "its row was rejected",
    "suppressed": "the figure is suppressed",
    "not_applicable": "the service says that it does not apply",
    "not_calculable": "its denominator is 0",
    "new_measure": "the measure is new and has no target yet",
}
_NOT_COMPARABLE = {
    "no_figure": "there is no figure this quarter",
    "no_earlier_figure": "there is no figure to compare with",
    "no_polarity": "neither way is better",
    "year_to_date": "figures add up from April, so the quarter before is no comparator",
}
Row = dict[Any, Any]


def explain_command(quarter: Quarter, kpi_ref: str) -> None:
    """Print what a KPI's rating rests on.

    Raises:
        RequestError: The quarter is not published, or has no such KPI.
    """
    engine = connect(Environment.read().database_url)
    try:
        tables = read_quarter(engine, quarter)
    finally:
        engine.dispose()
    row = _scorecard_row(tables["kpi_scorecard"], quarter, kpi_ref)
    rejected = tables["rejected_rows"]
    rejected = rejected[rejected["kpi_ref"] == row["kpi_ref"]]
    title = Text.assemble((f"{row['kpi_ref']} {row['kpi_name']}", "bold"), f", {quarter.label}: ")
    output.print(title + rag_text(row["rag_code"]), soft_wrap=True)
    for name, sentence in _sentences(row, rejected.to_dict("records")):
        output.print(Text.assemble((f"  {name:<14}", "bold"), sentence), soft_wrap=True)


def _scorecard_row(scorecard: pd.DataFrame, quarter: Quarter, kpi_ref: str) -> Row:
    if scorecard.empty:
        raise RequestError(
            f"{quarter.label} is not published. Run: perf-pipeline run {quarter.key}"
        )
    found = scorecard[scorecard["kpi_ref"].str.casefold() == kpi_ref.strip().casefold()]
    if found.empty:
        near = difflib.get_close_matches(kpi_ref.upper(), scorecard["kpi_ref"], n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise RequestError(f"`{kpi_ref}` is no KPI of {quarter.label}.{hint}")
    row = found.astype(object).where(found.notna(), None).to_dict("records")[0]
    return dict(row)


def _sentences(row: Row, rejected: list[Row]) -> list[tuple[str, str]]:
    return [
        ("Directorate", f"{row['directorate_name']}, {row['service_name']}"),
        ("Figure", _figure(row)),
        ("From", _origin(row)),
        *(("Rejected", f"row {bad['row_number']}: {bad['reason_text']}") for bad in rejected),
        ("Target", _target(row)),
        ("Rule", _rule(row).text),
        ("Rating", _rating(row)),
        ("Last quarter", _earlier(row, "previous_quarter")),
        ("Last year", _earlier(row, "last_year")),
        *((("Commentary", row["commentary_text"]),) if row["commentary_text"] else ()),
        *((("Action", row["action_text"]),) if row["action_text"] else ()),
        *((("Note", "Illustrative sample data."),) if row["is_illustrative"] else ()),
        ("Publication", str(row["publication_id"])),
    ]


def _number(value: float) -> str:
    return f"{Decimal(repr(float(value))).normalize():,f}"


def _in_unit(value: float, row: Row) -> str:
    unit = UNITS[row["unit_code"]]
    return f"{unit.prefix}{_number(value)}{unit.suffix}"


def _figure(row: Row) -> str:
    if row["outturn_value"] is None:
        said = f" (the return says: {row['raw_value_text']})" if row["raw_value_text"] else ""
        return f"none: {row['outturn_status_code'] or 'not in any return'}{said}"
    figure = _in_unit(row["outturn_value"], row)
    if row["numerator_value"] is not None:
        parts = f"{_number(row['numerator_value'])} of {_number(row['denominator_value'])}"
        figure = f"{figure}, from {parts}"
    return f"{figure}, printed as {row['outturn_text']}"


def _origin(row: Row) -> str:
    if row["file_name"] is None:
        return f"no accepted row of {row['source_code']}"
    sheet = f", sheet {row['sheet_name']}" if row["sheet_name"] else ""
    held = f", cell text `{row['raw_value_text']}`" if row["raw_value_text"] else ""
    return f"{row['file_name']}{sheet}, row {row['row_number']}{held}, sha256 {row['file_sha256']}"


def _target(row: Row) -> str:
    if row["target_value"] is None:
        return "none"
    until = row["target_valid_to"] or "still"
    return (
        f"{_in_unit(row['target_value'], row)}, valid from {row['target_valid_from']} ({until}); "
        f"{row['polarity_code']} is better"
    )


def _rule(row: Row) -> Rule:
    tolerances = (row["green_tolerance_value"], row["amber_tolerance_value"])
    green, amber = (Decimal(repr(float(value))).normalize() for value in tolerances)
    return Rule(row["rule_name"], RuleKind(row["rule_kind_code"]), green, amber)


def _rating(row: Row) -> str:
    reason = row["not_rated_reason_code"]
    if reason is not None:
        return f"not rated: {_REASONS[reason]}"
    outturn, target = _in_unit(row["outturn_value"], row), _in_unit(row["target_value"], row)
    shortfall = row["shortfall_value"]
    if shortfall <= 0:
        return f"{outturn} meets {target}: {row['rag_code']}"
    is_lower = row["polarity_code"] == Polarity.LOWER
    sum_text = f"{outturn} − {target}" if is_lower else f"{target} − {outturn}"
    limits = ", ".join(
        f"{rag} up to {_number(row[f'{rag}_limit_value'])}" for rag in (Rag.GREEN, Rag.AMBER)
    )
    return f"short by {sum_text} = {_number(shortfall)}; {limits}: {row['rag_code']}"


def _earlier(row: Row, name: str) -> str:
    direction = row[f"direction_{name}_code"]
    reason = row[f"not_comparable_{name}_code"]
    value = row[f"{name}_value"]
    shown = "" if value is None else f"{_in_unit(value, row)} ({row[f'{name}_origin_text']}); "
    return f"{shown}{direction.replace('_', ' ')}" + (
        f": {_NOT_COMPARABLE[reason]}" if reason else ""
    )
