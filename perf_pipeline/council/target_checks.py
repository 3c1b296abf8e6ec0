"""Whether each target is what the rule asks for that judges its KPI in the target's quarters."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from perf_pipeline.council.declared_rules import DeclaredRules
from perf_pipeline.council.kpi_checks import is_judged, possible_range
from perf_pipeline.council.periods import Period, period_of
from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import Polarity, Rule, RuleKind, ToleranceUnit

_STANDARDS: Mapping[str, str] = {
    "target_value": "target",
    "floor_value": "floor standard",
    "lower_value": "lower end of the target range",
    "upper_value": "upper end of the target range",
}
"""What a row of the targets can hold, and what people call it."""

_NEEDED: Mapping[RuleKind, Sequence[str]] = {
    RuleKind.FLOOR: ("target_value", "floor_value"),
    RuleKind.RANGE: ("lower_value", "upper_value"),
    RuleKind.JUDGEMENT: (),
}
"""What a rule judges by; a target alone where the kind is not named."""

_USED_BY: Mapping[str, RuleKind] = {
    "floor_value": RuleKind.FLOOR,
    "lower_value": RuleKind.RANGE,
    "upper_value": RuleKind.RANGE,
}
"""The kind of rule that a standard beside the target is for."""

_Values = Mapping[str, Decimal]


def target_mistakes(
    targets: RegisterTable, kpis: RegisterTable, rules: DeclaredRules
) -> Iterator[Mistake]:
    """Find targets that a KPI cannot have, or cannot be judged by.

    Args:
        targets: The targets.
        kpis: Their KPIs.
        rules: The rules of `council.yaml`.
    """
    by_ref: defaultdict[str, list[Row]] = defaultdict(list)
    for kpi in kpis.rows:
        by_ref[kpi["kpi_ref"]].append(kpi)
    for target in targets.rows:
        if target.is_sound("kpi_ref", *_STANDARDS):
            for fault in _faults(target, by_ref[target["kpi_ref"]], rules):
                yield fault.at(targets.file, target.line)


def _faults(target: Row, kpis: Sequence[Row], rules: DeclaredRules) -> Iterator[Fault]:
    values = {column: Decimal(target[column]) for column in _STANDARDS if target[column]}
    for kpi in kpis:
        period = _quarters_of_use(target, kpi)
        if period is None:
            continue
        yield from _impossible(kpi, values)
        if is_judged(kpi):
            for rule in rules.of_kpi(kpi, period):
                yield from _missing(kpi, rule, values)
                yield from _unused(kpi, rule, values)
                yield from _contradictions(kpi, rule, values)


def _quarters_of_use(target: Row, kpi: Row) -> Period | None:
    """Return the quarters in whose reports a row of a KPI is judged by a target, if any are."""
    about, reported = period_of(target), period_of(kpi)
    if about is None or reported is None or not kpi.is_sound("arrears_quarter_count"):
        return None
    return about.shift(int(kpi["arrears_quarter_count"])).shared(reported)


def _impossible(kpi: Row, values: _Values) -> Iterator[Fault]:
    smallest, largest = possible_range(kpi)
    for column, value in values.items():
        is_above = smallest is None or value >= smallest
        if not (is_above and (largest is None or value <= largest)):
            lower = "any" if smallest is None else f"{smallest:f}"
            upper = "any" if largest is None else f"{largest:f}"
            yield Fault(
                f"The {_STANDARDS[column]} {value:f} of KPI {quoted(kpi['kpi_ref'])} is outside "
                f"its possible figures ({lower} to {upper}).",
                f"Correct `{column}`, or `minimum_value` and `maximum_value` in register/kpis.csv.",
            )


def _missing(kpi: Row, rule: Rule, values: _Values) -> Iterator[Fault]:
    for column in _NEEDED.get(rule.kind, ("target_value",)):
        if column not in values:
            yield Fault(
                f"KPI {quoted(kpi['kpi_ref'])} has no {_STANDARDS[column]}, which its rule "
                f"{quoted(rule.name)} (kind {rule.kind}) judges by.",
                f"Write `{column}`, or give the KPI another rule (`rule_name` in "
                "register/kpis.csv).",
            )


def _unused(kpi: Row, rule: Rule, values: _Values) -> Iterator[Fault]:
    for column, kind in _USED_BY.items():
        if column in values and rule.kind not in {kind, RuleKind.JUDGEMENT}:
            yield Fault(
                f"KPI {quoted(kpi['kpi_ref'])} has a {_STANDARDS[column]}, which its rule "
                f"{quoted(rule.name)} (kind {rule.kind}) does not use.",
                f"Leave `{column}` empty, or give the KPI a rule of kind {kind} (`rule_name` in "
                "register/kpis.csv).",
            )


def _contradictions(kpi: Row, rule: Rule, values: _Values) -> Iterator[Fault]:
    named = f"KPI {quoted(kpi['kpi_ref'])}"
    if rule.kind is RuleKind.FLOOR:
        yield from _floor_faults(named, kpi["polarity_code"], values)
    elif rule.kind is RuleKind.RANGE:
        yield from _range_faults(named, rule, values)
    elif _is_relative(rule) and values.get("target_value") == 0:
        yield Fault(
            f"{named} has a target of 0 and a relative rule: no percentage of 0 can be tolerated.",
            "Give the KPI a rule with a tolerance in points, such as one of kind tolerance_points "
            "(`rule_name` in register/kpis.csv), or correct the target.",
        )


def _is_relative(rule: Rule) -> bool:
    if rule.kind is RuleKind.IMPROVEMENT:
        return rule.unit is ToleranceUnit.PERCENT and rule.green > 0
    return rule.kind is RuleKind.TOLERANCE_RELATIVE


def _floor_faults(named: str, polarity: str, values: _Values) -> Iterator[Fault]:
    target, floor = values.get("target_value"), values.get("floor_value")
    if target is None or floor is None:
        return
    if polarity == Polarity.HIGHER and floor > target:
        where, word = "above", "lower"
    elif polarity == Polarity.LOWER and floor < target:
        where, word = "below", "higher"
    else:
        return
    yield Fault(
        f"{named} has a floor standard of {floor:f}, {where} its target of {target:f}, and "
        f"{polarity} is better.",
        f"Correct one of them: the floor is the {word} of the two, or equal to the target.",
    )


def _range_faults(named: str, rule: Rule, values: _Values) -> Iterator[Fault]:
    lower, upper = values.get("lower_value"), values.get("upper_value")
    if lower is None or upper is None:
        return
    target = values.get("target_value")
    if lower > upper:
        yield Fault(
            f"{named} has a target range from {lower:f} to {upper:f}, which is upside down.",
            "Swap `lower_value` and `upper_value`, or correct one.",
        )
    elif target is not None and not lower <= target <= upper:
        yield Fault(
            f"{named} has a target of {target:f}, outside its target range of {lower:f} to "
            f"{upper:f}.",
            "Write a midpoint inside the range as `target_value`, or leave it empty.",
        )
    is_relative = rule.unit is ToleranceUnit.PERCENT and rule.amber
    if is_relative and 0 in {lower, upper}:
        yield Fault(
            f"{named} has a target range that ends at 0 and a relative rule: no percentage of 0 "
            "can be tolerated.",
            "Give the KPI a rule of kind range with amber_points (`rule_name` in "
            "register/kpis.csv), or correct the range.",
        )
