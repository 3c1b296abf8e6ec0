"""Frames between steps: one Parquet file for each asset and quarter, replaced whole.

Parquet holds no code, so that nothing planted in the store is ever run; pickle does not come in.
"""

import datetime as dt
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd

from perf_pipeline.sources.landing import remove_older

_SUFFIX = ".parquet"


class ParquetIOManager(dg.ConfigurableIOManager):
    """Keeps frames under `folder/<asset>/<partition>.parquet`."""

    folder: str

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
        """Write a frame beside its place and move it there, so that no reader sees a part."""
        path = self._path(context)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        obj.to_parquet(name, index=False)
        Path(name).replace(path)

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        """Read the frame that the asset upstream last wrote for this partition."""
        path = self._path(context)
        if not path.exists():
            key = context.asset_key.to_user_string()
            raise dg.Failure(
                description=f"{key} has no data for this quarter yet. Materialize it first, or "
                "run the whole quarter.",
                allow_retries=False,
            )
        return pd.read_parquet(path)

    def _path(self, context: dg.OutputContext | dg.InputContext) -> Path:
        return Path(self.folder, *context.asset_key.path, f"{context.asset_partition_key}{_SUFFIX}")


def remove_frame_leftovers(folder: Path, before: dt.datetime) -> Iterator[Path]:
    """Remove frames that never came to their place, last written before a moment, one by one.

    Args:
        folder: Where frames are kept.
        before: With a time zone.

    Raises:
        OSError: One of them cannot be removed.
    """
    yield from remove_older(folder.rglob(f".*{_SUFFIX}.*"), before)
