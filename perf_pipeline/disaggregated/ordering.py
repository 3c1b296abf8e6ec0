"""The order in which rows are judged and kept: series by series, each from its first quarter on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from perf_pipeline.disaggregated.coding import Coded, Codes
from perf_pipeline.disaggregated.series import SERIES, Hashes, hash_of
from perf_pipeline.schemas.coded_columns import distinct_tuples

Order = npt.NDArray[np.int64]

_DIGIT_BITS = 16
"""Numpy sorts numbers of so many bits by counting, ten times as fast as larger ones."""


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


def ordered(columns: Mapping[str, Coded], quarters: Codes) -> Ordered:
    """Put rows into the order of `series_hash`, then of the series' texts, then of quarters.

    Rows of one series and quarter stand together, in the order in which they came.

    Args:
        columns: The columns of `SERIES`.
        quarters: The rows' quarters, as whole numbers from 0.

    Raises:
        OverflowError: There are more series than whole numbers can tell apart.
    """
    found = distinct_tuples(
        *((columns[name].codes, max(len(columns[name].texts), 1)) for name in SERIES)
    )
    distinct = {
        name: Coded(columns[name].codes[found.rows], columns[name].texts) for name in SERIES
    }
    ranks = _inverse(series_order(distinct, hash_of(distinct)))
    series = ranks[found.numbers]
    order = sorted_by_digits(series * (int(quarters.max(initial=0)) + 1) + quarters)
    return Ordered(order, series[order], quarters[order])


def series_order(series: Mapping[str, Coded], hashes: Hashes) -> Order:
    """Return the order of distinct series by their hashes, by their texts where those are equal.

    Args:
        series: The columns of `SERIES`, a row for each series.
        hashes: Their hashes.
    """
    order = sorted_by_digits(hashes)
    if (hashes[order[1:]] != hashes[order[:-1]]).all():
        return order
    return np.lexsort((*(_ranks(series[name]) for name in reversed(SERIES)), hashes))


def sorted_by_digits(numbers: npt.NDArray[np.integer[Any]]) -> Order:
    """Return the order of numbers from 0 on, of equal ones the first first."""
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    for shift in range(_DIGIT_BITS, int(numbers.max(initial=0)).bit_length(), _DIGIT_BITS):
        digits = (numbers >> shift).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
    return order


def _inverse(order: Order) -> Order:
    """Return the place of each row in an order."""
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


def _ranks(column: Coded) -> Codes:
    ranks: Codes = _inverse(np.argsort(column.texts))[column.codes]
    return ranks
