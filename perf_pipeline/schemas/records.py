"""Small frames looked at row by row, as named tuples."""

from collections import namedtuple
from functools import cache
from typing import Any

import pandas as pd


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Return a frame's rows as named tuples, as `itertuples` does in several times as long.

    Whole numbers and flags are Python's own; what is null in a column of text is NaN.
    """
    if frame.empty:
        return []
    row_type = _row_type(tuple(frame.columns))
    return list(map(row_type, *(frame[name].tolist() for name in frame.columns)))


@cache
def _row_type(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns)  # noqa: PYI024 - its fields are a frame's columns
