"""Colours that a commentary says its KPI has, in the council's own words for them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RagLook
from perf_pipeline.scrutinise.assertions import NOW, PERIOD, SUBJECT, asserted, is_over

_THING = (
    r"(?:kpi|indicator|measure|it|this|performance|outturn|figure|result|rating|target|we"
    r"|status|rag(?: rating| status)?)"
)
_VERB = (
    r"(?: (?:is|are|was|remains?|remained|stays?|stayed|stands at|has been|has become|became"
    r"|has turned|turned|(?:has )?(?:moved|gone|improved|fallen|slipped|changed|dropped)"
    r"(?: from \w{1,20})? to))"
)
_RATED = (
    r"(?: (?:rag[ -]?rated|rated|reported|shown|showing|flagged|marked))?(?: (?:as|at|an?))?"
    r"(?: rag)?"
)
_HEADING = (
    r"(?:^|[(,–—-] ?)(?:rag(?: rating| status)?|status|rating|(?:rag[ -])?rated)"
    r"(?: (?:is|as|of)| ?[:=–—-])? "
)
_QUOTE = r"['\"\u2018\u2019\u201c\u201d]?"
_NOT_A_THING = (
    r"(?=$|[.,;:!?)]| ?\(| [–—-] "
    r"| (?:because|as|due|and|but|for|with|despite|rating|status|rag|against|since|while|although"
    r"|overall|again|so|(?:in |for )?(?:the |this )?quarter)\b)"
)
"""What may follow a colour; any other word could make it a green space or a red light."""


@dataclass(frozen=True)
class AssertedColour:
    """A colour in the words of a commentary, and the rating that it stands for."""

    words: str
    rag_code: str


@dataclass(frozen=True)
class ColourWords:
    """The words that a council uses for its ratings, and how they are found in a text."""

    codes: Mapping[str, str]
    said: re.Pattern[str]

    @classmethod
    def of(cls, looks: Mapping[str, RagLook]) -> "ColourWords":
        """Return the words of a scheme: its labels, and the codes that are no label of another."""
        codes = {code.replace("_", " "): code for code in looks}
        codes |= {look.label.casefold(): code for code, look in looks.items()}
        longest_first = sorted(codes, key=len, reverse=True)
        colours = "|".join(re.escape(word) for word in longest_first)
        claim = rf"{SUBJECT}{_THING}{PERIOD}{_VERB}{NOW}{_RATED} "
        said = rf"(?:{claim}|{_HEADING}){_QUOTE}(?P<colour>{colours}){_QUOTE}{_NOT_A_THING}"
        return cls(codes, re.compile(said, re.IGNORECASE))

    def asserted(
        self, sentences: Iterable[str], rag_code: str, quarter: Quarter
    ) -> Iterator[AssertedColour]:
        """Yield the colours that a commentary asserts and that are not its KPI's.

        A sentence that has the KPI's own colour too is passed over: it may tell of a change.

        Args:
            sentences: The commentary's sentences.
            rag_code: The KPI's rating, `not_rated` included.
            quarter: The quarter that the commentary is about.
        """
        words = (re.escape(word) for word, code in self.codes.items() if code == rag_code)
        own = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")
        for sentence in sentences:
            if own.search(sentence.casefold()):
                continue
            for match, _ in asserted(self.said, sentence, quarter):
                if not is_over(match):
                    code = self.codes[match["colour"].casefold()]
                    yield AssertedColour(match[0].strip(" ,:(–—-"), code)
