"""Rows of a return as they were read, before they become a frame."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from perf_pipeline.rules import ReturnFault, RowKind, reads_like_words
from perf_pipeline.source_entries import FIGURE_FIELDS, LABEL_FIELDS, ReturnField
from perf_pipeline.sources.wording import ReturnPlace

_DATA_FIELDS = frozenset({ReturnField.KPI_REF, *FIGURE_FIELDS})
_TOTAL = re.compile(
    r"((grand|overall|council|county|directorate|department|service|section|team|sub)[ -]?)?"
    r"totals?:?|total,? (council|directorate|department|service)"
)
NO_DATA_REMEDY = "Send the figures, or remove the file until they are ready"


@dataclass(frozen=True)
class ParsedRow:
    """One row of a return.

    Attributes:
        number: The row as a person counts it, 1 first.
        kind: What the row is.
        row_text: The whole row, for a person to read.
        texts: Cells by field, of data and note rows; a field without text is left out.
        value_format: Number format of the figure's cell.
        is_hidden: True where the workbook hides the row.
        columns: Letter of the column that each field stands in; none where cells have no place.
        column: Column of the figure, where a row of the sheet gives several.
        is_sum_of_months: True where the figure's text is months' figures, joined by `MONTHS_JOIN`.
    """

    number: int
    kind: RowKind
    row_text: str
    texts: Mapping[ReturnField, str] = field(default_factory=dict)
    value_format: str | None = None
    is_hidden: bool = False
    columns: Mapping[ReturnField, str] = field(default_factory=dict)
    column: str | None = None
    is_sum_of_months: bool = False


@dataclass(frozen=True)
class ParsedReturn:
    """The rows of a return, with the sheet that they stand on and the sheets that are hidden."""

    rows: Sequence[ParsedRow]
    sheet_name: str | None = None
    hidden_sheets: Sequence[str] = ()


def cleaned(text: str | None) -> str | None:
    """Take outer white space off (no-break spaces too); a text of nothing else is none."""
    return (text or "").strip() or None


def kind_of(texts: Mapping[ReturnField, str], *, is_titled: bool = False) -> RowKind:
    """Tell data from a note: a row with neither a reference nor a figure.

    Args:
        texts: The row's cells by field.
        is_titled: True where the reference is not in the row but in its block's title; then a row
            of labels alone is a note.
    """
    says = (set(ReturnField) - set(LABEL_FIELDS)) if is_titled else _DATA_FIELDS
    return RowKind.NOTE if says.isdisjoint(texts) else RowKind.DATA


def is_total(texts: Mapping[ReturnField, str]) -> bool:
    """Tell a row that adds others up: `Total` or its like stands where its reference would.

    Where the row has no reference, in any other label.
    """
    labels = [ReturnField.KPI_REF] if ReturnField.KPI_REF in texts else LABEL_FIELDS
    return any(_TOTAL.fullmatch(texts.get(name, "").casefold()) for name in labels)


def joined(pairs: Iterable[tuple[str | None, str | None]]) -> str:
    """Write a row out as `heading: cell` pairs, without its empty cells."""
    shown = (f"{heading}: {cell}" if heading else cell for heading, cell in pairs if cell)
    return visible(" | ".join(shown))


def visible(text: str) -> str:
    """Spell out the one character that a database cannot keep."""
    return text.replace("\0", "\\x00")


def checked_for_data(parsed: ParsedReturn, place: ReturnPlace) -> ParsedReturn:
    """Return what was parsed.

    Raises:
        ReturnError: There is no data row in it, but perhaps lines of words.
    """
    if not any(row.kind is RowKind.DATA and not _is_words_alone(row) for row in parsed.rows):
        raise place.error("It holds no rows of figures.", NO_DATA_REMEDY, ReturnFault.NO_FIGURES)
    return parsed


def _is_words_alone(row: ParsedRow) -> bool:
    is_alone = row.texts.keys() == {ReturnField.KPI_REF}
    return is_alone and reads_like_words(row.texts[ReturnField.KPI_REF])
