"""The names of the engines that disaggregated returns are worked through by, in one place."""

from typing import Literal, get_args

EngineName = Literal["local", "processes", "dask"]
"""What an engine may be called; `disaggregated.engines` says what each is."""

ENGINE_NAMES: tuple[str, ...] = get_args(EngineName)
"""The same to go through; the first is taken where none is asked for."""

DASK_IS_MISSING = (
    "The engine `dask` needs the extra `dask`, which is not installed. Install "
    "perf-pipeline[dask], or take the engine `processes`."
)
"""What is said where the engine `dask` is asked for and cannot be used."""
