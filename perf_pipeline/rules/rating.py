"""A rating rule as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from perf_pipeline.rules.codes import Comparator, RuleKind, ToleranceUnit


@dataclass(frozen=True)
class Rule:
    """A named rating rule of a council.

    "Short" is by how much an outturn is worse than its target, signed by the KPI's polarity; of a
    KPI for which a range is best it is the distance from the target either way. A boundary is in
    the better band.

    ==================  ==============================  =======================================
    kind                green                           amber (else red)
    ==================  ==============================  =======================================
    tolerance_relative  short by ≤ green % of |target|  short by ≤ amber % of |target|
    tolerance_points    short by ≤ green                short by ≤ amber, in the KPI's own unit
    floor               target met                      the target row's floor standard met
    range               inside lower to upper           outside it by ≤ amber
    improvement         short by ≤ green                `comparator`'s figure bettered (or held)
    two_colour          target met                      never
    judgement           as the return states, with its reason
    ==================  ==============================  =======================================

    Attributes:
        name: As in council.yaml.
        kind: The rule's shape.
        green: Green tolerance; 0 where the kind has none.
        amber: Amber tolerance; None where the kind has none.
        unit: Unit of the tolerances of a range or improvement rule; the kind says it elsewhere.
        comparator: What an improvement rule compares with; never the trend.
        is_held_enough: True where holding the comparator's figure is enough for amber.
    """

    name: str
    kind: RuleKind
    green: Decimal = Decimal(0)
    amber: Decimal | None = None
    unit: ToleranceUnit | None = None
    comparator: Comparator | None = None
    is_held_enough: bool = False

    @property
    def tolerance_unit(self) -> ToleranceUnit | None:
        """Unit of the tolerances, None where the kind has none."""
        return _KIND_UNITS.get(self.kind, self.unit)

    @property
    def text(self) -> str:
        """The rule in a sentence."""
        return _SENTENCES[self.kind].format(
            met=self._met(),
            amber=self._amount(self.amber or Decimal(0)),
            amber_limit=self._limit("limit", self.amber or Decimal(0)),
            improved="held or bettered" if self.is_held_enough else "bettered",
            comparator=_COMPARATOR_WORDS.get(self.comparator, ""),
        )

    def _met(self) -> str:
        if not self.green:
            return "the target is met"
        return f"short of the target by no more than {self._amount(self.green)}"

    def _amount(self, tolerance: Decimal) -> str:
        return self._limit("target", tolerance)

    def _limit(self, of: str, tolerance: Decimal) -> str:
        if self.tolerance_unit is ToleranceUnit.PERCENT:
            return f"{tolerance:f}% of the {of}"
        return f"{tolerance:f} in the KPI's own unit"


_KIND_UNITS: Mapping[RuleKind, ToleranceUnit] = {
    RuleKind.TOLERANCE_RELATIVE: ToleranceUnit.PERCENT,
    RuleKind.TOLERANCE_POINTS: ToleranceUnit.POINTS,
}
_COMPARATOR_WORDS: Mapping[Comparator | None, str] = {
    Comparator.PREVIOUS_QUARTER: "the figure of the quarter before",
    Comparator.LAST_YEAR: "the figure of the same quarter last year",
    Comparator.BASELINE: "the figure of the baseline quarter",
}
_TOLERANCE_SENTENCE = (
    "Green when {met}, amber when short of it by no more than {amber}, red otherwise."
)
_SENTENCES: Mapping[RuleKind, str] = {
    RuleKind.TOLERANCE_RELATIVE: _TOLERANCE_SENTENCE,
    RuleKind.TOLERANCE_POINTS: _TOLERANCE_SENTENCE,
    RuleKind.FLOOR: "Green when the target is met, amber when the floor standard is met, red "
    "otherwise.",
    RuleKind.RANGE: "Green inside the target range, amber when outside it by no more than "
    "{amber_limit}, red otherwise.",
    RuleKind.IMPROVEMENT: "Green when {met}, amber when {comparator} is {improved}, red otherwise.",
    RuleKind.TWO_COLOUR: "Green when the target is met, red otherwise.",
    RuleKind.JUDGEMENT: "As the return judges it, with its reason.",
}
