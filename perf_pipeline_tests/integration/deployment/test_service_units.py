"""The units of `deploy/systemd`: what systemd says of them, and what they must never do."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perf_pipeline_tests.integration.deployment.servers import PROJECT

UNITS = PROJECT / "deploy" / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
SHARED = UNITS / "perf-pipeline-.service.d" / "10-every-service.conf"
INSTALLED = "/opt/perf-pipeline"
LONG_RUNNING = {"code-server", "daemon", "viewer", "webserver"}


def read(path: Path) -> configparser.ConfigParser:
    """Read a unit."""
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    unit.optionxform = str
    unit.read(path, encoding="utf-8")
    return unit


def words(name: str) -> list[str]:
    """Return the words of what a service executes."""
    return read(UNITS / name)["Service"]["ExecStart"].split()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as installed on a machine where the programs are this environment's."""
    folder = tmp_path / "units"
    shutil.copytree(UNITS, folder)
    for path in folder.rglob("*.*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            programs = str(Path(sys.executable).parent)
            text = text.replace(f"{INSTALLED}/.venv/bin", programs)
            path.write_text(text.replace(INSTALLED, str(PROJECT)), encoding="utf-8")
    return folder


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd's own analyser, of these units and no others of this machine."""
    return subprocess.run(
        ["systemd-analyze", "--no-pager", "--man=no", *arguments],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_systemd_finds_nothing_to_complain_of(installed: Path) -> None:
    """`systemd-analyze verify` accepts every unit, and says nothing of any."""
    units = sorted(str(path) for path in installed.iterdir() if path.is_file())
    done = analyze(installed, "verify", *units)
    ours = [line for line in done.stderr.splitlines() if "perf-pipeline" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("service", SERVICES)
def test_services_are_little_exposed(installed: Path, service: str) -> None:
    """What a service could do to the machine is at most 3.0 of 10 by measure of systemd."""
    done = analyze(
        installed, "security", "--offline=yes", "--threshold=30", str(installed / service)
    )
    assert done.returncode == 0, done.stdout


def test_every_service_has_the_shared_part() -> None:
    """Every service is named so that the shared part applies, and takes none of it back."""
    assert {name.removeprefix("perf-pipeline-").removesuffix(".service") for name in SERVICES} == {
        *LONG_RUNNING,
        *("check", "backup"),
    }
    shared = dict(read(SHARED)["Service"])
    assert shared["User"] == "perf-pipeline"
    assert shared["NoNewPrivileges"] == "yes"
    may_add = {"EnvironmentFile", "StateDirectory"}
    for name in SERVICES:
        assert set(read(UNITS / name)["Service"]).isdisjoint(set(shared) - may_add), name


def test_backup_has_a_login_of_its_own() -> None:
    """Of two environment files the later one counts: drop-ins follow the unit, sorted by name."""
    name = "perf-pipeline-backup.service"
    folders = (SHARED.parent, UNITS / f"{name}.d")
    parts = sorted((path for each in folders for path in each.iterdir()), key=lambda p: p.name)
    files = [read(part)["Service"].get("EnvironmentFile") for part in (UNITS / name, *parts)]
    assert [each for each in files if each] == [
        "/etc/perf-pipeline/perf-pipeline.env",
        "/etc/perf-pipeline/backup.env",
    ]


@pytest.mark.parametrize("name", ["webserver", "viewer"])
def test_webservers_listen_on_this_machine_alone(name: str) -> None:
    """The webservers listen on 127.0.0.1; the viewers' one is read-only, the engineers' one not."""
    given = words(f"perf-pipeline-{name}.service")
    assert given[given.index("--host") + 1] == "127.0.0.1"
    assert ("--read-only" in given) is (name == "viewer")


def test_code_server_listens_on_no_network() -> None:
    """The code server, which asks for no password, is reached by a socket in a closed folder."""
    given = words("perf-pipeline-code-server.service")
    assert "--socket" in given
    assert {"--port", "-p", "--host", "-h"}.isdisjoint(given)
    assert (
        read(UNITS / "perf-pipeline-code-server.service")["Service"]["RuntimeDirectoryMode"]
        == "0750"
    )


@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_servers_start_after_the_check(name: str) -> None:
    """Every server starts after Dagster's folder has been opened once."""
    unit: Any = read(UNITS / f"perf-pipeline-{name}.service")
    assert "perf-pipeline-check.service" in unit["Unit"]["After"].split()
    assert "perf-pipeline-check.service" in unit["Unit"]["Wants"].split()
    assert words("perf-pipeline-check.service")[1:] == ["doctor", "--fix"]


def test_command_line_runs_as_the_services_do(tmp_path: Path) -> None:
    """It has the units' user, environment, folder and umask, and passes words unchanged."""
    (tmp_path / "systemd-run").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "systemd-run").chmod(0o755)
    called = subprocess.run(
        [PROJECT / "deploy" / "perf-pipeline", "release", "2023-24-Q1", "--by", "Head of P; $HOME"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    given = called.stdout.splitlines()
    program = f"{INSTALLED}/.venv/bin/perf-pipeline"
    assert given[given.index(program) + 1 :] == [
        *("release", "2023-24-Q1", "--by", "Head of P; $HOME"),
    ]
    shared = read(SHARED)["Service"]
    assert {f"--uid={shared['User']}", f"--gid={shared['Group']}"} <= set(given)
    for name in ("EnvironmentFile", "WorkingDirectory", "UMask"):
        assert f"--property={name}={shared[name]}" in given


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_executed_is_there(name: str) -> None:
    """Every program and file that a service names is part of the project or its environment."""
    for word in words(name):
        if word.startswith(f"{INSTALLED}/.venv/bin/"):
            assert (Path(sys.executable).parent / Path(word).name).exists(), word
        elif word.startswith(INSTALLED):
            assert (PROJECT / Path(word).relative_to(INSTALLED)).exists(), word
