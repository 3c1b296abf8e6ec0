"""Every row of a return has one outcome, and the ledger proves that none was lost."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pandera.errors
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RowKind
from perf_pipeline.schemas import conform, stages
from perf_pipeline.validate import (
    Expectations,
    accepted_outturns,
    check_rows,
    ledger_imbalance,
    rejected_rows,
    return_ledger,
)
from perf_pipeline.validate.outcomes import _problems_by_row

FrameBuilder = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def expected(build_kpis: FrameBuilder, build_breakdowns: FrameBuilder) -> Expectations:
    """What rows of `adults` are checked against: two percentages and a breakdown by sex."""
    kpis = build_kpis({}, {"kpi_ref": "ADS-02"})
    return Expectations.of(
        "adults", Quarter(2023, 1), kpis, kpis["kpi_ref"], build_breakdowns({}), None
    )


def _outcomes(checked: pd.DataFrame) -> list[str]:
    return checked["row_outcome_code"].tolist()


def _reasons(checked: pd.DataFrame) -> list[str | None]:
    return [None if pd.isna(reason) else reason for reason in checked["outcome_reason_code"]]


def test_a_row_keeps_its_place_and_texts_whatever_its_outcome(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """Accepted, rejected and ignored rows all keep what was received and where it stood."""
    rows = build_rows(
        {"value_text": "85%", "commentary_text": "Fine", "sheet_name": "KPIs"},
        {"value_text": "1.2.3", "action_text": "None", "row_text": "Ref: ADS-01 | Figure: 1.2.3"},
        {"row_kind_code": "note", "kpi_ref_text": None, "row_text": "* provisional"},
    )
    checked = check_rows(rows, expected)
    kept = ["source_code", "row_id", "file_name", "file_sha256", "sheet_name", "row_number"]
    kept += ["commentary_text", "action_text", "row_text"]
    pd.testing.assert_frame_equal(checked[kept], rows[kept])
    assert checked["raw_value_text"].equals(rows["value_text"])
    assert _outcomes(checked) == ["accepted", "rejected", "ignored"]
    stages.CheckedRows.validate(checked)


@pytest.mark.parametrize("kind", [kind.value for kind in RowKind if kind is not RowKind.DATA])
def test_a_row_that_is_not_data_is_ignored_as_what_it_is(
    build_rows: FrameBuilder, expected: Expectations, kind: str
) -> None:
    """Blank rows, titles, headings and notes are ignored, each with its kind as the reason."""
    checked = check_rows(build_rows({"row_kind_code": kind, "value_text": "85%"}), expected)
    assert (_outcomes(checked), _reasons(checked)) == (["ignored"], [kind])
    assert checked["outturn_value"].isna().all()


def test_several_problems_stand_in_one_rejection(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """Codes are joined, each once, and the sentences follow one another."""
    rows = build_rows(
        {"quarter_text": "2024", "numerator_text": "five", "denominator_text": "seven"}
    )
    rejected = rejected_rows(check_rows(rows, expected)).iloc[0]
    assert rejected["outcome_reason_code"] == "quarter_unreadable; not_a_number"
    assert "In the numerator: `five`" in rejected["outcome_text"]
    assert "In the denominator: `seven`" in rejected["outcome_text"]


def test_a_rejected_row_has_no_figure_but_its_kpi(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """A figure that was not accepted stands nowhere but in the row's text."""
    rows = build_rows(
        {"quarter_text": "2023-24-Q2", "numerator_text": "3", "denominator_text": "4"}
    )
    rejected = rejected_rows(check_rows(rows, expected))
    figures = ["outturn_status_code", "outturn_value", "numerator_value", "denominator_value"]
    assert rejected[figures].isna().all(axis=None)
    assert rejected["kpi_ref"].tolist() == ["ADS-01"]


BESIDE = {
    "value_text": "85%",
    "previous_value_text": "80%",
    "forecast_text": "90%",
    "provisional_text": "yes",
    "rating_text": "Green",
    "rating_reason_text": "Audited",
}
STATED = [
    "stated_previous_value",
    "forecast_value",
    "is_provisional",
    "stated_rag_code",
    "rating_reason_text",
]


