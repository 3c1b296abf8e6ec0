"""The order in which rows are judged and kept: series by series, each from its first quarter on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from perf_pipeline.disaggregated.coding import Coded, Codes
from perf_pipeline.disaggregated.series import SERIES, Hashes, hash_of

Order = npt.NDArray[np.int64]

LARGEST = np.iinfo(np.int64).max

_BITS = 64


@dataclass(frozen=True)
class Ordered:
    """Rows in the order of series and quarters.

    Attributes:
        order: The rows' places before.
        series: A number for each series, 0 for the first, row by row in the new order.
        quarters: The rows' quarters in the new order.
    """

    order: Order
    series: Codes
    quarters: Codes

    def kept(self, is_kept: npt.NDArray[np.bool_]) -> "Ordered":
        """Leave rows out."""
        return Ordered(self.order[is_kept], self.series[is_kept], self.quarters[is_kept])


def ordered(columns: Mapping[str, Coded], quarters: Codes, bits: int = _BITS) -> Ordered:
    """Put rows into the order of `series_hash`, then of the series' texts, then of quarters.

    Rows of one series and quarter stand together, in no particular order.

    Args:
        columns: The columns of `SERIES`.
        quarters: The rows' quarters, as whole numbers from 0.
        bits: Bits of the numbers that are sorted by; those of quarters and rows have to fit in.
    """
    hashes, numbers = hash_of(columns), series_numbers(columns)
    order = _by_hash(hashes, quarters, bits)
    series = numbers[order]
    if _is_mixed(hashes[order], series):
        order = _by_texts(columns, quarters, hashes)
        series = numbers[order]
    is_new = np.ones(len(order), dtype=bool)
    np.not_equal(series[1:], series[:-1], out=is_new[1:])
    return Ordered(order, np.cumsum(is_new) - 1, quarters[order])


def _by_hash(hashes: Hashes, quarters: Codes, bits: int) -> Order:
    """Sort whole numbers that begin with the hash, go on with the quarter and end with the row.

    Hashes of one shard begin alike, and the beginning is left out. What does not go into the number
    is the end of the hash: series are told apart by its top bits all but always.
    """
    if not hashes.size:
        return np.empty(0, dtype=np.int64)
    row_bits = (len(hashes) - 1).bit_length()
    tail = row_bits + int(quarters.max()).bit_length()
    alike = 64 - int(hashes.min() ^ hashes.max()).bit_length()
    top = (hashes << np.uint64(min(alike, 63))) >> np.uint64(64 - bits + tail)
    keys = (top << np.uint64(tail)) | (quarters << row_bits | np.arange(len(hashes))).view(
        np.uint64
    )
    keys.sort()
    return (keys & np.uint64((1 << row_bits) - 1)).view(np.int64)


def _is_mixed(hashes: Hashes, series: Codes) -> bool:
    """Tell whether rows of a series do not stand together, or series not by their hashes."""
    is_other = series[1:] != series[:-1]
    return bool((is_other & (hashes[1:] <= hashes[:-1])).any())


def series_numbers(columns: Mapping[str, Coded], largest: int = LARGEST) -> Codes:
    """Number series by the codes of their texts: rows have one number if they are of one series.

    Args:
        columns: The columns of `SERIES`.
        largest: The largest number that may be used. Where the products of the columns' sizes
            exceed it, the numbers in use are counted through and go on from there.
    """
    numbers, size = columns[SERIES[0]].codes, len(columns[SERIES[0]].texts)
    for name in SERIES[1:]:
        width = max(len(columns[name].texts), 1)
        if size > largest // width:
            numbers, distinct = pd.factorize(numbers)
            size = len(distinct)
        if size > largest // width:
            raise OverflowError(f"{size} series by {width} of {name} cannot be numbered.")
        numbers = numbers * width + columns[name].codes
        size *= width
    return numbers


def _by_texts(columns: Mapping[str, Coded], quarters: Codes, hashes: Hashes) -> Order:
    keys = [_ranks(columns[name]) for name in reversed(SERIES)]
    return np.lexsort((quarters, *keys, hashes))


def _ranks(column: Coded) -> Codes:
    places = np.empty(len(column.texts), dtype=np.int64)
    places[np.argsort(column.texts)] = np.arange(len(column.texts))
    ranks: Codes = places[column.codes]
    return ranks
