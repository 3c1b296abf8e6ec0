"""Which refusals of the database are worth another try, and what to say of the others."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from perf_pipeline.errors import PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse.engine import describe, lock_wait_s, reason
from perf_pipeline.warehouse.locks import AUDIT, holder, quarter_lock

_T = TypeVar("_T")

_RETRIES = 3
_LONGEST_PAUSE_S = 2.0
_TRANSIENT_STATES = frozenset({"40001", "40P01"})
_LOCK_NOT_AVAILABLE = "55P03"
_PRIMARY_CODE = 0xFF


def retrying(attempt: Callable[[], _T]) -> _T:
    """Try, and up to three times again after a deadlock, a failed serialisation or a busy file."""
    retries = Retrying(
        retry=retry_if_exception(_is_transient),
        stop=stop_after_attempt(1 + _RETRIES),
        wait=wait_random_exponential(multiplier=0.1, max=_LONGEST_PAUSE_S),
        reraise=True,
    )
    return retries(attempt)


def explained(error: DBAPIError, engine: sa.Engine, quarter: Quarter) -> PublicationError:
    """Say what a refusal means for the person who publishes a quarter."""
    waited = f"after {lock_wait_s(engine):g} s"
    if _state(error) == _LOCK_NOT_AVAILABLE:
        return PublicationError(
            f"{quarter.label} waits for a lock of {_holder(engine, quarter)}, which had not ended "
            f"{waited}; nothing was changed. Let it end, or end it, and run the quarter again."
        )
    if _is_busy(error):
        return PublicationError(
            f"Another process is using the {describe(engine)} and had not ended {waited}; nothing "
            "was changed. Let it end, or end it, and run the quarter again."
        )
    if error.connection_invalidated:
        return PublicationError(
            f"The connection to the {describe(engine)} was lost: {reason(error)}. Nothing was "
            f"changed. Run {quarter.label} again when the database answers."
        )
    return PublicationError(
        f"The {describe(engine)} refused {quarter.label}: {reason(error)}. Nothing was changed."
    )


def _holder(engine: sa.Engine, quarter: Quarter) -> str:
    """Look the holder up on a connection of its own: the one that waited is of no more use."""
    try:
        with engine.connect() as connection:
            keys = (quarter_lock(quarter), AUDIT)
            held = (holder(connection, key) for key in keys)
            return next(filter(None, held), "another session of the database")
    except DBAPIError:
        return "another session of the database"


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and (_state(error) in _TRANSIENT_STATES or _is_busy(error))


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _is_busy(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
