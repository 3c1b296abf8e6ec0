"""Datasets of disaggregated rows: stored once, whichever publications have them.

A publication names its datasets in `disaggregated_returns`, and its id so covers their rows. They
are stored in the publishing transaction, and counted in the database before the pointer moves.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd
import sqlalchemy as sa

from perf_pipeline.errors import PublicationError
from perf_pipeline.warehouse.content import Row
from perf_pipeline.warehouse.dataset_counts import (
    Summary,
    named_datasets,
    named_fault,
    stored_counts,
)
from perf_pipeline.warehouse.dataset_tables import dataset_tables, disaggregated_datasets
from perf_pipeline.warehouse.locks import dataset_lock, lock

if TYPE_CHECKING:
    import pyarrow as pa

OUTTURNS = "disaggregated_outturns"
REJECTIONS = "disaggregated_rejections"

_NUMBER_DIGITS = 15


class Dataset(Protocol):
    """The accepted and the rejected rows of a disaggregated return, wherever they are kept."""

    @property
    def sha256(self) -> str:
        """Digest of the rows."""

    def batches(self, table_name: str) -> Iterator["pa.RecordBatch"]:
        """Yield the rows of a table of `DATASET_TABLES`, text dictionary-coded."""


def check_datasets(tables: Mapping[str, pd.DataFrame], datasets: Sequence[Dataset]) -> None:
    """Make sure that each dataset is one that the returns name.

    Raises:
        PublicationError: One is not.
    """
    named = set(tables["disaggregated_returns"]["dataset_sha256"].dropna())
    for each in datasets:
        if each.sha256 not in named:
            raise PublicationError(
                f"No return of the quarter names the dataset {each.sha256[:12]}; nothing was "
                "changed."
            )


def dataset_number(sha256: str) -> int:
    """Return the number by which a dataset's rows are kept: the first 60 bits of its digest."""
    return int(sha256[:_NUMBER_DIGITS], 16)


@dataclass(frozen=True)
class Keeping:
    """What is recorded of who stores a dataset.

    Attributes:
        code_version: Version of the code.
        run_id: The run.
    """

    code_version: str
    run_id: str


def store_datasets(
    connection: sa.Connection,
    rows: Mapping[str, list[Row]],
    datasets: Sequence[Dataset],
    keeping: Keeping,
) -> dict[str, str]:
    """Store the datasets that a publication's returns name, unless they are stored.

    Args:
        connection: The caller's, in the publishing transaction.
        rows: Rows of every reporting table, by name.
        datasets: Those that may have to be stored.
        keeping: Who stores them.

    Returns:
        What the audit log is to keep of each, by its digest.

    Raises:
        PublicationError: One is neither stored nor given, or the database holds something else
            than was given or than the returns and their summary count.
    """
    given = {each.sha256: each for each in datasets}
    kept = {}
    for each in named_datasets(rows):
        lock(connection, dataset_lock(dataset_number(each.sha256)))
        record = _record(connection, each.sha256)
        if record is None:
            summary = _store(connection, _given(given, each.sha256), keeping)
            record = _record(connection, each.sha256)
        else:
            _, summary = stored_counts(connection, dataset_tables[OUTTURNS], record.dataset_number)
        fault = "it is not recorded" if record is None else named_fault(each, record, summary)
        if record is None or fault:
            raise PublicationError(
                f"What the database holds of the dataset {each.sha256[:12]} is not what the "
                f"quarter's tables say of it: {fault}; nothing was changed. Run the whole quarter "
                "again."
            )
        kept[each.sha256] = record_sha256(record)
    return kept


def _given(given: Mapping[str, Dataset], sha256: str) -> Dataset:
    if sha256 not in given:
        raise PublicationError(
            f"The dataset {sha256[:12]} is not stored, and its rows were not given; nothing was "
            "changed. Run the whole quarter again."
        )
    return given[sha256]


def _store(connection: sa.Connection, dataset: Dataset, keeping: Keeping) -> Summary:
    """Load a dataset's rows, make sure of them, and record it: after that nothing is added.

    Returns:
        What the database counts of its outturns.
    """
    # Only a run that has disaggregated returns needs Arrow here.
    from perf_pipeline.warehouse.dataset_loading import load_rows  # noqa: PLC0415 - as above

    number, loaded, summaries = dataset_number(dataset.sha256), {}, {}
    for name, table in dataset_tables.items():
        totals = load_rows(connection, table, dataset.batches(name), number)
        stored, summaries[name] = stored_counts(connection, table, number)
        if not totals.is_like(stored):
            raise PublicationError(
                f"What the database holds of the dataset {dataset.sha256[:12]} is not what it was "
                f"given ({name}); nothing was changed. Look for triggers on the tables in the "
                "database."
            )
        loaded[name] = totals
    connection.execute(
        sa.insert(disaggregated_datasets).values(
            dataset_sha256=dataset.sha256,
            dataset_number=number,
            outturn_count=loaded[OUTTURNS].row_count,
            rejection_count=loaded[REJECTIONS].row_count,
            outturns_checksum=loaded[OUTTURNS].checksum,
            rejections_checksum=loaded[REJECTIONS].checksum,
            created_at=dt.datetime.now(dt.UTC),
            code_version=keeping.code_version,
            run_id=keeping.run_id,
        )
    )
    return summaries[OUTTURNS]


def _record(connection: sa.Connection, sha256: str) -> sa.Row[Any] | None:
    known = disaggregated_datasets
    return connection.execute(sa.select(known).where(known.c.dataset_sha256 == sha256)).first()


def record_sha256(record: sa.Row[Any]) -> str:
    """Return what the audit log keeps of a dataset's record."""
    facts = record._asdict() | {"created_at": record.created_at.isoformat()}
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
