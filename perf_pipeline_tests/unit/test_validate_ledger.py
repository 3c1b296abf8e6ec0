"""The ledger accounts for every row of a return, and says where it does not add up."""

from collections.abc import Callable

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import stages
from perf_pipeline.validate import (
    Expectations,
    check_rows,
    count_mismatch,
    ledger_imbalance,
    return_ledger,
)

FrameBuilder = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def expected(build_kpis: FrameBuilder, build_breakdowns: FrameBuilder) -> Expectations:
    """What rows of `adults` are checked against: two percentages and a breakdown by sex."""
    kpis = build_kpis({}, {"kpi_ref": "ADS-02"})
    return Expectations.of(
        "adults", Quarter(2023, 1), kpis, kpis["kpi_ref"], build_breakdowns({}), None
    )


def test_the_ledger_counts_every_outcome_and_reason(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """Each row of a return stands in one count of its outcome and one of its reason."""
    rows = build_rows(
        {"row_kind_code": "title"},
        {"row_kind_code": "heading"},
        {"value_text": "85%"},
        {"value_text": "85%", "is_hidden": True},
        {"value_text": "1.2.3"},
        {"row_kind_code": "blank"},
        {"row_kind_code": "note"},
        {"row_kind_code": "total"},
    ).assign(counted_count=pd.array([7] * 8, dtype="Int64"))
    ledger = return_ledger(rows, check_rows(rows, expected), expected.source_code, expected.quarter)
    stages.ReturnLedger.validate(ledger)
    assert ledger.drop(columns="hidden_sheets_text").iloc[0].to_dict() == {
        "quarter_key": "2023-24-Q1",
        "source_code": "adults",
        "file_name": "adults.csv",
        "file_sha256": "0" * 64,
        "read_count": 8,
        "accepted_count": 1,
        "rejected_count": 1,
        "ignored_count": 6,
        "blank_count": 1,
        "heading_count": 2,
        "note_count": 1,
        "total_count": 1,
        "duplicate_count": 1,
        "hidden_count": 1,
        "spread_count": 0,
        "counted_count": 7,
    }
    assert ledger_imbalance(ledger) is None


def test_a_return_that_has_not_come_balances_at_nothing(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """An absent return has an account of zeros, without a file."""
    rows = build_rows()
    ledger = return_ledger(rows, check_rows(rows, expected), expected.source_code, expected.quarter)
    stages.ReturnLedger.validate(ledger)
    assert ledger["file_name"].isna().all()
    assert ledger.filter(like="_count").sum(axis=None) == 0
    assert ledger_imbalance(ledger) is None


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        pytest.param(
            {"read_count": 11, "counted_count": 10},
            "adults: 11 rows read, 10 settled",
            id="row-lost",
        ),
        pytest.param({"accepted_count": 5}, "adults: 10 rows read, 11 settled", id="row-twice"),
        pytest.param({"rejected_count": 0}, "adults: 10 rows read, 9 settled", id="rejection-lost"),
        pytest.param(
            {"note_count": 0}, "adults: 5 rows ignored, 4 of them with a reason", id="no-reason"
        ),
        pytest.param(
            {"counted_count": 12},
            "adults: 9 rows that are not blank read, 12 counted by the second reader",
            id="second-reader-saw-more",
        ),
        pytest.param(
            {"counted_count": 8},
            "adults: 9 rows that are not blank read, 8 counted by the second reader",
            id="second-reader-saw-fewer",
        ),
    ],
)
def test_an_account_that_does_not_add_up_is_told(
    build_ledger: FrameBuilder, changed: dict[str, int], fault: str
) -> None:
    """Each way in which a ledger can fail has its sentence."""
    assert ledger_imbalance(build_ledger(changed)) == fault


def test_every_source_out_of_balance_is_named(build_ledger: FrameBuilder) -> None:
    """One look at the ledger shows all that is wrong."""
    ledger = build_ledger({"accepted_count": 5}, {"source_code": "children", "counted_count": 1})
    fault = ledger_imbalance(ledger)
    assert fault is not None
    assert [part.split(":")[0] for part in fault.split("; ")] == ["adults", "children"]


@pytest.mark.parametrize(
    ("kinds", "counted", "mismatch"),
    [
        pytest.param([], 0, None, id="not-come"),
        pytest.param(["heading", "data", "note"], 3, None, id="agree"),
        pytest.param(["heading", "blank", "data"], 2, None, id="blank-rows-are-not-counted"),
        pytest.param(
            ["heading", "data"],
            3,
            "2 rows that are not blank were read; the second reader counts 3.",
            id="row-lost",
        ),
        pytest.param(
            ["heading", "data", "blank"],
            1,
            "2 rows that are not blank were read; the second reader counts 1.",
            id="row-made-up",
        ),
    ],
)
def test_two_readers_must_count_the_same_rows(
    build_rows: FrameBuilder, kinds: list[str], counted: int, mismatch: str | None
) -> None:
    """A row that one reader has and the other has not is told, with both counts."""
    rows = build_rows(*({"row_kind_code": kind, "counted_count": counted} for kind in kinds))
    assert count_mismatch(rows) == mismatch


def test_several_figures_of_one_row_are_one_row_counted(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """Each is a row read with an outcome of its own, and the account says so."""
    figures = [
        {"row_id": f"adults::2{column}", "row_number": 2, "value_text": "85%"} | row
        for column, row in (("", {}), (":5", {"quarter_text": "2022-23-Q4"}), (":6", {}))
    ]
    rows = build_rows(
        {"row_kind_code": "heading", "row_number": 1, "row_id": "adults::1"}, *figures
    )
    rows = rows.assign(counted_count=pd.array([2] * 4, dtype="Int64"))
    ledger = return_ledger(rows, check_rows(rows, expected), expected.source_code, expected.quarter)
    counts = ["read_count", "accepted_count", "duplicate_count", "spread_count", "counted_count"]
    assert ledger[counts].iloc[0].tolist() == [4, 2, 1, 2, 2]
    assert (count_mismatch(rows), ledger_imbalance(ledger)) == (None, None)


def test_a_row_lost_among_several_figures_is_told(
    build_rows: FrameBuilder, expected: Expectations
) -> None:
    """The further figures of one row do not make up for a row that was not read."""
    figures = [{"row_id": f"adults::2:{column}", "row_number": 2} for column in range(3)]
    rows = build_rows(*figures).assign(counted_count=pd.array([2] * 3, dtype="Int64"))
    ledger = return_ledger(rows, check_rows(rows, expected), expected.source_code, expected.quarter)
    assert count_mismatch(rows) == (
        "1 rows that are not blank were read; the second reader counts 2."
    )
    assert ledger_imbalance(ledger) == (
        "adults: 1 rows that are not blank read, 2 counted by the second reader"
    )
