"""`doctor`: whether this machine is fit to run quarters, and what to do where it is not.

::

    software       Python, Dagster and siblings, SQLite, time zones, user
    settings       of runs: what they may be; a Dask scheduler answers
    folders        there, writable, this user's, with room
    database       answers, set up, its login's rights
    dagster_home   opened once, whole; dagster.yaml
    listeners      Dagster's servers reachable from this machine alone

Nothing is changed without `--fix`, and with it only what is missing is made.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from perf_pipeline.cli.console import FAILED, OK, counted, output
from perf_pipeline.cli.doctor.dagster_home import dagster_home_findings, initialise
from perf_pipeline.cli.doctor.database import database_findings, set_up_database
from perf_pipeline.cli.doctor.findings import Finding, Status, is_sound, note, ok, wrong
from perf_pipeline.cli.doctor.folders import folder_findings, foreign_owner, make_folders
from perf_pipeline.cli.doctor.listeners import listener_findings
from perf_pipeline.cli.doctor.settings import settings_findings
from perf_pipeline.cli.doctor.software import software_findings, user_finding
from perf_pipeline.council import read_council
from perf_pipeline.errors import CouncilError
from perf_pipeline.notices import NOBODY, NoticeSettings, channel_faults, set_up_channels
from perf_pipeline.orchestration.environment import DAGSTER_HOME, Environment
from perf_pipeline.orchestration.resources import frames_folder, landing_folder

_MARKS = {Status.OK: ("✓", "green"), Status.NOTE: ("·", "yellow"), Status.WRONG: ("✗", "red")}


def doctor_command(*, fix: bool, as_json: bool) -> int:
    """Print what is found, and return the exit code: 1 where something must be put right."""
    environment = Environment.read()
    is_home_named = bool(os.environ.get(DAGSTER_HOME))
    fixed = list(_fix(environment)) if fix else []
    findings = [*fixed, *examine(environment, is_home_named=is_home_named)]
    if as_json:
        shown = [asdict(finding) for finding in findings]
        output.file.write(json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
    else:
        _print(findings)
    return OK if is_sound(findings) else FAILED


def examine(environment: Environment, *, is_home_named: bool) -> Iterator[Finding]:
    """Look at everything; nothing is changed, and nothing that is away stops the rest.

    Args:
        environment: Where things are.
        is_home_named: The environment variable DAGSTER_HOME was set when the command started.
    """
    yield from software_findings()
    yield user_finding(os.geteuid())
    yield from settings_findings(environment)
    yield from folder_findings(_folders(environment), _folders_of_runs(environment))
    yield from _council_findings(environment)
    yield from database_findings(environment.database_url)
    yield from dagster_home_findings(environment.dagster_home, is_named=is_home_named)
    yield from listener_findings()


def _fix(environment: Environment) -> Iterator[Finding]:
    owner = foreign_owner(environment.home) if os.geteuid() == 0 else None
    if owner is not None:
        found = f"Nothing was made: {environment.home} is of user {owner}, and this runs as root."
        yield wrong("fix", found, f"Run it as that user, such as: sudo -u '#{owner}' …")
        return
    folders = list(make_folders(_folders(environment)))
    yield from folders
    if is_sound(folders):
        yield from initialise(environment)
    yield from set_up_database(environment.database_url)


def _folders(environment: Environment) -> list[Path]:
    folders = [environment.home, environment.dagster_home]
    file = _sqlite_file(environment.database_url)
    return list(dict.fromkeys(folders if file is None else [*folders, file.parent]))


def _folders_of_runs(environment: Environment) -> list[Path]:
    home = environment.home
    return [landing_folder(home), frames_folder(home), home / "locks"]


def _sqlite_file(url: str) -> Path | None:
    try:
        target = make_url(url)
    except (ArgumentError, ValueError):
        return None
    is_file = target.drivername.startswith("sqlite") and target.database
    return Path(target.database or "").absolute() if is_file else None


def _council_findings(environment: Environment) -> Iterator[Finding]:
    folder = environment.council
    try:
        council = read_council(folder)
    except CouncilError as error:
        mistakes = counted(len(error.mistakes), "mistake")
        found = f"{folder} has {mistakes}. {error.mistakes[0]}"
        yield wrong("council", found, "See them all: perf-pipeline check-council")
    except OSError as error:
        found = f"{folder} cannot be read: {error.strerror}."
        yield wrong("council", found, "Let the user who runs this read it.")
    else:
        yield ok("council", f"{folder}: {council.name}, without mistakes.")
        yield from _notices_findings(environment.notices, council.notify)


def _notices_findings(settings: NoticeSettings, recipients: Sequence[str]) -> Iterator[Finding]:
    faults = channel_faults(settings, recipients)
    for fault in faults:
        yield wrong("notices", fault, "Until then nobody is told by that way of failed runs.")
    channels = [each.name for each in set_up_channels(settings, recipients)]
    if channels:
        yield ok("notices", f"Set up: {', '.join(channels)}.")
    elif not faults:
        yield note("notices", NOBODY, "Until then nobody is told of failed runs.")


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        mark, style = _MARKS[finding.status]
        line = Text.assemble((f"{mark} ", style), (finding.check, "bold"), f": {finding.found}")
        output.print(line, soft_wrap=True)
        if finding.remedy:
            output.print(Text(f"    {finding.remedy}"), soft_wrap=True)
    counts = [sum(f.status is status for f in findings) for status in Status]
    output.print(f"{counts[0]} ok, {counts[1]} to note, {counts[2]} wrong.", highlight=False)
