"""Publish a quarter: all of its tables in one transaction whose last statement moves a pointer.

Versions are only ever added. A publication's id is the digest of its content, so publishing the
same again changes nothing, and whether a lost COMMIT happened is settled by looking the id up.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import PublicationError, SupersededError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse.checks import check_tables
from perf_pipeline.warehouse.content import Row, content_digest, content_rows, rows_digest
from perf_pipeline.warehouse.engine import reading, writing
from perf_pipeline.warehouse.locks import lock, quarter_lock
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.read import (
    Publication,
    current_publication,
    publication_in_view,
    read_published,
)
from perf_pipeline.warehouse.retries import explained, retrying
from perf_pipeline.warehouse.tables import (
    current_publications,
    publication_moves,
    publication_versions,
    version_tables,
)

__all__ = ["Publication", "content_digest", "current_move", "current_moves", "publish"]


@dataclass(frozen=True)
class _Draft:
    """What is to be published, and the move of the quarter that its run began from."""

    quarter: Quarter
    publication_id: str
    rows: Mapping[str, list[Row]]
    origin: Mapping[str, str]
    expected_move: int

    @property
    def label(self) -> str:
        return f"perf-pipeline run {self.origin['run_id']}"


def current_move(engine: sa.Engine, quarter: Quarter) -> int:
    """Return the number of a quarter's last move, 0 before its first publication.

    A run asks for it when it begins, and hands it to `publish` when it ends.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    current = current_publication(engine, quarter)
    return current.move_number if current else 0


