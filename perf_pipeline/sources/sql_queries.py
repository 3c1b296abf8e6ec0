"""A SQL query against a service's own database: run and counted in one transaction.

What the database said becomes a JSON document for landing, which `sql_results` reads. SQL Server
allows neither `ORDER BY` nor `WITH` in the counted subquery: keep them in a view.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import SqlEntry
from perf_pipeline.sources.faults import may_pass
from perf_pipeline.sources.limits import MOST_ROWS
from perf_pipeline.sources.numbers import number_text
from perf_pipeline.sources.wording import ReturnPlace, listed, reason

_COUNCIL = "{council}"
_LITERALS_AND_COMMENTS = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|--[^\n]*|/\*.*?\*/""", re.DOTALL
)
_OPENING = {
    # Python's driver opens no transaction for a SELECT, and so no snapshot.
    "sqlite": ("BEGIN",),
    "postgresql": ("SET LOCAL statement_timeout = '10min'",),
}
_CONNECTING: Mapping[str, Mapping[str, int]] = {
    # A server that has gone away without a word is given up after a minute and a half.
    "postgresql": {
        "connect_timeout": 10,
        "keepalives_idle": 60,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    },
    "mysql": {"connect_timeout": 10},
    "mariadb": {"connect_timeout": 10},
}
_SQL_SERVER = "perf-pipeline[mssql], and begin the URL with mssql+mssqlpython://"
"""The extra's driver is not the one that SQLAlchemy takes for `mssql://`."""

_SNAPSHOT: Mapping[str, Mapping[str, Any]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "mysql": {"isolation_level": "REPEATABLE READ"},
    "mariadb": {"isolation_level": "REPEATABLE READ"},
}


def database_place(entry: SqlEntry, quarter: Quarter) -> ReturnPlace:
    """Return the place of a query's result: the database without its password, and the query.

    Raises:
        ReturnError: The URL cannot be read, or its environment variable is not set.
    """
    url = _template_url(entry, ReturnPlace(entry, entry.query, quarter))
    shown = url.set(query={}).render_as_string(hide_password=True)
    where = shown.replace(quote(_COUNCIL), _COUNCIL)
    return ReturnPlace(entry, f"{where} ({entry.query})", quarter)


