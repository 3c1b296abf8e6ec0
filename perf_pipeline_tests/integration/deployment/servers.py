"""Dagster's webserver, daemon and code server as the services of `deploy/systemd` run them."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[3]
PROGRAMS = Path(sys.executable).parent

HEALTH = """
query { instance { daemonHealth { allDaemonStatuses {
  daemonType required healthy lastHeartbeatTime
} } } }
"""
_AWAY = (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException)


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def wait_until(is_so: Callable[[], Any], seconds: float, what: Callable[[], str]) -> Any:
    """Wait until something is so, and return it; `what` says what was the matter if it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = is_so()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(what())


class Service:
    """One server: a process group of its own with a log."""

    def __init__(
        self, name: str, arguments: list[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [str(PROGRAMS / arguments[0]), *arguments[1:]],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has written."""
        return f"--- {self.name} ---\n{self.log.read_text(errors='replace')}"

    def kill(self) -> None:
        """End it and all that it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Webserver(Service):
    """The UI's server, and its API."""

    def __init__(
        self, workspace: Path | None, folder: Path, environment: Mapping[str, str], *options: str
    ) -> None:
        self.port = free_port()
        arguments = ["--host", "127.0.0.1", "--port", str(self.port), *_locations(workspace)]
        name = "viewer" if "--read-only" in options else "webserver"
        super().__init__(name, ["dagster-webserver", *options, *arguments], folder, environment)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask its API."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - as above
            told: dict[str, Any] = json.load(answer)
        assert told.get("data") is not None, told
        data: dict[str, Any] = told["data"]
        return data

    def answers(self) -> bool:
        """Tell whether it answers."""
        try:
            self.ask("query { version }")
        except _AWAY:
            return False
        return True

    def beating_daemons(self) -> list[str]:
        """Return the daemons that have told that they live."""
        try:
            health = self.ask(HEALTH)["instance"]["daemonHealth"]
        except _AWAY:
            return []
        statuses = health["allDaemonStatuses"]
        return [s["daemonType"] for s in statuses if s["required"] and s["healthy"]]


class Daemon(Service):
    """The daemon: queue, schedules, sensors, run monitoring."""

    def __init__(
        self, workspace: Path | None, folder: Path, environment: Mapping[str, str]
    ) -> None:
        arguments = ["dagster-daemon", "run", *_locations(workspace)]
        super().__init__("daemon", arguments, folder, environment)


def _locations(workspace: Path | None) -> list[str]:
    return ["--empty-workspace"] if workspace is None else ["--workspace", str(workspace)]


class CodeServer(Service):
    """The code server, by a socket; runs are its processes."""

    def __init__(self, path: Path, folder: Path, environment: Mapping[str, str]) -> None:
        arguments = ["code-server", "start", "--module-name", "perf_pipeline.definitions"]
        arguments += ["--location-name", "perf_pipeline", "--socket", str(path)]
        super().__init__("code-server", ["dagster", *arguments], folder, environment)
