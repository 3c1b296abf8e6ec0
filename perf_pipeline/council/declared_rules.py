"""Which rules judge a KPI in which quarters, by what `council.yaml` says of itself soundly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from perf_pipeline.council.default_rules import DefaultRule, declared_defaults
from perf_pipeline.council.periods import Period
from perf_pipeline.council.register import Row
from perf_pipeline.council.rule_entries import RuleEntry
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.rules import Rule

_ENTRY: TypeAdapter[Any] = TypeAdapter(RuleEntry)


@dataclass(frozen=True)
class DeclaredRules:
    """The rules of `council.yaml` as far as they can be told, whatever else is wrong.

    Attributes:
        rules: Rules by name, None where a rule's own entry is wrong.
        defaults: The default rules that are sound by themselves.
        has_baseline: Whether the council has a baseline quarter.
    """

    rules: Mapping[str, Rule | None]
    defaults: Sequence[DefaultRule]
    has_baseline: bool

    @classmethod
    def of(cls, file: YamlFile) -> "DeclaredRules":
        """Gather them from `council.yaml`."""
        defaults = [each.default for each in declared_defaults(file)]
        has_baseline = bool(_section(file, "comparison").get("baseline_quarter"))
        return cls(dict(_rules(_section(file, "rules"))), defaults, has_baseline)

    def of_kpi(self, kpi: Row, period: Period) -> list[Rule]:
        """Return the rules that judge a KPI in some quarter of a period, each once.

        Args:
            kpi: A row of the KPIs.
            period: Quarters in which the row holds.
        """
        if not kpi.is_sound("rule_name"):
            return []
        defaults = (each.rule_name for each in self.defaults if each.period.overlaps(period))
        names = [kpi["rule_name"]] if kpi["rule_name"] else dict.fromkeys(defaults)
        found = [self.rules.get(name) for name in names]
        return [rule for rule in found if rule]


def _section(file: YamlFile, key: str) -> Mapping[str, Any]:
    section = file.under(key)
    return section if isinstance(section, dict) else {}


def _rules(entries: Mapping[str, Any]) -> Iterator[tuple[str, Rule | None]]:
    for name, entry in entries.items():
        try:
            yield name, _ENTRY.validate_python(entry).rule(name)
        except ValidationError:
            yield name, None
