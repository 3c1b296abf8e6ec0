"""What each entry of `sources.yaml` promises: where a service's return is and how it is laid out.

Entries are frozen values, checked by pydantic; reading the file is `perf_pipeline.council`'s part
and reading the returns is `perf_pipeline.sources`'s.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from string import Formatter
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from perf_pipeline.quarters import Quarter


class ReturnField(StrEnum):
    """The fields that a heading of a return can be mapped to."""

    KPI_REF = "kpi_ref"
    KPI_NAME = "kpi_name"
    QUARTER = "quarter"
    BREAKDOWN_TYPE = "breakdown_type"
    BREAKDOWN_CATEGORY = "breakdown_category"
    VALUE = "value"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    COMMENTARY = "commentary"
    ACTION = "action"
    PREVIOUS_VALUE = "previous_value"
    FORECAST = "forecast"
    PROVISIONAL = "provisional"
    RATING = "rating"
    RATING_REASON = "rating_reason"
    STATUS = "status"
    ACTION_OWNER = "action_owner"
    ACTION_DUE = "action_due"


FIGURE_FIELDS = (ReturnField.VALUE, ReturnField.NUMERATOR, ReturnField.DENOMINATOR)
"""The fields that hold figures; a row without a reference and without any of them is a note."""

LABEL_FIELDS = (
    ReturnField.KPI_REF,
    ReturnField.KPI_NAME,
    ReturnField.QUARTER,
    ReturnField.BREAKDOWN_TYPE,
    ReturnField.BREAKDOWN_CATEGORY,
)
"""The fields that say what a row is about, and nothing of its figure."""

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
_QUARTER_WORDS = tuple(quarter_words(_ANY_QUARTER))
_MONTH_WORDS = tuple(month_words(_ANY_QUARTER, 0))
_KPI_WORDS = ("kpi_ref", "kpi_name")


def _known_placeholders(pattern: str, known: Sequence[str]) -> bool:
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
        known = _QUARTER_WORDS if info.field_name == "quarter" else _MONTH_WORDS
        if pattern is not None and not _known_placeholders(pattern, known):
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
        _known_placeholders(title, _KPI_WORDS)
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


class PercentScale(StrEnum):
    """How a source writes 75 % as a bare number: `75` or `0.75`."""

    PERCENT = "percent"
    FRACTION = "fraction"


class SourceEntry(BaseModel):
    """What every kind of source states.

    Attributes:
        source_code: The source's name in assets, tables and messages: `adults_services`.
        source_name: As people call it.
        contact_role: Who is asked when the return is wrong: a role, never a person's name.
        columns: Heading in the return → field of ours. Every heading named must be there.
        percent_scale: How bare numbers of percentage KPIs are meant; without it such a number is
            rejected whenever both readings are possible.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    source_name: Annotated[str, Field(min_length=1, max_length=120)]
    contact_role: Annotated[str, Field(min_length=1, max_length=120)]
    columns: Mapping[str, ReturnField]
    percent_scale: PercentScale | None = None

    @field_validator("columns")
    @classmethod
    def _columns_are_enough(
        cls, columns: Mapping[str, ReturnField], info: ValidationInfo
    ) -> Mapping[str, ReturnField]:
        fields = list(columns.values())
        twice = sorted({field for field in fields if fields.count(field) > 1})
        if twice:
            raise ValueError(f"two headings for {', '.join(twice)}: keep one")
        is_titled, wide = info.data.get("blocks") is not None, info.data.get("wide")
        if is_titled and ReturnField.KPI_REF in fields:
            raise ValueError("kpi_ref stands in the blocks' titles: take its heading out")
        if not is_titled and ReturnField.KPI_REF not in fields:
            raise ValueError("no heading for kpi_ref: add the one that holds the KPI's reference")
        has_parts = set(FIGURE_FIELDS[1:]) <= set(fields)
        if ReturnField.VALUE not in fields and not has_parts and wide is None:
            raise ValueError("no heading for value, nor for numerator and denominator: add one")
        if ReturnField.VALUE in fields and wide is not None and not wide.breakdowns:
            raise ValueError("the value stands in the columns of `wide`: take its heading out")
        return columns

    def located(self, template: str, quarter: Quarter) -> str:
        """Fill `{quarter}`, `{quarter_start}` and `{quarter_end}` into a location."""
        return template.format(
            quarter=quarter.key,
            quarter_start=quarter.start_date.isoformat(),
            quarter_end=quarter.end_date.isoformat(),
        )


