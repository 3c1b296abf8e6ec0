"""The rating of one figure."""

import math
from decimal import Decimal

import pandas as pd

from perf_pipeline.rate.bands import NEEDED, rag, require_usable_rules
from perf_pipeline.rules import Basis, Direction, Polarity, Rag, Rule, RuleKind

Number = float | Decimal | None


def rate_figure(  # noqa: PLR0913 - all that some rule may ask for
    rule: Rule,
    *,
    outturn: Number = None,
    polarity: str = Polarity.HIGHER,
    target: Number = None,
    floor: Number = None,
    lower: Number = None,
    upper: Number = None,
    direction: str | None = None,
    stated: str | None = None,
) -> Rag:
    """Judge one figure, as `rate_outturns` does; for documents, tests and notebooks.

    Args:
        rule: The rule to judge by.
        outturn: The figure.
        polarity: Which way is better.
        target: The target; the midpoint where the polarity is `range`.
        floor: The floor standard, for a floor rule.
        lower: Lower end of the target range, for a range rule.
        upper: Upper end.
        direction: Direction of travel against the rule's comparator, for an improvement rule;
            without it no improvement is shown.
        stated: The rating that the return states, for a judgement rule.

    Raises:
        ValueError: Something that the rule needs is missing, a number has more digits than a
            figure may have, or the rule cannot judge by the polarity.
    """
    standards = {"target": target, "floor": floor, "lower": lower, "upper": upper}
    numbers = {"outturn": outturn, **standards}
    values = {f"{name}_value": _number(name, value) for name, value in numbers.items()}
    _require_needed(rule, values, stated)
    facts = _facts(rule, Polarity(polarity), direction, stated).assign(**values)
    require_usable_rules(facts)
    return Rag(rag(facts).iloc[0])


def _number(name: str, value: Number) -> float:
    """Return a number as a float that denotes it, NaN for none."""
    if value is None:
        return math.nan
    number = float(value)
    if not math.isfinite(number) or Decimal(repr(number)) != Decimal(str(value)):
        raise ValueError(f"{name}: {value} is no number of at most 15 significant digits.")
    return number


def _require_needed(rule: Rule, values: dict[str, float], stated: str | None) -> None:
    needed = {name: values[name] for name in NEEDED[rule.kind]}
    if rule.kind != RuleKind.JUDGEMENT:
        needed["outturn_value"] = values["outturn_value"]
    missing = [name.removesuffix("_value") for name, value in needed.items() if math.isnan(value)]
    if rule.kind == RuleKind.JUDGEMENT and stated is None:
        missing.append("stated")
    if missing:
        raise ValueError(f"The rule `{rule.name}` also needs: {', '.join(missing)}.")


def _facts(
    rule: Rule, polarity: Polarity, direction: str | None, stated: str | None
) -> pd.DataFrame:
    enough = [Direction.IMPROVED, *([Direction.MAINTAINED] if rule.is_held_enough else [])]
    return pd.DataFrame(
        {
            "kpi_ref": ["this figure"],
            "basis_code": [Basis.TARGETED.value],
            "polarity_code": [polarity.value],
            "rule_kind_code": [rule.kind.value],
            "tolerance_unit_code": [rule.tolerance_unit],
            "green_tolerance_value": [_number("green", rule.green)],
            "amber_tolerance_value": [_number("amber", rule.amber)],
            "is_improvement_shown": [direction is not None and Direction(direction) in enough],
            "stated_rag_code": [None if stated is None else Rag(stated).value],
        }
    )
