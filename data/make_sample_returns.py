#!/usr/bin/env python3
"""Write the sample council's binary files from the readable tables in `sample_figures/`.

Writes the two Excel workbooks and the two OpenDocument workbooks under `returns/`, and the case
system under `systems/`. The same tables and the same library versions give the same bytes, so
that a change in a file is a change in what it says::

    python data/make_sample_returns.py [FOLDER]

FOLDER is where to write, the sample council folder itself when left out.
"""

import csv
import re
import sqlite3
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from odf import number, style, table, text
from odf.opendocument import OpenDocumentSpreadsheet
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

HERE = Path(__file__).parent
PERIODS = {
    "2023-24-Q1": "Quarter 1 2023/24 (April to June 2023)",
    "2023-24-Q2": "Quarter 2 2023/24 (July to September 2023)",
}
EPOCH = (1980, 1, 1, 0, 0, 0)
EXCEL_HEADINGS = ("Ref", "Indicator", "Outturn", "Num.", "Denom.", "Commentary", "Action")
CASE_SYSTEM = """
CREATE TABLE measures (
    measure_ref TEXT PRIMARY KEY,
    measure_name TEXT NOT NULL
);
CREATE TABLE measure_results (
    result_id INTEGER PRIMARY KEY,
    measure_ref TEXT NOT NULL,
    reported_quarter TEXT NOT NULL,
    figure_quarter TEXT NOT NULL,
    breakdown_type TEXT,
    breakdown_category TEXT,
    value_text TEXT,
    numerator INTEGER,
    denominator INTEGER,
    commentary TEXT,
    action TEXT
);
CREATE TABLE assessments (
    case_number TEXT PRIMARY KEY,
    started_on TEXT NOT NULL,
    completed_on TEXT,
    working_days INTEGER
);
"""


def read_table(name: str) -> list[dict[str, str]]:
    """Read one table of `sample_figures/`, all cells text."""
    path = HERE / "sample_figures" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def of_quarter(name: str, quarter: str) -> list[dict[str, str]]:
    """Read the rows of a table that belong to one quarter's return."""
    return [row for row in read_table(name) if row["quarter_key"] == quarter]


def as_number(cell: str) -> str | int | float | None:
    """Give a cell the type it would have if typed into Excel; empty is no cell."""
    if re.fullmatch(r"\d+", cell):
        return int(cell)
    if re.fullmatch(r"\d+\.\d+", cell):
        return float(cell)
    return cell or None


def write_figures(sheet: Worksheet, rows: Iterable[Mapping[str, str]]) -> None:
    """Append rows of figures, as numbers with the number format that the service uses."""
    for row in rows:
        typed = [as_number(row[key]) for key in ("value", "numerator", "denominator")]
        names = [row["kpi_ref"] or None, row["kpi_name"] or None]
        sheet.append([*names, *typed, row["commentary"] or None, row["action"] or None])
        if row["value_format"]:
            sheet.cell(sheet.max_row, 3).number_format = row["value_format"]


def write_heading(sheet: Worksheet, period: str) -> None:
    """Write the title rows, the merged group headings and the headings themselves (row 5)."""
    sheet.append(["Adults Services: quarterly performance return"])
    sheet.append([period])
    sheet.append([])
    sheet.append(["Indicator", None, "Figures", None, None, "What the service says"])
    sheet.append(list(EXCEL_HEADINGS))
    for cells in ("A1:G1", "A2:G2", "A4:B4", "C4:E4", "F4:G4"):
        sheet.merge_cells(cells)
    for row in (1, 4, 5):
        for cell in sheet[row]:
            cell.font = Font(bold=True)
    for cell in sheet[4]:
        cell.alignment = Alignment(horizontal="center")
    for column, width in zip("ABCDEFG", (9, 62, 10, 9, 9, 60, 60), strict=True):
        sheet.column_dimensions[column].width = width


