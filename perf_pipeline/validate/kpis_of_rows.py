"""Which KPI a row is for: by its reference, by an old one that was replaced, or by an alias."""

from collections.abc import Iterator, Sequence

from perf_pipeline.rules import reads_like_cells, reads_like_words
from perf_pipeline.validate.cells import Problem, quoted
from perf_pipeline.validate.expectations import Expectations, Kpi
from perf_pipeline.validate.references import alias_key, is_named, matching_key, nearest_key

_LONGEST_LABEL = 1_000


def kpi_of_row(text: str | None, expected: Expectations) -> tuple[Kpi | None, list[Problem]]:
    """Find the KPI that a row's reference stands for.

    An old reference stands for the one live KPI that replaced it; where several did, the row's
    figure can be none of theirs, and where that KPI replaced others too, it is only a part of its
    figure.

    Returns:
        The KPI, null where the reference stands for none, and what is wrong.
    """
    if text is None:
        missing = "The row has a figure and no KPI reference. Write it."
        return None, [Problem("kpi_ref_missing", missing)]
    key = matching_key(text)
    kpi = expected.kpis.get(key) or expected.aliases.get(alias_key(text))
    successors = expected.successors.get(key, ())
    if kpi is None and len(successors) == 1:
        kpi = successors[0]
        if others := expected.mergers.get(key):
            return kpi, [_merged(text, others, kpi)]
    if kpi is None:
        return None, [_split(text, successors) if successors else _unknown(text, expected)]
    return kpi, list(_of_another_source(kpi, expected.source_code))


def is_label(text: str, expected: Expectations) -> bool:
    """Tell words that head a section of the return from what was meant as a reference.

    They are no KPI's reference, old or new, alias or near miss, and none of these is among them:
    a row may have been pasted into one cell.
    """
    if reads_like_cells(text) or not reads_like_words(text) or len(text) > _LONGEST_LABEL:
        return False
    known = {*expected.kpis, *expected.known_refs, *expected.successors, *expected.mergers}
    if is_named(text, known, expected.aliases):
        return False
    return nearest_key(matching_key(text), expected.kpis) is None


def _of_another_source(kpi: Kpi, source_code: str) -> Iterator[Problem]:
    if kpi.source_code != source_code:
        yield Problem(
            "kpi_wrong_source",
            f"{kpi.kpi_ref} is returned by {kpi.source_code}, not by this source. Take the row "
            "out, or change source_code in the register.",
        )


def _split(text: str, successors: Sequence[Kpi]) -> Problem:
    refs = _listed([kpi.kpi_ref for kpi in successors])
    return Problem(
        "kpi_split", f"{quoted(text)} was replaced by {refs}. Send a row for each of them."
    )


def _merged(text: str, others: Sequence[str], kpi: Kpi) -> Problem:
    return Problem(
        "kpi_merged",
        f"{quoted(text)} was merged with {_listed(others)} into {kpi.kpi_ref}. Send one row with "
        f"{kpi.kpi_ref}'s own figure, under that reference.",
    )


def _listed(refs: Sequence[str]) -> str:
    *most, last = refs
    return f"{', '.join(most)} and {last}" if most else last


def _unknown(text: str, expected: Expectations) -> Problem:
    key = matching_key(text)
    if key in expected.known_refs:
        return Problem(
            "kpi_not_live",
            f"{expected.known_refs[key]} is not live in {expected.quarter.label}. Take the row "
            "out, or change the KPI's dates in the register.",
        )
    near = nearest_key(key, expected.kpis)
    hint = (
        f"Did you mean {expected.kpis[near].kpi_ref}?"
        if near
        else "Use one of its references, or delete the row if it is a total."
    )
    return Problem("kpi_unknown", f"{quoted(text)} is not a KPI of the register. {hint}")
