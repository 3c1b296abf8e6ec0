"""Rejected rows that a role accepts: taken as they were sent, and no other row is touched."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import AcceptableReason
from perf_pipeline.schemas import stages
from perf_pipeline.summarise import accepted_rows
from perf_pipeline.validate import (
    Expectations,
    accepted_as_sent_rows,
    check_rows,
    ledger_imbalance,
    return_ledger,
)
from perf_pipeline_tests.unit.builders import FrameBuilder, accepting

Checker = Callable[..., pd.DataFrame]
Cells = dict[str, Any]

OUT_OF_RANGE: Cells = {"value_text": "106%"}
DISAGREES: Cells = {"value_text": "71.2%", "numerator_text": "5", "denominator_text": "7"}
NOT_DUE: Cells = {"kpi_ref_text": "ADS-02", "value_text": "12"}
BOTH: Cells = {"value_text": "171.2%", "numerator_text": "12", "denominator_text": "7"}
SAYS = ["outturn_status_code", "outturn_value", "numerator_value", "denominator_value"]


@pytest.fixture(scope="session")
def expect(build_kpis: FrameBuilder, build_breakdowns: FrameBuilder) -> Callable[..., Expectations]:
    """Return a function that says what rows are checked against, with what was accepted."""
    kpis = build_kpis(
        {}, {"kpi_ref": "ADS-02", "unit_code": "number", "maximum_value": None, "is_due": False}
    )

    def expect(*acceptances: Cells, accepts: pd.DataFrame | None = None) -> Expectations:
        return Expectations.of(
            "adults",
            Quarter(2023, 1),
            kpis,
            kpis["kpi_ref"],
            build_breakdowns({}),
            None,
            accepted_rows=accepting(*acceptances) if accepts is None else accepts,
        )

    return expect


@pytest.fixture(scope="session")
def check(build_rows: FrameBuilder, expect: Callable[..., Expectations]) -> Checker:
    """Return a function that checks rows of `adults`, the first being row 2, with acceptances."""

    def check(rows: Sequence[Cells], *acceptances: Cells) -> pd.DataFrame:
        return check_rows(build_rows(*rows), expect(*acceptances))

    return check


def outcomes(checked: pd.DataFrame) -> list[str]:
    """Return the rows' outcomes."""
    return checked["row_outcome_code"].tolist()


@pytest.mark.parametrize(
    ("cells", "reasons", "says"),
    [
        pytest.param(OUT_OF_RANGE, ["out_of_range"], ["given", 106, None, None], id="range"),
        pytest.param(DISAGREES, ["value_disagrees"], ["given", 71.2, 5, 7], id="disagrees"),
        pytest.param(
            {"value_text": "5%", "numerator_text": "5", "denominator_text": "0"},
            ["value_disagrees"],
            ["given", 5, 5, 0],
            id="nothing-counted",
        ),
        pytest.param(NOT_DUE, ["kpi_not_due"], ["given", 12, None, None], id="not-due"),
        pytest.param(
            BOTH, ["out_of_range", "value_disagrees"], ["given", 171.2, 12, 7], id="two-reasons"
        ),
    ],
)
def test_an_accepted_row_says_what_was_sent(
    check: Checker, cells: Cells, reasons: list[str], says: list[Any]
) -> None:
    """The figure is the cell's, with its parts as sent, and not their ratio."""
    checked = check([cells], *({"reason_code": reason} for reason in reasons))
    row = checked.iloc[0]
    assert row["row_outcome_code"] == "accepted"
    assert [None if pd.isna(value) else value for value in row[SAYS]] == says
    stages.CheckedRows.validate(checked, lazy=True)


def test_what_is_wrong_stays_beside_an_accepted_row(check: Checker) -> None:
    """Why it would have been rejected is kept with it."""
    (row,) = accepted_as_sent_rows(check([OUT_OF_RANGE], {})).to_dict("records")
    assert row["outcome_reason_code"] == "out_of_range"
    assert "106 is outside the KPI's range (0 to 100)" in row["outcome_text"]


def test_figures_beside_the_accepted_one_are_taken_as_sent_too(check: Checker) -> None:
    """A forecast out of range is published where the row was accepted with that reason."""
    (row,) = check([{"value_text": "85%", "forecast_text": "106%"}], {}).to_dict("records")
    assert (row["outturn_value"], row["forecast_value"]) == (85, 106)


@pytest.mark.parametrize(
    "acceptance",
    [
        pytest.param({"file_sha256": "1" * 64}, id="another-content"),
        pytest.param({"row_number": 3}, id="another-row"),
        pytest.param({"sheet_name": "KPIs"}, id="another-sheet"),
        pytest.param({"source_code": "children"}, id="another-source"),
        pytest.param({"quarter_key": "2023-24-Q2"}, id="another-quarter"),
        pytest.param({"reason_code": "value_disagrees"}, id="another-reason"),
    ],
)
def test_an_acceptance_holds_for_that_row_of_that_file_alone(
    check: Checker, acceptance: Cells
) -> None:
    """A return sent anew, or any other place or reason, is looked at anew."""
    assert outcomes(check([OUT_OF_RANGE], acceptance)) == ["rejected"]