def test_what_stands_beside_a_figure_is_accepted_with_it(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """Previous value, forecast, provisional mark, rating and reason are columns of the outturn."""
    accepted = accepted_outturns(check_rows(build_rows(BESIDE), expected))
    assert accepted[STATED].iloc[0].tolist() == [80.0, 90.0, True, "green", "Audited"]


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        pytest.param([BESIDE | {"value_text": "1.2.3"}], "rejected", id="unreadable"),
        pytest.param([BESIDE, BESIDE | {"value_text": "86%"}], "rejected", id="conflicting"),
        pytest.param([BESIDE, BESIDE], "ignored", id="repeated"),
        pytest.param([BESIDE | {"row_kind_code": "note"}], "ignored", id="note"),
    ],
)
def test_a_row_that_is_not_accepted_says_nothing(
    build_rows: FrameBuilder, expected: Expectations, rows: list[dict[str, str]], outcome: str
) -> None:
    """What stood beside a figure that was not accepted stands nowhere but in the row's text."""
    last = check_rows(build_rows(*rows), expected).iloc[-1]
    assert last["row_outcome_code"] == outcome
    assert not last["is_provisional"]
    assert last[[name for name in STATED if name != "is_provisional"]].isna().all()


def test_a_restatement_is_accepted_for_its_own_quarter(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """The quarter of the figure and the quarter of the return are both kept."""
    rows = build_rows({"quarter_text": "Q4 2022/23", "value_text": "80%"}, {"value_text": "85%"})
    accepted = accepted_outturns(check_rows(rows, expected))
    assert accepted["quarter_key"].tolist() == ["2022-23-Q4", "2023-24-Q1"]
    assert accepted["return_quarter_key"].tolist() == ["2023-24-Q1", "2023-24-Q1"]


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"value_text": "85%"}, id="same"),
        pytest.param({"value_text": "85.0 %"}, id="written-otherwise"),
        pytest.param({"value_text": "85%", "kpi_ref_text": "ads-01"}, id="reference-in-lower-case"),
        pytest.param({"value_text": "85%", "quarter_text": "2023-24-Q1"}, id="quarter-spelt-out"),
    ],
)
def test_of_identical_rows_one_is_kept_and_the_others_are_recorded(
    build_rows: FrameBuilder, expected: Expectations, again: dict[str, str]
) -> None:
    """The first of rows that say the same is accepted; the others are ignored, without figures."""
    checked = check_rows(build_rows({"value_text": "85%"}, again, again), expected)
    assert _outcomes(checked) == ["accepted", "ignored", "ignored"]
    assert _reasons(checked) == [None, "duplicate_identical", "duplicate_identical"]
    assert checked["outturn_value"].isna().tolist() == [False, True, True]
    assert checked["outturn_status_code"].isna().tolist() == [False, True, True]


def test_rows_that_mean_the_same_beside_the_figure_are_identical(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """A mark and a column, a word and a code, a figure with and without zeros say the same."""
    again = {"value_text": "85% [p]", "provisional_text": None, "rating_text": "GREEN"}
    rows = build_rows(BESIDE, BESIDE | again | {"forecast_text": "90.0%"})
    assert _outcomes(check_rows(rows, expected)) == ["accepted", "ignored"]


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"value_text": "86%"}, id="figure"),
        pytest.param({"value_text": None}, id="none"),
        pytest.param({"value_text": "N/A"}, id="status"),
        pytest.param({"value_text": "85%", "commentary_text": "Other"}, id="commentary"),
        pytest.param({"value_text": "85%", "action_text": "Other"}, id="action"),
        pytest.param({"numerator_text": "85", "denominator_text": "100"}, id="parts"),
        pytest.param({"value_text": "85%", "previous_value_text": "80%"}, id="previous-value"),
        pytest.param({"value_text": "85%", "forecast_text": "90%"}, id="forecast"),
        pytest.param({"value_text": "85% [p]"}, id="provisional"),
        pytest.param({"value_text": "85%", "rating_text": "red"}, id="rating"),
        pytest.param({"value_text": "85%", "rating_reason_text": "Audited"}, id="reason"),
    ],
)
def test_conflicting_rows_are_all_rejected(
    build_rows: FrameBuilder, expected: Expectations, again: dict[str, str]
) -> None:
    """Where rows for one figure differ in anything, nobody guesses which one is meant."""
    checked = check_rows(build_rows({"value_text": "85%"}, again), expected)
    assert _outcomes(checked) == ["rejected", "rejected"]
    assert _reasons(checked) == ["duplicate_conflicting", "duplicate_conflicting"]
    assert "Rows 2, 3 are all for ADS-01 and do not agree" in checked["outcome_text"].iloc[0]
    assert checked["outturn_value"].isna().all()


