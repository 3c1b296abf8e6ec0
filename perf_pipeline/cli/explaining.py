"""`perf-pipeline explain`: why a KPI has its rating, down to the cell it came from."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from rich.text import Text

from perf_pipeline.cli.arithmetic import (
    Row,
    forecast_text,
    in_unit,
    number,
    override_text,
    rating_text,
    rule_of,
    target_text,
)
from perf_pipeline.cli.console import looks_of, output, rag_text
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import NOT_RATED, UNLINKED, ChangeUnit, Comparator, RagLook, RatingBasis
from perf_pipeline.warehouse import connect, read_quarter

_NOT_COMPARABLE = {
    "no_figure": "there is no figure this quarter",
    "no_earlier_figure": "there is no figure to compare with",
    "no_polarity": "neither way is better",
    "year_to_date": "figures add up from April, so only the same point of a year compares",
    "no_baseline": "no baseline quarter is named",
    "too_few_figures": "a trend needs three figures",
    "definition_changed": "the definition has changed since",
    "population_changed": "the population counted has changed since",
    "target_basis_changed": "the basis of the target has changed since",
}
_CHANGE_SUFFIX = {ChangeUnit.POINTS: " points", ChangeUnit.PERCENT: "%"}
Lines = Iterator[tuple[str, str]]
Tables = dict[str, pd.DataFrame]


def explain_command(quarter: Quarter, kpi_refs: Sequence[str]) -> None:
    """Print what the rating of each KPI rests on.

    Raises:
        RequestError: The quarter is not published, or has no such KPI.
    """
    engine = connect(Environment.read().database_url)
    try:
        tables = read_quarter(engine, quarter)
    finally:
        engine.dispose()
    for row in [_scorecard_row(tables["kpi_scorecard"], quarter, ref) for ref in kpi_refs]:
        _print(row, tables, quarter)


def _print(row: Row, tables: Tables, quarter: Quarter) -> None:
    title = Text.assemble((f"{row['kpi_ref']} {row['kpi_name']}", "bold"), f", {quarter.label}: ")
    looks = looks_of(tables["rag_scheme"])
    output.print(title + rag_text(row["rag_code"], looks), soft_wrap=True)
    sentences = list(_sentences(row, tables, looks))
    width = max(len(name) for name, _ in sentences) + 1
    for name, sentence in sentences:
        output.print(Text.assemble((f"  {name:<{width}}", "bold"), sentence), soft_wrap=True)


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
    return _records(found)[0]


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return rows as plain values; missing is None."""
    records: list[dict[Any, Any]] = (
        frame.astype(object).where(frame.notna(), None).to_dict("records")
    )
    return records


def _sentences(row: Row, tables: Tables, looks: dict[str, RagLook]) -> Lines:
    of_kpi = {
        name: _records(tables[name][tables[name]["kpi_ref"] == row["kpi_ref"]])
        for name in (
            "accepted_rows",
            "rejected_rows",
            "kpi_comparisons",
            "kpi_benchmarks",
            "data_quality",
        )
    }
    places = dict.fromkeys((row["directorate_name"], row["service_name"]))
    yield "Directorate", ", ".join(places)
    yield from _links(row)
    yield "Figure", _figure(row)
    yield "From", _origin(row)
    for accepted in of_kpi["accepted_rows"]:
        yield "Accepted", _acceptance(accepted)
    for bad in of_kpi["rejected_rows"]:
        yield "Rejected", f"row {bad['row_number']}: {bad['reason_text']}"
    yield "Target", target_text(row)
    yield "Rule", f"{rule_of(row).text} ({row['rule_name']})"
    yield from _ratings(row, of_kpi["kpi_comparisons"], looks)
    for compared in of_kpi["kpi_comparisons"] or _older_comparisons(row):
        label = compared["comparator_label"]
        yield f"{label[:1].upper()}{label[1:]}", _direction(row, compared)
    for benchmark in of_kpi["kpi_benchmarks"]:
        yield "Benchmark", _benchmark(row, benchmark, looks)
    for finding in of_kpi["data_quality"]:
        yield "Question", finding["finding_text"]
    yield from _remarks(row)
    yield "Publication", str(row["publication_id"])


def _acceptance(row: Row) -> str:
    who = f"{row['accepted_by_role']}, {row['accepted_date']}: {row['acceptance_text']}"
    return f"row {row['row_number']} as sent, although {row['reason_code']}: {who}"


def _links(row: Row) -> Lines:
    for name in ("priority", "theme"):
        if row[f"{name}_code"] not in {None, UNLINKED}:
            yield name.capitalize(), row[f"{name}_name"]


