"""A case: contenders that do one job, what is aimed at, and how what was measured is kept."""

import datetime as dt
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.harness import (
    ROOT,
    AnswersDifferError,
    Comparison,
    Contender,
    ContenderError,
    Measured,
    compare,
)


@dataclass(frozen=True)
class Target:
    """A ratio that is aimed at.

    Attributes:
        text: As the acceptance table words it.
        ours: Contender whose measure is above the line.
        against: Contender whose measure is below it.
        limit: The ratio is to be no more than this.
        measure: `wall_seconds`, `cpu_seconds` or `peak_mb`.
    """

    text: str
    ours: str
    against: str
    limit: float
    measure: str = "wall_seconds"


@dataclass(frozen=True)
class Case:
    """Contenders that do one job.

    Attributes:
        name: What it is kept under.
        section: Section of the results.
        title: What is measured, in a line.
        contenders: Ours first; where a peer's package is missing it is left out.
        targets: What is aimed at.
        rounds: How often each runs.
        notes: What a reader has to know of it.
    """

    name: str
    section: str
    title: str
    contenders: Sequence[Contender]
    targets: Sequence[Target] = ()
    rounds: int = 3
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Result:
    """What came of a case: comparisons, or why there are none."""

    name: str
    section: str
    title: str
    targets: Sequence[Target]
    notes: Sequence[str]
    comparisons: Sequence[Comparison] = ()
    failure: str = ""
    commit: str = ""
    measured_at: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def ratio(self, target: Target) -> float | None:
        """Return the ratio that a target is about; none where it was not measured."""
        medians = {each.name: each.median(target.measure) for each in self.comparisons}
        if target.ours not in medians or target.against not in medians:
            return None
        return medians[target.ours] / medians[target.against]


def measure(case: Case, limit_seconds: float) -> Result:
    """Measure a case; what goes wrong is its result."""
    comparisons: Sequence[Comparison] = ()
    failure = ""
    try:
        comparisons = compare(case.contenders, case.rounds, limit_seconds)
    except AnswersDifferError as error:
        failure = f"No ratio: the answers differ. {error}."
    except ContenderError as error:
        failure = f"Not measured: {error}."
    return Result(
        case.name,
        case.section,
        case.title,
        case.targets,
        case.notes,
        comparisons,
        failure,
        commit(),
        dt.datetime.now(tz=dt.UTC).isoformat(timespec="minutes"),
    )


def commit() -> str:
    """Return the commit that is measured, marked where files differ from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def keep(path: Path, result: Result) -> None:
    """Keep a result beside the others, in place of an earlier one of the same case."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[result.name] = asdict(result)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(known, indent=1), encoding="utf-8")
    beside.replace(path)


def kept(path: Path) -> list[Result]:
    """Return the results that are kept."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [_result(each) for each in known.values()]


def _result(values: Mapping[str, Any]) -> Result:
    comparisons = [
        Comparison(each["name"], [Measured(**run) for run in each["runs"]], each["answer"])
        for each in values["comparisons"]
    ]
    targets = [Target(**each) for each in values["targets"]]
    return Result(**{**values, "comparisons": comparisons, "targets": targets})
