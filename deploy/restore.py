"""Restore a backup that backup.py made, onto a machine that has nothing yet.

    restore.py BACKUP       restores, and says what to do next

The environment says where things go, as for perf-pipeline. Nothing is ever overwritten: databases
and folders must be empty, and the backup whole. On PostgreSQL the warehouse's login must be one
that may make schemas; ownership and rights are given by sql/roles.sql afterwards. The login of
Dagster's records is the one that the services use, which owns them from then on.
"""

import os
import shutil
import sys
from pathlib import Path

import sqlalchemy as sa
from backup import (
    DAGSTER_DATABASE_URL,
    LANDING,
    RECORDS,
    SUMS,
    WAREHOUSE,
    BackupError,
    call,
    copy_sqlite,
    postgres_command,
    read_url,
    sqlite_file,
    sums,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import PerfPipelineError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.resources import landing_folder

_OURS = sa.text(
    "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
)
_NEXT = """\
Restored. Now, before anybody runs or reads:
  on PostgreSQL as an administrator: sql/roles.sql, and sql/row_level_security.sql where it is used
  perf-pipeline prepare, as the owner, where this code is newer than the backup
  perf-pipeline verify --known HASH, with the last hash that you kept
  perf-pipeline doctor"""


def main(arguments: list[str]) -> int:
    """Restore the backup that the command line names."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        restore_backup(Path(arguments[0]), Environment.read())
    except (BackupError, PerfPipelineError, OSError) as error:
        print(f"Not restored. {error}", file=sys.stderr)
        return 1
    print(_NEXT)
    return 0


def restore_backup(backup: Path, environment: Environment) -> None:
    """Put everything of a backup where the environment says.

    Raises:
        BackupError: The backup is not whole, or something is there already.
        OSError: A file could not be read or written.
    """
    _require_whole(backup)
    warehouse = read_url(environment.database_url)
    records = os.environ.get(DAGSTER_DATABASE_URL)
    landing = landing_folder(environment.home)
    _require_empty_database(warehouse)
    if records:
        _require_empty_database(read_url(records))
    for folder in (landing, *(environment.dagster_home / n for n in ("history", "schedules"))):
        _require_empty_folder(folder)

    _put_database(backup, WAREHOUSE, warehouse)
    if records:
        _put_database(backup, RECORDS, read_url(records))
    for file in sorted((backup / RECORDS).rglob("*.db")):
        copy_sqlite(file, environment.dagster_home / file.relative_to(backup / RECORDS))
    _put_settings(backup / RECORDS / "dagster.yaml", environment.dagster_home)
    if (backup / LANDING).exists():
        shutil.copytree(backup / LANDING, landing, symlinks=True, dirs_exist_ok=True)


def _require_whole(backup: Path) -> None:
    if not (backup / SUMS).is_file():
        raise BackupError(f"{backup} is no backup, or an unfinished one: it has no {SUMS}.")
    written = (backup / SUMS).read_text(encoding="utf-8").splitlines(keepends=True)
    differing = sorted(set(written).symmetric_difference(sums(backup)))
    if differing:
        names = sorted({line.rstrip("\n").partition("  ")[2] for line in differing})
        raise BackupError(f"{backup} is not what was written: {', '.join(names)}. Take another.")


def _require_empty_folder(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty. Move it away, so that nothing is overwritten.")


def _require_empty_database(url: URL) -> None:
    file = sqlite_file(url)
    if file is not None:
        if file.exists():
            raise BackupError(f"{file} is there. Move it away, so that nothing is overwritten.")
        return
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool, hide_parameters=True
    )
    try:
        with engine.connect() as connection:
            count = connection.execute(_OURS).scalar_one()
    except DBAPIError as error:
        raise BackupError(f"The database {url.database} cannot be reached: {error.orig}") from None
    if count:
        raise BackupError(f"The database {url.database} is not empty. Name a new one.")


def _put_database(backup: Path, name: str, url: URL) -> None:
    file = sqlite_file(url)
    source = backup / f"{name}{'.dump' if file is None else '.sqlite'}"
    if not source.exists():
        raise BackupError(f"{backup} has no {source.name}: it is of another kind of database.")
    if file is not None:
        copy_sqlite(source, file)
        return
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    command, environment = postgres_command("pg_restore", url, *options)
    call([*command, str(source)], environment)


def _put_settings(source: Path, dagster_home: Path) -> None:
    """Put dagster.yaml back, unless the machine has been given one."""
    target = dagster_home / "dagster.yaml"
    if source.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
