"""Returns that come late, with the real daemon: half-written, into an open quarter, after release.

One workplace, told as one story, since servers take long to start: each test goes on from the one
before.
"""

import datetime as dt
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_httpserver import HTTPServer

from perf_pipeline.quarters import Quarter
from perf_pipeline_tests.integration.deployment.servers import Daemon, Webserver, wait_until

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = "2023-24-Q1"
ROLE = "Strategy & Performance"
WATCH_SECONDS = 5
SETTINGS = f"""
sign_off: [{ROLE}]
schedule: {{watch_seconds: {WATCH_SECONDS}}}
"""
START = """
mutation Start($name: String!) { startSensor(sensorSelector: {
  repositoryLocationName: "perf_pipeline", repositoryName: "__repository__", sensorName: $name
}) { __typename ... on PythonError { message } } }
"""
TICKS = """
query { sensorOrError(sensorSelector: {
  repositoryLocationName: "perf_pipeline", repositoryName: "__repository__",
  sensorName: "returns_arrived"
}) { ... on Sensor { sensorState { ticks(limit: 200) {
  timestamp status runKeys runIds skipReason error { message }
} } } } }
"""
PREVIEW = """
mutation Preview($at: Float!) { scheduleDryRun(timestamp: $at, selectorData: {
  repositoryLocationName: "perf_pipeline", repositoryName: "__repository__",
  scheduleName: "returns_reminder"
}) { ... on DryRunInstigationTick { evaluationResult { skipReason error { message } } } } }
"""
RUNS = """
query { runsOrError(limit: 50) { ... on Runs { results { runId status tags { key value } } } } }
"""


def last_quarter() -> str:
    """Return the quarter that ended last, which is watched."""
    today = dt.datetime.now(ZoneInfo("Europe/London")).date()
    return Quarter.containing(today).previous.key


class Watched:
    """A workplace whose last quarter is watched by a daemon."""

    def __init__(self, workplace: Any) -> None:
        self.place = workplace
        self.quarter = last_quarter()
        self.webserver: Webserver | None = None
        self.daemon: Daemon | None = None

    @property
    def file(self) -> Path:
        """Where the late return goes."""
        path: Path = self.place.council / "returns" / self.quarter / "public_health.csv"
        return path

    def start(self) -> None:
        """Start webserver and daemon, and wait until both work."""
        workspace, environment = PROJECT / "workspace.yaml", self.place.environment
        self.webserver = Webserver(workspace, self.place.root, environment)
        wait_until(self.webserver.answers, 300, self.output)
        self.daemon = Daemon(workspace, self.place.root, environment)

    def stop(self) -> None:
        """End both."""
        for server in (self.daemon, self.webserver):
            if server is not None:
                server.kill()

    def output(self) -> str:
        """What the servers have written."""
        return "".join(each.output for each in (self.webserver, self.daemon) if each)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask the API, as the pages in the browser do."""
        assert self.webserver is not None
        return self.webserver.ask(query, **variables)

    def ticks(self) -> list[dict[str, Any]]:
        """Return the sensor's ticks, the last first; none has failed."""
        ticks: list[dict[str, Any]] = self.ask(TICKS)["sensorOrError"]["sensorState"]["ticks"]
        assert not [tick["error"] for tick in ticks if tick["error"]]
        return ticks

    def wait_for_ticks(self, count: int) -> None:
        """Wait until so many more ticks have begun and ended."""
        now = time.time()
        ended = {"SKIPPED", "SUCCESS"}

        def is_over() -> bool:
            later = [t for t in self.ticks() if t["timestamp"] > now and t["status"] in ended]
            return len(later) >= count

        wait_until(is_over, 240, self.output)

    def runs(self) -> dict[str, dict[str, str]]:
        """Return the tags of each run that the sensor has started, with its status, by id."""
        found = {}
        for run in self.ask(RUNS)["runsOrError"]["results"]:
            tags = {tag["key"]: tag["value"] for tag in run["tags"]}
            if tags.get("dagster/sensor_name") == "returns_arrived":
                found[run["runId"]] = {**tags, "status": run["status"]}
        return found

    def next_run(self, known: dict[str, Any]) -> dict[str, str]:
        """Wait for a run that was not there, and for its end."""

        def ended() -> list[dict[str, str]]:
            return [
                run
                for run_id, run in self.runs().items()
                if run_id not in known and run["status"] in {"SUCCESS", "FAILURE"}
            ]

        found: list[dict[str, str]] = wait_until(ended, 400, self.output)
        return found[0]

    def history(self) -> dict[str, Any]:
        """Return what became of the quarter's publications."""
        done = self.place.call("history", self.quarter, "--json")
        assert done.returncode == 0, done.stderr
        history: dict[str, Any] = json.loads(done.stdout)
        return history

    def in_view(self) -> str | None:
        """Return the id of the publication that readers see."""
        current = [p for p in self.history()["publications"] if p["is_current"]]
        return current[0]["publication_id"] if current else None

    def drafts(self) -> list[str]:
        """Return the ids of all publications, the first version first."""
        return [p["publication_id"] for p in self.history()["publications"]]

    def ticks_until_run(self, since: float) -> int:
        """Return how many ticks began after a moment, up to the one that started a run."""
        ticks = sorted(self.ticks(), key=lambda tick: tick["timestamp"])
        later = [tick for tick in ticks if tick["timestamp"] > since]
        return next(n for n, tick in enumerate(later, 1) if tick["runIds"])


