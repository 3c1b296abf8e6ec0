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


def ordered(columns: Mapping[str, Coded], quarters: Codes, lowest_bits: int = 0) -> Ordered:
    """Put rows into the order of `series_hash`, then of the series' texts, then of quarters.

    Args:
        columns: The columns of `SERIES`.
        quarters: The rows' quarters, as whole numbers from 0.
        lowest_bits: Bits of the hash that the quick way leaves out at least.

    Rows of one series and quarter stand together, in no particular order. Hash and quarter make
    one number to sort by; where two series agree in what is left of their hashes, texts decide.
    """
    hashes = hash_of(columns)
    numbers = series_numbers(columns)
    bits = max(lowest_bits, int(quarters.max(initial=0)).bit_length())
    own = np.uint64(2**64 - 2**bits)
    order = np.argsort((hashes & own) | quarters.astype(np.uint64))
    series = numbers[order]
    is_new = np.ones(len(order), dtype=bool)
    np.not_equal(series[1:], series[:-1], out=is_new[1:])
    sorted_hashes = hashes[order] & own
    if (is_new[1:] & (sorted_hashes[1:] == sorted_hashes[:-1])).any():
        order = _by_texts(columns, quarters, hashes)
        series = numbers[order]
        np.not_equal(series[1:], series[:-1], out=is_new[1:])
    return Ordered(order, np.cumsum(is_new) - 1, quarters[order])


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
