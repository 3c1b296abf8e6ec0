"""From a CSV file to a published database: time and memory, and what more rows and workers do."""

import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.cases import Case, Target
from benchmarks.council import QUARTERS, SOURCE_CODE
from benchmarks.databases import (
    driver_address,
    found_in,
    fresh_database,
    make_peers_table,
    postgres_server,
)
from benchmarks.harness import Contender
from benchmarks.rows import Shape
from benchmarks.sections.loading import with_own_tables
from benchmarks.sections.stages import emptied
from benchmarks.workplace import Workplace

WHOLE_NAMES = ("whole-postgres",)
MEMORY_NAMES = ("memory",)
ENGINE_NAMES = ("engines",)
_MORE = (
    "Ours also writes the dataset with its digest to disk, counts by a second reader, keeps "
    "rejected rows with sentences, checks what is stored, and publishes in one transaction. It "
    "runs without Dagster, as the peers do, and again as `perf-pipeline run`: with Dagster, in an "
    "empty home, the register of 1,000 KPIs read, and a whole quarter's tables published with it."
)
_OURS, _RUN = "ours", "ours, perf-pipeline run"
_POLARS, _DUCKDB, _PANDAS = "polars", "DuckDB", "pandas, to_sql"


def whole_cases(place: Workplace) -> Generator[Case]:
    """Give the whole way, in a process of its own from its start."""
    shape = place.shape(is_dirty=True)
    with postgres_server() as server:
        yield Case(
            "whole-postgres",
            "End to end",
            f"CSV file to PostgreSQL, {shape.row_count:,} rows, one in a hundred wrong, "
            "whole process",
            place.present(
                [
                    _own(place, shape, server),
                    *([_run(place, shape, server)] if place.is_full else []),
                    _peer(place.peer("polars_script"), _POLARS, place, shape, server),
                    *(_duckdb(place, shape, server) if place.is_full else []),
                    _peer(place.own("peers.pandas_usual"), _PANDAS, place, shape, server),
                ]
            ),
            (
                Target("End to end against polars", _OURS, _POLARS, 0.85),
                Target("End to end, peak memory against polars", _OURS, _POLARS, 0.5, "peak_mb"),
                Target("End to end as `perf-pipeline run` against polars", _RUN, _POLARS, 0.85),
                Target("End to end against the usual pandas script", _OURS, _PANDAS, 0.25),
            ),
            place.rounds,
            (_MORE,),
        )


def _own(place: Workplace, shape: Shape, server: sa.URL) -> Contender:
    url = server.set(database="bench_ours")
    address = url.render_as_string(hide_password=False)
    task = _building(place, shape, "everything", own_database=address)
    return Contender(
        _OURS,
        place.own("ours.publish"),
        task,
        is_whole=True,
        prepare=partial(
            _all_of,
            partial(with_own_tables, server, "bench_ours"),
            partial(emptied, place.folder / "work"),
        ),
        answer=lambda: found_in(url, "core.disaggregated_outturns"),
    )


def _run(place: Workplace, shape: Shape, server: sa.URL) -> Contender:
    """Return the contender that is run as people run it."""
    url, work = server.set(database="bench_run"), place.folder / "work"
    council = place.council(shape)

    @contextmanager
    def returned() -> Iterator[None]:
        folder = council / "returns" / QUARTERS[-1]
        with emptied(folder):
            folder.mkdir(parents=True)
            shutil.copyfile(place.returns(shape), folder / f"{SOURCE_CODE}.csv")
            yield

    return Contender(
        _RUN,
        [str(Path(sys.executable).parent / "perf-pipeline"), "run", QUARTERS[-1]],
        is_whole=True,
        environment={
            "PERF_PIPELINE_COUNCIL": str(council),
            "PERF_PIPELINE_HOME": str(work),
            "DAGSTER_HOME": str(work / "dagster"),
            "PERF_PIPELINE_DATABASE_URL": url.render_as_string(hide_password=False),
            "PYTHONDONTWRITEBYTECODE": "",
        },
        prepare=partial(
            _all_of,
            partial(with_own_tables, server, "bench_run"),
            partial(emptied, work),
            returned,
        ),
        answer=lambda: found_in(url, "core.disaggregated_outturns"),
        passes=frozenset({0, 3}),
    )


def _building(
    place: Workplace, shape: Shape, stage: str, engine: str = "local", workers: int = 1, **more: str
) -> dict[str, str]:
    folder = str(place.folder / "work")
    return place.task(shape, stage, workplace=folder, engine=engine, workers=str(workers), **more)


@contextmanager
def _all_of(*managers: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    with ExitStack() as stack:
        for each in managers:
            stack.enter_context(each())
        yield


def _peer(
    command: list[str], name: str, place: Workplace, shape: Shape, server: sa.URL
) -> Contender:
    url = server.set(database="bench_peer")
    return Contender(
        name,
        command,
        place.task(shape, "everything", database=driver_address(url)),
        is_whole=True,
        prepare=partial(_with_peers_table, server),
        answer=lambda: found_in(url, "outturns"),
    )


def _duckdb(place: Workplace, shape: Shape, server: sa.URL) -> list[Contender]:
    return [_peer(place.peer("duckdb_sql"), _DUCKDB, place, shape, server)]


@contextmanager
def _with_peers_table(server: sa.URL) -> Iterator[None]:
    with fresh_database(server, "bench_peer") as url:
        make_peers_table(url)
        yield


def memory_cases(place: Workplace) -> Generator[Case]:
    """Give building at the usual size and at the large one, in one process."""
    small, large = Shape(place.row_count), Shape(place.large_row_count)
    names = [f"{shape.row_count:,} rows" for shape in (large, small)]
    yield Case(
        "memory",
        "Memory",
        f"CSV file to dataset in one process, {large.row_count // small.row_count} times the rows",
        [
            _building_alone(place, shape, name)
            for shape, name in zip((large, small), names, strict=True)
        ],
        (
            Target(
                f"Peak memory at {names[0]} against {names[1]}", names[0], names[1], 1.1, "peak_mb"
            ),
        ),
        place.rounds,
    )


def _building_alone(place: Workplace, shape: Shape, name: str) -> Contender:
    return Contender(
        name,
        place.own("ours.publish"),
        _building(place, shape, "build"),
        is_whole=True,
        is_compared=False,
        prepare=partial(emptied, place.folder / "work"),
    )


def engine_cases(place: Workplace) -> Generator[Case]:
    """Give building a large return by every engine; all datasets have one digest."""
    shape = Shape(place.large_row_count)
    engines = (
        ("dask, 2 workers", "dask", 2),
        ("dask, 1 worker", "dask", 1),
        ("processes, 2", "processes", 2),
        ("local", "local", 1),
    )
    yield Case(
        "engines",
        "Workers",
        f"CSV file to dataset, {shape.row_count:,} rows, start of the workers included",
        [
            Contender(
                name,
                place.own("ours.publish"),
                _building(place, shape, "build", engine, workers),
                prepare=partial(emptied, place.folder / "work"),
            )
            for name, engine, workers in engines
        ],
        (
            Target(
                f"Dask, two workers against one, {shape.row_count:,} rows, same digest",
                "dask, 2 workers",
                "dask, 1 worker",
                0.65,
            ),
        ),
        place.rounds,
        ("Memory is of all processes together, processor seconds are of the first one alone.",),
    )
