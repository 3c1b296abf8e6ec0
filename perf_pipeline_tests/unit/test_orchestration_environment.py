"""Settings of runs: read once, held to their bounds, and wrong ones named, however long."""

from pathlib import Path

import pytest

from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import EngineSettings, Environment

WORKERS = "PERF_PIPELINE_WORKERS"
ROWS = "PERF_PIPELINE_ROWS_PER_CHUNK"
SCHEDULER = "PERF_PIPELINE_DASK_SCHEDULER"
WAIT = "PERF_PIPELINE_LOCK_WAIT_S"
ENGINE = "PERF_PIPELINE_ENGINE"

WORKER_REMEDY = "Write a whole number from 1 to 1,000, such as 2."
ROW_REMEDY = "Write a whole number from 1 to 10,000,000, such as 250000."
WAIT_REMEDY = "Write a number of seconds from 0 to 86,400, such as 300."
SCHEDULER_REMEDY = (
    "Write an address such as tcp://host:8786, whose last number, the port, is from 1 to 65535."
)


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without settings of runs, and a home that is not there."""
    for name in (WORKERS, ROWS, SCHEDULER, WAIT, ENGINE, "PERF_PIPELINE_WORKPLACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PERF_PIPELINE_HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        pytest.param(WORKERS, "0", WORKER_REMEDY, id="no worker"),
        pytest.param(WORKERS, "1001", WORKER_REMEDY, id="a worker too many"),
        pytest.param(WORKERS, "2.0", WORKER_REMEDY, id="a part of a worker"),
        pytest.param(ROWS, "10000001", ROW_REMEDY, id="a row too many"),
        pytest.param(WAIT, "86401", WAIT_REMEDY, id="more than a day"),
        pytest.param(WAIT, "inf", WAIT_REMEDY, id="for ever"),
        pytest.param(WAIT, ".", WAIT_REMEDY, id="a point alone"),
        pytest.param(SCHEDULER, "tcp://host:99999", SCHEDULER_REMEDY, id="no such port"),
        pytest.param(SCHEDULER, "tcp://host:0", SCHEDULER_REMEDY, id="port nought"),
        pytest.param(SCHEDULER, "tcp://host:٨٧٨٦", SCHEDULER_REMEDY, id="other digits"),
    ],
)
def test_out_of_bounds(monkeypatch: pytest.MonkeyPatch, name: str, text: str, remedy: str) -> None:
    """What is beyond a bound is named with the bounds."""
    monkeypatch.setenv(name, text)
    assert Environment.read().setting_faults == [f"{name} is `{text}`. {remedy}"]


@pytest.mark.parametrize(
    ("name", "length", "remedy"),
    [(WORKERS, 5_000, WORKER_REMEDY), (ROWS, 5_000, ROW_REMEDY), (WAIT, 400, WAIT_REMEDY)],
    ids=["workers", "rows", "wait"],
)
def test_endless_digits(
    monkeypatch: pytest.MonkeyPatch, name: str, length: int, remedy: str
) -> None:
    """A number too long for Python is a fault like any other, and is not shown whole."""
    monkeypatch.setenv(name, "9" * length)
    assert Environment.read().setting_faults == [f"{name} is `{'9' * 59}…`. {remedy}"]


def test_at_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds themselves are taken, however many noughts stand before them."""
    settings = {WORKERS: "0" * 5_000 + "1000", ROWS: "10000000", SCHEDULER: "tls://[::1]:65535"}
    for name, text in {**settings, WAIT: "86400.0", ENGINE: "processes"}.items():
        monkeypatch.setenv(name, text)
    environment = Environment.read()
    assert environment.setting_faults == []
    assert environment.lock_wait_s == 86_400
    assert (environment.engine.worker_count, environment.engine.rows_per_chunk) == (1000, 10**7)


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is set after reading is not taken, right or wrong."""
    environment = Environment.read()
    monkeypatch.setenv(WORKERS, "3")
    monkeypatch.setenv(WAIT, "soon")
    usual = EngineSettings("local", 2, None, str(tmp_path / "disaggregated"), 250_000)
    assert (environment.engine, environment.lock_wait_s) == (usual, 300)
    assert environment.setting_faults == []
    with pytest.raises(RequestError, match=WAIT):
        Environment.read().require_settings()
