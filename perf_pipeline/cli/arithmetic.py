"""A rating in words: the rule's sum for one KPI, as a person would write it down."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from perf_pipeline.rules import (
    UNITS,
    Comparator,
    Polarity,
    Rag,
    RatingBasis,
    Rule,
    RuleKind,
    ToleranceUnit,
)

Row = Mapping[Any, Any]

_SHOWN_DECIMALS = 6
NOT_RATED_WORDS = {
    "no_target": "no target is registered for the quarter",
    "in_development": "the indicator is in development",
    "data_only": "the KPI is published for information and has no target",
    "not_due": "no figure is due this quarter",
    "not_returned": "the return has no figure for it",
    "awaiting": "the service awaits the figure",
    "rejected": "its row was rejected",
    "suppressed": "the figure is suppressed",
    "not_applicable": "the service says that it does not apply",
    "not_calculable": "its denominator is 0",
    "new_measure": "the measure is new and has no target yet",
    "no_judgement": "the return gives a figure and no judgement",
}
"""Why a KPI is not rated, by reason code."""


def number(value: float) -> str:
    """Write a figure out, its thousands apart; what is cut after six decimals begins with ≈."""
    exact = Decimal(repr(float(value)))
    step = Decimal(1).scaleb(-_SHOWN_DECIMALS)
    shown = exact.quantize(step, ROUND_HALF_UP) if exact.adjusted() < 15 else exact  # noqa: PLR2004 - digits of a figure
    return f"{'' if shown == exact else '≈ '}{shown.normalize():,f}"


def in_unit(value: float, row: Row) -> str:
    """Write a figure with the KPI's unit."""
    unit = UNITS[row["unit_code"]]
    return f"{unit.prefix}{number(value)}{unit.suffix}"


def target_text(row: Row) -> str:
    """Say what the target is, since when and until when, and which way is better."""
    parts = _standards(row, "")
    if not parts:
        return "none"
    better = {
        Polarity.RANGE: "nearer to it is better",
        Polarity.NONE: "neither way is better",
    }.get(row["polarity_code"], f"{row['polarity_code']} is better")
    until = row["target_valid_to"] or "still"
    return f"{', '.join(parts)}, valid from {row['target_valid_from']} ({until}); {better}"


def _standards(row: Row, when: str) -> list[str]:
    """Write out the range, target and floor standard of now or of the year end, as far as given."""
    ends = [row[f"{when}lower_value"], row[f"{when}upper_value"]]
    parts = []
    if None not in ends:
        parts.append(" to ".join(in_unit(end, row) for end in ends))
    if row[f"{when}target_value"] is not None:
        parts.append(in_unit(row[f"{when}target_value"], row))
    if row[f"{when}floor_value"] is not None:
        parts.append(f"floor standard {in_unit(row[f'{when}floor_value'], row)}")
    return parts


def rule_of(row: Row) -> Rule:
    """Return the rule by which a row of the scorecard was rated."""
    comparator = row["improvement_comparator_code"]
    unit = row["tolerance_unit_code"]
    return Rule(
        row["rule_name"],
        RuleKind(row["rule_kind_code"]),
        _tolerance(row["green_tolerance_value"]) or Decimal(0),
        _tolerance(row["amber_tolerance_value"]),
        None if unit is None else ToleranceUnit(unit),
        None if comparator is None else Comparator(comparator),
        bool(row["is_held_enough"]),
    )


def _tolerance(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(float(value))).normalize()


def rating_text(row: Row, direction: Row | None) -> str:
    """Say how the rule comes to its rating.

    Args:
        row: A row of the scorecard.
        direction: The row of `kpi_comparisons` that an improvement rule looks at.
    """
    rating = row["rule_rag_code"] or row["rag_code"]
    if rating is None:
        return f"not rated: {NOT_RATED_WORDS[row['not_rated_reason_code']]}"
    if row["rule_kind_code"] == RuleKind.JUDGEMENT:
        reason = str(row["rating_reason_text"]).rstrip(".")
        return f"judged {rating} by the return: {reason}"
    words = {RuleKind.RANGE: _range_words, RuleKind.FLOOR: _floor_words}.get(
        row["rule_kind_code"], _tolerance_words
    )(row)
    if direction is not None and rating != Rag.GREEN:
        earlier = direction["comparator_value"]
        shown = "no earlier figure" if earlier is None else in_unit(earlier, row)
        words = f"{words}; {direction['direction_code'].replace('_', ' ')} against {shown}"
    return f"{words}: {rating}"


def _sum(row: Row) -> str:
    outturn, target = in_unit(row["outturn_value"], row), in_unit(row["target_value"], row)
    is_above = row["variance_value"] > 0
    return f"{outturn} − {target}" if is_above else f"{target} − {outturn}"


def _tolerance_words(row: Row) -> str:
    outturn, target = in_unit(row["outturn_value"], row), in_unit(row["target_value"], row)
    if row["shortfall_value"] <= 0:
        return f"{outturn} meets {target}"
    limits = [
        f"{rag} up to {number(row[f'{rag}_limit_value'])}"
        for rag in (Rag.GREEN, Rag.AMBER)
        if row[f"{rag}_limit_value"] is not None
    ]
    return f"short by {_sum(row)} = {number(row['shortfall_value'])}; {', '.join(limits)}"


def _floor_words(row: Row) -> str:
    words = _tolerance_words(row).split(";", maxsplit=1)[0]
    if row["shortfall_value"] <= 0:
        return words
    is_met = row["rule_rag_code"] == Rag.AMBER
    floor = in_unit(row["floor_value"], row)
    return f"{words}; the floor standard {floor} is {'met' if is_met else 'not met'}"


def _range_words(row: Row) -> str:
    outturn = in_unit(row["outturn_value"], row)
    lower, upper = (in_unit(row[name], row) for name in ("lower_value", "upper_value"))
    if row["shortfall_value"] <= 0:
        return f"{outturn} is inside {lower} to {upper}"
    end = upper if row["variance_value"] > 0 else lower
    first, second = (outturn, end) if row["variance_value"] > 0 else (end, outturn)
    return (
        f"outside {lower} to {upper} by {first} − {second} = {number(row['shortfall_value'])}; "
        f"amber up to {number(row['amber_limit_value'])}"
    )


def override_text(row: Row) -> str | None:
    """Say who published another rating than the rule's, when and why; None where nobody did."""
    if row["rating_basis_code"] != RatingBasis.OVERRIDE:
        return None
    return (
        f"published as {row['rag_code']} in place of {row['rule_rag_code']}: "
        f"{row['override_role']}, {row['override_date']}: {row['override_reason_text']}"
    )


def forecast_text(row: Row) -> str | None:
    """Say what the service forecasts for the year end and how that would be rated."""
    if row["forecast_value"] is None:
        return None
    standards = _standards(row, "year_end_")
    against = f" against {', '.join(standards)}" if standards else ""
    forecast = in_unit(row["forecast_value"], row)
    return f"{forecast} at the year end{against}: {row['forecast_rag_code'] or 'not rated'}"
