"""Rows of a return as they were read, and the `ReturnRows` frame that they make."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from perf_pipeline.rules import RowKind
from perf_pipeline.schemas import conform, stages
from perf_pipeline.source_entries import FIGURE_FIELDS, LABEL_FIELDS, ReturnField
from perf_pipeline.sources.wording import ReturnPlace, listed

_DATA_FIELDS = frozenset({ReturnField.KPI_REF, *FIGURE_FIELDS})
_TOTAL = re.compile(
    r"((grand|overall|council|county|directorate|department|service|section|team|sub)[ -]?)?"
    r"totals?:?|total,? (council|directorate|department|service)"
)
_LONGEST_FILE_NAME = 255
_LONGEST_SHEET_NAME = 64
_NO_DATA_REMEDY = "Send the figures, or remove the file until they are ready"


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
        column: Column of the figure, where a row of the sheet gives several.
        is_sum_of_months: True where the figure's text is months' figures, joined by `MONTHS_JOIN`.
    """

    number: int
    kind: RowKind
    row_text: str
    texts: Mapping[ReturnField, str] = field(default_factory=dict)
    value_format: str | None = None
    is_hidden: bool = False
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
        ReturnError: There is no data row in it.
    """
    if not any(row.kind is RowKind.DATA for row in parsed.rows):
        raise place.error("It holds no rows of figures.", _NO_DATA_REMEDY)
    return parsed


def return_rows(
    parsed: ParsedReturn, place: ReturnPlace, sha256: str, counted_count: int
) -> pd.DataFrame:
    """Make the frame of a return.

    Args:
        parsed: Its rows.
        place: Whose, when and where; its quarter is known.
        sha256: Hash of the landed copy.
        counted_count: Rows that are not blank, by the second reader.

    Returns:
        `ReturnRows`, validated.
    """
    source_code = place.entry.source_code
    sheet_name = parsed.sheet_name and parsed.sheet_name[:_LONGEST_SHEET_NAME]
    same = {
        "quarter_key": str(place.quarter),
        "source_code": source_code,
        "file_name": shortened(place.where),
        "file_sha256": sha256,
        "sheet_name": sheet_name,
        "hidden_sheets_text": listed(parsed.hidden_sheets) if parsed.hidden_sheets else None,
        "counted_count": counted_count,
    }
    records = [
        {"row_id": _row_id(source_code, sheet_name, row)} | _record(row) for row in parsed.rows
    ]
    frame = conform(pd.DataFrame(records, dtype="object").assign(**same), stages.ReturnRows)
    return stages.ReturnRows.validate(frame, lazy=True)


def _row_id(source_code: str, sheet_name: str | None, row: ParsedRow) -> str:
    column = f":{row.column}" if row.column else ""
    return f"{source_code}:{sheet_name or ''}:{row.number}{column}"


def shortened(name: str) -> str:
    """Cut a place that is too long for its column, at its front: the end tells files apart."""
    return name if len(name) <= _LONGEST_FILE_NAME else "…" + name[-_LONGEST_FILE_NAME + 1 :]


def _record(row: ParsedRow) -> dict[str, object]:
    texts = {f"{name}_text": row.texts.get(name) for name in ReturnField}
    return texts | {
        "row_number": row.number,
        "row_kind_code": row.kind.value,
        "is_hidden": row.is_hidden,
        "value_format_text": row.value_format,
        "is_sum_of_months": row.is_sum_of_months,
        "row_text": row.row_text,
    }
