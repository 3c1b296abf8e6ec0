"""The names of the engines that disaggregated returns are worked through by, in one place."""

from typing import Literal, get_args

EngineName = Literal["local", "processes", "dask"]
"""What an engine may be called; `disaggregated.engines` says what each is."""

ENGINE_NAMES: tuple[str, ...] = get_args(EngineName)
"""The same to go through; the first is taken where none is asked for."""
