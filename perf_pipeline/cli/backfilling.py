"""`perf-pipeline run FIRST --to LAST`: several quarters in one run, and what each lacks."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rich.text import Text

from perf_pipeline.cli.console import (
    FAILED,
    PUBLISHED_WITH_GAPS,
    WRONG_CALL,
    complain,
    counted,
    errors,
    output,
    plain_table,
)
from perf_pipeline.cli.running import (
    JUDGED,
    Tables,
    exit_code,
    in_view,
    missing_refs,
    not_runnable,
    print_disaggregated,
    print_progress,
    print_returns,
    records_of,
)
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.runs import Progress, RunOutcome, run_quarter
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnState
from perf_pipeline.warehouse import Publication

_READ = JUDGED | {"kpi_scorecard"}
"""The tables that are read to report on a quarter."""

_COUNTS = ("rejected_row_count", "missing_return_count", "missing_figure_count")


@dataclass(frozen=True)
class _Made:
    """What a run made of one quarter; of one that failed there are no tables."""

    quarter: Quarter
    publication: Publication | None
    tables: Tables
    code: int


def backfill_command(first: Quarter, last: Quarter, *, as_json: bool, is_draft_only: bool) -> int:
    """Run every quarter from one to another as one run, and return the exit code.

    Raises:
        CouncilError: The council folder has mistakes.
        RequestError: Settings have mistakes.
    """
    if last < first:
        complain(f"{last.label} is before {first.label}. Write the earlier quarter first.")
        return WRONG_CALL
    environment = Environment.read()
    from perf_pipeline.definitions import council, quarter_job  # noqa: PLC0415 - reads the folder

    wrong = not_runnable(first, council) or not_runnable(last, council)
    if wrong is not None:
        complain(wrong)
        return WRONG_CALL
    environment.prepare()
    outcome = run_quarter(
        quarter_job,
        first,
        environment,
        (lambda _: None) if as_json else _each_asset_once(),
        last=last,
        is_draft_only=is_draft_only,
    )
    made = [_made(quarter, environment, outcome) for quarter in first.through(last)]
    code = max(each.code for each in made) if outcome.is_success else FAILED
    _report(made, outcome, code, as_json=as_json)
    return code


def _each_asset_once() -> Callable[[Progress], None]:
    """Return what prints an asset when its first quarter is recorded, and all that goes wrong."""
    printed: set[str] = set()

    def hear(progress: Progress) -> None:
        if progress.failure is not None or progress.warning is not None:
            print_progress(progress)
        elif progress.asset not in printed:
            printed.add(progress.asset)
            errors.print(Text.assemble(("✓ ", "green"), progress.asset))

    return hear


def _made(quarter: Quarter, environment: Environment, outcome: RunOutcome) -> _Made:
    publication, tables = in_view(quarter, environment, outcome, _READ)
    return _Made(quarter, publication, tables, exit_code(outcome, tables))


def _report(made: list[_Made], outcome: RunOutcome, code: int, *, as_json: bool) -> None:
    if as_json:
        output.file.write(_as_json(made, outcome, code) + "\n")
        return
    if not outcome.is_success:
        complain("The run failed. What is in view of each quarter now:")
    headings = ["Quarter", "Version", "Publication"]
    headings += ["Rejected rows", "Returns missing", "Figures missing"]
    title = f"{made[0].quarter.label} to {made[-1].quarter.label}"
    output.print(plain_table(title, headings, [_line(each) for each in made]))
    for each in made:
        if each.code == PUBLISHED_WITH_GAPS:
            _print_gaps(each)


def _print_gaps(each: _Made) -> None:
    """Say of a quarter what was rejected or is missing, whom to ask and where to look."""
    output.print(Text(f"\n{each.quarter.label}", style="bold"))
    counts = Counter(each.tables["rejected_rows"]["source_code"])
    if counts:
        sources = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
        rejected = f"{counted(counts.total(), 'rejected row')} ({sources})"
        sentence = f"{rejected}: perf-pipeline rejects {each.quarter.key}"
        output.print(Text(sentence, style="yellow"), soft_wrap=True)
    print_returns(each.tables["return_status"], missing_refs(each.tables["kpi_scorecard"]))
    print_disaggregated(each.tables["disaggregated_returns"])


def _line(each: _Made) -> list[object]:
    if each.publication is None:
        return [each.quarter.key, "none", "", "", "", ""]
    version = (
        f"{each.publication.version_number}{'' if each.publication.is_released else ', draft'}"
    )
    publication_id = each.publication.publication_id[:12]
    return [each.quarter.key, version, publication_id, *_counts(each).values()]


def _counts(each: _Made) -> dict[str, int | None]:
    """Count what was rejected or is missing, disaggregated returns too.

    Null where nobody knows, which is not nought.
    """
    if not each.tables:
        return dict.fromkeys(_COUNTS)
    status, returns = each.tables["return_status"], each.tables["disaggregated_returns"]
    is_missing = status["return_status_code"] == ReturnState.NOT_RETURNED
    found = (
        len(each.tables["rejected_rows"]) + returns["rejected_count"].sum(),
        is_missing.sum() + returns["dataset_sha256"].isna().sum(),
        status["missing_kpi_count"].sum(),
    )
    return {name: int(count) for name, count in zip(_COUNTS, found, strict=True)}


def _facts(publication: Publication) -> dict[str, str | int | bool]:
    return {
        "publication_id": publication.publication_id,
        "version_number": publication.version_number,
        "is_released": publication.is_released,
    }


def _as_json(made: list[_Made], outcome: RunOutcome, code: int) -> str:
    report = {
        "exit_code": code,
        "run_id": outcome.run_id,
        "failures": [
            {"asset": failure.asset, "message": failure.failure} for failure in outcome.failures
        ],
        "quarters": [
            {
                "quarter_key": each.quarter.key,
                "exit_code": each.code,
                "publication": None if each.publication is None else _facts(each.publication),
                **_counts(each),
                **records_of(each.tables, JUDGED),
            }
            for each in made
        ],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)
