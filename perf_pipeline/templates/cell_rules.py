"""What each cell to be filled in takes: its number format, and Excel's data validation of it."""

from typing import Any

from perf_pipeline.rules import UNITS
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.template_format import HEADINGS
from perf_pipeline.templates.columns import unit_words
from perf_pipeline.templates.content import Template, TemplateRow

STATUSES = ("awaiting", "not available", "not applicable", "suppressed")
"""The words of the status list; the parser of figures reads them (docs/cells.md)."""

_FIGURES = frozenset({ReturnField.VALUE, ReturnField.FORECAST})
_PARTS = frozenset({ReturnField.NUMERATOR, ReturnField.DENOMINATOR})
_LIMIT = 10**15 - 1
_OWNER_LENGTH = 120
_TEXT = "@"


def number_format(name: ReturnField, row: TemplateRow) -> str:
    """Return the number format of a cell.

    A percentage shows its % sign: what a person sees is what is read, and 0.75 typed into it shows
    at once as 0.8% or 75.0%.
    """
    if name in _FIGURES:
        decimals = "." + "0" * row.decimal_places if row.decimal_places else ""
        return f"0{decimals or '.0'}%" if row.unit_code == "percent" else "General"
    if name is ReturnField.ACTION_DUE:
        return "d mmmm yyyy"
    if name in _PARTS:
        return "General"
    return _TEXT


def validation(name: ReturnField, row: TemplateRow, template: Template) -> dict[str, Any]:
    """Return the data validation of a cell, as XlsxWriter takes it; empty where it takes all."""
    if name in _FIGURES:
        return _figure(row, HEADINGS[name])
    if name in _PARTS:
        least = -_LIMIT if row.unit_code == "gbp" else 0
        return _decimal(least, _LIMIT, HEADINGS[name], "A number.")
    return _of_words(template).get(name, {})


def _of_words(template: Template) -> dict[ReturnField, dict[str, Any]]:
    ratings = "Only where the KPI is rated by judgement."
    owner = {"validate": "length", "criteria": "<=", "value": _OWNER_LENGTH}
    due = {"validate": "date", "criteria": ">=", "value": template.quarter_start}
    day = f"A day from {template.quarter_start:%d/%m/%Y} on."
    return {
        ReturnField.STATUS: _list(STATUSES, "Status", "Only where there is no figure: say why."),
        ReturnField.PROVISIONAL: _list(("yes", "no"), "Provisional", "Yes where it may change."),
        ReturnField.RATING: _list(template.rating_words, "Rating", ratings),
        ReturnField.ACTION_OWNER: owner | _told("Action owner", "A role, not a person's name."),
        ReturnField.ACTION_DUE: due | _told("Action due date", day),
    }


def _figure(row: TemplateRow, heading: str) -> dict[str, Any]:
    scale = 100 if row.unit_code == "percent" else 1
    low = -_LIMIT if row.minimum is None else row.minimum / scale
    high = _LIMIT if row.maximum is None else row.maximum / scale
    suffix = UNITS[row.unit_code].suffix
    limits = [
        f"{words} {limit:.15g}{suffix}"
        for words, limit in (("at least", row.minimum), ("at most", row.maximum))
        if limit is not None
    ]
    text = f"In {unit_words(row.unit_code)}{', ' if limits else ''}{' and '.join(limits)}."
    return _decimal(low, high, heading, f"{text} Leave it empty where there is no figure.")


def _decimal(low: float, high: float, heading: str, text: str) -> dict[str, Any]:
    bounds = {"criteria": "between", "minimum": low, "maximum": high}
    return {"validate": "decimal"} | bounds | _told(heading, text)


def _list(words: tuple[str, ...], heading: str, text: str) -> dict[str, Any]:
    return {"validate": "list", "source": list(words)} | _told(heading, text)


def _told(heading: str, text: str) -> dict[str, Any]:
    return {
        "input_title": heading,
        "input_message": text,
        "error_title": f"{heading}: not possible",
        "error_message": text,
    }
