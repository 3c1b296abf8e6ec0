"""Dagster's UI on a council of a test's own: webserver, daemon, and what its API says of runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from perf_pipeline_tests.integration.deployment.servers import (
    PROJECT,
    Daemon,
    Webserver,
    wait_until,
)
from perf_pipeline_tests.integration.workplaces import Workplace

QUARTER = "2023-24-Q1"
PARTITION = "2023-04-01"
WAIT_S = 300

RUNS = """
query { runsOrError(limit: 10) { ... on Runs { results {
  runId status parentRunId tags { key value } stepStats { stepKey status }
} } } }
"""
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


class OperatedUi:
    """The UI's servers on a workplace."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        workspace = PROJECT / "workspace.yaml"
        self.daemon = Daemon(workspace, place.root, place.environment)
        self.webserver = Webserver(workspace, place.root, place.environment)

    @property
    def origin(self) -> str:
        """The UI's address."""
        return f"http://127.0.0.1:{self.webserver.port}"

    @property
    def output(self) -> str:
        """What the servers have written."""
        return self.webserver.output + self.daemon.output

    def kill(self) -> None:
        """End both."""
        self.daemon.kill()
        self.webserver.kill()

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs, the last first."""
        found: list[dict[str, Any]] = self.webserver.ask(RUNS)["runsOrError"]["results"]
        return found

    def ended_run(self, count: int) -> dict[str, Any]:
        """Wait until there are so many runs and the last has ended, and return that."""

        def is_over() -> bool:
            runs = self.runs()
            return len(runs) == count and runs[0]["status"] in ENDED

        wait_until(is_over, WAIT_S, lambda: self.output)
        return self.runs()[0]


def steps(run: dict[str, Any]) -> dict[str, str]:
    """Return what became of each step of a run."""
    return {each["stepKey"]: each["status"] for each in run["stepStats"]}


@contextmanager
def operated(place: Workplace) -> Iterator[OperatedUi]:
    """Start the UI's servers on a workplace, and end them."""
    done = place.call("doctor", "--fix")
    assert done.returncode == 0, done.stdout
    servers = OperatedUi(place)
    try:
        wait_until(servers.webserver.answers, WAIT_S, lambda: servers.output)
        yield servers
    finally:
        servers.kill()
