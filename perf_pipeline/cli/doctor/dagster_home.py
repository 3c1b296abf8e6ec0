"""Dagster's own folder and records: opened once, whole, and set as production needs them.

Webserver and daemon that open a fresh folder at the same moment can break it for good, since each
makes the same tables. So it is opened once before, by one process at a time.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dagster._core.instance.config import dagster_instance_config
from sqlalchemy.exc import DBAPIError

from perf_pipeline.cli.doctor.findings import Finding, note, ok, wrong
from perf_pipeline.errors import PublicationError
from perf_pipeline.orchestration import dagster_records
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.runs import open_instance
from perf_pipeline.warehouse import connect

SQLITE_RECORDS = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
"""The databases that Dagster makes in its folder when it is first opened."""

POSTGRES_SCHEME = "postgresql+psycopg2://"
"""How the address of Dagster's records must begin: its own code needs this driver."""

_OPEN_ONCE = "Run `perf-pipeline doctor --fix` before webserver and daemon start."
_BROKEN = (
    "Stop webserver and daemon, move the folders history and schedules away (the record of runs "
    "goes with them, no publication does), and run perf-pipeline doctor --fix."
)
_SLOW = "Dagster opens its SQLite records anew for every event: a run is slow by some seconds."
_SAID = "Then look again: perf-pipeline doctor"
_REVISION = "SELECT count(*) FROM alembic_version"

Settings = Mapping[str, Any]


def dagster_home_findings(home: Path, *, is_named: bool) -> Iterator[Finding]:
    """Look at Dagster's folder; nothing in it is changed.

    Args:
        home: The folder.
        is_named: The environment variable DAGSTER_HOME names it.
    """
    if not is_named:
        yield note(
            "dagster home",
            "DAGSTER_HOME is not set: a webserver or daemon started by hand would not find "
            f"{home}.",
            f"export DAGSTER_HOME={home}",
        )
    if not home.is_dir():
        yield wrong("dagster home", f"{home} does not exist.", _OPEN_ONCE)
        return
    try:
        settings = dagster_instance_config(str(home))[0]
    except Exception as error:  # noqa: BLE001 - whatever its reading raises is a finding
        yield wrong(
            "dagster.yaml",
            f"{home / 'dagster.yaml'} cannot be used: {_first_line(error)}",
            "`dagster instance info` says more; deploy/dagster.yaml is one to begin from.",
        )
        return
    yield from settings_findings(settings)
    yield from _records_findings(home, settings)


def initialise(environment: Environment) -> Iterator[Finding]:
    """Open Dagster's folder once, under the lock that every opening process waits for."""
    try:
        with open_instance(environment):
            pass
    except Exception as error:  # noqa: BLE001 - whatever Dagster's storages raise is a finding
        yield wrong(
            "fix",
            f"{environment.dagster_home} could not be opened: {type(error).__name__}.",
            "See below what is wrong with it, put that right, and run this again.",
        )
    else:
        yield ok("fix", f"{environment.dagster_home} was opened once, by this process alone.")


def settings_findings(settings: Settings) -> Iterator[Finding]:
    """Look at the settings of dagster.yaml that matter.

    Args:
        settings: As `dagster_instance_config` reads them.
    """
    monitoring = settings.get("run_monitoring", {})
    if not (monitoring.get("enabled") and monitoring.get("max_runtime_seconds")):
        yield wrong(
            "run monitoring",
            "Run monitoring is off, or has no limit: a run whose machine dies stays `started`.",
            "In dagster.yaml: run_monitoring: {enabled: true, max_runtime_seconds: 3600}",
        )
    else:
        limit = monitoring["max_runtime_seconds"]
        yield ok("run monitoring", f"A run that dies is marked failed within {limit} s.")
    if settings.get("telemetry", {}).get("enabled", True):
        found = "Dagster's telemetry is on: it sends how it is used to its makers."
        yield wrong("telemetry", found, "In dagster.yaml: telemetry: {enabled: false}")
    else:
        yield ok("telemetry", "Dagster's telemetry is off.")
    if settings.get("nux", {}).get("enabled", True):
        found = "The UI's invitation to sign up is on."
        yield note("sign-up", found, "In dagster.yaml: nux: {enabled: false}")


