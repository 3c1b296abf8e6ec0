"""The way into the database: engines, snapshots for readers, one transaction for writers.

Everything that the database says no to leaves here as a sentence for the person who must act;
no sentence holds a password, a user's name or a row's content.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from perf_pipeline.errors import PublicationError

LOCK_WAIT_S = 30.0
"""Seconds that a writer waits for another writer's lock."""

STATEMENT_LIMIT_S = 600.0
"""Seconds after which PostgreSQL ends a writer's statement."""

IDLE_LIMIT_S = 120.0
"""Seconds after which PostgreSQL ends a writer that holds its locks and does nothing."""

_CONNECT_LIMIT_S = 10
_LABEL_BYTES = 63
_LOCK_WAIT_OPTION = "perf_pipeline_lock_wait_s"
_WRITER_OPTION = "perf_pipeline_is_writer"
_NOT_A_URL = (
    "The database's address cannot be read. Write it like "
    "sqlite:////folder/file.sqlite or postgresql://user@host/database."
)


def connect(url: str, *, lock_wait_s: float = LOCK_WAIT_S) -> sa.Engine:
    """Return an engine for a database that answers.

    Args:
        url: `sqlite:///file` or `postgresql://…`, which psycopg 3 serves.
        lock_wait_s: Seconds that a writer waits for another's lock.

    Raises:
        PublicationError: The address is none, the database does not answer, or its encoding is
            not UTF-8.
    """
    target = _target(url)
    engine = sa.create_engine(
        target,
        connect_args=_driver_options(target, lock_wait_s),
        execution_options=_execution_options(target, lock_wait_s),
        hide_parameters=True,
        poolclass=NullPool,
    )
    if is_sqlite(engine):
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    _check(engine)
    return engine


def is_sqlite(bind: sa.Engine | sa.Connection) -> bool:
    """Say whether the database is SQLite; otherwise it is PostgreSQL."""
    return bind.dialect.name == "sqlite"


def describe(engine: sa.Engine) -> str:
    """Name a database in a sentence."""
    url = engine.url
    if is_sqlite(engine):
        return f"SQLite database {url.database}"
    host = url.host or url.query.get("host") or "this machine"
    return f"PostgreSQL database {url.database} on {host}"


def shown_url(url: str) -> str:
    """Return a database's address as it can be shown: without password and driver options."""
    try:
        target = _parsed(url)
    except PublicationError:
        return "an address that cannot be read"
    query = {name: value for name, value in target.query.items() if name in {"host", "port"}}
    return target.set(query=query).render_as_string(hide_password=True)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection to which every query shows the same moment.

    Raises:
        PublicationError: The database cannot be read.
    """
    options: dict[str, Any] = {}
    if not is_sqlite(engine):
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with engine.connect() as connection:
            snapshot = connection.execution_options(**options)
            with snapshot.begin():
                yield snapshot
    except DBAPIError as error:
        raise PublicationError(
            f"The {describe(engine)} cannot be read: {reason(error)}."
        ) from error


@contextmanager
def writing(engine: sa.Engine, label: str) -> Iterator[sa.Connection]:
    """Give a connection in one transaction: committed at the end, rolled back on any error.

    `label` is the name under which PostgreSQL lists the session. Driver errors pass unchanged,
    so that a writer can tell those worth another try.
    """
    with engine.connect() as connection:
        options: dict[str, Any] = {_WRITER_OPTION: True}
        if not is_sqlite(engine):
            # Whatever the database's own default is: a lock is waited for, and then what is read is
            # what the one before has written.
            options["isolation_level"] = "READ COMMITTED"
        writer = connection.execution_options(**options)
        with writer.begin():
            if not is_sqlite(engine):
                _limit(writer, label, lock_wait_s(engine))
            yield writer


def lock_wait_s(engine: sa.Engine) -> float:
    """Return the seconds that this engine's writers wait for a lock."""
    return float(engine.get_execution_options()[_LOCK_WAIT_OPTION])


def reason(error: DBAPIError) -> str:
    """Return the first line of what the driver said, without statement, parameters or dot."""
    lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    return lines[0].rstrip(".")


def _parsed(url: str) -> URL:
    """Read an address; what is wrong with it is not quoted, since it may hold a password."""
    try:
        target = make_url(url)
    except (ArgumentError, ValueError):
        raise PublicationError(_NOT_A_URL) from None
    if "@" in (target.host or ""):
        raise PublicationError(
            "The database's address has more than one @. Write %40 for each @ in its password."
        )
    return target


def _target(url: str) -> URL:
    target = _parsed(url)
    backend = target.drivername.partition("+")[0]
    if backend in {"postgresql", "postgres"}:
        return target.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise PublicationError(
            f"A {backend} database cannot hold publications. Give a SQLite file or a PostgreSQL "
            "database."
        )
    if target.database in {None, "", ":memory:"}:
        raise PublicationError("A SQLite database in memory is lost at once. Give a file.")
    return target


def _driver_options(target: URL, lock_wait_s: float) -> dict[str, Any]:
    if target.drivername.startswith("sqlite"):
        # No isolation level: the driver would otherwise begin transactions by itself, too late.
        return {"isolation_level": None, "timeout": lock_wait_s}
    return {"connect_timeout": _CONNECT_LIMIT_S, "client_encoding": "utf8"}


def _execution_options(target: URL, lock_wait_s: float) -> dict[str, Any]:
    options: dict[str, Any] = {_LOCK_WAIT_OPTION: lock_wait_s}
    if target.drivername.startswith("sqlite"):
        options["schema_translate_map"] = {"core": None, "reporting": None}
    return options


def _prepare_sqlite(driver_connection: sqlite3.Connection, _: object) -> None:
    driver_connection.execute("PRAGMA foreign_keys = ON")
    driver_connection.execute("PRAGMA synchronous = FULL")
    # Many SQLite versions in use can lose data with a write-ahead log.
    driver_connection.execute("PRAGMA journal_mode = DELETE")


def _begin_sqlite(connection: sa.Connection) -> None:
    is_writer = connection.get_execution_options().get(_WRITER_OPTION, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


def _limit(connection: sa.Connection, label: str, lock_wait_s: float) -> None:
    settings = {
        "application_name": label.encode()[:_LABEL_BYTES].decode(errors="ignore"),
        "lock_timeout": f"{lock_wait_s * 1000:.0f}ms",
        "statement_timeout": f"{STATEMENT_LIMIT_S * 1000:.0f}ms",
        "idle_in_transaction_session_timeout": f"{IDLE_LIMIT_S * 1000:.0f}ms",
    }
    calls = (sa.func.set_config(name, value, True) for name, value in settings.items())
    connection.execute(sa.select(*calls))


def _check(engine: sa.Engine) -> None:
    try:
        with engine.connect() as connection:
            if not is_sqlite(engine):
                _check_encoding(connection, engine)
    except DBAPIError as error:
        raise PublicationError(
            f"The {describe(engine)} cannot be reached: {reason(error)}.{_folder_remedy(engine)}"
        ) from error


def _check_encoding(connection: sa.Connection, engine: sa.Engine) -> None:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise PublicationError(
            f"The {describe(engine)} keeps text as {encoding}, which cannot hold all of it "
            "faithfully. Create a database with ENCODING 'UTF8' and give that."
        )


def _folder_remedy(engine: sa.Engine) -> str:
    if not is_sqlite(engine):
        return " Check the address, and that the server runs and lets you in."
    folder = Path(str(engine.url.database)).absolute().parent
    if not folder.is_dir():
        return f" The folder {folder} does not exist: create it, or name another file."
    return " Check that you may write to the file and its folder, and that it is a database."
