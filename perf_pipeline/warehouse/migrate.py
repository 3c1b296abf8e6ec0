"""Bring a database to the schema that this code writes: one transaction, one process at a time."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import SetColumnComment, SetTableComment

from perf_pipeline.errors import PublicationError, SchemaVersionError
from perf_pipeline.warehouse.columns import DETAIL
from perf_pipeline.warehouse.engine import describe, is_sqlite, reading, reason, writing
from perf_pipeline.warehouse.guards import create_guards, drop_guards
from perf_pipeline.warehouse.locks import MIGRATION, lock
from perf_pipeline.warehouse.tables import (
    CORE,
    REPORTING,
    data_dictionary_entries,
    dictionary_rows,
    metadata,
)
from perf_pipeline.warehouse.view_files import comment_views, create_views, drop_views

_FOLDER = Path(__file__).parent / "migrations"
_DENIED = "42501"
"""PostgreSQL's code for a right that is lacking."""


def migrate(engine: sa.Engine) -> None:
    """Set up an empty database, or bring an older one up to date, all at once or not at all.

    Views are made anew from their files whenever the schema changes, and the data dictionary and
    the columns' comments whenever a description does. A database that is up to date is only read.

    Raises:
        SchemaVersionError: The database is newer than this code.
        PublicationError: The database refused.
    """
    with reading(engine) as connection:
        is_usable = _revision(connection) == _head()
        if is_usable and _has_dictionary(connection):
            return
    try:
        with writing(engine, "perf-pipeline migrate") as connection:
            lock(connection, MIGRATION)
            _bring_up_to_date(connection)
    except DBAPIError as error:
        is_denied = getattr(error.orig, "sqlstate", None) == _DENIED
        if is_denied and is_usable:
            # Descriptions alone are older than the code: the owner's next `prepare` writes them.
            return
        remedy = " Let a member of the owner's role run: perf-pipeline prepare" if is_denied else ""
        raise PublicationError(
            f"The {describe(engine)} could not be set up, and is as it was: {reason(error)}."
            f"{remedy}"
        ) from error


def require_schema(connection: sa.Connection) -> None:
    """Make sure that the database has the schema that this code writes and reads.

    Raises:
        SchemaVersionError: It is older or newer, or there is none.
    """
    revision = _revision(connection)
    if revision is None:
        raise SchemaVersionError(
            "The database was never set up. Do it first: perf-pipeline prepare"
        )
    if revision != _head():
        raise SchemaVersionError(
            f"The database's schema is {revision} and this code needs {_head()}. Bring it up to "
            "date first: perf-pipeline prepare"
        )


def _bring_up_to_date(connection: sa.Connection) -> None:
    if _revision(connection) != _head():
        _make_schemas(connection)
        drop_views(connection)
        drop_guards(connection)
        _upgrade(connection)
        create_guards(connection)
        create_views(connection)
    if not _has_dictionary(connection):
        connection.execute(sa.delete(data_dictionary_entries))
        connection.execute(sa.insert(data_dictionary_entries), dictionary_rows())
        _comment(connection)


def _has_dictionary(connection: sa.Connection) -> bool:
    rows = connection.execute(sa.select(data_dictionary_entries))
    expected = (tuple(row.values()) for row in dictionary_rows())
    return sorted(tuple(row) for row in rows) == sorted(expected)


def _make_schemas(connection: sa.Connection) -> None:
    if is_sqlite(connection):
        return
    present = sa.inspect(connection).get_schema_names()
    for schema in {CORE, REPORTING, DETAIL}.difference(present):
        connection.execute(sa.schema.CreateSchema(schema))


def _upgrade(connection: sa.Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _comment(connection: sa.Connection) -> None:
    comment_views(connection)
    if is_sqlite(connection):
        return
    for table in metadata.sorted_tables:
        connection.execute(SetTableComment(table))
        for column in table.columns:
            connection.execute(SetColumnComment(column))


def _revision(connection: sa.Connection) -> str | None:
    """Return the database's revision, None before the first.

    Raises:
        SchemaVersionError: This code does not know the revision.
    """
    schema = None if is_sqlite(connection) else CORE
    context = MigrationContext.configure(connection, opts={"version_table_schema": schema})
    revision = context.get_current_revision()
    if revision is not None and revision not in _known_revisions():
        raise SchemaVersionError(
            f"The database's schema is {revision}, which this code does not know (its own is "
            f"{_head()}): a newer perf-pipeline has set it up. Install that version or a later one."
        )
    return revision


def _config() -> Config:
    config = Config()
    # Alembic reads % as the beginning of a reference to another option.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


@cache
def _known_revisions() -> tuple[str, ...]:
    """Return the revisions in the package, newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in scripts.walk_revisions())


def _head() -> str:
    return _known_revisions()[0]
