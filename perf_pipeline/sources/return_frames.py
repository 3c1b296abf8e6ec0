"""The `ReturnRows` frame that a return's rows make."""

import pandas as pd

from perf_pipeline.schemas import frame_of, stages
from perf_pipeline.schemas.distinct import validate_distinct
from perf_pipeline.schemas.identities import row_identity
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.sources.rows import ParsedReturn, ParsedRow
from perf_pipeline.sources.wording import ReturnPlace, listed

_LONGEST_FILE_NAME = 255
_LONGEST_SHEET_NAME = 64


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
    rows = [
        {"row_id": row_identity(source_code, sheet_name, row.number, row.column)}
        | _record(row)
        | same
        for row in parsed.rows
    ]
    frame = frame_of(rows, stages.ReturnRows)
    validate_distinct(frame, stages.ReturnRows)
    return frame


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
        "columns_text": " ".join(f"{name}={letter}" for name, letter in row.columns.items())
        or None,
        "row_text": row.row_text,
    }
