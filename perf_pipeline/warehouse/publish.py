"""Publish a quarter: all of its tables in one transaction that moves a pointer last.

Versions are only ever added. A publication's id is the digest of its content, so publishing the
same again changes nothing, and whether a lost COMMIT happened is settled by looking the id up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse.checks import check_tables, check_withheld
from perf_pipeline.warehouse.content import (
    content_digest,
    content_rows,
    rows_digest,
    withheld_rows,
)
from perf_pipeline.warehouse.datasets import Dataset, Keeping, check_datasets, store_datasets
from perf_pipeline.warehouse.engine import reading, writing
from perf_pipeline.warehouse.life import (
    Draft,
    DraftFacts,
    draft_of,
    make_draft,
    make_visible,
    superseded,
    withheld_by_draft,
)
from perf_pipeline.warehouse.life_tables import draft_publications, publication_versions
from perf_pipeline.warehouse.locks import lock, quarter_lock
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.read import Publication, publication_in_view
from perf_pipeline.warehouse.retries import explained, retrying
from perf_pipeline.warehouse.versions import (
    Content,
    Origin,
    check_written,
    version_number,
    write_version,
)
from perf_pipeline.warehouse.withheld_rows import is_withheld, load_withheld, withheld_facts

__all__ = [
    "Origin",
    "Publication",
    "content_digest",
    "current_draft",
    "current_drafts",
    "publication_of",
    "publish",
    "require_same_council",
]

_NOTHING: Mapping[str, pd.DataFrame] = {}


@dataclass(frozen=True)
class _Request:
    """What is to be published, from which draft, and whether readers are to see it at once."""

    content: Content
    expected_draft: int
    is_released: bool
    roles: tuple[str, ...]
    datasets: tuple[Dataset, ...]


def current_draft(engine: sa.Engine, quarter: Quarter) -> int:
    """Return the number of a quarter's last draft, 0 before its first.

    A run asks for it when it begins, and hands it to `publish` when it ends.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    return current_drafts(engine).get(quarter.key, 0)


def current_drafts(engine: sa.Engine) -> dict[str, int]:
    """Return the number of each quarter's last draft, by quarter key.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    pointer = draft_publications.c
    with reading(engine) as connection:
        require_schema(connection)
        rows = connection.execute(sa.select(pointer.quarter_key, pointer.draft_number))
        return {row.quarter_key: row.draft_number for row in rows}


def publish(  # noqa: PLR0913 - all that a publication is made of
    engine: sa.Engine,
    quarter: Quarter,
    tables: Mapping[str, pd.DataFrame],
    origin: Origin,
    *,
    expected_draft: int,
    is_released: bool = True,
    roles: Sequence[str] = (),
    withheld: Mapping[str, pd.DataFrame] = _NOTHING,
    datasets: Sequence[Dataset] = (),
) -> Publication:
    """Make a quarter's tables its draft, all of them or none, and bring them into view.

    The same content as the draft, withholding the same, changes nothing. The content of an older
    version brings that version back. Anything else becomes a new version.

    Args:
        engine: From `connect`, on a database that `migrate` has set up.
        quarter: Quarter of every row.
        tables: Every table of `REPORTING_TABLES`, by name.
        origin: Where they come from.
        expected_draft: What `current_draft` said when the run began.
        is_released: False where readers see it only once it is signed and released.
        roles: Roles that must sign it first; the draft's record keeps them.
        withheld: What the tables withhold from readers, by the names of `WITHHELD_TABLES`; kept
            with the draft, and no part of the publication's id.
        datasets: The rows that `disaggregated_returns` names by their digests; those that are
            stored already may be left out.

    Raises:
        SupersededError: Another run has published this quarter since.
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The tables are not publishable, a dataset is missing, the quarter is
            locked, or the database refused, lost the connection or gave back something else than
            it was given.
    """
    check_tables(tables, quarter)
    check_withheld(withheld, quarter)
    check_datasets(tables, datasets)
    rows = content_rows(tables)
    content = Content(quarter, rows_digest(rows), rows, withheld_rows(withheld), origin)
    request = _Request(content, expected_draft, is_released, tuple(roles), tuple(datasets))
    try:
        return retrying(lambda: _publish_once(engine, request))
    except DBAPIError as error:
        raise explained(error, engine, quarter) from error


def _publish_once(engine: sa.Engine, request: _Request) -> Publication:
    published = None
    try:
        with writing(engine, request.content.label) as connection:
            published = _change(connection, request)
    except DBAPIError as error:
        if published is None or not error.connection_invalidated:
            raise
        return _settle(engine, request, published, error)
    return published


def _change(connection: sa.Connection, request: _Request) -> Publication:
    content = request.content
    require_schema(connection)
    lock(connection, quarter_lock(content.quarter))
    require_same_council(connection, content.origin.council_name)
    draft, is_new = _drafted(connection, request)
    check_written(connection, content)
    if request.is_released:
        make_visible(connection, draft, content.origin.run_id)
    return publication_of(connection, draft, is_new=is_new)


def _drafted(connection: sa.Connection, request: _Request) -> tuple[Draft, bool]:
    """Make the content the quarter's draft unless it is; say whether it is a new version."""
    content = request.content
    current = draft_of(connection, content.quarter)
    if current is not None and _is_drafted(connection, current, content):
        return current, False
    if (current.draft_number if current else 0) != request.expected_draft:
        raise superseded(connection, content.quarter)
    known = version_number(connection, content.publication_id)
    number = write_version(connection, content) if known is None else known
    draft = Draft(content.quarter, content.publication_id, number, request.expected_draft + 1)
    load_withheld(connection, draft, content.withheld)
    keeping = Keeping(content.origin.code_version, content.origin.run_id)
    facts = DraftFacts(
        request.roles,
        withheld_facts(content.withheld),
        store_datasets(connection, content.rows, request.datasets, keeping),
    )
    make_draft(connection, draft, content.origin.run_id, facts)
    return draft, known is None


