"""How a return's grid of cells may be laid out, and how its headings write a quarter or a month.

Layouts are frozen values, parts of the entries of `sources.yaml` (`perf_pipeline.source_entries`);
reading by them is `perf_pipeline.sources`'s part.
"""

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from perf_pipeline.quarters import Quarter

MONTHS_IN_QUARTER = 3
MONTHS_JOIN = " + "
"""Between the figures of a quarter's months, where their sum is the quarter's figure."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def quarter_words(quarter: Quarter) -> dict[str, str]:
    """Return the ways of writing a quarter, by the placeholder that stands for each."""
    return {
        "quarter": quarter.key,
        "quarter_start": quarter.start_date.isoformat(),
        "quarter_end": quarter.end_date.isoformat(),
        "label": quarter.label,
        "number": str(quarter.number),
        "year": f"{quarter.year}/{(quarter.year + 1) % 100:02d}",
        "short_year": f"{quarter.year % 100:02d}/{(quarter.year + 1) % 100:02d}",
        "long_year": f"{quarter.year}/{quarter.year + 1}",
    }


def month_words(quarter: Quarter, place: int) -> dict[str, str]:
    """Return the ways of writing a month of a quarter (0, 1 or 2), by placeholder."""
    first = quarter.start_date
    name = _MONTHS[first.month + place - 1]
    return quarter_words(quarter) | {
        "month": name,
        "mon": name[:3],
        "mm": f"{first.month + place:02d}",
        "yyyy": str(first.year),
        "yy": f"{first.year % 100:02d}",
    }


_ANY_QUARTER = Quarter(2023, 1)
QUARTER_WORDS = tuple(quarter_words(_ANY_QUARTER))
"""The placeholders that stand for a quarter."""

_MONTH_WORDS = tuple(month_words(_ANY_QUARTER, 0))
_KPI_WORDS = ("kpi_ref", "kpi_name")


def check_placeholders(pattern: str, known: Sequence[str]) -> bool:
    """Tell whether a pattern holds any placeholder.

    Raises:
        ValueError: One of them is not known.
    """
    try:
        names = {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}
    except ValueError as error:
        raise ValueError(f"`{pattern}` has a brace without its other: write both") from error
    if unknown := sorted(names - set(known)):
        listed = ", ".join(f"{{{name}}}" for name in known)
        raise ValueError(f"{{{unknown[0]}}} cannot stand there: write one of {listed}")
    return bool(names)


class _LayoutPart(BaseModel):
    """A part of a layout: known keys only, and never changed once read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CategoryColumn(_LayoutPart):
    """The breakdown that a column of a wide return is for, as the register writes it."""

    type: Annotated[str, Field(min_length=1)]
    category: Annotated[str, Field(min_length=1)]


class WideFigures(_LayoutPart):
    """A row holds several figures, each in a column of its own: by quarter, month or category.

    Attributes:
        quarter: How the heading of a quarter's column is written: `Q{number} {year}`.
        earlier_quarters: True where figures in earlier quarters' columns restate those quarters.
        month: How the heading of a month's column is written: `{mon} {yyyy}`.
        months_make: What a quarter's figure is: the sum of its months, or the last one's.
        breakdowns: The breakdown of each heading that has one.
    """

    quarter: str | None = None
    earlier_quarters: bool = False
    month: str | None = None
    months_make: Literal["sum", "last"] | None = None
    breakdowns: Mapping[str, CategoryColumn] = Field(default_factory=dict)

    @field_validator("quarter", "month")
    @classmethod
    def _names_the_time(cls, pattern: str | None, info: ValidationInfo) -> str | None:
        known = QUARTER_WORDS if info.field_name == "quarter" else _MONTH_WORDS
        if pattern is not None and not check_placeholders(pattern, known):
            raise ValueError("it is the same heading every time: put {number} or {mon} into it")
        return pattern

    @model_validator(mode="after")
    def _one_way(self) -> "WideFigures":
        if sum(map(bool, (self.quarter, self.month, self.breakdowns))) != 1:
            raise ValueError("columns go by one thing: give one of quarter, month and breakdowns")
        if (self.month is None) != (self.months_make is None):
            raise ValueError(
                "month and months_make go together: say whether the months' sum or the last one "
                "is the quarter's figure"
            )
        if self.earlier_quarters and self.quarter is None:
            raise ValueError("earlier_quarters is for columns by quarter: delete it")
        return self


class Blocks(_LayoutPart):
    """Each KPI has a block of its own: a title line, a heading row, and its rows.

    Attributes:
        title: How the title line is written: `{kpi_ref} - {kpi_name}`.
    """

    title: str

    @field_validator("title")
    @classmethod
    def _names_the_kpi(cls, title: str) -> str:
        check_placeholders(title, _KPI_WORDS)
        if title.count("{kpi_ref}") != 1:
            raise ValueError("it does not say where the reference stands: put {kpi_ref} into it")
        return title


class Layout(_LayoutPart):
    """How a grid of cells is laid out, where it is not simply one row a figure.

    Its fields come before those of a source's entry, whose `columns` depend on them.

    Attributes:
        synonyms: Heading of `columns` or `wide` → other ways in which the service writes it.
        fill_down: Headings of labels that are written once, in the first of the rows that they are
            for; outer ones before inner ones.
        wide: Where a row holds several figures.
        blocks: Where each KPI has a block of rows.
    """

    synonyms: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    wide: WideFigures | None = None
    blocks: Blocks | None = None
