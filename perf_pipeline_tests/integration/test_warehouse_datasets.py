"""Disaggregated rows: stored once, with the publication that names them, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Origin,
    Publication,
    connect,
    current_draft,
    publish,
    read_quarter,
)
from perf_pipeline.warehouse.columns import DETAIL
from perf_pipeline.warehouse.dataset_tables import (
    dataset_tables,
    detail_views,
    disaggregated_datasets,
)
from perf_pipeline.warehouse.datasets import Dataset
from perf_pipeline.warehouse.engine import is_sqlite, writing
from perf_pipeline_tests.given_datasets import OUTTURNS, REJECTIONS, GivenDataset, given_dataset

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)

Tables = dict[str, pd.DataFrame]
PublishDataset = Callable[..., Publication]


@pytest.fixture
def engine(prepared_url: str) -> sa.Engine:
    """A database that is set up, of each kind in turn."""
    return connect(prepared_url)


@pytest.fixture
def publish_dataset(engine: sa.Engine, build_tables: Callable[..., Tables]) -> PublishDataset:
    """Return what publishes a quarter whose returns name a dataset."""

    def publish_dataset(
        named: GivenDataset,
        *given: Dataset,
        marker: int = 1,
        quarter: Quarter = QUARTER,
        changed: Tables | None = None,
        is_released: bool = True,
    ) -> Publication:
        tables = build_tables(quarter, marker) | named.reporting_tables(quarter)
        return publish(
            engine,
            quarter,
            tables | (changed or {}),
            Origin("Sample Council", "0" * 64, "test", f"run-{marker}"),
            expected_draft=current_draft(engine, quarter),
            datasets=given,
            is_released=is_released,
        )

    return publish_dataset


def stored(engine: sa.Engine, table: str) -> pd.DataFrame:
    """Return all rows of a table of datasets, in the order of their keys."""
    kept = dataset_tables[table]
    with engine.connect() as connection:
        return pd.read_sql(sa.select(kept).order_by(*kept.primary_key.columns), connection)


def shown(engine: sa.Engine, table: str) -> pd.DataFrame:
    """Return what those who may see rows are shown of a table."""
    place = f"detail_{table}" if is_sqlite(engine) else f"{DETAIL}.{table}"
    with engine.connect() as connection:
        return pd.read_sql(sa.text(f"SELECT * FROM {place}"), connection)  # noqa: S608 - names are the schema's own


def counts(engine: sa.Engine) -> dict[str, int]:
    """Return how many rows there are of datasets, and how many datasets."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in (*dataset_tables.values(), disaggregated_datasets)
        }


@pytest.mark.parametrize("table", [OUTTURNS, REJECTIONS])
def test_rows_are_kept_as_they_were_given(
    engine: sa.Engine, publish_dataset: PublishDataset, table: str
) -> None:
    """Every cell is what was given: text to the letter, figures to the bit, nulls null."""
    dataset = given_dataset(row_count=2500, outturn_value=-0.0)
    publish_dataset(dataset, dataset)
    given = dataset.tables[table].to_pandas().astype(object)
    keys = [each.name for each in list(dataset_tables[table].primary_key)[1:]]
    expected = given.where(given.notna(), None).sort_values(keys, ignore_index=True)
    found = stored(engine, table).astype(object)
    found = found.where(found.notna(), None).drop(columns="dataset_number")
    assert found.to_dict("records") == expected.to_dict("records")


def test_no_figure_is_negative_zero(engine: sa.Engine, publish_dataset: PublishDataset) -> None:
    """−0 is 0, which prints alike everywhere."""
    dataset = given_dataset(denominator_value=-0.0)
    publish_dataset(dataset, dataset)
    texts = stored(engine, OUTTURNS)["denominator_value"].astype(str)
    assert set(texts) == {"0.0", "100.0"}


