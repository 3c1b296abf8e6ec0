"""Workbooks, .xlsx and .ods told apart by their content; counted by calamine."""

from pathlib import Path

import python_calamine
from openpyxl.utils import get_column_letter

from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import ExcelEntry
from perf_pipeline.sources.headings import Grid
from perf_pipeline.sources.layouts import parse_grid
from perf_pipeline.sources.ods_sheets import read_ods
from perf_pipeline.sources.rows import ParsedReturn
from perf_pipeline.sources.wording import ReturnPlace, quoted, reason
from perf_pipeline.sources.workbook_files import WorkbookKind, open_workbook
from perf_pipeline.sources.xlsx_sheets import read_xlsx, scan_xlsx


def read_excel(path: Path, entry: ExcelEntry, place: ReturnPlace) -> ParsedReturn:
    """Read the sheet that the entry names; rows after the last filled one are left out.

    Raises:
        ReturnError: The file is no workbook that can be read, the sheet is not there, hidden or
            too large, or has no heading row.
    """
    with open_workbook(path, place) as (kind, archive):
        if kind is WorkbookKind.XLSX:
            sheet = read_xlsx(path, archive, entry.sheet_names(place.quarter), place)
        else:
            sheet = read_ods(archive, entry.sheet_names(place.quarter), place)
    grid = Grid(
        sheet.rows,
        f"sheet {quoted(sheet.name)}",
        lambda index: f"column {get_column_letter(index + 1)}",
    )
    return ParsedReturn(parse_grid(grid, place), sheet.name, sheet.hidden_sheets)


def count_excel(path: Path, entry: ExcelEntry, place: ReturnPlace) -> int:
    """Count the rows of the sheet that hold anything, by calamine.

    calamine gives error values and formulas without a result as empty cells, so rows of nothing
    else are added from a scan of the sheet; and a cell far out would end the whole process in it,
    so the sheet's reach is checked first.

    Raises:
        ReturnError: As for reading.
    """
    with open_workbook(path, place) as (kind, archive):
        read = scan_xlsx if kind is WorkbookKind.XLSX else read_ods
        sheet = read(archive, entry.sheet_names(place.quarter), place)
    try:
        with path.open("rb") as file:
            book = python_calamine.load_workbook(file)
            rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
    except python_calamine.CalamineError as error:
        raise place.error(
            f"The second reader cannot read sheet {quoted(sheet.name)}: {reason(error)}.",
            "Open the workbook in Excel, save it again and send that",
            ReturnFault.SECOND_READER,
        ) from error
    filled = {
        number for number, row in enumerate(rows, 1) if any(str(cell).strip() for cell in row)
    }
    return len(filled | sheet.unseen_rows)
