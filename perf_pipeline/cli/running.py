"""`perf-pipeline run`: progress while it works, then the summary and what is missing."""

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.text import Text

from perf_pipeline.cli.console import (
    FAILED,
    OK,
    PUBLISHED_WITH_GAPS,
    WRONG_CALL,
    complain,
    counted,
    errors,
    looks_of,
    output,
    plain_table,
    rag_text,
)
from perf_pipeline.council import Council
from perf_pipeline.errors import PublicationError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.runs import Progress, RunOutcome, run_quarter
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import NOT_RATED, NotRatedReason, QualityCheck, ReturnState
from perf_pipeline.warehouse import (
    Publication,
    connect,
    current_draft_of,
    current_publication,
    read_publication,
    shown_url,
)

Tables = dict[str, pd.DataFrame]

JUDGED = frozenset({"rejected_rows", "return_status", "disaggregated_returns"})
"""The tables that the exit code of a quarter's run comes of."""

_REPORTED = {
    "directorate_summary",
    "council_summary",
    "data_quality",
    *JUDGED,
}
"""The tables that `--json` prints."""

_READ = _REPORTED | {"kpi_scorecard", "rag_scheme", "restatements"}
"""The tables that are read to report on a run."""


def run_command(quarter: Quarter, *, as_json: bool, from_failure: bool, is_draft_only: bool) -> int:
    """Run a quarter and return the exit code.

    Raises:
        CouncilError: The council folder has mistakes.
        RequestError: Settings have mistakes, or there is no failed run to go on from.
    """
    environment = Environment.read()
    from perf_pipeline.definitions import council, quarter_job  # noqa: PLC0415 - reads the folder

    wrong = not_runnable(quarter, council)
    if wrong is not None:
        complain(wrong)
        return WRONG_CALL
    environment.prepare()
    outcome = run_quarter(
        quarter_job,
        quarter,
        environment,
        (lambda _: None) if as_json else print_progress,
        from_failure=from_failure,
        is_draft_only=is_draft_only,
    )
    return _report(quarter, environment, outcome, council.sign_off, as_json=as_json)


def not_runnable(quarter: Quarter, council: Council) -> str | None:
    """Say why a quarter cannot be run; null where it can."""
    if quarter < council.first_quarter:
        first = council.first_quarter
        return f"{council.name} reports from {first.label} ({first.key}), not {quarter.label}."
    today = dt.datetime.now(tz=dt.UTC).date()
    if quarter.end_date >= today:
        return f"{quarter.label} has not ended: it runs to {quarter.end_date:%d %B %Y}."
    return None


def print_progress(progress: Progress) -> None:
    """Print one thing that happened in a run."""
    if progress.warning is not None:
        errors.print(Text(f"· {progress.warning}", style="yellow"), soft_wrap=True)
        return
    if progress.failure is not None:
        errors.print(Text(f"✗ {progress.asset}: {progress.failure}", style="red"), soft_wrap=True)
        return
    detail = _detail(progress.metadata)
    errors.print(Text.assemble(("✓ ", "green"), progress.asset, (f"  {detail}", "dim")))


def _detail(metadata: dict[str, Any]) -> str:
    if metadata.get("return") == "not returned":
        return "not returned"
    if "data_row_count" in metadata:
        return f"{counted(metadata['data_row_count'], 'row')} from {metadata['file']}"
    if "byte_count" in metadata:
        return counted(metadata["dagster/row_count"], "file")
    if "accepted_count" in metadata:
        return f"{metadata['accepted_count']} accepted, {metadata['rejected_count']} rejected"
    if "version_number" in metadata:
        news = "" if metadata["is_new"] else ", unchanged"
        return f"version {metadata['version_number']}{news}"
    return counted(metadata.get("dagster/row_count", 0), "row")


def _report(
    quarter: Quarter,
    environment: Environment,
    outcome: RunOutcome,
    roles: Sequence[str],
    *,
    as_json: bool,
) -> int:
    publication, tables = in_view(quarter, environment, outcome)
    code = exit_code(outcome, tables)
    if as_json:
        output.file.write(_as_json(quarter, outcome, publication, tables, code) + "\n")
    elif outcome.is_success:
        _print_tables(quarter, tables)
        _print_places(environment, publication)
        if publication is not None and not publication.is_released:
            _print_next_steps(quarter, publication, roles)
    else:
        print_failure(quarter, publication, outcome)
    return code


