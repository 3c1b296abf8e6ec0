"""A run killed at any stage leaves the old publication or the new one, and the next run succeeds.

`PERF_PIPELINE_TEST_KILLS` sets how often each stage is killed (once unless told).
"""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES
from perf_pipeline.warehouse import connect, content_digest, read_quarter

QUARTER = Quarter(2023, 2)
COMMAND = Path(sys.executable).with_name("perf-pipeline")
KILLS = int(os.environ.get("PERF_PIPELINE_TEST_KILLS", "1"))
STAGES = {
    "start": None,
    "extract": "kpis_in_force",
    "validate": "childrens_services_return",
    "rate": "accepted_outturns",
    "summarise": "compared_outturns",
    "publish": "restatements",
}
"""Stage → the line of progress after which it runs."""

LONGEST_DELAY = {"start": 3.0, "publish": 0.15}
"""Seconds into a stage at most; the stages not named take half a second or more."""


def kill_in(workplace: Any, stage: str, delay: float) -> bool:
    """Start a run, kill it so many seconds into a stage, and tell whether it was still running."""
    run = subprocess.Popen(
        [str(COMMAND), "run", QUARTER.key],
        cwd=workplace.root,
        env=workplace.environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert run.stderr is not None
    marker = STAGES[stage]
    if marker is not None:
        for line in run.stderr:
            if marker in line:
                break
    time.sleep(delay)
    was_running = run.poll() is None
    if was_running:
        os.killpg(run.pid, signal.SIGKILL)
    run.stderr.close()
    run.wait()
    return was_running


def assert_whole(url: str) -> str | None:
    """Check that what readers see of the quarter is nothing or one whole publication."""
    engine = connect(url)
    try:
        if not sa.inspect(engine).has_table("current_publications", schema=_core(engine)):
            return None
        tables = read_quarter(engine, QUARTER)
    finally:
        engine.dispose()
    ids = {i for name in REPORTING_TABLES for i in tables[name]["publication_id"]}
    if not ids:
        return None
    assert len(ids) == 1
    (publication_id,) = ids
    assert content_digest(tables) == publication_id
    return str(publication_id)


def _core(engine: sa.Engine) -> str | None:
    return "core" if engine.dialect.name == "postgresql" else None


def restate(workplace: Any, attempt: int) -> None:
    """Change a commentary, so that the next run has something new to publish."""
    path = workplace.council / "returns" / QUARTER.key / "climate_and_place.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows:
        if row[:1] == ["CLP-02"]:
            row[rows[0].index("Commentary")] = f"Attempt {attempt}."
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_killed_at_every_stage(
    published: Any, database: str, request: pytest.FixtureRequest
) -> None:
    """Killed at each stage, readers see the old Q2 or the new one; the next run publishes it."""
    if database == "postgres":
        published.database_url = request.getfixturevalue("postgres_url")
    assert published.run(QUARTER.key)["exit_code"] == 3
    chance = random.Random(20230906)  # noqa: S311 - moments of killing, not secrets
    killed = was_running = 0
    for stage in STAGES:
        for _ in range(KILLS):
            killed += 1
            restate(published, killed)
            was_running += kill_in(
                published, stage, chance.uniform(0, LONGEST_DELAY.get(stage, 0.3))
            )
            seen = assert_whole(published.url)
            assert seen is not None, "the publication in view before the kill is gone"
    assert was_running > killed // 2, "most runs had ended before they were killed"
    restate(published, killed + 1)
    report = published.run(QUARTER.key)
    assert report["exit_code"] == 3, report["failures"]
    assert report["publication"]["is_new"]
    assert assert_whole(published.url) == report["publication"]["publication_id"]