def test_figures_that_cancel_out_are_published(
    engine: sa.Engine, publish_dataset: PublishDataset
) -> None:
    """A sum that is next to nothing beside its figures is no sign that rows were changed."""
    dataset = given_dataset(row_count=4000)
    rows = dataset.tables[OUTTURNS]
    variances = pa.array([(-1) ** number * (1e7 + number // 2 * 0.1) for number in range(4000)])
    place = rows.column_names.index("outturn_value")
    changed = {OUTTURNS: rows.set_column(place, "outturn_value", variances)}
    budget = replace(dataset, tables={**dataset.tables, **changed})
    publish_dataset(budget, budget)
    assert counts(engine)[OUTTURNS] == budget.row_count


def test_views_show_the_rows_of_what_is_released(
    engine: sa.Engine, publish_dataset: PublishDataset
) -> None:
    """Rows of a draft are in no view; those of a publication in view name it and its quarter."""
    first, second = given_dataset(1), given_dataset(2, row_count=30)
    released = publish_dataset(first, first)
    publish_dataset(second, second, marker=2, is_released=False)
    for table, view in detail_views.items():
        found = shown(engine, table)
        assert list(found.columns) == view.columns.keys()
        assert len(found) == first.tables[table].num_rows
        assert set(found["publication_id"]) == {released.publication_id}
        assert set(found["quarter_key"]) == {QUARTER.key}


def test_dataset_is_stored_once(engine: sa.Engine, publish_dataset: PublishDataset) -> None:
    """Another publication with the same dataset has its rows without being given them."""
    dataset = given_dataset()
    publish_dataset(dataset, dataset)
    before = counts(engine)
    publish_dataset(dataset, dataset, marker=2)
    publish_dataset(dataset, quarter=QUARTER.shift(1))
    assert counts(engine) == before
    assert set(shown(engine, OUTTURNS)["quarter_key"]) == {QUARTER.key, QUARTER.shift(1).key}


def test_dataset_without_rows_is_kept(engine: sa.Engine, publish_dataset: PublishDataset) -> None:
    """A return that has no row is a return."""
    none = GivenDataset(
        "0" * 64, {name: t.slice(0, 0) for name, t in given_dataset().tables.items()}
    )
    publish_dataset(none, none)
    assert counts(engine) == {OUTTURNS: 0, REJECTIONS: 0, "disaggregated_datasets": 1}


def test_publication_covers_its_rows(publish_dataset: PublishDataset) -> None:
    """Other rows make another publication, though all that readers see counts alike."""
    one, other = given_dataset(), given_dataset(commentary_text="Another.")
    first = publish_dataset(one, one)
    assert publish_dataset(other, other).publication_id != first.publication_id


REFUSED: dict[str, tuple[Callable[[GivenDataset], dict[str, Any]], str]] = {
    "not given": (lambda _: {"given": ()}, "is not stored, and its rows were not given"),
    "not named": (
        lambda named: {"given": (named, given_dataset(9))},
        "No return of the quarter names the dataset",
    ),
    "fewer rows": (
        lambda named: {
            "given": (
                GivenDataset(named.sha256, named.tables | {OUTTURNS: named.tables[OUTTURNS][1:]}),
            )
        },
        "19 rows accepted and 2 rejected, where the return counts 20 and 2",
    ),
    "another KPI": (
        lambda named: {"given": (replace(given_dataset(kpi_ref="K9"), sha256=named.sha256),)},
        "counts its rows otherwise",
    ),
    "no number": (
        lambda named: {
            "given": (replace(given_dataset(previous_value=float("inf")), sha256=named.sha256),)
        },
        "A figure of previous_value is no number",
    ),
    "one key twice": (
        lambda named: {
            "given": (
                GivenDataset(
                    named.sha256,
                    named.tables | {OUTTURNS: named.tables[OUTTURNS].take([0, 0, *range(1, 20)])},
                ),
            )
        },
        "(?i)refused Q1 2023/24: .*unique",
    ),
    "other columns": (
        lambda named: {
            "given": (
                GivenDataset(
                    named.sha256, named.tables | {OUTTURNS: named.tables[OUTTURNS].select([0])}
                ),
            )
        },
        "The dataset's columns are quarter_key and should be quarter_key, kpi_ref",
    ),
}


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_dataset_that_is_not_what_is_published_is_refused(
    engine: sa.Engine,
    publish_dataset: PublishDataset,
    make: Callable[[GivenDataset], dict[str, Any]],
    words: str,
) -> None:
    """Nothing is published then, and no row is kept."""
    named = given_dataset()
    with pytest.raises(PublicationError, match=words):
        publish_dataset(named, *make(named)["given"])
    assert set(counts(engine).values()) == {0}
    assert read_quarter(engine, QUARTER)["council_summary"].empty
    publish_dataset(named, named)
    assert counts(engine)[OUTTURNS] == 20


def test_rows_changed_by_a_trigger_are_found(
    engine: sa.Engine, publish_dataset: PublishDataset
) -> None:
    """What the database makes of rows is counted before the pointer moves."""
    with writing(engine, "test") as connection:
        connection.exec_driver_sql(MEDDLING[engine.dialect.name])
    dataset = given_dataset()
    with pytest.raises(PublicationError, match="Look for triggers on the tables"):
        publish_dataset(dataset, dataset)
    assert set(counts(engine).values()) == {0}


MEDDLING = {
    "sqlite": """
        CREATE TRIGGER meddle BEFORE INSERT ON disaggregated_outturns WHEN NEW.row_number = 5
        BEGIN SELECT RAISE(IGNORE); END
    """,
    "postgresql": """
        CREATE FUNCTION core.meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.row_number = 5 THEN RETURN NULL; END IF; RETURN NEW;
        END $$;
        CREATE TRIGGER meddle BEFORE INSERT ON core.disaggregated_outturns
        FOR EACH ROW EXECUTE FUNCTION core.meddle()
    """,
}
"""A trigger that leaves out one row."""


@pytest.mark.parametrize(
    "change",
    [
        lambda table: sa.update(table).values(source_code="x"),
        sa.delete,
    ],
    ids=["update", "delete"],
)
def test_kept_rows_are_guarded(
    engine: sa.Engine, publish_dataset: PublishDataset, change: Callable[[sa.Table], sa.Executable]
) -> None:
    """Rows are neither changed nor deleted, whoever asks."""
    dataset = given_dataset()
    publish_dataset(dataset, dataset)
    for table in dataset_tables.values():
        with (
            pytest.raises(DBAPIError, match="never changed or deleted"),
            writing(engine, "test") as connection,
        ):
            connection.execute(change(table))
