"""The council's default rule: one for ever, or one after another, each dated by quarter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from perf_pipeline.council.entries import Entry, QuarterKey
from perf_pipeline.council.periods import Period, period_between
from perf_pipeline.council.wording import Fault, either, quoted
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.errors import Mistake, QuarterError
from perf_pipeline.quarters import Quarter

_KEY = "default_rule"


class DefaultRuleEntry(Entry):
    """A rule and the quarters in which it is the default, both included."""

    rule: str
    valid_from: QuarterKey | None = None
    valid_to: QuarterKey | None = None


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return [{"rule": value}]
    if isinstance(value, list):
        return value
    raise ValueError(
        "it is neither a name nor a list: write the name of a rule, or a list of rules with the "
        "quarters (valid_from, valid_to) in which each is the default"
    )


DefaultRuleEntries = Annotated[
    tuple[DefaultRuleEntry, ...], BeforeValidator(_listed), Field(min_length=1)
]
"""What stands under `default_rule`; a name alone is one entry that holds for ever."""


@dataclass(frozen=True)
class DefaultRule:
    """A rule that is the default in some quarters.

    Attributes:
        rule_name: Its name.
        period: The quarters.
    """

    rule_name: str
    period: Period


@dataclass(frozen=True)
class Declaration:
    """An entry of `default_rule` as far as it is sound, and where it stands in the file."""

    default: DefaultRule
    line: int


def rule_name_in_force(defaults: Sequence[DefaultRule], quarter: Quarter) -> str:
    """Return the name of the default rule of a quarter; before all of them, of the first.

    Args:
        defaults: Default rules without gaps or overlaps from the council's first quarter on.
        quarter: The quarter.
    """
    first, *later = sorted(defaults, key=lambda default: default.period)
    begun = [default for default in later if default.period.first <= quarter.key]
    return (begun or [first])[-1].rule_name


def default_rules(entries: Sequence[DefaultRuleEntry]) -> tuple[DefaultRule, ...]:
    """Return entries as values."""
    return tuple(_default(entry) for entry in entries)


def declared_defaults(file: YamlFile) -> list[Declaration]:
    """Return the entries of `default_rule` that are sound by themselves, whatever else is wrong."""
    return [each for each in _declarations(file) if each]


def default_rule_mistakes(file: YamlFile, rules: Sequence[str]) -> Iterator[Mistake]:
    """Find entries that name no rule, and quarters with two default rules or none.

    Args:
        file: `council.yaml`.
        rules: Names of the rules; empty when they could not be told.
    """
    entries = _declarations(file)
    sound = [each for each in entries if each]
    for each in sound:
        for fault in (_unknown(each.default, rules), _backward(each.default)):
            if fault:
                yield fault.at(file.name, each.line)
    first_quarter = _first_quarter(file)
    if first_quarter and entries and all(each and not _backward(each.default) for each in entries):
        yield from _crossings(file, sound, period_between(first_quarter, None))


def _crossings(
    file: YamlFile, declarations: Sequence[Declaration], reported: Period
) -> Iterator[Mistake]:
    """Find quarters of those reported with two default rules, and the first without any."""
    for earlier, later in combinations(declarations, 2):
        fault = _overlap(earlier.default, later.default, reported)
        if fault:
            yield fault.at(file.name, later.line)
    gap = reported.first_gap(each.default.period for each in declarations)
    if gap:
        yield _gap(gap).at(file.name, file.line_of((_KEY,)))


def _declarations(file: YamlFile) -> list[Declaration | None]:
    """Return the entries, None for one that is not sound."""
    written = file.under(_KEY)
    entries = [{"rule": written}] if isinstance(written, str) else written
    if not isinstance(entries, list):
        return []
    return [_declaration(file, place, entry) for place, entry in enumerate(entries)]


def _declaration(file: YamlFile, place: int, entry: Any) -> Declaration | None:
    try:
        default = _default(DefaultRuleEntry.model_validate(entry))
    except ValidationError:
        return None
    return Declaration(default, file.line_of((_KEY, place)))


def _default(entry: DefaultRuleEntry) -> DefaultRule:
    return DefaultRule(entry.rule, period_between(entry.valid_from, entry.valid_to))


def _first_quarter(file: YamlFile) -> Quarter | None:
    try:
        return Quarter.parse(str(file.under("first_quarter")))
    except QuarterError:
        return None


def _unknown(default: DefaultRule, rules: Sequence[str]) -> Fault | None:
    if not rules or default.rule_name in rules:
        return None
    return Fault(
        f"`default_rule` is {quoted(default.rule_name)}, which is not one of the rules.",
        f"Write {either(rules)}.",
    )


def _backward(default: DefaultRule) -> Fault | None:
    first, last = default.period
    if first <= last:
        return None
    return Fault(
        f"`valid_to` {last} is before `valid_from` {first}.",
        "Swap them or correct one; leave `valid_to` out while the rule still is the default.",
    )


def _overlap(earlier: DefaultRule, later: DefaultRule, reported: Period) -> Fault | None:
    both = earlier.period.shared(later.period)
    shared = both.shared(reported) if both else None
    if shared is None:
        return None
    return Fault(
        f"In {shared.first} both {quoted(earlier.rule_name)} and {quoted(later.rule_name)} are "
        "the default rule.",
        "End the one (valid_to) in the quarter before the other begins (valid_from).",
    )


def _gap(quarter_key: str) -> Fault:
    return Fault(
        f"In {quarter_key} there is no default rule.",
        "Let each rule begin (valid_from) in the quarter after the one before it ends "
        "(valid_to), and leave `valid_to` out of the last.",
    )
