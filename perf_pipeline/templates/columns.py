"""The columns of a template: what is told, then what is asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from perf_pipeline.rules import UNITS
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.template_format import HEADINGS
from perf_pipeline.templates.content import Template, TemplateRow

_NONE = "none"
_UNIT_WORDS = {"percent": "percent, with the % sign", "gbp": "pounds (£)", "number": "number"}
_GIVEN = frozenset(
    {
        ReturnField.KPI_REF,
        ReturnField.KPI_NAME,
        ReturnField.BREAKDOWN_TYPE,
        ReturnField.BREAKDOWN_CATEGORY,
    }
)
_HEADLINE_ONLY = frozenset({ReturnField.FORECAST, ReturnField.RATING, ReturnField.RATING_REASON})
_WIDTHS = {
    ReturnField.KPI_NAME: 36,
    ReturnField.COMMENTARY: 50,
    ReturnField.ACTION: 50,
    ReturnField.RATING_REASON: 36,
    ReturnField.ACTION_OWNER: 26,
}
_WIDTH = 16


@dataclass(frozen=True)
class Column:
    """One column of a template.

    Attributes:
        heading: Its heading.
        width: Its width in characters.
        field: The field that is read from it; null where it only tells.
        told: What it says in a row; null where the row's cell is to be filled in.
    """

    heading: str
    width: int
    field: ReturnField | None
    told: Callable[[TemplateRow], str] | None

    def is_asked(self, row: TemplateRow) -> bool:
        """True where a row's cell is to be filled in."""
        return self.told is None and (row.is_headline or self.field not in _HEADLINE_ONLY)


def columns(template: Template) -> list[Column]:
    """Return the columns of a template, in order; headings are unique."""
    given = [_given(name) for name in template.fields if name in _GIVEN]
    asked = [
        Column(HEADINGS[name], _WIDTHS.get(name, _WIDTH), name, None)
        for name in template.fields
        if name not in _GIVEN
    ]
    return [*given, *_context(template), *asked]


def _given(name: ReturnField) -> Column:
    told: dict[ReturnField, Callable[[TemplateRow], str]] = {
        ReturnField.KPI_REF: lambda row: row.kpi_ref,
        ReturnField.KPI_NAME: lambda row: row.kpi_name,
        ReturnField.BREAKDOWN_TYPE: lambda row: row.breakdown_type or "",
        ReturnField.BREAKDOWN_CATEGORY: lambda row: row.breakdown_category or "",
    }
    return Column(HEADINGS[name], _WIDTHS.get(name, _WIDTH), name, told[name])


def _context(template: Template) -> Iterator[Column]:
    yield Column("Definition", 50, None, lambda row: row.definition)
    yield Column("Unit", _WIDTH, None, lambda row: unit_words(row.unit_code))
    yield Column("Target", _WIDTH, None, lambda row: row.target or _NONE)
    last, year = template.last_quarter_label, template.last_year_label
    yield Column(f"Figure of {last}", _WIDTH, None, lambda row: row.last_quarter or _NONE)
    yield Column(f"Figure of {year}", _WIDTH, None, lambda row: row.last_year or _NONE)
    if template.last_published_label is not None:
        heading = f"Rating of {template.last_published_label}"
        yield Column(heading, _WIDTH, None, lambda row: row.last_rating or _NONE)
    yield Column("Please fill in", 30, None, _wanted)


def unit_words(unit_code: str) -> str:
    """Return a unit in words: `percent, with the % sign`, `days`."""
    return _UNIT_WORDS.get(unit_code) or UNITS[unit_code].suffix.strip() or unit_code


def _wanted(row: TemplateRow) -> str:
    wanted = "Value, or status"
    if row.was_red and row.is_headline:
        return f"{wanted}; action, its owner and due date (was red)"
    return wanted
