"""Webserver and daemon started at the same moment on a home that nobody has opened before.

`PERF_PIPELINE_TEST_STARTS` says how often (3 times unless told; 20 is the full size).
"""

import json
import logging
import os
from pathlib import Path
from typing import Any

from perf_pipeline.cli.doctor.dagster_home import sqlite_records_findings
from perf_pipeline.cli.doctor.findings import Status
from perf_pipeline_tests.integration.deployment.servers import (
    Daemon,
    Webserver,
    wait_until,
)

STARTS = int(os.environ.get("PERF_PIPELINE_TEST_STARTS", "3"))
START_S = 180
"""Seconds that both may take on a busy machine."""


def is_broken(workplace: Any, folder: Path) -> str:
    """Start both at once, and return what was wrong; nothing where both came to work."""
    folder.mkdir()
    # Without a code location, whose loading takes long and has no part in opening the home.
    webserver = Webserver(None, folder, workplace.environment)
    daemon = Daemon(None, folder, workplace.environment)
    try:
        wait_until(
            lambda: (
                daemon.process.poll() is not None
                or webserver.process.poll() is not None
                or "SENSOR" in webserver.beating_daemons()
            ),
            START_S,
            lambda: webserver.output + daemon.output,
        )
        is_ended = daemon.process.poll() is not None or webserver.process.poll() is not None
        log = webserver.output + daemon.output
    except AssertionError as error:
        return str(error)
    finally:
        webserver.kill()
        daemon.kill()
    is_faulty = is_ended or "sqlite3.OperationalError" in log or "alembic" in log.lower()
    return log if is_faulty else ""


def test_both_start_at_once_on_a_fresh_home(workplace: Any, make_workplace: Any) -> None:
    """After `doctor --fix` webserver and daemon start at once on a fresh home, every time."""
    broken: list[str] = []
    for attempt in range(STARTS):
        fresh = make_workplace(workplace.root)
        fresh.extra["PERF_PIPELINE_HOME"] = str(workplace.root / f"home-{attempt}")
        dagster_home = workplace.root / f"home-{attempt}" / "dagster"
        fresh.extra["DAGSTER_HOME"] = str(dagster_home)
        fresh.database_url = f"sqlite:///{workplace.root / f'home-{attempt}' / 'published.sqlite'}"
        done = fresh.call("doctor", "--fix", "--json")
        wrong = [f["found"] for f in json.loads(done.stdout) if f["status"] == "wrong"]
        assert wrong == [], done.stderr
        broken += filter(None, [is_broken(fresh, workplace.root / f"logs-{attempt}")])
        after = list(sqlite_records_findings(dagster_home))
        assert [finding.status for finding in after] == [Status.OK], after
        logging.getLogger("starts").info("%d started, %d broken", attempt + 1, len(broken))
    assert broken == [], f"{len(broken)} of {STARTS} broken"
