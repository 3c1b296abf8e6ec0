"""Single stages in memory: validating, reading and checking, rating and comparing."""

import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.cases import Case, Target
from benchmarks.harness import Contender, run
from benchmarks.rows import Shape
from benchmarks.workplace import Workplace

NAMES = (
    "schema-clean",
    "schema-dirty",
    "validate-low-clean",
    "validate-low-dirty",
    "validate-high-clean",
    "validate-high-dirty",
    "check-low-clean",
    "check-low-dirty",
    "check-high-clean",
    "check-high-dirty",
    "judge-low",
    "judge-high",
)
_OURS, _PANDAS, _POLARS, _DUCKDB, _APPLY = "ours", "pandas, pandera", "polars", "DuckDB", "apply"
_CODED = (
    "The same checks, the same failure cases; *coded* is what our reader gives, texts as numbers "
    "into their distinct values."
)
_SORTED = (
    "Ours sorts its outturns, finds duplicates and counts by KPI as well; DuckDB makes the new "
    "columns only."
)
_MOST_SAMPLED = 2_000


def schema_cases(place: Workplace) -> Generator[Case]:
    """Give one schema of 15 columns on one table, by pandera and by distinct values."""
    for is_dirty in (False, True):
        kind = "dirty" if is_dirty else "clean"
        rows = place.returns(place.shape(), "parquet")
        task = {"rows": str(rows), "is_dirty": "yes" if is_dirty else "no"}
        contenders = [
            Contender(name, place.own("ours.validate"), {**task, "stage": stage})
            for name, stage in (
                ("ours, coded", "coded"),
                ("ours, pandas frame", "frame"),
                ("pandera", "pandera"),
            )
        ]
        yield Case(
            f"schema-{kind}",
            "Validating",
            f"One pandera schema, 15 columns, {place.row_count:,} rows, {kind}",
            contenders,
            (Target(f"Validate × 15 by its schema alone, {kind}", "ours, coded", "pandera", 0.15),),
            place.rounds,
            (_CODED,),
        )


def validate_cases(place: Workplace) -> Generator[Case]:
    """Give rows as received that are judged with reasons, when they have been read."""
    for is_high, is_dirty in _kinds(place):
        shape = place.shape(is_high=is_high, is_dirty=is_dirty)
        kind = _kind(shape)
        limit = 1.2 if is_high else 0.15
        words = "High cardinality, v" if is_high else "V"
        yield Case(
            f"validate-{kind.replace(', ', '-')}",
            "Validating",
            f"Rows as received → accepted and rejected, {shape.row_count:,} × 15, {kind}",
            place.present(
                [
                    _own(place, shape, "check", "validate"),
                    Contender(
                        _PANDAS,
                        place.own("peers.pandas_usual"),
                        place.task(shape, "validate"),
                    ),
                ]
            ),
            (Target(f"{words}alidate × 15 against plain pandera, {kind}", _OURS, _PANDAS, limit),),
            place.rounds,
        )


def check_cases(place: Workplace) -> Generator[Case]:
    """Give reading a CSV file and checking its rows."""
    for is_high, is_dirty in _kinds(place):
        shape = place.shape(is_high=is_high, is_dirty=is_dirty)
        kind = _kind(shape)
        task = place.task(shape, "check")
        yield Case(
            f"check-{kind.replace(', ', '-')}",
            "Reading and validating",
            f"CSV file → accepted and rejected, {shape.row_count:,} rows, {kind}",
            place.present(
                [
                    _own(place, shape, "check", "check"),
                    Contender(_POLARS, place.peer("polars_script"), task),
                    Contender(_DUCKDB, place.peer("duckdb_sql"), task),
                    Contender(_PANDAS, place.own("peers.pandas_usual"), task),
                ]
            ),
            (
                Target(f"Read + validate against polars, {kind}", _OURS, _POLARS, 1.0),
                *_never_slower(kind, is_high=is_high),
            ),
            place.rounds,
            ("Ours counts the file's rows by a second reader as well, as it does in a run.",),
        )


def judge_cases(place: Workplace) -> Generator[Case]:
    """Give rating and comparing accepted rows."""
    for is_high in (False, True) if place.is_full else (False,):
        shape = place.shape(is_high=is_high)
        sampled = min(_MOST_SAMPLED, shape.row_count // 2)
        kind = "high" if is_high else "low"
        accepted = place.folder / f"accepted-{shape.name}.parquet"
        task = place.task(shape, "judge", accepted_file=str(accepted))
        ready = partial(_accepted, place, shape, accepted)
        own = Contender(_OURS, place.own("ours.judge"), task, prepare=ready)
        yield Case(
            f"judge-{kind}",
            "Rating and comparing",
            f"Accepted rows → ratings and directions, {shape.row_count:,} rows, {kind}",
            place.present(
                [
                    own,
                    Contender(_DUCKDB, place.peer("duckdb_sql"), task),
                    Contender(_POLARS, place.peer("polars_script"), task),
                    Contender(_PANDAS, place.own("peers.pandas_usual"), task),
                    Contender(
                        f"{_APPLY} of {sampled:,} rows, extrapolated",
                        place.own("peers.pandas_apply"),
                        {**task, "sample": str(sampled)},
                        is_compared=False,
                        scale=shape.row_count / sampled,
                    ),
                ]
            ),
            (
                Target(f"Rate + compare against DuckDB, {kind}", _OURS, _DUCKDB, 0.5),
                *_never_slower(kind, is_high=is_high, what="Rate + compare"),
            ),
            place.rounds,
            (_SORTED,),
        )


def _kinds(place: Workplace) -> Sequence[tuple[bool, bool]]:
    """Return of which kinds returns are, high and dirty; in short only dirty ones."""
    dirty = (False, True) if place.is_full else (True,)
    return [(is_high, is_dirty) for is_high in (False, True) for is_dirty in dirty]


def _never_slower(kind: str, *, is_high: bool, what: str = "Read + validate") -> tuple[Target, ...]:
    if not is_high:
        return ()
    return (Target(f"High cardinality, {what.lower()}, {kind}", _OURS, _PANDAS, 1.2),)


def _kind(shape: Shape) -> str:
    return f"{'high' if shape.is_high else 'low'}, {'dirty' if shape.is_dirty else 'clean'}"


def _own(place: Workplace, shape: Shape, module: str, stage: str) -> Contender:
    folder = place.folder / "work"
    task = place.task(shape, stage, workplace=str(folder))
    return Contender(_OURS, place.own(f"ours.{module}"), task, prepare=lambda: emptied(folder))


@contextmanager
def emptied(folder: Path) -> Iterator[None]:
    """Take away what an earlier run left in a folder, and in the end what this one left."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _accepted(place: Workplace, shape: Shape, path: Path) -> Iterator[None]:
    """Have the accepted rows of a return in a file."""
    if not path.exists():
        folder = place.folder / "work"
        task = place.task(shape, "accept", workplace=str(folder), accepted_file=str(path))
        maker = Contender("accept", place.own("ours.check"), task)
        with emptied(folder):
            run(maker, 600, wants_answer=False)
    yield
