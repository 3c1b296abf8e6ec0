"""Versions of a quarter's tables: written once, in the database's own bulk way, and read back."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse.content import (
    Row,
    current_layout,
    layout_digest,
    layout_rows,
    layout_sha256,
)
from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline.warehouse.life_tables import (
    layout_columns,
    publication_layouts,
    publication_versions,
)
from perf_pipeline.warehouse.read import stored_rows
from perf_pipeline.warehouse.tables import version_tables


@dataclass(frozen=True)
class Origin:
    """Where a publication comes from; recorded beside it and no part of its id.

    Attributes:
        council_name: The council.
        council_sha256: Digest of the council folder.
        code_version: Version of the code that made it.
        run_id: The run that made it.
    """

    council_name: str
    council_sha256: str
    code_version: str
    run_id: str


@dataclass(frozen=True)
class Content:
    """What a run made of a quarter.

    Attributes:
        quarter: The quarter.
        publication_id: Digest of the rows.
        rows: Rows of every reporting table, by name.
        withheld: Rows that they withhold, by table; no part of the id, and kept by draft.
        origin: Where it comes from.
    """

    quarter: Quarter
    publication_id: str
    rows: Mapping[str, list[Row]]
    withheld: Mapping[str, list[Row]]
    origin: Origin

    @property
    def label(self) -> str:
        """Under which name the database lists the session that publishes it."""
        return f"perf-pipeline run {self.origin.run_id}"


def version_number(connection: sa.Connection, publication_id: str) -> int | None:
    """Return the number of a version that is there, None of one that is not."""
    known = publication_versions.c
    number: int | None = connection.execute(
        sa.select(known.version_number).where(known.publication_id == publication_id)
    ).scalar()
    return number


def write_version(connection: sa.Connection, content: Content) -> int:
    """Add a version and return its number; the caller's transaction makes it be there."""
    versions = publication_versions.c
    last = connection.execute(
        sa.select(sa.func.max(versions.version_number)).where(
            versions.quarter_key == content.quarter.key
        )
    ).scalar()
    number = int(last or 0) + 1
    connection.execute(
        sa.insert(publication_versions).values(
            publication_id=content.publication_id,
            quarter_key=content.quarter.key,
            version_number=number,
            created_at=dt.datetime.now(dt.UTC),
            row_count=sum(len(rows) for rows in content.rows.values()),
            **asdict(content.origin),
        )
    )
    _record_layout(connection, content.publication_id)
    for name, rows in content.rows.items():
        load(connection, version_tables[name], rows, content.publication_id)
    return number


def check_written(connection: sa.Connection, content: Content) -> None:
    """Read a version back: what readers will see is what was computed, or nothing is.

    Raises:
        PublicationError: It is not.
    """
    layout = current_layout()
    written = layout_digest(layout, stored_rows(connection, content.publication_id, layout))
    if written != content.publication_id:
        raise PublicationError(
            f"What the database holds of {content.quarter.label} is not what was published "
            f"(digest {written[:12]}, not {content.publication_id[:12]}); nothing was changed. "
            "Look for triggers on the tables in the database, or changes made to them by hand."
        )


def _record_layout(connection: sa.Connection, publication_id: str) -> None:
    layout = current_layout()
    sha256 = layout_sha256(layout)
    known = connection.execute(
        sa.select(layout_columns.c.layout_sha256)
        .where(layout_columns.c.layout_sha256 == sha256)
        .limit(1)
    ).first()
    if known is None:
        names = layout_columns.columns.keys()
        rows = [dict(zip(names, (sha256, *row), strict=True)) for row in layout_rows(layout)]
        # Two quarters may be the first of a layout at once: SQLite's writers take turns.
        is_shared = connection.dialect.name == "postgresql"
        insert = postgresql.insert(layout_columns).on_conflict_do_nothing()
        connection.execute(insert if is_shared else sa.insert(layout_columns), rows)
    connection.execute(
        sa.insert(publication_layouts).values(publication_id=publication_id, layout_sha256=sha256)
    )


def load(connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *keys: str | int) -> None:
    """Load a publication's rows in the database's own bulk way, within the caller's transaction.

    Both ways take plain values, a date as ISO text. PostgreSQL's reads text, and a float's is its
    shortest decimal: so a figure becomes the `numeric` that it denotes.

    Args:
        connection: The caller's.
        table: A table of `version_tables` or of `withheld_tables`.
        rows: Its rows, without the columns that are the same in all.
        keys: Those: the publication's id, and with what is withheld the draft's number.
    """
    if not rows:
        return
    values = [(*row, *keys) for row in rows]
    columns = ", ".join(column.name for column in table.columns)
    if is_sqlite(connection):
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 - names are the schema's own
        connection.exec_driver_sql(statement, values)
        return
    statement = f"COPY {table.schema}.{table.name} ({columns}) FROM STDIN"
    with copying(connection, statement) as copy:
        for row in values:
            copy.write_row(row)


@contextmanager
def copying(connection: sa.Connection, statement: str) -> Iterator[Any]:
    """Give the driver's own COPY, whose refusals become those that SQLAlchemy would raise."""
    dialect, driver = connection.dialect, connection.connection
    cursor = driver.cursor()
    try:
        with closing(cursor), cursor.copy(statement) as copy:
            yield copy
    except dialect.loaded_dbapi.Error as error:
        is_lost = dialect.is_disconnect(error, driver, None)
        if is_lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=dialect,
        ) from error
