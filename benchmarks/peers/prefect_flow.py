"""The job as a Prefect flow on DuckDB: a task for each table and for each check."""

import duckdb
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from benchmarks.contender import Stage, Task, contend
from benchmarks.peers.checks_in_sql import CHECKS
from benchmarks.peers.job_in_sql import QUERIES, query_of


@task(cache_policy=NO_CACHE)
def make_table(database: duckdb.DuckDBPyConnection, name: str, query: str) -> str:
    """Make a table."""
    database.execute(f"create table {name} as {query}")
    return name


@task(cache_policy=NO_CACHE)
def require(database: duckdb.DuckDBPyConnection, name: str, query: str) -> str:
    """Fail when a check finds anything."""
    if database.execute(query).fetchall():
        raise ValueError(name)
    return name


@flow
def returns(given: dict[str, str]) -> int:
    """Make every table in turn, then check them."""
    database = duckdb.connect()
    for name in QUERIES:
        make_table.with_options(name=name)(database, name, query_of(name, str, given))
    for name, (table, query) in CHECKS.items():
        require.with_options(name=name)(database, name, query.format(table))
    count: int = database.execute("select count(*) from published").fetchall()[0][0]
    return count


def work(given: Task) -> int:
    """Run the flow."""
    return returns(dict(given))


if __name__ == "__main__":
    contend({"everything": Stage(lambda given: given, work, lambda _: {})})