def _ratings(row: Row, compared: list[dict[Any, Any]], looks: dict[str, RagLook]) -> Lines:
    watched = row["improvement_comparator_code"]
    direction = next((each for each in compared if each["comparator_code"] == watched), None)
    rating = rating_text(row, direction)
    code = row["rag_code"] or NOT_RATED
    label = looks[code].label
    is_renamed = row["rag_code"] is not None and label.casefold() != code
    is_published = row["rating_basis_code"] != RatingBasis.OVERRIDE
    yield "Rating", f"{rating}, printed as {label}" if is_renamed and is_published else rating
    override = override_text(row)
    if override is not None:
        yield "Override", override
    if row["stated_rag_code"] is not None and row["rating_basis_code"] != RatingBasis.JUDGEMENT:
        yield "Return states", row["stated_rag_code"]
    forecast = forecast_text(row)
    if forecast is not None:
        yield "Forecast", forecast


def _remarks(row: Row) -> Lines:
    for name, column in (("Commentary", "commentary_text"), ("Action", "action_text")):
        if row[column]:
            yield name, row[column]
    owed = (row["action_owner_name"], row["action_due_date"] and f"by {row['action_due_date']}")
    if any(owed):
        yield "Answered for", ", ".join(filter(None, owed))
    if row["is_illustrative"]:
        yield "Note", "Illustrative sample data."


def _figure(row: Row) -> str:
    if row["outturn_value"] is None:
        said = f" (the return says: {row['raw_value_text']})" if row["raw_value_text"] else ""
        return f"none: {row['outturn_status_code'] or 'not in any return'}{said}"
    figure = in_unit(row["outturn_value"], row)
    if row["numerator_value"] is not None:
        parts = f"{number(row['numerator_value'])} of {number(row['denominator_value'])}"
        figure = f"{figure}, from {parts}"
    in_arrears = row["period_quarter_key"] != row["quarter_key"]
    about = f", about {row['period_quarter_key']} (in arrears)" if in_arrears else ""
    provisional = ", provisional" if row["is_provisional"] else ""
    return f"{figure}, printed as {row['outturn_text']}{about}{provisional}"


def _origin(row: Row) -> str:
    if row["file_name"] is None:
        return f"no accepted row of {row['source_code']}"
    sheet = f", sheet {row['sheet_name']}" if row["sheet_name"] else ""
    held = f", cell text `{row['raw_value_text']}`" if row["raw_value_text"] else ""
    return f"{row['file_name']}{sheet}, row {row['row_number']}{held}, sha256 {row['file_sha256']}"


def _direction(row: Row, compared: Row) -> str:
    direction = compared["direction_code"].replace("_", " ")
    reason, value = compared["not_comparable_reason_code"], compared["comparator_value"]
    told = [f"{direction}: {_NOT_COMPARABLE[reason]}" if reason else direction]
    if compared["change_value"] is not None:
        suffix = _CHANGE_SUFFIX[compared["change_unit_code"]]
        told.append(f"change {number(compared['change_value'])}{suffix}")
    if value is not None:
        origin = compared["comparator_origin_text"]
        where = f"{compared['comparator_quarter_key']}{f', {origin}' if origin else ''}"
        told.append(f"from {in_unit(value, row)} ({where})")
    if compared["figure_count"] is not None and not reason:
        told.append(f"a line through {compared['figure_count']} figures")
    return "; ".join(told)


def _older_comparisons(row: Row) -> list[dict[Any, Any]]:
    """Return what a publication of before there were comparisons says of directions."""
    return [
        {
            "comparator_code": comparator,
            "comparator_label": comparator.value.replace("_", " ").capitalize(),
            "comparator_quarter_key": comparator.value.replace("_", " "),
            "comparator_value": row[f"{comparator}_value"],
            "comparator_origin_text": row[f"{comparator}_origin_text"],
            "figure_count": None,
            "change_value": None,
            "direction_code": row[f"direction_{comparator}_code"],
            "not_comparable_reason_code": row[f"not_comparable_{comparator}_code"],
        }
        for comparator in (Comparator.PREVIOUS_QUARTER, Comparator.LAST_YEAR)
    ]


def _benchmark(row: Row, benchmark: Row, looks: dict[str, RagLook]) -> str:
    kind = benchmark["benchmark_type_code"].replace("_", " ")
    figure = in_unit(benchmark["benchmark_value"], row)
    shown = f"{benchmark['benchmark_name']} ({kind}): {figure}"
    if benchmark["position_code"] is None:
        return shown
    return f"{shown}: {benchmark['position_code']} ({looks[benchmark['benchmark_rag_code']].label})"
