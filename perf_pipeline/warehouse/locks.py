"""Locks of the database: a quarter's, a dataset's, the schema's; and who holds them.

SQLite has a single writer at a time, which `BEGIN IMMEDIATE` makes wait; PostgreSQL has
transaction-level advisory locks, which end with their transaction however it ends.
"""

import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse.engine import is_sqlite

_FAMILY = 0x70657266
"""Tells this application's advisory locks from others' in the same database."""

MIGRATION = 0
"""Key of the lock on the schema."""

AUDIT = 1
"""Key of the lock on the audit log, taken after a quarter's lock and never before one."""

_FIRST_DATASET = 1 << 30
_QUARTERS_IN_YEAR = 4

_LOCK = sa.text("SELECT pg_advisory_xact_lock(CAST(:family AS integer), CAST(:key AS integer))")
_HOLDER = sa.text(
    """
    SELECT activity.pid, activity.application_name
    FROM pg_locks AS held
    JOIN pg_stat_activity AS activity ON activity.pid = held.pid
    WHERE held.locktype = 'advisory' AND held.granted
      AND held.classid = :family AND held.objid = :key AND held.objsubid = 2
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
)


def quarter_lock(quarter: Quarter) -> int:
    """Return the key of a quarter's lock."""
    return quarter.year * _QUARTERS_IN_YEAR + quarter.number


def dataset_lock(number: int) -> int:
    """Return the key of a dataset's lock, taken after a quarter's; two may share one."""
    return _FIRST_DATASET | number % _FIRST_DATASET


def lock(connection: sa.Connection, key: int) -> None:
    """Take a lock until the transaction ends; on SQLite the transaction itself is the lock."""
    if not is_sqlite(connection):
        connection.execute(_LOCK, {"family": _FAMILY, "key": key})


def holder(connection: sa.Connection, key: int) -> str | None:
    """Name the PostgreSQL session that holds a lock: its label and its process on the server."""
    found = connection.execute(_HOLDER, {"family": _FAMILY, "key": key}).first()
    return None if found is None else f"{found.application_name} (server process {found.pid})"
