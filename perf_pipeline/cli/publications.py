"""`sign-off`, `release`, `history`, `diff`, `verify`, `reconcile`: a publication's life."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import pandas as pd
import sqlalchemy as sa
from rich.text import Text

from perf_pipeline.cli.console import FAILED, OK, complain, counted, output, plain_table
from perf_pipeline.council import read_council
from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.io import remove_frame_leftovers
from perf_pipeline.orchestration.resources import frames_folder, landing_folder
from perf_pipeline.quarters import Quarter
from perf_pipeline.sources import Landing
from perf_pipeline.warehouse import (
    connect,
    differences,
    read_table,
    release,
    sign_off,
    verify,
)

_SHORT = 12
_LEFTOVER_AGE = dt.timedelta(hours=1)
"""No step of a run writes one file for longer."""

Cells = list[list[object]]


@contextmanager
def _database() -> Iterator[sa.Engine]:
    engine = connect(Environment.read().database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _say(sentence: str) -> None:
    output.print(Text(sentence), soft_wrap=True)


def sign_off_command(
    quarter: Quarter, role: str, signed_by: str, publication: str | None, note: str | None
) -> None:
    """Sign the quarter's draft for a role, and say who has yet to sign.

    Raises:
        RequestError: There is no such role or draft, or it is signed.
    """
    council = read_council(Environment.read().council)
    with _database() as engine:
        signed = sign_off(
            engine,
            quarter,
            role,
            signed_by,
            roles=council.sign_off,
            council_name=council.name,
            publication_id=publication,
            note=note,
        )
    short_id = signed.publication_id[:_SHORT]
    _say(f"{role} has signed version {signed.version_number} of {quarter.label}, {short_id}.")
    if signed.missing_roles:
        _say(f"Yet to sign: {', '.join(signed.missing_roles)}.")
        return
    command = f"perf-pipeline release {quarter.key} --publication {short_id} --by NAME"
    _say(f"Every role has signed. Release it: {command}")


def release_command(quarter: Quarter, released_by: str, publication: str | None) -> None:
    """Bring the quarter's draft into view.

    Raises:
        RequestError: There is no draft, or a role has not signed it.
    """
    council = read_council(Environment.read().council)
    with _database() as engine:
        released = release(
            engine,
            quarter,
            released_by,
            roles=council.sign_off,
            council_name=council.name,
            publication_id=publication,
        )
    _say(
        f"Readers see version {released.version_number} of {quarter.label}, "
        f"{released.publication_id}."
    )


def history_command(quarter: Quarter, *, as_json: bool) -> None:
    """Print a quarter's versions, signatures and releases.

    Raises:
        RequestError: It has none.
    """
    with _database() as engine:
        tables = {
            name: read_table(engine, name, quarter)
            for name in ("publications", "sign_offs", "publication_releases")
        }
    if tables["publications"].empty:
        raise RequestError(
            f"{quarter.label} has no publication. Run: perf-pipeline run {quarter.key}"
        )
    if as_json:
        shown = {
            name: json.loads(frame.to_json(orient="records", date_format="iso"))
            for name, frame in tables.items()
        }
        output.file.write(json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
        return
    headings = ["Version", "Publication", "Written (UTC)", "Code", "Run", "Now"]
    output.print(plain_table(f"{quarter.label}: versions", headings, _versions(tables)))
    for name, title, columns in (
        (
            "sign_offs",
            "signatures",
            ["draft_number", "role_name", "signed_by", "signed_at", "note_text", "is_valid"],
        ),
        ("publication_releases", "releases", ["version_number", "visible_from", "visible_to"]),
    ):
        rows = [[_cell(value) for value in row] for row in tables[name][columns].to_numpy()]
        if rows:
            output.print(plain_table(f"{quarter.label}: {title}", columns, rows))


def _versions(tables: dict[str, pd.DataFrame]) -> Cells:
    return [
        [
            row["version_number"],
            row["publication_id"][:_SHORT],
            _cell(row["created_at"]),
            row["code_version"],
            row["run_id"][:_SHORT],
            ", ".join(
                word
                for word, is_so in (("in view", row["is_current"]), ("draft", row["is_draft"]))
                if is_so
            ),
        ]
        for row in tables["publications"].to_dict("records")
    ]


def _cell(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is pd.NaT else value


def diff_command(quarter: Quarter, before: str, after: str, *, as_json: bool) -> None:
    """Print which KPIs and which other cells differ between two publications.

    Raises:
        RequestError: There is no such publication.
    """
    with _database() as engine:
        found = differences(engine, quarter, before, after)
    if as_json:
        output.file.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return
    if not found:
        _say("Nothing that is published differs between them.")
        return
    refs = list(dict.fromkeys(each["kpi_ref"] for each in found if each["kpi_ref"]))
    _say(f"KPIs that changed: {', '.join(map(str, refs)) or 'none'}")
    rows = [
        [
            each["table_name"],
            each["row_key"],
            each["column_name"],
            each["before_text"],
            each["after_text"],
        ]
        for each in found
    ]
    headings = ["Table", "Row", "Column", "Before", "After"]
    output.print(plain_table(f"{quarter.label}: {before} → {after}", headings, rows))


def verify_command(known: str | None) -> int:
    """Look for anything that was changed after it was published; return the exit code."""
    with _database() as engine:
        result = verify(engine, known)
    for fault in result.faults:
        output.print(Text(f"✗ {fault}", style="red"), soft_wrap=True)
    publications = counted(result.publication_count, "publication")
    counts = f"{publications}, {counted(result.entry_count, 'audit entry', 'audit entries')}"
    if result.faults:
        faults = counted(len(result.faults), "fault")
        _say(f"{faults} in {counts}. Restore the database from a backup.")
        return FAILED
    _say(f"Nothing was changed: {counts}. Last entry: {result.last_sha256}")
    return OK


def reconcile_command() -> int:
    """Remove what killed runs left half-written, print each file, and return the exit code."""
    home = Environment.read().home
    before = dt.datetime.now(dt.UTC) - _LEFTOVER_AGE
    count = 0
    try:
        for path in chain(
            Landing(landing_folder(home)).remove_leftovers(before),
            remove_frame_leftovers(frames_folder(home), before),
        ):
            _say(f"Removed {path}")
            count += 1
    except OSError as error:
        complain(f"{error.filename} cannot be removed: {error.strerror}. Make its folder writable.")
        return FAILED
    _say(f"{counted(count, 'file')} removed." if count else f"Nothing is left over in {home}.")
    return OK
