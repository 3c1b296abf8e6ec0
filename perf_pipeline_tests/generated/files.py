"""Generated rows → a file of each kind, written by other code than reads it."""

import io
import json
from collections.abc import Mapping, Sequence
from itertools import product

import xlsxwriter
from odf import table, text
from odf.element import Element
from odf.opendocument import OpenDocumentSpreadsheet

from perf_pipeline.source_entries import ReturnField
from perf_pipeline_tests.generated.model import Cell, Line, Row
from perf_pipeline_tests.generated.row_faults import ONE_TOO_FEW

SHEET = "Return"
Field = ReturnField | None
Headings = Sequence[tuple[str, Field]]


def lines_of(rows: Sequence[Row], headings: Headings) -> list[Line]:
    """Lay rows out as one table with a figure in each row."""
    return [Line(_cells(row, headings), [row]) for row in rows]


def _cells(row: Row, headings: Headings) -> list[Cell]:
    if row.reason == "title":
        return [Cell(row.lone_text or "")]
    if row.reason == "heading":
        return [Cell(heading) for heading, _ in headings]
    if row.is_blank and not row.cells:
        return []
    cells = [row.cells.get(field, Cell()) for _, field in headings]
    if row.lone_text == ONE_TOO_FEW:
        return cells[:-1]
    return [*cells, Cell(row.lone_text)] if row.lone_text else cells


def csv_content(lines: Sequence[Line], *, delimiter: str, quotes_all: bool, line_end: str) -> str:
    """Write a delimited file."""
    texts = [
        delimiter.join(
            _csv_field(written(cell), delimiter, quotes_all=quotes_all) for cell in line.cells
        )
        for line in lines
    ]
    return line_end.join(texts) + line_end


def written(cell: Cell) -> str:
    """Return a cell's text; a number as its digits."""
    return cell.text if cell.number is None else f"{cell.number:f}"


def _csv_field(field: str, delimiter: str, *, quotes_all: bool) -> str:
    is_safe = not any(char in field for char in (delimiter, '"', "\r", "\n"))
    return field if is_safe and not quotes_all else '"' + field.replace('"', '""') + '"'


def json_content(records: Sequence[str], records_path: str) -> str:
    """Write a document of records; a number is a literal with all its digits."""
    text_of_records = "[" + ",\n".join(records) + "]"
    for key in reversed(records_path.split(".") if records_path else []):
        text_of_records = f"{{{json.dumps(key)}: {text_of_records}}}"
    return text_of_records


def json_lines(rows: Sequence[Row], headings: Headings) -> list[Line]:
    """Write each row as a record, which is a line of one cell."""
    return [Line([Cell(_json_record(row, headings))], [row]) for row in rows]


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


def xlsx_content(lines: Sequence[Line], properties: Mapping[str, str] | None = None) -> bytes:
    """Write a workbook; numbers, errors and hidden rows are what they are in a workbook.

    Args:
        lines: The lines of its one sheet.
        properties: Its custom document properties.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, text_of_it in (properties or {}).items():
            book.set_custom_property(name, text_of_it, "text")
        sheet = book.add_worksheet(SHEET)
        for number, line in enumerate(lines):
            if line.is_hidden:
                sheet.set_row(number, None, None, {"hidden": True})
            for column, (columns, deep) in line.merged.items():
                sheet.merge_range(number, column, number + deep - 1, column + columns - 1, "")
            for column, cell in enumerate(line.cells):
                if cell.number is not None:
                    shown = book.add_format({"num_format": cell.number_format})
                    sheet.write_number(number, column, float(cell.number), shown)
                elif cell.is_error:
                    sheet.write_formula(number, column, "=1/0", None, cell.text)
                elif cell.text:
                    sheet.write_string(number, column, cell.text)
    return file.getvalue()


def ods_content(lines: Sequence[Line]) -> bytes:
    """Write an OpenDocument workbook."""
    book = OpenDocumentSpreadsheet()
    sheet = table.Table(name=SHEET)
    covered: set[tuple[int, int]] = set()
    for number, line in enumerate(lines):
        made = table.TableRow(**({"visibility": "collapse"} if line.is_hidden else {}))
        for column, cell in enumerate(line.cells):
            columns, deep = line.merged.get(column, (1, 1))
            down, right = range(number, number + deep), range(column, column + columns)
            is_covered = (number, column) in covered
            covered.update(product(down, right))
            spans = {"numbercolumnsspanned": columns, "numberrowsspanned": deep}
            made.addElement(
                table.CoveredTableCell()
                if is_covered
                else _ods_cell(cell, **(spans if columns * deep > 1 else {}))
            )
        sheet.addElement(made)
    book.spreadsheet.addElement(sheet)
    file = io.BytesIO()
    book.write(file)
    return file.getvalue()


def _ods_cell(cell: Cell, **spans: int) -> Element:
    if cell.number is not None:
        kind = "percentage" if "%" in cell.number_format else "float"
        made = table.TableCell(valuetype=kind, value=repr(float(cell.number)), **spans)
        made.addElement(text.P(text=f"{cell.number:f}"))
    elif cell.text:
        made = table.TableCell(valuetype="string", **spans)
        for line in cell.text.split("\n"):
            made.addElement(text.P(text=line))
    else:
        made = table.TableCell(**spans)
    return made
