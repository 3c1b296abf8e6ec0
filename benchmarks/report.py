"""Writes `RESULTS.md` from what is kept."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.cases import Result, Target

_PACKAGES = (
    "dagster",
    "pandas",
    "pandera",
    "sqlalchemy",
    "pyarrow",
    "numpy",
    "psycopg",
    "pgpq",
    "dask",
    "distributed",
)
PEER_PACKAGES = ("polars", "duckdb", "dbt-core", "dbt-duckdb", "prefect", "adbc-driver-postgresql")
_MEASURES = {
    "wall_seconds": "wall time",
    "cpu_seconds": "processor time",
    "peak_mb": "peak memory",
}
_HEADING = """\
# Benchmarks

Written by `make bench`; every figure is of one machine, so that only ratios within a table mean
anything elsewhere. Each contender is a process of its own, ours and its peers run by turns, and
what is shown are medians. Before a time is compared the answers are: the same rows accepted and
rejected for the same reasons, the same ratings, the same directions, row for row. Times are of the
work alone or, where it says *whole process*, from its start to its end with all imports. Memory is
the most that the process and all its children had resident at once. The data are made from a seed
(`benchmarks/rows.py`): figures of 1,000 KPIs over five quarters by area and category, unquoted CSV;
*high* means that nearly every figure and comment differs from all others, *dirty* that one row in a
hundred is wrong.
"""


def write_report(
    path: Path, results: Sequence[Result], plots: dict[str, str], peers: dict[str, str], words: str
) -> None:
    """Write the results.

    Args:
        path: Where.
        results: What was measured.
        plots: For each case that has a plot, its file's name.
        peers: Versions of the peers' packages.
        words: What was found where a target was missed: profiles, and what was tried.
    """
    parts = [
        _HEADING,
        *_machine(peers),
        *_targets(results),
        *(line for result in results for line in _case(result, plots)),
        words,
    ]
    path.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def _machine(peers: dict[str, str]) -> Iterator[str]:
    memory = psutil.virtual_memory().total / 1024**3
    yield f"{os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} "
    yield f"on {platform.machine()}, Python {platform.python_version()}.\n"
    versions = {name: _version(name) for name in _PACKAGES} | peers
    yield ", ".join(f"{name} {each}" for name, each in versions.items() if each) + ".\n"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _targets(results: Sequence[Result]) -> Iterator[str]:
    yield "## Targets\n"
    yield "| what | target | ratio | |"
    yield "|---|---|---|---|"
    for result in results:
        for target in result.targets:
            yield _row(target.text, f"≤ {target.limit:g}×", *_outcome(result, target))
    yield ""


def _outcome(result: Result, target: Target) -> tuple[str, str]:
    ratio = result.ratio(target)
    if ratio is None:
        return "–", "not measured: see below" if result.failure else "not measured here"
    if ratio <= target.limit:
        return f"{ratio:.2f}×", "met"
    return f"{ratio:.2f}×", f"missed by {100 * (ratio / target.limit - 1):.0f}%"


def _case(result: Result, plots: dict[str, str]) -> Iterator[str]:
    yield f"## {result.section}: {result.title}\n"
    if result.failure:
        yield f"{result.failure}\n"
    else:
        first = result.comparisons[0].median("wall_seconds")
        yield "| | wall s | processor s | peak MB | against ours |"
        yield "|---|---|---|---|---|"
        for each in result.comparisons:
            measures = [each.median(name) for name in _MEASURES]
            ratio = f"{measures[0] / first:.2f}×"
            yield _row(each.name, *(f"{m:.2f}" for m in measures[:2]), f"{measures[2]:.0f}", ratio)
        yield ""
        yield _said(result)
    if result.name in plots:
        yield f"![{_alternative(result)}]({plots[result.name]})\n"
    if result.notes:
        yield " ".join(result.notes) + "\n"
    yield f"Measured {result.measured_at} at {result.commit}, "
    yield f"{len(result.comparisons[0].runs) if result.comparisons else 0} rounds.\n"


def _said(result: Result) -> str:
    counts: dict[str, Any] = {
        key: value for key, value in result.comparisons[0].answer.items() if isinstance(value, int)
    }
    if not counts:
        return ""
    shown = ", ".join(f"{key} {value:,}" for key, value in counts.items())
    return f"The same answers: {shown}.\n"


def _alternative(result: Result) -> str:
    shown = [f"{each.name} {each.median('wall_seconds'):.2f} s" for each in result.comparisons]
    return f"Bars of wall time: {', '.join(shown)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def ordered(results: Iterable[Result], names: Sequence[str]) -> list[Result]:
    """Put results into the order in which their cases are declared."""
    places = {name: place for place, name in enumerate(names)}
    known = [each for each in results if each.name in places]
    return sorted(known, key=lambda each: places[each.name])
