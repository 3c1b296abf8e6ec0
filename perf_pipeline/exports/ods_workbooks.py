"""Exports for LibreOffice and everything else that reads OpenDocument: one accessible workbook.

Written element by element with the standard library. The one library for it, odfpy, replaces some
characters of a text without a word and lets earlier documents of the process into the bytes.
"""

import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from openpyxl.utils import get_column_letter

from perf_pipeline.exports.ods_parts import NAMESPACES, archive
from perf_pipeline.exports.pages import ExportContent
from perf_pipeline.exports.workbook_layout import (
    BACK,
    CONTENTS,
    COVER,
    COVER_WIDTH,
    SheetLayout,
    WorkbookLayout,
)

_CM_A_CHARACTER = 0.22
_SPACES = re.compile(r"( {2,}|^ | $)")
"""Spaces that OpenDocument would drop: several, or one at the beginning or the end."""


def write_ods(content: ExportContent, path: Path) -> None:
    """Write a publication as an OpenDocument workbook; the same one gives the same bytes."""
    layout = WorkbookLayout.of(content)
    created = content.created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    path.write_bytes(
        archive(
            _Writer().content_xml(layout),
            title=layout.content.title,
            creator=layout.content.whose,
            created=created,
        )
    )


class _Writer:
    """Writes the sheets of a workbook as `content.xml`."""

    def __init__(self) -> None:
        self._written = io.BytesIO()
        self._xml = XMLGenerator(self._written, "UTF-8", short_empty_elements=True)

    def content_xml(self, layout: WorkbookLayout) -> bytes:
        """Return the document: column widths, the cover, the sheets, which ranges are tables."""
        self._xml.startDocument()
        with self._element("office:document-content", NAMESPACES):
            self._widths(
                {COVER_WIDTH, *(width for sheet in layout.sheets for width in sheet.widths)}
            )
            with self._element("office:body"), self._element("office:spreadsheet"):
                self._cover(layout)
                for sheet in layout.sheets:
                    self._sheet(sheet)
                self._marked_tables(layout.sheets)
        self._xml.endDocument()
        return self._written.getvalue()

    @contextmanager
    def _element(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        self._xml.startElement(name, AttributesImpl(attributes or {}))
        yield
        self._xml.endElement(name)

    def _empty(self, name: str, attributes: Mapping[str, str] | None = None) -> None:
        with self._element(name, attributes):
            pass

    def _widths(self, widths: set[int]) -> None:
        with self._element("office:automatic-styles"):
            for width in sorted(widths):
                names = {"style:name": f"width{width}", "style:family": "table-column"}
                with self._element("style:style", names):
                    size = {"style:column-width": f"{width * _CM_A_CHARACTER:.2f}cm"}
                    self._empty("style:table-column-properties", size)

    def _cover(self, layout: WorkbookLayout) -> None:
        with self._element("table:table", {"table:name": COVER}):
            self._empty("table:table-column", {"table:style-name": f"width{COVER_WIDTH}"})
            with self._row():
                self._text(layout.content.title, "Heading_20_1")
            for line, is_heading in layout.cover_lines:
                with self._row():
                    self._text(line, "Heading_20_2" if is_heading else "Text")

    def _sheet(self, layout: SheetLayout) -> None:
        with self._element("table:table", {"table:name": layout.name}):
            for width in layout.widths:
                self._empty("table:table-column", {"table:style-name": f"width{width}"})
            for number, line in enumerate(layout.lines):
                with self._row():
                    self._text(line, "Default" if number else "Heading_20_1")
            if layout.has_back_link:
                with self._row():
                    self._text(BACK, "Default", target=CONTENTS)
            with self._element("table:table-header-rows"), self._row():
                for heading in layout.headings:
                    self._text(heading, "Headings")
            for number, cells in enumerate(zip(*layout.columns, strict=True)):
                with self._row():
                    for column, cell in enumerate(cells):
                        self._cell(cell, layout.links_to(number, column))

    @contextmanager
    def _row(self) -> Iterator[None]:
        with self._element("table:table-row"):
            yield

    def _cell(self, cell: Any, target: str | None) -> None:
        match cell:
            case None:
                self._empty("table:table-cell")
            case str():
                self._text(cell, "Text", target=target)
            case bool():
                self._value("boolean", "office:boolean-value", str(cell).lower(), "Flag")
            case int() | float():
                self._value("float", "office:value", repr(cell), "Value")
            case _:
                self._value("date", "office:date-value", cell.isoformat(), "Day")

    def _value(self, kind: str, attribute: str, value: str, style: str) -> None:
        typed = {"table:style-name": style, "office:value-type": kind, attribute: value}
        with self._element("table:table-cell", typed), self._element("text:p"):
            self._xml.characters(value.upper() if kind == "boolean" else value)

    def _text(self, text: str, style: str, *, target: str | None = None) -> None:
        typed = {"table:style-name": style, "office:value-type": "string"}
        with self._element("table:table-cell", typed):
            for line in text.split("\n"):
                with self._element("text:p"):
                    self._line(line, target)

    def _line(self, line: str, target: str | None) -> None:
        if target is not None:
            link = {"xlink:type": "simple", "xlink:href": f"#{target}.A1"}
            with self._element("text:a", link):
                self._xml.characters(line)
            return
        for part in _SPACES.split(line):
            if part.strip(" "):
                self._xml.characters(part)
            elif part:
                self._empty("text:s", {"text:c": str(len(part))})

    def _marked_tables(self, sheets: list[SheetLayout]) -> None:
        with self._element("table:database-ranges"):
            for sheet in sheets:
                corner = f"{get_column_letter(sheet.last_column + 1)}{sheet.last_row + 1}"
                name = sheet.name
                about = {
                    "table:name": sheet.page.name,
                    "table:target-range-address": (
                        f"{name}.A{sheet.heading_row + 1}:{name}.{corner}"
                    ),
                    "table:contains-header": "true",
                    "table:display-filter-buttons": "false",
                }
                self._empty("table:database-range", about)
