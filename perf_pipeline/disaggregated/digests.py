"""The digest of a dataset: the same for the same rows, however they came and were worked through.

A leaf is the rows whose series have a hash that begins with the same byte; its digest is over
their columns, one after the other, in bytes that depend on the values alone. Rejected rows are
digested in blocks, in their order.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from perf_pipeline.disaggregated.coding import coded
from perf_pipeline.disaggregated.columns import as_plain

_ABSENT = -1
_FIGURE = "<f8"
_LAYOUTS: dict[pa.DataType, tuple[str, float]] = {
    pa.bool_(): ("<u1", False),
    pa.int64(): ("<i8", 0),
    pa.float64(): (_FIGURE, 0.0),
}
_BLOCK_ROWS = 1 << 16
_FIRST_BYTE = np.uint64(56)
_LAYOUT = "perf-pipeline disaggregated dataset 1"

_WRITTEN_OUT = "_text"
"""How the names of columns end whose texts may all be different."""

_Bytes = Callable[[int, int], Sequence[memoryview | bytes]]
"""Gives the bytes of a column's rows from one place up to another."""

Hashes = npt.NDArray[np.uint64]


def leaf_digests(table: pa.Table, hashes: Hashes) -> dict[int, str]:
    """Return the digest of each leaf that has rows.

    Args:
        table: Rows in the order of a dataset.
        hashes: The hash of each row's series, which never falls.

    Raises:
        ValueError: The rows are out of order, or a figure is NaN.
    """
    if (hashes[1:] < hashes[:-1]).any():
        raise ValueError("The rows of a shard are not in the order of their series.")
    if not table.num_rows:
        return {}
    leaves = (hashes >> _FIRST_BYTE).astype(np.int64)
    numbers, starts = np.unique(leaves, return_index=True)
    stops = [*starts[1:].tolist(), table.num_rows]
    spans = list(zip(starts.tolist(), stops, strict=True))
    return dict(zip(numbers.tolist(), _digests(table, spans), strict=True))


def _digests(table: pa.Table, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Return the digest of each span of rows, one column in memory at a time."""
    hashers = [hashlib.sha256((stop - start).to_bytes(8, "little")) for start, stop in spans]
    for name in table.column_names:
        pieces = _canonical(name, table[name])
        for hasher, (start, stop) in zip(hashers, spans, strict=True):
            hasher.update(name.encode())
            for piece in pieces(start, stop):
                hasher.update(piece)
    return [hasher.hexdigest() for hasher in hashers]


def _canonical(name: str, column: pa.ChunkedArray) -> _Bytes:
    """Return what gives the bytes of a column's rows: their values, and which of them are null."""
    if name.endswith(_WRITTEN_OUT):
        return _texts(as_plain(column))
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        return _codes(column)
    is_known = column.is_valid().to_numpy().astype(np.uint8)
    numbers = _numbers(column)
    return lambda start, stop: [is_known[start:stop].data, numbers[start:stop].data]


def _codes(column: pa.ChunkedArray) -> _Bytes:
    """Of codes, the distinct ones are written in their order, and a number for each row."""
    found = coded(column)
    texts = pa.array(found.texts, pa.string())
    order = pc.sort_indices(texts).to_numpy()
    written = [_prefixed(text) for text in found.texts[order]]
    # The first of the ranks is the null's.
    ranks = np.zeros(len(order) + 1, np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    rows = ranks[found.codes]

    def of_rows(start: int, stop: int) -> list[memoryview | bytes]:
        is_used = np.bincount(rows[start:stop], minlength=len(ranks)) > 0
        is_used[0] = True
        numbers = np.cumsum(is_used)[rows[start:stop]].astype("<i4")
        used = np.flatnonzero(is_used[1:])
        distinct = b"".join(written[place] for place in used)
        return [len(used).to_bytes(8, "little"), distinct, numbers.data]

    return of_rows


def _prefixed(text: str) -> bytes:
    characters = text.encode()
    return len(characters).to_bytes(4, "little") + characters


def _texts(column: pa.ChunkedArray) -> _Bytes:
    """Of texts, the lengths are written and then the texts themselves."""
    lengths = pc.fill_null(pc.binary_length(column), _ABSENT).to_numpy().astype("<i4")
    places, characters = _characters(column)
    return lambda start, stop: [
        lengths[start:stop].data,
        characters[places[start] : places[stop]],
    ]


def _characters(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], memoryview]:
    """Return the texts of a column one behind the other, and where each begins and ends."""
    # Below a null there may be whatever characters.
    known = pc.fill_null(column, "") if column.null_count else column
    texts = pa.concat_arrays(known.cast(pa.large_string()).chunks) if len(known) else None
    if texts is None:
        return np.zeros(1, np.int64), memoryview(b"")
    _, offsets, characters = texts.buffers()
    places = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return places, memoryview(characters or b"")


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.generic]:
    layout, zero = _LAYOUTS[column.type]
    values: npt.NDArray[np.generic] = pc.fill_null(column, zero).to_numpy().astype(layout)
    if layout != _FIGURE:
        return values
    figures = values.astype(np.float64)
    if np.isnan(figures).any():
        raise ValueError("A figure is NaN, which is neither a figure nor null.")
    # The figure −0 is 0.
    return (figures + 0.0).astype(_FIGURE)


class BlockDigest:
    """The digest of rows that come in order, in tables of whatever size."""

    def __init__(self) -> None:
        self._hasher = hashlib.sha256()
        self._held: list[pa.Table] = []
        self._held_rows = 0

    def add(self, table: pa.Table) -> None:
        """Add rows."""
        self._held.append(table)
        self._held_rows += table.num_rows
        if self._held_rows >= _BLOCK_ROWS:
            self._digest_blocks()

    def _digest_blocks(self) -> None:
        whole = _joined(self._held)
        full = whole.num_rows - whole.num_rows % _BLOCK_ROWS
        for start in range(0, full, _BLOCK_ROWS):
            self._digest(whole, start, start + _BLOCK_ROWS)
        self._held, self._held_rows = [whole.slice(full)], whole.num_rows - full

    def _digest(self, table: pa.Table, start: int, stop: int) -> None:
        self._hasher.update(bytes.fromhex(_digests(table, [(start, stop)])[0]))

    def hexdigest(self) -> str:
        """Return the digest, when all rows have been added."""
        if self._held_rows:
            self._digest(_joined(self._held), 0, self._held_rows)
            self._held, self._held_rows = [], 0
        return self._hasher.hexdigest()


def _joined(tables: Iterable[pa.Table]) -> pa.Table:
    plain = [
        pa.table({name: as_plain(table[name]) for name in table.column_names}) for table in tables
    ]
    return pa.concat_tables(plain)


def dataset_digest(leaves: Iterable[dict[int, str]], rejections: str, columns: list[str]) -> str:
    """Return the digest of a dataset.

    Args:
        leaves: The digests of all leaves, those of each shard apart.
        rejections: The digest of the rejected rows.
        columns: The names of all columns.
    """
    whole = {leaf: digest for shard in leaves for leaf, digest in shard.items()}
    lines = [f"{leaf} {digest}" for leaf, digest in sorted(whole.items())]
    text = "\n".join([_LAYOUT, *columns, *lines, rejections])
    return hashlib.sha256(text.encode()).hexdigest()
