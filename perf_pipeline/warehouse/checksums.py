"""A checksum of rows that does not depend on their order: of Arrow's batches, whoever made them.

Each row's cells are mixed into two whole numbers of 64 bits, which are added up over all rows. So
a row that is changed, lost, added or doubled is found whichever way the rows are read back. It is
no digest: who can choose rows could look for others with the same sum.
"""

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_Hashes = npt.NDArray[np.uint64]

_SEED = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_SHIFT = np.uint64(32)
_NULL = np.uint64(0xA0761D6478BD642F)


class Checksum:
    """The checksum of rows that come batch by batch."""

    def __init__(self) -> None:
        self.row_count = 0
        self._sums = [0, 0]

    def add(self, columns: Iterable[pa.Array]) -> None:
        """Add rows.

        Args:
            columns: Their columns in the table's order: text dictionary-coded, figures, whole
                numbers and flags, without offsets.

        Raises:
            TypeError: A column is of another type.
        """
        rows: _Hashes | None = None
        for column in columns:
            before = np.full(len(column), _SEED) if rows is None else rows
            rows = _mixed(before ^ _cells(column), _FACTORS[0])
        if rows is None:
            return
        self.row_count += len(rows)
        for place, each in enumerate((rows, _mixed(rows, _FACTORS[1]))):
            self._sums[place] = (self._sums[place] + int(each.sum(dtype=np.uint64))) % 2**64

    def hexdigest(self) -> str:
        """Return the checksum of all rows so far, 32 hexadecimal digits."""
        return "".join(f"{each:016x}" for each in self._sums)


def _mixed(hashes: _Hashes, factor: np.uint64) -> _Hashes:
    """Spread every bit over the others; whole numbers overflow on purpose."""
    mixed: _Hashes = (hashes ^ (hashes >> _SHIFT)) * factor
    return mixed ^ (mixed >> _SHIFT)


def _cells(column: pa.Array) -> _Hashes:
    if isinstance(column, pa.DictionaryArray):
        known = [_text_hash(text) for text in column.dictionary.to_pylist()]
        codes = column.indices.fill_null(len(known)).to_numpy()
        hashes: _Hashes = np.array([*known, _NULL], np.uint64)[codes]
        return hashes
    numbers = _bits(column)
    if column.null_count:
        numbers = np.where(column.is_null().to_numpy(zero_copy_only=False), _NULL, numbers)
    return numbers


def _text_hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def _bits(column: pa.Array) -> _Hashes:
    """Return numbers by the bits that they are kept in."""
    if pa.types.is_boolean(column.type):
        return _bits(column.cast(pa.int64()))
    if pa.types.is_float64(column.type) or pa.types.is_int64(column.type):
        bits: _Hashes = column.fill_null(0).to_numpy().view(np.uint64)
        return bits
    raise TypeError(f"A column of {column.type} has no checksum.")
