"""`perf-pipeline check-return`: what a run would make of a return, before it is sent."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from perf_pipeline.cli.annotating import annotate_workbook, require_annotatable
from perf_pipeline.cli.arithmetic import NOT_RATED_WORDS
from perf_pipeline.cli.console import (
    OK,
    PUBLISHED_WITH_GAPS,
    output,
    plain_table,
    rag_text,
)
from perf_pipeline.cli.readable_database import readable_database
from perf_pipeline.council import read_council
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.return_checks import ExpectedRating, ReturnCheck, check_return
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RagLook
from perf_pipeline.sources import read_unsent


def check_return_command(
    file: Path, quarter: Quarter, source_code: str | None, annotate: Path | None, *, as_json: bool
) -> int:
    """Check a return, print what was found, and return the exit code.

    Args:
        file: The return.
        quarter: Its quarter.
        source_code: Whose it is, where the file does not say.
        annotate: Where a copy with comments is written; none for no copy.
        as_json: True to print JSON alone.

    Returns:
        0 when all is well, 3 when rows would be rejected or KPIs are missing.

    Raises:
        RequestError: There is no such file, nobody can tell whose it is, or a copy with comments
            cannot be made; where that shows only at its writing, what was found is printed.
        ReturnError: The file cannot be read.
    """
    if not file.is_file():
        raise RequestError(f"There is no file {file}.")
    environment = Environment.read()
    council = read_council(environment.council)
    content = read_unsent(file)
    if annotate is not None:
        require_annotatable(content, file.name, annotate)
    with readable_database(environment.database_url) as warehouse:
        found = check_return(content, file.name, quarter, council, warehouse, source_code)
    if as_json:
        output.file.write(json.dumps(_record(found), ensure_ascii=False, indent=2) + "\n")
    else:
        _print(found, dict(council.scheme))
    if annotate is not None:
        annotate_workbook(content, file.name, annotate, found)
        if not as_json:
            output.print(Text(f"With a comment at each finding: {annotate}"), soft_wrap=True)
    return OK if found.is_clean else PUBLISHED_WITH_GAPS


def _record(found: ReturnCheck) -> dict[str, Any]:
    findings = [
        {"place": finding.place, "cell": finding.cell} | asdict(finding)
        for finding in found.findings
    ]
    return asdict(found) | {"findings": findings, "is_clean": found.is_clean}


def _print(found: ReturnCheck, looks: dict[str, RagLook]) -> None:
    quarter = Quarter.parse(found.quarter_key).label
    kind = " (template)" if found.is_template else ""
    output.print(Text(f"{found.source_name}, {quarter}: {found.file_name}{kind}", style="bold"))
    if found.findings:
        rows = [(each.place, each.kpi_ref, _weight(each), each.text) for each in found.findings]
        output.print(plain_table("Findings", ("Where", "KPI", "", "What to do"), rows))
    if found.missing:
        missing = [(each.kpi_ref, each.name) for each in found.missing]
        output.print(plain_table("Due, and not in the return", ("KPI", "Name"), missing))
    headings = ("KPI", "Name", "Figure", "Target", "Would be")
    ratings = [list(_rating(each, looks)) for each in found.ratings]
    output.print(plain_table("Ratings", headings, ratings))
    for line in _summary(found):
        output.print(Text(line), soft_wrap=True)


def _weight(finding: Any) -> str:
    return "rejected" if finding.is_rejection else "to note"


def _rating(rating: ExpectedRating, looks: dict[str, RagLook]) -> Iterator[object]:
    yield from (rating.kpi_ref, rating.name, rating.figure, rating.target)
    shown = rag_text(rating.rag_code, looks)
    if rating.reason_code is not None:
        shown = Text(f"{shown.plain}: {NOT_RATED_WORDS[rating.reason_code]}")
    yield shown


def _summary(found: ReturnCheck) -> Iterator[str]:
    yield (
        f"{found.read_count} rows read: {found.accepted_count} accepted, {found.rejected_count} "
        f"rejected, {found.ignored_count} ignored. KPIs due and missing: {len(found.missing)}."
    )
    yield found.compared_with
    if found.is_clean:
        yield "Nothing would be rejected. Nothing was sent: this was only a check."
    else:
        yield "Mend what is listed and check again. Nothing was sent: this was only a check."
