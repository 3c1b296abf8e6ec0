"""Whether each KPI's unit, range, polarity, rule and targets go together."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from perf_pipeline.council.periods import period_of
from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.errors import Mistake
from perf_pipeline.rules import UNITS, Basis, Polarity, RuleKind


def kpi_mistakes(
    kpis: RegisterTable,
    targets: RegisterTable,
    rule_kinds: Mapping[str, Any],
    default_rule: str | None,
) -> Iterator[Mistake]:
    """Find KPIs and targets that cannot be judged as the register says.

    Args:
        kpis: The KPIs.
        targets: Their targets.
        rule_kinds: Kind of each rule of `council.yaml`, by name.
        default_rule: Rule of the KPIs that name none.
    """
    for kpi in kpis.rows:
        for fault in (_polarity_fault(kpi), _range_fault(kpi)):
            if fault:
                yield fault.at(kpis.file, kpi.line)
    by_ref: defaultdict[str, list[Row]] = defaultdict(list)
    for kpi in kpis.rows:
        by_ref[kpi["kpi_ref"]].append(kpi)
    for target in targets.rows:
        for kpi in _kpis_of(target, by_ref[target["kpi_ref"]]):
            kind = rule_kinds.get(kpi["rule_name"] or default_rule or "")
            for fault in (_relative_fault(target, kpi, kind), _target_fault(target, kpi)):
                if fault:
                    yield fault.at(targets.file, target.line)


def _kpis_of(target: Row, kpis: Sequence[Row]) -> Iterator[Row]:
    """Pick the rows of a target's KPI that hold in some quarter of the target."""
    period = period_of(target)
    if period is None or not target.is_sound("kpi_ref", "target_value"):
        return
    for kpi in kpis:
        kpi_period = period_of(kpi)
        if kpi_period and kpi_period.overlaps(period):
            yield kpi


def _polarity_fault(kpi: Row) -> Fault | None:
    is_sound = kpi.is_sound("basis_code", "polarity_code")
    is_rated = kpi["basis_code"] == Basis.TARGETED
    if not (is_sound and is_rated and kpi["polarity_code"] == Polarity.NONE):
        return None
    return Fault(
        f"KPI {quoted(kpi['kpi_ref'])} is targeted, but its polarity is none: it cannot be rated.",
        "Write higher or lower as `polarity_code`, or data_only as `basis_code`.",
    )


def _range_of(kpi: Row) -> tuple[Decimal | None, Decimal | None]:
    """Return the smallest and largest possible figure, None where there is no such limit."""
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


def _relative_fault(target: Row, kpi: Row, kind: object) -> Fault | None:
    is_zero = Decimal(target["target_value"]) == 0
    if not (is_zero and kind == RuleKind.TOLERANCE_RELATIVE and kpi.is_sound("rule_name")):
        return None
    return Fault(
        f"KPI {quoted(kpi['kpi_ref'])} has a target of 0 and a relative rule: no percentage of 0 "
        "can be tolerated.",
        "Give the KPI a rule of kind tolerance_points (`rule_name` in register/kpis.csv), or "
        "correct the target.",
    )


def _target_fault(target: Row, kpi: Row) -> Fault | None:
    value = Decimal(target["target_value"])
    smallest, largest = _range_of(kpi)
    is_inside = (smallest is None or value >= smallest) and (largest is None or value <= largest)
    if is_inside or _range_fault(kpi):
        return None
    lower = "any" if smallest is None else f"{smallest:f}"
    upper = "any" if largest is None else f"{largest:f}"
    return Fault(
        f"The target {value:f} of KPI {quoted(kpi['kpi_ref'])} is outside its possible figures "
        f"({lower} to {upper}).",
        "Correct the target, or `minimum_value` and `maximum_value` in register/kpis.csv.",
    )
