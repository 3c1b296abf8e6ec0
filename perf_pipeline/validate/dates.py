"""The text of a cell → the day that it names, or why nobody can tell which."""

import datetime as dt
import re

from perf_pipeline.validate.cells import Problem, quoted

_NUMERIC = re.compile(r"(?P<first>[0-9]{1,2})[/.](?P<second>[0-9]{1,2})[/.](?P<year>20[0-9]{2})")
_WORDED = re.compile(r"(?P<day>[0-9]{1,2}) (?P<month>[A-Za-z]+) (?P<year>20[0-9]{2})")
_ISO = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT = 3


def parse_date(text: str | None) -> str | Problem | None:
    """Read a day.

    `2023-09-30`, `30 September 2023`, `30 Sep 2023` and `30/09/2023` are read; `03/04/2023` can be
    the third of April or the fourth of March, and is refused.

    Args:
        text: The cell; an empty one names no day.

    Returns:
        ISO text, null for none, or what is wrong.
    """
    stripped = " ".join((text or "").split())
    if not stripped:
        return None
    days = sorted(set(_readings(stripped)))
    if len(days) == 1:
        return days[0].isoformat()
    if days:
        first, second = (f"{day.day} {_MONTHS[day.month - 1].title()}" for day in days)
        return Problem(
            "ambiguous_date",
            f"{quoted(stripped)} can be read as {first} or as {second}. Write the month as a word.",
        )
    return Problem(
        "not_a_date", f"{quoted(stripped)} is not a date. Write it like 30 September 2023."
    )


def _readings(text: str) -> list[dt.date]:
    if _ISO.fullmatch(text):
        year, month, day = text.split("-")
        return _dates(year, [(month, day)])
    if worded := _WORDED.fullmatch(text):
        return _dates(worded["year"], [(_month_number(worded["month"]), worded["day"])])
    if numeric := _NUMERIC.fullmatch(text):
        first, second = numeric["first"], numeric["second"]
        return _dates(numeric["year"], [(second, first), (first, second)])
    return []


def _month_number(word: str) -> str:
    key = word.casefold()
    found = (number for number, name in enumerate(_MONTHS, 1) if key in {name, name[:_SHORT]})
    return str(next(found, 0))


def _dates(year: str, months_and_days: list[tuple[str, str]]) -> list[dt.date]:
    dates = []
    for month, day in months_and_days:
        try:
            dates.append(dt.date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return dates
