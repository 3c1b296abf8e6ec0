"""Which quarter and which notice is due on a day, over every kind of calendar and outage."""

import datetime as dt

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perf_pipeline.council.timetable import Timetable
from perf_pipeline.notices import ReturnsNotice
from perf_pipeline.orchestration.automation.due import (
    due_quarter,
    latest_due_quarter,
    returns_notice,
    skipped_quarters,
)
from perf_pipeline.orchestration.automation.freshness import deadline_day
from perf_pipeline.quarters import Quarter

FIRST = Quarter(2023, 1)
DAY = dt.timedelta(days=1)
SIX = dt.time(6)

timetables = st.builds(
    Timetable,
    deadline_working_days=st.integers(5, 30),
    run_working_day=st.integers(1, 60),
    run_time=st.just(SIX),
    reminder_working_days=st.integers(1, 4),
    watched_quarters=st.just(2),
    watch_seconds=st.just(60),
)
first_quarters = st.builds(Quarter, st.integers(2001, 2090), st.integers(1, 4))


def usual(run_working_day: int = 11) -> Timetable:
    """Return a timetable whose returns are due on working day 10."""
    return Timetable(10, run_working_day, SIX, 3, 2, 60)


def proposed(
    days: list[dt.date], timetable: Timetable, first: Quarter, *, is_drafted: bool = True
) -> list[Quarter]:
    """Ask on each day and return what was proposed; what is proposed is known from then on."""
    known: set[Quarter] = set()
    found = []
    for day in days:
        due = due_quarter(day, timetable, first, known)
        if due is not None:
            found.append(due)
            known.add(due)
        assert not is_drafted or skipped_quarters(day, timetable, first, known) == []
    return found


@settings(deadline=None, max_examples=15)
@given(timetable=timetables, first=first_quarters)
@example(timetable=usual(), first=Quarter(2023, 3))
@example(timetable=usual(60), first=Quarter(2027, 1))
def test_each_quarter_is_proposed_once_on_its_working_day(
    timetable: Timetable, first: Quarter
) -> None:
    """Asked every day of two years (leap days, bank holidays), every quarter comes up once."""
    start = first.start_date
    days = [start + DAY * count for count in range(2 * 366)]
    when: dict[Quarter, dt.date] = {}
    for day in days:
        due = due_quarter(day, timetable, first, when.keys())
        if due is not None:
            when[due] = day
    expected = [first.shift(count) for count in range(10)]
    assert when == {
        quarter: timetable.run_date(quarter)
        for quarter in expected
        if timetable.run_date(quarter) <= days[-1]
    }


@settings(deadline=None, max_examples=50)
@given(
    timetable=timetables,
    first=first_quarters,
    outages=st.lists(st.integers(1, 60), min_size=1, max_size=30),
)
def test_each_quarter_is_proposed_once_whatever_was_missed(
    timetable: Timetable, first: Quarter, outages: list[int]
) -> None:
    """However long nobody asked, up to a month before the next is due: once each, in order."""
    days, day = [], first.start_date
    for gap in outages:
        day += DAY * gap
        days.append(day)
    found = proposed(days, timetable, first, is_drafted=False)
    assert found == sorted(set(found))
    asked = {latest_due_quarter(each, timetable) for each in days}
    assert set(found) == {quarter for quarter in asked if quarter >= first}


@settings(deadline=None, max_examples=50)
@given(
    timetable=timetables,
    first=first_quarters,
    offset=st.integers(0, 12),
    gap=st.integers(5, 20),
)
def test_outage_over_the_due_day_delays_the_proposal_only(
    timetable: Timetable, first: Quarter, offset: int, gap: int
) -> None:
    """A daemon down over the day, five days or more, proposes the quarter when it is up."""
    quarter = first.shift(offset)
    due = timetable.run_date(quarter)
    days = [due - DAY * 2, due - DAY, *(due + DAY * (gap + more) for more in range(4))]
    known = [first.shift(count) for count in range(offset)]
    found = [due_quarter(day, timetable, first, known) for day in days]
    assert found == [None, None, quarter, quarter, quarter, quarter]
    assert due_quarter(days[-1], timetable, first, [*known, quarter]) is None


