"""The rating that a return states, and its reason: a judgement, or a claim to compare with."""

from collections.abc import Iterator, Mapping

from perf_pipeline.rules import Rag
from perf_pipeline.validate.cells import Problem, quoted, says_nothing
from perf_pipeline.validate.expectations import Kpi, RatingWord
from perf_pipeline.validate.references import matching_key


def stated_rating(text: str | None, words: Mapping[str, RatingWord]) -> str | Problem | None:
    """Read a rating's cell.

    Args:
        text: The cell; an empty one, or one such as `N/A`, states no rating.
        words: Words for ratings by matching key; one for a KPI that is not rated states none.

    Returns:
        A code of `Rag`, null for none, or what is wrong.
    """
    if says_nothing(text):
        return None
    found = words.get(matching_key(text or ""))
    if found is not None:
        return found.rag_code if found.rag_code in set(Rag) else None
    listed = ", ".join(word.word for word in words.values())
    return Problem(
        "rating_unknown", f"{quoted(text or '')} is not a rating. Write one of: {listed}."
    )


def judgement_problems(kpi: Kpi, *, has_rating: bool, has_reason: bool) -> Iterator[Problem]:
    """Say what a judgement lacks, or that none is due; other KPIs' stated ratings are only claims.

    Args:
        kpi: The row's KPI.
        has_rating: True where the row states a rating.
        has_reason: True where it gives a reason.
    """
    if not kpi.is_judged:
        return
    if has_rating and not has_reason:
        yield Problem(
            "judgement_without_reason",
            f"{kpi.kpi_ref} is rated by judgement, and the rating has no reason. Write why.",
        )
    if has_reason and not has_rating:
        yield Problem(
            "judgement_without_rating",
            f"{kpi.kpi_ref} is rated by judgement, and there is a reason without a rating. Write "
            "the rating.",
        )
    if has_rating and not kpi.is_due:
        yield Problem(
            "kpi_not_due",
            f"{kpi.kpi_ref} is not due this quarter. Take the rating out, or change "
            "due_quarters_text in the register.",
        )
