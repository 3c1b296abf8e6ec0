"""Whether the doctor sees that a server of Dagster's can be reached from elsewhere."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from perf_pipeline.cli.doctor.findings import Status
from perf_pipeline.cli.doctor.listeners import (
    Server,
    is_local,
    listener_findings,
    listening_sockets,
    running_servers,
    server_finding,
    server_name,
    stated_host,
)

WORLD = "0.0.0.0"  # noqa: S104 - what the doctor must see

LISTEN_FOREVER = """
import socket, sys
host = sys.argv[-1]
server = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param(
            "/venv/bin/python /venv/bin/dagster-webserver -p 3000", "dagster-webserver", id="script"
        ),
        pytest.param("python -m dagster_webserver", "dagster-webserver", id="module"),
        pytest.param(
            "/usr/bin/python3 /venv/bin/dagster dev -w workspace.yaml", "dagster dev", id="dev"
        ),
        pytest.param(
            "python -m dagster code-server start -p 4000", "dagster code-server", id="code server"
        ),
        pytest.param(
            "python -m dagster api grpc --socket x", "dagster code-server", id="its child"
        ),
        pytest.param("python /venv/bin/dagster-daemon run", None, id="daemon"),
        pytest.param("tail -f dagster.log dagster-webserver", None, id="a name elsewhere"),
    ],
)
def test_server_name(line: str, name: str | None) -> None:
    """A server is known by the program that runs, not by a word on its command line."""
    assert server_name(line.split()) == name


@pytest.mark.parametrize(
    ("line", "host"),
    [
        pytest.param("dagster-webserver -h 0.0.0.0 -p 1", WORLD, id="short"),
        pytest.param("dagster-webserver --host 10.0.0.4", "10.0.0.4", id="long"),
        pytest.param("dagster-webserver --host=::", "::", id="with a sign"),
        pytest.param("dagster-webserver -p 3000", "127.0.0.1", id="default"),
    ],
)
def test_stated_host(line: str, host: str) -> None:
    """The host is read off a command line, and is Dagster's default where none is given."""
    assert stated_host(line.split()) == host


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("localhost", True),
        (WORLD, False),
        ("::", False),
        ("192.168.1.4", False),
        ("council-host", False),
    ],
)
def test_is_local(host: str, local: bool) -> None:  # noqa: FBT001 - parametrised
    """Only a loopback address cannot be reached from elsewhere."""
    assert is_local(host) is local


def test_kernel_table_is_read() -> None:
    """The kernel's own table names a listening socket of this process with its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        inode = str(os.fstat(server.fileno()).st_ino)
        table = Path("/proc/net/tcp").read_text()
    assert listening_sockets(table)[inode] == "127.0.0.1"
    assert listening_sockets("") == {}


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1", Status.OK), (WORLD, Status.WRONG), ("::", Status.WRONG)],
)
def test_running_server_is_seen(tmp_path: Path, host: str, status: Status) -> None:
    """A process that runs as the webserver is judged by what it really listens on."""
    script = tmp_path / "dagster-webserver"
    script.write_text(LISTEN_FOREVER)
    process = subprocess.Popen(
        [sys.executable, str(script), host],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONWARNINGS": ""},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdout.readline()
        found = {server.pid: server for server in running_servers(Path("/proc"))}
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
    server = found[process.pid]
    assert (server.hosts, server.is_seen) == ((host,), True)
    assert server_finding(server).status is status


def test_sockets_of_others(tmp_path: Path) -> None:
    """Where another user's sockets are not shown, its command line is taken, and said to be."""
    process = tmp_path / "12"
    process.mkdir()
    (process / "cmdline").write_text("python\0/bin/dagster-webserver\0-h\0000.0.0.0\0")
    (process / "fd").write_text("no folder: as unreadable as another user's")
    (server,) = running_servers(tmp_path)
    assert server == Server(12, "dagster-webserver", (WORLD,), is_seen=False)
    assert "was told to listen on 0.0.0.0" in server_finding(server).found


def test_variable_that_opens_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable by which the next webserver would be open to the network is wrong."""
    monkeypatch.setenv("DAGSTER_WEBSERVER_HOST", WORLD)
    assert [f.status for f in listener_findings(tmp_path)] == [Status.WRONG, Status.NOTE]
