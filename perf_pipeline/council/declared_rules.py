"""Which rules judge a KPI in which quarters, by what `council.yaml` says of itself soundly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from perf_pipeline.council.council_sections import declared_comparisons
from perf_pipeline.council.dated_entries import Dated
from perf_pipeline.council.default_rules import declared_defaults
from perf_pipeline.council.periods import Period
from perf_pipeline.council.register import Row
from perf_pipeline.council.rule_entries import RuleEntry
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.rules import Comparison, Rule

_ENTRY: TypeAdapter[Any] = TypeAdapter(RuleEntry)


@dataclass(frozen=True)
class DeclaredRules:
    """The rules of `council.yaml` as far as they can be told, whatever else is wrong.

    Attributes:
        rules: Rules by name, None where a rule's own entry is wrong.
        defaults: Names of the default rules whose entries are sound by themselves.
        comparisons: How figures are compared, by the entries that are sound by themselves.
    """

    rules: Mapping[str, Rule | None]
    defaults: Sequence[Dated[str]]
    comparisons: Sequence[Dated[Comparison]]

    @classmethod
    def of(cls, file: YamlFile) -> "DeclaredRules":
        """Gather them from `council.yaml`."""
        defaults = [each.dated for each in declared_defaults(file) if each]
        comparisons = [each.dated for each in declared_comparisons(file) if each]
        return cls(dict(_rules(file.under("rules"))), defaults, comparisons)

    def of_kpi(self, kpi: Row, period: Period) -> list[Rule]:
        """Return the rules that judge a KPI in some quarter of a period, each once.

        Args:
            kpi: A row of the KPIs.
            period: Quarters in which the row holds.
        """
        by_name = {each.value.name: each.value for each in self.dated_of_kpi(kpi, period)}
        return [*by_name.values()]

    def dated_of_kpi(self, kpi: Row, period: Period) -> list[Dated[Rule]]:
        """Return the rules that judge a KPI in a period, each with its quarters of that period.

        Args:
            kpi: A row of the KPIs.
            period: Quarters in which the row holds.
        """
        if not kpi.is_sound("rule_name"):
            return []
        own = [Dated(kpi["rule_name"], period)] if kpi["rule_name"] else self.defaults
        shared = ((self.rules.get(each.value), each.period.shared(period)) for each in own)
        return [Dated(rule, both) for rule, both in shared if rule and both]

    def quarter_without_baseline(self, period: Period) -> str | None:
        """Return the first quarter of a period in which the council has no baseline quarter."""
        without = (
            each.period.shared(period)
            for each in self.comparisons
            if each.value.baseline_quarter_key is None
        )
        return min((shared.first for shared in without if shared), default=None)


def _rules(entries: Any) -> Iterator[tuple[str, Rule | None]]:
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        try:
            yield name, _ENTRY.validate_python(entry).rule(name)
        except ValidationError:
            yield name, None
