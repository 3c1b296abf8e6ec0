"""What each entry of `sources.yaml` promises: where a service's return is and how it is laid out.

Entries are frozen values, checked by pydantic; reading the file is `perf_pipeline.council`'s part
and reading the returns is `perf_pipeline.sources`'s.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

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
    def _columns_are_enough(cls, columns: Mapping[str, ReturnField]) -> Mapping[str, ReturnField]:
        fields = list(columns.values())
        twice = sorted({field for field in fields if fields.count(field) > 1})
        if twice:
            raise ValueError(f"two headings for {', '.join(twice)}: keep one")
        if ReturnField.KPI_REF not in fields:
            raise ValueError("no heading for kpi_ref: add the one that holds the KPI's reference")
        if ReturnField.VALUE not in fields and not set(FIGURE_FIELDS[1:]) <= set(fields):
            raise ValueError("no heading for value, nor for numerator and denominator: add one")
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


class CsvEntry(FileEntry):
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


class ExcelEntry(FileEntry):
    """A sheet of a workbook, .xlsx or .ods, told apart by its content."""

    kind: Literal["excel"]
    sheet: Annotated[str, Field(min_length=1)]


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