def test_two_alike_and_one_unlike_conflict(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """A majority decides nothing."""
    rows = build_rows({"value_text": "85%"}, {"value_text": "85%"}, {"value_text": "86%"})
    assert _outcomes(check_rows(rows, expected)) == ["rejected"] * 3


@pytest.mark.parametrize(
    ("count", "named"),
    [
        pytest.param(10, "Rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 are all for", id="ten"),
        pytest.param(11, "8, 9, 10, 11 and 1 more are all for ADS-01", id="eleven"),
    ],
)
def test_a_conflict_of_many_rows_names_the_first_ten(
    build_rows: FrameBuilder, expected: Expectations, count: int, named: str
) -> None:
    """A long list of rows is cut, so that the report does not grow with its square."""
    rows = build_rows(*({"value_text": f"{number}%"} for number in range(count)))
    assert named in check_rows(rows, expected)["outcome_text"].iloc[0]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"kpi_ref_text": "ADS-02"}, id="kpi"),
        pytest.param({"quarter_text": "2022-23-Q4"}, id="quarter"),
        pytest.param({"breakdown_type_text": "sex", "breakdown_category_text": "F"}, id="category"),
    ],
)
def test_rows_for_different_figures_do_not_conflict(
    build_rows: FrameBuilder, expected: Expectations, other: dict[str, str]
) -> None:
    """A figure is one KPI, one quarter and one category."""
    rows = build_rows({"value_text": "85%"}, {"value_text": "86%"} | other)
    assert _outcomes(check_rows(rows, expected)) == ["accepted", "accepted"]


