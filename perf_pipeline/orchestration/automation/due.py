"""What is due on a day: which quarter's run, which notice about returns. No clock, no Dagster."""

import datetime as dt
from collections.abc import Collection

from perf_pipeline.council import Timetable
from perf_pipeline.notices import ReturnsNotice
from perf_pipeline.quarters import Quarter


def latest_due_quarter(today: dt.date, timetable: Timetable) -> Quarter:
    """Return the last quarter whose working day has come."""
    ended = Quarter.containing(today).previous
    return next(
        quarter
        for quarter in (ended.shift(-back) for back in range(3))
        if timetable.run_date(quarter) <= today
    )


def due_quarter(
    today: dt.date, timetable: Timetable, first_quarter: Quarter, known: Collection[Quarter]
) -> Quarter | None:
    """Return the quarter whose run is to be proposed on a day, if any is.

    It is asked what is known, not when it was asked last: a day on which nobody asked changes
    nothing. Where a later quarter is known, a person is ahead or the clock is behind.

    Args:
        today: The day in London.
        timetable: The council's.
        first_quarter: First quarter that the council reports.
        known: Quarters that have a draft or were proposed before.
    """
    due = latest_due_quarter(today, timetable)
    if due < first_quarter or any(quarter >= due for quarter in known):
        return None
    return due


def skipped_quarters(
    today: dt.date, timetable: Timetable, first_quarter: Quarter, drafted: Collection[Quarter]
) -> list[Quarter]:
    """Return the quarters before the one that is due that nobody has run, the first one first."""
    before = latest_due_quarter(today, timetable).previous
    return [each for each in first_quarter.through(before) if each not in drafted]


def returns_notice(
    today: dt.date, timetable: Timetable, first_quarter: Quarter
) -> tuple[Quarter, ReturnsNotice] | None:
    """Return of which quarter the missing returns are to be named on a day, and how."""
    quarter = Quarter.containing(today).previous
    if quarter < first_quarter or today < timetable.reminder_date(quarter):
        return None
    is_late = today > timetable.deadline(quarter)
    return quarter, ReturnsNotice.OVERDUE if is_late else ReturnsNotice.REMINDER