class FileEntry(SourceEntry):
    """A source that drops a file; `location` is an fsspec URL or a path in the council folder."""

    location: Annotated[str, Field(min_length=1)]

    @field_validator("location")
    @classmethod
    def _location_has_known_placeholders(cls, location: str) -> str:
        try:
            filled = location.format(quarter="", quarter_start="", quarter_end="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                "only {quarter}, {quarter_start} and {quarter_end} can stand in a location"
            ) from error
        if filled == location:
            raise ValueError(
                "the location names the same file every quarter: put {quarter} into it"
            )
        return location


class GridEntry(FileEntry, Layout):
    """A file that is a grid of cells under headings."""

    @model_validator(mode="after")
    def _parts_are_of_headings(self) -> "GridEntry":
        known = {*self.columns, *(self.wide.breakdowns if self.wide else ())}
        if unknown := sorted(set(self.synonyms) - known):
            raise ValueError(
                f"`{unknown[0]}` has synonyms and is no heading of `columns` or `wide`: write the "
                "heading as it stands there"
            )
        for heading in self.fill_down:
            if self.columns.get(heading) not in LABEL_FIELDS:
                raise ValueError(
                    f"`{heading}` of `fill_down` is no label's heading: write one of "
                    f"{', '.join(LABEL_FIELDS)}, never a figure's"
                )
        return self


class CsvEntry(GridEntry):
    """A delimited text file in a stated encoding."""

    kind: Literal["csv"]
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError as error:
            raise ValueError(f"`{encoding}` is not an encoding: write utf-8 or cp1252") from error
        return encoding


class ExcelEntry(GridEntry):
    """A sheet of a workbook, .xlsx or .ods, told apart by its content.

    Attributes:
        sheet: Name of the sheet; placeholders of a quarter may stand in it.
        sheet_synonyms: Other names that the service gives it, likewise.
    """

    kind: Literal["excel"]
    sheet: Annotated[str, Field(min_length=1)]
    sheet_synonyms: tuple[Annotated[str, Field(min_length=1)], ...] = ()

    @field_validator("sheet")
    @classmethod
    def _sheet_has_known_placeholders(cls, sheet: str) -> str:
        _known_placeholders(sheet, _QUARTER_WORDS)
        return sheet

    @field_validator("sheet_synonyms")
    @classmethod
    def _synonyms_have_known_placeholders(cls, sheets: tuple[str, ...]) -> tuple[str, ...]:
        for sheet in sheets:
            _known_placeholders(sheet, _QUARTER_WORDS)
        return sheets

    def sheet_names(self, quarter: Quarter | None) -> tuple[str, ...]:
        """Return what the sheet may be called in a quarter, the usual name first."""
        words = {} if quarter is None else quarter_words(quarter)
        templates = (self.sheet, *self.sheet_synonyms)
        return tuple(each.format(**words) if words else each for each in templates)


class SqlEntry(SourceEntry):
    """A query against a service's own database.

    The query file may use `:quarter`, `:period_start` and `:period_end`. `url` is a SQLAlchemy
    URL in which `{council}` stands for the council folder; `url_env` names an environment
    variable that holds the URL instead, for one with a password in it.
    """

    kind: Literal["sql"]
    query: Annotated[str, Field(min_length=1)]
    url: str | None = None
    url_env: str | None = None

    @model_validator(mode="after")
    def _one_url(self) -> "SqlEntry":
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give one of url and url_env")
        return self


class JsonEntry(FileEntry):
    """A JSON document from an http(s) API or a file.

    Attributes:
        records_path: Dotted path to the list of records: `data.items`; empty when the document
            is the list.
        next_path: Dotted path to the next page's address, absent or null on the last page.
        token_env: Environment variable that holds a bearer token.
        timeout_seconds: Limit for connecting and for each read.
    """

    kind: Literal["json_api"]
    records_path: str = ""
    next_path: str | None = None
    token_env: str | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 30.0


Source = Annotated[CsvEntry | ExcelEntry | SqlEntry | JsonEntry, Field(discriminator="kind")]
"""Any entry of `sources.yaml`, told apart by its `kind`."""
