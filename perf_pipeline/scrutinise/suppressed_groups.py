"""Text about a KPI that names a group whose figures are suppressed, beside a number."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from perf_pipeline.rules import OutturnStatus, QualityCheck
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding, of_kpi
from perf_pipeline.scrutinise.wording import quoted, sentences

_NUMBER = re.compile(
    r"[0-9]|\b(?:none|nobody|one|two|three|four|five|six|seven|eight|nine|ten|single|half)\b",
    re.IGNORECASE,
)
_TEXTS = {
    "commentary_text": "commentary",
    "action_text": "action",
    "rating_reason_text": "reason of the rating",
    "override_reason_text": "reason of the override",
}


def text_names_suppressed_group(evidence: Evidence) -> list[Finding]:
    """Find text that may give a suppressed figure away: it is published as it was written."""
    names = _suppressed_names(evidence)
    figures, scorecard = (
        frame[frame["kpi_ref"].isin(list(names))]
        for frame in (evidence.figures, evidence.scorecard)
    )
    texts = scorecard.set_index("kpi_ref")[list(_TEXTS)].to_dict("index")
    return [
        of_kpi(
            QualityCheck.TEXT_NAMES_SUPPRESSED_GROUP,
            row,
            f"The {_TEXTS[column]} names {quoted(name)}, whose figures are suppressed, beside a "
            "number. See that it gives none of them away; if it does, take the number out where "
            "it was written and run the quarter again.",
        )
        for row in rows_of(figures)
        for column, name in _named(texts[row.kpi_ref], names[row.kpi_ref])
    ]


def _suppressed_names(evidence: Evidence) -> dict[str, list[str]]:
    """Return the names of the categories that are suppressed, by KPI."""
    parts = evidence.breakdowns
    names: defaultdict[str, list[str]] = defaultdict(list)
    for part in rows_of(parts[parts["outturn_status_code"] == OutturnStatus.SUPPRESSED]):
        names[part.kpi_ref] += [part.breakdown_category_name]
    return names


def _named(texts: Mapping[Any, Any], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each text that names a group beside a number, with the first such group."""
    for column, text in texts.items():
        told = sentences(text) if isinstance(text, str) else ()
        found = (name for name in names if any(_is_beside_a_number(name, each) for each in told))
        first = next(found, None)
        if first is not None:
            yield column, first


def _is_beside_a_number(name: str, sentence: str) -> bool:
    rest, times = re.subn(rf"\b{re.escape(name)}(?:s|es)?\b", "", sentence, flags=re.IGNORECASE)
    return times > 0 and _NUMBER.search(rest) is not None
