"""Disaggregated rows: a killed load leaves nothing of them, and no reader waits for a load."""

import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa

from perf_pipeline.warehouse import (
    Origin,
    Publication,
    connect,
    current_draft,
    migrate,
    publish,
    verify,
)
from perf_pipeline.warehouse.dataset_tables import KEPT_BY_DATASET
from perf_pipeline_tests.faults.failpoints import COMMIT, COMMITTED, Step, die_at, within
from perf_pipeline_tests.faults.processes import (
    CONTEXT,
    FORKS,
    QUARTER,
    Record,
    marker_in_view,
    start,
)
from perf_pipeline_tests.faults.sizes import DATASET_ROWS
from perf_pipeline_tests.given_datasets import GivenDataset, given_dataset

pytestmark = FORKS

LOADS = tuple(f"load {table.name}" for table in KEPT_BY_DATASET)
LONGEST_WAIT = "50ms"
"""How long a reader waits for a lock, at the most, before PostgreSQL refuses it."""

PublishRows = Callable[..., Publication]


@pytest.fixture
def publish_rows(build_tables: Callable[..., dict[str, pd.DataFrame]]) -> PublishRows:
    """Return a function that publishes a marker's content with a dataset."""

    def publish_rows(engine: sa.Engine, marker: int, dataset: GivenDataset) -> Publication:
        tables = build_tables(QUARTER, marker, first_value=float(marker))
        return publish(
            engine,
            QUARTER,
            tables | dataset.reporting_tables(QUARTER),
            Origin("Sample Council", "0" * 64, "test", f"run-{marker}"),
            expected_draft=current_draft(engine, QUARTER),
            datasets=[dataset],
        )

    return publish_rows


def row_counts(engine: sa.Engine) -> list[int]:
    """Return how many rows there are in each table of datasets."""
    with engine.connect() as connection:
        return [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in KEPT_BY_DATASET
        ]


def load_and_die(engine: sa.Engine, point: str, step: Step) -> None:
    """Do something and be killed at a point."""
    die_at(engine, point)
    step(engine)


def test_killed_while_rows_are_loaded(
    engine: sa.Engine, publish_rows: PublishRows, record: Record
) -> None:
    """Killed at any point of the load, nothing of it is there, and the next run loads all of it."""
    publish_rows(engine, 1, given_dataset(1))
    is_copied = engine.dialect.name == "postgresql"
    points = [*LOADS, *(within(load) for load in LOADS[1:] if is_copied), COMMIT, COMMITTED]
    for number, point in enumerate(points, start=2):
        before, dataset = row_counts(engine), given_dataset(number)
        step = partial(publish_rows, marker=number, dataset=dataset)
        child = start(load_and_die, engine, point, step)
        child.join()
        assert child.exitcode == -signal.SIGKILL, point
        if point != COMMITTED:
            assert row_counts(engine) == before, point
            assert marker_in_view(engine) == number - 1
        publish_rows(engine, number, dataset)
        assert marker_in_view(engine) == number
    assert row_counts(engine)[0] == len(points) + 1
    assert verify(engine).faults == ()
    record(points=len(points))


def poll(url: str, is_over: Callable[[], bool], path: Path) -> None:
    """Read what is in view again and again, and keep how often, and the longest that it took."""
    address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    longest_s, poll_count = 0.0, 0
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"SET lock_timeout = '{LONGEST_WAIT}'")
        while not is_over():
            begun = time.monotonic()
            connection.execute("SELECT kpi_count FROM reporting.council_summary").fetchall()
            connection.execute("SELECT 1 FROM detail.disaggregated_outturns LIMIT 1").fetchall()
            longest_s = max(longest_s, time.monotonic() - begun)
            poll_count += 1
    path.write_text(f"{poll_count} {longest_s}", encoding="ascii")


def test_reader_does_not_wait_for_a_load(
    postgres_url: str, publish_rows: PublishRows, tmp_path: Path, record: Record
) -> None:
    """While many rows are loaded a reader waits for no lock longer than 50 ms."""
    engine = connect(postgres_url)
    migrate(engine)
    publish_rows(engine, 1, given_dataset(1))
    many, is_over = given_dataset(2, DATASET_ROWS), CONTEXT.Event()
    reader = start(poll, postgres_url, is_over.is_set, tmp_path / "polls")
    begun = time.monotonic()
    publish_rows(engine, 2, many)
    load_s = time.monotonic() - begun
    is_over.set()
    reader.join()
    assert reader.exitcode == 0
    polls, longest_s = (tmp_path / "polls").read_text(encoding="ascii").split()
    record(rows=DATASET_ROWS, load_s=round(load_s, 2), polls=polls, longest_s=longest_s)
    assert int(polls) > 1
    assert row_counts(engine)[1] == DATASET_ROWS + given_dataset(1).row_count
