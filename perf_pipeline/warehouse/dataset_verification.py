"""Whether the rows of datasets are those that were stored, whichever way they are looked at.

Every row is read back, batch by batch, and its cells are mixed into the checksum that was recorded
when the dataset was stored. What is recorded of a dataset is held against the audit log, and what
the views of `detail` show against the publications in view.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from perf_pipeline.warehouse.dataset_tables import (
    dataset_tables,
    detail_views,
    disaggregated_datasets,
)
from perf_pipeline.warehouse.datasets import OUTTURNS, REJECTIONS, record_sha256
from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline.warehouse.life_tables import current_publications
from perf_pipeline.warehouse.tables import version_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

_returns = version_tables["disaggregated_returns"]
_BATCH_ROWS = 1 << 16
_RECORDED = {
    OUTTURNS: ("outturn_count", "outturns_checksum"),
    REJECTIONS: ("rejection_count", "rejections_checksum"),
}


def dataset_faults(connection: sa.Connection, drafts: "Iterable[dict[str, Any]]") -> Iterator[str]:
    """Find rows, and records of datasets, that were changed, removed or added, a sentence each.

    Args:
        connection: The caller's, which shows one moment.
        drafts: Every entry of the log about a draft.
    """
    records = connection.execute(
        sa.select(disaggregated_datasets).order_by(disaggregated_datasets.c.dataset_sha256)
    ).all()
    yield from _record_faults(records, drafts)
    for record in records:
        for name in dataset_tables:
            if not _is_as_stored(connection, record, name):
                yield f"the dataset {record.dataset_sha256[:12]} is not what was stored: {name}"
    yield from _stray_row_faults(connection)
    yield from _view_faults(connection)


def _record_faults(
    records: "Iterable[sa.Row[Any]]", drafts: "Iterable[dict[str, Any]]"
) -> Iterator[str]:
    logged: dict[str, set[str]] = {}
    for draft in drafts:
        for sha256, of_record in draft.get("datasets", {}).items():
            logged.setdefault(sha256, set()).add(of_record)
    known = {record.dataset_sha256: record_sha256(record) for record in records}
    for sha256 in sorted(logged.keys() | known.keys()):
        if sha256 not in known:
            yield f"the dataset {sha256[:12]}, which a publication names, is not there"
        elif logged.get(sha256) != {known[sha256]}:
            yield f"what is known of the dataset {sha256[:12]} is not what the audit log recorded"


def _is_as_stored(connection: sa.Connection, record: sa.Row[Any], name: str) -> bool:
    # Only a database that has disaggregated returns needs Arrow here.
    from perf_pipeline.warehouse.checksums import Checksum  # noqa: PLC0415 - as above
    from perf_pipeline.warehouse.dataset_loading import stored_batches  # noqa: PLC0415 - as above

    found = Checksum()
    try:
        for batch in stored_batches(connection, dataset_tables[name], record.dataset_number):
            found.add(batch.columns)
    except (ValueError, TypeError, LookupError):
        # SQLite lets any column hold anything.
        return False
    count, checksum = (getattr(record, column) for column in _RECORDED[name])
    return (found.row_count, found.hexdigest()) == (count, checksum)


def _stray_row_faults(connection: sa.Connection) -> Iterator[str]:
    known = sa.select(disaggregated_datasets.c.dataset_number)
    for name, table in dataset_tables.items():
        number = table.c.dataset_number
        query = sa.select(number).where(number.not_in(known)).limit(1)
        if connection.execute(query).first() is not None:
            yield f"{name} has rows of a dataset that should not be there"


def _view_faults(connection: sa.Connection) -> Iterator[str]:
    """Find views that do not show as many rows of each quarter as its publication has."""
    for name, view in detail_views.items():
        count = disaggregated_datasets.c[_RECORDED[name][0]]
        expected = connection.execute(
            sa.select(_returns.c.publication_id, sa.func.sum(count))
            .join_from(_returns, current_publications, _is_in_view())
            .join(
                disaggregated_datasets,
                disaggregated_datasets.c.dataset_sha256 == _returns.c.dataset_sha256,
            )
            .group_by(_returns.c.publication_id)
        )
        place = _shown(connection, view)
        found = connection.execute(
            sa.select(place.c.publication_id, sa.func.count()).group_by(place.c.publication_id)
        )
        if _counts(expected) != _counts(found):
            yield f"{view.schema}.{name} does not show the rows of the publications in view"


def _is_in_view() -> sa.ColumnElement[bool]:
    return _returns.c.publication_id == current_publications.c.publication_id


def _counts(rows: "Iterable[Any]") -> Mapping[str, int]:
    return {publication_id: int(count) for publication_id, count in rows if count}


def _shown(connection: sa.Connection, view: sa.Table) -> sa.TableClause:
    """Return a view by the name that it has in this database."""
    columns: list[Any] = [sa.column(name) for name in view.columns.keys()]  # noqa: SIM118 - SQLAlchemy's
    if is_sqlite(connection):
        return sa.table(f"{view.schema}_{view.name}", *columns)
    return sa.table(view.name, *columns, schema=view.schema)
