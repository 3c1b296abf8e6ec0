"""Whether each KPI's unit, range, polarity, baseline and rules go together."""

from collections.abc import Iterator
from decimal import Decimal

from perf_pipeline.council.declared_rules import DeclaredRules
from perf_pipeline.council.periods import period_of
from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import UNITS, Basis, Comparator, Polarity, Rule, RuleKind


def kpi_mistakes(kpis: RegisterTable, rules: DeclaredRules) -> Iterator[Mistake]:
    """Find KPIs that cannot be what the register says.

    Args:
        kpis: The KPIs.
        rules: The rules of `council.yaml`.
    """
    for kpi in kpis.rows:
        for fault in (_range_fault(kpi), _late_baseline(kpi), *_rule_faults(kpi, rules)):
            if fault:
                yield fault.at(kpis.file, kpi.line)


def possible_range(kpi: Row) -> tuple[Decimal | None, Decimal | None]:
    """Return the smallest and largest possible figure, None where there is no such limit.

    A range that is upside down is none; it is a mistake of its own.
    """
    smallest, largest = _range_of(kpi)
    return (None, None) if _range_fault(kpi) else (smallest, largest)


def is_judged(kpi: Row) -> bool:
    """Tell whether a KPI's figures are rated at all, as far as can be told."""
    return kpi.is_sound("basis_code") and kpi["basis_code"] == Basis.TARGETED


def _range_of(kpi: Row) -> tuple[Decimal | None, Decimal | None]:
    unit = UNITS.get(kpi["unit_code"])
    if unit is None or not kpi.is_sound("minimum_value", "maximum_value"):
        return None, None
    smallest, largest = kpi["minimum_value"], kpi["maximum_value"]
    return (
        Decimal(smallest) if smallest else unit.minimum,
        Decimal(largest) if largest else unit.maximum,
    )


def _range_fault(kpi: Row) -> Fault | None:
    smallest, largest = _range_of(kpi)
    if smallest is None or largest is None or smallest <= largest:
        return None
    return Fault(
        f"KPI {quoted(kpi['kpi_ref'])} has a smallest figure of {smallest:f}, above its largest "
        f"of {largest:f}.",
        "Correct `minimum_value` or `maximum_value`; where one is empty, the unit's own holds.",
    )


def _late_baseline(kpi: Row) -> Fault | None:
    period, baseline = period_of(kpi), kpi["baseline_quarter_key"]
    if period is None or not kpi.is_sound("baseline_quarter_key") or baseline <= period.last:
        return None
    return Fault(
        f"The baseline quarter {baseline} of KPI {quoted(kpi['kpi_ref'])} is after this row's "
        f"last quarter, {period.last}.",
        "Write an earlier quarter.",
    )


def _rule_faults(kpi: Row, rules: DeclaredRules) -> Iterator[Fault]:
    period = period_of(kpi)
    if period is None or not is_judged(kpi):
        return
    for rule in rules.of_kpi(kpi, period):
        polarity_fault = _polarity_fault(kpi, rule) if kpi.is_sound("polarity_code") else None
        if polarity_fault:
            yield polarity_fault
        lacks_baseline = not kpi["baseline_quarter_key"] and not rules.has_baseline
        if rule.comparator is Comparator.BASELINE and lacks_baseline:
            yield _no_baseline(kpi, rule)


def _polarity_fault(kpi: Row, rule: Rule) -> Fault | None:
    polarity, named = kpi["polarity_code"], f"KPI {quoted(kpi['kpi_ref'])}"
    if polarity == Polarity.NONE and rule.kind is not RuleKind.JUDGEMENT:
        return Fault(
            f"{named} is targeted, but its polarity is none: it cannot be rated.",
            "Write higher, lower or range as `polarity_code`, or data_only as `basis_code`, or "
            "give it a rule of kind judgement.",
        )
    if rule.kind is RuleKind.RANGE and polarity in {Polarity.HIGHER, Polarity.LOWER}:
        return Fault(
            f"{named} is judged by {quoted(rule.name)}, a rule of kind range, but its polarity is "
            f"{polarity}.",
            "Write range as `polarity_code`, or give the KPI another rule.",
        )
    if rule.kind is RuleKind.FLOOR and polarity == Polarity.RANGE:
        return Fault(
            f"{named} is judged by {quoted(rule.name)}, a rule of kind floor, but its polarity is "
            "range: a floor is on one side only.",
            "Give the KPI a rule of kind range, or write higher or lower as `polarity_code`.",
        )
    return None


def _no_baseline(kpi: Row, rule: Rule) -> Fault:
    return Fault(
        f"KPI {quoted(kpi['kpi_ref'])} is judged by {quoted(rule.name)}, which asks for an "
        "improvement on a baseline quarter, and has none.",
        "Write its `baseline_quarter_key`, or `baseline_quarter` under `comparison` in "
        "council.yaml.",
    )
