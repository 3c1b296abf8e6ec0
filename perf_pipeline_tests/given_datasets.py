"""Datasets of disaggregated rows as a run gives them to be published, made up and in memory."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import conform, disaggregated

OUTTURNS = "disaggregated_outturns"
REJECTIONS = "disaggregated_rejections"
SOURCE = "housing_system"

_CODED = pa.dictionary(pa.int32(), pa.string())
_RATINGS = ("green", "amber", "red", None)
_DIRECTIONS = ("improved", "maintained", "declined", "not_comparable")
_KPIS, _CATEGORIES = 7, 5
_BATCH_ROWS = 1000


@dataclass(frozen=True)
class GivenDataset:
    """A dataset whose rows are in memory.

    Attributes:
        sha256: Stands for its digest.
        tables: Its rows.
    """

    sha256: str
    tables: Mapping[str, pa.Table]

    def batches(self, table_name: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table."""
        yield from self.tables[table_name].to_batches(max_chunksize=_BATCH_ROWS)

    @property
    def row_count(self) -> int:
        """Rows that were accepted."""
        return int(self.tables[OUTTURNS].num_rows)

    def reporting_tables(self, quarter: Quarter) -> dict[str, pd.DataFrame]:
        """Return what a publication of the quarter says of the dataset."""
        accepted, rejected = (self.tables[name].num_rows for name in (OUTTURNS, REJECTIONS))
        account = {
            "quarter_key": quarter.key,
            "source_code": SOURCE,
            "dataset_sha256": self.sha256,
            "file_count": 1,
            "read_count": accepted + rejected,
            "accepted_count": accepted,
            "rejected_count": rejected,
            "blank_count": 0,
            "counted_count": accepted + rejected,
        }
        counted = conform(
            _counted(self.tables[OUTTURNS], quarter), disaggregated.DisaggregatedSummary
        )
        return {
            "disaggregated_returns": conform(
                pd.DataFrame([account]), disaggregated.DisaggregatedReturns
            ),
            "disaggregated_summary": counted,
        }


def given_dataset(
    marker: int = 1, row_count: int = 20, quarter: Quarter | None = None, **cells: Any
) -> GivenDataset:
    """Make a dataset in no order of its keys; `cells` are columns' values in its first row."""
    key = (quarter or Quarter(2023, 1)).key
    order = np.random.default_rng(marker).permutation(row_count).tolist()
    outturns = [_outturn(marker, number, key) for number in order]
    outturns[0] |= cells
    tables = {
        OUTTURNS: _table(outturns, disaggregated.DisaggregatedOutturns),
        REJECTIONS: _table(
            [_rejection(marker, number) for number in range(2)],
            disaggregated.DisaggregatedRejections,
        ),
    }
    return GivenDataset(
        hashlib.sha256(f"{marker} {row_count} {cells}".encode()).hexdigest(), tables
    )


def _outturn(marker: int, number: int, quarter_key: str) -> dict[str, Any]:
    rating = _RATINGS[number % len(_RATINGS)]
    area, kpi = divmod(number // _CATEGORIES, _KPIS)
    return {
        "quarter_key": quarter_key,
        "kpi_ref": f"K{kpi}",
        "area_code": f"E{area:06d}",
        "breakdown_type_code": "age",
        "breakdown_category_code": f"c{number % _CATEGORIES}",
        "outturn_status_code": "reported",
        "outturn_value": None if rating is None else marker + 0.1 * number,
        "numerator_value": None,
        "denominator_value": 100.0,
        "is_provisional": number % 2 == 0,
        "rag_code": rating,
        "not_rated_reason_code": "no_target" if rating is None else None,
        "previous_value": 0.1 + 0.2,
        "previous_direction_code": _DIRECTIONS[number % len(_DIRECTIONS)],
        "last_year_value": None,
        "last_year_direction_code": "not_comparable",
        "commentary_text": None
        if number % 3
        else f"£{marker} – “quoted”,\r\n\t\\N :all ✓ {number}",
        "source_code": SOURCE,
        "file_sha256": "f" * 64,
        "row_number": number + 2,
    }


def _rejection(marker: int, number: int) -> dict[str, Any]:
    return {
        "source_code": SOURCE,
        "file_name": "outturns.csv",
        "file_sha256": "f" * 64,
        "row_number": 1_000_000 + number,
        "outcome_reason_code": "not_a_number",
        "outcome_text": f"`{marker}` is no number. Send one.",
        "row_text": "kpi_ref: K1",
    }


def _table(rows: list[dict[str, Any]], model: type[disaggregated.Table]) -> pa.Table:
    frame = conform(pd.DataFrame(rows, dtype="object"), model)
    plain = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [
        pa.field(
            each.name,
            _CODED
            if pa.types.is_string(each.type) or pa.types.is_large_string(each.type)
            else each.type,
        )
        for each in plain.schema
    ]
    return plain.cast(pa.schema(fields))


def _counted(outturns: pa.Table, quarter: Quarter) -> pd.DataFrame:
    frame = outturns.to_pandas().astype({"quarter_key": "str", "kpi_ref": "str"})
    ratings = {"green": "green", "amber": "amber", "red": "red"}
    counts: dict[str, Any] = {"outturn_count": 1}
    counts |= {f"{name}_count": frame["rag_code"] == code for name, code in ratings.items()}
    counts["not_rated_count"] = frame["rag_code"].isna()
    directions = ("improved", "maintained", "declined")
    counts |= {f"{name}_count": frame["previous_direction_code"] == name for name in directions}
    counted = frame.assign(**counts).groupby(["quarter_key", "kpi_ref"])[list(counts)].sum()
    return (
        counted.reset_index()
        .rename(columns={"quarter_key": "figure_quarter_key"})
        .assign(quarter_key=quarter.key, source_code=SOURCE)
    )