def in_view(
    quarter: Quarter,
    environment: Environment,
    outcome: RunOutcome,
    wanted: Collection[str] = _READ,
) -> tuple[Publication | None, Tables]:
    """Return what the run made, released or not; when it failed, what readers see.

    The database may be what is broken.

    Args:
        quarter: The quarter.
        environment: Where the database is.
        outcome: The run's.
        wanted: The tables to read.
    """
    try:
        engine = connect(environment.database_url)
        publication = current_publication(engine, quarter)
        draft = current_draft_of(engine, quarter) if outcome.is_success else None
        tables = (
            {} if draft is None else read_publication(engine, quarter, draft.publication_id, wanted)
        )
    except PublicationError:
        if outcome.is_success:
            raise
        return None, {}
    engine.dispose()
    if draft is None or (publication and publication.publication_id == draft.publication_id):
        return publication, tables
    unseen = Publication(
        draft.publication_id,
        quarter.key,
        draft.version_number,
        is_new=outcome.is_new,
        move_number=0,
    )
    return unseen, tables


def exit_code(outcome: RunOutcome, tables: Tables) -> int:
    """Return the exit code of a quarter's run: whether it was published, and with gaps."""
    if not outcome.is_success:
        return FAILED
    status = tables["return_status"]
    is_missing = status["return_status_code"] == ReturnState.NOT_RETURNED
    has_gaps = (is_missing | (status["missing_kpi_count"] > 0)).any()
    returns = tables["disaggregated_returns"]
    has_gaps |= bool((returns["dataset_sha256"].isna() | (returns["rejected_count"] > 0)).any())
    is_whole = tables["rejected_rows"].empty and not has_gaps
    return OK if is_whole else PUBLISHED_WITH_GAPS


def _as_json(
    quarter: Quarter,
    outcome: RunOutcome,
    publication: Publication | None,
    tables: Tables,
    code: int,
) -> str:
    report = {
        "quarter_key": quarter.key,
        "exit_code": code,
        "run_id": outcome.run_id,
        "failures": [
            {"asset": failure.asset, "message": failure.failure} for failure in outcome.failures
        ],
        "publication": None
        if publication is None
        else vars(publication) | {"is_new": outcome.is_new, "is_released": publication.is_released},
        **records_of(tables, _REPORTED),
    }
    return json.dumps(report, ensure_ascii=False, indent=2)


def records_of(tables: Tables, wanted: Collection[str]) -> dict[str, Any]:
    """Return the rows of tables as JSON has them, by table."""
    return {
        name: json.loads(frame.to_json(orient="records"))
        for name, frame in tables.items()
        if name in wanted
    }


def _print_tables(quarter: Quarter, tables: Tables) -> None:
    summary = tables["directorate_summary"]
    council = tables["council_summary"].assign(directorate_name="Council")
    looks = looks_of(tables["rag_scheme"])
    ratings = [rag for rag in looks if rag != NOT_RATED]
    columns = ["directorate_name", "kpi_count", "rated_count", *(f"{r}_text" for r in ratings)]
    words = [rag_text(rag, looks) for rag in ratings]
    headings: list[str | Text] = ["Directorate", "No of KPIs", "KPIs with RAG", *words]
    table = plain_table(
        f"{council['council_name'].iloc[0]}, {quarter.label}",
        headings,
        summary[columns].astype(object).to_numpy().tolist(),
    )
    table.add_section()
    table.add_row(*("" if pd.isna(cell) else str(cell) for cell in council[columns].iloc[0]))
    output.print(table)
    _print_rejected(tables["rejected_rows"])
    print_returns(tables["return_status"], missing_refs(tables["kpi_scorecard"]))
    print_disaggregated(tables["disaggregated_returns"])
    _print_restated(quarter, tables["restatements"])
    _print_questions(quarter, tables["data_quality"])


def _print_rejected(rejected: pd.DataFrame) -> None:
    if rejected.empty:
        return
    rows = [
        (_place(row), row["kpi_ref"], row["reason_text"]) for row in rejected.to_dict("records")
    ]
    title = f"{counted(len(rows), 'rejected row')}: what was wrong and what to send"
    output.print(plain_table(title, ["Where", "KPI", "Why"], rows))


def _place(row: dict[Any, Any]) -> str:
    sheet = "" if pd.isna(row["sheet_name"]) else f", sheet {row['sheet_name']}"
    return f"{row['file_name']}{sheet}, row {row['row_number']}"


def missing_refs(scorecard: pd.DataFrame) -> dict[str, str]:
    """Return the KPIs without a figure in a return that came, by source."""
    is_missing = scorecard["not_rated_reason_code"] == NotRatedReason.NOT_RETURNED
    missing = scorecard[is_missing].groupby("source_code")["kpi_ref"].agg(", ".join)
    return {str(source_code): refs for source_code, refs in missing.items()}