def test_a_rejected_row_does_not_conflict_with_a_sound_one(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """A row that says nothing acceptable takes nothing from the row that does."""
    rows = build_rows({"value_text": "1.2.3"}, {"value_text": "85%"})
    assert _outcomes(check_rows(rows, expected)) == ["rejected", "accepted"]


def test_a_return_without_rows_has_no_outcomes(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """What has not come is checked into an empty frame of the right columns."""
    checked = check_rows(build_rows(), expected)
    stages.CheckedRows.validate(checked)
    assert checked.empty
    assert accepted_outturns(checked).empty
    assert rejected_rows(checked).empty


def test_rows_that_break_the_schema_are_rejected_with_each_check(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """What the parser lets through and the schema does not is rejected, and the rest kept."""
    rows = build_rows({"value_text": "85%"}, {"value_text": "85%", "kpi_ref_text": "ADS-02"})
    rows.loc[1, "file_name"] = "x" * 256
    rows.loc[1, "sheet_name"] = "x" * 65
    checked = check_rows(rows, expected)
    assert _outcomes(checked) == ["accepted", "rejected"]
    assert _reasons(checked) == [None, "schema"]
    assert "file_name fails the check str_length" in checked["outcome_text"].iloc[1]
    assert "sheet_name fails the check str_length" in checked["outcome_text"].iloc[1]
    stages.AcceptedOutturns.validate(accepted_outturns(checked), lazy=True)


def test_rows_of_one_identity_are_all_rejected(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """Rows that cannot be told apart cannot be traced, so none is accepted."""
    rows = build_rows({"value_text": "85%"}, {"value_text": "85%", "kpi_ref_text": "ADS-02"})
    checked = check_rows(rows.assign(row_id="adults::2"), expected)
    assert _outcomes(checked) == ["rejected", "rejected"]


def test_a_schema_fault_of_no_row_fails_the_return(build_accepted: FrameBuilder) -> None:
    """A failure that names no row cannot be put on one, so nothing is accepted."""
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        stages.AcceptedOutturns.validate(build_accepted({}).drop(columns="kpi_ref"), lazy=True)
    with pytest.raises(ReturnError, match=r"break their schema: .* report it with the return"):
        _problems_by_row(caught.value.failure_cases)


def test_the_order_and_labels_of_the_rows_do_not_matter(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """Rows are told apart by their identity, not by the frame's index."""
    rows = build_rows({"value_text": "85%"}, {"value_text": "1.2.3"}, {"value_text": "85%"})
    shuffled = rows.iloc[[2, 1, 0]].set_axis([7, 7, 7])
    checked = check_rows(shuffled, expected)
    assert checked["row_number"].tolist() == [4, 3, 2]
    assert _outcomes(checked) == ["accepted", "rejected", "ignored"]


REFERENCES = st.sampled_from(["ADS-01", "ads-02", "ADS-O1", "CHD-01", "", "\x00", None])
FIGURES = st.sampled_from(["85%", "85.0%", "86%", "0.5", "N/A", "[c]", "#DIV/0!", "£5", "", None])
PARTS = st.sampled_from(["5", "7", "0", "[c]", "1" * 60, None])
QUARTERS = st.sampled_from([None, "2023-24-Q1", "Q4 2022/23", "2023-24-Q2", "soon"])
KINDS = st.sampled_from([*[RowKind.DATA.value] * 6, *(kind.value for kind in RowKind)])
CELLS = st.tuples(
    KINDS,
    REFERENCES,
    QUARTERS,
    st.sampled_from([(None, None), ("sex", "F"), ("sex", "X"), ("age", None)]),
    FIGURES,
    PARTS,
    PARTS,
    FIGURES,
    st.sampled_from([None, "yes", "final", "perhaps"]),
    st.sampled_from([None, "Red", "n/a", "purple"]),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
)


def _return_of(cells: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    names = ["kpi_ref_text", "quarter_text", "breakdown_text", "value_text", "numerator_text"]
    names += ["denominator_text", "forecast_text", "provisional_text", "rating_text"]
    names += ["commentary_text"]
    absent = ["sheet_name", "kpi_name_text", "value_format_text", "action_text"]
    absent += ["previous_value_text", "rating_reason_text", "columns_text", "hidden_sheets_text"]
    absent += ["status_text", "action_owner_text", "action_due_text"]
    frame = pd.DataFrame(cells, columns=["row_kind_code", *names], dtype="object")
    by = pd.DataFrame(frame["breakdown_text"].tolist(), dtype="object")
    numbers = range(1, len(frame) + 1)
    frame = frame.assign(
        breakdown_type_text=by[0],
        breakdown_category_text=by[1],
        row_number=numbers,
        row_id=[f"adults::{number}" for number in numbers],
        row_text=[f"row {number}" for number in numbers],
        quarter_key="2023-24-Q1",
        source_code="adults",
        file_name="adults.csv",
        file_sha256="0" * 64,
        is_hidden=False,
        is_sum_of_months=False,
        counted_count=int((frame["row_kind_code"] != "blank").sum()),
        **dict.fromkeys(absent),
    )
    return conform(frame, stages.ReturnRows)


@settings(max_examples=25, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=60))
def test_no_row_is_lost_and_none_is_counted_twice(
    expected: Expectations, cells: list[tuple[object, ...]]
) -> None:
    """Accepted, rejected and ignored rows are the rows read, each once, with their texts."""
    rows = _return_of(cells)
    checked = check_rows(rows, expected)
    outcomes = Counter(_outcomes(checked))
    assert checked["row_id"].tolist() == rows["row_id"].tolist()
    assert outcomes["accepted"] + outcomes["rejected"] + outcomes["ignored"] == len(rows)
    for kept, given_as in (("raw_value_text", "value_text"), ("row_text", "row_text")):
        assert checked[kept].equals(rows[given_as])
    assert checked["commentary_text"].equals(rows["commentary_text"])
    assert len(accepted_outturns(checked)) == outcomes["accepted"]
    assert len(rejected_rows(checked)) == outcomes["rejected"]
    is_explained = checked["outcome_reason_code"].notna()
    assert (is_explained == (checked["row_outcome_code"] != "accepted")).all()
    says = ["outturn_value", "forecast_value", "stated_rag_code"]
    has_figure = checked[says].notna().any(axis=1) | checked["is_provisional"]
    assert not (has_figure & (checked["row_outcome_code"] != "accepted")).any()
    assert not np.isinf(checked["outturn_value"]).any()
    stages.CheckedRows.validate(checked, lazy=True)
    assert (
        ledger_imbalance(return_ledger(rows, checked, expected.source_code, expected.quarter))
        is None
    )
