"""A built dataset into a database, beside the database's own tool with a ready CSV file."""

import shutil
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.cases import Case, Target
from benchmarks.databases import (
    driver_address,
    found_in,
    fresh_database,
    make_own_tables,
    postgres_server,
    psql_path,
)
from benchmarks.harness import Contender, run
from benchmarks.sections.stages import emptied
from benchmarks.workplace import Workplace

NAMES = ("load-postgres", "load-sqlite")
_TABLE = "disaggregated_outturns"
_OURS, _PSQL, _SQLITE = "ours", "psql \\copy", "sqlite3 .import"
_WHOLE = (
    "Ours is the whole of publishing: the transaction, the check of what is stored, the pointer. "
    "Both load into the same table of an empty database."
)
_LIMIT_SECONDS = 900.0


def cases(place: Workplace) -> Generator[Case]:
    """Give loading into PostgreSQL and into SQLite."""
    dataset, ready_csv = _dataset(place), place.folder / "ready.csv"
    with postgres_server() as server:
        yield Case(
            "load-postgres",
            "Loading",
            f"Publish {place.row_count:,} × 20 to PostgreSQL, primary key of six columns",
            [_into_postgres(place, dataset, server), _psql(server, ready_csv)],
            (Target("Publish to PostgreSQL against `psql \\copy`", _OURS, _PSQL, 0.85),),
            place.rounds,
            (_WHOLE,),
        )
    contenders = [_into_sqlite(place, dataset)]
    if shutil.which("sqlite3"):
        contenders.append(_sqlite3(place, ready_csv))
    yield Case(
        "load-sqlite",
        "Loading",
        f"Publish {place.row_count:,} × 20 to SQLite, the same key",
        contenders,
        (Target("Publish to SQLite against `.import`", _OURS, _SQLITE, 1.2),),
        place.rounds,
    )


def _dataset(place: Workplace) -> Path:
    """Build the dataset that is loaded, by the code that is measured, and write it as CSV."""
    folder = place.folder / f"dataset-{place.row_count}"
    shutil.rmtree(folder, ignore_errors=True)
    task = place.task(place.shape(), "build", workplace=str(folder), engine="local", workers="1")
    _once(place, task)
    paths = {"dataset": str(folder), "csv": str(place.folder / "ready.csv")}
    _once(place, {"stage": "csv", **paths})
    return folder


def _once(place: Workplace, task: Mapping[str, str]) -> None:
    maker = Contender(task["stage"], place.own("ours.publish"), task)
    run(maker, _LIMIT_SECONDS, wants_answer=False)


def _into_postgres(place: Workplace, dataset: Path, server: sa.URL) -> Contender:
    url = server.set(database="bench_ours")
    return Contender(
        _OURS,
        place.own("ours.publish"),
        _publishing(dataset, url),
        prepare=partial(with_own_tables, server, "bench_ours"),
        answer=_found(url, f"core.{_TABLE}"),
    )


def _publishing(dataset: Path, url: sa.URL) -> dict[str, str]:
    address = url.render_as_string(hide_password=False)
    return {"stage": "publish", "dataset": str(dataset), "own_database": address}


def _found(url: sa.URL, table: str) -> Callable[[], Mapping[str, Any]]:
    return lambda: found_in(url, table)


@contextmanager
def with_own_tables(server: sa.URL, name: str) -> Iterator[None]:
    """Have an empty database with the pipeline's tables."""
    with fresh_database(server, name) as url:
        make_own_tables(url)
        yield


def _psql(server: sa.URL, ready_csv: Path) -> Contender:
    url = server.set(database="bench_psql")
    copy = f"\\copy core.{_TABLE} from '{ready_csv}' with (format csv)"
    return Contender(
        _PSQL,
        [psql_path(), "-q", "-v", "ON_ERROR_STOP=1", "-d", driver_address(url), "-c", copy],
        is_whole=True,
        prepare=partial(with_own_tables, server, "bench_psql"),
        answer=_found(url, f"core.{_TABLE}"),
    )


def _into_sqlite(place: Workplace, dataset: Path) -> Contender:
    url = _file(place, "ours")
    return Contender(
        _OURS,
        place.own("ours.publish"),
        _publishing(dataset, url),
        prepare=partial(_with_file, place, url),
        answer=_found(url, _TABLE),
    )


def _sqlite3(place: Workplace, ready_csv: Path) -> Contender:
    url = _file(place, "shell")
    commands = [".mode csv", f".import {ready_csv} {_TABLE}"]
    return Contender(
        _SQLITE,
        ["sqlite3", "-bail", str(url.database), *commands],
        is_whole=True,
        prepare=partial(_with_file, place, url),
        answer=_found(url, _TABLE),
    )


def _file(place: Workplace, name: str) -> sa.URL:
    return sa.make_url(f"sqlite:///{place.folder / 'sqlite' / name}.sqlite")


@contextmanager
def _with_file(place: Workplace, url: sa.URL) -> Iterator[None]:
    folder = place.folder / "sqlite"
    with emptied(folder):
        folder.mkdir()
        make_own_tables(url)
        yield
