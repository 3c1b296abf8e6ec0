"""`verify` finds disaggregated rows that were changed, removed or added after they were stored."""

from collections.abc import Callable, Iterator

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import Origin, connect, migrate, publish, verify
from perf_pipeline.warehouse.columns import DETAIL
from perf_pipeline.warehouse.dataset_tables import dataset_tables, disaggregated_datasets
from perf_pipeline.warehouse.datasets import dataset_number
from perf_pipeline.warehouse.engine import is_sqlite, writing
from perf_pipeline.warehouse.guards import drop_guards
from perf_pipeline_tests.given_datasets import OUTTURNS, REJECTIONS, given_dataset
from perf_pipeline_tests.integration.database_copies import Copy, filled_once

QUARTER = Quarter(2023, 1)
DATASET = given_dataset(row_count=3000)
SHORT = DATASET.sha256[:12]

outturns, rejections = dataset_tables[OUTTURNS], dataset_tables[REJECTIONS]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def published(
    request: pytest.FixtureRequest, build_tables: Callable[..., dict[str, pd.DataFrame]]
) -> Iterator[Copy]:
    """What copies a database in which a quarter with a dataset is in view, of each kind."""

    def fill(engine: sa.Engine) -> None:
        migrate(engine)
        publish(
            engine,
            QUARTER,
            build_tables(QUARTER) | DATASET.reporting_tables(QUARTER),
            Origin("Sample Council", "0" * 64, "test", "run-1"),
            expected_draft=0,
            datasets=[DATASET],
        )

    with filled_once(request.param, request, fill) as copy:
        yield copy


@pytest.fixture
def engine(published: Copy) -> Iterator[sa.Engine]:
    """Such a database of the test's own."""
    with published() as url:
        yield connect(url)


def test_stored_rows_have_no_fault(engine: sa.Engine) -> None:
    """What was stored is what is there, whichever order and batches it is read in."""
    assert verify(engine).faults == ()


ROW = outturns.c.row_number == 7
OTHER = f"the dataset {SHORT} is not what was stored: "
CHANGES: dict[str, tuple[sa.Executable, str]] = {
    "figure": (
        sa.update(outturns).where(ROW).values(outturn_value=outturns.c.outturn_value + 1e-12),
        OTHER + OUTTURNS,
    ),
    "area as long": (
        sa.update(outturns).where(ROW).values(area_code="E999999"),
        OTHER + OUTTURNS,
    ),
    "null text": (
        sa.update(outturns).where(outturns.c.row_number == 5).values(commentary_text=None),
        OTHER + OUTTURNS,
    ),
    "flag": (
        sa.update(outturns).where(ROW).values(is_provisional=~outturns.c.is_provisional),
        OTHER + OUTTURNS,
    ),
    "two rows' figures exchanged": (
        sa.update(outturns)
        .where(outturns.c.row_number.in_([3, 4]))
        .values(previous_value=outturns.c.row_number),
        OTHER + OUTTURNS,
    ),
    "row removed": (sa.delete(outturns).where(ROW), OTHER + OUTTURNS),
    "rejection changed": (
        sa.update(rejections).values(row_text="x"),
        OTHER + REJECTIONS,
    ),
    "record changed": (
        sa.update(disaggregated_datasets).values(run_id="another"),
        f"what is known of the dataset {SHORT} is not what the audit log recorded",
    ),
    "record removed": (
        sa.delete(disaggregated_datasets),
        f"the dataset {SHORT}, which a publication names, is not there",
    ),
    "row of no dataset": (
        sa.insert(rejections).values(
            dataset_number=dataset_number("1" * 64),
            source_code="x",
            file_name="x",
            file_sha256="x",
            row_number=1,
            outcome_reason_code="x",
            outcome_text="x",
            row_text="x",
        ),
        f"{REJECTIONS} has rows of a dataset that should not be there",
    ),
}


@pytest.mark.parametrize(("change", "fault"), CHANGES.values(), ids=CHANGES)
def test_change_is_found(engine: sa.Engine, change: sa.Executable, fault: str) -> None:
    """Each is named, with the dataset and the table."""
    with writing(engine, "test") as connection:
        drop_guards(connection)
        connection.execute(change)
    assert fault in verify(engine).faults


def test_view_that_leaves_out_rows_is_found(engine: sa.Engine) -> None:
    """A view of `detail` shows every row of the publications in view."""
    core, place = ("", "detail_") if is_sqlite(engine) else ("core.", f"{DETAIL}.")
    with writing(engine, "test") as connection:
        connection.exec_driver_sql(f"DROP VIEW {place}{REJECTIONS}")
        connection.exec_driver_sql(
            f"CREATE VIEW {place}{REJECTIONS} AS SELECT publication_id"  # noqa: S608 - names are the schema's own
            f" FROM {core}disaggregated_returns_versions"
        )
    fault = f"detail.{REJECTIONS} does not show the rows of the publications in view"
    assert verify(engine).faults == (fault,)


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
def test_text_where_a_figure_belongs_is_found(engine: sa.Engine) -> None:
    """SQLite lets any column hold anything."""
    with writing(engine, "test") as connection:
        drop_guards(connection)
        connection.exec_driver_sql(
            "UPDATE disaggregated_outturns SET denominator_value = 'x' WHERE row_number = 7"
        )
    assert verify(engine).faults == (OTHER + OUTTURNS,)