def write_adults(folder: Path, quarter: str) -> None:
    """Write Adults Services' workbook: notes, the return, and a hidden sheet of lists."""
    book = Workbook()
    notes = book.active
    notes.title = "Notes"
    notes.append(["How to fill in this workbook"])
    notes.append(
        ["One row for each indicator on the sheet Return. Leave no figure out: write TBC."]
    )
    notes.append(["Ref", "An indicator's reference never changes; please do not type over it."])
    sheet = book.create_sheet("Return")
    write_heading(sheet, PERIODS[quarter])
    write_figures(sheet, of_quarter("adults_services", quarter))
    footnote = "Overdue means longer than 28 days (assessments) or 12 months (reviews)."
    sheet.cell(sheet.max_row + 2, 2, footnote)
    lists = book.create_sheet("Lists")
    lists.sheet_state = "hidden"
    for item in ("Status", "TBC", "N/A", "[c]"):
        lists.append([item])
    path = folder / "returns" / quarter / "adults_services.xlsx"
    book.save(path)
    settle(path)


def percent_style(document: OpenDocumentSpreadsheet) -> style.Style:
    """Add a cell style that shows a fraction as a percentage with one decimal place."""
    shown = number.PercentageStyle(name="OneDecimalPercent")
    shown.addElement(number.Number(decimalplaces="1", minintegerdigits="1"))
    shown.addElement(number.Text(text="%"))
    cells = style.Style(name="Percent", family="table-cell", datastylename=shown)
    document.automaticstyles.addElement(shown)
    document.automaticstyles.addElement(cells)
    return cells


def ods_cell(value: str) -> table.TableCell:
    """Make a text cell, or an empty one."""
    if not value:
        return table.TableCell()
    cell = table.TableCell(valuetype="string")
    cell.addElement(text.P(text=value))
    return cell


def ods_percentage(value: str, cells: style.Style) -> table.TableCell:
    """Make a percentage cell: a fraction that is shown with a percent sign."""
    cell = table.TableCell(valuetype="percentage", value=value, stylename=cells)
    cell.addElement(text.P(text=f"{float(value):.1%}"))
    return cell


def write_resources(folder: Path, quarter: str) -> None:
    """Write Resources and Corporate Services' OpenDocument workbook."""
    document = OpenDocumentSpreadsheet()
    cells = percent_style(document)
    sheet = table.Table(name="Return")
    rows = [
        [ods_cell(f"Resources and Corporate Services, {PERIODS[quarter]}")],
        [ods_cell("")],
        [ods_cell(heading) for heading in ("KPI", "Title", "Result", "Comment", "Next step")],
    ]
    for row in of_quarter("resources_and_corporate", quarter):
        names = [ods_cell(row["kpi_ref"]), ods_cell(row["kpi_name"])]
        words = [ods_cell(row["commentary"]), ods_cell(row["action"])]
        rows.append([*names, ods_percentage(row["value"], cells), *words])
    for row_cells in rows:
        line = table.TableRow()
        for cell in row_cells:
            line.addElement(cell)
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    path = folder / "returns" / quarter / "resources_and_corporate.ods"
    document.save(path)
    settle(path)


def settle(path: Path) -> None:
    """Write a zipped document again without the time at which it was made."""
    with zipfile.ZipFile(path) as made:
        parts = [(item.filename, item.compress_type, made.read(item)) for item in made.infolist()]
    with zipfile.ZipFile(path, "w") as settled:
        for name, compression, content in parts:
            item = zipfile.ZipInfo(name, EPOCH)
            item.compress_type = compression
            settled.writestr(
                item, re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z?", b"2023-01-01T00:00:00Z", content)
            )


def write_case_system(folder: Path) -> None:
    """Write the Children's case system, an SQLite database, from its three tables."""
    path = folder / "systems" / "childrens_case_system.sqlite"
    path.unlink(missing_ok=True)
    tables = {
        "measures": read_table("childrens_measures"),
        "measure_results": read_table("childrens_results"),
        "assessments": read_table("childrens_assessments"),
    }
    connection = sqlite3.connect(path)
    connection.executescript(CASE_SYSTEM)
    for name, rows in tables.items():
        columns = list(rows[0])
        places = ", ".join(f":{column}" for column in columns)
        insert = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names are this file's own
        connection.executemany(insert, [{k: v or None for k, v in row.items()} for row in rows])
    connection.commit()
    connection.close()


def main(folder: Path) -> None:
    """Write every binary file of the sample council into a folder."""
    for quarter in PERIODS:
        (folder / "returns" / quarter).mkdir(parents=True, exist_ok=True)
        write_adults(folder, quarter)
        write_resources(folder, quarter)
    (folder / "systems").mkdir(parents=True, exist_ok=True)
    write_case_system(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
