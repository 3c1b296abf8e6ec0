"""A template written as an Excel workbook.

One sheet to fill in and one of notes; a title, one row of headings, no merged cells. Only the cells
that are asked for are unlocked, and there is no password.
"""

import datetime as dt
import io
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from perf_pipeline.template_format import (
    FIELDS_PROPERTY,
    QUARTER_PROPERTY,
    RETURN_SHEET,
    SOURCE_PROPERTY,
    TEMPLATE_VERSION,
    VERSION_PROPERTY,
)
from perf_pipeline.templates.cell_rules import number_format, validation
from perf_pipeline.templates.columns import Column, columns
from perf_pipeline.templates.content import Template, TemplateRow
from perf_pipeline.templates.notes import notes
from perf_pipeline.workbook_writing import with_language, write_text

NOTES_SHEET = "Notes"

_HEADING_ROW = 3
_FROZEN_COLUMNS = 2
_NOTES_WIDTH = 70
_A3, _A4 = 8, 9
_NARROWED = 0.85
_LINE_POINTS, _HIGHEST_POINTS = 15, 408
_FONT = {"font_name": "Arial", "font_size": 11}
_TITLE = _FONT | {"bold": True, "font_size": 16}
_HEADING = _FONT | {"bold": True, "text_wrap": True, "valign": "top", "bottom": 2}
_TOLD = _FONT | {"text_wrap": True, "valign": "top", "bottom": 4}
_ASKED = _TOLD | {"locked": False, "border": 1, "bg_color": "#FFF9E0"}
_PROTECTION = {"format_columns": True, "format_rows": True}


def template_bytes(template: Template) -> bytes:
    """Return a template as a workbook (.xlsx); the same template gives the same bytes."""
    written = io.BytesIO()
    options = {"in_memory": True, "default_format_properties": dict(_FONT)}
    with Workbook(written, options) as workbook:
        _mark(workbook, template)
        _Writer(workbook, template).write()
    return with_language(written)


def _title(template: Template) -> str:
    return f"{template.source_name}: return for {template.quarter_label}"


def _mark(workbook: Workbook, template: Template) -> None:
    created = template.created_at.astimezone(dt.UTC).replace(tzinfo=None)
    workbook.set_properties(
        {"title": _title(template), "author": template.council_name, "created": created}
    )
    properties = {
        VERSION_PROPERTY: TEMPLATE_VERSION,
        SOURCE_PROPERTY: template.source_code,
        QUARTER_PROPERTY: template.quarter_key,
        FIELDS_PROPERTY: " ".join(template.fields),
    }
    for name, text in properties.items():
        workbook.set_custom_property(name, text, "text")


def _height(texts: Iterable[tuple[str, int]]) -> int:
    """Return the height in points of a row of wrapped texts, each with its column's width.

    It is written, since LibreOffice makes no row of a workbook higher by itself; and with room,
    since it may have to take a wider font for Arial.
    """
    lines = (len(textwrap.wrap(text, int(_NARROWED * width))) for text, width in texts)
    return min(_LINE_POINTS * max(1, *lines), _HIGHEST_POINTS)


class _Writer:
    """Writes both sheets of a template."""

    def __init__(self, workbook: Workbook, template: Template) -> None:
        self._workbook, self._template = workbook, template
        self._columns = columns(template)
        self._style = cache(self._new_style)

    def write(self) -> None:
        """Write them."""
        sheet = self._workbook.add_worksheet(RETURN_SHEET)
        for line, (text, style) in enumerate(self._introduction()):
            write_text(sheet, line, 0, text, style)
        self._mark_table(sheet)
        for number, row in enumerate(self._template.rows, start=_HEADING_ROW + 1):
            for column, each in enumerate(self._columns):
                self._cell(sheet, number, column, each, row)
            told = ((each.told(row), each.width) for each in self._columns if each.told)
            sheet.set_row(number, _height(told))
        self._set_up(sheet)
        self._write_notes(self._workbook.add_worksheet(NOTES_SHEET))

    def _new_style(self, kind: str, number_format: str = "General") -> Format:
        kinds = {"title": _TITLE, "line": _FONT, "heading": _HEADING, "told": _TOLD}
        properties = kinds.get(kind, _ASKED) | {"num_format": number_format}
        return self._workbook.add_format(properties)

    def _introduction(self) -> Iterator[tuple[str, Format]]:
        yield _title(self._template), self._style("title")
        deadline = f"To be sent by {self._template.deadline:%d %B %Y}."
        yield f"{self._template.council_name}. {deadline}", self._style("line")
        where = "Fill in the cells under Value and the headings after it."
        yield f"{where} The sheet {NOTES_SHEET} says how.", self._style("line")

    @property
    def _last_row(self) -> int:
        return _HEADING_ROW + len(self._template.rows)

    def _mark_table(self, sheet: Worksheet) -> None:
        heading = self._style("heading")
        sheet.add_table(
            _HEADING_ROW,
            0,
            self._last_row,
            len(self._columns) - 1,
            {
                "name": "return_figures",
                "title": _title(self._template),
                "description": "One row for each KPI, and for each category of its breakdown.",
                "columns": [
                    {"header": each.heading, "header_format": heading} for each in self._columns
                ],
                "autofilter": False,
                "style": None,
            },
        )

    def _cell(
        self, sheet: Worksheet, row: int, column: int, each: Column, content: TemplateRow
    ) -> None:
        if each.field is None or not each.is_asked(content):
            text = each.told(content) if each.told else ""
            write_text(sheet, row, column, text, self._style("told"))
            return
        style = self._style("asked", number_format(each.field, content))
        sheet.write_blank(row, column, None, style)
        rule: dict[str, Any] = validation(each.field, content, self._template)
        if rule:
            sheet.data_validation(row, column, row, column, rule)

    def _set_up(self, sheet: Worksheet) -> None:
        for column, each in enumerate(self._columns):
            sheet.set_column(column, column, each.width)
        sheet.set_row(_HEADING_ROW, _height((each.heading, each.width) for each in self._columns))
        sheet.freeze_panes(_HEADING_ROW + 1, _FROZEN_COLUMNS)
        sheet.print_area(0, 0, self._last_row, len(self._columns) - 1)
        sheet.repeat_rows(_HEADING_ROW)
        sheet.set_landscape()
        sheet.set_paper(_A3)
        sheet.fit_to_pages(1, 0)
        sheet.protect("", dict(_PROTECTION))

    def _write_notes(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, _NOTES_WIDTH)
        lines = [(f"How to fill in: {_title(self._template)}", "title")]
        for heading, text in notes(self._template):
            lines += [(heading, "heading"), (text, "told")]
        for row, (text, kind) in enumerate(lines):
            write_text(sheet, row, 0, text, self._style(kind))
            if kind == "told":
                sheet.set_row(row, _height([(text, _NOTES_WIDTH)]))
        sheet.set_paper(_A4)
        sheet.protect("", dict(_PROTECTION))
