"""The sections of `council.yaml` about when things happen and who is told: schedule, notify."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints

from perf_pipeline.council.entries import Entry, Omissible
from perf_pipeline.council.timetable import LATEST_WORKING_DAY, Timetable
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.errors import Mistake

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_REMINDER_DAYS = 3
_MOST_WATCHED_QUARTERS = 12
_FEWEST_SECONDS, _MOST_SECONDS = 5, 86_400


def _parsed_time(value: Any) -> dt.time:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        found = "it is empty" if value is None else f"{quoted(value)} is not a time of day"
        raise ValueError(f"{found}: write hours and minutes, such as 06:00")
    return dt.time.fromisoformat(value)


def _checked_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(
            f"{quoted(text)} is not an e-mail address: write one such as "
            "performance@council.example"
        )
    return text


def _each_once(addresses: tuple[str, ...]) -> tuple[str, ...]:
    folded = [address.casefold() for address in addresses]
    twice = sorted({address for address in folded if folded.count(address) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} is there twice: name each address once")
    return addresses


Address = Annotated[str, StringConstraints(max_length=120), AfterValidator(_checked_address)]
"""A mailbox of a team or a role."""

Addresses = Annotated[tuple[Address, ...], AfterValidator(_each_once)]
"""Who is told when a run fails or returns are missing."""

TimeOfDay = Annotated[dt.time, PlainValidator(_parsed_time)]
"""A time of day in London, written `06:00`."""


class ScheduleEntry(Entry):
    """When a quarter's run is proposed, and how its returns are watched for."""

    run_working_day: Omissible[Annotated[int, Field(strict=True, ge=1, le=LATEST_WORKING_DAY)]] = (
        None
    )
    run_time: TimeOfDay = dt.time(6)
    reminder_working_days: Annotated[int, Field(strict=True, ge=1, le=LATEST_WORKING_DAY)] = (
        _REMINDER_DAYS
    )
    watched_quarters: Annotated[int, Field(strict=True, ge=1, le=_MOST_WATCHED_QUARTERS)] = 2
    watch_seconds: Annotated[int, Field(strict=True, ge=_FEWEST_SECONDS, le=_MOST_SECONDS)] = 60

    def timetable(self, deadline_working_days: int) -> Timetable:
        """Return the section as a value; without a day of its own, the run follows the deadline."""
        after_deadline = min(deadline_working_days + 1, LATEST_WORKING_DAY)
        return Timetable(
            deadline_working_days=deadline_working_days,
            run_working_day=self.run_working_day or after_deadline,
            run_time=self.run_time,
            reminder_working_days=self.reminder_working_days,
            watched_quarters=self.watched_quarters,
            watch_seconds=self.watch_seconds,
        )


def schedule_mistakes(file: YamlFile) -> Iterator[Mistake]:
    """Find a reminder that would come before the quarter has ended."""
    section, deadline = file.under("schedule"), file.under("return_deadline_working_days")
    days = section.get("reminder_working_days") if isinstance(section, dict) else None
    if isinstance(days, int) and isinstance(deadline, int) and days >= deadline > 0:
        yield Fault(
            f"`reminder_working_days` is `{days}`, and returns are due on working day {deadline}.",
            f"Write less than {deadline}, so that the quarter has ended before its reminder.",
        ).at(file.name, file.line_of(("schedule", "reminder_working_days")))
