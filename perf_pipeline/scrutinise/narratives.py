"""Checks of commentary against the figure, the rating and the target that stand beside it."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from perf_pipeline.rules import NOT_RATED, QualityCheck, Rag, RuleKind
from perf_pipeline.scrutinise.asserted_colours import ColourWords
from perf_pipeline.scrutinise.asserted_figures import (
    AssertedCount,
    AssertedFigure,
    asserted_counts,
    asserted_figures,
)
from perf_pipeline.scrutinise.asserted_outcomes import AssertedOutcome, Claim, asserted_outcomes
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding, of_kpi
from perf_pipeline.scrutinise.wording import printed, quoted

_FIGURES_NOW = ("outturn_value", "numerator_value", "denominator_value")
_TARGETS = (
    "target_value",
    "floor_value",
    "lower_value",
    "upper_value",
    "previous_target_value",
    "year_end_target_value",
    "year_end_floor_value",
    "year_end_lower_value",
    "year_end_upper_value",
)
_OTHER_FIGURES = ("forecast_value", "previous_quarter_value", "last_year_value")


def narrative_states_other_figure(evidence: Evidence) -> list[Finding]:
    """Find commentary that asserts a figure which is not the KPI's, one finding a KPI.

    The figure of the quarter before, left in the text, is not the KPI's.
    """
    found = []
    for row, sentences in evidence.narratives:
        before = evidence.values_before.get(row.kpi_ref, [])
        figures = asserted_figures(sentences, row.unit_code, evidence.quarter)
        strange = next((one for one in figures if not _is_own(one, row, before)), None)
        other = strange or _other_count(row, list(asserted_counts(sentences, evidence.quarter)))
        if other:
            text = (
                f"The commentary says {quoted(other.words)}, but {_own_figure(row, other)}. "
                "Correct the commentary, or the figure."
            )
            found.append(of_kpi(QualityCheck.NARRATIVE_STATES_OTHER_FIGURE, row, text))
    return found


def _is_own(figure: AssertedFigure, row: Any, before: Sequence[float]) -> bool:
    """Tell whether a figure is the return's, or another one that its clause may speak of.

    Where the return has none, the last one known may well be told.
    """
    names: Sequence[str] = _FIGURES_NOW
    values: Sequence[float] = ()
    if figure.is_compared or pd.isna(row.outturn_value):
        names, values = (*_FIGURES_NOW, *_TARGETS, *_OTHER_FIGURES), before
    elif figure.is_beside_target:
        names = (*_FIGURES_NOW, *_TARGETS)
    own = [getattr(row, name) for name in names]
    return any(figure.may_be(value) for value in (*own, *values) if not pd.isna(value))


def _own_figure(row: Any, other: AssertedFigure | AssertedCount) -> str:
    if isinstance(other, AssertedCount):
        return f"the return gives {row.numerator_value:,.15g} of {row.denominator_value:,.15g}"
    if pd.isna(row.outturn_value):
        return "the return has no figure"
    return f"the figure is {printed(row.outturn_value, row.unit_code)}"


def _other_count(row: Any, counts: list[AssertedCount]) -> AssertedCount | None:
    """Return a count that speaks of what the KPI counts, where none is the return's."""
    if pd.isna(row.numerator_value) or pd.isna(row.denominator_value):
        return None
    part, whole = row.numerator_value, row.denominator_value
    if any(count.whole == whole and count.part in {part, whole - part} for count in counts):
        return None
    name_words = set(row.kpi_name.casefold().split())
    return next(
        (count for count in counts if count.whole == whole or count.noun.casefold() in name_words),
        None,
    )


