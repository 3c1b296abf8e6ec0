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
        return {**self._held, **row.above}

    def follow(self, row: GridRow, kind: RowKind) -> None:
        """Note what a row says for those below it."""
        if kind is not RowKind.DATA:
            self._held.clear()
            return
        for place, column in enumerate(self._columns):
            text = row.cells[column].text if column < len(row.cells) else None
            if text:
                for inner in self._columns[place:]:
                    self._held.pop(inner, None)
                self._held[column] = text
