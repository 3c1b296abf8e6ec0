"""How outturns are judged, as frozen values: polarity, units, rating rules, and every code."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

HEADLINE = "all"
"""Breakdown type and category of a KPI's own figure, the one that is rated."""


class Polarity(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"


class Rag(StrEnum):
    """The three ratings, best last as reports print them."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class NotRatedReason(StrEnum):
    """Why an outturn has no RAG."""

    NO_TARGET = "no_target"
    IN_DEVELOPMENT = "in_development"
    DATA_ONLY = "data_only"
    NOT_DUE = "not_due"
    NOT_RETURNED = "not_returned"
    AWAITING = "awaiting"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    NOT_APPLICABLE = "not_applicable"
    NOT_CALCULABLE = "not_calculable"
    NEW_MEASURE = "new_measure"


class OutturnStatus(StrEnum):
    """What a return said of a figure. Only `given` and `calculated` carry one."""

    GIVEN = "given"
    CALCULATED = "calculated"
    BLANK = "blank"
    NO_FIGURE = "no_figure"
    NOT_AVAILABLE = "not_available"
    AWAITING = "awaiting"
    SUPPRESSED = "suppressed"
    NOT_APPLICABLE = "not_applicable"
    NOT_CALCULABLE = "not_calculable"
    NOT_DUE = "not_due"


class Direction(StrEnum):
    """Direction of travel against a stated comparator."""

    IMPROVED = "improved"
    MAINTAINED = "maintained"
    DECLINED = "declined"
    NOT_COMPARABLE = "not_comparable"


class NotComparableReason(StrEnum):
    """Why a direction of travel is `not_comparable`."""

    NO_FIGURE = "no_figure"
    NO_EARLIER_FIGURE = "no_earlier_figure"
    NO_POLARITY = "no_polarity"
    YEAR_TO_DATE = "year_to_date"


class Basis(StrEnum):
    """What a KPI's figures are for: `targeted` ones are rated, the others say why not."""

    TARGETED = "targeted"
    DATA_ONLY = "data_only"
    IN_DEVELOPMENT = "in_development"
    NEW_MEASURE = "new_measure"


class ReturnState(StrEnum):
    """What became of a source's return for a quarter."""

    RETURNED = "returned"
    LATE = "late"
    NOT_RETURNED = "not_returned"
    NOT_DUE = "not_due"


class RowOutcome(StrEnum):
    """What became of one row of a return: every row has exactly one outcome."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IGNORED = "ignored"


class RowKind(StrEnum):
    """What a row of a return is; only `data` rows are read for figures."""

    DATA = "data"
    BLANK = "blank"
    TITLE = "title"
    HEADING = "heading"
    NOTE = "note"


@dataclass(frozen=True)
class Unit:
    """A unit of measurement.

    Attributes:
        code: As `unit_code` in the register.
        multiplier: A ratio of numerator to denominator is multiplied by this to give the figure.
        minimum: Smallest figure that the unit allows, unless the KPI says otherwise.
        maximum: Largest, likewise.
        prefix: Printed before a figure.
        suffix: Printed after a figure.
    """

    code: str
    multiplier: Decimal = Decimal(1)
    minimum: Decimal | None = Decimal(0)
    maximum: Decimal | None = None
    prefix: str = ""
    suffix: str = ""


UNITS = {
    unit.code: unit
    for unit in (
        Unit("percent", Decimal(100), maximum=Decimal(100), suffix="%"),
        Unit("number"),
        Unit("gbp", minimum=None, prefix="£"),
        Unit("days", suffix=" days"),
        Unit("weeks", suffix=" weeks"),
        Unit("hours", suffix=" hours"),
        Unit("minutes", suffix=" minutes"),
        Unit("kg", suffix=" kg"),
        Unit("ratio"),
        Unit("per_1000", Decimal(1000), suffix=" per 1,000"),
        Unit("per_10000", Decimal(10_000), suffix=" per 10,000"),
        Unit("per_100000", Decimal(100_000), suffix=" per 100,000"),
    )
}


class RuleKind(StrEnum):
    """The shapes a rating rule can have."""

    TOLERANCE_RELATIVE = "tolerance_relative"
    TOLERANCE_POINTS = "tolerance_points"


@dataclass(frozen=True)
class Rule:
    """A named rating rule of a council.

    An outturn is green when it is short of its target by no more than `green`, amber when by no
    more than `amber`, and red otherwise; "short" is signed by the KPI's polarity. A relative
    rule's tolerances are percentages of the absolute target (Maidstone: 0 and 10; Bracknell
    Forest: 5 and 10); a points rule's are in the KPI's own unit.
    """

    name: str
    kind: RuleKind
    green: Decimal
    amber: Decimal

    @property
    def text(self) -> str:
        """The rule in a sentence."""
        return (
            f"Green when {self._limit(self.green)}, amber when short of it by no more than "
            f"{self._amount(self.amber)}, red otherwise."
        )

    def _limit(self, tolerance: Decimal) -> str:
        if not tolerance:
            return "the target is met"
        return f"short of the target by no more than {self._amount(tolerance)}"

    def _amount(self, tolerance: Decimal) -> str:
        if self.kind is RuleKind.TOLERANCE_RELATIVE:
            return f"{tolerance:f}% of the target"
        return f"{tolerance:f} in the KPI's own unit"
