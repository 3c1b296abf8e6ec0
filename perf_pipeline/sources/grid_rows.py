"""Rows of a sheet or delimited file: each told what it is, and figures put under their fields.

Rows above the heading row are titles; below it are figures, totals, notes, blanks, and repeats of
the heading row. A row of a wide return gives its own figure and those of further columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from openpyxl.utils import get_column_letter

from perf_pipeline.rules import RowKind, reads_like_words
from perf_pipeline.source_entries import FIGURE_FIELDS, LABEL_FIELDS, ReturnField
from perf_pipeline.source_layouts import MONTHS_JOIN
from perf_pipeline.sources.headings import (
    Cell,
    Grid,
    GridRow,
    Headings,
    find_headings,
    repeated_headings,
    row_key,
)
from perf_pipeline.sources.labels_above import LabelsAbove
from perf_pipeline.sources.merged_figures import marked
from perf_pipeline.sources.numbers import with_shown_percent
from perf_pipeline.sources.promises import Contract, WideFigure
from perf_pipeline.sources.rows import ParsedRow, is_total, joined, kind_of
from perf_pipeline.sources.wording import ReturnPlace

_TELLING = frozenset(LABEL_FIELDS) - {ReturnField.KPI_NAME}
"""Labels that tell rows' figures apart; a name may be broken over two rows."""

_FIGURES_BESIDE = (ReturnField.PREVIOUS_VALUE, ReturnField.FORECAST)


@dataclass(frozen=True)
class _Table:
    """A heading row with all that rows below it are read by.

    Attributes:
        headings: The heading row.
        contract: What it promised.
        grid: Grid of the rows.
        given: What a block's title says of all its rows.
        repeated: Indexes of the rows further down that are the heading row again.
    """

    headings: Headings
    contract: Contract
    grid: Grid
    given: Mapping[ReturnField, str] = field(default_factory=dict)
    repeated: frozenset[int] = frozenset()

    @cached_property
    def fields(self) -> dict[int, ReturnField]:
        """The field of each column that has one."""
        return {
            self.headings.columns[promise.heading]: promise.field
            for promise in self.contract.promises
            if promise.field is not None
        }

    @cached_property
    def letters(self) -> dict[ReturnField, str]:
        """The letter of the column of each field; of a figure of several months, the first's."""
        indexes = {name: index for index, name in self.fields.items()}
        own = self.contract.own_figure
        if own is not None:
            indexes[ReturnField.VALUE] = self.headings.columns[own.headings[0]]
        return {name: get_column_letter(index + 1) for name, index in indexes.items()}

    @property
    def figure_columns(self) -> set[int]:
        """The columns in which figures stand."""
        wide = [*self.contract.other_figures, *filter(None, [self.contract.own_figure])]
        headings = [heading for figure in wide for heading in figure.headings]
        own = {index for index, name in self.fields.items() if name in FIGURE_FIELDS}
        return own | {
            self.headings.columns[each] for each in headings if each in self.headings.columns
        }

    def cells(self, figure: WideFigure, row: GridRow) -> list[Cell]:
        """Return the cells of a figure in a row, in the order of its months."""
        columns = [self.headings.columns[heading] for heading in figure.headings]
        return [row.cells[index] if index < len(row.cells) else Cell(None) for index in columns]

    def other_figures(self, row: GridRow) -> Iterator[tuple[WideFigure, Cell]]:
        """Yield the figures beside a row's own that it has."""
        for figure in self.contract.other_figures:
            if figure.headings[0] in self.headings.columns:
                (cell,) = self.cells(figure, row)
                if cell.text:
                    yield figure, cell


def parse_rows(
    rows: Sequence[GridRow],
    contract: Contract,
    grid: Grid,
    place: ReturnPlace,
    given: Mapping[ReturnField, str],
) -> Iterator[ParsedRow]:
    """Read rows that have one heading row among them.

    Args:
        rows: The rows.
        contract: Headings that they promise.
        grid: Grid of the rows.
        place: Whose, when and where, for errors.
        given: What all of them are about, as a block's title says.

    Raises:
        ReturnError: The heading row is not there, or one of its headings stands twice; or it
            stands again further down, over other columns.
    """
    headings = find_headings(rows, contract, grid, place)
    again = repeated_headings(rows, headings, contract, place)
    table = _Table(headings, contract, grid, given, again)
    labels = LabelsAbove([table.headings.columns[heading] for heading in contract.fill_down])
    told_by = [index for index, name in table.fields.items() if name in _TELLING]
    for index, row in enumerate(marked(rows, table.figure_columns, told_by)):
        made = list(_made(index, row._replace(above=labels.over(row)), table))
        labels.follow(row, made[0].kind)
        yield from made


