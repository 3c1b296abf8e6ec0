"""What the check page shows, as HTML in which every text is escaped."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from perf_pipeline.cli.arithmetic import NOT_RATED_WORDS
from perf_pipeline.cli.check_page.upload import LARGEST_BYTES, LARGEST_MEGABYTES
from perf_pipeline.council import Council
from perf_pipeline.orchestration.return_checks import ExpectedRating, Finding, ReturnCheck
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import NOT_RATED, RagLook

_templates = Environment(
    loader=PackageLoader("perf_pipeline.cli.check_page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def start_page(council: Council, quarters: Sequence[Quarter]) -> str:
    """Return the form.

    Args:
        council: The council folder.
        quarters: Quarters to choose from, the likeliest first.
    """
    sources = [(entry.source_code, entry.source_name) for entry in council.sources.values()]
    return _page(
        "start.html",
        title=f"Check a return: {council.name}",
        quarters=quarters,
        sources=sources,
        megabytes=LARGEST_MEGABYTES,
        largest_bytes=LARGEST_BYTES,
    )


def findings_page(found: ReturnCheck, looks: Mapping[str, RagLook]) -> str:
    """Return what was found in a return.

    Args:
        found: What was found.
        looks: How the council prints each rating.
    """
    quarter = Quarter.parse(found.quarter_key).label
    return _page(
        "findings.html",
        title=f"{found.source_name}, {quarter}: {_verdict(found)}",
        found=found,
        sheets=_by_sheet(found.findings),
        ratings=[(rating, _rating_words(rating, looks)) for rating in found.ratings],
    )


def refusal_page(text: str) -> str:
    """Return why nothing could be checked."""
    return _page("refusal.html", title="The return could not be checked", text=text)


def _page(template: str, **parts: Any) -> str:
    return _templates.get_template(template).render(parts)


def _verdict(found: ReturnCheck) -> str:
    if found.is_clean:
        return "nothing would be rejected"
    parts = [
        _counted(found.rejected_count, "row would be rejected", "rows would be rejected"),
        _counted(len(found.missing), "KPI is missing", "KPIs are missing"),
    ]
    return " and ".join(part for part in parts if part)


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}" if number else ""


def _by_sheet(findings: Sequence[Finding]) -> list[tuple[str | None, list[Finding]]]:
    """Return findings by sheet, in the order in which the sheets come first."""
    order = {sheet: place for place, sheet in enumerate(dict.fromkeys(f.sheet for f in findings))}
    in_order = sorted(findings, key=lambda finding: order[finding.sheet])
    return [(sheet, list(group)) for sheet, group in groupby(in_order, lambda each: each.sheet)]


def _rating_words(rating: ExpectedRating, looks: Mapping[str, RagLook]) -> str:
    look = looks[rating.rag_code or NOT_RATED]
    words = f"{look.symbol} {rating.rating_label or look.label}".strip()
    return (
        words if rating.reason_code is None else f"{words}: {NOT_RATED_WORDS[rating.reason_code]}"
    )
