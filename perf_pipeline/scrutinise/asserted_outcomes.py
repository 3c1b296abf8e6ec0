"""What a commentary asserts of the target: met, missed, or missed by less than so many percent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Polarity
from perf_pipeline.scrutinise.assertions import END, asserted

_MET = r"(?:met|achieved|hit|reached)"
_EXCEEDED = r"(?:exceeded|surpassed)"
_ADVERB = r"(?: (?:narrowly|slightly|just|fully|comfortably|again|now|therefore|also))?"
_TARGET = (
    r"(?:^|\b(?:the|our|its|this|and|but|quarterly|quarter's) )target"
    rf"(?: (?:is|was|(?:has|had)(?: been)?))?{_ADVERB}"
)
_THE_TARGET = r"(?: (?:the|our|its|this))?(?: quarterly| quarter's)? target"
_TARGET_FIRST = re.compile(_TARGET, re.IGNORECASE)
_TARGET_MET, _TARGET_EXCEEDED = (
    re.compile(rf"{_TARGET} {verb}{END}|\b{verb}{_THE_TARGET}{END}", re.IGNORECASE)
    for verb in (_MET, _EXCEEDED)
)
_FIGURE_EXCEEDED = re.compile(
    r"\b(?:number|figure|outturn|rate|percentage|cost|costs|time|times|backlog|days|weeks|hours"
    rf"|minutes)(?: has| have)? {_EXCEEDED}{_THE_TARGET}{END}",
    re.IGNORECASE,
)
_TARGET_MISSED = re.compile(
    rf"{_TARGET} (?:missed|not(?: been)?{_ADVERB} {_MET}){END}"
    r"|\b(?:missed|failed to (?:meet|achieve|hit|reach)|short of|off"
    r"|(?:did|has|have|had|was|is)(?: not|n['\u2019]t) (?:meet|met|achieved?|hit|reach|reached))"
    rf"{_THE_TARGET}{END}",
    re.IGNORECASE,
)
_ABOVE = re.compile(rf"\babove{_THE_TARGET}{END}", re.IGNORECASE)
_BELOW = re.compile(rf"\bbelow{_THE_TARGET}{END}", re.IGNORECASE)
_PCT = r"(?P<pct>[0-9]{1,3}(?:\.[0-9]{1,4})?)(?:%| ?per ?cent)(?! ?age| ?points?)"
_BY = re.compile(
    rf"\bby (?:(?P<less>less than|no more than|not more than|under)|more than|over) {_PCT}",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    rf"\bwithin (?:the )?{_PCT}"
    r"(?= (?:of (?:the |our |its )?target|(?:amber )?tolerance)\b|$|[.,;)])",
    re.IGNORECASE,
)
_SHORT = re.compile(r"\b(?:miss|misses|missed|missing|short|below)\b", re.IGNORECASE)
_NEGATED = re.compile(
    r"(?:\b(?:not|never|nor|nearly|almost|cannot|without|unable|unlikely)\b|n['\u2019]t\b)[^,]{0,40}$",
    re.IGNORECASE,
)
_SOME = (
    r"(?<![.,0-9])\b(?:no|none|only|one|two|three|four|five|six|seven|eight|nine|ten|[2-9]|10|some"
    r"|most|many|several|few|each|every)"
    r"(?! (?:days?|weeks?|hours?|minutes?|per ?cent|percentage|points?)\b)"
)
_ADVERBS = r"(?:narrowly|slightly|just|fully|comfortably|again|now|therefore|also|still|only)"
_AUXILIARIES = r"(?:is|are|was|were|has|have|had|been|remains?|remained|falls?|fell)"
_NOUN = (
    r"(?!(?:we|it|this|performance|outturn|figure|result|rate|the|our|an?|and|but|so|which|that"
    rf"|{_AUXILIARIES}|{_ADVERBS})\b)[\w'\u2019-]+ "
)
_OTHER_SUBJECT = re.compile(
    rf"{_SOME} (?:of (?:the |our |these )?)?(?:{_NOUN}){{1,4}}"
    rf"(?:(?:{_AUXILIARIES}|{_ADVERBS}) ){{0,3}}$",
    re.IGNORECASE,
)
"""Some of a KPI's parts, before what is said of them: `two wards were` below target."""
_BY_OTHERS = re.compile(rf" by {_SOME} ", re.IGNORECASE)


class Claim(StrEnum):
    """What a commentary says of the target."""

    MET = "met"
    MISSED = "missed"
    BY_LESS = "missed by less"
    BY_MORE = "missed by more"


@dataclass(frozen=True)
class AssertedOutcome:
    """An outcome in the words of a commentary.

    Attributes:
        words: As written.
        claim: What they say.
        pct: By less or by more than how many percent of the target; None for met and missed.
    """

    words: str
    claim: Claim
    pct: Decimal | None = None


def asserted_outcomes(
    sentences: Sequence[str], polarity_code: str, quarter: Quarter
) -> list[AssertedOutcome]:
    """Return what a commentary asserts of the target, what names a percentage first.

    `below target` is a miss, and `exceeded the target` a success, only of a KPI for which higher
    is better: of the others it is said both of the figure and of the performance. Where lower is
    better a number of days that `exceeded the target` has missed it.
    """
    found = [
        outcome
        for sentence in sentences
        for outcome in (*_missed_by(sentence, quarter), *_within(sentence, quarter))
    ]
    met, missed = [_TARGET_MET], [_TARGET_MISSED]
    if polarity_code == Polarity.HIGHER:
        met, missed = [_TARGET_MET, _TARGET_EXCEEDED, _ABOVE], [_TARGET_MISSED, _BELOW]
    elif polarity_code == Polarity.LOWER:
        missed = [_TARGET_MISSED, _FIGURE_EXCEEDED]
    for claim, patterns in ((Claim.MISSED, missed), (Claim.MET, met)):
        found += [
            AssertedOutcome(match[0].strip(), claim)
            for sentence in sentences
            for pattern in patterns
            for match, before in asserted(pattern, sentence, quarter)
            if not _NEGATED.search(before) and not _is_of_others(match, before)
        ]
    return found


def _is_of_others(match: re.Match[str], before: str) -> bool:
    """Tell whether it is said of some teams, wards or the like, and not of the KPI."""
    if _BY_OTHERS.match(match.string, match.end()):
        return True
    return not _TARGET_FIRST.match(match[0]) and _OTHER_SUBJECT.search(before) is not None


def _missed_by(sentence: str, quarter: Quarter) -> list[AssertedOutcome]:
    """Return `missed … by less than 10%` and `by more than 10%`."""
    found = []
    for match, before in asserted(_BY, sentence, quarter):
        missed = _SHORT.search(before)
        if missed and not _OTHER_SUBJECT.search(before[: missed.start()]):
            claim = Claim.BY_LESS if match["less"] else Claim.BY_MORE
            words = f"{before[missed.start() :]}{match[0]}"
            found.append(AssertedOutcome(words, claim, Decimal(match["pct"])))
    return found


def _within(sentence: str, quarter: Quarter) -> list[AssertedOutcome]:
    """Return `within 10% of the target`."""
    return [
        AssertedOutcome(match[0], Claim.BY_LESS, Decimal(match["pct"]))
        for match, before in asserted(_WITHIN, sentence, quarter)
        if not _NEGATED.search(before) and not _is_of_others(match, before)
    ]
