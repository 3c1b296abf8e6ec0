"""How a workbook is laid out, whichever program it is for.

By the Government Analysis Function's guidance on releasing statistics in spreadsheets: a cover,
contents and notes; one table a sheet, in column A, marked as a table, with one row of headings and
nothing below it; no merged cells, fills, filters or frozen panes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from perf_pipeline.exports.pages import ExportContent, Page, page_cells
from perf_pipeline.exports.workbook_text import workbook_content

COVER = "Cover"
CONTENTS = "Contents"
BACK = "Back to Contents"

COVER_WIDTH = 100
FONT = "Arial"
FONT_SIZE = 12
TITLE_SIZE = 16
_NARROWEST, _WIDEST = 10, 60
_PADDING = 3


@dataclass(frozen=True)
class SheetLayout:
    """One sheet: lines of text in column A, then the table, and nothing more."""

    page: Page

    @property
    def name(self) -> str:
        """Name of the sheet."""
        return self.page.sheet_name

    @property
    def lines(self) -> tuple[str, ...]:
        """Title and sentences, one a row; the title stands in A1."""
        return (self.page.title, *self.page.introduction)

    @property
    def has_back_link(self) -> bool:
        """True where a link to the contents stands below the sentences."""
        return self.name != CONTENTS

    @property
    def heading_row(self) -> int:
        """Row of the column headings, counted from 0."""
        return len(self.lines) + self.has_back_link

    @property
    def headings(self) -> list[str]:
        """Column headings: the columns' names, which are unique."""
        return [column.name for column in self.page.columns]

    @cached_property
    def columns(self) -> list[list[Any]]:
        """The cells, column by column; an empty text is an empty cell, as no text is."""
        return [
            [None if cell == "" else cell for cell in column] for column in page_cells(self.page)
        ]

    @property
    def row_count(self) -> int:
        """Rows of the table without its headings."""
        return len(self.page.rows)

    @property
    def last_row(self) -> int:
        """Last row of the table, counted from 0; an empty table has one blank row, as Excel's."""
        return self.heading_row + max(self.row_count, 1)

    @property
    def last_column(self) -> int:
        """Last column of the table, counted from 0."""
        return len(self.page.columns) - 1

    @cached_property
    def widths(self) -> list[int]:
        """Column widths in characters; longer text is wrapped."""
        return [
            min(max(_NARROWEST, _PADDING + max(map(_width, (heading, *cells)))), _WIDEST)
            for heading, cells in zip(self.headings, self.columns, strict=True)
        ]

    def links_to(self, row: int, column: int) -> str | None:
        """Return the sheet that a cell of the contents leads to; no other cell leads anywhere."""
        if self.name != CONTENTS or column != 0:
            return None
        return str(self.columns[0][row])


@dataclass(frozen=True)
class WorkbookLayout:
    """A whole workbook, its texts fit for cells."""

    content: ExportContent

    @classmethod
    def of(cls, content: ExportContent) -> "WorkbookLayout":
        """Lay out a publication."""
        return cls(workbook_content(content))

    @property
    def cover_lines(self) -> Iterator[tuple[str, bool]]:
        """Lines of the cover below its title, and whether each is a heading."""
        for heading, text in self.content.cover:
            yield heading, True
            yield text, False

    @property
    def sheets(self) -> list[SheetLayout]:
        """The sheets after the cover."""
        return [SheetLayout(page) for page in (self.content.contents, *self.content.pages)]


def _width(cell: Any) -> int:
    return max((len(line) for line in str(cell).splitlines()), default=0)
