"""When the publication counts as fresh, as far as Dagster's freshness policies can say it.

A policy knows one time a quarter by cron, and the asset as a whole: it cannot count working days,
and it cannot tell which quarter was made. So its deadline is the latest day on which the quarter's
working day can fall, with one more for the run, and anything made since the quarter's end keeps it.
Which quarter is due is the schedule's matter, and which return is missing the reminder's.
"""

import datetime as dt
import math

import dagster as dg

from perf_pipeline.council.timetable import TIMEZONE, Timetable

_FIRST_MONTHS = (1, 4, 7, 10)
_WORKING_WEEK, _WEEKEND = 5, 2
_SHORTEST_MONTHS = (0, 30, 59)
"""Days of a quarter, at least, before its first, second and third month."""

_DAYS_OF_EVERY_MONTH = 28
_EARLY_HOLIDAYS, _MOST_HOLIDAYS = 3, 5
"""Bank holidays, special ones included, in a quarter's first month and in all of it (2011)."""


def publication_freshness(timetable: Timetable) -> dg.FreshnessPolicy:
    """Return the policy: made between the quarter's end and its latest possible run day.

    Args:
        timetable: The council's.
    """
    month, day = deadline_day(timetable.run_working_day)
    months = ",".join(str(first + month) for first in _FIRST_MONTHS)
    return dg.FreshnessPolicy.cron(
        deadline_cron=f"{timetable.run_time:%-M %-H} {day} {months} *",
        lower_bound_delta=dt.timedelta(days=_SHORTEST_MONTHS[month] + day - 1),
        timezone=TIMEZONE,
    )


def deadline_day(working_day: int) -> tuple[int, int]:
    """Return the first day that follows a working day in every quarter.

    Args:
        working_day: Which working day after the quarter.

    Returns:
        The month after the quarter, counted from 0, and its day: none that some months lack.
    """
    number = _latest_day(working_day + _EARLY_HOLIDAYS)
    if number > _SHORTEST_MONTHS[1]:
        number = _latest_day(working_day + _MOST_HOLIDAYS)
    number += 1
    for month in range(3):
        day = max(1, number - _SHORTEST_MONTHS[month])
        if day <= _DAYS_OF_EVERY_MONTH:
            return month, day
    return month, _DAYS_OF_EVERY_MONTH


def _latest_day(weekdays: int) -> int:
    """Return how many days so many weekdays take when they begin with a weekend."""
    return weekdays + _WEEKEND * math.ceil(weekdays / _WORKING_WEEK)
