"""Rows of a sheet or delimited file, told apart by the heading row that the source promised.

The heading row is the first row in which every heading of the source's entry stands. Rows above
it are titles; below it are figures, notes, blanks, and repeats of the heading row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from perf_pipeline.rules import ReturnFault, RowKind
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.sources.numbers import with_shown_percent
from perf_pipeline.sources.rows import ParsedRow, joined, kind_of
from perf_pipeline.sources.wording import ReturnPlace, listed

_FIGURES_BESIDE = (ReturnField.PREVIOUS_VALUE, ReturnField.FORECAST)


class Cell(NamedTuple):
    """A cell's text without outer white space, none when empty, and its number format."""

    text: str | None
    number_format: str | None = None


class GridRow(NamedTuple):
    """One row of a grid, numbered as a person counts; 0 for headings that stand in no row."""

    number: int
    cells: Sequence[Cell]
    is_hidden: bool = False


@dataclass(frozen=True)
class Grid:
    """A grid of cells.

    Attributes:
        rows: Every row, in order.
        place_name: What messages call it: `sheet Return`, `the file`.
        column_name: Name of the column at an index, for cells without a heading.
        is_delimited: True where a row with too few or too many cells may have shifted them.
    """

    rows: Sequence[GridRow]
    place_name: str
    column_name: Callable[[int], str]
    is_delimited: bool = False


@dataclass(frozen=True)
class _Headings:
    """The heading row: where it is, its texts, and the field of each column that has one."""

    index: int
    texts: Sequence[str | None]
    fields: Mapping[int, ReturnField]

    @property
    def width(self) -> int:
        """Columns up to the last one with a heading."""
        return max(index for index, text in enumerate(self.texts) if text) + 1


def parse_grid(grid: Grid, place: ReturnPlace) -> list[ParsedRow]:
    """Give every row of a grid its kind, and rows of figures their fields.

    Raises:
        ReturnError: The heading row is not there, or one of its headings stands twice.
    """
    headings = _find_headings(grid, place)
    repeated = _row_key(grid.rows[headings.index])
    parsed = []
    for index, row in enumerate(grid.rows):
        if not any(cell.text for cell in row.cells):
            parsed.append(ParsedRow(row.number, RowKind.BLANK, "", is_hidden=row.is_hidden))
        elif index < headings.index:
            parsed.append(_label_row(row, RowKind.TITLE))
        elif _row_key(row) == repeated:
            parsed.append(_label_row(row, RowKind.HEADING))
        elif grid.is_delimited and _is_ragged(row, headings):
            parsed.append(_ragged_row(row, headings))
        else:
            parsed.append(_figures_row(row, headings, grid))
    return parsed


def _key(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()


def _row_key(row: GridRow) -> list[str]:
    keys = [_key(cell.text) for cell in row.cells]
    while keys and not keys[-1]:
        keys.pop()
    return keys


def _find_headings(grid: Grid, place: ReturnPlace) -> _Headings:
    wanted = _wanted(place)
    best, best_count = 0, 0
    for index, row in enumerate(grid.rows):
        keys = [_key(cell.text) for cell in row.cells]
        count = len(wanted.keys() & set(keys))
        if count == len(wanted):
            return _headings(index, row, keys, wanted, place)
        if count > best_count:
            best, best_count = index, count
    raise _missing(grid, best, wanted, place)


def _wanted(place: ReturnPlace) -> dict[str, tuple[str, ReturnField]]:
    columns = place.entry.columns
    wanted = {_key(heading): (heading, name) for heading, name in columns.items()}
    if len(wanted) < len(columns):
        raise place.error(
            f"Two of the headings in sources.yaml read alike: {listed(list(columns))}.",
            "Give each field a heading of its own there",
            ReturnFault.ENTRY_UNUSABLE,
        )
    return wanted


def _headings(
    index: int,
    row: GridRow,
    keys: Sequence[str],
    wanted: Mapping[str, tuple[str, ReturnField]],
    place: ReturnPlace,
) -> _Headings:
    twice = [heading for key, (heading, _) in wanted.items() if keys.count(key) > 1]
    if twice:
        raise place.error(
            f"The same heading stands in two columns{_in_row(row)}: {listed(twice)}. Which of "
            "them is meant is not guessed.",
            "Rename or delete one of the two columns",
            ReturnFault.HEADING_REPEATED,
        )
    fields = {column: wanted[key][1] for column, key in enumerate(keys) if key in wanted}
    return _Headings(index, [cell.text for cell in row.cells], fields)


def _missing(
    grid: Grid, best: int, wanted: Mapping[str, tuple[str, ReturnField]], place: ReturnPlace
) -> Exception:
    if not any(cell.text for row in grid.rows for cell in row.cells):
        return place.error(
            f"There is nothing in {grid.place_name}.",
            "Send the figures, or remove the file until they are ready",
            ReturnFault.EMPTY,
        )
    found = [cell.text for cell in grid.rows[best].cells if cell.text]
    keys = {_key(text) for text in found}
    missing = [heading for key, (heading, _) in wanted.items() if key not in keys]
    heading, verb = ("heading", "is") if len(missing) == 1 else ("headings", "are")
    return place.error(
        f"The {heading} {listed(missing)} {verb} missing from {grid.place_name}. Headings "
        f"found{_in_row(grid.rows[best])}: {listed(found)}.",
        f"Put the {heading} back, or change sources.yaml",
        ReturnFault.HEADING_MISSING,
    )


def _in_row(row: GridRow) -> str:
    return f" in row {row.number}" if row.number else ""


def _label_row(row: GridRow, kind: RowKind) -> ParsedRow:
    text = joined((None, cell.text) for cell in row.cells)
    return ParsedRow(row.number, kind, text, is_hidden=row.is_hidden)


def _figures_row(row: GridRow, headings: _Headings, grid: Grid) -> ParsedRow:
    texts, value_format = {}, None
    for index, cell in enumerate(row.cells):
        name = headings.fields.get(index)
        if name is not None and cell.text:
            texts[name] = cell.text
        if name is ReturnField.VALUE:
            value_format = cell.number_format
        elif name in _FIGURES_BESIDE and cell.text:
            # Only the figure's own format is kept apart: without its sign 0.75 could be 0.75 %.
            texts[name] = with_shown_percent(cell.text, cell.number_format)
    names = [*headings.texts, *[None] * len(row.cells)]
    pairs = [
        (names[index] or grid.column_name(index), cell.text) for index, cell in enumerate(row.cells)
    ]
    letters = {name: get_column_letter(index + 1) for index, name in headings.fields.items()}
    return ParsedRow(
        row.number, kind_of(texts), joined(pairs), texts, value_format, row.is_hidden, letters
    )


def _is_ragged(row: GridRow, headings: _Headings) -> bool:
    is_short = len(row.cells) < headings.width
    return is_short or any(cell.text for cell in row.cells[headings.width :])


def _ragged_row(row: GridRow, headings: _Headings) -> ParsedRow:
    """Keep the row and trust none of its cells: any of them may stand in the wrong column."""
    texts = [cell.text or "" for cell in row.cells]
    while len(texts) > headings.width and not texts[-1]:
        texts.pop()
    fields = "field" if len(texts) == 1 else "fields"
    mark = f"[{len(texts)} {fields} where the heading row has {headings.width}] "
    return ParsedRow(row.number, RowKind.DATA, mark + joined((None, text) for text in texts))
