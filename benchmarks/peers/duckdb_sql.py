"""The job in DuckDB, in memory: the SQL of `job_in_sql`, loaded through ADBC."""

from collections.abc import Sequence
from typing import Any

import duckdb

from benchmarks.answers import ACCEPTED, RATINGS, answer_of, counts_of
from benchmarks.contender import Stage, Task, contend
from benchmarks.peers.job_in_sql import query_of


def make(database: duckdb.DuckDBPyConnection, task: Task, names: Sequence[str]) -> None:
    """Make tables, views those that are read once."""
    for name in names:
        kind = "view" if name in {"received", "read"} else "table"
        query = query_of(name, str, task)
        database.execute(f"create {kind} {name} as {query}")


def check_work(task: Task) -> duckdb.DuckDBPyConnection:
    """Read and check."""
    database = duckdb.connect()
    make(database, task, ("received", "read", "checked", "accepted", "rejected"))
    return database


def check_answer(database: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Say what was accepted and what was not."""
    accepted, rejected = (
        database.table(name).to_arrow_table() for name in ("accepted", "rejected")
    )
    return answer_of("accepted", accepted, ACCEPTED) | answer_of("rejected", rejected, ["reason"])


def judge_ready(task: Task) -> tuple[duckdb.DuckDBPyConnection, Task]:
    """Read accepted outturns into a table."""
    database = duckdb.connect()
    database.execute(f"create table outturns as from read_parquet('{task['accepted_file']}')")
    return database, task


def judge_work(ready: tuple[duckdb.DuckDBPyConnection, Task]) -> duckdb.DuckDBPyConnection:
    """Rate and compare; new columns only."""
    make(*ready, ("rated",))
    return ready[0]


def judge_answer(database: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Say how the outturns were rated."""
    table = database.table("rated").to_arrow_table()
    return answer_of("rated", table, RATINGS) | counts_of("rated", table, "rag_code")


def everything(task: Task) -> None:
    """Go from the file to the database."""
    import adbc_driver_manager  # noqa: F401, PLC0415 - what the drivers load through
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - not for the other stages

    database = duckdb.connect()
    names = ("received", "read", "checked", "accepted", "duplicates", "outturns", "rated")
    make(database, task, names)
    query = query_of("published", str, task)
    with dbapi.connect(task["database"]) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("outturns", database.sql(query).to_arrow_reader(), mode="append")
        connection.commit()


if __name__ == "__main__":
    contend(
        {
            "check": Stage(lambda task: task, check_work, check_answer),
            "judge": Stage(judge_ready, judge_work, judge_answer),
            "everything": Stage(lambda task: task, everything, lambda _: {}),
        }
    )
