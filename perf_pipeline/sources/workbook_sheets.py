"""Sheets of a workbook: the one that the source's entry names, and how far it may reach."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.headings import GridRow
from perf_pipeline.sources.limits import MOST_CELLS, MOST_COLUMNS, MOST_ROWS
from perf_pipeline.sources.wording import ReturnPlace, listed, quoted


class SheetInfo(NamedTuple):
    """A sheet of a workbook.

    Attributes:
        name: As its tab shows it.
        is_hidden: True where the tab is not shown.
        part: Name of the part that holds it, for .xlsx.
    """

    name: str
    is_hidden: bool
    part: str = ""


class Merged(NamedTuple):
    """How far a cell is merged: over how many columns, and down to which row."""

    columns: int
    last_row: int


class MergedDown:
    """Texts of cells that are merged down over the rows below them."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[str, int, int]] = {}

    def add(self, row: int, column: int, text: str | None, last_row: int) -> None:
        """Note a cell that is merged down to a row."""
        if text and last_row > row:
            self._texts[column] = text, row, last_row

    def over(self, row: int) -> dict[int, str]:
        """Return the texts that hold in a row from cells above it, by column."""
        return {
            column: text
            for column, (text, first, last) in self._texts.items()
            if first < row <= last
        }


@dataclass(frozen=True)
class Sheet:
    """A sheet as read.

    Attributes:
        name: As its tab shows it.
        rows: Every row from the first to the last that holds anything.
        unseen_rows: Numbers of rows that hold cells which calamine gives as empty: error values,
            and formulas without a result.
        hidden_sheets: Names of the workbook's sheets that are not shown; they are not read.
    """

    name: str
    rows: Sequence[GridRow]
    unseen_rows: frozenset[int] = field(default_factory=frozenset)
    hidden_sheets: Sequence[str] = ()


class ReachError(ValueError):
    """A sheet reaches further, or holds more, than is read."""

    def at(self, place: ReturnPlace) -> ReturnError:
        """Return the error for the person who must act."""
        return place.error(
            f"{self}; at most {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns and {MOST_CELLS:,} "
            "filled cells are read.",
            "Delete the rows and columns beyond the return, and save the workbook again",
            ReturnFault.TOO_LARGE,
        )


def check_reach(sheet: str, row: int, column: int) -> None:
    """Refuse a cell that is too far from the sheet's beginning, both counted from 1.

    Raises:
        ReachError: It is.
    """
    if row > MOST_ROWS or column > MOST_COLUMNS:
        # Columns beyond the last that any spreadsheet has could not be named.
        cell = f"{get_column_letter(min(column, 16_384))}{row}"
        raise ReachError(f"Sheet {quoted(sheet)} reaches to cell {cell}")


def check_filled(sheet: str, count: int) -> None:
    """Refuse a sheet with more cells than can be read in time, whatever size it states.

    Raises:
        ReachError: It has.
    """
    if count > MOST_CELLS:
        raise ReachError(f"Sheet {quoted(sheet)} holds {count:,} filled cells or more")


def find_sheet(sheets: Sequence[SheetInfo], wanted: Sequence[str], place: ReturnPlace) -> SheetInfo:
    """Find the sheet that the entry names, exactly or but for case and outer space.

    Args:
        sheets: The workbook's sheets.
        wanted: What the sheet may be called, the usual name first.
        place: Whose, when and where, for errors.

    Raises:
        ReturnError: There is none, it is hidden, or two names are alike.
    """
    exact = [sheet for sheet in sheets if sheet.name == wanted[0]]
    keys = {name.strip().casefold() for name in wanted}
    found = exact or [sheet for sheet in sheets if sheet.name.strip().casefold() in keys]
    if len(found) != 1:
        names = listed([sheet.name for sheet in sheets if not sheet.is_hidden])
        hidden = hidden_sheets(sheets)
        also = f"; hidden: {listed(hidden)}" if hidden else ""
        count = "more than one sheet is" if found else "no sheet is"
        called = " or ".join(map(quoted, wanted))
        raise place.error(
            f"In the workbook {count} called {called}. Sheets found: {names}{also}.",
            "Name the sheet so again, or change `sheet` in sources.yaml",
            ReturnFault.SHEET_AMBIGUOUS if found else ReturnFault.SHEET_MISSING,
        )
    if found[0].is_hidden:
        raise place.error(
            f"Sheet {quoted(found[0].name)} is hidden, so what is in it may not be meant.",
            "Unhide the sheet and look at its figures, or change `sheet` in sources.yaml",
            ReturnFault.SHEET_HIDDEN,
        )
    return found[0]


def hidden_sheets(sheets: Sequence[SheetInfo]) -> list[str]:
    """Return the names of the sheets that are not shown."""
    return [sheet.name for sheet in sheets if sheet.is_hidden]