def fetch_result(
    entry: SqlEntry, quarter: Quarter, council_folder: Path, place: ReturnPlace
) -> bytes | None:
    """Run the query and count its rows in one transaction.

    Returns:
        A JSON document of the query's hash, parameters, columns, rows (all text) and count;
        nothing when the query gives no rows.

    Raises:
        ReturnError: The query or the database cannot be used.
    """
    query = _query(entry, council_folder, place)
    parameters = _parameters(query, quarter, place)
    url = _usable_url(_template_url(entry, place), council_folder, place)
    with _snapshot(url, place) as connection:
        count = _counted(connection, query, parameters, place)
        result = connection.execute(sa.text(query), parameters)
        rows = [[_text(value) for value in row] for row in result]
        columns = list(result.keys())
    if not rows and not count:
        return None
    document = {
        "query_sha256": hashlib.sha256(query.encode()).hexdigest(),
        "parameters": parameters,
        "columns": columns,
        "rows": rows,
        "count": count,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _template_url(entry: SqlEntry, place: ReturnPlace) -> sa.URL:
    if entry.url_env is None:
        text, name = entry.url or "", "`url` in sources.yaml"
    else:
        text, name = os.environ.get(entry.url_env, ""), f"the environment variable {entry.url_env}"
    if not text:
        found = f"The environment variable {entry.url_env}, which holds the database's URL, is not"
        raise place.error(
            f"{found} set.",
            f"Set {entry.url_env} where the pipeline runs",
            ReturnFault.ENTRY_UNUSABLE,
        )
    try:
        return sa.make_url(text)
    except (ArgumentError, ValueError):
        raise place.error(
            f"What {name} holds is not a database URL.",
            "Write one like postgresql+psycopg://host/database",
            ReturnFault.ENTRY_UNUSABLE,
        ) from None


def _usable_url(template: sa.URL, council_folder: Path, place: ReturnPlace) -> sa.URL:
    """Put the council folder in, and open SQLite read-only: else a missing file would be made."""
    database = (template.database or "").replace(_COUNCIL, str(council_folder.resolve()))
    if template.get_backend_name() != "sqlite":
        return template
    if not Path(database).is_file():
        raise place.error(
            "The database file is not there.",
            "Put it back, or mend `url` in sources.yaml",
            ReturnFault.UNREADABLE,
        )
    uri = f"file:{quote(str(Path(database).resolve()))}"
    return template.set(database=uri, query={"mode": "ro", "uri": "true"})


def _query(entry: SqlEntry, council_folder: Path, place: ReturnPlace) -> str:
    try:
        text = (council_folder / entry.query).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise place.error(
            f"The query file cannot be read: {getattr(error, 'strerror', None) or reason(error)}.",
            "Put the file there, or mend `query` in sources.yaml",
            ReturnFault.ENTRY_UNUSABLE,
        ) from error
    query = _LITERALS_AND_COMMENTS.sub(_literal_or_space, text).strip().rstrip(";").rstrip()
    if not query:
        raise place.error(
            "The query file holds no query.", "Write the query", ReturnFault.ENTRY_UNUSABLE
        )
    return query


def _literal_or_space(match: re.Match[str]) -> str:
    """Keep a literal, a colon in it not taken for a parameter's, and drop a comment."""
    return (match[1] or " ").replace(":", r"\:")


def _parameters(query: str, quarter: Quarter, place: ReturnPlace) -> dict[str, str]:
    known = {
        "quarter": quarter.key,
        "period_start": quarter.start_date.isoformat(),
        "period_end": quarter.end_date.isoformat(),
    }
    used = sorted(sa.text(query).compile().params)
    unknown = [name for name in used if name not in known]
    if unknown:
        raise place.error(
            f"The query asks for parameters that it is not given: {listed(unknown)}.",
            "Use :quarter, :period_start and :period_end only",
            ReturnFault.ENTRY_UNUSABLE,
        )
    return {name: known[name] for name in used}


@contextmanager
def _snapshot(url: sa.URL, place: ReturnPlace) -> Iterator[sa.Connection]:
    """Connect, and let every statement see the database as the first one did."""
    try:
        limits = _CONNECTING.get(url.get_backend_name(), {})
        stated = {name: number for name, number in limits.items() if name not in url.query}
        engine = sa.create_engine(url, connect_args=stated, poolclass=sa.NullPool)
    except ImportError:
        is_sql_server = url.get_backend_name() == "mssql"
        driver = _SQL_SERVER if is_sql_server else f"the driver of {url.drivername}"
        found = f"The driver of {url.drivername} databases is not installed."
        raise place.error(found, f"Install {driver}", ReturnFault.NOT_INSTALLED) from None
    except SQLAlchemyError as error:
        raise _failure(error, url, place) from None
    try:
        with engine.connect() as connection:
            name = engine.dialect.name
            snapshot = connection.execution_options(**_SNAPSHOT.get(name, {}))
            for statement in _OPENING.get(name, ()):
                snapshot.exec_driver_sql(statement)
            yield snapshot
    except SQLAlchemyError as error:
        raise _failure(error, url, place) from None
    finally:
        engine.dispose()


def _counted(
    connection: sa.Connection, query: str, parameters: Mapping[str, str], place: ReturnPlace
) -> int:
    counted = sa.text(query).columns().subquery("counted")
    statement = sa.select(sa.func.count()).select_from(counted)
    count = connection.execute(statement, parameters).scalar_one()
    if count > MOST_ROWS:
        raise place.error(
            f"The query gives {count:,} rows; at most {MOST_ROWS:,} are read.",
            "Narrow the query to the quarter",
            ReturnFault.TOO_LARGE,
        )
    return int(count)


def _failure(error: SQLAlchemyError, url: sa.URL, place: ReturnPlace) -> ReturnError:
    cause = getattr(error, "orig", None) or error
    secrets = (url.password, quote(url.password or ""))
    return place.error(
        f"The database refused: {reason(cause, *secrets)}.",
        "Check that it is running and reachable, and that the query fits it",
        ReturnFault.NOT_REACHED,
        is_transient=may_pass(error),
    )


def _text(value: Any) -> str | None:
    """Write a database's value as text: exact numbers exactly, floats with 15 digits.

    A float is no decimal number: what SQL calculates in floats (5 of 7) has 16 or 17 digits of
    which the last are noise.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
