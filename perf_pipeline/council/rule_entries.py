"""Rating rules as `council.yaml` writes them: one entry for each kind, turned into a `Rule`."""

from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, model_validator

from perf_pipeline.council.entries import Entry, Omissible, Tolerance
from perf_pipeline.rules import Comparator, Rule, RuleKind, ToleranceUnit


class RelativeToleranceEntry(Entry):
    """A rule whose tolerances are percentages of the absolute target."""

    kind: Literal["tolerance_relative"]
    green_pct: Tolerance
    amber_pct: Tolerance

    @model_validator(mode="after")
    def _green_is_narrower(self) -> "RelativeToleranceEntry":
        if self.green_pct > self.amber_pct:
            raise ValueError("green_pct is more than amber_pct: make green_pct the smaller one")
        return self

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name."""
        return Rule(name, RuleKind.TOLERANCE_RELATIVE, self.green_pct, self.amber_pct)


class PointsToleranceEntry(Entry):
    """A rule whose tolerances are in the KPI's own unit."""

    kind: Literal["tolerance_points"]
    green_points: Tolerance
    amber_points: Tolerance

    @model_validator(mode="after")
    def _green_is_narrower(self) -> "PointsToleranceEntry":
        if self.green_points > self.amber_points:
            raise ValueError(
                "green_points is more than amber_points: make green_points the smaller one"
            )
        return self

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name."""
        return Rule(name, RuleKind.TOLERANCE_POINTS, self.green_points, self.amber_points)


class FloorEntry(Entry):
    """A rule of two targets, the lower of which is still amber."""

    kind: Literal["floor"]

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name."""
        return Rule(name, RuleKind.FLOOR)


class RangeEntry(Entry):
    """A rule of a target range; outside it, one tolerance is still amber."""

    kind: Literal["range"]
    amber_pct: Omissible[Tolerance] = None
    amber_points: Omissible[Tolerance] = None

    @model_validator(mode="after")
    def _one_tolerance(self) -> "RangeEntry":
        if self.amber_pct is None and self.amber_points is None:
            raise ValueError(
                "it has no tolerance: write amber_pct (percent of the end of the range) or "
                "amber_points (the KPI's own unit), which can be 0"
            )
        if self.amber_pct is not None and self.amber_points is not None:
            raise ValueError("amber_pct and amber_points are both there: keep one of the two")
        return self

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name."""
        amber, unit = _tolerance(self.amber_pct, self.amber_points)
        return Rule(name, RuleKind.RANGE, amber=amber, unit=unit)


class ImprovementEntry(Entry):
    """A rule by which a missed target is amber when an earlier figure is bettered, or held."""

    kind: Literal["improvement"]
    green_pct: Omissible[Tolerance] = None
    green_points: Omissible[Tolerance] = None
    comparator: Literal["previous_quarter", "last_year", "baseline"]
    amber_when: Literal["improved", "improved_or_held"]

    @model_validator(mode="after")
    def _one_tolerance_at_most(self) -> "ImprovementEntry":
        if self.green_pct is not None and self.green_points is not None:
            raise ValueError("green_pct and green_points are both there: keep one of the two")
        return self

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name; without a tolerance the target must be met."""
        green, unit = _tolerance(self.green_pct, self.green_points)
        return Rule(
            name,
            RuleKind.IMPROVEMENT,
            green=green,
            unit=unit,
            comparator=Comparator(self.comparator),
            is_held_enough=self.amber_when == "improved_or_held",
        )


class TwoColourEntry(Entry):
    """A rule without amber."""

    kind: Literal["two_colour"]

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name."""
        return Rule(name, RuleKind.TWO_COLOUR)


class JudgementEntry(Entry):
    """A rule that leaves the rating to the return, which gives its reason."""

    kind: Literal["judgement"]

    def rule(self, name: str) -> Rule:
        """Return the entry as the rule of a name."""
        return Rule(name, RuleKind.JUDGEMENT)


RuleEntry = Annotated[
    RelativeToleranceEntry
    | PointsToleranceEntry
    | FloorEntry
    | RangeEntry
    | ImprovementEntry
    | TwoColourEntry
    | JudgementEntry,
    Field(discriminator="kind"),
]
"""Any entry of `rules`, told apart by its `kind`."""


def kinds_of(union: Any) -> dict[str, type[BaseModel]]:
    """Return the models of a discriminated union by their `kind`."""
    models = get_args(get_args(union)[0])
    return {get_args(model.model_fields["kind"].annotation)[0]: model for model in models}


def _tolerance(pct: Decimal | None, points: Decimal | None) -> tuple[Decimal, ToleranceUnit]:
    if points is not None:
        return points, ToleranceUnit.POINTS
    return pct or Decimal(0), ToleranceUnit.PERCENT
