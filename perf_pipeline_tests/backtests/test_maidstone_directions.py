"""Maidstone's directions of travel, wherever the published file holds both figures.

Rows' own arrows are lost in the text copies, so directions are held against each document's totals:
up, the same, down, not available. A document totals all its indicators, the file holds some.
"""

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from perf_pipeline.compare import compare_outturns
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE, Comparator, Comparison, Direction
from perf_pipeline.schemas import ColumnKind, Table, column_kinds, conform, empty, register, stages

PUBLISHED = Path(__file__).parent / "maidstone" / "published"
COLUMNS = {
    Comparator.PREVIOUS_QUARTER: "dir_last_quarter_up_same_down_na",
    Comparator.LAST_YEAR: "dir_last_year_up_same_down_na",
}
PRINTED = (Direction.IMPROVED, Direction.MAINTAINED, Direction.DECLINED)
REDEFINED = "council tax collected"
"""73.03 in 2022-23 Q3 is an average of months, 81.50 a year later is the year to date."""


class Pair(NamedTuple):
    """An indicator of a document with its figure then and before."""

    doc: str
    quarter: Quarter
    comparator: Comparator
    kpi: str
    polarity: str
    before: float
    now: float


def published(name: str) -> list[dict[str, str]]:
    """Return the rows of a published file."""
    with (PUBLISHED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


DOCUMENTS = {row["doc"]: row for row in published("maidstone_doc_counts.csv")}


def bare_name(kpi: str) -> str:
    """Return an indicator's name without what drifts: case, spelling, notes in brackets."""
    name = re.sub(r"\([^)]*\)", "", kpi.casefold()).replace("benefitting", "benefiting")
    return " ".join(name.removeprefix("maidstone: ").split())


def figures() -> dict[str, dict[Quarter, tuple[str, str, float]]]:
    """Return every figure by indicator and quarter, with its document and polarity."""
    found: defaultdict[str, dict[Quarter, tuple[str, str, float]]] = defaultdict(dict)
    for row in published("maidstone_kpis.csv"):
        if re.fullmatch(r"-?\d+(\.\d+)?", row["actual"]):
            quarter = Quarter.parse(row["period"].replace(" ", "-"))
            figure = (row["doc"], row["polarity_inferred"], float(row["actual"]))
            found[bare_name(row["kpi"])][quarter] = figure
    return found


def pairs() -> list[Pair]:
    """Return each figure that has one of the quarter before, or of a year before, beside it."""
    return [
        Pair(doc, quarter, comparator, kpi, polarity, by_quarter[earlier][2], now)
        for kpi, by_quarter in figures().items()
        for quarter, (doc, polarity, now) in by_quarter.items()
        for comparator, earlier in (
            (Comparator.PREVIOUS_QUARTER, quarter.previous),
            (Comparator.LAST_YEAR, quarter.last_year),
        )
        if earlier in by_quarter
    ]


PAIRS = pairs()
WITH_TOTALS = sorted(
    {(p.doc, p.comparator) for p in PAIRS if DOCUMENTS[p.doc][COLUMNS[p.comparator]]}
)


def frame(model: type[Table], row: dict[str, Any]) -> pd.DataFrame:
    """Make a frame of one row; what it does not state is null, 0 or false."""
    nothing = {ColumnKind.FLAG: False, ColumnKind.COUNT: 0}
    filled = {name: nothing.get(kind) for name, kind in column_kinds(model).items()} | row
    return conform(pd.DataFrame([filled], dtype="object"), model)


def direction(pair: Pair, *, is_redefined: bool = False) -> Direction:
    """Return our direction of one indicator; for data-only ones an arrow up means higher."""
    key, earlier = pair.quarter.key, pair.quarter.previous.key
    if pair.comparator is Comparator.LAST_YEAR:
        earlier = pair.quarter.last_year.key
    same = {"kpi_ref": "KPI", "quarter_key": key}
    kpi = same | {
        "unit_code": "number",
        "polarity_code": pair.polarity.replace("info", "higher"),
        "previous_due_quarter_key": pair.quarter.previous.key,
    }
    figure = same | {
        "return_quarter_key": key,
        "breakdown_type_code": HEADLINE,
        "outturn_value": pair.now,
    }
    before = {"kpi_ref": "KPI", "quarter_key": earlier, "outturn_value": pair.before}
    broken = same | {"reason_code": "definition_changed"}
    compared = compare_outturns(
        frame(stages.AcceptedOutturns, figure),
        frame(stages.ComparatorOutturns, before),
        frame(stages.KpisInForce, kpi),
        pair.quarter,
        frame(register.SeriesBreaks, broken) if is_redefined else empty(register.SeriesBreaks),
        Comparison(),
    ).set_index("comparator_code")
    return Direction(compared.loc[pair.comparator, "direction_code"])


def directions(doc: str, comparator: Comparator) -> Counter[Direction]:
    """Count our directions of a document's indicators of which the file holds both figures."""
    return Counter(
        direction(pair, is_redefined=comparator is Comparator.LAST_YEAR and REDEFINED in pair.kpi)
        for pair in PAIRS
        if (pair.doc, pair.comparator) == (doc, comparator)
    )


def printed(doc: str, comparator: Comparator) -> Counter[Direction]:
    """Return the directions that a document totals."""
    counts = map(int, DOCUMENTS[doc][COLUMNS[comparator]].split("/")[:3])
    return Counter(dict(zip(PRINTED, counts, strict=True)))


def test_thirty_nine_indicators_have_both_figures() -> None:
    """The file holds both figures of 39 comparisons, in documents that print totals."""
    assert len(PAIRS) == 39
    assert len(WITH_TOTALS) == 9


@pytest.mark.parametrize(("doc", "comparator"), WITH_TOTALS)
def test_directions_are_among_the_printed_ones(doc: str, comparator: Comparator) -> None:
    """No document prints fewer of a direction than the indicators that we know of have."""
    ours = directions(doc, comparator)
    del ours[Direction.NOT_COMPARABLE]
    assert ours <= printed(doc, comparator)


@pytest.mark.parametrize(
    ("doc", "comparator"),
    [("s77799", Comparator.PREVIOUS_QUARTER), ("s92607", Comparator.PREVIOUS_QUARTER)],
)
def test_directions_are_all_the_printed_ones(doc: str, comparator: Comparator) -> None:
    """Where the file holds every indicator that a document compares, the totals are the same."""
    ours = directions(doc, comparator)
    assert {name: ours[name] for name in PRINTED} == dict(printed(doc, comparator))


def test_a_changed_definition_is_not_compared() -> None:
    """Council tax against last year is `not_comparable`; without the break it would improve."""
    pair = next(p for p in PAIRS if REDEFINED in p.kpi and p.comparator is Comparator.LAST_YEAR)
    assert (pair.before, pair.now) == (73.03, 81.5)
    assert direction(pair) is Direction.IMPROVED
    assert direction(pair, is_redefined=True) is Direction.NOT_COMPARABLE
