"""The whole host goes down in the middle of a run, and comes up again."""

import contextlib
import socket
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from perf_pipeline_tests.integration.deployment.servers import (
    PROJECT,
    CodeServer,
    Daemon,
    Webserver,
    wait_until,
)

QUARTER = "2023-24-Q1"
PARTITION = "2023-04-01"
LIMIT_S = 120
"""The longest that a run may take here; in production it is an hour."""

NOTICE_S = 60
"""The longest that its end may then go unnoticed, on a busy machine."""

WAIT_S = 600

LAUNCH = """
mutation Launch($partition: String!) {
  launchPipelineExecution(executionParams: {
    selector: {
      repositoryLocationName: "perf_pipeline"
      repositoryName: "__repository__"
      pipelineName: "quarter"
    }
    mode: "default"
    executionMetadata: { tags: [{key: "dagster/partition", value: $partition}] }
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""
RERUN = """
mutation Rerun($parent: String!) {
  launchRunReexecution(reexecutionParams: {parentRunId: $parent, strategy: FROM_FAILURE}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}
"""
RUN = """
query Run($id: ID!) { runOrError(runId: $id) { ... on Run {
  status startTime endTime updateTime stepStats { stepKey status }
} } }
"""
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


class Host:
    """A machine on which code server, daemon and webserver run as the services do."""

    def __init__(self, workplace: Any) -> None:
        self.workplace = workplace
        # Not below the test's own folder: a socket's path must be short.
        name = f"perf-pipeline-{workplace.root.stat().st_ino}.sock"
        self.socket = Path(tempfile.gettempdir()) / name
        self.workspace = workplace.root / "workspace.yaml"
        text = (PROJECT / "deploy" / "workspace.yaml").read_text()
        self.workspace.write_text(
            text.replace("/run/perf-pipeline/code-server.sock", str(self.socket))
        )

    def start(self) -> None:
        """Start everything, as at the machine's start, and wait until the UI can launch runs."""
        given = (self.workplace.root, self.workplace.environment)
        self.code_server = CodeServer(self.socket, *given)
        wait_until(self._code_server_answers, WAIT_S, lambda: self.log)
        self.daemon = Daemon(self.workspace, *given)
        self.webserver = Webserver(self.workspace, *given)
        wait_until(self.webserver.answers, WAIT_S, lambda: self.log)

    @property
    def log(self) -> str:
        """What the servers have written."""
        paths = sorted(self.workplace.root.glob("*.log"))
        return "\n".join(path.read_text(errors="replace")[-6000:] for path in paths)

    def crash(self) -> None:
        """Everything ends in the same moment: servers, run workers and their steps."""
        for name in ("code_server", "daemon", "webserver"):
            if hasattr(self, name):
                getattr(self, name).kill()
        for process in psutil.process_iter(["cwd"]):
            if process.info["cwd"] == str(self.workplace.root):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        self.socket.unlink(missing_ok=True)

    def launch(self) -> str:
        """Launch a run of the quarter as the UI does, and return its id."""
        told = self.webserver.ask(LAUNCH, partition=PARTITION)["launchPipelineExecution"]
        assert told["__typename"] == "LaunchRunSuccess", told
        return str(told["run"]["runId"])

    def rerun(self, run_id: str) -> str:
        """Click Re-execute, from failure, and return the new run's id."""
        told = self.webserver.ask(RERUN, parent=run_id)["launchRunReexecution"]
        assert told["__typename"] == "LaunchRunSuccess", told
        return str(told["run"]["runId"])

    def run(self, run_id: str) -> dict[str, Any]:
        """Return how a run is."""
        run: dict[str, Any] = self.webserver.ask(RUN, id=run_id)["runOrError"]
        return run

    def wait_until_ended(self, run_id: str) -> dict[str, Any]:
        """Wait until a run has ended, and return how."""
        wait_until(lambda: self.run(run_id)["status"] in ENDED, WAIT_S, lambda: self.log)
        return self.run(run_id)

    def steps(self, run_id: str, status: str) -> set[str]:
        """Return a run's steps of a status."""
        return {s["stepKey"] for s in self.run(run_id)["stepStats"] if s["status"] == status}

    def _code_server_answers(self) -> bool:
        assert self.code_server.process.poll() is None, self.log
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.socket)) == 0


@pytest.fixture
def host(workplace: Any) -> Iterator[Host]:
    """A machine with the production settings, but for a short limit and records on SQLite."""
    settings = yaml.safe_load((PROJECT / "deploy" / "dagster.yaml").read_text())
    del settings["storage"]
    settings["run_monitoring"] |= {"max_runtime_seconds": LIMIT_S, "poll_interval_seconds": 2}
    home = workplace.home / "dagster"
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings))
    workplace.extra["PERF_PIPELINE_COMPUTE_LOGS"] = str(workplace.home / "compute_logs")
    done = workplace.call("doctor", "--fix")
    assert done.returncode == 0, done.stdout
    machine = Host(workplace)
    try:
        yield machine
    finally:
        machine.crash()


def status_in_the_records(workplace: Any, run_id: str) -> str:
    """Return a run's status as the records have it while no server runs."""
    with closing(sqlite3.connect(workplace.home / "dagster" / "history" / "runs.db")) as records:
        found = records.execute("SELECT status FROM runs WHERE run_id = ?", [run_id])
        return str(found.fetchone()[0])


def test_run_is_found_and_rerun_after_a_crash(
    host: Host, workplace: Any, first_quarter_run: Any
) -> None:
    """After a crash the run is marked failed in time; its rerun publishes what a whole run does."""
    host.start()
    run_id = host.launch()
    wait_until(
        lambda: len(host.steps(run_id, "SUCCESS")) >= 3 or host.run(run_id)["status"] in ENDED,
        WAIT_S,
        lambda: host.log,
    )
    assert host.run(run_id)["status"] == "STARTED", host.log
    host.crash()
    assert workplace.call("history", QUARTER).returncode == 2

    assert status_in_the_records(workplace, run_id) == "STARTED"

    host.start()
    restarted = time.time()
    failed = host.wait_until_ended(run_id)
    assert failed["status"] == "FAILURE"
    assert time.time() - max(restarted, failed["startTime"] + LIMIT_S) < NOTICE_S
    done_before = host.steps(run_id, "SUCCESS")
    rerun_id = host.rerun(run_id)
    assert host.wait_until_ended(rerun_id)["status"] == "SUCCESS", host.log
    assert host.steps(rerun_id, "SUCCESS").isdisjoint(done_before)

    (published,) = workplace.show(QUARTER, "publications")
    (whole,) = first_quarter_run.show(QUARTER, "publications")
    assert published["publication_id"] == whole["publication_id"]
    assert workplace.call("verify").returncode == 0
