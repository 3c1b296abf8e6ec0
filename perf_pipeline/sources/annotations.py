"""Comments put into a copy of a workbook: the one task of the reading process that writes.

It writes into a folder that whoever asked has made for it, and removes.
"""

import resource
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import openpyxl
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from perf_pipeline.sources.questions import ANNOTATED
from perf_pipeline.sources.workbook_files import DAMAGED

_AUTHOR = "perf-pipeline"
_WIDTH, _LINE_HEIGHT, _CHARACTERS_IN_LINE = 320, 18, 44
_LONGEST = 2_000


class CellNote(NamedTuple):
    """What is to stand in the comment of a cell; several of one cell share it."""

    sheet: str
    cell: str
    text: str


def is_xlsx(path: Path) -> bool:
    """Tell an Excel workbook (.xlsx) from anything else, damaged ones too."""
    with suppress(*DAMAGED), zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()
    return False


def annotate(path: Path, folder: Path, notes: Iterable[CellNote]) -> None:
    """Write a copy of a workbook, without macros and links, with comments.

    Args:
        path: The workbook.
        folder: Where the copy goes, and parts of it on the way.
        notes: The comments.

    Raises:
        Exception: Whatever openpyxl makes of a workbook that it cannot read.
    """
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    tempfile.tempdir = str(folder)
    with path.open("rb") as opened:
        book = openpyxl.load_workbook(opened, keep_vba=False, keep_links=False)
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for note in notes:
        texts[note.sheet, note.cell].append(note.text)
    for (sheet, cell), found in texts.items():
        _comment(book[sheet], cell, "\n".join(found)[:_LONGEST])
    book.save(folder / ANNOTATED)


def _comment(sheet: Worksheet, cell: str, text: str) -> None:
    lines = 1 + len(text) // _CHARACTERS_IN_LINE + text.count("\n")
    comment = Comment(text, _AUTHOR, height=lines * _LINE_HEIGHT, width=_WIDTH)
    sheet[_shown(sheet, cell)].comment = comment


def _shown(sheet: Worksheet, cell: str) -> str:
    """Return the cell, or the first one of the merged cells that it is among."""
    merged = (block for block in sheet.merged_cells.ranges if cell in block)
    block = next(merged, None)
    return cell if block is None else str(block.start_cell.coordinate)
