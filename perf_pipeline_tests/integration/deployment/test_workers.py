"""A backfill on several workers: one is killed, its run is run again, and nothing differs."""

import contextlib
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
import yaml

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import connect, current_publication, verify
from perf_pipeline.warehouse.engine import is_sqlite, writing
from perf_pipeline.warehouse.locks import lock, quarter_lock
from perf_pipeline_tests.integration.deployment.servers import (
    PROJECT,
    Daemon,
    Service,
    Webserver,
    free_port,
    wait_until,
)

COUNCIL = PROJECT / "perf_pipeline_tests" / "integration" / "every_rule"
QUARTERS = {"2024-04-01": Quarter(2024, 1), "2024-07-01": Quarter(2024, 2)}
"""Quarters by partition key."""

PUBLICATION = "publication"
MARK = "perf_pipeline/mark"
"""A tag of ours, as that of a draft is."""

WAIT_S = 600
ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED"}
"""Statuses of a backfill of which every run has ended."""

BACKFILL = """
mutation Backfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
} }
"""
BACKFILL_STATUS = """
query Status($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status }
} }
"""
ASSETS = "query { assetNodes { assetKey { path } } }"
RUNS = """
query { runsOrError(limit: 20) { ... on Runs { results {
  runId status parentRunId tags { key value } stepStats { stepKey status }
} } } }
"""
EVENTS = """
query Events($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
  ... on MessageEvent { message }
} } } }
"""


def settings(launcher: Mapping[str, Any] | None, records_url: str | None) -> str:
    """Return the production settings with another launcher, records and intervals."""
    found = yaml.safe_load((PROJECT / "deploy" / "dagster.yaml").read_text())
    found["run_monitoring"] |= {"poll_interval_seconds": 2, "free_slots_after_run_end_seconds": 2}
    del found["storage"]
    if records_url is not None:
        found["storage"] = {"postgres": {"postgres_url": records_url}}
    if launcher is not None:
        found["run_launcher"] = launcher
    return yaml.safe_dump(found)


class Cluster:
    """Servers on a home of their own, and what asks them."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.services: list[Service] = []

    def start(self) -> None:
        """Start webserver and daemon; what is launched needs both."""
        given = (PROJECT / "workspace.yaml", self.place.root, self.place.environment)
        self.webserver = Webserver(*given)
        self.services += [self.webserver, Daemon(*given)]

    def add_workers(self) -> None:
        """Start a Dask scheduler and two workers that take runs."""
        address = f"tcp://127.0.0.1:{free_port()}"
        self.place.extra["PERF_PIPELINE_DASK_SCHEDULER"] = address
        given = (self.place.root, self.place.environment)
        alone = ["--dashboard-address", "127.0.0.1:0", "--host", "127.0.0.1"]
        scheduler = ["dask", "scheduler", "--port", address.rpartition(":")[2], *alone]
        worker = ["dask", "worker", address, "--nthreads", "2", "--resources", "run=1", *alone]
        self.services += [
            Service("scheduler", scheduler, *given),
            Service("worker-1", [*worker, "--no-nanny"], *given),
            Service("worker-2", [*worker, "--no-nanny"], *given),
        ]

    def stop(self) -> None:
        """End all that was started, and what that started."""
        for service in self.services:
            service.kill()
        for process in psutil.process_iter(["cwd"]):
            if process.info["cwd"] == str(self.place.root):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    def log(self) -> str:
        """Return what the servers have written, and the runs."""
        return "\n".join([*(each.output[-6000:] for each in self.services), str(self.runs())])

    def runs(self) -> list[dict[str, Any]]:
        """Return every run, the last one first."""
        found: list[dict[str, Any]] = self.webserver.ask(RUNS)["runsOrError"]["results"]
        return found

    def publishing_run(self) -> str | None:
        """Return the id of the run that is at its publication, once both runs are under way."""
        runs = self.runs()
        if [run["status"] for run in runs] != ["STARTED"] * len(QUARTERS):
            return None
        found = [run["runId"] for run in runs if PUBLICATION in steps(run, "IN_PROGRESS")]
        return found[0] if found else None

    def retried(self) -> set[str]:
        """Return the ids of runs that have been launched again."""
        return {run["parentRunId"] for run in self.runs()} - {None}

    def process_of(self, run_id: str) -> int:
        """Return the id of a run's process."""
        events = self.webserver.ask(EVENTS, id=run_id)["logsForRun"]["events"]
        told = "\n".join(event.get("message", "") for event in events)
        found = re.search(r"Started process for run \(pid: (\d+)\)", told)
        assert found is not None, told
        return int(found[1])

    def backfill(self) -> str:
        """Launch a backfill of both quarters as the UI does, and return its id."""
        ask = self.webserver.ask
        assets = [node["assetKey"] for node in ask(ASSETS)["assetNodes"]]
        params = {
            "assetSelection": assets,
            "partitionNames": list(QUARTERS),
            "tags": [{"key": MARK, "value": "kept"}],
        }
        launched = ask(BACKFILL, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])

    def backfill_status(self, backfill_id: str) -> str:
        """Return how a backfill is."""
        told = self.webserver.ask(BACKFILL_STATUS, id=backfill_id)["partitionBackfillOrError"]
        return str(told["status"])


def steps(run: Mapping[str, Any], status: str) -> set[str]:
    """Return a run's steps of a status."""
    return {step["stepKey"] for step in run["stepStats"] if step["status"] == status}


