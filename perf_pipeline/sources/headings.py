"""The heading row of a sheet or delimited file: the one with every heading that was promised.

The first row in which every heading of the source's entry stands, or the first two or three rows
together in which it does: a heading may be broken over them, or stand under one that several
columns share (`2023/24` over `Q1`, `Q2`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.promises import Contract, Promise, heading_key
from perf_pipeline.sources.wording import ReturnPlace, listed

_MOST_HEADING_ROWS = 3
_SEARCHED_FOR_SEVERAL = 100
"""Rows among which headings over several rows are looked for; single rows are in all."""


class Cell(NamedTuple):
    """A cell's text without outer white space, none when empty, and how it is shown.

    Attributes:
        text: Its text.
        number_format: Its number format.
        columns: Columns over which the workbook merges it; none where cells are not merged, as in
            a delimited file.
    """

    text: str | None
    number_format: str | None = None
    columns: int | None = None


class GridRow(NamedTuple):
    """One row of a grid.

    Attributes:
        number: As a person counts; 0 for headings that stand in no row.
        cells: Its cells.
        is_hidden: True where the workbook hides it.
        above: Texts of cells above that are merged down over this row, by column.
    """

    number: int
    cells: Sequence[Cell]
    is_hidden: bool = False
    above: Mapping[int, str] = MappingProxyType({})


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
class Headings:
    """The heading row, or rows.

    Attributes:
        first: Index of the first of them among the rows.
        last: Index of the last.
        texts: The heading of each column, as people read it; none where it has none.
        columns: Column of each heading that was promised and is there.
        rows: What the rows hold, to know them when they are repeated.
    """

    first: int
    last: int
    texts: Sequence[str | None]
    columns: Mapping[str, int]
    rows: Sequence[Sequence[str]]

    @property
    def width(self) -> int:
        """Columns up to the last one with a heading."""
        return max(index for index, text in enumerate(self.texts) if text) + 1


def row_key(row: GridRow) -> list[str]:
    """Return what a row reads like, without empty cells at its end."""
    keys = [heading_key(cell.text) for cell in row.cells]
    while keys and not keys[-1]:
        keys.pop()
    return keys


def find_headings(
    rows: Sequence[GridRow], contract: Contract, grid: Grid, place: ReturnPlace
) -> Headings:
    """Find the heading row, or rows, among rows of a grid.

    Raises:
        ReturnError: It is not there, or one of its headings stands in two columns.
    """
    reach, best = _best_reach(rows, contract)
    if reach is None:
        raise _missing(rows, grid, best, contract, place)
    names = _names(rows[reach[0] : reach[1] + 1])
    return _headings(rows, reach, names, contract, place)


def repeated_headings(
    rows: Sequence[GridRow], headings: Headings, contract: Contract, place: ReturnPlace
) -> frozenset[int]:
    """Return the indexes of rows below the heading row that are it again, over the same columns.

    Raises:
        ReturnError: They are over other columns, by which the rows below them would be misread.
    """
    found: set[int] = set()
    start = headings.last + 1
    while (reach := heading_reach(rows[start:], contract)) is not None:
        first, last = start + reach[0], start + reach[1]
        names = _names(rows[first : last + 1])
        again = _headings(rows, (first, last), names, contract, place)
        if again.columns != headings.columns:
            moved = [each for each, at in headings.columns.items() if again.columns.get(each) != at]
            raise place.error(
                f"The headings stand again{_in_row(rows[last])}, over other columns than"
                f"{_in_row(rows[headings.last])}: {listed(moved or list(again.columns))}.",
                "Send one table, or give every table the same columns",
                ReturnFault.HEADING_REPEATED,
            )
        found.update(range(first, last + 1))
        start = last + 1
    return frozenset(found)


def heading_reach(rows: Sequence[GridRow], contract: Contract) -> tuple[int, int] | None:
    """Return the first and last index of the heading rows; nothing where there are none."""
    return _best_reach(rows, contract)[0]


def _best_reach(
    rows: Sequence[GridRow], contract: Contract
) -> tuple[tuple[int, int] | None, tuple[int, int]]:
    """Return where the heading rows are, if they are, and which rows come nearest to them."""
    required = _required(contract)
    best, best_count = (0, 0), 0
    for reach in _candidates(len(rows)):
        count = _count(_names(rows[reach[0] : reach[1] + 1]), required)
        if count == len(required):
            return reach, reach
        if count > best_count:
            best, best_count = reach, count
    return None, best


def _required(contract: Contract) -> list[Promise]:
    return [promise for promise in contract.promises if promise.is_required]


def _candidates(row_count: int) -> Iterator[tuple[int, int]]:
    """Yield first and last index of what may be the heading rows, single rows before several."""
    for last in range(row_count):
        most = _MOST_HEADING_ROWS if last < _SEARCHED_FOR_SEVERAL else 1
        for depth in range(1, min(most, last + 1) + 1):
            yield last - depth + 1, last


class _Name(NamedTuple):
    """A column's heading as people read it, and every way of reading it, folded."""

    text: str | None
    keys: frozenset[str]


