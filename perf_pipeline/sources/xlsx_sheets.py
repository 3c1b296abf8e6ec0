"""Sheets of .xlsx and .xlsm workbooks: openpyxl for the cells, a scan of the part for the rest.

The scan goes first: it refuses a sheet that reaches too far before any of it is held, and knows
which rows are hidden and which cells have no value to show.
"""

import datetime as dt
import posixpath
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import openpyxl
from openpyxl.utils import coordinate_to_tuple, range_boundaries
from openpyxl.utils.escape import unescape

from perf_pipeline.errors import ReturnError
from perf_pipeline.sources.headings import Cell, GridRow
from perf_pipeline.sources.markup import DocumentTypeError, Elements, fault_of, stream
from perf_pipeline.sources.numbers import number_text
from perf_pipeline.sources.rows import cleaned
from perf_pipeline.sources.wording import ReturnPlace, quoted, reason
from perf_pipeline.sources.workbook_files import DAMAGED
from perf_pipeline.sources.workbook_sheets import (
    Merged,
    MergedDown,
    ReachError,
    Sheet,
    SheetInfo,
    check_filled,
    check_reach,
    find_sheet,
    hidden_sheets,
)

_GENERAL = "General"
_SAVE_AGAIN = "Open it in Excel, save it again and send that"


def read_xlsx(
    path: Path, archive: zipfile.ZipFile, wanted: Sequence[str], place: ReturnPlace
) -> Sheet:
    """Read a sheet.

    Args:
        path: The workbook's file.
        archive: The same, opened and checked.
        wanted: What the sheet may be called, by the entry.
        place: Whose, when and where, for errors.

    Raises:
        ReturnError: The sheet is not there, hidden, too large or damaged.
    """
    info, scan, hidden = _scanned(archive, wanted, place)
    try:
        rows = list(_rows(path, info.name, scan))
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(info.name, error, place, str(path)) from error
    return Sheet(info.name, rows, frozenset(scan.unseen_rows), hidden)


def scan_xlsx(archive: zipfile.ZipFile, wanted: Sequence[str], place: ReturnPlace) -> Sheet:
    """Find a sheet and scan it, without reading its cells.

    Raises:
        ReturnError: The sheet is not there, hidden, too large or damaged.
    """
    info, scan, hidden = _scanned(archive, wanted, place)
    return Sheet(info.name, (), frozenset(scan.unseen_rows), hidden)


