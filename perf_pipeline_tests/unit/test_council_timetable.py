"""`schedule` and `notify` in council.yaml: when a quarter is due, and who is told."""

import datetime as dt

import pytest

from perf_pipeline.council.settings import CouncilSettings, checked_council
from perf_pipeline.council.timetable import Timetable
from perf_pipeline.council.yaml_files import read_yaml
from perf_pipeline.errors import Mistake
from perf_pipeline.quarters import Quarter

COUNCIL = """\
name: Testshire Council
first_quarter: 2023-24-Q1
default_rule: relative
return_deadline_working_days: 10
rules:
  relative: {kind: tolerance_relative, green_pct: 0, amber_pct: 10}
"""


def checked(section: str) -> tuple[CouncilSettings | None, list[Mistake]]:
    """Check a council.yaml with this section."""
    return checked_council(read_yaml("council.yaml", (COUNCIL + section).encode()))


def timetable(section: str = "", deadline: int = 10) -> Timetable:
    """Return the timetable of a council.yaml with this section."""
    settings, mistakes = checked(section)
    assert not mistakes
    assert settings is not None
    return settings.schedule.timetable(deadline)


def test_timetable_is_as_usual_without_a_section() -> None:
    """The run follows the deadline by a working day, at six, and two quarters are watched."""
    assert timetable() == Timetable(10, 11, dt.time(6), 3, 2, 60)


def test_section_is_read() -> None:
    """What the section states is the timetable."""
    stated = (
        "schedule: {run_working_day: 20, run_time: 07:45, reminder_working_days: 5, "
        "watched_quarters: 4, watch_seconds: 30}\n"
    )
    assert timetable(stated) == Timetable(10, 20, dt.time(7, 45), 5, 4, 30)


def test_run_follows_the_latest_deadline_within_the_quarter() -> None:
    """A deadline on working day 60 leaves the run on that day."""
    assert timetable(deadline=60).run_working_day == 60


@pytest.mark.parametrize(
    ("quarter", "deadline", "run", "reminder"),
    [
        pytest.param(
            Quarter(2022, 4), (2023, 4, 18), (2023, 4, 19), (2023, 4, 13), id="Easter falls in"
        ),
        pytest.param(
            Quarter(2023, 3), (2024, 1, 15), (2024, 1, 16), (2024, 1, 10), id="New Year's Day"
        ),
        pytest.param(Quarter(2023, 1), (2023, 7, 14), (2023, 7, 17), (2023, 7, 11), id="none"),
        pytest.param(
            Quarter(2027, 3), (2028, 1, 17), (2028, 1, 18), (2028, 1, 12), id="substitute day"
        ),
    ],
)
def test_days_are_englands_working_days(
    quarter: Quarter,
    deadline: tuple[int, int, int],
    run: tuple[int, int, int],
    reminder: tuple[int, int, int],
) -> None:
    """Weekends and England's bank holidays do not count."""
    days = timetable()
    assert days.deadline(quarter) == dt.date(*deadline)
    assert days.run_date(quarter) == dt.date(*run)
    assert days.reminder_date(quarter) == dt.date(*reminder)


def test_watched_quarters_are_the_last_that_have_ended() -> None:
    """On the first day of a quarter the one before has ended; none is before the first one."""
    days = timetable("schedule: {watched_quarters: 3}\n")
    first = Quarter(2023, 1)
    assert days.watched(dt.date(2024, 4, 1), first) == [
        Quarter(2023, 4),
        Quarter(2023, 3),
        Quarter(2023, 2),
    ]
    assert days.watched(dt.date(2023, 9, 30), first) == [first]
    assert days.watched(dt.date(2023, 6, 30), first) == []


def test_addresses_are_read_in_order() -> None:
    """Each address is told, in the order in which they stand."""
    settings, mistakes = checked("notify: [performance@council.example, bi+kpi@council.example]\n")
    assert not mistakes
    assert settings is not None
    assert settings.notify == ("performance@council.example", "bi+kpi@council.example")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("schedule: {run_working_day: 0}\n", "Write 1 or more."),
        ("schedule: {run_working_day: 61}\n", "Write 60 or less."),
        ("schedule: {run_working_day: '5'}\n", "Write a whole number"),
        ("schedule: {run_working_day: }\n", "It is empty"),
        ("schedule: {run_time: 6}\n", "`6` is not a time of day"),
        ("schedule: {run_time: 24:00}\n", "such as 06:00"),
        ("schedule: {run_time: }\n", "write hours and minutes".capitalize()),
        ("schedule: {reminder_working_days: 10}\n", "Write less than 10"),
        ("schedule: {watched_quarters: 13}\n", "Write 12 or less."),
        ("schedule: {watch_seconds: 1}\n", "Write 5 or more."),
        ("schedule: {run_tme: 06:00}\n", "Did you mean `run_time`?"),
        ("schedule: daily\n", "`schedule` is `daily`."),
        ("notify: performance@council.example\n", "Write a list here"),
        ("notify: [performance]\n", "`performance` is not an e-mail address"),
        ('notify: ["a@b.example\\nBcc: c@d.example"]\n', "is not an e-mail address"),
        ("notify: ['a@b.example, c@d.example']\n", "is not an e-mail address"),
        ("notify: [a@b.example, A@B.example]\n", "Name each address once."),
        ("notify: [3]\n", "Write a text"),
    ],
    ids=lambda value: value if value.startswith(("schedule", "notify")) else "",
)
def test_mistake_in_schedule_or_notify_is_named(section: str, said: str) -> None:
    """What cannot stand is one mistake on its line, with what to write."""
    mistakes = checked(section)[1]
    assert [(mistake.file, mistake.line) for mistake in mistakes] == [("council.yaml", 7)]
    assert said.casefold() in str(mistakes[0]).casefold()
