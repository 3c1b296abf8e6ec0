"""A row's figure counts for one quarter, whatever the KPI's lag, or the row says what to write."""

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import UNITS
from perf_pipeline.validate import (
    CellContext,
    Expectations,
    Problem,
    accepted_outturns,
    check_rows,
)
from perf_pipeline.validate.expectations import Kpi
from perf_pipeline.validate.quarters_of_rows import quarter_of_row

FrameBuilder = Callable[..., pd.DataFrame]
RETURNED = Quarter(2023, 1)
QUARTERS = st.builds(Quarter, st.integers(2010, 2090), st.integers(1, 4))
FORMS = st.sampled_from(["key", "label"])


def lagging(quarters: int) -> Kpi:
    """Make a KPI whose figures lag by so many quarters."""
    return Kpi("ADS-01", "adults", True, quarters, False, CellContext(UNITS["number"]))


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_row_without_a_quarter_is_for_the_returns_own(lag: int) -> None:
    """The current figure needs no quarter, however far it lags."""
    assert quarter_of_row(None, lagging(lag), RETURNED) == (RETURNED, None)


@pytest.mark.parametrize(
    ("lag", "text", "key"),
    [
        pytest.param(0, "2023-24-Q1", "2023-24-Q1", id="current"),
        pytest.param(0, "Q4 2022/23", "2022-23-Q4", id="restatement"),
        pytest.param(1, "2022-23-Q4", "2023-24-Q1", id="period-of-the-current-figure"),
        pytest.param(1, "Q4 2022/23", "2023-24-Q1", id="its-label"),
        pytest.param(1, "2022-23-Q3", "2022-23-Q4", id="restatement-in-arrears"),
        pytest.param(1, "2022-23-Q1", "2022-23-Q2", id="a-year-back"),
        pytest.param(2, "2022-23-Q3", "2023-24-Q1", id="half-a-year-in-arrears"),
        pytest.param(2, "2022-23-Q1", "2022-23-Q3", id="restated-half-a-year-in-arrears"),
    ],
)
def test_a_row_that_names_a_period_counts_for_the_quarter_that_reports_it(
    lag: int, text: str, key: str
) -> None:
    """A figure about a quarter was reported as many quarters later as the KPI lags."""
    quarter, problem = quarter_of_row(text, lagging(lag), RETURNED)
    assert (quarter.key, problem) == (key, None)


@pytest.mark.parametrize(
    ("lag", "text", "found"),
    [
        pytest.param(
            1,
            "2023-24-Q1",
            "ADS-01 is reported 1 quarter in arrears, so this return is for its figure of "
            "Q4 2022/23. Write 2022-23-Q4, or leave the quarter empty.",
            id="the-returns-own",
        ),
        pytest.param(
            2,
            "Q4 2022/23",
            "ADS-01 is reported 2 quarters in arrears, so this return is for its figure of "
            "Q3 2022/23. Write 2022-23-Q3, or leave the quarter empty.",
            id="between",
        ),
    ],
)
def test_a_period_that_the_kpi_has_not_reached_is_refused(lag: int, text: str, found: str) -> None:
    """Whether such a figure is early or its quarter mistaken is not guessed."""
    quarter, problem = quarter_of_row(text, lagging(lag), RETURNED)
    assert quarter == RETURNED
    assert problem == Problem("quarter_not_reached", found)


