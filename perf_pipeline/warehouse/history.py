"""What became of a quarter's publications: versions, drafts, signatures, releases, differences."""

from collections.abc import Collection

import pandas as pd
import sqlalchemy as sa

from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse.changes import Change, changes
from perf_pipeline.warehouse.engine import reading
from perf_pipeline.warehouse.life import Draft, draft_of
from perf_pipeline.warehouse.life_tables import publication_versions
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.read import SHORTEST_PREFIX, read_published

Tables = dict[str, pd.DataFrame]


def current_draft_of(engine: sa.Engine, quarter: Quarter) -> Draft | None:
    """Return the publication that a quarter's last run made, released or not.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    with reading(engine) as connection:
        require_schema(connection)
        return draft_of(connection, quarter)


def read_publication(
    engine: sa.Engine, quarter: Quarter, name: str, wanted: Collection[str] | None = None
) -> Tables:
    """Read the tables of one publication of a quarter, in view or not.

    Args:
        engine: From `connect`.
        quarter: The quarter.
        name: Its version number, `draft`, or how its id begins (six characters at least).
        wanted: The tables to read; every table where it is not given.

    Raises:
        RequestError: There is no such publication, or several whose ids begin so.
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    with reading(engine) as connection:
        require_schema(connection)
        return read_published(connection, _named(connection, quarter, name), wanted)


def differences(engine: sa.Engine, quarter: Quarter, before: str, after: str) -> list[Change]:
    """Return what differs between two publications of a quarter, as `changes.changes` does.

    Args:
        engine: From `connect`.
        quarter: The quarter.
        before: The one, named as `read_publication` has it.
        after: The other.

    Raises:
        RequestError: There is no such publication.
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    with reading(engine) as connection:
        require_schema(connection)
        ids = [_named(connection, quarter, name) for name in (before, after)]
        return changes(connection, *ids)


def _named(connection: sa.Connection, quarter: Quarter, name: str) -> str:
    known = publication_versions.c
    if name == "draft":
        draft = draft_of(connection, quarter)
        if draft is not None:
            return draft.publication_id
    query = sa.select(known.publication_id, known.version_number).where(
        known.quarter_key == quarter.key
    )
    found = [
        row.publication_id
        for row in connection.execute(query)
        if str(row.version_number) == name
        or (len(name) >= SHORTEST_PREFIX and row.publication_id.startswith(name))
    ]
    if len(found) != 1:
        raise RequestError(
            f"{quarter.label} has {_several(len(found))} named `{name}`. Give a version number, "
            f"`draft`, or how its id begins; see: perf-pipeline history {quarter.key}"
        )
    publication_id: str = found[0]
    return publication_id


def _several(number: int) -> str:
    return f"{number} publications" if number else "no publication"
