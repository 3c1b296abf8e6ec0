"""A batch of disaggregated rows is judged row for row as the plain path judges the same cells."""

from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf_pipeline.disaggregated.checking import check_batch
from perf_pipeline.schemas import column_kinds
from perf_pipeline.schemas.columns import ColumnKind
from perf_pipeline.schemas.disaggregated import (
    DisaggregatedOutturns,
    DisaggregatedRejections,
)
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate import check_rows
from perf_pipeline_tests.unit.builders import KPI, FrameBuilder
from perf_pipeline_tests.unit.checking_oracle import (
    CELLS,
    REFS,
    SAID,
    TEXT,
    assert_judged_alike,
    batch_of,
    build_return,
    drawn_rows,
    expectations_of,
    is_of_area_alone,
    outcomes_of,
)


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


@given(
    rows=st.lists(drawn_rows(), max_size=12),
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
    rows = [row for row in rows if not is_of_area_alone(row) or row["area_text"] is None]
    expected = expectations_of(kpis, scale)
    assert_judged_alike(rows, expected, check_batch(batch_of(rows, chunks), expected))


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
    expected = expectations_of(kpis, PercentScale.PERCENT)
    assert_judged_alike(rows, expected, check_batch(batch_of(rows), expected))


def _row_of_ratio(
    value: str | None, numerator: str, denominator: str, ref: str, places: int
) -> dict[str, str | None]:
    if value in {"share", "near", "far"}:
        value = _shown(numerator, denominator, ref, places, ["share", "near", "far"].index(value))
    said = {"kpi_ref_text": ref, "value_text": value}
    return (
        dict.fromkeys(CELLS) | said | {"numerator_text": numerator, "denominator_text": denominator}
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
    expected = expectations_of(kpis, None)
    rows: list[dict[str, str | None]] = [
        dict.fromkeys(CELLS) | {"kpi_ref_text": ref, "value_text": value}
        for ref, value in zip(REFS[4:11], ["1", "x", "£5", "0.75", None, "tbc", "12"], strict=True)
    ]
    frame = build_return(
        *(
            {name: cell for name, cell in row.items() if name != "area_text"}
            | {"row_number": number, "row_id": f"adults::{number}"}
            for number, row in enumerate(rows, 2)
        )
    )
    checked = check_rows(frame, expected).set_index("row_number")
    found = outcomes_of(check_batch(batch_of(rows), expected))
    for number, outcome in found.items():
        plain = checked.loc[number]
        assert outcome[0] == plain["row_outcome_code"]
        if outcome[0] == "rejected":
            assert outcome[1:] == (plain["outcome_reason_code"], plain["outcome_text"])
        else:
            values = [None if pd.isna(plain[name]) else plain[name] for name in SAID]
            assert list(outcome[1:]) == values


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, "all"), ("all", "all"), (" E05 ", "E05"), ("x" * 30, "x" * 30), ("Bath & East", None)],
    ids=["empty", "all", "outer-space", "longest", "inner-space"],
)
def test_area_is_its_trimmed_text(kpis: pd.DataFrame, text: str | None, code: str | None) -> None:
    """An area is what stands in its cell, and the whole council where nothing does."""
    row = {"kpi_ref_text": "N-01", "value_text": "1", "area_text": text}
    accepted = check_batch(batch_of([row]), expectations_of(kpis, None)).accepted
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
    rejected = check_batch(batch_of([row]), expectations_of(kpis, None)).rejected
    assert rejected["outcome_reason_code"].to_pylist() == [reason]
    assert "\0" not in rejected["row_text"][0].as_py() + rejected["outcome_text"][0].as_py()


def test_breakdown_of_an_earlier_quarter_is_accepted(kpis: pd.DataFrame) -> None:
    """Files of systems bring several quarters, broken down."""
    row = {"kpi_ref_text": "N-01", "quarter_text": "2022-23-Q4", "value_text": "5"}
    row |= {"breakdown_type_text": "sex", "breakdown_category_text": "Female"}
    accepted = check_batch(batch_of([row]), expectations_of(kpis, None)).accepted
    assert accepted.select(["quarter_key", "breakdown_category_code"]).to_pylist() == [
        {"quarter_key": "2022-23-Q4", "breakdown_category_code": "F"}
    ]


def test_row_of_a_label_alone_is_rejected(kpis: pd.DataFrame) -> None:
    """What heads a section where people write is a slip in the file of a system."""
    checked = check_batch(batch_of([{"kpi_ref_text": "Adult care"}]), expectations_of(kpis, None))
    assert checked.rejected["outcome_reason_code"].to_pylist() == ["kpi_unknown"]


def test_row_of_an_area_alone_lacks_its_reference(kpis: pd.DataFrame) -> None:
    """A row is blank only where it has no cell at all."""
    checked = check_batch(batch_of([{"area_text": "E05"}, {}]), expectations_of(kpis, None))
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
        checked = check_batch(batch_of(rows), expectations_of(kpis, None))
        assert checked.accepted.column_names == known
        assert checked.rejected.column_names == list(column_kinds(DisaggregatedRejections))
        for column in known:
            assert checked.accepted.schema.field(column).type == types.get(kinds[column], TEXT)
        for column, kind in column_kinds(DisaggregatedRejections).items():
            assert checked.rejected.schema.field(column).type == types.get(kind, TEXT)


def test_rejected_row_shows_its_cells(kpis: pd.DataFrame) -> None:
    """A rejected row is written out as fields and cells, without the empty ones."""
    row = {"kpi_ref_text": "N-01", "value_text": "one", "area_text": "E05"}
    rejected = check_batch(batch_of([row]), expectations_of(kpis, None)).rejected
    assert rejected["row_text"].to_pylist() == ["kpi_ref: N-01 | area: E05 | value: one"]
    assert rejected["row_number"].to_pylist() == [2]


def test_dictionary_may_hold_entries_twice_or_unused_or_null(kpis: pd.DataFrame) -> None:
    """A batch is what its rows hold, however its dictionaries came about."""
    rows = [{"kpi_ref_text": "N-01", "value_text": text} for text in ("5", "5", "x", None)]
    entries = pa.array(["unused", "5", "5", "x", None], pa.string())
    places = pa.array([1, 2, 3, 4], pa.int32())
    values = pa.chunked_array([pa.DictionaryArray.from_arrays(places, entries)])
    batch = batch_of(rows)
    place = batch.column_names.index("value_text")
    expected = expectations_of(kpis, None)
    found = check_batch(batch.set_column(place, "value_text", values), expected)
    assert outcomes_of(found) == outcomes_of(check_batch(batch, expected))
    assert found.accepted["outturn_status_code"].to_pylist() == ["given", "given", "blank"]


def test_row_that_breaks_the_schema_is_rejected(build_kpis: FrameBuilder) -> None:
    """A reference that no column can hold is not let through, and names what it breaks."""
    long = build_kpis({**KPI, "kpi_ref": "N-01"}).assign(kpi_ref="N" * 25)
    rows = [{"kpi_ref_text": "N" * 25, "value_text": "5%"}]
    rejected = check_batch(batch_of(rows), expectations_of(long, None)).rejected
    assert rejected["outcome_reason_code"].to_pylist() == ["schema"]
    assert "kpi_ref fails the check str_length" in rejected["outcome_text"][0].as_py()
