"""The quarters in which a row of the register holds; quarter keys sort as text."""

from collections.abc import Iterable
from typing import NamedTuple

from perf_pipeline.council.register import Row
from perf_pipeline.quarters import Quarter

_BEFORE_EVERY_KEY = ""
_AFTER_EVERY_KEY = "~"


class Period(NamedTuple):
    """The quarters from a first to a last one, both included, as keys."""

    first: str
    last: str

    @property
    def is_backward(self) -> bool:
        """True where the last quarter is before the first, so that no quarter is in it."""
        return self.last < self.first

    def overlaps(self, other: "Period") -> bool:
        """Tell whether some quarter is in both."""
        return self.first <= other.last and other.first <= self.last

    def shared(self, other: "Period") -> "Period | None":
        """Return the quarters that are in both, None where none is."""
        both = Period(max(self.first, other.first), min(self.last, other.last))
        return both if both.first <= both.last else None

    def shift(self, quarters: int) -> "Period":
        """Return the period so many quarters later (earlier when negative)."""
        return Period(*(_shifted(key, quarters) for key in self))

    def back(self, quarters: int) -> "Period":
        """Return the period that begins so many quarters earlier and ends when this one does."""
        return Period(_shifted(self.first, -quarters), self.last)

    def first_gap(self, others: Iterable["Period"]) -> str | None:
        """Return the first quarter of this period that is in none of the others, if any is."""
        missing = self.first
        for other in sorted(others):
            if other.first <= missing <= other.last:
                if other.last >= self.last:
                    return None
                missing = Quarter.parse(other.last).shift(1).key
        return missing

    def __str__(self) -> str:
        if self.last == _AFTER_EVERY_KEY:
            return f"from {self.first} on"
        if self.first == self.last:
            return f"in {self.first}"
        return f"from {self.first} to {self.last}"


EVER = Period(_BEFORE_EVERY_KEY, _AFTER_EVERY_KEY)
"""All quarters."""


def period_between(first: Quarter | None, last: Quarter | None) -> Period:
    """Return the period between two quarters, without beginning or end where one is None."""
    return Period(first.key if first else EVER.first, last.key if last else EVER.last)


def period_of(row: Row) -> Period | None:
    """Return a row's period, one quarter or for ever included; None where it cannot be told."""
    if "valid_from" in row.cells:
        first, last = row["valid_from"], row.cells.get("valid_to") or _AFTER_EVERY_KEY
        is_sound = row.is_sound("valid_from", "valid_to") and first <= last
        return Period(first, last) if is_sound else None
    if "quarter_key" in row.cells:
        key = row["quarter_key"]
        return Period(key, key) if row.is_sound("quarter_key") else None
    return EVER


def _shifted(key: str, quarters: int) -> str:
    return key if key in EVER else Quarter.parse(key).shift(quarters).key
