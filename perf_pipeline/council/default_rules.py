"""The council's default rule: one for ever, or one after another, each dated by quarter."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from perf_pipeline.council.dated_entries import (
    DatedEntry,
    Declaration,
    declarations,
    period_mistakes,
)
from perf_pipeline.council.wording import Fault, either, quoted
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.errors import Mistake

_KEY = "default_rule"


class DefaultRuleEntry(DatedEntry):
    """A rule and the quarters in which it is the default."""

    rule: str


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


def rule_name(entry: DefaultRuleEntry) -> str:
    """Return the name of an entry's rule."""
    return entry.rule


def declared_defaults(file: YamlFile) -> list[Declaration[str] | None]:
    """Return the entries of `default_rule`, None for one that is not sound by itself."""
    written = file.under(_KEY)
    entries = [{"rule": written}] if isinstance(written, str) else written
    return declarations(file, _KEY, entries, DefaultRuleEntry, rule_name)


def default_rule_mistakes(file: YamlFile, rules: Sequence[str]) -> Iterator[Mistake]:
    """Find entries that name no rule, and quarters with two default rules or none.

    Args:
        file: `council.yaml`.
        rules: Names of the rules; empty when they could not be told.
    """
    declared = declared_defaults(file)
    for each in declared:
        if each and rules and each.dated.value not in rules:
            yield _unknown(each.dated.value, rules).at(file.name, each.line)
    yield from period_mistakes(file, _KEY, declared)


def _unknown(name: str, rules: Sequence[str]) -> Fault:
    return Fault(
        f"`default_rule` is {quoted(name)}, which is not one of the rules.",
        f"Write {either(rules)}.",
    )