def _is_drafted(connection: sa.Connection, draft: Draft, content: Content) -> bool:
    """Tell whether a draft shows and withholds what a run made."""
    is_same = draft.publication_id == content.publication_id
    return is_same and is_withheld(withheld_by_draft(connection, draft), content.withheld)


def publication_of(connection: sa.Connection, draft: Draft, *, is_new: bool) -> Publication:
    """Return a draft as the publication that it is, in view or not."""
    in_view = publication_in_view(connection, draft.quarter)
    is_released = in_view is not None and in_view.publication_id == draft.publication_id
    return Publication(
        draft.publication_id,
        draft.quarter.key,
        draft.version_number,
        is_new=is_new,
        move_number=in_view.move_number if in_view is not None and is_released else 0,
    )


def require_same_council(connection: sa.Connection, name: str) -> None:
    """Make sure that the database holds no other council's publications.

    Raises:
        PublicationError: It does.
    """
    known = publication_versions.c
    other = connection.execute(
        sa.select(known.council_name).where(known.council_name != name).limit(1)
    ).scalar()
    if other is not None:
        raise PublicationError(
            f"The database holds publications of {other}, and this council is {name}; nothing was "
            "changed. Give this council's own --database, or the other's --council."
        )


def _settle(
    engine: sa.Engine, request: _Request, published: Publication, error: DBAPIError
) -> Publication:
    """Find out whether a COMMIT happened whose answer was lost.

    The quarter's lock makes sure that the lost transaction has ended, one way or the other.
    """
    try:
        current = retrying(lambda: _look_up(engine, request))
    except DBAPIError:
        raise PublicationError(
            f"The connection was lost while {request.content.quarter.label} was being committed, "
            "and the database does not answer: it shows either the old publication or the new "
            "one, whole. Run the quarter again when it answers; that is safe in both cases."
        ) from error
    if current is None or (request.is_released and not current.is_released):
        raise explained(error, engine, request.content.quarter) from error
    return replace(current, is_new=published.is_new)


def _look_up(engine: sa.Engine, request: _Request) -> Publication | None:
    """Return the quarter's draft, if it is what was to be published."""
    with writing(engine, request.content.label) as connection:
        lock(connection, quarter_lock(request.content.quarter))
        draft = draft_of(connection, request.content.quarter)
        if draft is None or not _is_drafted(connection, draft, request.content):
            return None
        return publication_of(connection, draft, is_new=False)
