"""What a generated return is made of: cells as they are written, and what must become of rows.

A return is made from the truth outwards: first the figure, then a way to write it. So what must be
read is known without reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from random import Random
from typing import NamedTuple

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RowOutcome
from perf_pipeline.source_entries import PercentScale, ReturnField, Source

QUARTER = Quarter(2024, 2)
SOURCE_CODE = "generated"
TEMPLATE = "template"
"""The layout of a workbook that bears the mark of our template, whatever its entry says."""

BUNDLE = 16
"""Returns in a row whose KPIs are apart, so that their rows can be checked together."""


class Medium(StrEnum):
    """The kinds of file that are written."""

    CSV = "csv"
    XLSX = "xlsx"
    ODS = "ods"
    JSON = "json"


class Cell(NamedTuple):
    """A cell: its text, or a number that the file holds as one; `way` names how it was written."""

    text: str = ""
    number: Decimal | None = None
    number_format: str = "General"
    is_error: bool = False
    way: str = "text"


@dataclass(frozen=True)
class Kpi:
    """A KPI of the register of the generated returns."""

    ref: str
    unit: str
    minimum: int | None = 0
    maximum: int | None = None
    is_due: bool = True
    lag: int = 0
    source_code: str = SOURCE_CODE


@dataclass(frozen=True)
class Pen:
    """How one return is written."""

    rng: Random
    medium: Medium
    encoding: str
    scale: PercentScale | None
    kpis: Sequence[Kpi]

    def can_write(self, text: str) -> bool:
        """Tell whether the file's encoding has every character of a text."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    @property
    def is_workbook(self) -> bool:
        """True where cells have types and number formats."""
        return self.medium in {Medium.XLSX, Medium.ODS}


@dataclass(frozen=True)
class Truth:
    """What an accepted row must be read as; a figure that is a ratio is a fraction."""

    kpi_ref: str
    quarter_key: str
    breakdown: tuple[str, str]
    status: str
    value: Decimal | Fraction | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    previous: Decimal | None = None
    forecast: Decimal | None = None
    is_provisional: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a return, as it is written and as it must be read.

    Attributes:
        cells: What stands in each field; in `None` what stands in a column that nothing reads.
        outcome: What must become of it.
        reason: Why it must be rejected or ignored.
        truth: What it must be read as where it is accepted.
        lone_text: Text that stands alone in the row: a title, or a field too many or too few.
        fault: What was done to it, for counting.
        is_further: True where it is a further figure of the line of the file that the row before
            it stands in: it has an outcome of its own, and is no line more.
    """

    cells: Mapping[ReturnField | None, Cell] = field(default_factory=dict)
    outcome: RowOutcome = RowOutcome.ACCEPTED
    reason: str | None = None
    truth: Truth | None = None
    lone_text: str | None = None
    is_hidden: bool = False
    fault: str = "none"
    is_further: bool = False

    @property
    def is_blank(self) -> bool:
        """True where nothing but white space is written."""
        return self.reason == "blank"


@dataclass(frozen=True)
class Line:
    """One line of a grid as it stands in the file, with what must become of it.

    Attributes:
        cells: Its cells, from the first column on.
        rows: The rows that it must be read as, in order; more than one where it has figures of
            several columns.
        merged: Over how many columns and rows a column's cell is merged; workbooks only.
    """

    cells: Sequence[Cell]
    rows: Sequence[Row]
    merged: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def is_hidden(self) -> bool:
        """True where the workbook hides it."""
        return any(row.is_hidden for row in self.rows)


@dataclass(frozen=True)
class GeneratedReturn:
    """A return.

    Attributes:
        number: Its number, which is its seed.
        content: The file.
        entry: What `sources.yaml` would say of it.
        rows: Every row of the file, in order: the independent count.
        layout: How its grid is laid out: one table of one figure a row, or otherwise.
        file_fault: What is wrong with the file as a whole; such a file must be refused.
    """

    number: int
    medium: Medium
    content: bytes
    entry: Source
    rows: Sequence[Row]
    file_fault: str | None = None
    layout: str = "table"
