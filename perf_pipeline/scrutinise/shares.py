"""Check of shares that somebody printed: 71.2% for 5 of 7 is 71.4%."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from perf_pipeline.rules import QualityCheck
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding, of_kpi
from perf_pipeline.scrutinise.wording import COUNT, quoted, whole_number

_PCT = r"(?P<pct>[0-9]{1,3}(?:\.[0-9]{1,4})?) ?(?:%|per ?cent\b)"
_WORDS, _SLASH = " out of | of ", "/| / "


def _of(link: str) -> str:
    """Return the pattern of a count of a total, by what may stand between them."""
    return rf"(?P<part>{COUNT})(?P<link>{link})(?:the )?(?P<whole>{COUNT})(?![\w%/]|[.,][0-9])"


_SHARE_FIRST = rf"(?<![\w.,£-]){_PCT}(?: ?[(\[] ?| [–—-] ){_of(f'{_WORDS}|{_SLASH}')}(?: ?[)\]])?"
_BRACKETED = rf"[(\[] ?{_PCT} ?[)\]]"
_COUNT_FIRST = rf"(?<![\w.,/£-]){_of(_WORDS)}[^()\[\]%0-9.;!?]{{0,40}}{_BRACKETED}"
_FRACTION_FIRST = rf"(?<![\w.,/£-]){_of(_SLASH)} ?{_BRACKETED}"
_SHARE_BETWEEN = (
    rf"(?<![\w.,/£-])(?P<part>{COUNT}) [(\[] ?{_PCT} ?[)\]](?P<link> out of | of )(?:the )?"
    rf"(?P<whole>{COUNT})(?![\w%/]|[.,][0-9])"
)
_SHARES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (_SHARE_FIRST, _COUNT_FIRST, _FRACTION_FIRST, _SHARE_BETWEEN)
)
_EXACT = Context(prec=40, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class StatedShare:
    """A share as printed.

    Attributes:
        words: As written.
        pct_text: The percentage, without its sign.
        part: What is counted.
        whole: What it is counted of.
    """

    words: str
    pct_text: str
    part: int
    whole: int

    @property
    def right_text(self) -> str:
        """The percentage, half up, to as many decimals as are stated."""
        step = Decimal(1).scaleb(-len(self.pct_text.partition(".")[2]))
        share = _EXACT.divide(Decimal(100 * self.part), Decimal(self.whole))
        return f"{share.quantize(step, context=_EXACT):f}"

    @property
    def is_right(self) -> bool:
        """Whether the percentage is the one of the counts; true where it cannot be taken."""
        return self.whole == 0 or Decimal(self.pct_text) == Decimal(self.right_text)


def stated_shares(text: str) -> Iterator[StatedShare]:
    """Yield the shares in a text.

    Their forms are `71.2% (5 of 7)`, `71.2% (5/7)`, `71.2% - 5 of 7`, `5 of 7 (71.2%)`,
    `5/7 (71.2%)` and `5 (71.2%) of the 7`. Words may stand between `5 of 7` and its share, within
    one sentence; none between `5/7` and its own, since `4/5` may be a score.
    """
    for pattern in _SHARES:
        for match in pattern.finditer(text):
            if "/" not in match["link"] or _is_fraction(match["part"], match["whole"]):
                part, whole = whole_number(match["part"]), whole_number(match["whole"])
                yield StatedShare(match[0], match["pct"], part, whole)


def _is_fraction(part: str, whole: str) -> bool:
    """Tell `5/7` from a day of a month, 01/04, and from a year, 2022/23 or 22/23."""
    if part.startswith("0") and part != "0":
        return False
    above, below = whole_number(part), whole_number(whole)
    is_year = len(part) == len(whole) == 2 and below == above + 1  # noqa: PLR2004 - two digits
    return above <= below and not is_year


def share_miscalculated(evidence: Evidence) -> list[Finding]:
    """Find shares that are not those of the counts beside them.

    Commentary and action of each KPI, the quarter's key issue notes, and its stated counts.
    """
    return [*_in_scorecard(evidence), *_in_issues(evidence), *_in_counts(evidence)]


def _wrong_shares(text: object) -> list[StatedShare]:
    if not isinstance(text, str):
        return []
    return [share for share in stated_shares(" ".join(text.split())) if not share.is_right]


def _sentence(where: str, share: StatedShare) -> str:
    return (
        f"{where} {quoted(share.words)}, but {share.part:,} of {share.whole:,} is "
        f"{share.right_text}%. Correct the share or the counts."
    )


def _in_scorecard(evidence: Evidence) -> Iterator[Finding]:
    figures = evidence.figures
    has_text = figures["commentary_text"].notna() | figures["action_text"].notna()
    for row in rows_of(figures[has_text]):
        for where, text in (("commentary", row.commentary_text), ("action", row.action_text)):
            for share in _wrong_shares(text):
                sentence = _sentence(f"The {where} says", share)
                yield of_kpi(QualityCheck.SHARE_MISCALCULATED, row, sentence)


def _in_issues(evidence: Evidence) -> Iterator[Finding]:
    for row in rows_of(evidence.issues):
        for share in _wrong_shares(row.issue_text):
            place = {
                "directorate_code": row.directorate_code,
                "file_name": "register/key_issue_notes.csv",
            }
            text = _sentence(f"Key issue {row.issue_order} says", share)
            yield Finding(QualityCheck.SHARE_MISCALCULATED, text, place)


def _in_counts(evidence: Evidence) -> Iterator[Finding]:
    columns = ["stated_count", "stated_of_count", "stated_share_text"]
    for row in rows_of(evidence.counts.dropna(subset=columns)):
        share = _share_of(row)
        if not share.is_right:
            place = {
                "directorate_code": row.directorate_code,
                "file_name": "register/stated_counts.csv",
            }
            text = _sentence(f"For {row.count_code} is stated", share)
            yield Finding(QualityCheck.SHARE_MISCALCULATED, text, place)


def _share_of(row: Any) -> StatedShare:
    part, whole = int(row.stated_count), int(row.stated_of_count)
    words = f"{row.stated_share_text}% ({part} of {whole})"
    return StatedShare(words, row.stated_share_text, part, whole)
