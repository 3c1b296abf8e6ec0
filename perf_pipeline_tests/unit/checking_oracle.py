"""Batches of disaggregated rows, drawn at random, and what the plain path says of each row."""

import math
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from perf_pipeline.disaggregated.checking import CheckedBatch
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import column_kinds, stages
from perf_pipeline.schemas.disaggregated import (
    DisaggregatedRows,
)
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate import Expectations
from perf_pipeline.validate.rows import read_row
from perf_pipeline_tests.unit.builders import QUARTER, builder

Row = Mapping[str, str | None]

TEXT = pa.dictionary(pa.int32(), pa.string())
CELLS = [name for name in column_kinds(DisaggregatedRows) if name.endswith("_text")]
SAID = [
    "quarter_key",
    "kpi_ref",
    "breakdown_type_code",
    "breakdown_category_code",
    "outturn_status_code",
    "outturn_value",
    "numerator_value",
    "denominator_value",
    "is_provisional",
]
EARLIER = "breakdown_of_earlier_quarter"
REFS = [
    *("P-01", " p-01 ", "P-O1", "P\N{EN DASH}01", "N-01", "N-02", "N-03", "G-01", "R-01", "R-02"),
    *("J-01", "A-01", "X-01", "OLD-1", "OLD-2", "OLD-3", "GONE-1", "the big one", "The  Big One"),
    *("Total", "Reviews in time", "P-01\x07", "", None),
]
QUARTERS = [
    *(None, None, None, "2023-24-Q1", "Q1 2023/24", "2022-23-Q4", "2022-23-Q3", "2021-22-Q1"),
    *("2023-24-Q2", "Q1 2023", "30/06/2023", "04/05/2023", "45107", "soon", "Q5 2023/24", "\x00"),
]
BREAKDOWNS = [
    *((None, None), (None, None), ("sex", "F"), ("sex", "Female"), ("SEX", " f "), ("sex", "M")),
    *(("age", "F"), ("sex", None), (None, "F"), ("sex", "\x1f"), ("", "")),
]
FIGURES = [
    *(
        "0",
        "-0",
        "0.0",
        "-0.0",
        "1",
        "7",
        "12",
        "12.5",
        "12.50",
        "85",
        "85%",
        "85.0%",
        "100",
        "101",
    ),
    *("100%", "0.5", "0.85", "0.75", "1.0", "-3", "-0.5", "99.999", "100.0001", "1,234", "1 234.5"),
    *(
        "01",
        "1.",
        ".5",
        "1e3",
        "NaN",
        "inf",
        "0x1",
        "123456789012345",
        "1234567890123456",
        "1" * 70,
    ),
    *("0.1", "0.2", "0.30000000000001", "99999999999999.9", "0.00000000000001", "512", "513"),
    *("999999999999999", "-999999999999999", "9007199254740993", "8796093022208", "33.3", "33"),
    *("67", "66.7", "66.67%", "£1.2m", "£5", "£1,000", "1.2m", "(5)", "21.5 days", "7 percent"),
    *(
        "n/a",
        "N/A",
        "tbc",
        "..",
        "[c]",
        "*",
        "[x]",
        "-",
        "suppressed",
        "awaiting",
        "not due",
        "nil",
    ),
    *(
        "#DIV/0!",
        "=A1",
        "85% [p]",
        "12 [P]",
        "[p]",
        "12[r]",
        " 12 ",
        "12\t",
        "\x0b12",
        "\uff11\uff12",
        "",
        " ",
    ),
    *(None, None, None),
]
STATUSES = [None, None, None, "", "awaiting", "suppressed", "[c]", "n/a", "not due", "5", "what"]
MARKS = [None, None, None, "yes", "No", "p", "final", "[p]", "maybe", "\x02", ""]
COMMENTS = [None, "Good.", "a\nb", "\x00", "\u202e", "tab\there", "é", "\ufffd", "=1+1"]


def expectations_of(kpis: pd.DataFrame, scale: PercentScale | None) -> Expectations:
    """Return what rows of a source with two KPIs of each unit are checked against."""
    breakdowns = pd.DataFrame(
        {
            "breakdown_type_code": ["sex", "sex"],
            "breakdown_category_code": ["F", "M"],
            "breakdown_category_name": ["Female", "Male"],
        }
    )
    return Expectations.of(
        "adults",
        Quarter.parse(QUARTER),
        kpis,
        pd.Series([*kpis["kpi_ref"], "OLD-1", "OLD-2", "OLD-3", "GONE-1"]),
        breakdowns,
        scale,
        successors={"OLD-1": ["N-01"], "OLD-2": ["N-01", "N-02"], "OLD-3": ["G-01"]},
        mergers={"OLD-3": ["OLD-4"]},
        aliases={"the big one": "P-01"},
    )