def print_returns(status: pd.DataFrame, missing: Mapping[str, str]) -> None:
    """Say which returns did not come, came late or lack figures, and whom to ask.

    Args:
        status: The quarter's `ReturnStatus`.
        missing: The KPIs without a figure in a return that came, by source.
    """
    for row in status.to_dict("records"):
        for sentence in _return_sentences(row, missing.get(row["source_code"], "")):
            output.print(Text(sentence, style="yellow"), soft_wrap=True)


def print_disaggregated(returns: pd.DataFrame) -> None:
    """Say which disaggregated returns did not come, and of which rows were rejected."""
    for row in returns.to_dict("records"):
        if pd.isna(row["dataset_sha256"]):
            sentence = f"Not returned: {row['source_code']}, disaggregated."
            output.print(Text(sentence, style="yellow"), soft_wrap=True)
        elif row["rejected_count"]:
            rejected = counted(row["rejected_count"], "row")
            sentence = (
                f"{row['source_code']}, disaggregated: {rejected} of {row['read_count']} rejected; "
                "what was wrong with each stands in detail.disaggregated_rejections "
                "(SQLite: detail_disaggregated_rejections)"
            )
            output.print(Text(sentence, style="yellow"), soft_wrap=True)


def _print_restated(quarter: Quarter, listed: pd.DataFrame) -> None:
    if not listed.empty:
        command = f"perf-pipeline show {quarter.key} restatements"
        stated = counted(len(listed), "earlier figure")
        sentence = f"{stated} stated otherwise than before: {command}"
        output.print(Text(sentence, style="yellow"), soft_wrap=True)


def _print_questions(quarter: Quarter, found: pd.DataFrame) -> None:
    lapsed = found[found["check_code"] == QualityCheck.ACCEPTANCE_NOT_APPLIED]
    for sentence in lapsed["finding_text"]:
        output.print(Text(sentence, style="yellow"), soft_wrap=True)
    if not found.empty:
        command = f"perf-pipeline show {quarter.key} data_quality"
        findings = counted(len(found), "plausibility finding")
        sentence = f"{findings}, changing no figure: {command}"
        output.print(Text(sentence, style="yellow"), soft_wrap=True)


def _return_sentences(row: dict[Any, Any], missing: str) -> Iterator[str]:
    name, ask = row["source_name"], f"Ask: {row['contact_role']}."
    if row["return_status_code"] == ReturnState.NOT_RETURNED:
        due = f"{counted(row['due_kpi_count'], 'KPI')} due by {row['deadline_date']}"
        yield f"Not returned: {name}, {due}. {ask}"
        return
    if row["return_status_code"] == ReturnState.LATE:
        yield f"Late: {name} came on {row['received_date']}, due by {row['deadline_date']}."
    if row["missing_kpi_count"]:
        yield f"Figures missing: {name}, {missing}. {ask}"


def _print_places(environment: Environment, publication: Publication | None) -> None:
    if publication is None:
        return
    state = "" if publication.is_released else ", a draft: readers see it once it is released"
    lines = {
        "Publication": f"version {publication.version_number}, {publication.publication_id}{state}",
        "Database": shown_url(environment.database_url),
        "Returns as received": str(environment.home / "landing"),
        "Dagster's records": str(environment.dagster_home),
        "See it in Dagster": "make dev, then http://127.0.0.1:3000",
    }
    for name, value in lines.items():
        output.print(Text.assemble((f"{name:<20}", "bold"), value), soft_wrap=True)


def _print_next_steps(quarter: Quarter, publication: Publication, roles: Sequence[str]) -> None:
    draft = f"--publication {publication.publication_id[:12]}"
    lines: tuple[str, ...] = (
        f"To be signed by: {', '.join(roles)}.",
        f"Each signs with: perf-pipeline sign-off {quarter.key} ROLE --by NAME {draft}",
        f"Who has signed: perf-pipeline history {quarter.key}",
    )
    if not roles:
        lines = (f"Release it with: perf-pipeline release {quarter.key} --by NAME {draft}",)
    for line in lines:
        output.print(Text(line), soft_wrap=True)


def print_failure(quarter: Quarter, publication: Publication | None, outcome: RunOutcome) -> None:
    """Say that nothing was published, what stays in view and how to go on."""
    if publication is None:
        complain(f"Nothing was published: no publication of {quarter.label} can be seen.")
        return
    complain(
        f"Nothing was published: version {publication.version_number} of {quarter.label} "
        "stays in view."
    )
    # A system's files are refused by the step after the one that copies them, which has not failed.
    is_copied = any(each.asset.endswith("_outturns") for each in outcome.failures)
    again = "" if is_copied else " --from-failure"
    complain(f"When it is mended: perf-pipeline run {quarter.key}{again}")
