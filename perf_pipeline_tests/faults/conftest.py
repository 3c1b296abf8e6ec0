"""Load and faults: readers, races, kills and restarts, on SQLite and PostgreSQL alike.

How big these tests are, and how to run them at their full size, stands in `sizes.py`.
"""

import logging
from collections.abc import Callable

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import Origin, Publication, connect, current_draft, migrate, publish
from perf_pipeline_tests.faults.processes import QUARTER, PublishContent, Record


@pytest.fixture
def engine(database_url: str) -> sa.Engine:
    """A database that is set up and empty, of each kind in turn."""
    engine = connect(database_url)
    migrate(engine)
    return engine


@pytest.fixture(scope="session")
def publish_content(build_tables: Callable[..., dict[str, pd.DataFrame]]) -> PublishContent:
    """Return a function that publishes the content of a marker, from the draft that is there."""

    def publish_content(
        engine: sa.Engine,
        marker: int,
        quarter: Quarter = QUARTER,
        *,
        expected_draft: int | None = None,
        is_released: bool = True,
    ) -> Publication:
        return publish(
            engine,
            quarter,
            build_tables(quarter, marker, first_value=float(marker)),
            Origin("Sample Council", "0" * 64, "test", f"run-{marker}"),
            expected_draft=(
                current_draft(engine, quarter) if expected_draft is None else expected_draft
            ),
            is_released=is_released,
        )

    return publish_content


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Return a function that logs what a test has counted."""
    log = logging.getLogger("faults")

    def record(**counts: object) -> None:
        shown = ", ".join(f"{name} {count}" for name, count in counts.items())
        log.info("%s: %s", request.node.name, shown)

    return record
