"""The check of rows to be taken as sent: each must be in the return that was read."""

from typing import Any

import pandas as pd

from perf_pipeline.rules import QualityCheck
from perf_pipeline.schemas.identities import acceptance_identities
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding

_FILE = ["source_code", "file_sha256"]
_PLACE = [*_FILE, "row_id"]
_ORDER = [*_FILE, "sheet_name", "row_number", "column_code", "reason_code"]
_LINE = "its line out of register/accepted_rows.csv"


def acceptance_not_applied(evidence: Evidence) -> list[Finding]:
    """Find acceptances of the quarter that hold for no row of the returns that were read."""
    given = evidence.acceptances
    given = given[given["quarter_key"] == evidence.quarter.key]
    if given.empty:
        return []
    given = given.assign(row_id=acceptance_identities(given))
    idle = given[~_is_in(given, evidence.accepted, [*_PLACE, "reason_code"])]
    idle = idle.sort_values(_ORDER)
    read = _is_in(idle, evidence.ledger, _FILE)
    rejected = evidence.rejected[[*_PLACE, "reason_code", "kpi_ref"]]
    rejected = rejected.rename(columns={"reason_code": "reasons"})
    left = idle.merge(rejected, on=_PLACE, how="left", validate="m:1")
    return [
        _finding(row, _why(row, is_read=is_read))
        for row, is_read in zip(rows_of(left), read, strict=True)
    ]


def _is_in(frame: pd.DataFrame, other: pd.DataFrame, columns: list[str]) -> pd.Series:
    keys = pd.MultiIndex.from_frame(other[columns].astype(object).fillna(""))
    own = pd.MultiIndex.from_frame(frame[columns].astype(object).fillna(""))
    return pd.Series(own.isin(keys), index=frame.index)


def _why(row: Any, *, is_read: bool) -> str:
    if not is_read:
        return (
            "the return that was read is another file. Look at the row in it, and accept it anew "
            f"or take {_LINE}"
        )
    if pd.isna(row.reasons):
        return f"no such row of that file is rejected. Take {_LINE}"
    if row.reason_code not in row.reasons.split("; "):
        return f"that row is rejected for another reason, {row.reasons}. Take {_LINE}"
    return (
        f"that row stays rejected, for {row.reasons}: each reason needs a line of its own, and no "
        f"other row may be accepted for the same KPI. Complete it, or take {_LINE}"
    )


def _finding(row: Any, why: str) -> Finding:
    sheet = "" if pd.isna(row.sheet_name) else f", sheet {row.sheet_name}"
    column = "" if pd.isna(row.column_code) else f", column {row.column_code}"
    return Finding(
        QualityCheck.ACCEPTANCE_NOT_APPLIED,
        f"Row {row.row_number}{column}{sheet} of {row.source_code}, which {row.accepted_by_role} "
        f"accepted on {row.accepted_date} ({row.reason_code}), is not taken as sent: {why}.",
        {
            "kpi_ref": row.kpi_ref,
            "source_code": row.source_code,
            "file_name": "register/accepted_rows.csv",
        },
    )
