"""`perf-pipeline rejects`: rejected rows by source, what to send instead, and what is mended."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa
from rich.text import Text

from perf_pipeline.cli.console import OK, PUBLISHED_WITH_GAPS, output
from perf_pipeline.cli.mending import (
    MendedRow,
    RejectedRow,
    Version,
    csv_line,
    mended_rows,
    rejected_rows,
    with_withheld,
)
from perf_pipeline.cli.running import print_disaggregated
from perf_pipeline.council.timetable import TIMEZONE
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import column_kinds, register
from perf_pipeline.warehouse import (
    connect,
    current_draft_of,
    current_publication,
    read_publication,
    read_table,
    read_withheld,
)

_REGISTER_FILE = "register/accepted_rows.csv"


def rejects_command(quarter: Quarter, source_code: str | None, *, as_json: bool) -> int:
    """Print the rejected rows of a quarter's newest publication, and return the exit code.

    The council sees here what readers do not: what withheld rows hold.

    Raises:
        RequestError: The quarter has no publication, or no such source.
    """
    engine = connect(Environment.read().database_url)
    try:
        versions = _versions(engine, quarter)
        in_view = current_publication(engine, quarter)
    finally:
        engine.dispose()
    newest = versions[-1]
    _require_source(newest.tables, source_code)
    today = dt.datetime.now(ZoneInfo(TIMEZONE)).date()
    rejected = [r for r in rejected_rows(newest, today) if source_code in {None, r.source_code}]
    mended = [r for r in mended_rows(versions) if source_code in {None, r.source_code}]
    returns = newest.tables["disaggregated_returns"]
    is_asked = returns["source_code"].isin([source_code]) | (source_code is None)
    disaggregated = returns[is_asked & (returns["rejected_count"] > 0).fillna(value=False)]
    is_in_view = in_view is not None and in_view.version_number == newest.number
    if as_json:
        shown = {
            "quarter_key": quarter.key,
            "version_number": newest.number,
            "is_in_view": is_in_view,
            "rejected": [asdict(row) for row in rejected],
            "mended": [asdict(row) for row in mended],
            "disaggregated": [
                {"source_code": code, "rejected_count": int(count)}
                for code, count in zip(
                    disaggregated["source_code"], disaggregated["rejected_count"], strict=True
                )
            ],
        }
        output.file.write(json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
    else:
        state = "" if is_in_view else ", a draft"
        count = f"{len(rejected)} rejected row{'' if len(rejected) == 1 else 's'}"
        _say(f"{quarter.label}, version {newest.number}{state}: {count}.")
        _print_rejected(rejected)
        _print_mended(mended)
        print_disaggregated(disaggregated)
    return PUBLISHED_WITH_GAPS if rejected or len(disaggregated) else OK


def _versions(engine: sa.Engine, quarter: Quarter) -> list[Version]:
    """Return the versions up to that of the last run, the oldest first."""
    draft = current_draft_of(engine, quarter)
    if draft is None:
        raise RequestError(
            f"{quarter.label} has no publication. Run: perf-pipeline run {quarter.key}"
        )
    known = read_table(engine, "publications", quarter).sort_values("version_number")
    return [
        Version(
            int(number),
            with_withheld(
                read_publication(engine, quarter, str(publication_id)),
                read_withheld(engine, str(publication_id)),
            ),
        )
        for number, publication_id in zip(
            known["version_number"], known["publication_id"], strict=True
        )
        if number <= draft.version_number
    ]


def _require_source(tables: Mapping[str, pd.DataFrame], source_code: str | None) -> None:
    status, returns = tables["return_status"], tables["disaggregated_returns"]
    known = [*status["source_code"], *returns["source_code"]]
    if source_code is not None and source_code not in known:
        raise RequestError(f"There is no source `{source_code}`. Name one of: {', '.join(known)}.")


def _say(sentence: str) -> None:
    output.print(Text(sentence), soft_wrap=True)


def _print_rejected(rejected: Sequence[RejectedRow]) -> None:
    source_code = None
    for row in rejected:
        if row.source_code != source_code:
            source_code = row.source_code
            title = f"{row.source_name} ({source_code}). Ask: {row.contact_role}"
            output.print(Text(f"\n{title}", style="bold"), soft_wrap=True)
        for line in _lines_of(row):
            output.print(line, soft_wrap=True)
    if any(row.acceptance_lines for row in rejected):
        headings = csv_line(list(column_kinds(register.AcceptedRows)))
        _say(
            f"\nTo take a row as it was sent, a role adds its lines to {_REGISTER_FILE} of the "
            "council folder, with its title for ROLE and its reason for REASON. Headings: "
            f"{headings}"
        )


def _lines_of(row: RejectedRow) -> Iterator[Text]:
    yield Text(f"  {_place(asdict(row))}{f', {row.kpi_ref}' if row.kpi_ref else ''}")
    yield Text.assemble(("    Held    ", "bold"), row.row_text)
    yield Text.assemble(("    Why     ", "bold"), f"{row.reason_text} ({row.reason_code})")
    for line in row.acceptance_lines:
        yield Text.assemble(("    Accept  ", "bold"), line)


def _place(row: Mapping[str, Any]) -> str:
    sheet = f", sheet {row['sheet_name']}" if row["sheet_name"] else ""
    return f"{row['file_name']}{sheet}, row {row['row_number']}"


def _print_mended(mended: Sequence[MendedRow]) -> None:
    if mended:
        output.print(Text("\nNo longer rejected since an earlier version", style="bold"))
    for row in mended:
        after = "accepted in" if row.is_accepted else "no longer in"
        about = f"{row.kpi_ref}, " if row.kpi_ref else ""
        _say(
            f"  {about}{_place(asdict(row))}: rejected in version {row.rejected_version}, {after} "
            f"version {row.settled_version}"
        )
