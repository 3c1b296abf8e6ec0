"""A batch of disaggregated rows is judged row for row as the plain path judges the same cells."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf_pipeline.disaggregated.checking import CheckedBatch, check_batch
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import column_kinds, stages
from perf_pipeline.schemas.columns import ColumnKind
from perf_pipeline.schemas.disaggregated import (
    DisaggregatedOutturns,
    DisaggregatedRejections,
    DisaggregatedRows,
)
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate import Expectations, check_rows
from perf_pipeline.validate.rows import read_row
from perf_pipeline_tests.unit.builders import KPI, QUARTER, FrameBuilder, builder

Row = Mapping[str, str | None]

_TEXT = pa.dictionary(pa.int32(), pa.string())
_CELLS = [name for name in column_kinds(DisaggregatedRows) if name.endswith("_text")]
_SAID = [
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
_EARLIER = "breakdown_of_earlier_quarter"
_REFS = [
    *("P-01", " p-01 ", "P-O1", "P\N{EN DASH}01", "N-01", "N-02", "N-03", "G-01", "R-01", "R-02"),
    *("J-01", "A-01", "X-01", "OLD-1", "OLD-2", "OLD-3", "GONE-1", "the big one", "The  Big One"),
    *("Total", "Reviews in time", "P-01\x07", "", None),
]
_QUARTERS = [
    *(None, None, None, "2023-24-Q1", "Q1 2023/24", "2022-23-Q4", "2022-23-Q3", "2021-22-Q1"),
    *("2023-24-Q2", "Q1 2023", "30/06/2023", "04/05/2023", "45107", "soon", "Q5 2023/24", "\x00"),
]
_BREAKDOWNS = [
    *((None, None), (None, None), ("sex", "F"), ("sex", "Female"), ("SEX", " f "), ("sex", "M")),
    *(("age", "F"), ("sex", None), (None, "F"), ("sex", "\x1f"), ("", "")),
]
_FIGURES = [
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
_STATUSES = [None, None, None, "", "awaiting", "suppressed", "[c]", "n/a", "not due", "5", "what"]
_MARKS = [None, None, None, "yes", "No", "p", "final", "[p]", "maybe", "\x02", ""]
_COMMENTS = [None, "Good.", "a\nb", "\x00", "\u202e", "tab\there", "é", "\ufffd", "=1+1"]


@pytest.fixture(scope="session")
def kpis(build_kpis: FrameBuilder) -> pd.DataFrame:
    """Return KPIs of every kind that the reading of figures tells apart."""
    number = {"unit_code": "number", "minimum_value": None, "maximum_value": None}
    return build_kpis(
        {"kpi_ref": "P-01"},
        {"kpi_ref": "N-01", **number},
        {"kpi_ref": "N-02", **number, "minimum_value": 0.3, "maximum_value": 512.0},
        {"kpi_ref": "N-03", **number, "minimum_value": 0.1 + 0.2, "is_due": False},
        {"kpi_ref": "G-01", **number, "unit_code": "gbp"},
        {"kpi_ref": "R-01", **number, "unit_code": "per_1000", "minimum_value": 0.0},
        {"kpi_ref": "R-02", **number, "unit_code": "days", "is_year_to_date": True},
        {"kpi_ref": "J-01", "rule_kind_code": "judgement", "maximum_value": None},
        {"kpi_ref": "A-01", "arrears_quarter_count": 2, "minimum_value": -20.0},
        {"kpi_ref": "X-01", "source_code": "housing"},
    )


def _expected(kpis: pd.DataFrame, scale: PercentScale | None) -> Expectations:
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
def _rows(draw: st.DrawFn) -> dict[str, str | None]:
    kind, category = draw(st.sampled_from(_BREAKDOWNS))
    figure = st.sampled_from(_FIGURES) | st.text("0123456789.-%", max_size=17)
    parts = draw(st.sampled_from(["none", "both", "any"]))
    no_part = st.none()
    return {
        "kpi_ref_text": draw(st.sampled_from(_REFS[:11]) | st.sampled_from(_REFS)),
        "quarter_text": draw(st.none() | st.sampled_from(_QUARTERS)),
        "area_text": draw(st.sampled_from([None, "all", "E05000001"])),
        "breakdown_type_text": kind,
        "breakdown_category_text": category,
        "value_text": draw(figure),
        "numerator_text": draw(no_part if parts == "none" else figure),
        "denominator_text": draw(no_part if parts == "none" else figure),
        "status_text": draw(st.none() | st.sampled_from(_STATUSES)),
        "provisional_text": draw(st.none() | st.sampled_from(_MARKS)),
        "commentary_text": draw(st.none() | st.sampled_from(_COMMENTS)),
    }


def _batch(rows: Sequence[Row], chunks: int = 1) -> pa.Table:
    """Build a batch in chunks, each with a dictionary of its own."""
    size = max(1, -(-len(rows) // chunks))
    parts = [_part(rows[start : start + size], start) for start in range(0, len(rows), size)]
    return pa.concat_tables(parts or [_part([], 0)])


def _part(rows: Sequence[Row], start: int) -> pa.Table:
    same = {"source_code": "adults", "file_name": "adults.csv", "file_sha256": "0" * 64}
    columns: dict[str, Any] = {
        name: pa.array([value] * len(rows), pa.string()).cast(_TEXT) for name, value in same.items()
    }
    columns["row_number"] = pa.array([start + n for n in range(2, len(rows) + 2)], pa.int64())
    for name in _CELLS:
        columns[name] = pa.array([row.get(name) for row in rows], pa.string()).cast(_TEXT)
    return pa.table(columns)


_NO_CELLS: dict[str, Any] = dict.fromkeys(column_kinds(stages.ReturnRows))
_NO_CELLS |= {"is_sum_of_months": False}
_build_return = builder(
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


def _outcomes(checked: CheckedBatch) -> dict[int, tuple[Any, ...]]:
    """Return what became of each row, by its number."""
    accepted = {
        row["row_number"]: ("accepted", *(row[name] for name in _SAID))
        for row in checked.accepted.to_pylist()
    }
    rejected = {
        row["row_number"]: ("rejected", row["outcome_reason_code"], row["outcome_text"])
        for row in checked.rejected.to_pylist()
    }
    assert not accepted.keys() & rejected.keys()
    return accepted | rejected


def _plain(rows: Sequence[Row], expected: Expectations) -> dict[int, tuple[Any, ...]]:
    """Judge rows one by one by `read_row`, as `check_rows` does, in the plain path's own words."""
    outcomes: dict[int, tuple[Any, ...]] = {}
    for number, row in enumerate(rows, 2):
        if all(cell is None for cell in row.values()):
            continue
        cells = {name: cell for name, cell in row.items() if name != "area_text"}
        reading = read_row(SimpleNamespace(**_NO_CELLS | cells), expected)
        problems = [problem for problem in reading.problems if problem.code != _EARLIER]
        if problems:
            codes = "; ".join(dict.fromkeys(problem.code for problem in problems))
            texts = " ".join(problem.text for problem in problems).replace("\0", "\\x00")
            outcomes[number] = ("rejected", codes[:255], texts)
        else:
            outcomes[number] = ("accepted", *(getattr(reading, name) for name in _SAID))
    return outcomes


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, float) and isinstance(wanted, float):
        is_signed_alike = math.copysign(1, found) == math.copysign(1, wanted)
        return found == wanted and is_signed_alike
    return bool(found == wanted)