def _records_findings(home: Path, settings: Settings) -> Iterator[Finding]:
    storage = settings.get("storage", {})
    if "postgres" in storage:
        yield postgres_records_finding(storage["postgres"])
    elif (config := _sqlite_config(storage)) is not None:
        yield from sqlite_records_findings(Path(_text(config.get("base_dir")) or home))
        if not _is_kept_open(storage):
            yield note("dagster records", _SLOW, _keep_open(config.get("base_dir")))
    else:
        yield note("dagster records", "Dagster's records are kept where this cannot look.")


def _is_kept_open(storage: Settings) -> bool:
    """Tell whether the storage is our own, which keeps its connections."""
    return bool(storage.get("custom", {}).get("module") == dagster_records.__name__)


def _keep_open(base_dir: object) -> str:
    """Return the section of dagster.yaml that keeps connections to the same files open."""
    where = f'"{base_dir}"' if isinstance(base_dir, str) else "{env: DAGSTER_HOME}"
    if isinstance(base_dir, Mapping):
        where = f"{{env: {base_dir.get('env')}}}"
    return (
        f"In dagster.yaml: storage: {{custom: {{module: {dagster_records.__name__}, "
        f"class: {dagster_records.DagsterRecords.__name__}, config: {{base_dir: {where}}}}}}}; "
        "the files stay the same."
    )


def _sqlite_config(storage: Settings) -> Settings | None:
    """Return how Dagster's SQLite files are kept; null where its records are elsewhere."""
    config: Settings = storage.get("sqlite", {})
    if _is_kept_open(storage):
        config = storage["custom"].get("config", {})
    elif storage and "sqlite" not in storage:
        return None
    return config


def sqlite_records_findings(folder: Path) -> Iterator[Finding]:
    """Look whether each of Dagster's SQLite databases was made, and made once."""
    files = [folder / name for name in SQLITE_RECORDS]
    missing = [file for file in files if not file.exists()]
    if missing:
        found = f"{folder} was not opened yet: {missing[0].name} is missing."
        yield wrong("dagster records", found, _OPEN_ONCE)
        return
    broken = [fault for file in files if (fault := _sqlite_fault(file))]
    for fault in broken:
        yield wrong("dagster records", fault, _BROKEN)
    if not broken:
        yield ok("dagster records", f"Dagster's records in {folder} are whole (SQLite).")


def _sqlite_fault(file: Path) -> str | None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as records:
            verdict = records.execute("PRAGMA quick_check(1)").fetchone()[0]
            (count,) = records.execute(_REVISION).fetchone()
    except sqlite3.Error as error:
        return f"{file} cannot be read: {error}."
    if verdict != "ok":
        return f"{file} is damaged: {verdict}."
    if count != 1:
        return f"{file} was made by several processes at once: {count} revisions instead of one."
    return None


def postgres_records_finding(config: Settings) -> Finding:
    """Look whether Dagster's records in PostgreSQL can be reached and were made.

    Args:
        config: The section `storage: postgres:` of dagster.yaml.
    """
    check = "dagster records"
    if "postgres_url" not in config:
        return note(check, "Dagster's records are in PostgreSQL, not by a URL: not looked at.")
    url = _text(config["postgres_url"])
    if not url:
        name = config["postgres_url"]["env"]
        return wrong(check, f"{name} is not set.", "Set it in the services' environment file.")
    if not url.startswith(POSTGRES_SCHEME):
        found = "The address of Dagster's records names no driver, or one that Dagster cannot use."
        return wrong(check, found, f"Begin it with {POSTGRES_SCHEME}")
    try:
        return _made_in_postgres(url)
    except PublicationError as error:
        return wrong(check, f"Dagster's records: {error}", _SAID)


def _made_in_postgres(url: str) -> Finding:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            count = connection.execute(sa.text(_REVISION)).scalar_one()
    except DBAPIError:
        found = "The database of Dagster's records has none yet, or does not let this login read."
        return wrong("dagster records", found, _OPEN_ONCE)
    finally:
        engine.dispose()
    if count != 1:
        found = f"Dagster's records have {count} revisions instead of one."
        return wrong("dagster records", found, "Restore them from a backup, or empty the database.")
    return ok("dagster records", "Dagster's records can be read (PostgreSQL).")


def _text(value: object) -> str | None:
    """Return a setting's text: as it stands, or from the variable that it names."""
    if isinstance(value, Mapping):
        return os.environ.get(str(value.get("env")))
    return None if value is None else str(value)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
