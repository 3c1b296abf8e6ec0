"""The whole host goes down in the middle of a run, and comes up again."""

import contextlib
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

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    connect,
    current_drafts,
    current_publication,
    migrate,
    verify,
)
from perf_pipeline_tests.integration.deployment.servers import (
    PROJECT,
    CodeServer,
    Daemon,
    Webserver,
    wait_until,
)

QUARTER = Quarter(2023, 1)
PARTITION = "2023-04-01"
NEXT_PARTITION = "2023-07-01"
PUBLICATION = "publication"
POOL = "database"

LIMIT_S = 60
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
RETRIES = """
query { runsOrError(limit: 20) { ... on Runs { results { runId parentRunId } } } }
"""
LOCATIONS = """
query { workspaceOrError { ... on Workspace { locationEntries {
  loadStatus locationOrLoadError { __typename }
} } } }
"""
SLOTS = """
query Slots($pool: String!) { instance { concurrencyLimit(concurrencyKey: $pool) {
  activeSlotCount
} } }
"""
RUN = """
query Run($id: ID!) { runOrError(runId: $id) { ... on Run {
  status startTime endTime stepStats { stepKey status }
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
        """Start everything at once, as at the machine's start, and wait for the code location."""
        given = (self.workplace.root, self.workplace.environment)
        self.code_server = CodeServer(self.socket, *given)
        self.daemon = Daemon(self.workspace, *given)
        self.webserver = Webserver(self.workspace, *given)
        wait_until(self._has_code, WAIT_S, lambda: self.log)

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

    def launch(self, partition: str) -> str:
        """Launch a run of a quarter as the UI does, and return its id."""
        told = self.webserver.ask(LAUNCH, partition=partition)["launchPipelineExecution"]
        assert told["__typename"] == "LaunchRunSuccess", told
        return str(told["run"]["runId"])

    def retry_of(self, run_id: str) -> str:
        """Wait until the daemon has started a failed run again, and return the new run's id."""

        def retry() -> str | None:
            runs = self.webserver.ask(RETRIES)["runsOrError"]["results"]
            found = [str(run["runId"]) for run in runs if run["parentRunId"] == run_id]
            return found[0] if found else None

        found: str = wait_until(retry, WAIT_S, lambda: self.log)
        return found

    def run(self, run_id: str) -> dict[str, Any]:
        """Return how a run is."""
        run: dict[str, Any] = self.webserver.ask(RUN, id=run_id)["runOrError"]
        return run

    def has_ended(self, run_id: str) -> bool:
        """Tell whether a run has ended."""
        return self.run(run_id)["status"] in ENDED

    def wait_until_ended(self, run_id: str) -> dict[str, Any]:
        """Wait until a run has ended, and return how."""
        wait_until(lambda: self.has_ended(run_id), WAIT_S, lambda: self.log)
        return self.run(run_id)

    def steps(self, run_id: str, status: str) -> set[str]:
        """Return a run's steps of a status."""
        return {s["stepKey"] for s in self.run(run_id)["stepStats"] if s["status"] == status}

    def slots_taken(self) -> int:
        """Return how many steps have a place in the writers' pool."""
        told = self.webserver.ask(SLOTS, pool=POOL)["instance"]["concurrencyLimit"]
        return int(told["activeSlotCount"])

    def _has_code(self) -> bool:
        for server in (self.code_server, self.daemon, self.webserver):
            assert server.process.poll() is None, self.log
        if not self.webserver.answers():
            return False
        entries = self.webserver.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
        found = [entry["locationOrLoadError"] for entry in entries]
        return bool(found) and all(f and f["__typename"] == "RepositoryLocation" for f in found)


@pytest.fixture
def host(workplace: Any) -> Iterator[Host]:
    """A machine with the production settings, but for shorter times and records on SQLite."""
    settings = yaml.safe_load((PROJECT / "deploy" / "dagster.yaml").read_text())
    del settings["storage"]
    settings["run_monitoring"] |= {
        "max_runtime_seconds": LIMIT_S,
        "poll_interval_seconds": 2,
        "free_slots_after_run_end_seconds": 2,
    }
    home = workplace.home / "dagster"
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings))
    workplace.extra["PERF_PIPELINE_COMPUTE_LOGS"] = str(workplace.home / "compute_logs")
    done = workplace.call("doctor", "--fix")
    assert done.returncode == 0, done.stdout
    migrate(connect(workplace.url))
    machine = Host(workplace)
    try:
        yield machine
    finally:
        machine.crash()


@contextlib.contextmanager
def another_writer(workplace: Any) -> Iterator[None]:
    """Keep the publication's step waiting for its turn to write to the database."""
    file = workplace.home / "perf_pipeline.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield


def statuses_in_the_records(workplace: Any) -> dict[str, str]:
    """Return the runs' statuses as the records have them while no server runs."""
    with closing(sqlite3.connect(workplace.home / "dagster" / "history" / "runs.db")) as records:
        return dict(records.execute("SELECT run_id, status FROM runs").fetchall())


def crash_while_publishing(host: Host) -> tuple[str, str]:
    """Crash while a run publishes and another has just been launched; return their ids."""
    with another_writer(host.workplace):
        run_id = host.launch(PARTITION)
        wait_until(
            lambda: PUBLICATION in host.steps(run_id, "IN_PROGRESS") or host.has_ended(run_id),
            WAIT_S,
            lambda: host.log,
        )
        assert host.slots_taken() == 1, host.log
        # Without it nobody takes the next run from the queue before the crash.
        host.daemon.kill()
        queued_id = host.launch(NEXT_PARTITION)
        host.crash()
    assert statuses_in_the_records(host.workplace) == {run_id: "STARTED", queued_id: "QUEUED"}
    return run_id, queued_id


def test_runs_are_found_and_run_again_after_a_crash(
    host: Host, workplace: Any, request: pytest.FixtureRequest
) -> None:
    """The run is marked failed in time and run again, publishes once; what was queued is done."""
    host.start()
    run_id, queued_id = crash_while_publishing(host)

    restarted = time.time()
    host.start()
    warehouse = connect(workplace.url)
    assert current_drafts(warehouse) == {}
    # Made here, where there is nothing to do but to wait for the limit.
    first_quarter_run = request.getfixturevalue("first_quarter_run")
    failed = host.wait_until_ended(run_id)
    assert failed["status"] == "FAILURE"
    assert failed["endTime"] < max(restarted, failed["startTime"] + LIMIT_S) + NOTICE_S
    rerun_id = host.retry_of(run_id)
    assert host.wait_until_ended(rerun_id)["status"] == "SUCCESS", host.log
    assert host.steps(rerun_id, "SUCCESS") == {PUBLICATION}
    assert host.wait_until_ended(queued_id)["status"] == "SUCCESS", host.log
    assert host.slots_taken() == 0

    found = verify(warehouse)
    assert (found.faults, found.publication_count) == ((), 2)
    published = current_publication(warehouse, QUARTER)
    assert published is not None
    whole = current_publication(connect(first_quarter_run.url), QUARTER)
    assert whole is not None
    assert published.publication_id == whole.publication_id
