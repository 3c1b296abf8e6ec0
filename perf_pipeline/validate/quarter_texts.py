"""The quarters that a cell can stand for: a quarter as people write it, a date, or its serial.

Every reading is given; which of them is meant is for the caller to settle, or to refuse.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from perf_pipeline.quarters import Quarter

_YEARS = r"(?P<year>(?:(?:19|20)[0-9]{2})|[0-9]{2})[/\u2013-](?P<next>(?:20)?[0-9]{2})"
_NUMBER = r"(?:Q|Qtr ?|Quarter )(?P<number>[1-4])"
_LABEL = re.compile(rf"{_NUMBER},?[ -]?{_YEARS}", re.IGNORECASE)
_YEAR_FIRST = re.compile(rf"{_YEARS},?[ -]?{_NUMBER}", re.IGNORECASE)
_CALENDAR = re.compile(rf"{_NUMBER},?[ -]?(?P<year>(?:19|20)[0-9]{{2}})", re.IGNORECASE)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBERS_DATE = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_WORD = r"(?P<{}>[A-Za-z]{{3,9}})"
_DAY_MONTH = re.compile(
    rf"(?P<day>[0-9]{{1,2}})[ -]{_WORD.format('month')}[ -](?P<year>[0-9]{{4}})"
)
_MONTH = re.compile(rf"{_WORD.format('month')}[ -](?P<year>(?:19|20)[0-9]{{2}})")
_MONTHS = re.compile(
    rf"{_WORD.format('first')} ?(?:to|-|\u2013) ?{_WORD.format('last')} "
    r"(?P<year>(?:19|20)[0-9]{2})"
)
_SERIAL = re.compile(r"[1-9][0-9]{4}")
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)} | {
    name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)
}
_CALENDARS = {
    "in the calendar from 1900": dt.date(1899, 12, 30),
    "in the calendar from 1904": dt.date(1904, 1, 1),
}
"""Day 0 of the two calendars by which spreadsheets count days."""

_CENTURY = 100
_FIRST, _LAST = Quarter(1999, 4), Quarter(2099, 4)
"""Before and after these no return is for: a year such as 0202 or 1923 is a slip."""


class NamedQuarter(NamedTuple):
    """A quarter that a text can stand for, and how it was read to do so."""

    quarter: Quarter
    reading: str


def quarters_named(text: str, returned: Quarter) -> list[NamedQuarter]:
    """Return every quarter that a text can stand for, each once; none where it is no quarter.

    Where a reading is before 2000 or after 2099 there is none: that it is the slip, and another
    calendar's reading meant, would be a guess.

    Args:
        text: The cell's text.
        returned: Quarter of the return, after which the day of a serial number cannot be: the two
            calendars of spreadsheets lie four years apart.
    """
    for read in (_labelled, _calendar_or_financial, _dated, _of_months):
        if found := list(read(text)):
            return _of_these_years(_each_once(found))
    days = _each_once(_serial(text))
    return _of_these_years([named for named in days if named.quarter <= returned])


def _of_these_years(found: list[NamedQuarter]) -> list[NamedQuarter]:
    return found if all(_FIRST <= named.quarter <= _LAST for named in found) else []


def _each_once(found: Iterable[NamedQuarter]) -> list[NamedQuarter]:
    by_quarter: dict[Quarter, NamedQuarter] = {}
    for named in found:
        by_quarter.setdefault(named.quarter, named)
    return list(by_quarter.values())


def _labelled(text: str) -> Iterator[NamedQuarter]:
    match = _LABEL.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    if match is None:
        return
    year = int(match["year"]) + (0 if len(match["year"]) > len("23") else 2000)
    if int(match["next"]) % _CENTURY == (year + 1) % _CENTURY and _century_fits(
        match["next"], year
    ):
        quarter = Quarter(year, int(match["number"]))
        yield NamedQuarter(quarter, quarter.label)


def _century_fits(next_year: str, year: int) -> bool:
    return len(next_year) == len("24") or int(next_year) == year + 1


def _calendar_or_financial(text: str) -> Iterator[NamedQuarter]:
    match = _CALENDAR.fullmatch(text)
    if match is None:
        return
    year, number = int(match["year"]), int(match["number"])
    yield NamedQuarter(Quarter(year, number), f"quarter {number} of the financial year from {year}")
    first = dt.date(year, 3 * number - 2, 1)
    yield NamedQuarter(Quarter.containing(first), f"quarter {number} of the calendar year {year}")


def _dated(text: str) -> Iterator[NamedQuarter]:
    if _ISO_DATE.fullmatch(text):
        yield from _on_day(*map(int, text.split("-")))
    elif match := _NUMBERS_DATE.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        yield from _on_day(year, second, first)
        yield from _on_day(year, first, second)
    elif (match := _DAY_MONTH.fullmatch(text)) and _month(match["month"]):
        yield from _on_day(int(match["year"]), _month(match["month"]), int(match["day"]))


def _on_day(year: int, month: int, day: int) -> Iterator[NamedQuarter]:
    try:
        date = dt.date(year, month, day)
    except ValueError:
        return
    yield NamedQuarter(Quarter.containing(date), _shown(date))


def _of_months(text: str) -> Iterator[NamedQuarter]:
    if (match := _MONTH.fullmatch(text)) and _month(match["month"]):
        quarter = Quarter.containing(dt.date(int(match["year"]), _month(match["month"]), 1))
        yield NamedQuarter(quarter, text)
    elif match := _MONTHS.fullmatch(text):
        first, last = _month(match["first"]), _month(match["last"])
        if first and last == first + 2:
            quarter = Quarter.containing(dt.date(int(match["year"]), first, 1))
            if quarter.start_date.month == first:
                yield NamedQuarter(quarter, text)


def _serial(text: str) -> Iterator[NamedQuarter]:
    if _SERIAL.fullmatch(text):
        for calendar, start in _CALENDARS.items():
            date = start + dt.timedelta(days=int(text))
            yield NamedQuarter(Quarter.containing(date), f"{_shown(date)}, {calendar}")


def _month(word: str) -> int:
    """Return a month's number, 0 where the word is none."""
    return _MONTH_NUMBERS.get(word.casefold(), 0)


def _shown(date: dt.date) -> str:
    return f"{date.day} {_MONTH_NAMES[date.month - 1].capitalize()} {date.year}"