def test_every_reason_has_to_be_accepted(check: Checker) -> None:
    """A row with two things wrong is not taken for the one of them."""
    assert outcomes(check([BOTH], {"reason_code": "out_of_range"})) == ["rejected"]


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param({"value_text": "0.75"}, id="two-readings"),
        pytest.param({"value_text": "nil"}, id="nil"),
        pytest.param({"value_text": "seven"}, id="not-a-number"),
        pytest.param({"value_text": "106%", "quarter_text": "2024"}, id="no-quarter"),
        pytest.param({"value_text": "106%", "kpi_ref_text": "ADS-09"}, id="no-kpi"),
        pytest.param({"value_text": "106%", "breakdown_type_text": "x"}, id="no-breakdown"),
        pytest.param({"value_text": "106%", "forecast_text": "0.8"}, id="forecast-of-two-readings"),
    ],
)
def test_a_row_that_can_be_read_in_two_ways_is_never_taken(check: Checker, cells: Cells) -> None:
    """Nobody would know which figure, KPI, quarter or category was accepted."""
    acceptances = [{"reason_code": reason.value} for reason in AcceptableReason]
    assert outcomes(check([cells], *acceptances)) == ["rejected"]


def test_a_row_of_a_kpi_that_has_a_figure_stays_rejected(check: Checker) -> None:
    """An acceptance turns no other row out, also where both are of the same KPI."""
    checked = check([OUT_OF_RANGE, {"value_text": "85%"}], {})
    assert outcomes(checked) == ["rejected", "accepted"]
    assert checked["outcome_reason_code"].iloc[0] == "out_of_range"


def test_two_accepted_rows_of_one_kpi_stay_rejected(check: Checker) -> None:
    """Which of them is meant is not guessed."""
    checked = check([OUT_OF_RANGE, {"value_text": "107%"}], {}, {"row_number": 3})
    assert outcomes(checked) == ["rejected", "rejected"]


def test_an_accepted_row_of_an_accepted_sheet(
    build_rows: FrameBuilder, expect: Callable[..., Expectations]
) -> None:
    """In a workbook the sheet is part of the place."""
    rows = build_rows(OUT_OF_RANGE | {"sheet_name": "KPIs", "row_id": "adults:KPIs:2"})
    checked = check_rows(rows, expect({"sheet_name": "KPIs"}))
    assert outcomes(checked) == ["accepted"]


@pytest.mark.parametrize(
    ("column", "taken"),
    [
        (None, ["accepted", "rejected", "rejected"]),
        ("C", ["rejected", "accepted", "rejected"]),
        ("D", ["rejected", "rejected", "accepted"]),
    ],
)
def test_an_acceptance_is_of_one_figure_of_a_wide_row(
    build_rows: FrameBuilder,
    expect: Callable[..., Expectations],
    column: str | None,
    taken: list[str],
) -> None:
    """The other figures of the same row stay rejected, and the report names the one alone."""
    own = OUT_OF_RANGE | {"row_number": 2, "row_id": "adults::2"}
    others = [
        own | {"row_id": f"adults::2:{letter}", "quarter_text": quarter}
        for letter, quarter in (("C", "2022-23-Q4"), ("D", "2022-23-Q3"))
    ]
    accepts = accepting({"column_code": column})
    checked = check_rows(build_rows(own, *others), expect(accepts=accepts))
    assert outcomes(checked) == taken
    (reported,) = accepted_rows(accepted_as_sent_rows(checked), accepts).to_dict("records")
    assert reported["row_id"] == ("adults::2" if column is None else f"adults::2:{column}")


def test_acceptances_of_rows_that_are_accepted_change_nothing(check: Checker) -> None:
    """A row without fault is what it was."""
    plain = check([{"value_text": "85%"}])
    assert check([{"value_text": "85%"}], {}).equals(plain)


CELLS = st.fixed_dictionaries(
    {
        "kpi_ref_text": st.sampled_from(["ADS-01", "ADS-02", "ADS-09", None]),
        "value_text": st.sampled_from(["85%", "106%", "-3%", "71.2%", "0.75", "12", "N/A", "x"]),
        "numerator_text": st.sampled_from([None, None, "5", "x"]),
        "denominator_text": st.sampled_from([None, None, "7", "0"]),
        "forecast_text": st.sampled_from([None, None, "106%"]),
        "quarter_text": st.sampled_from([None, None, "2022-23-Q4", "2024"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(CELLS, min_size=1, max_size=12),
    accepted=st.sets(
        st.tuples(st.integers(2, 13), st.sampled_from([each.value for each in AcceptableReason]))
    ),
)
def test_accepting_changes_no_other_row_and_no_figure(
    build_rows: FrameBuilder,
    expect: Callable[..., Expectations],
    rows: list[Cells],
    accepted: set[tuple[int, str]],
) -> None:
    """Only rows that were named are otherwise than before, and their figure is the cell as sent."""
    sent = build_rows(*rows)
    names = ("row_number", "reason_code")
    accepts = [dict(zip(names, each, strict=True)) for each in sorted(accepted)]
    expected = expect(*accepts)
    before, after = check_rows(sent, expect()), check_rows(sent, expected)
    is_same = [
        one.equals(other)
        for (_, one), (_, other) in zip(before.iterrows(), after.iterrows(), strict=True)
    ]
    changed = after[[not same for same in is_same]]
    named = {(row, reason) for row, reason in accepted}
    assert set(changed.index) == set(
        after.index[
            (after["row_outcome_code"] == "accepted") & (before["row_outcome_code"] != "accepted")
        ]
    )
    for row in changed.to_dict("records"):
        reasons = row["outcome_reason_code"].split("; ")
        assert {(row["row_number"], reason) for reason in reasons} <= named
        assert (
            row["outcome_reason_code"]
            == before.loc[before["row_id"] == row["row_id"], "outcome_reason_code"].item()
        )
        cell = row["raw_value_text"].rstrip("%")
        if row["outturn_status_code"] == "given":
            assert Decimal(repr(row["outturn_value"])) == Decimal(cell)
    assert (
        ledger_imbalance(
            return_ledger(sent, after, expected.source_code, expected.quarter).assign(
                counted_count=len(sent)
            )
        )
        is None
    )
