"""Two runs of one quarter on one home, by the command line: they wait for each other."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from perf_pipeline.orchestration.quarter_locks import QuarterLocks
from perf_pipeline.quarters import Quarter

QUARTER = "2023-24-Q1"
COMMAND = Path(sys.executable).with_name("perf-pipeline")


def test_run_of_a_quarter_that_is_being_worked_on(published: Any) -> None:
    """It fails, says which run has the quarter, changes nothing, and goes on when that ends."""
    before = published.show(QUARTER, "publications")
    other = QuarterLocks(published.home / "locks", "run-of-another", 1.0)
    other.take([Quarter.parse(QUARTER)], lambda _: None)
    published.extra["PERF_PIPELINE_LOCK_WAIT_S"] = "1"
    report = published.run(QUARTER)
    assert report["exit_code"] == 1
    assert all("run-of-another" in failure["message"] for failure in report["failures"])
    assert published.show(QUARTER, "publications") == before
    other.release()
    assert published.run(QUARTER, "--from-failure")["exit_code"] == 0
    assert published.show(QUARTER, "publications") == before


def test_two_runs_at_once_make_one_publication(workplace: Any) -> None:
    """Started together, one says that it waits for the other; both succeed, and publish once."""
    runs = [
        subprocess.Popen(
            [str(COMMAND), "run", QUARTER],
            cwd=workplace.root,
            env=workplace.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    done = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], done
    assert sum("waits for" in complaints for _, complaints in done) == 1
    assert len(workplace.show(QUARTER, "publications")) == 1
