"""Which of a commentary's words assert something of its KPI in its quarter, and which do not.

Only plain assertions are read, such as `performance was 81.5%`. A sentence about another time,
another place, others' figures or what is to come asserts nothing; where that is in doubt it is
passed over, since a false alarm costs more trust than a slip that is missed.
"""

import re
from collections.abc import Iterator

from perf_pipeline.quarters import Quarter
from perf_pipeline.scrutinise.periods import names_other_time

SUBJECT = (
    r"(?:^|[,:(] ?|[–—-] |\b(?:the|our|this|its|current|overall|latest|actual|quarterly|quarter's"
    r"|and|but|so|that) )"
)
"""What may stand before the word that is spoken of: `vacancy rate` is not this KPI's rate."""

PERIOD = (
    r"(?: (?:for|in|during) (?:the|this) quarter| this quarter"
    r"| (?:for|in) (?:q|quarter )[1-4](?:,? 20[0-9]{2}[/–-][0-9]{2,4})?)?"
)
"""The quarter, where it stands between a word and its verb."""

NOW = r"(?: (?:now|currently|still|only|just|also|again))?"
"""Words that change nothing of what is asserted."""

END = (
    r"(?=$|[.,;:!?)]| ?\(| [–—-] (?![0-9])"
    r"| (?:against|compared|compares|versus|vs|this quarter|(?:in|for|during) (?:the|this) "
    r"(?:quarter|period)|(?:in|for) (?:q|quarter )[1-4]|and|but|which|with|so|because|due|despite"
    r"|as|while|although|again|by|ytd|year to date)\b)"
)
"""What may follow an assertion; any other word could make it one of something else."""

_OTHER_THING = re.compile(
    r"\b(?:will|would|should|could|might|if|unless|until|expect(?:s|ed)?|forecasts?|projected"
    r"|predicted|planned|aims?|needs? to|on (?:track|course) (?:to|for)|nationally|national"
    r"|regional|regionally|england|english|average|benchmarks?|median|neighbours?|quartile|respectively|elsewhere|others?|risks?)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?:^|\b(?:and|but|while|whereas|although) )(?:for|in|within|among|amongst|at|of|across) "
    r"(?!(?:the|this) quarter\b|q[1-4]\b|quarter [1-4]\b)[^,]{0,80},? ?$",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|stood|remained|stayed|became|turned|moved|gone|changed|slipped|reached|achieved"
    r"|fell|fallen|dropped|declined|decreased|reduced|rose|risen|increased|improved)\b",
    re.IGNORECASE,
)
_SINCE = re.compile(
    r",?(?: (?:but|and|yet|though|although))?(?: it)? (?:is|has|now|since)\b", re.IGNORECASE
)
_FAR = 150
"""Characters before and after that are looked at: enough for a sentence, not for a book."""
_CLAUSE_END = re.compile(r"[,;:()!?]|\.(?![0-9])")


def asserted(
    pattern: re.Pattern[str], sentence: str, quarter: Quarter
) -> Iterator[tuple[re.Match[str], str]]:
    """Yield what a sentence asserts of the quarter: matches of a pattern, and the words before.

    Args:
        pattern: What is looked for.
        sentence: One sentence, with single spaces.
        quarter: The quarter that the commentary is about.
    """
    for match in pattern.finditer(sentence):
        before = sentence[max(0, match.start() - _FAR) : match.start()]
        around = f"{before} {match[0]} {rest_of_clause(match)}"
        is_elsewhere = _PLACE.search(before) or _OTHER_THING.search(around)
        if not is_elsewhere and not names_other_time(around, quarter):
            yield match, before


def rest_of_clause(match: re.Match[str]) -> str:
    """Return what follows a match, up to the next mark that ends a clause."""
    after = match.string[match.end() : match.end() + _FAR]
    return _CLAUSE_END.split(after, maxsplit=1)[0]


def is_over(match: re.Match[str]) -> bool:
    """Tell whether what was so is said to have changed since: `was amber but has recovered`."""
    has_changed = _SINCE.match(match.string, match.end()) is not None
    return has_changed and _PAST.search(match[0]) is not None
