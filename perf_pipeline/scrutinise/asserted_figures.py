"""Figures, and counts of a total, that a commentary asserts of its KPI."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from perf_pipeline.quarters import Quarter
from perf_pipeline.scrutinise.assertions import (
    END,
    NOW,
    PERIOD,
    SUBJECT,
    asserted,
    is_over,
    rest_of_clause,
)
from perf_pipeline.scrutinise.wording import COUNT, whole_number

_NUMBER = (
    r"(?P<sign>[-−])?(?P<pounds>£)?"
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(?:\.[0-9]{1,9})?)"
    r"(?P<scale>k|m|bn| thousand| million| billion)?(?P<percent> ?%| per ?cent(?!age))?"
    r"(?P<unit> (?:days?|weeks?|hours?|minutes?|kg))?(?![.,]?[0-9]|\w|%)"
)
_VERB = (
    r"(?: (?:has|have))?"
    rf"{NOW}(?: (?:is|are|was|were|stands?|stood|remains?|remained|reached|achieved)(?: at)?| at"
    r"| (?:improved|rose|risen|increased|fell|fallen|dropped|declined|decreased|reduced)"
    rf"(?: slightly)? to){NOW}"
)
_FIGURE = re.compile(
    rf"{SUBJECT}(?:outturn|performance|figure|rate|result|score|percentage|we|it){PERIOD}{_VERB} "
    rf"{_NUMBER}{END}",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"(?<![\w.,/£-])(?P<part>{COUNT}) (?:out )?of (?:the )?(?P<whole>{COUNT})"
    r"(?![\w%/]|[.,][0-9])(?: (?P<noun>\w{4,30}))?",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"\b(?:targets?|floor|tolerance|threshold|range|limits?|standard|goal)\b", re.IGNORECASE
)
_COMPARED = re.compile(r"\b(?:from|compar(?:ed|es|ing|ison)|versus|vs|than)\b", re.IGNORECASE)
_SCALES = {"k": 3, "thousand": 3, "m": 6, "million": 6, "bn": 9, "billion": 9}
_TIME_UNITS = {"days", "weeks", "hours", "minutes", "kg"}


@dataclass(frozen=True)
class AssertedFigure:
    """A figure in the words of a commentary.

    Attributes:
        words: As written.
        value: The figure.
        step: The step of its last digit.
        is_beside_target: Whether its clause speaks of a target as well.
        is_compared: Whether its clause speaks of another figure as well.
    """

    words: str
    value: Decimal
    step: Decimal
    is_beside_target: bool
    is_compared: bool

    def may_be(self, figure: float) -> bool:
        """Tell whether this is a figure rounded to the digits written, a half either way."""
        return abs(Decimal(repr(float(figure))) - self.value) <= self.step / 2


@dataclass(frozen=True)
class AssertedCount:
    """A count of a total in the words of a commentary, and what it is said to be of."""

    words: str
    part: int
    whole: int
    noun: str


def asserted_figures(
    sentences: Iterable[str], unit_code: str, quarter: Quarter
) -> Iterator[AssertedFigure]:
    """Yield the figures that a commentary asserts in a unit."""
    for sentence in sentences:
        for match, before in asserted(_FIGURE, sentence, quarter):
            if _is_in_unit(match, unit_code) and not is_over(match):
                yield _figure(match, f"{before} {match[0]} {rest_of_clause(match)}")


def _is_in_unit(match: re.Match[str], unit_code: str) -> bool:
    unit = (match["unit"] or "").strip().casefold()
    if unit and unit.rstrip("s") != unit_code.rstrip("s"):
        return False
    is_percent, is_pounds = unit_code == "percent", unit_code == "gbp"
    return bool(match["percent"]) == is_percent and bool(match["pounds"]) == is_pounds


def _figure(match: re.Match[str], around: str) -> AssertedFigure:
    number = match["number"].replace(",", "")
    scale = _SCALES[match["scale"].strip().casefold()] if match["scale"] else 0
    step = Decimal(1).scaleb(scale - len(number.partition(".")[2]))
    value = Decimal(number).scaleb(scale)
    return AssertedFigure(
        words=match[0].strip(" ,:(–—-"),
        value=-value if match["sign"] else value,
        step=step,
        is_beside_target=_TARGET.search(around) is not None,
        is_compared=_COMPARED.search(around) is not None,
    )


def asserted_counts(sentences: Iterable[str], quarter: Quarter) -> Iterator[AssertedCount]:
    """Yield the counts of a total, `5 of 7`, in a commentary."""
    for sentence in sentences:
        for match, _ in asserted(_COUNTED, sentence, quarter):
            part, whole = whole_number(match["part"]), whole_number(match["whole"])
            yield AssertedCount(match[0], part, whole, match["noun"] or "")