@pytest.fixture(scope="module")
def receiver() -> Iterator[HTTPServer]:
    """A channel that notices of failed runs go to."""
    server = HTTPServer(host="127.0.0.1")
    server.expect_request("/hook").respond_with_data("ok")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def whole_return() -> bytes:
    """The return that comes late."""
    return (PROJECT / "data" / "returns" / SAMPLE / "public_health.csv").read_bytes()


@pytest.fixture(scope="module")
def watched(
    make_workplace: Callable[[Path], Any],
    tmp_path_factory: pytest.TempPathFactory,
    receiver: HTTPServer,
) -> Iterator[Watched]:
    """A drafted last quarter in which one return is missing, watched by a daemon."""
    root = tmp_path_factory.mktemp("watched")
    shutil.copytree(PROJECT / "data", root / "data")
    shutil.copytree(PROJECT / "sql" / "sources", root / "sql" / "sources")
    place = make_workplace(root)
    place.extra = {
        "PERF_PIPELINE_WEBHOOK_URL": receiver.url_for("/hook"),
        "PERF_PIPELINE_WEBHOOK_KIND": "slack",
        "PERF_PIPELINE_UI_URL": "https://dagster.council.example",
    }
    story = Watched(place)
    shutil.copytree(root / "data" / "returns" / SAMPLE, root / "data" / "returns" / story.quarter)
    story.file.unlink()
    with (root / "data" / "council.yaml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    assert place.run(story.quarter)["exit_code"] in {0, 3}
    try:
        story.start()
        for name in ("returns_arrived", "run_failed"):
            assert story.ask(START, name=name)["startSensor"]["__typename"] == "Sensor"
        story.wait_for_ticks(3)
        yield story
    finally:
        story.stop()


def test_returns_that_a_run_has_read_start_nothing(watched: Watched) -> None:
    """Switched on after a run by hand, the sensor finds nothing new in the quarter that it read."""
    assert [run for run in watched.runs().values() if run["quarter"] == watched.quarter] == []


def test_reminder_that_is_previewed_sends_nothing(watched: Watched, receiver: HTTPServer) -> None:
    """The UI's preview of a tick says what a tick would tell, and tells nobody."""
    due = Quarter.parse(watched.quarter).end_date + dt.timedelta(days=60)
    at = dt.datetime.combine(due, dt.time(), dt.UTC).timestamp()
    seen = watched.ask(PREVIEW, at=at)["scheduleDryRun"]["evaluationResult"]
    assert seen["error"] is None
    assert "missing Public Health. A preview sends nothing." in seen["skipReason"]
    assert receiver.log == []
    assert not (watched.place.home / "notices").exists()


def test_half_written_return_waits(watched: Watched, whole_return: bytes) -> None:
    """While a file grows, ticks pass and no run is started."""
    size = len(whole_return) // 8
    for part in range(1, 8):
        watched.file.write_bytes(whole_return[: size * part])
        time.sleep(WATCH_SECONDS * 0.6)
    # Left there, it would count as whole in the end.
    watched.file.unlink()
    waited = [tick for tick in watched.ticks() if "public_health" in (tick["skipReason"] or "")]
    assert waited
    assert watched.runs() == {}


def test_late_return_makes_a_draft_within_two_ticks(watched: Watched, whole_return: bytes) -> None:
    """The whole file makes a draft by itself, from that source on, and nobody sees it yet."""
    (first,) = watched.drafts()
    known = watched.runs()
    written = time.time()
    watched.file.write_bytes(whole_return)
    run = watched.next_run(known)
    assert run["status"] == "SUCCESS", watched.output()
    assert run["perf_pipeline/source"] == "public_health"
    assert watched.ticks_until_run(written) <= 2
    assert len(watched.drafts()) == 2
    assert watched.drafts()[0] == first
    assert watched.in_view() is None


def test_return_after_release_proposes_a_version(watched: Watched) -> None:
    """What is released stays in view; what came late waits as a draft for signatures."""
    done = watched.place.call("sign-off", watched.quarter, ROLE, "--by", "Head of Performance")
    assert done.returncode == 0, done.stderr
    done = watched.place.call("release", watched.quarter, "--by", "Head of Performance")
    assert done.returncode == 0, done.stderr
    released = watched.in_view()
    known = watched.runs()
    content = watched.file.read_bytes()
    assert content.count(b"88.6%") == 1
    watched.file.write_bytes(content.replace(b"88.6%", b"80.0%"))
    run = watched.next_run(known)
    assert run["status"] == "SUCCESS", watched.output()
    assert watched.in_view() == released == watched.drafts()[1]
    assert len(watched.drafts()) == 3


def test_broken_return_is_told_once(watched: Watched, receiver: HTTPServer) -> None:
    """A return that cannot be read fails its run, changes nothing, and is told with a link."""
    before = watched.history()
    known = watched.runs()
    content = watched.file.read_bytes()
    watched.file.write_bytes(content.replace(b"Outturn", b"Figure", 1))
    run = watched.next_run(known)
    assert run["status"] == "FAILURE"
    wait_until(lambda: receiver.log, 120, watched.output)
    watched.wait_for_ticks(3)
    ((request, _),) = receiver.log
    text, link = request.get_json()["blocks"]
    label = Quarter.parse(watched.quarter).label
    assert text["text"]["text"].startswith(f"{label} failed at public_health_return")
    assert f"Public Health's return for {label} (returns/" in text["text"]["text"]
    assert "Ask: Intelligence Officer, Public Health." in text["text"]["text"]
    (failed,) = [i for i, r in watched.runs().items() if r["status"] == "FAILURE"]
    assert link["text"]["text"] == (f"<https://dagster.council.example/runs/{failed}|Open the run>")
    assert watched.history() == before
    assert "/hook" not in watched.output()