def _assert_same(rows: Sequence[Row], expected: Expectations, checked: CheckedBatch) -> None:
    found, wanted = _outcomes(checked), _plain(rows, expected)
    assert found.keys() == wanted.keys()
    for number, outcome in wanted.items():
        assert len(found[number]) == len(outcome), (rows[number - 2], found[number], outcome)
        is_same = all(map(_same, found[number], outcome))
        assert is_same, (rows[number - 2], found[number], outcome)
    blank = sum(all(cell is None for cell in row.values()) for row in rows)
    assert checked.blank_count == blank
    assert len(rows) == blank + len(checked.accepted) + len(checked.rejected)


def _is_of_area_alone(row: Row) -> bool:
    return all(cell is None for name, cell in row.items() if name != "area_text")


@given(
    rows=st.lists(_rows(), max_size=12),
    scale=st.sampled_from([None, *PercentScale]),
    chunks=st.integers(1, 3),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_rows_are_judged_as_by_the_plain_path(
    kpis: pd.DataFrame, rows: list[dict[str, str | None]], scale: PercentScale | None, chunks: int
) -> None:
    """Whatever stands in its cells, a row's outcome, figures and sentences are the plain path's."""
    rows = [row for row in rows if not _is_of_area_alone(row) or row["area_text"] is None]
    expected = _expected(kpis, scale)
    _assert_same(rows, expected, check_batch(_batch(rows, chunks), expected))


_DECIMALS = st.builds(
    lambda digits, places: f"{Decimal(digits).scaleb(-places):f}",
    st.integers(0, 10**15 - 1) | st.integers(0, 10_000),
    st.integers(0, 6),
)


_RATIOS = st.tuples(
    _DECIMALS | st.none() | st.sampled_from(["share", "near", "far"]),
    _DECIMALS,
    _DECIMALS,
    st.sampled_from(["P-01", "N-01", "N-02", "R-01", "J-01"]),
    st.integers(0, 6),
)


@given(drawn=st.lists(_RATIOS, min_size=10, max_size=30))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_ratios_are_settled_as_in_decimals(kpis: pd.DataFrame, drawn: list[Any]) -> None:
    """A figure beside its parts is their ratio to the last digit, or refused in the same words."""
    rows = [_row_of_ratio(*each) for each in drawn]
    expected = _expected(kpis, PercentScale.PERCENT)
    _assert_same(rows, expected, check_batch(_batch(rows), expected))


def _row_of_ratio(
    value: str | None, numerator: str, denominator: str, ref: str, places: int
) -> dict[str, str | None]:
    if value in {"share", "near", "far"}:
        value = _shown(numerator, denominator, ref, places, ["share", "near", "far"].index(value))
    said = {"kpi_ref_text": ref, "value_text": value}
    return (
        dict.fromkeys(_CELLS)
        | said
        | {"numerator_text": numerator, "denominator_text": denominator}
    )


def _shown(numerator: str, denominator: str, ref: str, places: int, off: int) -> str:
    """Return the ratio rounded, and then off by so many halves of its last digit."""
    bottom = Decimal(denominator) or Decimal(1)
    multiplier = {"P-01": 100, "J-01": 100, "R-01": 1000}.get(ref, 1)
    ratio = Decimal(numerator) * multiplier / bottom
    step = Decimal(1).scaleb(-places)
    return f"{(ratio // step) * step + off * step / 2:f}"


def test_accepted_rows_are_those_of_check_rows(kpis: pd.DataFrame) -> None:
    """On rows without a repeated key, `check_rows` itself gives the same outcomes."""
    expected = _expected(kpis, None)
    rows: list[dict[str, str | None]] = [
        dict.fromkeys(_CELLS) | {"kpi_ref_text": ref, "value_text": value}
        for ref, value in zip(_REFS[4:11], ["1", "x", "£5", "0.75", None, "tbc", "12"], strict=True)
    ]
    frame = _build_return(
        *(
            {name: cell for name, cell in row.items() if name != "area_text"}
            | {"row_number": number, "row_id": f"adults::{number}"}
            for number, row in enumerate(rows, 2)
        )
    )
    checked = check_rows(frame, expected).set_index("row_number")
    found = _outcomes(check_batch(_batch(rows), expected))
    for number, outcome in found.items():
        plain = checked.loc[number]
        assert outcome[0] == plain["row_outcome_code"]
        if outcome[0] == "rejected":
            assert outcome[1:] == (plain["outcome_reason_code"], plain["outcome_text"])
        else:
            values = [None if pd.isna(plain[name]) else plain[name] for name in _SAID]
            assert list(outcome[1:]) == values


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, "all"), ("all", "all"), (" E05 ", "E05"), ("x" * 30, "x" * 30), ("Bath & East", None)],
    ids=["empty", "all", "outer-space", "longest", "inner-space"],
)
def test_area_is_its_trimmed_text(kpis: pd.DataFrame, text: str | None, code: str | None) -> None:
    """An area is what stands in its cell, and the whole council where nothing does."""
    row = {"kpi_ref_text": "N-01", "value_text": "1", "area_text": text}
    accepted = check_batch(_batch([row]), _expected(kpis, None)).accepted
    assert accepted["area_code"].to_pylist() == [code or text]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" ", "area_unreadable"),
        ("x" * 31, "area_unreadable"),
        ("a\nb", "area_unreadable"),
        ("a\tb", "area_unreadable"),
        ("a\x00b", "control_character"),
    ],
    ids=["space", "too-long", "two-lines", "tab", "nul"],
)
def test_area_that_is_no_code_is_rejected(kpis: pd.DataFrame, text: str, reason: str) -> None:
    """An area that cannot be a key is sent back with what to write."""
    row = {"kpi_ref_text": "N-01", "value_text": "1", "area_text": text}
    rejected = check_batch(_batch([row]), _expected(kpis, None)).rejected
    assert rejected["outcome_reason_code"].to_pylist() == [reason]
    assert "\0" not in rejected["row_text"][0].as_py() + rejected["outcome_text"][0].as_py()


