"""Tables held to their schemas by distinct values: the same failures as pandera's by rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pandera.errors
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandera.api.base.checks import CheckResult
from pandera.pandas import Check, Column, DataFrameSchema, Field, check, dataframe_check

from perf_pipeline.schemas import (
    ColumnKind,
    Table,
    column_kinds,
    conform,
    disaggregated,
    empty,
    register,
    reporting,
    stages,
)
from perf_pipeline.schemas.columns import code, figure, text
from perf_pipeline.schemas.distinct import validate_by_schema, validate_distinct

_MODELS = [
    stages.AcceptedOutturns,
    stages.ReturnLedger,
    reporting.RejectedRows,
    register.Targets,
    disaggregated.DisaggregatedRejections,
    disaggregated.DisaggregatedOutturns,
]
_TEXTS = [
    "2023-24-Q1",
    "2023-24-Q9",
    "2023-04-30",
    "",
    " ",
    "a\nb",
    "é" * 41,
    "x" * 300,
    "\0",
    "all",
]
_FIGURES = st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf"), -1e300])
_CHANGES: list[Callable[[pd.DataFrame, str], pd.DataFrame]] = [
    lambda frame, _: frame,
    lambda frame, name: frame.drop(columns=name),
    lambda frame, name: frame.assign(another=frame[name]),
    lambda frame, name: frame[[name, *(other for other in frame if other != name)]],
    lambda frame, name: frame.astype({name: object}),
    lambda frame, name: frame.astype({name: "category"}),
    lambda frame, name: frame.assign(**{name: None}),
    lambda frame, name: frame.assign(**{name: 1}),
    lambda frame, name: frame.assign(**{name: frame[name].astype("str").astype("string")}),
    lambda frame, _: frame.set_axis(range(5, 5 + len(frame))),
    lambda frame, _: frame.set_axis(["same"] * len(frame)),
    lambda frame, _: frame.iloc[::-1],
]


class _Few(Table):
    """Two columns, the first of words."""

    word_code: str = code("Word.", 10, isin=["one", "two"])
    word_text: str = text("Text.")


def _failures(validate: Callable[[], Any]) -> list[tuple[str, ...]] | str:
    try:
        validate()
    except pandera.errors.SchemaErrors as errors:
        names = ["schema_context", "column", "check", "check_number", "failure_case", "index"]
        cases = errors.failure_cases[names].itertuples(index=False)
        return sorted(tuple(map(_shown, case)) for case in cases)
    except Exception as error:  # noqa: BLE001 - whatever the plain way raises, this must raise
        return type(error).__name__
    return []


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return repr(int(cell))
    return "null" if pd.isna(cell) else str(cell)


def _cells(model: type[Table], name: str, kind: ColumnKind) -> st.SearchStrategy[Any]:
    checks = model.to_schema().columns[name].checks
    words = [
        word for each in checks if each.name == "isin" for word in each.statistics["allowed_values"]
    ]
    match kind:
        case ColumnKind.FIGURE:
            return _FIGURES
        case ColumnKind.COUNT:
            return st.sampled_from([-1, 0, 1, 2, None])
        case ColumnKind.FLAG:
            return st.booleans()
    usual = st.sampled_from(words[:3] or _TEXTS[:3])
    return st.one_of(usual, usual, usual, st.sampled_from([*_TEXTS, None]))


@st.composite
def _frames(draw: st.DrawFn) -> tuple[type[Table], pd.DataFrame]:
    model = draw(st.sampled_from(_MODELS))
    count = draw(st.integers(0, 6))
    kinds = column_kinds(model)
    columns = {
        name: draw(st.lists(_cells(model, name, kind), min_size=count, max_size=count))
        for name, kind in kinds.items()
    }
    return model, conform(pd.DataFrame(columns, columns=list(kinds), dtype=object), model)


@given(drawn=_frames(), change=st.sampled_from(_CHANGES), place=st.integers(0, 100))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_same_failures_as_by_rows(
    drawn: tuple[type[Table], pd.DataFrame], change: Any, place: int
) -> None:
    """Whatever a frame holds, its failures are those that pandera finds row by row."""
    model, valid = drawn
    frame = change(valid, valid.columns[place % len(valid.columns)])
    expected = _failures(lambda: model.validate(frame, lazy=True))
    assert _failures(lambda: validate_distinct(frame, model)) == expected


@given(drawn=_frames(), start=st.integers(0, 2))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_same_failures_of_an_arrow_table(
    drawn: tuple[type[Table], pd.DataFrame], start: int
) -> None:
    """An Arrow table of dictionaries, in chunks and slices, fails as the same frame does."""
    model, frame = drawn
    half = len(frame) // 2
    chunks = [_arrow(frame.iloc[:half], model), _arrow(frame.iloc[half:], model)]
    table = pa.concat_tables(chunks).slice(start)
    kept = frame.iloc[start:].reset_index(drop=True)
    expected = _failures(lambda: model.validate(kept, lazy=True))
    assert _failures(lambda: validate_distinct(table, model)) == expected


def _arrow(frame: pd.DataFrame, model: type[Table]) -> pa.Table:
    types = {
        ColumnKind.FIGURE: pa.float64(),
        ColumnKind.COUNT: pa.int64(),
        ColumnKind.FLAG: pa.bool_(),
    }
    text_type = pa.dictionary(pa.int32(), pa.string())
    columns = {
        name: pa.array(list(frame[name].array), from_pandas=True).cast(types[kind])
        if kind in types
        else pa.array(frame[name], pa.string()).cast(text_type)
        for name, kind in column_kinds(model).items()
    }
    return pa.table(columns)


def test_dictionary_may_hold_entries_twice_or_unused_or_null() -> None:
    """What no row holds fails nothing, and an entry that stands twice is one value of a key."""
    entries = pa.array(["K1", "K1", None, "never used and far too long for this column"])
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], pa.int32()), entries)
    table = _arrow(_outturns(3), disaggregated.DisaggregatedOutturns)
    table = table.set_column(1, "kpi_ref", pa.chunked_array([coded]))
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        validate_distinct(table, disaggregated.DisaggregatedOutturns)
    cases = caught.value.failure_cases
    assert set(cases.loc[cases["check"] == "not_nullable", "index"]) == {2}
    assert set(cases.loc[cases["check"] == "multiple_fields_uniqueness", "index"]) == {0, 1}
    assert not cases["check"].str.startswith("str_length").any()


def _outturns(count: int) -> pd.DataFrame:
    model = disaggregated.DisaggregatedOutturns
    columns: dict[str, Any] = dict.fromkeys(column_kinds(model))
    columns |= {
        "quarter_key": "2023-24-Q1",
        "kpi_ref": "K1",
        "area_code": "all",
        "breakdown_type_code": "all",
        "breakdown_category_code": "all",
        "outturn_status_code": "given",
        "is_provisional": False,
        "previous_direction_code": "not_comparable",
        "last_year_direction_code": "not_comparable",
        "source_code": "system",
        "file_sha256": "0" * 64,
        "row_number": 1,
    }
    return conform(pd.DataFrame([columns] * count), model)


def test_check_of_the_whole_column_is_run_by_rows() -> None:
    """A check that looks at a whole column, under whatever name, is not trusted to its values."""

    class Whole(Table):
        word_code: str = Field(metadata={"kind": "code"}, nullable=True)

        @check("word_code", name="isin")
        def is_short(cls, series: pd.Series) -> bool:  # noqa: N805 - pandera's own form
            """Ask for fewer rows than there are."""
            return len(series) < 3

    frame = pd.DataFrame({"word_code": pd.Series(["a", "a", "a"], dtype="str")})
    assert _failures(lambda: validate_distinct(frame, Whole)) == _failures(
        lambda: Whole.validate(frame, lazy=True)
    )
    assert _failures(lambda: validate_distinct(frame, Whole)) != []


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"ignore_na": False}, id="of nulls too"),
        pytest.param({"element_wise": True}, id="value by value"),
        pytest.param({"groupby": "low_value"}, id="in groups"),
    ],
)
@pytest.mark.parametrize("is_arrow", [False, True])
def test_check_that_is_applied_otherwise_is_run_by_rows(
    changed: dict[str, Any], *, is_arrow: bool
) -> None:
    """A check of pandera's name and values, but not applied as its own, is pandera's to run."""
    schema = DataFrameSchema(
        {
            "low_value": Column(float, nullable=True),
            "value": Column(float, Check.greater_than_or_equal_to(0), nullable=True),
        },
        strict=True,
        ordered=True,
    )
    frame = pd.DataFrame({"low_value": [1.0, 2.0], "value": [1.0, None]})
    table = pa.table(frame) if is_arrow else frame
    asked: list[str] = []
    for name, value in changed.items():
        setattr(schema.columns["value"].checks[0], name, value)
    plain = schema.validate
    schema.validate = lambda *given, **more: asked.append("all") or plain(*given, **more)
    expected = _failures(lambda: plain(frame, lazy=True))
    assert _failures(lambda: validate_by_schema(table, schema)) == expected
    assert asked == ["all"]


def test_check_of_the_frame_is_run_by_rows() -> None:
    """A check across columns is pandera's own to run."""

    class Across(Table):
        low_value: float = figure("Low.")
        high_value: float = figure("High.")

        @dataframe_check
        def is_in_order(cls, frame: pd.DataFrame) -> pd.Series:  # noqa: N805 - pandera's own form
            """Ask for low below high."""
            return frame["low_value"] < frame["high_value"]

    frame = pd.DataFrame({"low_value": [1.0, 3.0], "high_value": [2.0, 2.0]})
    assert _failures(lambda: validate_distinct(frame, Across)) == _failures(
        lambda: Across.validate(frame, lazy=True)
    )
    assert _failures(lambda: validate_distinct(frame, Across)) != []


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"word_code": ["one"], "word_text": [1]}),
        pa.table({"word_text": ["one"], "word_code": ["one"]}),
        pa.table({"word_code": ["one"]}),
        pa.table({"word_code": ["one"], "word_text": ["a"], "more": ["b"]}),
    ],
    ids=["wrong-type", "misordered", "missing", "extra"],
)
def test_patable_of_other_columns_is_refused(table: pa.Table) -> None:
    """Columns that are not the schema's fail, whatever they hold."""
    with pytest.raises(pandera.errors.SchemaErrors):
        validate_distinct(table, _Few)


