"""A financial quarter is read, written, counted and dated as April to March."""

import datetime as dt
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.errors import QuarterError
from perf_pipeline.quarters import Quarter

QUARTERS = st.builds(Quarter, st.integers(1900, 2098), st.integers(1, 4))


@given(QUARTERS)
def test_a_key_reads_back_as_its_quarter(quarter: Quarter) -> None:
    """Writing a quarter's key and reading it gives the quarter."""
    assert Quarter.parse(quarter.key) == quarter


@pytest.mark.parametrize(
    ("quarter", "key", "label", "long_label"),
    [
        pytest.param(
            Quarter(2023, 1), "2023-24-Q1", "Q1 2023/24", "Q1 2023/2024", id="first-report"
        ),
        pytest.param(Quarter(1999, 4), "1999-00-Q4", "Q4 1999/00", "Q4 1999/2000", id="century"),
        pytest.param(Quarter(2008, 2), "2008-09-Q2", "Q2 2008/09", "Q2 2008/2009", id="two-digits"),
    ],
)
def test_a_quarter_is_written_in_three_ways(
    quarter: Quarter, key: str, label: str, long_label: str
) -> None:
    """A quarter has a key, a label and a long label; its text is its key."""
    assert (quarter.key, quarter.label, quarter.long_label) == (key, label, long_label)
    assert str(quarter) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-24",
        "2023-24-Q0",
        "2023-24-Q5",
        "2023-24-q1",
        "2023/24-Q1",
        "Q1 2023/24",
        "1823-24-Q1",
        "2023-24-Q1 ",
        "2023-24-Q1\n",
        "2023-2024-Q1",
        "20\u0662\u0663-24-Q1",
        "2023-24-Q\uff11",
    ],
)
def test_a_text_that_is_no_key_is_refused_with_an_example(text: str) -> None:
    """What is not a key is named, with a key to write instead."""
    with pytest.raises(QuarterError, match="Write it like 2023-24-Q1") as caught:
        Quarter.parse(text)
    assert f"`{text}`" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("2023-25-Q1", "2023-24-Q1", id="year-too-late"),
        pytest.param("2023-23-Q2", "2023-24-Q2", id="same-year-twice"),
        pytest.param("1999-01-Q3", "1999-00-Q3", id="century"),
    ],
)
def test_years_that_do_not_follow_each_other_are_refused_with_a_suggestion(
    text: str, meant: str
) -> None:
    """A key whose years disagree suggests the key of its first year."""
    with pytest.raises(QuarterError, match=rf"Did you mean {meant}\?"):
        Quarter.parse(text)


@pytest.mark.parametrize("number", [0, 5, -1])
def test_a_year_has_four_quarters(number: int) -> None:
    """No quarter has a number other than 1 to 4."""
    with pytest.raises(QuarterError, match=f"1 to 4, not {number}"):
        Quarter(2023, number)


@pytest.mark.parametrize(
    ("day", "key"),
    [
        pytest.param(dt.date(2023, 4, 1), "2023-24-Q1", id="first-day"),
        pytest.param(dt.date(2023, 6, 30), "2023-24-Q1", id="last-of-Q1"),
        pytest.param(dt.date(2023, 7, 1), "2023-24-Q2", id="first-of-Q2"),
        pytest.param(dt.date(2023, 12, 31), "2023-24-Q3", id="new-years-eve"),
        pytest.param(dt.date(2024, 1, 1), "2023-24-Q4", id="new-years-day"),
        pytest.param(dt.date(2024, 2, 29), "2023-24-Q4", id="leap-day"),
        pytest.param(dt.date(2000, 2, 29), "1999-00-Q4", id="leap-day-of-a-century"),
        pytest.param(dt.date(2024, 3, 31), "2023-24-Q4", id="last-day"),
    ],
)
def test_a_date_falls_into_its_financial_quarter(day: dt.date, key: str) -> None:
    """January to March belong to the year that began in the April before."""
    assert Quarter.containing(day).key == key


@given(st.dates(dt.date(1900, 4, 1), dt.date(2099, 3, 31)))
def test_a_date_falls_into_exactly_one_quarter(day: dt.date) -> None:
    """A date lies between its quarter's ends, and not between its neighbours'."""
    quarter = Quarter.containing(day)
    around = [quarter.shift(-1), quarter, quarter.shift(1)]
    assert [each.start_date <= day <= each.end_date for each in around] == [False, True, False]


@pytest.mark.parametrize(
    ("key", "start", "end", "days"),
    [
        pytest.param("2023-24-Q1", dt.date(2023, 4, 1), dt.date(2023, 6, 30), 91, id="Q1"),
        pytest.param("2023-24-Q2", dt.date(2023, 7, 1), dt.date(2023, 9, 30), 92, id="Q2"),
        pytest.param("2023-24-Q3", dt.date(2023, 10, 1), dt.date(2023, 12, 31), 92, id="Q3"),
        pytest.param("2023-24-Q4", dt.date(2024, 1, 1), dt.date(2024, 3, 31), 91, id="Q4-leap"),
        pytest.param("2022-23-Q4", dt.date(2023, 1, 1), dt.date(2023, 3, 31), 90, id="Q4"),
    ],
)
def test_a_quarter_begins_and_ends_on_its_days(
    key: str, start: dt.date, end: dt.date, days: int
) -> None:
    """A leap day makes the fourth quarter a day longer."""
    quarter = Quarter.parse(key)
    assert (quarter.start_date, quarter.end_date) == (start, end)
    assert (end - start).days + 1 == days


@given(QUARTERS)
def test_quarters_follow_each_other_without_a_gap(quarter: Quarter) -> None:
    """A quarter begins on the day after the one before has ended."""
    assert quarter.start_date - quarter.previous.end_date == dt.timedelta(days=1)


def test_a_quarter_is_a_value() -> None:
    """Equal quarters are one key of a mapping, and none can be changed."""
    quarter = Quarter(2023, 1)
    assert {quarter: "first"}[Quarter.parse("2023-24-Q1")] == "first"
    with pytest.raises(FrozenInstanceError):
        quarter.number = 2


@given(QUARTERS, st.integers(-200, 200))
def test_shifting_back_undoes_shifting(quarter: Quarter, by: int) -> None:
    """So many quarters on and as many back is where it began."""
    assert quarter.shift(by).shift(-by) == quarter


@given(QUARTERS, st.integers(1, 200))
def test_keys_sort_as_time_passes(quarter: Quarter, by: int) -> None:
    """A later quarter is greater, and so is its key as text."""
    later = quarter.shift(min(by, (2098 - quarter.year) * 4 + 4 - quarter.number))
    assert (quarter < later) == (quarter.key < later.key) == (later != quarter)


def test_the_same_quarter_last_year_is_four_quarters_back() -> None:
    """Last year's quarter has the same number and begins a year earlier."""
    assert Quarter.parse("2023-24-Q1").last_year == Quarter.parse("2022-23-Q1")


def test_the_quarter_before_the_first_is_last_years_fourth() -> None:
    """Quarters run on across the turn of the financial year."""
    assert Quarter.parse("2023-24-Q1").previous == Quarter.parse("2022-23-Q4")


@given(QUARTERS, st.integers(-20, 200))
def test_quarters_through_another(quarter: Quarter, by: int) -> None:
    """Each follows the one before, both ends among them; none where the last is earlier."""
    last = quarter.shift(by)
    through = quarter.through(last)
    assert len(through) == max(by + 1, 0)
    assert through == [quarter.shift(place) for place in range(by + 1)]
    assert through[-1:] == ([last] if by >= 0 else [])
