"""Exports for Excel: one accessible workbook.

Every text is written as a typed text cell, never through the library's guessing `write`, so that
none becomes a formula, a number or a link.
"""

import datetime as dt
import io
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from perf_pipeline.exports.pages import ExportContent
from perf_pipeline.exports.workbook_layout import (
    BACK,
    CONTENTS,
    COVER,
    COVER_WIDTH,
    FONT,
    FONT_SIZE,
    TITLE_SIZE,
    SheetLayout,
    WorkbookLayout,
)
from perf_pipeline.workbook_writing import with_language, write_text

_FIRST_DAY = dt.date(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was, and knows nothing before that year."""

_FONT = {"font_name": FONT, "font_size": FONT_SIZE}
_CELL = _FONT | {"valign": "top"}
_FORMATS: dict[str, dict[str, Any]] = {
    "title": _FONT | {"bold": True, "font_size": TITLE_SIZE},
    "line": _FONT,
    "link": _FONT | {"underline": True, "font_color": "#0000EE"},
    "subheading": _CELL | {"bold": True},
    "heading": _CELL | {"bold": True, "bottom": 1, "text_wrap": True},
    "text": _CELL | {"text_wrap": True},
    "linked": _CELL | {"text_wrap": True, "underline": True, "font_color": "#0000EE"},
    "value": _CELL,
    "date": _CELL | {"num_format": "yyyy-mm-dd", "align": "left"},
}


class _Exact(float):
    """A float that is written with all its digits; the library's own way keeps 16 of 17."""

    __slots__ = ()

    def __format__(self, format_spec: str) -> str:
        return repr(float(self))


def write_xlsx(content: ExportContent, path: Path) -> None:
    """Write a publication as an Excel workbook; the same publication gives the same bytes."""
    layout = WorkbookLayout.of(content)
    created = content.created_at.astimezone(dt.UTC).replace(tzinfo=None)
    written = io.BytesIO()
    # The library adds to the properties that it is given.
    options = {"in_memory": True, "default_format_properties": dict(_FONT)}
    with Workbook(written, options) as workbook:
        workbook.set_properties(
            {"title": layout.content.title, "author": layout.content.whose, "created": created}
        )
        writer = _Writer(workbook)
        writer.write_cover(layout)
        for sheet in layout.sheets:
            writer.write_sheet(sheet)
    path.write_bytes(with_language(written))


class _Writer:
    """Writes sheets into a workbook with one set of formats."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._formats: dict[str, Format] = {
            name: workbook.add_format(dict(properties)) for name, properties in _FORMATS.items()
        }

    def write_cover(self, layout: WorkbookLayout) -> None:
        """Write the cover: a title, then headings and texts below each other."""
        sheet = self._workbook.add_worksheet(COVER)
        sheet.set_column(0, 0, COVER_WIDTH)
        self._text(sheet, 0, 0, layout.content.title, "title")
        for row, (line, is_heading) in enumerate(layout.cover_lines, start=1):
            self._text(sheet, row, 0, line, "subheading" if is_heading else "text")

    def write_sheet(self, layout: SheetLayout) -> None:
        """Write one sheet: title, sentences, table."""
        sheet = self._workbook.add_worksheet(layout.name)
        for column, width in enumerate(layout.widths):
            sheet.set_column(column, column, width)
        for row, line in enumerate(layout.lines):
            self._text(sheet, row, 0, line, "line" if row else "title")
        if layout.has_back_link:
            self._link(sheet, layout.heading_row - 1, CONTENTS, BACK, "link")
        self._mark_table(sheet, layout)
        for column, cells in enumerate(layout.columns):
            for row, cell in enumerate(cells):
                target = layout.links_to(row, column)
                place = layout.heading_row + 1 + row
                if target is None:
                    self._cell(sheet, place, column, cell)
                else:
                    self._link(sheet, place, target, target, "linked")

    def _mark_table(self, sheet: Worksheet, layout: SheetLayout) -> None:
        heading = self._formats["heading"]
        sheet.add_table(
            layout.heading_row,
            0,
            layout.last_row,
            layout.last_column,
            {
                "name": layout.page.name,
                "title": layout.page.title,
                "description": layout.page.description,
                "columns": [{"header": name, "header_format": heading} for name in layout.headings],
                "autofilter": False,
                "style": None,
            },
        )

    def _cell(self, sheet: Worksheet, row: int, column: int, cell: Any) -> None:
        match cell:
            case None:
                return
            case str():
                self._text(sheet, row, column, cell, "text")
            case bool():
                sheet.write_boolean(row, column, cell, self._formats["value"])
            case float():
                sheet.write_number(row, column, _Exact(cell), self._formats["value"])
            case int():
                sheet.write_number(row, column, cell, self._formats["value"])
            case dt.date() if cell >= _FIRST_DAY:
                sheet.write_datetime(row, column, cell, self._formats["date"])
            case _:
                self._text(sheet, row, column, str(cell), "text")

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, style: str) -> None:
        write_text(sheet, row, column, text, self._formats[style])

    def _link(self, sheet: Worksheet, row: int, target: str, text: str, style: str) -> None:
        address = f"internal:'{target}'!A1"
        sheet.write_url(row, 0, address, self._formats[style], text, f"Go to {target}")
