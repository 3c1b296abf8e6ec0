"""What every workbook that we write with XlsxWriter needs: text that stays text, and a language."""

import io
import zipfile

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

LANGUAGE = "en-GB"
"""What screen readers are told that the texts are in."""

_PROPERTIES = "docProps/core.xml"
_PROPERTIES_END = b"</cp:coreProperties>"


def write_text(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    """Write a text cell, whatever the text looks like: no formula, number, link or markup.

    Args:
        sheet: The sheet.
        row: Row, counted from 0.
        column: Column, counted from 0.
        text: The text.
        style: Format of the cell.
    """
    if text.startswith("<r>") and text.endswith("</r>"):
        # The library takes such a text for markup of its own and would not escape it.
        sheet.write_rich_string(row, column, style, text[:1], style, text[1:], style)
        return
    sheet.write_string(row, column, text, style)


def with_language(written: io.BytesIO) -> bytes:
    """Return a workbook's bytes with its language, which the library has no property for."""
    stated = f"<dc:language>{LANGUAGE}</dc:language>".encode() + _PROPERTIES_END
    result = io.BytesIO()
    with zipfile.ZipFile(written) as library, zipfile.ZipFile(result, "w") as file:
        for entry in library.infolist():
            part = library.read(entry)
            is_changed = entry.filename == _PROPERTIES
            file.writestr(entry, part.replace(_PROPERTIES_END, stated) if is_changed else part)
    return result.getvalue()
