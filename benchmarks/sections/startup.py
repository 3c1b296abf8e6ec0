"""A council's quarter: what people wait for when the figures are few."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import long_council
from benchmarks.cases import Case, Target
from benchmarks.harness import ROOT, Contender
from benchmarks.rows import Shape
from benchmarks.workplace import Workplace

NAMES = ("startup", "backfill")
_FIRST, _SECOND = "2023-24-Q1", "2023-24-Q2"
_OURS, _MANY = "perf-pipeline run", "each of many"
_PREPARED = "perf-pipeline run, prepared"
_SECOND_NAME = "second quarter"
_NODES = "22"
_COPIED = (
    "The sample council as if it had begun earlier: the returns of earlier quarters are copies of "
    "the first one's."
)
_SAMPLE = (
    "Ours runs the sample council: seven sources, 101 KPIs, all steps and checks. The second "
    "quarter is one more in a process that ran a first, its own part alone. *Prepared* is the same "
    "cold process where `perf-pipeline prepare` has made the databases, as an installation has."
)
_LESS = (
    f"dbt and Prefect do the job of this benchmark in {_NODES} models and tests, or tasks, on "
    "10,000 rows of a CSV file: less than ours, so nothing is compared but the time. dbt keeps its "
    "parsed project and its database from round to round, so that it is compared with *prepared* "
    "too."
)
_PEERS_ROWS = Shape(10_000, is_dirty=True)


def cases(place: Workplace) -> Generator[Case]:
    """Give the cold run with a second quarter and, in full, the backfill."""
    peers = [_dbt(place), *([_prefect(place)] if place.is_full else [])]
    yield Case(
        "startup",
        "A council's quarter",
        "A cold process, from start to published, into SQLite in an empty folder, whole process",
        place.present([_cold(place), _prepared(place), _again(place), _imports(place), *peers]),
        (
            Target("Council quarter against a process that only imports", _OURS, "imports", 2.0),
            Target("Council quarter, faster than `dbt build`", _OURS, "dbt build", 1.0),
            Target("The same in a prepared installation", _PREPARED, "dbt build", 1.0),
            Target("A second quarter in the same process", _SECOND_NAME, _OURS, 0.25),
        ),
        place.rounds,
        (
            _SAMPLE,
            _LESS,
        ),
    )
    if not place.is_full:
        return
    yield Case(
        "backfill",
        "A council's quarter",
        f"A backfill of {long_council.COUNT} quarters in one run, of each quarter a "
        f"{long_council.COUNT}th",
        [_many(place), _cold(place)],
        (Target(f"A backfill of {long_council.COUNT} quarters, each", _MANY, _OURS, 0.25),),
        place.rounds,
        (_COPIED,),
    )


def _home(place: Workplace) -> Path:
    return place.folder / "home"


def _many(place: Workplace) -> Contender:
    folder = place.folder / "long"
    council = folder / "data"

    @contextmanager
    def written() -> Iterator[None]:
        long_council.write_long_council(folder)
        with _emptied(_home(place)):
            yield

    return Contender(
        _MANY,
        [_program(), "run", long_council.FIRST.key, "--to", long_council.LAST.key],
        is_whole=True,
        environment={**_environment(place), "PERF_PIPELINE_COUNCIL": str(council)},
        is_compared=False,
        prepare=written,
        scale=1 / long_council.COUNT,
        passes=frozenset({0, 3}),
    )


def _environment(place: Workplace) -> dict[str, str]:
    home = _home(place)
    return {
        "PERF_PIPELINE_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "PERF_PIPELINE_DATABASE_URL": f"sqlite:///{home / 'published.sqlite'}",
        "PERF_PIPELINE_COUNCIL": str(ROOT / "data"),
        "PYTHONDONTWRITEBYTECODE": "",
    }


def _program() -> str:
    return str(Path(sys.executable).parent / "perf-pipeline")


def _cold(place: Workplace) -> Contender:
    return _one_quarter(_OURS, place, lambda: _emptied(_home(place)))


def _prepared(place: Workplace) -> Contender:
    @contextmanager
    def prepared() -> Iterator[None]:
        with _emptied(_home(place)):
            variables = {**os.environ, **_environment(place)}
            subprocess.run([_program(), "prepare"], env=variables, check=True, capture_output=True)
            yield

    return _one_quarter(_PREPARED, place, prepared)


def _one_quarter(
    name: str, place: Workplace, prepare: Callable[[], AbstractContextManager[Any]]
) -> Contender:
    return Contender(
        name,
        [_program(), "run", _FIRST],
        is_whole=True,
        environment=_environment(place),
        is_compared=False,
        prepare=prepare,
        passes=frozenset({0, 3}),
    )


def _again(place: Workplace) -> Contender:
    return Contender(
        _SECOND_NAME,
        place.own("ours.quarters"),
        {"stage": "second", "first": _FIRST, "second": _SECOND},
        environment=_environment(place),
        is_compared=False,
        prepare=lambda: _emptied(_home(place)),
    )


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    shutil.rmtree(folder, ignore_errors=True)
    yield


def _imports(place: Workplace) -> Contender:
    command = place.own("peers.import_only")
    return Contender("imports", command, is_whole=True, is_compared=False)


def _dbt(place: Workplace) -> Contender:
    project = place.folder / "dbt"
    command = [str(place.peers_python.parent / "dbt"), "build"]
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]

    @contextmanager
    def written() -> Iterator[None]:
        task = place.task(_PEERS_ROWS, "everything", project=str(project))
        subprocess.run([*place.peer("dbt_project"), json.dumps(task)], cwd=ROOT, check=True)
        yield

    return Contender(
        "dbt build",
        [*command, *folders],
        is_whole=True,
        environment={"DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"},
        is_compared=False,
        prepare=written,
    )


def _prefect(place: Workplace) -> Contender:
    home = place.folder / "prefect"
    return Contender(
        "Prefect flow",
        place.peer("prefect_flow"),
        place.task(_PEERS_ROWS, "everything"),
        is_whole=True,
        environment={
            "PREFECT_HOME": str(home),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
            "DO_NOT_TRACK": "1",
        },
        is_compared=False,
        prepare=lambda: _emptied(home),
    )