def _names(rows: Sequence[GridRow]) -> list[_Name]:
    """Read the heading of each column off one to three rows."""
    width = max(len(row.cells) for row in rows)
    own = [_padded([cell.text for cell in row.cells], width) for row in rows]
    shared = [list(_shared(row, width)) for row in rows[:-1]]
    return [
        _name([texts[index] for texts in own], [texts[index] for texts in shared])
        for index in range(width)
    ]


def _name(own: Sequence[str | None], shared: Sequence[str | None]) -> _Name:
    """Read a column's heading, of which only the lowest row need be its own."""
    paths = [own, [*shared, own[-1]]] if shared and own[-1] else [own]
    texts = [" ".join(filter(None, path[start:])) for path in paths for start in range(len(path))]
    keys = frozenset(map(heading_key, texts)) - {""}
    return _Name(" ".join(filter(None, paths[-1])) or None, keys)


def _shared(row: GridRow, width: int) -> Iterator[str | None]:
    """Let a heading stand for every column that shares it.

    Those are the columns over which it is merged; where the row has no cells merged over several
    columns, those up to its next heading.
    """
    is_merged = any((cell.columns or 1) > 1 for cell in row.cells)
    text, left = None, 0
    for cell in [*row.cells, *[Cell(None)] * (width - len(row.cells))]:
        if cell.text:
            text, left = cell.text, (cell.columns or 1) if is_merged else width
        yield text if left > 0 else None
        left -= 1


def _padded(texts: list[str | None], width: int) -> list[str | None]:
    return [*texts, *[None] * (width - len(texts))]


def _count(names: Sequence[_Name], promises: Sequence[Promise]) -> int:
    keys = frozenset[str]().union(*(name.keys for name in names))
    return sum(not promise.keys.isdisjoint(keys) for promise in promises)


def _headings(
    rows: Sequence[GridRow],
    reach: tuple[int, int],
    names: Sequence[_Name],
    contract: Contract,
    place: ReturnPlace,
) -> Headings:
    first, last = reach
    columns = {
        promise.heading: [
            index for index, name in enumerate(names) if not promise.keys.isdisjoint(name.keys)
        ]
        for promise in contract.promises
    }
    twice = [heading for heading, found in columns.items() if len(found) > 1]
    if twice:
        raise place.error(
            f"The same heading stands in two columns{_in_row(rows[last])}: {listed(twice)}. Which "
            "of them is meant is not guessed.",
            "Rename or delete one of the two columns",
            ReturnFault.HEADING_REPEATED,
        )
    return Headings(
        first,
        last,
        [name.text for name in names],
        {heading: found[0] for heading, found in columns.items() if found},
        [row_key(row) for row in rows[first : last + 1]],
    )


def _missing(
    rows: Sequence[GridRow],
    grid: Grid,
    best: tuple[int, int],
    contract: Contract,
    place: ReturnPlace,
) -> Exception:
    if not any(cell.text for row in rows for cell in row.cells):
        return place.error(
            f"There is nothing in {grid.place_name}.",
            "Send the figures, or remove the file until they are ready",
            ReturnFault.EMPTY,
        )
    names = _names(rows[best[0] : best[1] + 1])
    found = [name.text for name in names if name.text]
    missing = [promise.heading for promise in _required(contract) if not _count(names, [promise])]
    heading, verb = ("heading", "is") if len(missing) == 1 else ("headings", "are")
    return place.error(
        f"The {heading} {listed(missing)} {verb} missing from {grid.place_name}. Headings "
        f"found{_in_row(rows[best[1]])}: {listed(found)}.",
        f"Put the {heading} back, or change sources.yaml",
        ReturnFault.HEADING_MISSING,
    )


def _in_row(row: GridRow) -> str:
    return f" in row {row.number}" if row.number else ""
