"""The financial quarter as a value: April to June is Q1, January to March is Q4."""

import datetime as dt
import re
from dataclasses import dataclass

from perf_pipeline.errors import QuarterError

QUARTER_KEY_PATTERN = r"^(19|20)\d\d-\d\d-Q[1-4]$"
_KEY = re.compile(r"(?P<year>(?:19|20)[0-9]{2})-(?P<next>[0-9]{2})-Q(?P<number>[1-4])")
_MONTHS_IN_QUARTER = 3
_QUARTERS_IN_YEAR = 4


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter of a financial year that begins on 1 April.

    Attributes:
        year: Calendar year in which the financial year begins: 2023 for 2023/24.
        number: 1 to 4.
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= _QUARTERS_IN_YEAR:
            raise QuarterError(f"A quarter's number is 1 to 4, not {self.number}.")

    @classmethod
    def parse(cls, key: str) -> "Quarter":
        """Read a quarter key such as `2023-24-Q1`.

        Raises:
            QuarterError: The text is not a key, or its two years do not follow each other.
        """
        match = _KEY.fullmatch(key)
        if match is None:
            raise QuarterError(f"`{key}` is not a quarter. Write it like 2023-24-Q1.")
        year = int(match["year"])
        if int(match["next"]) != (year + 1) % 100:
            expected = cls(year, int(match["number"])).key
            raise QuarterError(f"`{key}` is not a quarter. Did you mean {expected}?")
        return cls(year, int(match["number"]))

    @classmethod
    def containing(cls, day: dt.date) -> "Quarter":
        """Return the quarter in which a date falls."""
        year = day.year if day.month > _MONTHS_IN_QUARTER else day.year - 1
        return cls(year, (day.month - 4) % 12 // _MONTHS_IN_QUARTER + 1)

    @property
    def key(self) -> str:
        """Sortable key, `2023-24-Q1`."""
        return f"{self.year}-{(self.year + 1) % 100:02d}-Q{self.number}"

    @property
    def label(self) -> str:
        """What people read, `Q1 2023/24`."""
        return f"Q{self.number} {self.year}/{(self.year + 1) % 100:02d}"

    @property
    def long_label(self) -> str:
        """As the first Somerset report prints it, `Q1 2023/2024`."""
        return f"Q{self.number} {self.year}/{self.year + 1}"

    @property
    def start_date(self) -> dt.date:
        """First day."""
        months = (self.number - 1) * _MONTHS_IN_QUARTER + _MONTHS_IN_QUARTER
        return dt.date(self.year + months // 12, months % 12 + 1, 1)

    @property
    def end_date(self) -> dt.date:
        """Last day."""
        return self.shift(1).start_date - dt.timedelta(days=1)

    @property
    def previous(self) -> "Quarter":
        """The quarter before."""
        return self.shift(-1)

    @property
    def last_year(self) -> "Quarter":
        """The same quarter a year before."""
        return self.shift(-_QUARTERS_IN_YEAR)

    def shift(self, quarters: int) -> "Quarter":
        """Return the quarter so many quarters later (earlier when negative)."""
        year, index = divmod(
            self.year * _QUARTERS_IN_YEAR + self.number - 1 + quarters, _QUARTERS_IN_YEAR
        )
        return Quarter(year, index + 1)

    def through(self, last: "Quarter") -> list["Quarter"]:
        """Return the quarters from this one to the last, both of them; none if that is earlier."""
        count = (last.year - self.year) * _QUARTERS_IN_YEAR + last.number - self.number + 1
        return [self.shift(place) for place in range(count)]

    def __str__(self) -> str:
        return self.key