def narrative_states_other_colour(evidence: Evidence) -> list[Finding]:
    """Find commentary that gives the KPI another colour than the one published."""
    words = ColourWords.of(evidence.looks)
    found = []
    for row, sentences in evidence.narratives:
        rag_code = NOT_RATED if pd.isna(row.rag_code) else row.rag_code
        other = next(words.asserted(sentences, rag_code, evidence.quarter), None)
        if other:
            text = (
                f"The commentary says {quoted(other.words)}, but the KPI is "
                f"{evidence.label(row.rag_code)}. Correct the commentary, or check the figure and "
                "the target."
            )
            found.append(of_kpi(QualityCheck.NARRATIVE_STATES_OTHER_COLOUR, row, text))
    return found


def narrative_disagrees_with_rating(evidence: Evidence) -> list[Finding]:
    """Find commentary on the target that the rule's rating, or the return's own, contradicts.

    An override changes what is published and not whether the target is met.
    """
    found = []
    for row, sentences in evidence.narratives:
        outcomes = asserted_outcomes(sentences, row.polarity_code, evidence.quarter)
        disagreements = ((one, _disagreement(one, row, evidence)) for one in outcomes)
        outcome, against = next((pair for pair in disagreements if pair[1]), (None, None))
        if outcome:
            text = (
                f"The commentary says {quoted(outcome.words)}, but {against}. Correct the "
                "commentary, or the figure or rating that it is about."
            )
            found.append(of_kpi(QualityCheck.NARRATIVE_DISAGREES_WITH_RATING, row, text))
    return found


def _disagreement(outcome: AssertedOutcome, row: Any, evidence: Evidence) -> str | None:
    """Return what speaks against an outcome asserted; None where nothing does."""
    if outcome.pct is not None:
        return _against_percentage(outcome, row) or _against_rule(outcome, row, evidence)
    if pd.isna(row.shortfall_value):
        return None
    is_short = row.shortfall_value > 0
    is_met_in_doubt = outcome.claim is Claim.MET and row.rule_rag_code in {Rag.RED, Rag.AMBER}
    if (is_short and is_met_in_doubt) or (not is_short and outcome.claim is Claim.MISSED):
        return f"by the rule the KPI is {evidence.label(row.rule_rag_code)}, {_shortfall(row)}"
    return None


def _shortfall(row: Any) -> str:
    if row.shortfall_value <= 0:
        return "and the target is met"
    return f"{printed(row.shortfall_value, row.unit_code)} short of its target"


def _against_percentage(outcome: AssertedOutcome, row: Any) -> str | None:
    """Hold a stated percentage of the target against the shortfall, exactly."""
    if pd.isna(row.shortfall_value) or pd.isna(row.target_value) or row.target_value == 0:
        return None
    shortfall, target = (
        Fraction(repr(float(value))) for value in (row.shortfall_value, row.target_value)
    )
    pct = 100 * shortfall / abs(target)
    stated = Fraction(outcome.pct or 0)
    is_wrong = pct > stated if outcome.claim is Claim.BY_LESS else pct < stated
    if not is_wrong:
        return None
    if pct <= 0:
        return "the target is met"
    return f"the figure is {printed(float(pct), 'percent')} of the target short of it"


def _against_rule(outcome: AssertedOutcome, row: Any, evidence: Evidence) -> str | None:
    """Hold a stated percentage against the rating that the return states.

    Under a tolerance of 10% of the target, one that is missed by less than 10% cannot be red.
    """
    is_relative = row.rule_kind_code == RuleKind.TOLERANCE_RELATIVE
    if not is_relative or pd.isna(row.amber_tolerance_value) or outcome.pct is None:
        return None
    tolerance = Fraction(repr(float(row.amber_tolerance_value)))
    impossible = {
        Claim.BY_LESS: {Rag.RED} if Fraction(outcome.pct) <= tolerance else set(),
        Claim.BY_MORE: {Rag.AMBER, Rag.GREEN} if Fraction(outcome.pct) >= tolerance else set(),
    }[outcome.claim]
    if row.stated_rag_code not in impossible:
        return None
    return (
        f"the return states {evidence.label(row.stated_rag_code)}, and the rule is amber up to "
        f"{printed(row.amber_tolerance_value, 'percent')} of the target"
    )
