"""What a template says and asks for, as plain values."""

import datetime as dt
from dataclasses import dataclass

from perf_pipeline.source_entries import ReturnField


@dataclass(frozen=True)
class TemplateRow:
    """One row to fill in: a KPI, or a category of its breakdown.

    Attributes:
        kpi_ref: The KPI's reference.
        kpi_name: Its name.
        breakdown_type: What the row's breakdown is by; null for the KPI itself.
        breakdown_category: The category, likewise.
        definition: What is counted, and how.
        unit_code: Unit of the figure.
        decimal_places: Decimals printed.
        minimum: Smallest figure that the KPI allows; null for no limit.
        maximum: Largest, likewise.
        target: The target as printed; null where there is none.
        last_quarter: Figure of the quarter before as printed; null where none is known.
        last_year: Figure of the same quarter last year, likewise.
        last_rating: Rating when last published, as printed; null where there is none.
        was_red: True where that was red, so that the action's owner and day are asked for.
    """

    kpi_ref: str
    kpi_name: str
    breakdown_type: str | None
    breakdown_category: str | None
    definition: str
    unit_code: str
    decimal_places: int
    minimum: float | None
    maximum: float | None
    target: str | None
    last_quarter: str | None
    last_year: str | None
    last_rating: str | None
    was_red: bool

    @property
    def is_headline(self) -> bool:
        """True for the KPI itself, False for a category of its breakdown."""
        return self.breakdown_type is None


@dataclass(frozen=True)
class Template:
    """A template: whose, for which quarter, and its rows.

    Attributes:
        council_name: The council.
        source_code: Source whose return it makes.
        source_name: As people call it.
        contact_role: Who at the source is asked about it.
        quarter_key: Quarter of the return.
        quarter_label: As people write it.
        quarter_start: First day of the quarter: no action is due before it.
        last_quarter_label: The quarter before.
        last_year_label: The same quarter last year.
        last_published_label: Quarter whose ratings are shown; null where none was published.
        deadline: Last day for the return.
        created_at: When it was made.
        fields: The fields that it has columns for, in the order of `template_format.HEADINGS`.
        rating_words: Words for ratings, for KPIs that are rated by judgement.
        rows: The rows, each KPI followed by its breakdown.
        origin_text: Where earlier figures come from, as a sentence.
    """

    council_name: str
    source_code: str
    source_name: str
    contact_role: str
    quarter_key: str
    quarter_label: str
    quarter_start: dt.date
    last_quarter_label: str
    last_year_label: str
    last_published_label: str | None
    deadline: dt.date
    created_at: dt.datetime
    fields: tuple[ReturnField, ...]
    rating_words: tuple[str, ...]
    rows: tuple[TemplateRow, ...]
    origin_text: str
