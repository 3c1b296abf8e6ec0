"""Backfills as the UI launches them: as many runs, by the daemon, or as one."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import connect, current_publication
from perf_pipeline_tests.integration.deployment.servers import (
    PROJECT,
    Daemon,
    Webserver,
    wait_until,
)

COUNCIL = PROJECT / "perf_pipeline_tests" / "integration" / "every_rule"
QUARTERS = {"2024-04-01": Quarter(2024, 1), "2024-07-01": Quarter(2024, 2)}
"""Quarters by partition key."""

SELECTOR = {
    "pipelineName": "quarter",
    "repositoryLocationName": "perf_pipeline",
    "repositoryName": "__repository__",
}
AS_MANY = """
mutation Backfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
} }
"""
AS_ONE = """
mutation Launch($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
} }
"""
ASSETS = "query { assetNodes { assetKey { path } } }"
RUNS = "query { runsOrError(limit: 20) { ... on Runs { results { runId status } } } }"
BACKFILL = """
query Backfill($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status }
} }
"""


def _new(make_workplace: Callable[[Path], Any], root: Path) -> Any:
    shutil.copytree(COUNCIL, root / "data")
    return make_workplace(root)


def _in_view(place: Any) -> dict[str, str]:
    engine = connect(place.url)
    try:
        found = {quarter: current_publication(engine, quarter) for quarter in QUARTERS.values()}
    finally:
        engine.dispose()
    return {quarter.key: each.publication_id for quarter, each in found.items() if each}


class Served:
    """A workplace with webserver and daemon."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.webserver = Webserver(PROJECT / "workspace.yaml", place.root, place.environment)
        wait_until(self.webserver.answers, 300, lambda: self.webserver.output)
        self.daemon = Daemon(PROJECT / "workspace.yaml", place.root, place.environment)

    def stop(self) -> None:
        """End both."""
        self.daemon.kill()
        self.webserver.kill()

    def output(self) -> str:
        """What the servers have written."""
        return self.webserver.output + self.daemon.output

    def ended_runs(self) -> dict[str, str]:
        """Return the status of each run, once all that there are have ended."""
        found = self.webserver.ask(RUNS)["runsOrError"]["results"]
        ended = {"SUCCESS", "FAILURE", "CANCELED"}
        if any(run["status"] not in ended for run in found):
            return {}
        return {run["runId"]: run["status"] for run in found}


@pytest.fixture
def served(make_workplace: Callable[[Path], Any], tmp_path: Path) -> Iterator[Served]:
    """A fresh home on which nothing has run."""
    place = _new(make_workplace, tmp_path)
    assert place.call("prepare").returncode == 0
    served = Served(place)
    try:
        yield served
    finally:
        served.stop()


def test_backfill_as_many_runs_and_as_one(
    served: Served, make_workplace: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Launched so and then so, both quarters are published as the command line publishes them."""
    fresh = _new(make_workplace, tmp_path_factory.mktemp("fresh"))
    assert [fresh.run(quarter.key)["exit_code"] for quarter in QUARTERS.values()] == [0, 0]
    expected = _in_view(fresh)
    ask = served.webserver.ask
    assets = [node["assetKey"] for node in ask(ASSETS)["assetNodes"]]
    params = {"assetSelection": assets, "partitionNames": list(QUARTERS)}
    launched = ask(AS_MANY, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    def status() -> str:
        answer = ask(BACKFILL, id=launched["backfillId"])
        return str(answer["partitionBackfillOrError"]["status"])

    wait_until(lambda: status() == "COMPLETED_SUCCESS", 400, served.output)
    many = served.ended_runs()
    assert list(many.values()) == ["SUCCESS", "SUCCESS"]
    assert _in_view(served.place) == expected

    first, last = QUARTERS
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    params = {
        "selector": {**SELECTOR, "assetSelection": assets, "assetCheckSelection": None},
        "mode": "default",
        "runConfigData": {},
        "executionMetadata": {"tags": [{"key": key, "value": tags[key]} for key in tags]},
    }
    launched = ask(AS_ONE, params=params)["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    both = wait_until(served.ended_runs, 400, served.output)
    assert both == {**many, launched["run"]["runId"]: "SUCCESS"}
    assert _in_view(served.place) == expected