@pytest.mark.parametrize(
    ("kpi", "due"),
    [
        pytest.param(None, "Q2 2023/24", id="kpi-not-known"),
        pytest.param(lagging(0), "Q2 2023/24", id="no-lag"),
        pytest.param(lagging(2), "Q4 2023/24", id="lag"),
    ],
)
def test_a_quarter_after_the_returns_is_sent_to_the_return_that_reports_it(
    kpi: Kpi | None, due: str
) -> None:
    """The message names the return in which the figure belongs."""
    quarter, problem = quarter_of_row("2023-24-Q2", kpi, RETURNED)
    assert quarter.key == "2023-24-Q2"
    assert problem is not None
    assert problem.code == "quarter_in_future"
    assert problem.text.endswith(f"Send it with the return for {due}.")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("q1 2023/24", "2023-24-Q1"),
        ("Q1 23/24", "2023-24-Q1"),
        ("Q1 2023-24", "2023-24-Q1"),
        ("Q1 2023/2024", "2023-24-Q1"),
        ("Q1, 2023\u201324", "2023-24-Q1"),
        ("Qtr 4 22/23", "2022-23-Q4"),
        ("Quarter 4 2022-23", "2022-23-Q4"),
        ("2022/23 Q4", "2022-23-Q4"),
        ("2023-04-01", "2023-24-Q1"),
        ("2023-03-31", "2022-23-Q4"),
        ("30/06/2023", "2023-24-Q1"),
        ("30.6.2023", "2023-24-Q1"),
        ("31-03-2023", "2022-23-Q4"),
        ("05/06/2023", "2023-24-Q1"),
        ("30 June 2023", "2023-24-Q1"),
        ("31-Mar-2023", "2022-23-Q4"),
        ("June 2023", "2023-24-Q1"),
        ("Apr-Jun 2023", "2023-24-Q1"),
        ("January to March 2023", "2022-23-Q4"),
        ("45107", "2023-24-Q1"),
    ],
)
def test_quarters_and_days_are_read_as_people_write_them(text: str, key: str) -> None:
    """A quarter, its months, or a day in it: all that has one reading is read."""
    quarter, problem = quarter_of_row(text, lagging(0), RETURNED)
    assert (quarter.key, problem) == (key, None)


@pytest.mark.parametrize(
    ("text", "returned", "found"),
    [
        pytest.param(
            "03/04/2023",
            RETURNED,
            "`03/04/2023` can be read as 3 April 2023 (Q1 2023/24) or as 4 March 2023 "
            "(Q4 2022/23). Write 2023-24-Q1 or 2022-23-Q4, as it is meant.",
            id="day-or-month-first",
        ),
        pytest.param(
            "Q1 2023",
            RETURNED,
            "`Q1 2023` can be read as quarter 1 of the financial year from 2023 (Q1 2023/24) or "
            "as quarter 1 of the calendar year 2023 (Q4 2022/23). Write 2023-24-Q1 or 2022-23-Q4, "
            "as it is meant.",
            id="financial-or-calendar-year",
        ),
        pytest.param(
            "43000",
            RETURNED,
            "`43000` can be read as 22 September 2017, in the calendar from 1900 (Q2 2017/18) or "
            "as 23 September 2021, in the calendar from 1904 (Q2 2021/22). Write 2017-18-Q2 or "
            "2021-22-Q2, as it is meant.",
            id="old-serial",
        ),
    ],
)
def test_a_quarter_with_two_readings_is_refused_with_both(
    text: str, returned: Quarter, found: str
) -> None:
    """Neither the day-first habit nor a calendar is guessed at."""
    quarter, problem = quarter_of_row(text, lagging(0), returned)
    assert (quarter, problem) == (
        returned,
        Problem("quarter_ambiguous", found),
    )


@pytest.mark.parametrize(
    "text",
    [
        "2023-24",
        "Q1",
        "Q5 2023/24",
        "Q1 2023/25",
        "Q1 2023/2124",
        "Q1 23/2024/25",
        "2023-02-30",
        "31/02/2023",
        "30/06/23",
        "Jun-23",
        "30 Juno 2023",
        "May to July 2023",
        "April to May 2023",
        "Aprils 2023",
        "99999",
        "January 0000",
        "April to June 0000",
        "0001-01-01",
        "30 June 0202",
        "1 Jan 1900",
        "30 June 1923",
        "31/12/1999",
        "Q3 1999/00",
        "Q1 1999",
        "36000",
        "9999-12-31",
        "January 2101",
        "2023-24-Q1\n",
        "Q1 2023/24\n",
        "Q1 20\u0662\u0663/24",
        "\u0664\u0665\u0661\u0660\u0667",
    ],
)
@pytest.mark.parametrize("kpi", [None, lagging(0), lagging(1)], ids=["none", "due", "lagging"])
def test_any_other_quarter_is_unreadable(text: str, kpi: Kpi | None) -> None:
    """Nor are years of two digits beside days, impossible days, or years long before or after."""
    quarter, problem = quarter_of_row(text, kpi, RETURNED)
    assert problem is not None
    assert (quarter, problem.code) == (RETURNED, "quarter_unreadable")


