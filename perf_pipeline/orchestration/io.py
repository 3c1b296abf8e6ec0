"""Frames between steps: one Parquet file for each asset and quarter, replaced whole.

Parquet holds no code, so that nothing planted in the store is ever run; pickle does not come in.
A step is handed, and gives, frames by partition key: one quarter's, or several in one run.
"""

import datetime as dt
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetFile

from perf_pipeline.errors import QuarterLockedError
from perf_pipeline.orchestration.partitions import quarter_of_key
from perf_pipeline.orchestration.quarter_locks import QUARTER_LOCKS, QuarterLocks
from perf_pipeline.sources.landing import remove_older

Frames = dict[str, pd.DataFrame]
"""A frame for each quarter of a run, by partition key."""

_SUFFIX = ".parquet"


class ParquetIOManager(dg.IOManager):
    """Keeps frames under `folder/<asset>/<partition>.parquet`, for the run that holds the locks."""

    def __init__(self, folder: Path, locks: QuarterLocks) -> None:
        self._folder = folder
        self._locks = locks

    def handle_output(self, context: dg.OutputContext, obj: Mapping[str, pd.DataFrame]) -> None:
        """Write each frame to its place."""
        self._require_locks()
        for key in context.asset_partition_keys:
            write_frame(obj[key], self._path(context, key))

    def load_input(self, context: dg.InputContext) -> Frames:
        """Read the frames that the asset upstream last wrote for the run's quarters."""
        self._require_locks()
        paths = {key: self._path(context, key) for key in context.asset_partition_keys}
        missing = [quarter_of_key(key).label for key, path in paths.items() if not path.exists()]
        if missing:
            asset = context.asset_key.to_user_string()
            raise dg.Failure(
                description=f"{asset} has no data for {', '.join(missing)} yet. Materialize it "
                "first, or run the whole quarter.",
                allow_retries=False,
            )
        return {key: _found(context, key, path) for key, path in paths.items()}

    def _require_locks(self) -> None:
        try:
            self._locks.require()
        except QuarterLockedError as fault:
            raise dg.Failure(description=str(fault), allow_retries=False) from fault

    def _path(self, context: dg.OutputContext | dg.InputContext, key: str) -> Path:
        return Path(self._folder, *context.asset_key.path, f"{key}{_SUFFIX}")


def _found(context: dg.InputContext, key: str, path: Path) -> pd.DataFrame:
    try:
        return read_frame(path)
    except pa.ArrowException as fault:
        asset, quarter = context.asset_key.to_user_string(), quarter_of_key(key).label
        raise dg.Failure(
            description=f"The frame of {asset}, {quarter}, is damaged ({path}): {fault} "
            "Materialize it anew.",
            allow_retries=False,
        ) from fault


def read_frame(path: Path) -> pd.DataFrame:
    """Return a frame as `write_frame` was given it.

    Raises:
        pyarrow.ArrowException: It is no Parquet file, or a damaged one.
    """
    # By one thread and not through pandas: half the time where a frame has a few rows.
    with ParquetFile(path) as file:
        frame: pd.DataFrame = file.read(use_threads=False).to_pandas(use_threads=False)
    return frame


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame beside its place and move it there, so that no reader sees a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    frame.to_parquet(name, index=False)
    Path(name).replace(path)


def parquet_io_manager(folder: Path) -> dg.IOManagerDefinition:
    """Return the IO manager as a resource, which takes the quarters' locks before it."""

    @dg.io_manager(required_resource_keys={QUARTER_LOCKS})
    def frames(context: dg.InitResourceContext) -> ParquetIOManager:
        return ParquetIOManager(folder, getattr(context.resources, QUARTER_LOCKS))

    return frames


def remove_frame_leftovers(folder: Path, before: dt.datetime) -> Iterator[Path]:
    """Remove frames that never came to their place, last written before a moment, one by one.

    Args:
        folder: Where frames are kept.
        before: With a time zone.

    Raises:
        OSError: One of them cannot be removed.
    """
    yield from remove_older(folder.rglob(f".*{_SUFFIX}.*"), before)
