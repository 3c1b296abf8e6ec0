"""Frames between steps: one Parquet file for each asset and quarter, replaced whole.

Parquet holds no code, so that nothing planted in the store is ever run; pickle does not come in.
"""

import os
import tempfile
from pathlib import Path

import dagster as dg
import pandas as pd


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
        return Path(self.folder, *context.asset_key.path, f"{context.asset_partition_key}.parquet")