_WRITTEN = st.one_of(
    st.text(),
    st.dates().map(str),
    st.from_regex(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}", fullmatch=True),
    st.from_regex(
        r"([0-9]{1,2} )?(jan|feb|Apr|April to June|Oct-Dec|December) [0-9]{4}", fullmatch=True
    ),
    st.from_regex(r"Q[1-4] [0-9]{4}(/[0-9]{2,4})?", fullmatch=True),
    st.from_regex(r"[0-9]{5}", fullmatch=True),
)


@given(_WRITTEN)
def test_any_text_gives_a_quarter_or_a_problem(text: str) -> None:
    """Nothing that can be typed ends the run, and what is read is of a year of returns."""
    quarter, problem = quarter_of_row(text, lagging(0), RETURNED)
    assert problem is not None or Quarter(1999, 4) <= quarter <= RETURNED
    assert Quarter.parse(quarter.key) == quarter


def test_an_unknown_kpi_is_taken_not_to_lag() -> None:
    """A row is told of its reference, and not also of a quarter that may be right."""
    assert quarter_of_row("2023-24-Q1", None, RETURNED) == (RETURNED, None)


@given(QUARTERS, st.integers(0, 8), st.integers(-8, 20), FORMS)
def test_every_quarter_is_current_restated_not_reached_or_in_future(
    returned: Quarter, lag: int, back: int, form: str
) -> None:
    """The quarter named decides alone, and distinct quarters count for distinct quarters."""
    named = returned.shift(-back)
    text = str(getattr(named, form))
    quarter, problem = quarter_of_row(text, lagging(lag), returned)
    if back < 0:
        assert problem is not None
        assert (quarter, problem.code) == (named, "quarter_in_future")
    elif back < lag:
        assert problem is not None
        assert (quarter, problem.code) == (returned, "quarter_not_reached")
    else:
        assert problem is None
        assert quarter == returned.shift(lag - back)
        assert (quarter == returned) == (back == lag)


def test_rows_of_one_return_each_follow_their_own_kpi(
    build_rows: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> None:
    """The same quarter is the current figure of one KPI and a restatement of another's."""
    kpis = build_kpis({}, {"kpi_ref": "ADS-02", "arrears_quarter_count": 1})
    expected = Expectations.of(
        "adults", RETURNED, kpis, kpis["kpi_ref"], build_breakdowns({}), None
    )
    named = {"quarter_text": "2022-23-Q4", "value_text": "85%"}
    rows = build_rows(named, named | {"kpi_ref_text": "ADS-02"})
    accepted = accepted_outturns(check_rows(rows, expected))
    assert accepted["quarter_key"].tolist() == ["2022-23-Q4", "2023-24-Q1"]


def test_a_breakdown_in_arrears_is_current_where_it_names_the_period(
    build_rows: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> None:
    """The period that the return is for is no earlier quarter, for breakdowns either."""
    kpis = build_kpis({"arrears_quarter_count": 1})
    expected = Expectations.of(
        "adults", RETURNED, kpis, kpis["kpi_ref"], build_breakdowns({}), None
    )
    row = {"breakdown_type_text": "sex", "breakdown_category_text": "F", "value_text": "85%"}
    rows = build_rows(row | {"quarter_text": "2022-23-Q4"}, row | {"quarter_text": "2022-23-Q3"})
    checked = check_rows(rows, expected)
    assert checked["quarter_key"].tolist() == ["2023-24-Q1", "2022-23-Q4"]
    assert checked["outcome_reason_code"].iloc[1] == "breakdown_of_earlier_quarter"
    assert checked["row_outcome_code"].tolist() == ["accepted", "rejected"]


def test_a_restatement_in_arrears_may_be_of_a_quarter_in_which_none_is_due_now(
    build_rows: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> None:
    """A figure named as the current period is held to the due date, a restated one is not."""
    kpis = build_kpis({"arrears_quarter_count": 1, "is_due": False})
    expected = Expectations.of(
        "adults", RETURNED, kpis, kpis["kpi_ref"], build_breakdowns({}), None
    )
    row = {"value_text": "85%"}
    rows = build_rows(row | {"quarter_text": "2022-23-Q4"}, row | {"quarter_text": "2022-23-Q3"})
    checked = check_rows(rows, expected)
    assert checked["outcome_reason_code"].iloc[0] == "kpi_not_due"
    assert checked["row_outcome_code"].tolist() == ["rejected", "accepted"]
