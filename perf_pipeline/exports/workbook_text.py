"""Text as a workbook's cell can hold it: no tabs, one sign for a new line, cut where too long."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from perf_pipeline.exports.notes import CUT_TEXT, Note
from perf_pipeline.exports.pages import ExportContent, Page
from perf_pipeline.exports.safety import safe_text
from perf_pipeline.exports.texts import content_with_texts, text_columns

CELL_LIMIT = 32_767
"""What Excel's cell holds, in UTF-16 units: most characters are one, emoji are two."""


@dataclass(frozen=True)
class _Cut:
    """Where a text was too long, and how long it was."""

    table: str
    column: str
    row_number: int
    length: int

    @property
    def note(self) -> Note:
        place = f"{self.table}, row {self.row_number} of the table, {self.column}"
        return CUT_TEXT, place, f"{self.length} characters, cut here; whole in the Parquet export."


def workbook_content(content: ExportContent) -> ExportContent:
    """Return content as a workbook holds it, with a note on each text that was cut."""
    safe = content_with_texts(content, lambda text: safe_text(spaced_text(text)))
    cuts = [cut for page in safe.pages for cut in _cuts(page)]
    fitting = content_with_texts(safe, fitting_text)
    return replace(fitting, pages=tuple(_with_notes(page, cuts) for page in fitting.pages))


def spaced_text(text: str) -> str:
    """Return text with LF for every new line and a space for a tab.

    A tab cannot be typed into a cell, and LibreOffice drops it, so that words would join.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def fitting_text(text: str) -> str:
    """Return text that fits a cell: cut, with a notice at its end, where it is too long."""
    if not _is_too_long(text):
        return text
    notice = f" … [cut: {len(text)} characters in all]"
    room = CELL_LIMIT - _units(notice)
    kept = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", errors="ignore")
    return kept + notice


def _is_too_long(text: str) -> bool:
    return len(text) > CELL_LIMIT // 2 and _units(text) > CELL_LIMIT


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cuts(page: Page) -> Iterator[_Cut]:
    for name in text_columns(page):
        for row_number, text in enumerate(page.rows[name], start=1):
            if isinstance(text, str) and _is_too_long(text):
                yield _Cut(page.name, name, row_number, len(text))


def _with_notes(page: Page, cuts: list[_Cut]) -> Page:
    if page.name != "notes" or not cuts:
        return page
    names = [column.name for column in page.columns]
    added = pd.DataFrame([cut.note for cut in cuts], columns=names, dtype="object")
    return replace(page, rows=pd.concat([page.rows, added], ignore_index=True))