def test_trouble_in_a_check_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever pandera raises comes through: the table has not passed."""

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    table = pa.table({"word_code": ["one"], "word_text": ["a"]})
    validate_distinct(table, _Few)
    monkeypatch.setattr(Check, "__call__", broken)
    with pytest.raises(RuntimeError, match="broken"):
        validate_distinct(table, _Few)


def test_check_that_fails_by_no_value_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a check fails and names nothing, the table has not passed."""

    def failing(_: Check, values: pd.Series) -> CheckResult:
        return CheckResult(values.notna(), False, values, values[:0])

    monkeypatch.setattr(Check, "__call__", failing)
    with pytest.raises(pandera.errors.SchemaDefinitionError, match="No value fails"):
        validate_distinct(pa.table({"word_code": ["one"], "word_text": ["a"]}), _Few)


def test_frame_without_rows_passes() -> None:
    """A frame of the schema's columns without rows breaks nothing."""
    validate_distinct(empty(_Few), _Few)


def test_long_columns_are_checked_by_their_distinct_values() -> None:
    """A long column that repeats itself names every row that holds a wrong value."""
    keys = np.where(np.arange(5_000) % 1_000 == 7, "2023-24-Q7", "2023-24-Q1")
    frame = _outturns(1).loc[np.zeros(5_000, dtype=int)].reset_index(drop=True)
    frame = frame.assign(
        quarter_key=pd.Series(keys, dtype="str"),
        area_code=pd.Series(np.arange(5_000)).astype("str"),
    )
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        validate_distinct(frame, disaggregated.DisaggregatedOutturns)
    cases = caught.value.failure_cases
    assert list(cases["index"]) == [7, 1_007, 2_007, 3_007, 4_007]
    assert set(cases["column"]) == {"quarter_key"}