class _Scan:
    """How far a sheet reaches, what it hides and merges, and what calamine may see as blank."""

    def __init__(self, sheet: str) -> None:
        self.hidden_rows: set[int] = set()
        self.unseen_rows: set[int] = set()
        self.merged: dict[tuple[int, int], Merged] = {}
        self.last_row = self._filled_count = 0
        self._sheet = sheet
        self._row = self._column = 0
        self._type = ""
        self._has_formula = self._has_value = self._is_value = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Follow rows and cells; what names neither its row nor its column follows the last."""
        if name == "row":
            self._start_row(int(attributes.get("r", self._row + 1)))
            if attributes.get("hidden") in {"1", "true"}:
                self.hidden_rows.add(self._row)
        elif name == "c":
            self._start_cell(attributes)
        elif name == "mergeCell":
            left, top, right, bottom = range_boundaries(attributes["ref"])
            self.merged[top, left] = Merged(right - left + 1, bottom)
        elif name in {"v", "is", "f"}:
            check_reach(self._sheet, self._row, self._column)
            self._filled_count += 1
            check_filled(self._sheet, self._filled_count)
            self.last_row = max(self.last_row, self._row)
            self._has_formula |= name == "f"
            self._is_value = name == "v"

    def _start_row(self, number: int) -> None:
        """Refuse rows that two readers would put into different places, or one of them drop."""
        if number <= self._row:
            raise ValueError(f"row {number} stands after row {self._row}")
        self._row, self._column = number, 0

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        before = self._column
        place = self._row, before + 1
        row, self._column = coordinate_to_tuple(attributes["r"]) if "r" in attributes else place
        if row != self._row or self._column <= before:
            raise ValueError(f"cell {attributes['r']} stands in row {self._row}, out of its order")
        self._type = attributes.get("t", "n")
        self._has_formula = self._has_value = False

    def end(self, name: str) -> None:
        """Judge a cell when it is complete."""
        if name == "v":
            self._is_value = False
        elif name == "c":
            is_uncalculated = self._has_formula and not self._has_value and self._type != "str"
            if is_uncalculated or (self._type == "e" and self._has_value):
                self.unseen_rows.add(self._row)

    def text(self, data: str) -> None:
        """Note that a cell has a value."""
        self._has_value |= self._is_value and bool(data)


def _scanned(
    archive: zipfile.ZipFile, wanted: Sequence[str], place: ReturnPlace
) -> tuple[SheetInfo, _Scan, list[str]]:
    try:
        sheets = _sheets(archive)
        info = find_sheet(sheets, wanted, place)
        scan = _Scan(info.name)
        with archive.open(info.part) as part:
            stream(part, scan)
    except ReachError as error:
        raise error.at(place) from None
    except (*DAMAGED, ExpatError, DocumentTypeError, ValueError, KeyError) as error:
        raise _damaged(wanted[0], error, place) from error
    return info, scan, hidden_sheets(sheets)


def _sheets(archive: zipfile.ZipFile) -> list[SheetInfo]:
    """List the sheets of cells (charts have tabs too) in the order of their tabs."""
    relations = {
        relation["Id"]: posixpath.normpath(posixpath.join("/xl", relation["Target"])).lstrip("/")
        for relation in _elements(archive, "xl/_rels/workbook.xml.rels").named("Relationship")
        if relation.get("Type", "").endswith("/worksheet")
    }
    return [
        SheetInfo(sheet["name"], sheet.get("state", "visible") != "visible", relations[sheet["id"]])
        for sheet in _elements(archive, "xl/workbook.xml").named("sheet")
        if sheet.get("id") in relations
    ]


def _elements(archive: zipfile.ZipFile, part: str) -> Elements:
    elements = Elements()
    with archive.open(part) as file:
        stream(file, elements)
    return elements


def _rows(path: Path, name: str, scan: _Scan) -> Iterator[GridRow]:
    shown = _raw_rows(path, name, scan.last_row, data_only=True)
    formulas = _raw_rows(path, name, scan.last_row, data_only=False)
    down = MergedDown()
    for number, (cells, sources) in enumerate(zip(shown, formulas, strict=True), 1):
        read = [_cell(cell, source) for cell, source in zip(cells, sources, strict=True)]
        for column in range(len(read)):
            if merged := scan.merged.get((number, column + 1)):
                down.add(number, column, read[column].text, merged.last_row)
                read[column] = read[column]._replace(columns=merged.columns)
        yield GridRow(number, read, number in scan.hidden_rows, down.over(number))


def _raw_rows(
    path: Path, name: str, last_row: int, *, data_only: bool
) -> Iterator[tuple[Any, ...]]:
    if last_row == 0:
        return
    with warnings.catch_warnings():
        # openpyxl warns of what it leaves out: validation lists, styles, dates out of range.
        warnings.simplefilter("ignore", UserWarning)
        with (
            path.open("rb") as file,
            closing(
                openpyxl.load_workbook(file, read_only=True, data_only=data_only, keep_links=False)
            ) as book,
        ):
            sheet = book[name]
            # The dimension that a workbook states may be wrong; the scan knows how far it reaches.
            sheet.reset_dimensions()
            yield from sheet.iter_rows(max_row=last_row)


def _cell(cell: Any, source: Any) -> Cell:
    # A formula that gives an empty text has the type `str`; one never calculated has none.
    if cell.value is None and source.data_type == "f" and cell.data_type != "str":
        return Cell(_formula(source.value))
    # A number's format says nothing of text: `75` typed as text into a percentage cell is `75`.
    is_plain = isinstance(cell.value, str) or cell.number_format in {None, _GENERAL}
    return Cell(cleaned(_text(cell.value)), None if is_plain else cell.number_format)


def _formula(value: Any) -> str:
    text = str(getattr(value, "text", value) or "")
    return text if text.startswith("=") else f"={text}"


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(unescape(str(value)))


def _damaged(
    name: str, error: Exception, place: ReturnPlace, path: str | None = None
) -> ReturnError:
    return place.error(
        f"Sheet {quoted(name)} is damaged ({reason(error, path)}).", _SAVE_AGAIN, fault_of(error)
    )
