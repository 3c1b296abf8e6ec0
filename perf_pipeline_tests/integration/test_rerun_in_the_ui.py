"""A failed quarter seen and rerun from failure as the Dagster UI does it: its server, its API."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

QUARTER = "2023-24-Q1"
PROJECT = Path(__file__).resolve().parents[2]

RUNS = """
query { runsOrError(limit: 5) { ... on Runs { results {
  runId status jobName parentRunId tags { key value }
  stepStats { stepKey status }
} } } }
"""
RERUN = """
mutation Rerun($parent: String!) {
  launchRunReexecution(reexecutionParams: {parentRunId: $parent, strategy: FROM_FAILURE}) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
ASSET = """
query { assetNodes(assetKeys: [{path: ["publication"]}]) { description groupName
  assetMaterializations(limit: 1) {
    metadataEntries { label ... on TextMetadataEntry { text } }
  } } }
"""


class Server:
    """The Dagster webserver and daemon on a workplace's home."""

    def __init__(self, workplace: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = workplace.root / "dagster.log"
        command = [
            str(Path(sys.executable).with_name("dagster")),
            *("dev", "-w", str(PROJECT / "workspace.yaml")),
            *("-h", "127.0.0.1", "-p", str(self.port)),
        ]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=workplace.root,
                env=workplace.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask the server's GraphQL API, as the pages in the browser do."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            data: dict[str, Any] = json.load(answer)["data"]
            return data

    def wait_until_up(self) -> None:
        """Wait until the server answers."""
        for _ in range(180):
            assert self.process.poll() is None, self.log.read_text()
            try:
                self.ask(RUNS)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(1)
            else:
                return
        raise AssertionError(self.log.read_text())

    def wait_for(self, run_id: str) -> dict[str, Any]:
        """Wait until a run has ended and return it."""
        for _ in range(180):
            runs = self.ask(RUNS)["runsOrError"]["results"]
            run: dict[str, Any] = next(r for r in runs if r["runId"] == run_id)
            if run["status"] in {"SUCCESS", "FAILURE", "CANCELED"}:
                return run
            time.sleep(1)
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        """End the server with all that it started."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def failed_workplace(published: Any) -> Any:
    """A workplace whose last run of Q1 failed on one return, which is mended since."""
    path = published.council / "returns" / QUARTER / "public_health.csv"
    whole = published.root / "whole.csv"
    shutil.copy(path, whole)
    path.write_bytes(whole.read_bytes().replace(b"Outturn", b"Figure", 1))
    assert published.run(QUARTER)["exit_code"] == 1
    shutil.copy(whole, path)
    return published


@pytest.fixture
def server(failed_workplace: Any) -> Iterator[Server]:
    """The server on that workplace."""
    started = Server(failed_workplace)
    try:
        started.wait_until_up()
        yield started
    finally:
        started.stop()


def test_rerun_from_failure_runs_the_source_and_what_follows(
    failed_workplace: Any, server: Server
) -> None:
    """The command line's failed run is in the UI; rerun from failure runs only what it must."""
    before = failed_workplace.show(QUARTER, "publications")
    failed = server.ask(RUNS)["runsOrError"]["results"][0]
    assert (failed["status"], failed["jobName"]) == ("FAILURE", "quarter")
    statuses = {step["stepKey"]: step["status"] for step in failed["stepStats"]}
    assert statuses["public_health_return"] == "FAILURE"
    others = {key: status for key, status in statuses.items() if key.endswith("_return")}
    assert sorted(others.values()) == ["FAILURE", *["SUCCESS"] * 6]

    launched = server.ask(RERUN, parent=failed["runId"])["launchRunReexecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    rerun = server.wait_for(launched["run"]["runId"])
    assert rerun["status"] == "SUCCESS", server.log.read_text()
    assert {"key": "dagster/partition", "value": "2023-04-01"} in rerun["tags"]
    assert {step["stepKey"] for step in rerun["stepStats"]} == {
        "public_health_return",
        "public_health_outturns",
        "gathered_outturns",
        "comparator_outturns",
        "rated_outturns",
        "compared_outturns",
        "reporting_tables",
        "publication",
    }
    assert failed_workplace.show(QUARTER, "publications") == before
    asset = server.ask(ASSET)["assetNodes"][0]
    texts = {
        e["label"]: e.get("text") for e in asset["assetMaterializations"][0]["metadataEntries"]
    }
    assert texts["publication_id"] == before[0]["publication_id"]
