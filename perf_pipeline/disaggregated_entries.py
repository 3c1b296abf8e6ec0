"""What an entry of `disaggregated` in `sources.yaml` promises: where a system's files are, and how.

Such files come from a system and not from people: rows by area and category, in CSV (UTF-8, commas)
or Parquet, told apart by their content.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from perf_pipeline.source_entries import NamedSource, PercentScale, require_quarter


class DisaggregatedField(StrEnum):
    """The fields that a heading of a disaggregated file can be mapped to."""

    KPI_REF = "kpi_ref"
    QUARTER = "quarter"
    AREA = "area"
    BREAKDOWN_TYPE = "breakdown_type"
    BREAKDOWN_CATEGORY = "breakdown_category"
    VALUE = "value"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    STATUS = "status"
    PROVISIONAL = "provisional"
    COMMENTARY = "commentary"


class DisaggregatedEntry(NamedSource):
    """A source of disaggregated outturns.

    Attributes:
        location: An fsspec address or a path in the council folder, with `{quarter}`. `*`, `?` and
            `[…]` in it stand for any text, so that a quarter's return may come in several files.
        columns: Heading in the files → field of ours. Every heading named must be there, once.
        percent_scale: How bare numbers of percentage KPIs are meant; without it such a number is
            rejected whenever both readings are possible.
    """

    location: Annotated[str, Field(min_length=1)]
    columns: Mapping[str, DisaggregatedField]
    percent_scale: PercentScale | None = None

    @field_validator("location")
    @classmethod
    def _location_has_known_placeholders(cls, location: str) -> str:
        return require_quarter(location)

    @field_validator("columns")
    @classmethod
    def _columns_are_enough(
        cls, columns: Mapping[str, DisaggregatedField]
    ) -> Mapping[str, DisaggregatedField]:
        fields = list(columns.values())
        twice = sorted({field for field in fields if fields.count(field) > 1})
        if twice:
            raise ValueError(f"two headings for {', '.join(twice)}: keep one")
        if DisaggregatedField.KPI_REF not in fields:
            raise ValueError("no heading for kpi_ref: add the one that holds the KPI's reference")
        parts = {DisaggregatedField.NUMERATOR, DisaggregatedField.DENOMINATOR}
        if DisaggregatedField.VALUE not in fields and not parts <= set(fields):
            raise ValueError("no heading for value, nor for numerator and denominator: add one")
        return columns
