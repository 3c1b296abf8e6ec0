"""Frames between steps come back as they went."""

from pathlib import Path
from typing import cast

import dagster as dg
import pandas as pd
import pytest

from perf_pipeline.orchestration.io import ParquetIOManager, read_frame, write_frame
from perf_pipeline.orchestration.partitions import quarter_partitions
from perf_pipeline.orchestration.quarter_locks import QuarterLocks
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    REPORTING_TABLES,
    STAGE_TABLES,
    ColumnKind,
    Table,
    column_kinds,
    conform,
    empty,
)


class _NoLocks:
    """Locks that this process holds."""

    def require(self) -> None:
        """Find them held."""


def test_damaged_frame_is_named(tmp_path: Path) -> None:
    """What cannot be read says of which asset and quarter it is, where it is, and what to do."""
    path = tmp_path / "rated_outturns" / "2023-04-01.parquet"
    path.parent.mkdir()
    path.write_bytes(b"PAR1 cut short")
    context = dg.build_input_context(
        asset_key=dg.AssetKey("rated_outturns"),
        partition_key="2023-04-01",
        asset_partitions_def=quarter_partitions(Quarter.parse("2023-24-Q1")),
        asset_partition_key_range=dg.PartitionKeyRange("2023-04-01", "2023-04-01"),
    )

    with pytest.raises(dg.Failure) as caught:
        ParquetIOManager(tmp_path, cast("QuarterLocks", _NoLocks())).load_input(context)

    said = str(caught.value.description)
    assert "rated_outturns, Q1 2023/24, is damaged" in said
    assert str(path) in said
    assert "Materialize it anew." in said


_TABLES = {**STAGE_TABLES, **REPORTING_TABLES}
_CELLS = {
    ColumnKind.CODE: ["K1", None, "ünïcode"],
    ColumnKind.TEXT: ["=1+1", None, ""],
    ColumnKind.DATE: ["2024-02-29", None, "2023-04-01"],
    ColumnKind.FIGURE: [0.1 + 0.2, None, -0.0],
    ColumnKind.COUNT: [2**53 + 1, None, 0],
    ColumnKind.FLAG: [True, False, True],
}


def _filled(model: type[Table]) -> pd.DataFrame:
    columns = {name: _CELLS[kind] for name, kind in column_kinds(model).items()}
    return conform(pd.DataFrame(columns, dtype="object"), model)


@pytest.mark.parametrize("name", _TABLES)
def test_frame_comes_back(name: str, tmp_path: Path) -> None:
    """Every kind of table is read back equal, dtypes included, and as pandas itself reads it."""
    for frame in (_filled(_TABLES[name]), empty(_TABLES[name])):
        path = tmp_path / "frame.parquet"
        write_frame(frame, path)

        read = read_frame(path)

        pd.testing.assert_frame_equal(read, frame, check_exact=True, check_column_type=True)
        pd.testing.assert_frame_equal(read, pd.read_parquet(path), check_exact=True)
