"""One schema on one table, by pandera itself and over the distinct values of each column."""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pandera.errors
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.contender import Stage, Task, contend
from perf_pipeline.rules import OutturnStatus, Rag
from perf_pipeline.schemas.columns import Table, code, count, figure, flag, quarter, text
from perf_pipeline.schemas.distinct import validate_distinct


class Rows(Table):
    """Fifteen columns of outturns, with all the checks that such columns have."""

    quarter_key: str = quarter("Quarter.")
    kpi_ref: str = code("KPI.", 24)
    area_code: str = code("Area.", 30)
    breakdown_type_code: str = code("Breakdown.", 30)
    breakdown_category_code: str = code("Category.", 30)
    outturn_status_code: str = code("Status.", 20, isin=OutturnStatus)
    outturn_value: float = figure("Figure.")
    numerator_value: float = figure("Numerator.")
    denominator_value: float = figure("Denominator.")
    is_provisional: bool = flag("Provisional.")
    rag_code: str = code("Rating.", 10, isin=Rag, nullable=True)
    commentary_text: str = text("Commentary.")
    source_code: str = code("Source.", 40)
    file_sha256: str = code("File.", 64, matches=r"^[0-9a-f]{64}$")
    row_number: pd.Int64Dtype = count("Row.")

    class Config:
        """Pandera's settings."""

        unique = [  # noqa: RUF012 - pandera reads it as a plain attribute
            "quarter_key",
            "kpi_ref",
            "area_code",
            "breakdown_type_code",
            "breakdown_category_code",
        ]


_WRONG: dict[str, Any] = {
    "quarter_key": "soon",
    "kpi_ref": "K" * 30,
    "area_code": None,
    "outturn_status_code": "perhaps",
    "rag_code": "purple",
    "source_code": "s" * 50,
    "file_sha256": "none",
    "row_number": -1,
}


def frame_of(task: Task) -> pd.DataFrame:
    """Make a typed frame of a return's rows; one row in a hundred is wrong where it is dirty."""
    rows = pq.read_table(task["rows"])
    size = rows.num_rows
    frame = pd.DataFrame(
        {
            "quarter_key": _text(rows["quarter"]),
            "kpi_ref": _text(rows["kpi_ref"]),
            "area_code": _text(rows["area"]),
            "breakdown_type_code": _text(rows["breakdown_type"]),
            "breakdown_category_code": _text(rows["breakdown_category"]),
            "outturn_status_code": pd.Series(["given"] * size, dtype="str"),
            "outturn_value": _figure(rows["value"]),
            "numerator_value": _figure(rows["numerator"]),
            "denominator_value": _figure(rows["denominator"]),
            "is_provisional": rows["provisional"].is_valid().to_numpy(),
            "rag_code": pd.Series(np.array(["red", "amber", "green"])[np.arange(size) % 3]),
            "commentary_text": rows["commentary"].to_pandas().astype("str"),
            "source_code": pd.Series(["case_system"] * size, dtype="str"),
            "file_sha256": pd.Series(["0" * 64] * size, dtype="str"),
            "row_number": pd.Series(np.arange(2, size + 2), dtype="Int64"),
        }
    )
    # What pandera imports when it validates first is no part of the work.
    by_pandera(frame.head(2))
    by_values(frame.head(2))
    return _spoilt(frame) if task["is_dirty"] == "yes" else frame


def _text(column: pa.ChunkedArray) -> pd.Series:
    return pc.fill_null(column, "all").to_pandas().astype("str")


def _figure(column: pa.ChunkedArray) -> pd.Series:
    return pd.to_numeric(column.to_pandas(), errors="coerce").astype("float64")


def _spoilt(frame: pd.DataFrame) -> pd.DataFrame:
    chosen = np.arange(0, len(frame), 100)
    for place, (name, wrong) in enumerate(_WRONG.items()):
        frame.loc[chosen[place :: len(_WRONG) + 1], name] = wrong
    again = chosen[len(_WRONG) :: len(_WRONG) + 1]
    frame.loc[again, Rows.Config.unique] = frame.loc[again + 1, Rows.Config.unique].to_numpy()
    return frame


def coded_table_of(task: Task) -> pa.Table:
    """Make the same as an Arrow table whose texts are coded, as the reader gives them."""
    table = pa.Table.from_pandas(frame_of(task), preserve_index=False)
    for place, column in enumerate(table.columns):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            coded = column.cast(pa.string()).dictionary_encode().combine_chunks()
            table = table.set_column(place, table.column_names[place], coded)
    return table


def by_pandera(frame: pd.DataFrame) -> pd.DataFrame | None:
    """Validate lazily, as pandera does."""
    try:
        Rows.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return errors.failure_cases
    return None


def by_values(table: pd.DataFrame | pa.Table) -> pd.DataFrame | None:
    """Validate over distinct values."""
    try:
        validate_distinct(table, Rows)
    except pandera.errors.SchemaErrors as errors:
        return errors.failure_cases
    return None


def answer(failed: pd.DataFrame | None) -> dict[str, Any]:
    """Say which checks failed at which rows."""
    if failed is None:
        return {"failures.rows": 0}
    cases = failed[["column", "check", "index", "failure_case"]].astype("str").fillna("")
    lines = sorted("|".join(row) for row in cases.itertuples(index=False, name=None))
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    return {"failures.rows": len(lines), "failures.digest": digest}


if __name__ == "__main__":
    contend(
        {
            "pandera": Stage(frame_of, by_pandera, answer),
            "frame": Stage(frame_of, by_values, answer),
            "coded": Stage(coded_table_of, by_values, answer),
        }
    )