def current_moves(engine: sa.Engine) -> dict[str, int]:
    """Return the number of each quarter's last move, by quarter key.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    pointer = current_publications.c
    with reading(engine) as connection:
        require_schema(connection)
        rows = connection.execute(sa.select(pointer.quarter_key, pointer.move_number))
        return {row.quarter_key: row.move_number for row in rows}


def publish(
    engine: sa.Engine,
    quarter: Quarter,
    tables: Mapping[str, pd.DataFrame],
    *,
    council_name: str,
    council_sha256: str,
    code_version: str,
    run_id: str,
    expected_move: int,
) -> Publication:
    """Bring a quarter's tables into view, all of them or none.

    The same content as is in view changes nothing. The content of an older version brings that
    version back into view. Anything else becomes a new version.

    Args:
        engine: From `connect`, on a database that `migrate` has set up.
        quarter: Quarter of every row.
        tables: Every table of `REPORTING_TABLES`, by name.
        council_name: The council.
        council_sha256: Digest of the council folder.
        code_version: Version of this code; recorded, not part of the id.
        run_id: The run that publishes.
        expected_move: What `current_move` said when the run began.

    Raises:
        SupersededError: Another run has published this quarter since.
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The tables are not publishable, the quarter is locked, or the database
            refused, lost the connection or gave back something else than it was given.
    """
    check_tables(tables, quarter)
    rows = content_rows(tables)
    draft = _Draft(
        quarter,
        rows_digest(rows),
        rows,
        {
            "council_name": council_name,
            "council_sha256": council_sha256,
            "code_version": code_version,
            "run_id": run_id,
        },
        expected_move,
    )
    try:
        return retrying(lambda: _publish_once(engine, draft))
    except DBAPIError as error:
        raise explained(error, engine, quarter) from error


def _publish_once(engine: sa.Engine, draft: _Draft) -> Publication:
    published = None
    try:
        with writing(engine, draft.label) as connection:
            published = _change(connection, draft)
    except DBAPIError as error:
        if published is None or not error.connection_invalidated:
            raise
        return _settle(engine, draft, published, error)
    return published


def _change(connection: sa.Connection, draft: _Draft) -> Publication:
    require_schema(connection)
    lock(connection, quarter_lock(draft.quarter))
    current = publication_in_view(connection, draft.quarter)
    _require_same_council(connection, draft)
    if current is not None and current.publication_id == draft.publication_id:
        _check_written(connection, draft)
        return current
    if (current.move_number if current else 0) != draft.expected_move:
        raise _superseded(connection, draft.quarter)
    published = _known_version(connection, draft) or _write_version(connection, draft)
    _check_written(connection, draft)
    _move_pointer(connection, draft)
    return published


def _require_same_council(connection: sa.Connection, draft: _Draft) -> None:
    known = publication_versions.c
    name = draft.origin["council_name"]
    other = connection.execute(
        sa.select(known.council_name).where(known.council_name != name).limit(1)
    ).scalar()
    if other is not None:
        raise PublicationError(
            f"The database holds publications of {other}, and this council is {name}; nothing was "
            "changed. Publish to a database of its own: give --database."
        )


def _known_version(connection: sa.Connection, draft: _Draft) -> Publication | None:
    known = publication_versions.c
    number = connection.execute(
        sa.select(known.version_number).where(known.publication_id == draft.publication_id)
    ).scalar()
    return None if number is None else _publication(draft, number, is_new=False)


def _write_version(connection: sa.Connection, draft: _Draft) -> Publication:
    versions = publication_versions.c
    last = connection.execute(
        sa.select(sa.func.max(versions.version_number)).where(
            versions.quarter_key == draft.quarter.key
        )
    ).scalar()
    published = _publication(draft, (last or 0) + 1, is_new=True)
    connection.execute(
        sa.insert(publication_versions).values(
            publication_id=draft.publication_id,
            quarter_key=draft.quarter.key,
            version_number=published.version_number,
            created_at=dt.datetime.now(dt.UTC),
            row_count=sum(len(rows) for rows in draft.rows.values()),
            **draft.origin,
        )
    )
    for name, rows in draft.rows.items():
        if rows:
            table = version_tables[name]
            values = [
                dict(zip(table.columns.keys(), (*row, draft.publication_id), strict=True))
                for row in rows
            ]
            connection.execute(sa.insert(table), values)
    return published


def _publication(draft: _Draft, version_number: int, *, is_new: bool) -> Publication:
    return Publication(
        draft.publication_id,
        draft.quarter.key,
        version_number,
        is_new=is_new,
        move_number=draft.expected_move + 1,
    )


def _check_written(connection: sa.Connection, draft: _Draft) -> None:
    """Read the publication back: what readers will see is what was computed, or nothing is."""
    written = content_digest(read_published(connection, draft.publication_id))
    if written != draft.publication_id:
        raise PublicationError(
            f"What the database holds of {draft.quarter.label} is not what was published "
            f"(digest {written[:12]}, not {draft.publication_id[:12]}); nothing was changed. Look "
            "for triggers on the tables in the database, or changes made to them by hand."
        )


def _move_pointer(connection: sa.Connection, draft: _Draft) -> None:
    """Record the move, then make it: from the move that the run began from, and no other."""
    move = {
        "quarter_key": draft.quarter.key,
        "publication_id": draft.publication_id,
        "move_number": draft.expected_move + 1,
    }
    record = {"moved_at": dt.datetime.now(dt.UTC), "run_id": draft.origin["run_id"]}
    connection.execute(sa.insert(publication_moves).values(**move, **record))
    pointer = current_publications.c
    if draft.expected_move == 0:
        connection.execute(sa.insert(current_publications).values(**move))
        return
    moved = connection.execute(
        sa.update(current_publications)
        .where(pointer.quarter_key == draft.quarter.key)
        .where(pointer.move_number == draft.expected_move)
        .values(**move)
    )
    if moved.rowcount != 1:
        raise _superseded(connection, draft.quarter)


def _superseded(connection: sa.Connection, quarter: Quarter) -> SupersededError:
    moves = publication_moves.c
    last = connection.execute(
        sa.select(publication_moves)
        .where(moves.quarter_key == quarter.key)
        .order_by(moves.move_number.desc())
    ).first()
    if last is None:
        return SupersededError(
            f"{quarter.label} has no publication in view, though this run began from one. Run the "
            "whole quarter again."
        )
    return SupersededError(
        f"{quarter.label} was published by run {last.run_id} at {last.moved_at:%Y-%m-%d %H:%M:%S} "
        f"UTC (publication {last.publication_id[:12]}) after this run began; that stays in view. "
        "Run the whole quarter again."
    )


def _settle(
    engine: sa.Engine, draft: _Draft, published: Publication, error: DBAPIError
) -> Publication:
    """Find out whether a COMMIT happened whose answer was lost.

    The quarter's lock makes sure that the lost transaction has ended, one way or the other.
    """
    try:
        current = retrying(lambda: _look_up(engine, draft))
    except DBAPIError:
        raise PublicationError(
            f"The connection was lost while {draft.quarter.label} was being committed, and the "
            "database does not answer: it shows either the old publication or the new one, whole. "
            "Run the quarter again when it answers; that is safe in both cases."
        ) from error
    if current is None or current.publication_id != draft.publication_id:
        raise explained(error, engine, draft.quarter) from error
    return replace(current, is_new=published.is_new)


def _look_up(engine: sa.Engine, draft: _Draft) -> Publication | None:
    with writing(engine, draft.label) as connection:
        lock(connection, quarter_lock(draft.quarter))
        return publication_in_view(connection, draft.quarter)
