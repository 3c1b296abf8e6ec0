"""Columns as whole-number codes and the distinct values that the codes stand for.

What depends on a value alone is found once for each distinct value, and carried back by code.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int64]
_LARGEST_KEY = np.iinfo(np.int64).max
_FEW_KEYS = 1 << 21
"""Combinations that are looked up in a table of all that can be."""


class CodedColumn(NamedTuple):
    """A column of an Arrow table.

    Attributes:
        codes: For each row, the place of its value among `distinct`.
        distinct: Values that rows hold, each held by one row at least; one of them may be null, and
            two of them may be equal.
    """

    codes: Codes
    distinct: pa.Array

    def texts(self) -> list[Any]:
        """Return the values as Python's own, null as `None`."""
        return list(self.distinct.to_pylist())


def coded(column: pa.ChunkedArray) -> CodedColumn:
    """Return a column by codes: in chunks or slices, dictionary-coded or not.

    A dictionary may hold entries twice, or that no row uses, or null: nulls become one value.
    """
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode(null_encoding="encode")
    joined = column.unify_dictionaries().combine_chunks()
    if isinstance(joined, pa.ChunkedArray):
        joined = joined.chunk(0) if joined.num_chunks else pa.array([], joined.type)
    places, values = joined.indices, joined.dictionary
    if places.null_count:
        places = pc.fill_null(places, len(values))
        values = pa.concat_arrays([values, pa.nulls(1, values.type)])
    return _used(places.to_numpy(zero_copy_only=False).astype(np.int64), values)


def _used(codes: Codes, values: pa.Array) -> CodedColumn:
    """Leave out the values that no row holds."""
    is_used = np.zeros(len(values), dtype=bool)
    is_used[codes] = True
    if is_used.all():
        return CodedColumn(codes, values)
    places = np.cumsum(is_used, dtype=np.int64) - 1
    return CodedColumn(places[codes], values.take(pa.array(np.flatnonzero(is_used))))


def combined(parts: Iterable[tuple[Codes, int]]) -> Codes:
    """Return one key for each row from several columns' codes: equal where all of them are.

    Args:
        parts: The codes of each column, and how many there can be: all are below it.

    Raises:
        OverflowError: The rows have more keys than whole numbers can tell apart.
    """
    (keys, size), *others = parts
    for codes, count in others:
        if size * count > _LARGEST_KEY:
            keys, size = renumbered(keys)
        if size * count > _LARGEST_KEY:
            raise OverflowError("The rows have more keys than 64 bits can tell apart.")
        keys, size = keys * count + codes, size * count
    return keys


def renumbered(keys: npt.NDArray[Any] | pd.Series) -> tuple[Codes, int]:
    """Number keys from 0 as they come, nulls as one, and say how many there are."""
    codes, distinct = pd.factorize(keys, use_na_sentinel=False)
    return codes.astype(np.int64), len(distinct)


def repeated(keys: Codes) -> Codes:
    """Return the rows of which the key is another row's too."""
    return np.flatnonzero(pd.Series(keys).duplicated(keep=False).to_numpy())


class Tuples(NamedTuple):
    """The distinct combinations of several columns' codes.

    Attributes:
        numbers: For each row, the number of its combination.
        rows: For each combination, one row that has it.
    """

    numbers: Codes
    rows: Codes


def distinct_tuples(*parts: tuple[Codes, int]) -> Tuples:
    """Find the distinct combinations of columns' codes.

    Args:
        parts: The codes of each column, and how many there can be: all are below it.

    Raises:
        OverflowError: As `combined`.
    """
    keys, size = combined(parts), math.prod(count for _, count in parts)
    if size <= _FEW_KEYS:
        is_there = np.zeros(size, dtype=bool)
        is_there[keys] = True
        present = np.flatnonzero(is_there)
        places = np.empty(size, dtype=np.int64)
        places[present] = np.arange(len(present))
        numbers, count = places[keys], len(present)
    else:
        numbers, count = renumbered(keys)
    rows = np.empty(count, dtype=np.int64)
    rows[numbers] = np.arange(len(numbers))
    return Tuples(numbers, rows)
