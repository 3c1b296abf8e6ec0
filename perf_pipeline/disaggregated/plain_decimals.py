"""Texts that are plain decimal numbers, read all at once and exactly as one by one.

Plain is what no reading can differ on: ASCII digits without leading zeros, at most 15 of them, with
a point and a minus sign or without, and perhaps a % sign. All else is for the parser of cells.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from perf_pipeline.validate.cells import SIGNIFICANT_DIGITS

_PLAIN = r"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,14})?%?$"


class PlainDecimals(NamedTuple):
    """What distinct texts say; figures are 0 where a text is no plain decimal.

    Attributes:
        is_plain: True where the text is a plain decimal.
        has_percent: True where a % sign follows it.
        value: The number, as the float nearest to it.
        mantissa: Its digits as a whole number, signed; exact.
        places: How many of the digits are after the point.
    """

    is_plain: npt.NDArray[np.bool_]
    has_percent: npt.NDArray[np.bool_]
    value: npt.NDArray[np.float64]
    mantissa: npt.NDArray[np.float64]
    places: npt.NDArray[np.int64]


def plain_decimals(texts: pa.Array) -> PlainDecimals:
    """Read the plain decimals among texts."""
    matched = pc.fill_null(pc.match_substring_regex(texts, _PLAIN), fill_value=False)
    rows = np.flatnonzero(matched.to_numpy(zero_copy_only=False))
    found = texts if len(rows) == len(texts) else texts.take(pa.array(rows))
    has_percent = pc.ends_with(found, "%").to_numpy(zero_copy_only=False)
    bare = pc.utf8_rtrim(found, "%") if has_percent.any() else found
    # No float of 15 digits or fewer is negative zero: there is no figure of that kind.
    value = bare.cast(pa.float64()).to_numpy(zero_copy_only=False) + 0.0
    point = pc.find_substring(bare, ".").to_numpy(zero_copy_only=False).astype(np.int64)
    length = pc.binary_length(bare).to_numpy(zero_copy_only=False).astype(np.int64)
    has_minus = pc.starts_with(bare, "-").to_numpy(zero_copy_only=False)
    places = np.where(point < 0, 0, length - point - 1)
    is_short = length - (point >= 0) - has_minus <= SIGNIFICANT_DIGITS
    mantissa = np.rint(value * 10.0**places)
    of_all = (is_short, has_percent & is_short, value * is_short, mantissa * is_short, places)
    return PlainDecimals(*(_spread(each, rows, len(texts)) for each in of_all))


def _spread(values: np.ndarray, rows: npt.NDArray[np.int64], count: int) -> np.ndarray:
    if len(rows) == count:
        return values
    spread = np.zeros(count, dtype=values.dtype)
    spread[rows] = values
    return spread
