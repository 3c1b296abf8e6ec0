"""Labels that are written once for several rows: merged down over them, or to be filled down."""

from collections.abc import Mapping, Sequence

from perf_pipeline.rules import RowKind
from perf_pipeline.sources.headings import GridRow


class LabelsAbove:
    """The labels that rows of figures have from rows above them.

    A label to be filled down holds until the next in its column, or in a column before it in the
    entry's list, and ends where rows of figures end.
    """

    def __init__(self, columns: Sequence[int]) -> None:
        """Begin below the headings.

        Args:
            columns: Columns of the labels to be filled down, outer ones before inner ones.
        """
        self._columns = columns
        self._held: dict[int, str] = {}

    def over(self, row: GridRow) -> Mapping[int, str]:
        """Return a row's labels from above, by column."""
        return {**self._still_held(row), **row.above}

    def follow(self, row: GridRow, kind: RowKind) -> None:
        """Note what a row says for those below it."""
        if kind is RowKind.DATA:
            own = {column: _text(row, column) for column in self._columns}
            said = {column: text for column, text in own.items() if text}
            self._held = {**self._still_held(row), **said}
        else:
            self._held = {}

    def _still_held(self, row: GridRow) -> dict[int, str]:
        """Return the labels held so far, but those that an outer label of the row ends."""
        said = [place for place, column in enumerate(self._columns) if _text(row, column)]
        ended = self._columns[min(said, default=len(self._columns)) :]
        return {column: text for column, text in self._held.items() if column not in ended}


def _text(row: GridRow, column: int) -> str | None:
    return row.cells[column].text if column < len(row.cells) else None