@settings(deadline=None, max_examples=50)
@given(
    timetable=timetables,
    first=first_quarters,
    days=st.lists(st.integers(0, 1500), min_size=2, max_size=40),
)
def test_clock_that_goes_backwards_proposes_nothing_again(
    timetable: Timetable, first: Quarter, days: list[int]
) -> None:
    """In whatever order days come, no quarter comes twice and none after a later one."""
    start = first.start_date
    found = proposed([start + DAY * day for day in days], timetable, first, is_drafted=False)
    assert found == sorted(set(found))


def test_draft_made_by_hand_is_enough() -> None:
    """A quarter that somebody ran before its day is not proposed."""
    day = usual().run_date(FIRST)
    assert due_quarter(day, usual(), FIRST, []) == FIRST
    assert due_quarter(day, usual(), FIRST, [FIRST]) is None


def test_quarter_before_the_first_is_not_due() -> None:
    """Nothing is due before the council's first quarter has ended and its day has come."""
    assert due_quarter(dt.date(2023, 7, 16), usual(), FIRST, []) is None
    assert due_quarter(dt.date(2023, 7, 17), usual(), FIRST, []) == FIRST


def test_older_quarters_are_named_and_not_proposed() -> None:
    """Quarters that nobody ran are listed up to the one that is due, which is proposed alone."""
    day = usual().run_date(FIRST.shift(3))
    drafted = [FIRST.shift(1)]
    assert due_quarter(day, usual(), FIRST, drafted) == FIRST.shift(3)
    assert skipped_quarters(day, usual(), FIRST, drafted) == [FIRST, FIRST.shift(2)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(dt.date(2023, 7, 10), None, id="day before the reminder"),
        pytest.param(dt.date(2023, 7, 11), ReturnsNotice.REMINDER, id="reminder's day"),
        pytest.param(dt.date(2023, 7, 14), ReturnsNotice.REMINDER, id="deadline"),
        pytest.param(dt.date(2023, 7, 15), ReturnsNotice.OVERDUE, id="day after"),
        pytest.param(dt.date(2023, 9, 30), ReturnsNotice.OVERDUE, id="quarter's last day"),
    ],
)
def test_notice_of_missing_returns(day: dt.date, expected: ReturnsNotice | None) -> None:
    """Missing returns are reminded of three working days before, and overdue after the day."""
    found = returns_notice(day, usual(), FIRST)
    assert found == (None if expected is None else (FIRST, expected))


def test_no_notice_before_the_first_quarter() -> None:
    """The quarter before the council's first is nobody's."""
    assert returns_notice(dt.date(2023, 6, 30), usual(), FIRST) is None


@settings(deadline=None, max_examples=50)
@given(
    quarter=st.builds(Quarter, st.integers(2000, 2098), st.integers(1, 4)),
    working_day=st.integers(1, 52),
)
def test_freshness_deadline_follows_every_run_day(quarter: Quarter, working_day: int) -> None:
    """The fixed day of the policy is after the working day in every quarter of the century."""
    month, day = deadline_day(working_day)
    start = quarter.shift(1).start_date
    deadline = dt.date(start.year, start.month + month, day)
    assert usual(working_day).run_date(quarter) < deadline < quarter.shift(2).start_date


@pytest.mark.parametrize(
    ("working_day", "expected"),
    [(1, (0, 7)), (16, (0, 28)), (17, (1, 1)), (30, (1, 20)), (60, (2, 28))],
)
def test_freshness_deadline_is_a_day_of_every_month(
    working_day: int, expected: tuple[int, int]
) -> None:
    """The policy's day exists in every month, and is in the quarter."""
    assert deadline_day(working_day) == expected
