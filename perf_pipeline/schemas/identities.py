"""The identity of a row of a return: source, sheet, row and, where it gives several, column."""

import pandas as pd


def row_identity(
    source_code: str, sheet_name: str | None, row_number: int, column_code: str | None
) -> str:
    """Return `row_id`, which is unique within a quarter.

    Args:
        source_code: Source.
        sheet_name: Sheet, for workbooks.
        row_number: Row as a person counts it.
        column_code: Column of the figure, where a row gives several and it is not the row's own.
    """
    column = f":{column_code}" if column_code else ""
    return f"{source_code}:{sheet_name or ''}:{row_number}{column}"


def column_of(row_id: str, source_code: str, sheet_name: str | None, row_number: int) -> str | None:
    """Return the column that a row's identity names; null where it is the row's own figure."""
    own = row_identity(source_code, sheet_name, row_number, None)
    return row_id.removeprefix(own).removeprefix(":") or None


def acceptance_identities(accepted_rows: pd.DataFrame) -> pd.Series:
    """Return the `row_id` that each of the register's `AcceptedRows` names."""
    names = ["source_code", "sheet_name", "row_number", "column_code"]
    named = accepted_rows[names].astype(object)
    cells = named.where(named.notna(), None).itertuples(index=False, name=None)
    return pd.Series(
        [row_identity(*each) for each in cells], index=accepted_rows.index, dtype="str"
    )
