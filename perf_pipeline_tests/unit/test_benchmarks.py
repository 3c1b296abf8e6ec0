"""The benchmark's data are the same for the same seed, and its harness compares answers first."""

import sys

import pytest

from benchmarks.cases import Case, Result, Target, measure
from benchmarks.harness import AnswersDifferError, Contender, ContenderError, compare, require_same
from benchmarks.rows import DIRT, Shape, made_tables

_CONTENDER = """
import json, pathlib, sys
task = json.loads(sys.argv[1])
told = {"wall_seconds": float(task["seconds"]), "cpu_seconds": 0.1}
told["answer"] = {"rows": task["rows"]}
pathlib.Path(task["outcome"]).write_text(json.dumps(told))
"""


def contender(name: str, rows: str = "5", seconds: str = "1") -> Contender:
    """Return a contender that says at once what it is told to."""
    command = [sys.executable, "-c", _CONTENDER]
    return Contender(name, command, {"rows": rows, "seconds": seconds})


def rows_of(shape: Shape) -> list[dict[str, str | None]]:
    """Return the rows of a made-up return."""
    return [row for table in made_tables(shape) for row in table.to_pylist()]


@pytest.mark.parametrize("is_high", [False, True], ids=["low", "high"])
def test_a_seed_gives_the_same_rows(*, is_high: bool) -> None:
    """The same seed gives the same rows, another seed others."""
    shape = Shape(2000, is_high=is_high, is_dirty=True)
    rows = rows_of(shape)
    assert len(rows) == 2000
    assert rows == rows_of(shape)
    assert rows != rows_of(Shape(2000, is_high=is_high, is_dirty=True, seed=2))


def test_dirty_rows_are_wrong_in_every_way() -> None:
    """A dirty return has as many rows as a clean one, and some of each kind of dirt."""
    clean, dirty = (rows_of(Shape(2000, is_dirty=each)) for each in (False, True))
    keys = [tuple(list(row.values())[:5]) for row in dirty]
    assert len(dirty) == len(clean)
    assert any(row["value"] == "abc" for row in dirty)
    assert len(keys) - len(set(keys)) >= DIRT.index("duplicate_conflict") - 9
    assert len({tuple(list(row.values())[:5]) for row in clean}) == len(clean)


def test_different_answers_are_refused() -> None:
    """Where a contender finds something else there is no comparison, and the message says what."""
    with pytest.raises(AnswersDifferError, match=r"peer found rows 6, ours 5"):
        compare([contender("ours"), contender("peer", rows="6")], rounds=1, limit_seconds=30)


def test_an_answer_that_lacks_something_is_refused() -> None:
    """What one of two answers does not say differs."""
    with pytest.raises(AnswersDifferError, match="counts"):
        require_same([("ours", {"rows": 1, "counts": 2}), ("peer", {"rows": 1})])


def test_no_ratio_comes_of_different_answers() -> None:
    """A case whose contenders disagree has a sentence in place of times."""
    target = Target("faster", "ours", "peer", 0.5)
    contenders = [contender("ours"), contender("peer", rows="6")]
    result = measure(Case("case", "Section", "Title", contenders, (target,), 1), 30)
    assert result.ratio(target) is None
    assert result.failure.startswith("No ratio: the answers differ")


def test_a_ratio_is_of_medians() -> None:
    """A ratio is one contender's median by the other's, of what they measured themselves."""
    target = Target("faster", "ours", "peer", 0.5)
    contenders = [contender("ours", seconds="1"), contender("peer", seconds="4")]
    result: Result = measure(Case("case", "Section", "Title", contenders, (target,), 2), 30)
    assert result.ratio(target) == 0.25


def test_a_contender_that_is_late_is_ended() -> None:
    """A process that takes longer than it may is ended, and that is said."""
    sleeper = Contender("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(ContenderError, match="longer than 1 s"):
        compare([sleeper], rounds=1, limit_seconds=1)
