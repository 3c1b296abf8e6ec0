"""Figures whose cell is merged down over several rows: of which of them they are is not guessed."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from perf_pipeline.sources.headings import Cell, GridRow


def marked(
    rows: Sequence[GridRow], figures: Collection[int], labels: Collection[int]
) -> Iterator[GridRow]:
    """Write into each row of a merged figure over which rows it is merged, so that it is none.

    Args:
        rows: The rows, headings and all.
        figures: Columns of figures.
        labels: Columns that say what a row's figure is of. A figure that is merged only over rows
            that say nothing there is the first row's.
    """
    notes: dict[int, dict[int, Cell]] = {}
    for column in figures:
        for first, last in _merged(rows, column, labels):
            text = rows[last].above[column]
            note = f"{text} [merged over rows {rows[first].number} to {rows[last].number}]"
            for index in range(first, last + 1):
                notes.setdefault(index, {})[column] = Cell(note)
    for index, row in enumerate(rows):
        yield _with(row, notes[index]) if index in notes else row


def _merged(
    rows: Sequence[GridRow], column: int, labels: Collection[int]
) -> Iterator[tuple[int, int]]:
    """Yield first and last index of the rows that share a cell, up to the last with a label."""
    first = last = 0
    for index, row in enumerate(rows):
        if column not in row.above:
            if last > first:
                yield first, last
            first = last = index
        elif any(label < len(row.cells) and row.cells[label].text for label in labels):
            last = index
    if last > first:
        yield first, last


def _with(row: GridRow, notes: Mapping[int, Cell]) -> GridRow:
    width = max(len(row.cells), *(column + 1 for column in notes))
    cells = [*row.cells, *[Cell(None)] * (width - len(row.cells))]
    return row._replace(cells=[notes.get(index, cell) for index, cell in enumerate(cells)])
