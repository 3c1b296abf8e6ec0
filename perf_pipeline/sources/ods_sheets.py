"""Sheets of .ods workbooks, streamed: cells and rows that stand for many are counted as many."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError

from perf_pipeline.errors import ReturnError
from perf_pipeline.sources.headings import Cell, GridRow
from perf_pipeline.sources.markup import DocumentTypeError, fault_of, stream
from perf_pipeline.sources.numbers import number_text
from perf_pipeline.sources.rows import cleaned
from perf_pipeline.sources.wording import ReturnPlace, quoted, reason
from perf_pipeline.sources.workbook_files import DAMAGED
from perf_pipeline.sources.workbook_sheets import (
    MergedDown,
    ReachError,
    Sheet,
    SheetInfo,
    check_filled,
    check_reach,
    find_sheet,
    hidden_sheets,
)

_PERCENT_FORMAT = "0%"
_NUMBERS = {"float", "percentage", "currency"}
_VALUES = {"boolean": "boolean-value", "date": "date-value", "time": "time-value"}
_SPACES = {"tab": "\t", "line-break": "\n"}
_MIDNIGHT = "T00:00:00"


def read_ods(archive: zipfile.ZipFile, wanted: Sequence[str], place: ReturnPlace) -> Sheet:
    """Read a sheet.

    Raises:
        ReturnError: The sheet is not there or hidden, any sheet is too large, or the workbook is
            damaged.
    """
    try:
        sheets = _read(archive, None).sheets
        info = find_sheet(sheets, wanted, place)
        reader = _read(archive, info.name)
    except ReachError as error:
        raise error.at(place) from None
    except (*DAMAGED, ExpatError, DocumentTypeError, ValueError) as error:
        raise _damaged(error, place) from error
    return Sheet(info.name, reader.rows, frozenset(reader.unseen_rows), hidden_sheets(sheets))


def _read(archive: zipfile.ZipFile, wanted: str | None) -> "_Reader":
    reader = _Reader(wanted)
    with archive.open("content.xml") as part:
        stream(part, reader)
    return reader


@dataclass
class _Cell:
    """A cell while it is read."""

    attributes: Mapping[str, str]
    depth: int
    paragraphs: list[list[str]] = field(default_factory=list)

    @property
    def value_type(self) -> str:
        return self.attributes.get("value-type", "")

    @property
    def repeats(self) -> int:
        return _repeats(self.attributes, "columns")

    @property
    def is_unseen(self) -> bool:
        """Tell whether calamine gives the cell as empty, which goes by its attributes alone."""
        if self.value_type == "string":
            return self.attributes.get("string-value") == ""
        return not self.value_type

    def finished(self) -> Cell:
        number_format = _PERCENT_FORMAT if self.value_type == "percentage" else None
        merged = int(self.attributes.get("number-columns-spanned", 1))
        return Cell(cleaned(self._text()), number_format, merged if merged > 1 else None)

    def _text(self) -> str:
        shown = "\n".join("".join(paragraph) for paragraph in self.paragraphs)
        if self.value_type in _NUMBERS:
            return _number(self.attributes.get("value", shown))
        if self.value_type in _VALUES:
            value = self.attributes.get(_VALUES[self.value_type], shown)
            return value.upper() if self.value_type == "boolean" else value.removesuffix(_MIDNIGHT)
        formula = self.attributes.get("formula")
        if not self.value_type and formula and not shown:
            return "=" + formula.partition("=")[2]
        return shown or self.attributes.get("string-value", "")


class _Reader:
    """Receives `content.xml`: every sheet's name and reach, and the rows of the one wanted."""

    def __init__(self, wanted: str | None) -> None:
        self.sheets: list[SheetInfo] = []
        self.rows: list[GridRow] = []
        self.unseen_rows: set[int] = set()
        self._wanted = wanted
        self._down = MergedDown()
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._depth = self._table_depth = 0
        self._row_count = self._filled_count = 0
        self._row: Mapping[str, str] = {}
        self._cells: list[tuple[_Cell, Cell]] = []
        self._cell: _Cell | None = None
        self._is_paragraph = False
        self._note_depth = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Follow the document to tables, rows, cells and their own paragraphs."""
        self._depth += 1
        if self._cell is not None:
            self._start_in_cell(self._cell, name, attributes)
        elif self._table_depth:
            self._start_in_table(name, attributes)
        elif name == "style":
            self._style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "table":
            self._table_depth, self._row_count, self._filled_count = self._depth, 0, 0
            is_hidden = attributes.get("style-name", "") in self._hidden_styles
            self.sheets.append(SheetInfo(attributes.get("name", ""), is_hidden))

    def _start_in_table(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "table-row":
            self._row, self._cells = attributes, []
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell = _Cell(attributes, self._depth)

    def _start_in_cell(self, cell: _Cell, name: str, attributes: Mapping[str, str]) -> None:
        if name == "annotation" and not self._note_depth:
            self._note_depth = self._depth
        elif name == "p" and self._depth == cell.depth + 1:
            cell.paragraphs.append([])
            self._is_paragraph = True
        elif self._is_paragraph and name == "s":
            self.text(" " * int(attributes.get("c", 1)))
        elif self._is_paragraph and name in _SPACES:
            self.text(_SPACES[name])

    def text(self, data: str) -> None:
        """Keep text of a cell's own paragraphs, not of notes in them or drawings beside them."""
        if self._cell is not None and self._is_paragraph and not self._note_depth:
            self._cell.paragraphs[-1].append(data)

    def end(self, name: str) -> None:
        """Close paragraphs, cells, rows and tables."""
        cell = self._cell
        if cell is not None:
            self._note_depth = 0 if self._depth == self._note_depth else self._note_depth
            self._is_paragraph &= self._depth != cell.depth + 1
            if self._depth == cell.depth:
                self._cells.append((cell, cell.finished()))
                self._cell = None
        elif name == "table-row" and self._table_depth:
            self._end_row()
        elif self._depth == self._table_depth:
            self._table_depth = 0
        self._depth -= 1

    def _end_row(self) -> None:
        """Count a row as often as it stands, and keep it, once something follows or is in it."""
        first = self._row_count + 1
        self._row_count += _repeats(self._row, "rows")
        width = self._content_width()
        if width:
            check_reach(self.sheets[-1].name, self._row_count, width)
            self._filled_count += width * (self._row_count - first + 1)
            check_filled(self.sheets[-1].name, self._filled_count)
        if not width or self.sheets[-1].name != self._wanted:
            return
        self.rows.extend(GridRow(number, ()) for number in range(len(self.rows) + 1, first))
        numbers = range(first, self._row_count + 1)
        cells = self._expanded(width)
        is_hidden = self._row.get("visibility") in {"collapse", "filter"}
        self._note_merged(first)
        self.rows.extend(
            GridRow(number, cells, is_hidden, self._down.over(number)) for number in numbers
        )
        if any(made.text and cell.is_unseen for cell, made in self._cells):
            self.unseen_rows.update(numbers)

    def _note_merged(self, row: int) -> None:
        """Note the cells of a row that are merged down over rows below it."""
        column = 0
        for cell, made in self._cells:
            last = row + int(cell.attributes.get("number-rows-spanned", 1)) - 1
            self._down.add(row, column, made.text, last)
            column += cell.repeats

    def _content_width(self) -> int:
        """Return the columns up to the last cell with anything in it."""
        reached = width = 0
        for cell, made in self._cells:
            reached += cell.repeats
            width = reached if made.text else width
        return width

    def _expanded(self, width: int) -> list[Cell]:
        cells: list[Cell] = []
        for cell, made in self._cells:
            cells.extend([made] * min(cell.repeats, width - len(cells)))
        return cells


def _repeats(attributes: Mapping[str, str], what: str) -> int:
    count = int(attributes.get(f"number-{what}-repeated", 1))
    if count < 1:
        raise ValueError(f"it repeats {what} {count} times")
    return count


def _number(value: str) -> str:
    return number_text(int(value) if value.lstrip("-").isdecimal() else float(value))


def _damaged(error: Exception, place: ReturnPlace) -> ReturnError:
    return place.error(
        f"The workbook is damaged ({quoted(reason(error))}).",
        "Open it in LibreOffice or Excel, save it again and send that",
        fault_of(error),
    )
