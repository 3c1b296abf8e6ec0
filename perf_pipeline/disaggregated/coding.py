"""Text columns of Arrow tables → whole numbers and the distinct texts that they stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int64]

ABSENT = -1
"""Code of a null."""


@dataclass(frozen=True)
class Coded:
    """A text column, each text by its number.

    Attributes:
        codes: A row each: the place of its text among `texts`, `ABSENT` for null.
        texts: The distinct texts, no two alike; some may be no row's.
    """

    codes: Codes
    texts: npt.NDArray[np.object_]


def coded(column: pa.ChunkedArray) -> Coded:
    """Number the texts of a column, whether or not it is dictionary-coded already."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    codes = whole.indices.fill_null(ABSENT).to_numpy(zero_copy_only=False).astype(np.int64)
    return _distinct(codes, whole.dictionary)


def _distinct(codes: Codes, dictionary: pa.Array) -> Coded:
    """Give one number to each text: a dictionary may hold one twice, or a null."""
    encoded = dictionary.dictionary_encode()
    texts = encoded.dictionary.to_numpy(zero_copy_only=False)
    if len(texts) == len(dictionary):
        return Coded(codes, texts)
    places = pc.fill_null(encoded.indices, ABSENT).to_numpy(zero_copy_only=False)
    # A null's code is the last place of what is looked up.
    return Coded(np.append(places, ABSENT).astype(np.int64)[codes], texts)


def decoded(codes: npt.NDArray[np.integer[Any]], texts: Sequence[str]) -> pa.DictionaryArray:
    """Return the texts that numbers stand for, null where they are below 0."""
    numbers = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(numbers, pa.array(texts, pa.string()))


def taken(column: pa.ChunkedArray, rows: npt.NDArray[np.int64]) -> pa.ChunkedArray:
    """Return a column's rows in another order, which is known to be of its rows."""
    return pc.take(column, pa.array(rows), boundscheck=False)