def test_breakdown_of_an_earlier_quarter_is_accepted(kpis: pd.DataFrame) -> None:
    """Files of systems bring several quarters, broken down."""
    row = {"kpi_ref_text": "N-01", "quarter_text": "2022-23-Q4", "value_text": "5"}
    row |= {"breakdown_type_text": "sex", "breakdown_category_text": "Female"}
    accepted = check_batch(_batch([row]), _expected(kpis, None)).accepted
    assert accepted.select(["quarter_key", "breakdown_category_code"]).to_pylist() == [
        {"quarter_key": "2022-23-Q4", "breakdown_category_code": "F"}
    ]


def test_row_of_a_label_alone_is_rejected(kpis: pd.DataFrame) -> None:
    """What heads a section where people write is a slip in the file of a system."""
    checked = check_batch(_batch([{"kpi_ref_text": "Adult care"}]), _expected(kpis, None))
    assert checked.rejected["outcome_reason_code"].to_pylist() == ["kpi_unknown"]


def test_row_of_an_area_alone_lacks_its_reference(kpis: pd.DataFrame) -> None:
    """A row is blank only where it has no cell at all."""
    checked = check_batch(_batch([{"area_text": "E05"}, {}]), _expected(kpis, None))
    assert checked.rejected["outcome_reason_code"].to_pylist() == ["kpi_ref_missing"]
    assert checked.blank_count == 1


