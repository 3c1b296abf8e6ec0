"""A workbook given back with each finding as a comment at its cell; the original stays as it is."""

import zipfile
from collections import defaultdict
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.return_checks import Finding, ReturnCheck

_AUTHOR = "perf-pipeline"
_WIDTH, _LINE_HEIGHT, _CHARACTERS_IN_LINE = 320, 18, 44
_LONGEST = 2_000


def annotate_workbook(file: Path, out: Path, found: ReturnCheck) -> None:
    """Write a copy of a return with a comment at each finding.

    It is an .xlsx workbook without macros. A finding of a whole row stands at the row's first cell.
    Comments that were there stay where nothing was found.

    Args:
        file: The return, which was read without fault.
        out: The copy; it must not be there yet.
        found: What was found in it.

    Raises:
        RequestError: The return is no .xlsx workbook, or the copy is there or cannot be written.
    """
    if out.exists():
        raise RequestError(f"{out} is there already. Name another file for --annotate.")
    if out.suffix.lower() != ".xlsx" or not _is_xlsx(file):
        raise RequestError(
            f"Only an Excel workbook (.xlsx) can be given back with comments, as another .xlsx: "
            f"{file.name} to {out.name} cannot. The findings name each row and column."
        )
    with file.open("rb") as opened:
        book = openpyxl.load_workbook(opened, keep_vba=False, keep_links=False)
    for sheet_name, findings in _by_sheet(found).items():
        _comment(book[sheet_name], findings)
    try:
        book.save(out)
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}.") from error


def _is_xlsx(file: Path) -> bool:
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _by_sheet(found: ReturnCheck) -> dict[str, list[Finding]]:
    sheets: dict[str, list[Finding]] = defaultdict(list)
    for finding in found.findings:
        if finding.sheet is not None:
            sheets[finding.sheet].append(finding)
    return sheets


def _comment(sheet: Worksheet, findings: list[Finding]) -> None:
    texts: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        texts[finding.cell or f"A{finding.row_number}"].append(finding.text)
    for cell, found in texts.items():
        text = "\n".join(found)[:_LONGEST]
        lines = 1 + len(text) // _CHARACTERS_IN_LINE + text.count("\n")
        height = lines * _LINE_HEIGHT
        sheet[_shown(sheet, cell)].comment = Comment(text, _AUTHOR, height=height, width=_WIDTH)


def _shown(sheet: Worksheet, cell: str) -> str:
    """Return the cell, or the first one of the merged cells that it is among."""
    merged = (block for block in sheet.merged_cells.ranges if cell in block)
    block = next(merged, None)
    return cell if block is None else block.start_cell.coordinate
