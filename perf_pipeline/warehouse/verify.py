"""Whether anything of what was published was changed afterwards, down to one cell.

Each publication's digest is worked out again over the columns that it had: from what the database
holds, and for those in view from what readers are shown; each dataset's checksum from all of its
rows. Each audit entry's hash is worked out over the one before, and everything else that is kept
for good is held against the log.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError

from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import audit
from perf_pipeline.warehouse.columns import TIMESTAMP
from perf_pipeline.warehouse.content import (
    Layout,
    Row,
    current_layout,
    layout_digest,
    layout_rows,
    layout_sha256,
)
from perf_pipeline.warehouse.engine import is_sqlite, reading, reason
from perf_pipeline.warehouse.life_tables import (
    CALENDAR_YEARS,
    NEVER_CHANGED,
    calendar_quarters,
    current_publications,
    layout_columns,
    publication_layouts,
    publication_versions,
)
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.read import stored_rows
from perf_pipeline.warehouse.records import record_faults
from perf_pipeline.warehouse.tables import reporting_views, version_tables

_SHA256 = re.compile("[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, DBAPIError)
"""What reading raises where SQLite, which lets any column hold anything, holds something else."""


@dataclass(frozen=True)
class Verification:
    """What `verify` found.

    Attributes:
        faults: What does not hold, a sentence each; empty where all does.
        publication_count: Publications whose digest was worked out again.
        entry_count: Audit entries whose hash was.
        last_sha256: Hash of the last entry: keep it elsewhere, and give it back the next time.
    """

    faults: tuple[str, ...]
    publication_count: int
    entry_count: int
    last_sha256: str


def verify(engine: sa.Engine, known_sha256: str | None = None) -> Verification:
    """Look for anything that was changed after it was published.

    Args:
        engine: From `connect`.
        known_sha256: Hash of an entry as it was once printed; the log must still hold it.

    Raises:
        RequestError: The known hash is none.
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    if known_sha256 is not None and not _SHA256.fullmatch(known_sha256):
        raise RequestError(
            f"`{known_sha256}` is no hash of an entry. Give all 64 characters, as once printed."
        )
    with reading(engine) as connection:
        require_schema(connection)
        try:
            return _verified(connection, known_sha256)
        except _UNREADABLE as error:
            _require_unreadable(error)
            fault = "what is recorded of publications cannot be read as it was written"
            return Verification((fault,), 0, 0, audit.FIRST_SHA256)


def _verified(connection: sa.Connection, known_sha256: str | None) -> Verification:
    log = list(audit.entries(connection))
    versions = connection.execute(
        sa.select(publication_versions).order_by(
            publication_versions.c.quarter_key, publication_versions.c.version_number
        )
    ).all()
    faults = [
        *audit.chain_faults(log),
        *_known_faults(log, known_sha256),
        *_content_faults(connection, versions),
        *_stray_row_faults(connection),
        *record_faults(connection, log),
        *_moment_faults(connection),
        *_calendar_faults(connection),
    ]
    last = log[-1]["entry_sha256"] if log else audit.FIRST_SHA256
    return Verification(tuple(faults), len(versions), len(log), last)


def _require_unreadable(error: Exception) -> None:
    """Let an error pass that says nothing of what is kept, such as a lost connection."""
    if isinstance(error, DataError):
        return
    if isinstance(error, DBAPIError) and "decode" not in reason(error):
        raise error


def _known_faults(log: list[dict[str, Any]], known_sha256: str | None) -> Iterator[str]:
    if known_sha256 is not None and known_sha256 not in {each["entry_sha256"] for each in log}:
        yield f"the audit log no longer holds the entry {known_sha256}"


def is_unchanged(connection: sa.Connection, publication_id: str) -> bool:
    """Tell whether what the database holds of a publication still has its digest."""
    layouts = publication_layouts.c
    sha256 = connection.execute(
        sa.select(layouts.layout_sha256).where(layouts.publication_id == publication_id)
    ).scalar()
    layout = _layouts(connection).get(str(sha256), {})
    try:
        return _digest(connection, version_tables, layout, publication_id) == publication_id
    except _UNREADABLE as error:
        _require_unreadable(error)
        return False


def _content_faults(connection: sa.Connection, versions: Iterable[sa.Row[Any]]) -> Iterator[str]:
    layouts = _layouts(connection)
    yield from _layout_faults(connection, layouts)
    layout_of: dict[str, str] = {
        row.publication_id: row.layout_sha256
        for row in connection.execute(sa.select(publication_layouts))
    }
    in_view = set(connection.execute(sa.select(current_publications.c.publication_id)).scalars())
    for version in versions:
        name = f"version {version.version_number} of {version.quarter_key}"
        layout = layouts.get(layout_of.get(version.publication_id, ""))
        if layout is None:
            yield f"{name} has no layout, so that its digest cannot be worked out"
            continue
        try:
            is_in_view = version.publication_id in in_view
            for fault in _version_faults(connection, version, layout, is_in_view=is_in_view):
                yield f"{name} {fault}"
        except _UNREADABLE as error:
            _require_unreadable(error)
            yield f"{name} is not what was published: it cannot be read as it was written"


