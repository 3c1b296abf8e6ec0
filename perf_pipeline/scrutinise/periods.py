"""Which quarters and other times a text names."""

import re
from dataclasses import dataclass

from perf_pipeline.quarters import Quarter

_WORDS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}


def _year(side: str) -> str:
    """Return the pattern of a financial year, 2018/19, or a year alone, 2018."""
    financial = rf"(?:20)?(?P<{side}>[0-9]{{2}}) ?[/–-] ?(?:20)?(?P<{side}_end>[0-9]{{2}})"
    return rf"(?:{financial}|20(?P<{side}_alone>[0-9]{{2}}))(?![0-9])"


_QUARTER = re.compile(
    rf"(?<![\w/])(?:{_year('before')}[ ,:–-]{{1,3}})?"
    r"(?:(?:q|qtr|quarter)[ .]?(?P<number>[1-4])(?!\w)"
    rf"|(?P<word>{'|'.join(_WORDS)}) quarter(?!\w))"
    rf"(?:[ ,:(–-]{{1,3}}(?:of )?{_year('after')})?",
    re.IGNORECASE,
)
_FINANCIAL_YEAR = re.compile(r"(?<![\w/])(?:20)?([0-9]{2}) ?[/–-] ?(?:20)?([0-9]{2})(?![\w/])")
_CALENDAR_YEAR = re.compile(r"(?<![\w/–-])20([0-9]{2})(?![\w/–-])")
_OTHER_TIME = re.compile(
    r"\b(?:last|previous(?:ly)?|prior|earlier|ago|former(?:ly)?|historic(?:ally)?"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|week|weekly|month|monthly|annual(?:ly)?|year-?end|half-?year)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NamedQuarter:
    """A quarter as a text names it.

    Attributes:
        number: 1 to 4.
        years: Last two digits of the years in which its financial year may begin; empty where the
            text names none. `2023` may be the financial year 2022/23 or 2023/24.
    """

    number: int
    years: frozenset[int]

    def is_of(self, quarter: Quarter) -> bool:
        """Tell whether this may be the quarter."""
        is_year = not self.years or quarter.year % 100 in self.years
        return self.number == quarter.number and is_year


def named_quarters(text: str) -> list[NamedQuarter]:
    """Return the quarters that a text names, in its order: `Quarter 1 2018/19`, `Q3`."""
    return [_named(match) for match in _QUARTER.finditer(text)]


def _named(match: re.Match[str]) -> NamedQuarter:
    word = match["word"]
    number = _WORDS[word.casefold()] if word else int(match["number"])
    return NamedQuarter(number, _years(match, "before") or _years(match, "after"))


def _years(match: re.Match[str], side: str) -> frozenset[int]:
    if match[f"{side}_alone"]:
        year = int(match[f"{side}_alone"])
        return frozenset({year, (year - 1) % 100})
    if match[side] and int(match[f"{side}_end"]) == (int(match[side]) + 1) % 100:
        return frozenset({int(match[side])})
    return frozenset()


def names_other_time(text: str, quarter: Quarter) -> bool:
    """Tell whether a text names a time that is not the quarter: last year, April, Q4, 2021/22."""
    if any(not named.is_of(quarter) for named in named_quarters(text)):
        return True
    begins, ends = quarter.year % 100, (quarter.year + 1) % 100
    rest = _QUARTER.sub(" ", text)
    if any((int(a), int(b)) != (begins, ends) for a, b in _FINANCIAL_YEAR.findall(rest)):
        return True
    if any(int(year) not in {begins, ends} for year in _CALENDAR_YEAR.findall(rest)):
        return True
    return _OTHER_TIME.search(rest) is not None