@st.composite
def drawn_rows(draw: st.DrawFn) -> dict[str, str | None]:
    """Draw the cells of a row, sound or not."""
    kind, category = draw(st.sampled_from(BREAKDOWNS))
    figure = st.sampled_from(FIGURES) | st.text("0123456789.-%", max_size=17)
    parts = draw(st.sampled_from(["none", "both", "any"]))
    no_part = st.none()
    return {
        "kpi_ref_text": draw(st.sampled_from(REFS[:11]) | st.sampled_from(REFS)),
        "quarter_text": draw(st.none() | st.sampled_from(QUARTERS)),
        "area_text": draw(st.sampled_from([None, "all", "E05000001"])),
        "breakdown_type_text": kind,
        "breakdown_category_text": category,
        "value_text": draw(figure),
        "numerator_text": draw(no_part if parts == "none" else figure),
        "denominator_text": draw(no_part if parts == "none" else figure),
        "status_text": draw(st.none() | st.sampled_from(STATUSES)),
        "provisional_text": draw(st.none() | st.sampled_from(MARKS)),
        "commentary_text": draw(st.none() | st.sampled_from(COMMENTS)),
    }


def batch_of(rows: Sequence[Row], chunks: int = 1) -> pa.Table:
    """Build a batch in chunks, each with a dictionary of its own."""
    size = max(1, -(-len(rows) // chunks))
    parts = [_part(rows[start : start + size], start) for start in range(0, len(rows), size)]
    return pa.concat_tables(parts or [_part([], 0)])


def _part(rows: Sequence[Row], start: int) -> pa.Table:
    same = {"source_code": "adults", "file_name": "adults.csv", "file_sha256": "0" * 64}
    columns: dict[str, Any] = {
        name: pa.array([value] * len(rows), pa.string()).cast(TEXT) for name, value in same.items()
    }
    columns["row_number"] = pa.array([start + n for n in range(2, len(rows) + 2)], pa.int64())
    for name in CELLS:
        columns[name] = pa.array([row.get(name) for row in rows], pa.string()).cast(TEXT)
    return pa.table(columns)


NO_CELLS: dict[str, Any] = dict.fromkeys(column_kinds(stages.ReturnRows))
NO_CELLS |= {"is_sum_of_months": False}
build_return = builder(
    stages.ReturnRows,
    {name: None for name in column_kinds(stages.ReturnRows) if name.endswith("_text")}
    | {
        "quarter_key": QUARTER,
        "source_code": "adults",
        "file_name": "adults.csv",
        "file_sha256": "0" * 64,
        "sheet_name": None,
        "row_kind_code": "data",
        "is_hidden": False,
        "is_sum_of_months": False,
        "row_text": "",
        "counted_count": 1,
        "row_id": "adults::2",
        "row_number": 2,
    },
)


def outcomes_of(checked: CheckedBatch) -> dict[int, tuple[Any, ...]]:
    """Return what became of each row, by its number."""
    accepted = {
        row["row_number"]: ("accepted", *(row[name] for name in SAID))
        for row in checked.accepted.to_pylist()
    }
    rejected = {
        row["row_number"]: ("rejected", row["outcome_reason_code"], row["outcome_text"])
        for row in checked.rejected.to_pylist()
    }
    assert not accepted.keys() & rejected.keys()
    return accepted | rejected


def plain_outcomes(rows: Sequence[Row], expected: Expectations) -> dict[int, tuple[Any, ...]]:
    """Judge rows one by one by `read_row`, as `check_rows` does, in the plain path's own words."""
    outcomes: dict[int, tuple[Any, ...]] = {}
    for number, row in enumerate(rows, 2):
        if all(cell is None for cell in row.values()):
            continue
        cells = {name: cell for name, cell in row.items() if name != "area_text"}
        reading = read_row(SimpleNamespace(**NO_CELLS | cells), expected)
        problems = [problem for problem in reading.problems if problem.code != EARLIER]
        if problems:
            codes = "; ".join(dict.fromkeys(problem.code for problem in problems))
            texts = " ".join(problem.text for problem in problems).replace("\0", "\\x00")
            outcomes[number] = ("rejected", codes[:255], texts)
        else:
            outcomes[number] = ("accepted", *(getattr(reading, name) for name in SAID))
    return outcomes


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, float) and isinstance(wanted, float):
        is_signed_alike = math.copysign(1, found) == math.copysign(1, wanted)
        return found == wanted and is_signed_alike
    return bool(found == wanted)


def assert_judged_alike(rows: Sequence[Row], expected: Expectations, checked: CheckedBatch) -> None:
    """Fail where a row was judged otherwise than by the plain path."""
    found, wanted = outcomes_of(checked), plain_outcomes(rows, expected)
    assert found.keys() == wanted.keys()
    for number, outcome in wanted.items():
        assert len(found[number]) == len(outcome), (rows[number - 2], found[number], outcome)
        is_same = all(map(_same, found[number], outcome))
        assert is_same, (rows[number - 2], found[number], outcome)
    blank = sum(all(cell is None for cell in row.values()) for row in rows)
    assert checked.blank_count == blank
    assert len(rows) == blank + len(checked.accepted) + len(checked.rejected)


def is_of_area_alone(row: Row) -> bool:
    """Tell a row that has an area and nothing else."""
    return all(cell is None for name, cell in row.items() if name != "area_text")
