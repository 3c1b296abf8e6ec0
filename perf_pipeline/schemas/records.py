"""Small frames looked at row by row, as named tuples."""

from collections import namedtuple
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Return a frame's rows as named tuples, as `itertuples` does in several times as long.

    Whole numbers and flags are Python's own; what is null in a column of text is NaN.
    """
    if frame.empty:
        return []
    row_type = _row_type(tuple(frame.columns))
    return list(map(row_type, *(frame[name].tolist() for name in frame.columns)))


def places_of(wanted: pd.Series, known: pd.Series, what: str) -> npt.NDArray[np.intp]:
    """Return where each of the wanted codes stands among the known ones; -1 where it does not.

    Raises:
        ValueError: A known code is there twice.
    """
    twice = known[known.duplicated()].unique()
    if len(twice):
        raise ValueError(f"{what} have a code twice: {', '.join(map(str, twice))}.")
    places: npt.NDArray[np.intp] = pd.Index(known).get_indexer(wanted)
    return places


@cache
def _row_type(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns)  # noqa: PYI024 - its fields are a frame's columns
