"""Whether each KPI's unit, range, polarity, times, baseline and rules go together."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

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


def arrears_mistakes(kpis: RegisterTable, breaks: RegisterTable) -> Iterator[Mistake]:
    """Find KPIs whose figures come later or sooner than before, without a break in the series.

    Args:
        kpis: The KPIs.
        breaks: The breaks in their series; nothing is held against what could not be read of them.
    """
    columns = ("kpi_ref", "quarter_key")
    are_sound = all(row.is_sound(*columns) for row in breaks.rows)
    if not are_sound or not breaks.read_columns.issuperset(columns):
        return
    broken = {(row["kpi_ref"], row["quarter_key"]) for row in breaks.rows}
    for rows in _successive_rows(kpis).values():
        for earlier, later in pairwise(rows):
            is_changed = earlier["arrears_quarter_count"] != later["arrears_quarter_count"]
            if is_changed and (later["kpi_ref"], later["valid_from"]) not in broken:
                yield _unbroken(earlier, later).at(kpis.file, later.line)


def _successive_rows(kpis: RegisterTable) -> dict[str, list[Row]]:
    """Return the rows of each KPI in the order of their quarters, without those in doubt."""
    by_ref: defaultdict[str, list[Row]] = defaultdict(list)
    for row in kpis.rows:
        if period_of(row) and row.is_sound("kpi_ref", "arrears_quarter_count"):
            by_ref[row["kpi_ref"]].append(row)
    return {ref: sorted(rows, key=lambda row: row["valid_from"]) for ref, rows in by_ref.items()}


def _unbroken(earlier: Row, later: Row) -> Fault:
    then, now = earlier["arrears_quarter_count"], later["arrears_quarter_count"]
    ref, quarter_key = later["kpi_ref"], later["valid_from"]
    return Fault(
        f"KPI {quoted(ref)} has `arrears_quarter_count` {now} from {quarter_key} on, and {then} "
        "before: figures on either side are not so many quarters apart as their reports.",
        f"Write a row in register/series_breaks.csv, such as `{ref},{quarter_key},"
        f"definition_changed,In arrears by {now} and no longer by {then}`, or keep {then} here.",
    )


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
        faults = (_polarity_fault(kpi, rule), _never_improved(kpi, rule))
        yield from (fault for fault in faults if fault)
    for dated in rules.dated_of_kpi(kpi, period):
        bare = rules.quarter_without_baseline(dated.period)
        needs_baseline = dated.value.comparator is Comparator.BASELINE
        if bare and needs_baseline and not kpi["baseline_quarter_key"]:
            yield _no_baseline(kpi, dated.value, bare)


def _never_improved(kpi: Row, rule: Rule) -> Fault | None:
    """Find a KPI whose figures the rule compares at different points of the year."""
    if not kpi.is_sound("is_year_to_date", "due_quarters_text"):
        return None
    is_same_point = len(kpi["due_quarters_text"].split()) == 1
    is_year_to_date = kpi["is_year_to_date"] == "true"
    if rule.comparator is not Comparator.PREVIOUS_QUARTER or not is_year_to_date or is_same_point:
        return None
    return Fault(
        f"KPI {quoted(kpi['kpi_ref'])} adds up from April and is judged by {quoted(rule.name)}, "
        "which asks for an improvement on the quarter before: it can never be amber, as its "
        "figures of two quarters belong to different points of the year.",
        "Give it a rule whose comparator is last_year or baseline (`rule_name` in "
        "register/kpis.csv).",
    )


def _polarity_fault(kpi: Row, rule: Rule) -> Fault | None:
    if not kpi.is_sound("polarity_code"):
        return None
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


def _no_baseline(kpi: Row, rule: Rule, quarter_key: str) -> Fault:
    return Fault(
        f"KPI {quoted(kpi['kpi_ref'])} is judged by {quoted(rule.name)}, which asks for an "
        f"improvement on a baseline quarter, and in {quarter_key} has none.",
        "Write its `baseline_quarter_key`, or `baseline_quarter` under `comparison` in "
        "council.yaml.",
    )