def in_view(place: Any) -> dict[str, str]:
    """Return the publication in view of each quarter."""
    engine = connect(place.url)
    try:
        found = {quarter: current_publication(engine, quarter) for quarter in QUARTERS.values()}
    finally:
        engine.dispose()
    return {quarter.key: each.publication_id for quarter, each in found.items() if each}


def new_place(make_workplace: Callable[[Path], Any], root: Path) -> Any:
    """Return a workplace with the council of two quarters."""
    shutil.copytree(COUNCIL, root / "data")
    return make_workplace(root)


@pytest.fixture
def other_postgres_url(postgres_server: sa.URL) -> Iterator[str]:
    """Address of an empty database for Dagster's records."""
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = f"records_{os.getpid()}_{free_port()}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    url = postgres_server.set(database=name, drivername="postgresql+psycopg2")
    yield url.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def cluster(make_workplace: Callable[[Path], Any], tmp_path: Path) -> Iterator[Cluster]:
    """A place on which nothing has run, and no server yet."""
    place = new_place(make_workplace, tmp_path)
    place.extra["PERF_PIPELINE_COMPUTE_LOGS"] = str(place.home / "compute_logs")
    (place.home / "dagster").mkdir(parents=True)
    made = Cluster(place)
    try:
        yield made
    finally:
        made.stop()


def set_up(cluster: Cluster, text: str) -> None:
    """Give a cluster its settings, and make its databases."""
    (cluster.place.home / "dagster" / "dagster.yaml").write_text(text)
    done = cluster.place.call("doctor", "--fix")
    assert done.returncode == 0, done.stdout


@contextlib.contextmanager
def held(url: str) -> Iterator[None]:
    """Keep the publications of both quarters waiting for their turn to write."""
    engine = connect(url)
    with writing(engine, "test") as connection:
        if not is_sqlite(connection):
            # On a busy machine a run takes longer to come so far than a writer may do nothing.
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        for quarter in QUARTERS.values():
            lock(connection, quarter_lock(quarter))
        yield
    engine.dispose()


def backfill_and_kill(cluster: Cluster, kill: Callable[[int], None]) -> str:
    """Launch a backfill, kill a run's process as it publishes, and return the run's id.

    The other run goes on when the killed one's retry is there: where all runs have ended before,
    Dagster may end the backfill without it (dagster-io/dagster issue 34204). And a retry that ends
    while the daemon looks at its backfill leaves that shown as failed (issue 29467), so that only
    its end is waited for; how it went, the runs and the publications tell.
    """
    with held(cluster.place.url):
        backfill_id = cluster.backfill()
        killed: str = wait_until(cluster.publishing_run, WAIT_S, cluster.log)
        kill(cluster.process_of(killed))
        wait_until(lambda: killed in cluster.retried(), WAIT_S, cluster.log)
    wait_until(lambda: cluster.backfill_status(backfill_id) in ENDED, WAIT_S, cluster.log)
    return killed


def assert_run_again(cluster: Cluster, killed: str, undisturbed: Any) -> None:
    """Check that a killed run's retry did only what was left, and that nothing else differs."""
    runs = cluster.runs()
    again = next(run for run in runs if run["parentRunId"] == killed)
    assert steps(again, "SUCCESS") == {PUBLICATION}
    assert {"key": MARK, "value": "kept"} in again["tags"]
    statuses = {run["runId"]: run["status"] for run in runs}
    assert statuses.pop(killed) == "FAILURE"
    assert list(statuses.values()) == ["SUCCESS", "SUCCESS"]
    assert in_view(cluster.place) == in_view(undisturbed)
    assert verify(connect(cluster.place.url)).faults == ()


@pytest.fixture(scope="module")
def undisturbed(
    make_workplace: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """A workplace on which the command line has run both quarters, one after the other."""
    place = new_place(make_workplace, tmp_path_factory.mktemp("undisturbed"))
    assert [place.run(quarter.key)["exit_code"] for quarter in QUARTERS.values()] == [0, 0]
    return place


def test_killed_process_on_one_machine(cluster: Cluster, undisturbed: Any) -> None:
    """Two runs at once, of which one's process is killed: it is run again, with the same result."""
    set_up(cluster, settings(None, None))
    cluster.start()
    wait_until(cluster.webserver.answers, WAIT_S, cluster.log)
    killed = backfill_and_kill(cluster, lambda process_id: os.kill(process_id, signal.SIGKILL))
    assert_run_again(cluster, killed, undisturbed)


def test_killed_dask_worker(
    cluster: Cluster, postgres_url: str, other_postgres_url: str, undisturbed: Any
) -> None:
    """Two runs on two Dask workers, of which one is killed with its run: the same holds."""
    cluster.place.database_url = postgres_url
    cluster.add_workers()
    launcher = {
        "module": "perf_pipeline.orchestration.dask_launcher",
        "class": "DaskRunLauncher",
        "config": {"scheduler": {"env": "PERF_PIPELINE_DASK_SCHEDULER"}},
    }
    set_up(cluster, settings(launcher, other_postgres_url))
    cluster.start()
    wait_until(cluster.webserver.answers, WAIT_S, cluster.log)
    killed = backfill_and_kill(
        cluster, lambda process_id: os.killpg(os.getpgid(process_id), signal.SIGKILL)
    )
    assert_run_again(cluster, killed, undisturbed)
