"""What one honest but untidy return is: its entry, its file, and what a person reads off it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from odf import table, text
from odf.element import Element
from odf.opendocument import OpenDocumentSpreadsheet
from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = {"Ref": "kpi_ref", "Measure": "kpi_name", "Actual": "value", "Comment": "commentary"}
SHORT = {"Ref": "kpi_ref", "Actual": "value"}


@dataclass(frozen=True)
class HonestReturn:
    """A return that a person reads without a question.

    Attributes:
        name: What is untidy about it.
        entry: The source's entry, without what all have in common.
        write: Writes the file to a path.
        rows: Rows in it that are not empty, counted by hand.
        figures: What a person reads off it, written by hand: by reference, with `sex F` behind it
            for a breakdown and `@2022-23-Q4` for a restated quarter, the figure in the KPI's unit
            or the status in its place.
        commentary: Comments by the same keys, of those that have one to be checked.
    """

    name: str
    entry: Mapping[str, Any]
    write: Callable[[Path], object]
    rows: int
    figures: Mapping[str, str]
    commentary: Mapping[str, str] = field(default_factory=dict)


def csv_entry(columns: Mapping[str, str] = COLUMNS, **more: Any) -> dict[str, Any]:
    """Return the entry of a delimited file."""
    return {"kind": "csv", "location": "{quarter}.csv", "columns": columns, **more}


def sheet_entry(columns: Mapping[str, str] = COLUMNS, **more: Any) -> dict[str, Any]:
    """Return the entry of a workbook."""
    location = {"kind": "excel", "location": "{quarter}.book", "sheet": "Return"}
    return {**location, "columns": columns, **more}


def lines(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    """Write a text as it stands."""
    return lambda path: path.write_bytes(content.encode(encoding))


def workbook(
    rows: Sequence[Sequence[Any]],
    change: Callable[[Worksheet], object] = lambda _: None,
    title: str = "Return",
) -> Callable[[Path], object]:
    """Write an Excel workbook of one sheet, and then do to it what people do."""

    def write(path: Path) -> None:
        book = openpyxl.Workbook()
        book.active.title = title
        for row in rows:
            book.active.append(row)
        change(book.active)
        book.save(path)

    return write


def open_document(*rows: Element, name: str = "Return") -> Callable[[Path], object]:
    """Write an OpenDocument workbook of one sheet."""

    def write(path: Path) -> None:
        document = OpenDocumentSpreadsheet()
        sheet = table.Table(name=name)
        for row in rows:
            sheet.addElement(row)
        document.spreadsheet.addElement(sheet)
        document.save(str(path))

    return write


def row(*cells: Any, **attributes: Any) -> Element:
    """Make a row of an OpenDocument sheet: texts, or cells that are made already."""
    made = table.TableRow(**attributes)
    for each in cells:
        made.addElement(each if isinstance(each, Element) else cell(each))
    return made


def cell(shown: str | None = None, **attributes: Any) -> Element:
    """Make a cell that shows a text; a text cell unless said otherwise."""
    if {"numbercolumnsspanned", "numberrowsspanned"} & attributes.keys():
        # OpenDocument states both or neither.
        attributes = {"numbercolumnsspanned": 1, "numberrowsspanned": 1} | attributes
    is_text = shown and "valuetype" not in attributes
    made = table.TableCell(**attributes, **({"valuetype": "string"} if is_text else {}))
    if shown:
        made.addElement(text.P(text=shown))
    return made