def test_columns_are_those_of_the_schemas(kpis: pd.DataFrame) -> None:
    """Accepted and rejected rows have their schemas' columns and types, however few they are."""
    kinds = column_kinds(DisaggregatedOutturns)
    known = [*list(kinds)[:10], "commentary_text", "source_code", "file_sha256", "row_number"]
    types = {ColumnKind.FIGURE: pa.float64(), ColumnKind.FLAG: pa.bool_()}
    types[ColumnKind.COUNT] = pa.int64()
    good, bad = {"kpi_ref_text": "N-01", "value_text": "1"}, {"kpi_ref_text": "?"}
    for rows in ([], [good], [bad], [{}], [good, bad, {}]):
        checked = check_batch(_batch(rows), _expected(kpis, None))
        assert checked.accepted.column_names == known
        assert checked.rejected.column_names == list(column_kinds(DisaggregatedRejections))
        for column in known:
            assert checked.accepted.schema.field(column).type == types.get(kinds[column], _TEXT)
        for column, kind in column_kinds(DisaggregatedRejections).items():
            assert checked.rejected.schema.field(column).type == types.get(kind, _TEXT)


def test_rejected_row_shows_its_cells(kpis: pd.DataFrame) -> None:
    """A rejected row is written out as fields and cells, without the empty ones."""
    row = {"kpi_ref_text": "N-01", "value_text": "one", "area_text": "E05"}
    rejected = check_batch(_batch([row]), _expected(kpis, None)).rejected
    assert rejected["row_text"].to_pylist() == ["kpi_ref: N-01 | area: E05 | value: one"]
    assert rejected["row_number"].to_pylist() == [2]


def test_dictionary_may_hold_entries_twice_or_unused_or_null(kpis: pd.DataFrame) -> None:
    """A batch is what its rows hold, however its dictionaries came about."""
    rows = [{"kpi_ref_text": "N-01", "value_text": text} for text in ("5", "5", "x", None)]
    entries = pa.array(["unused", "5", "5", "x", None], pa.string())
    places = pa.array([1, 2, 3, 4], pa.int32())
    values = pa.chunked_array([pa.DictionaryArray.from_arrays(places, entries)])
    batch = _batch(rows)
    place = batch.column_names.index("value_text")
    expected = _expected(kpis, None)
    found = check_batch(batch.set_column(place, "value_text", values), expected)
    assert _outcomes(found) == _outcomes(check_batch(batch, expected))
    assert found.accepted["outturn_status_code"].to_pylist() == ["given", "given", "blank"]


def test_row_that_breaks_the_schema_is_rejected(build_kpis: FrameBuilder) -> None:
    """A reference that no column can hold is not let through, and names what it breaks."""
    long = build_kpis({**KPI, "kpi_ref": "N-01"}).assign(kpi_ref="N" * 25)
    rows = [{"kpi_ref_text": "N" * 25, "value_text": "5%"}]
    rejected = check_batch(_batch(rows), _expected(long, None)).rejected
    assert rejected["outcome_reason_code"].to_pylist() == ["schema"]
    assert "kpi_ref fails the check str_length" in rejected["outcome_text"][0].as_py()
