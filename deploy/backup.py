"""Make a backup of everything that a machine of the pipeline cannot make again.

    backup.py FOLDER        writes FOLDER/<UTC time>/ and prints its path

::

    warehouse.dump    the database that is published to (pg_dump), or warehouse.sqlite
    dagster.dump      Dagster's records (pg_dump), or dagster/…/*.db
    dagster/          dagster.yaml
    landing/          what the sources gave
    SHA256SUMS        of every file; `sha256sum -c SHA256SUMS` checks it

The environment says where things are, as for perf-pipeline. Nothing has to stop meanwhile: each
database is taken as of one moment, and the landed returns after the warehouse, so that every return
which a publication names is among them. The council folder is kept where its history is kept.
"""

import datetime as dt
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from perf_pipeline.errors import PerfPipelineError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.resources import landing_folder

DAGSTER_DATABASE_URL = "PERF_PIPELINE_DAGSTER_DATABASE_URL"
SUMS = "SHA256SUMS"
WAREHOUSE = "warehouse"
RECORDS = "dagster"
LANDING = "landing"


class BackupError(Exception):
    """A backup could not be made or restored; the text says why and what to do."""


def main(arguments: list[str]) -> int:
    """Make the backup that the command line asks for."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        print(make_backup(Path(arguments[0]), Environment.read()))
    except (BackupError, PerfPipelineError, OSError) as error:
        print(f"No backup was made. {error}", file=sys.stderr)
        return 1
    return 0


def make_backup(folder: Path, environment: Environment) -> Path:
    """Write a backup into a folder of its own, which has its name only once it is whole.

    Raises:
        BackupError: A database could not be taken.
        OSError: A file could not be read or written.
    """
    name = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H%M%SZ}"
    unfinished = folder / f".{name}.unfinished"
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        _take_database(environment.database_url, unfinished / WAREHOUSE)
        _take_records(environment.dagster_home, unfinished / RECORDS)
        _take_landing(landing_folder(environment.home), unfinished / LANDING)
        (unfinished / SUMS).write_text("".join(sums(unfinished)), encoding="utf-8")
        return unfinished.rename(folder / name)
    except BaseException:
        shutil.rmtree(unfinished)
        raise


def read_url(text: str) -> URL:
    """Return a database's address.

    Raises:
        BackupError: It is none. It is not quoted, since it may hold a password.
    """
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        raise BackupError(
            "A database's address cannot be read. Write it like postgresql://user@host/database, "
            "with @ : / % in a password percent-encoded."
        ) from None


def postgres_command(program: str, url: URL, *options: str) -> tuple[list[str], dict[str, str]]:
    """Return the call of a PostgreSQL program, and its environment.

    The password stands in the environment, since everybody sees a command line.
    """
    address = url.set(drivername="postgresql", password=None).render_as_string()
    environment = dict(os.environ)
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    return [program, *options, f"--dbname={address}"], environment


def call(command: list[str], environment: dict[str, str]) -> None:
    """Call a PostgreSQL program.

    Raises:
        BackupError: It is not installed, or it failed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the program is ours, and no shell reads the arguments
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise BackupError(
            f"{command[0]} is not installed: install PostgreSQL's client programs, of the server's "
            "version or newer."
        ) from None
    if done.returncode != 0:
        raise BackupError(f"{command[0]} failed: {done.stderr.strip()}")


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database as of one moment, by SQLite's own means.

    Raises:
        BackupError: It cannot be read, or is damaged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied: {error}.") from error
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}. Keep the last backup.")


def sums(folder: Path) -> Iterator[str]:
    """Return a line for every file of a backup, as sha256sum writes it."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder)
        if str(name) != SUMS:
            with file.open("rb") as content:
                yield f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {name}\n"


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database, None for another database."""
    is_file = url.drivername.startswith("sqlite") and url.database
    return Path(str(url.database)) if is_file else None


def _take_database(url: str, target: Path) -> None:
    address = read_url(url)
    file = sqlite_file(address)
    if file is not None:
        copy_sqlite(file, target.with_suffix(".sqlite"))
        return
    options = ("--format=custom", f"--file={target.with_suffix('.dump')}")
    call(*postgres_command("pg_dump", address, *options))


def _take_records(dagster_home: Path, target: Path) -> None:
    target.mkdir()
    settings = dagster_home / "dagster.yaml"
    if settings.exists():
        shutil.copy2(settings, target)
    url = os.environ.get(DAGSTER_DATABASE_URL)
    if url:
        _take_database(url, target.with_suffix(""))
        return
    for folder in ("history", "schedules"):
        for file in sorted((dagster_home / folder).rglob("*.db")):
            copy_sqlite(file, target / file.relative_to(dagster_home))


def _take_landing(landing: Path, target: Path) -> None:
    if landing.exists():
        # What a run is landing at this moment is not landed yet, and gone from there when it is.
        half_landed = shutil.ignore_patterns(".landing-*")
        shutil.copytree(landing, target, symlinks=True, ignore=half_landed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
