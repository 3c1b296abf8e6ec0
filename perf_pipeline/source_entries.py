"""What each entry of `sources.yaml` promises: where a service's return is and how it is laid out.

Entries are frozen values, checked by pydantic; reading the file is `perf_pipeline.council`'s part
and reading the returns is `perf_pipeline.sources`'s.
"""

from collections.abc import Mapping
from enum import StrEnum
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
from perf_pipeline.source_layouts import (
    QUARTER_WORDS,
    Layout,
    check_placeholders,
    quarter_words,
)


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


class PercentScale(StrEnum):
    """How a source writes 75 % as a bare number: `75` or `0.75`."""

    PERCENT = "percent"
    FRACTION = "fraction"


class NamedSource(BaseModel):
    """Whose figures an entry promises.

    Attributes:
        source_code: The source's name in assets, tables and messages: `adults_services`.
        source_name: As people call it.
        contact_role: Who is asked when the return is wrong: a role, never a person's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    source_name: Annotated[str, Field(min_length=1, max_length=120)]
    contact_role: Annotated[str, Field(min_length=1, max_length=120)]

    def located(self, template: str, quarter: Quarter) -> str:
        """Fill `{quarter}`, `{quarter_start}` and `{quarter_end}` into a location."""
        return template.format(
            quarter=quarter.key,
            quarter_start=quarter.start_date.isoformat(),
            quarter_end=quarter.end_date.isoformat(),
        )


def require_quarter(location: str) -> str:
    """Return a location that names another file every quarter.

    Raises:
        ValueError: It has a placeholder that is not known, or none.
    """
    try:
        filled = location.format(quarter="", quarter_start="", quarter_end="")
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(
            "only {quarter}, {quarter_start} and {quarter_end} can stand in a location"
        ) from error
    if filled == location:
        raise ValueError("the location names the same file every quarter: put {quarter} into it")
    return location


class SourceEntry(NamedSource):
    """What every kind of source states.

    Attributes:
        columns: Heading in the return → field of ours. Every heading named must be there.
        percent_scale: How bare numbers of percentage KPIs are meant; without it such a number is
            rejected whenever both readings are possible.
    """

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


class FileEntry(SourceEntry):
    """A source that drops a file; `location` is an fsspec URL or a path in the council folder."""

    location: Annotated[str, Field(min_length=1)]

    @field_validator("location")
    @classmethod
    def _location_has_known_placeholders(cls, location: str) -> str:
        return require_quarter(location)


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
        check_placeholders(sheet, QUARTER_WORDS)
        return sheet

    @field_validator("sheet_synonyms")
    @classmethod
    def _synonyms_have_known_placeholders(cls, sheets: tuple[str, ...]) -> tuple[str, ...]:
        for sheet in sheets:
            check_placeholders(sheet, QUARTER_WORDS)
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
