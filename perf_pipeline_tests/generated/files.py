"""Generated rows → a file of each kind, written by other code than reads it."""

import io
import json
from collections.abc import Iterator, Sequence

import xlsxwriter
from odf import table, text
from odf.element import Element
from odf.opendocument import OpenDocumentSpreadsheet

from perf_pipeline.source_entries import ReturnField
from perf_pipeline_tests.generated.model import Cell, Row
from perf_pipeline_tests.generated.row_faults import ONE_TOO_FEW

SHEET = "Return"
Field = ReturnField | None
Headings = Sequence[tuple[str, Field]]


def csv_content(
    rows: Sequence[Row], headings: Headings, *, delimiter: str, quotes_all: bool, line_end: str
) -> str:
    """Write a delimited file; the row of headings is among the rows, marked by its reason."""
    lines = [
        delimiter.join(_csv_field(field, delimiter, quotes_all=quotes_all) for field in fields)
        for fields in (_csv_fields(row, headings) for row in rows)
    ]
    return line_end.join(lines) + line_end


def _csv_fields(row: Row, headings: Headings) -> list[str]:
    if row.reason == "title":
        return [row.lone_text or ""]
    if row.reason == "heading":
        return [heading for heading, _ in headings]
    if row.is_blank and not row.cells:
        return []
    fields = [written(row.cells.get(field, Cell())) for _, field in headings]
    if row.lone_text == ONE_TOO_FEW:
        return fields[:-1]
    return [*fields, row.lone_text] if row.lone_text else fields


def written(cell: Cell) -> str:
    """Return a cell's text; a number as its digits."""
    return cell.text if cell.number is None else f"{cell.number:f}"


def _csv_field(field: str, delimiter: str, *, quotes_all: bool) -> str:
    is_safe = not any(char in field for char in (delimiter, '"', "\r", "\n"))
    return field if is_safe and not quotes_all else '"' + field.replace('"', '""') + '"'


def json_content(rows: Sequence[Row], headings: Headings, records_path: str) -> str:
    """Write a document of records; a number is a literal with all its digits."""
    text_of_records = "[" + ",\n".join(_json_record(row, headings) for row in rows) + "]"
    for key in reversed(records_path.split(".") if records_path else []):
        text_of_records = f"{{{json.dumps(key)}: {text_of_records}}}"
    return text_of_records


def _json_record(row: Row, headings: Headings) -> str:
    if row.reason == "row_malformed":
        return json.dumps(row.lone_text)
    pairs = []
    for heading, field in headings:
        cell = row.cells.get(field, Cell())
        value = "null" if not cell.text else json.dumps(cell.text, ensure_ascii=False)
        pairs.append((heading, value if cell.number is None else f"{cell.number:f}"))
    nested = [pair for pair in pairs if "." in pair[0]]
    inner = ", ".join(f"{json.dumps(key.split('.')[1])}: {value}" for key, value in nested)
    flat = [f"{json.dumps(key)}: {value}" for key, value in pairs if "." not in key]
    return "{" + ", ".join([*flat, *([f'"outturn": {{{inner}}}'] if nested else [])]) + "}"


def xlsx_content(rows: Sequence[Row], headings: Headings) -> bytes:
    """Write a workbook; numbers, errors and hidden rows are what they are in a workbook."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(SHEET)
        for number, row in enumerate(rows):
            if row.is_hidden:
                sheet.set_row(number, None, None, {"hidden": True})
            for column, cell in _sheet_cells(row, headings):
                if cell.number is not None:
                    shown = book.add_format({"num_format": cell.number_format})
                    sheet.write_number(number, column, float(cell.number), shown)
                elif cell.is_error:
                    sheet.write_formula(number, column, "=1/0", None, cell.text)
                elif cell.text:
                    sheet.write_string(number, column, cell.text)
    return file.getvalue()


def _sheet_cells(row: Row, headings: Headings) -> Iterator[tuple[int, Cell]]:
    if row.reason == "title":
        yield 0, Cell(row.lone_text or "")
        return
    for column, (heading, field) in enumerate(headings):
        yield column, Cell(heading) if row.reason == "heading" else row.cells.get(field, Cell())


def ods_content(rows: Sequence[Row], headings: Headings) -> bytes:
    """Write an OpenDocument workbook."""
    book = OpenDocumentSpreadsheet()
    sheet = table.Table(name=SHEET)
    for row in rows:
        made = table.TableRow(**({"visibility": "collapse"} if row.is_hidden else {}))
        for _, cell in _sheet_cells(row, headings):
            made.addElement(_ods_cell(cell))
        sheet.addElement(made)
    book.spreadsheet.addElement(sheet)
    file = io.BytesIO()
    book.write(file)
    return file.getvalue()


def _ods_cell(cell: Cell) -> Element:
    if cell.number is not None:
        kind = "percentage" if "%" in cell.number_format else "float"
        made = table.TableCell(valuetype=kind, value=repr(float(cell.number)))
        made.addElement(text.P(text=f"{cell.number:f}"))
    elif cell.text:
        made = table.TableCell(valuetype="string")
        for line in cell.text.split("\n"):
            made.addElement(text.P(text=line))
    else:
        made = table.TableCell()
    return made