def _layout_faults(connection: sa.Connection, layouts: Mapping[str, Layout]) -> Iterator[str]:
    found = {tuple(row) for row in _layout_rows(connection)}
    for sha256, columns in layouts.items():
        expected = {(sha256, *row) for row in layout_rows(columns)}
        kept = {row for row in found if row[0] == sha256}
        if layout_sha256(columns) != sha256 or kept != expected:
            yield f"layout {sha256[:12]} was changed"


def _version_faults(
    connection: sa.Connection, version: sa.Row[Any], layout: Layout, *, is_in_view: bool
) -> Iterator[str]:
    publication_id = version.publication_id
    if _digest(connection, version_tables, layout, publication_id) != publication_id:
        yield (
            f"is not what was published: its tables no longer have the digest {publication_id[:12]}"
        )
    elif is_in_view and (
        _digest(connection, reporting_views, layout, publication_id) != publication_id
    ):
        yield "is not what readers are shown: a view was changed"
    if not _is_blank_beyond(connection, layout, version):
        yield "holds what it did not have when it was published"


def _digest(
    connection: sa.Connection, tables: Mapping[str, sa.Table], layout: Layout, publication_id: str
) -> str:
    return layout_digest(layout, stored_rows(connection, publication_id, layout, tables))


def _is_blank_beyond(connection: sa.Connection, layout: Layout, version: sa.Row[Any]) -> bool:
    """Tell whether later tables have no rows of an older publication, and later columns nothing.

    Nothing is null, false, or the publication's own quarter: what migrations fill in.
    """
    beyond = {
        name: [each for each in columns if each not in layout.get(name, ())]
        for name, columns in current_layout().items()
    }
    wanted = {name: columns for name, columns in beyond.items() if columns}
    for name, rows in stored_rows(connection, version.publication_id, wanted).items():
        values = (value for row in rows for value in row)
        is_blank = (each in {None, version.quarter_key} or each is False for each in values)
        if (rows and name not in layout) or not all(is_blank):
            return False
    return True


def _layouts(connection: sa.Connection) -> dict[str, Layout]:
    layouts: dict[str, dict[str, list[str]]] = {}
    for row in _layout_rows(connection):
        layout = layouts.setdefault(row.layout_sha256, {})
        layout.setdefault(row.table_name, []).append(row.column_name)
    return dict(layouts)


def _layout_rows(connection: sa.Connection) -> list[sa.Row[Any]]:
    order = (layout_columns.c.table_order, layout_columns.c.column_order)
    return list(connection.execute(sa.select(layout_columns).order_by(*order)))


def _stray_row_faults(connection: sa.Connection) -> Iterator[str]:
    """Find rows of no publication: readers' views must not show them, nor tables hold them."""
    known = sa.select(publication_versions.c.publication_id)
    shown = sa.select(current_publications.c.publication_id)
    for name, table in version_tables.items():
        view = reporting_views[name]
        for place, allowed in ((table, known), (view, shown)):
            query = sa.select(place.c.publication_id).where(place.c.publication_id.not_in(allowed))
            if connection.execute(query.limit(1)).first() is not None:
                yield f"{place.name} has rows of a publication that should not be there"


def _moment_faults(connection: sa.Connection) -> Iterator[str]:
    """Find moments that SQLite, which keeps them as text, no longer keeps as they were written."""
    if not is_sqlite(connection):
        return
    for table in NEVER_CHANGED:
        for column in (each for each in table.columns if each.info["kind"] == TIMESTAMP):
            texts = connection.execute(sa.select(sa.type_coerce(column, sa.String)))
            if not all(_MOMENT.fullmatch(text) for text in texts.scalars()):
                yield f"{table.name} has a moment in another form than it was written in"


def _calendar_faults(connection: sa.Connection) -> Iterator[str]:
    quarters = (Quarter(year, number) for year in CALENDAR_YEARS for number in range(1, 5))
    expected = {_calendar_row(quarter) for quarter in quarters}
    raw = (sa.type_coerce(each, sa.types.NullType()) for each in calendar_quarters.columns)
    found = {tuple(map(_plain, row)) for row in connection.execute(sa.select(*raw))}
    for quarter_key in sorted({str(row[0]) for row in expected ^ found}):
        yield f"the calendar's row of {quarter_key} was changed"


def _calendar_row(quarter: Quarter) -> Row:
    label, year = quarter.label.split()
    return (
        *(quarter.key, quarter.label, year, quarter.number),
        quarter.year * 10 + int(label[1:]),
        *(quarter.start_date.isoformat(), quarter.end_date.isoformat()),
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
