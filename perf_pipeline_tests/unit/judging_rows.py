"""Accepted disaggregated rows as checking leaves them: tables whose texts are dictionary-coded."""

from typing import Any

import pyarrow as pa

from perf_pipeline.schemas import disaggregated
from perf_pipeline_tests.unit.judging_oracle import JUDGED

FILES = {"a" * 64: "one.csv", "b" * 64: "two.csv"}
COLUMNS = [
    name for name in disaggregated.DisaggregatedOutturns.to_schema().columns if name not in JUDGED
]
ROW = {
    "quarter_key": "2021-22-Q1",
    "kpi_ref": "ADS-01",
    "area_code": "all",
    "breakdown_type_code": "all",
    "breakdown_category_code": "all",
    "outturn_status_code": "given",
    "outturn_value": 85.0,
    "numerator_value": None,
    "denominator_value": None,
    "is_provisional": False,
    "commentary_text": None,
    "source_code": "adults",
    "file_sha256": "a" * 64,
    "row_number": 2,
}
_TYPES = {"row_number": pa.int64(), "is_provisional": pa.bool_()}


def accepted_row(**changes: Any) -> dict[str, Any]:
    """Return a row: ADS-01's figure of 85 for the whole council in 2021-22-Q1."""
    assert changes.keys() <= ROW.keys()
    return ROW | changes


def accepted_table(*rows: dict[str, Any]) -> pa.Table:
    """Return rows as a table."""
    return pa.table({name: _column(name, [row[name] for row in rows]) for name in COLUMNS})


def _column(name: str, values: list[Any]) -> pa.Array:
    if name.endswith("_value") or name in _TYPES:
        return pa.array(values, _TYPES.get(name, pa.float64()))
    return pa.array(values, pa.string()).dictionary_encode()
