"""When a council's quarters are due: dates counted in England's working days after quarter end.

No clock: every function is told the day.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache

import holidays

from perf_pipeline.quarters import Quarter

TIMEZONE = "Europe/London"
"""Where days begin and times of day are told, whatever a machine's own time zone."""

LATEST_WORKING_DAY = 60
"""What is due later than this would come in the next quarter."""


@dataclass(frozen=True)
class Timetable:
    """What is to happen when, after each quarter.

    Attributes:
        deadline_working_days: A return is due by that many working days after the quarter.
        run_working_day: On which working day after the quarter its run is proposed.
        run_time: At what time of day in London.
        reminder_working_days: How many working days before the deadline is reminded of it.
        watched_quarters: How many ended quarters, the last ones, are watched for returns.
        watch_seconds: Seconds at least between two looks at the returns' places.
    """

    deadline_working_days: int
    run_working_day: int
    run_time: dt.time
    reminder_working_days: int
    watched_quarters: int
    watch_seconds: int

    def deadline(self, quarter: Quarter) -> dt.date:
        """Return the last day for a quarter's returns."""
        return working_day(quarter.end_date, self.deadline_working_days)

    def run_date(self, quarter: Quarter) -> dt.date:
        """Return the day on which a quarter's run is proposed."""
        return working_day(quarter.end_date, self.run_working_day)

    def reminder_date(self, quarter: Quarter) -> dt.date:
        """Return the first day on which missing returns are reminded of."""
        return working_day(self.deadline(quarter), -self.reminder_working_days)

    def watched(self, today: dt.date, first_quarter: Quarter) -> list[Quarter]:
        """Return the quarters that are open for returns on a day, the last first."""
        ended = Quarter.containing(today).previous
        quarters = (ended.shift(-back) for back in range(self.watched_quarters))
        return [quarter for quarter in quarters if quarter >= first_quarter]


def working_day(day: dt.date, number: int) -> dt.date:
    """Return the working day in England that is so many after a day (before it when negative)."""
    return _england().get_nth_working_day(day, number)


@cache
def _england() -> holidays.HolidayBase:
    # It works each year out once, which takes longer than all that is asked of it.
    return holidays.country_holidays("GB", subdiv="ENG")