def _made(index: int, row: GridRow, table: _Table) -> Iterator[ParsedRow]:
    """Read the row at an index, as one or more."""
    if not any(cell.text for cell in row.cells):
        yield ParsedRow(row.number, RowKind.BLANK, "", is_hidden=row.is_hidden)
    elif index < table.headings.first:
        yield label_row(row, RowKind.TITLE)
    elif index <= table.headings.last or _is_repeated(index, row, table):
        yield label_row(row, RowKind.HEADING)
    elif not table.grid.is_delimited or not _is_ragged(row, table.headings):
        yield from _figure_rows(row, table)
    elif len(row.cells) == 1 and reads_like_words(row.cells[0].text or ""):
        yield label_row(row, RowKind.NOTE)
    else:
        yield _ragged_row(row, table.headings)


def _is_repeated(index: int, row: GridRow, table: _Table) -> bool:
    return index in table.repeated or row_key(row) in table.headings.rows


def label_row(row: GridRow, kind: RowKind) -> ParsedRow:
    """Keep a row that holds no figures."""
    text = joined((None, cell.text) for cell in row.cells)
    return ParsedRow(row.number, kind, text, is_hidden=row.is_hidden)


def _figure_rows(row: GridRow, table: _Table) -> Iterator[ParsedRow]:
    """Read a row's own figure, then those of further columns, without the row's words.

    Commentary and what else stands beside a figure go with the first.
    """
    own = _own_row(row, table)
    if own.kind is RowKind.TOTAL:
        yield own
        return
    others = list(table.other_figures(row))
    has_own = table.contract.has_own_figure or not others
    if has_own:
        yield own
    labels = {name: text for name, text in own.texts.items() if name in LABEL_FIELDS}
    for place, (figure, cell) in enumerate(others):
        beside = labels if has_own or place else own.texts
        index = table.headings.columns[figure.headings[0]]
        column = table.grid.column_name(index)
        yield ParsedRow(
            row.number,
            RowKind.DATA,
            f"[{figure.headings[0]}, {column}] {own.row_text}",
            {**beside, **figure.texts, ReturnField.VALUE: cell.text or ""},
            cell.number_format,
            row.is_hidden,
            column=column.removeprefix("column "),
            columns={**own.columns, ReturnField.VALUE: get_column_letter(index + 1)},
        )


def _own_row(row: GridRow, table: _Table) -> ParsedRow:
    texts, value_format = _texts(row, table)
    months = table.cells(table.contract.own_figure, row) if table.contract.own_figure else []
    if any(cell.text for cell in months):
        texts[ReturnField.VALUE] = MONTHS_JOIN.join(cell.text or "" for cell in months)
        formats = [cell.number_format for cell in months if cell.text and cell.number_format]
        # One percentage among the months is enough for their sum to be none.
        value_format = max(formats, key=lambda shown: "%" in shown, default=None)
    adds_up = is_total(texts)
    if not texts.keys().isdisjoint(FIGURE_FIELDS) or any(table.other_figures(row)):
        texts |= _labels_above(row, texts, table)
    kind = (
        RowKind.TOTAL if adds_up or is_total(texts) else kind_of(texts, is_titled=bool(table.given))
    )
    return ParsedRow(
        row.number,
        kind,
        _row_text(row, table),
        {**table.given, **texts},
        value_format,
        row.is_hidden,
        columns=table.letters,
        is_sum_of_months=len(months) > 1,
    )


def _texts(row: GridRow, table: _Table) -> tuple[dict[ReturnField, str], str | None]:
    texts, value_format, fields = {}, None, table.fields
    for index, cell in enumerate(row.cells):
        name = fields.get(index)
        if name is not None and cell.text:
            texts[name] = cell.text
        if name is ReturnField.VALUE:
            value_format = cell.number_format
        elif name in _FIGURES_BESIDE and cell.text:
            # Only the figure's own format is kept apart: without its sign 0.75 could be 0.75 %.
            texts[name] = with_shown_percent(cell.text, cell.number_format)
    return texts, value_format


def _labels_above(
    row: GridRow, texts: Mapping[ReturnField, str], table: _Table
) -> dict[ReturnField, str]:
    return {
        name: row.above[column]
        for column, name in table.fields.items()
        if name in LABEL_FIELDS and name not in texts and column in row.above
    }


def _row_text(row: GridRow, table: _Table) -> str:
    names = [*table.headings.texts, *[None] * len(row.cells)]
    return joined(
        (names[index] or table.grid.column_name(index), cell.text)
        for index, cell in enumerate(row.cells)
    )


def _is_ragged(row: GridRow, headings: Headings) -> bool:
    is_short = len(row.cells) < headings.width
    return is_short or any(cell.text for cell in row.cells[headings.width :])


def _ragged_row(row: GridRow, headings: Headings) -> ParsedRow:
    """Keep the row and trust none of its cells: any of them may stand in the wrong column."""
    texts = [cell.text or "" for cell in row.cells]
    while len(texts) > headings.width and not texts[-1]:
        texts.pop()
    fields = "field" if len(texts) == 1 else "fields"
    mark = f"[{len(texts)} {fields} where the heading row has {headings.width}] "
    return ParsedRow(row.number, RowKind.DATA, mark + joined((None, text) for text in texts))
