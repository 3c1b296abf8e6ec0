"""Shards: all rows of some series, gathered from the pieces that the parts leave for them.

A part leaves one file with a piece for each batch and shard, each an Arrow stream of its own, so
that a shard reads its bytes of a file and no more.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import ipc

from perf_pipeline.disaggregated.columns import as_plain, as_text
from perf_pipeline.disaggregated.series import series_hash
from perf_pipeline.disaggregated.storage import Folder

MOST_SHARDS = 256
"""As many as there are leaves of a dataset's digest: a leaf is never of two shards."""

_HASH_BITS = 64
_ROWS_OF_A_TEXT = 4
"""A dictionary is kept in a piece where its texts stand for so many rows each, on average."""

Groups = npt.NDArray[np.uint16]
"""The number of each row's shard or part."""


class Piece(NamedTuple):
    """Where the rows of one group are: of a shard, or of a part.

    Attributes:
        group: The number of the shard or part.
        start: Byte of the file at which they begin.
        size: Their bytes.
    """

    group: int
    start: int
    size: int


def shard_count(row_count: int, rows_per_shard: int) -> int:
    """Return the power of two, 256 at the most, by which shards have about so many rows."""
    wanted = max(1, math.ceil(row_count / rows_per_shard))
    return int(min(MOST_SHARDS, 2 ** math.ceil(math.log2(wanted))))


def shards_of(hashes: npt.NDArray[np.uint64], count: int) -> Groups:
    """Return the shard of each row: the top bits of its series' hash."""
    bits = count.bit_length() - 1
    if bits == 0:
        return np.zeros(len(hashes), np.uint16)
    return (hashes >> np.uint64(_HASH_BITS - bits)).astype(np.uint16)


def shard_of_each(table: pa.Table, count: int) -> Groups:
    """Return the shard of each row of a table that has the columns of `SERIES`."""
    return shards_of(series_hash(table), count)


def write_pieces(
    folder: Folder, name: str, batches: Iterable[tuple[pa.Table, Groups]], count: int
) -> list[Piece]:
    """Spread rows over groups, into one file.

    Args:
        folder: Where the file is written.
        name: Its name.
        batches: Tables, each in memory in its turn, with the group of each row.
        count: Number of groups.

    Returns:
        Where the pieces are, in the order of batches and then of groups.
    """
    pieces: list[Piece] = []
    with folder.writing(name) as sink:
        for batch, groups in batches:
            pieces += _write_batch(sink, batch, groups, count)
    return pieces


def _write_batch(
    sink: pa.NativeFile, batch: pa.Table, groups: Groups, count: int
) -> Iterator[Piece]:
    """Write the pieces of a batch, each where the file has come to."""
    ordered = batch.take(pa.array(np.argsort(groups, kind="stable"))) if count > 1 else batch
    ends = np.cumsum(np.bincount(groups, minlength=count)).tolist()
    slim = _slim(ordered, batch.num_rows // count)
    for group, (start, stop) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if stop > start:
            began = sink.tell()
            with ipc.new_stream(sink, slim.schema) as writer:
                writer.write_table(slim.slice(start, stop - start))
            yield Piece(group, began, sink.tell() - began)


def _slim(table: pa.Table, rows_of_a_piece: int) -> pa.Table:
    """Write out texts that are few rows' each: a piece would carry those of all other pieces."""
    for index, name in enumerate(table.column_names):
        column = table[name]
        if pa.types.is_dictionary(column.type):
            whole = column.unify_dictionaries()
            texts = len(whole.chunk(0).dictionary) if whole.num_chunks else 0
            is_shared = texts * _ROWS_OF_A_TEXT <= rows_of_a_piece
            table = table.set_column(index, name, whole if is_shared else as_plain(whole))
    return table


def read_pieces(folder: Folder, files: Iterable[tuple[str, Sequence[Piece]]]) -> pa.Table:
    """Return the rows of one group from all files that have some, text dictionary-coded.

    Args:
        folder: Where the files are.
        files: The name of each file, and where in it the group's pieces are.
    """
    tables: list[pa.Table] = []
    for name, pieces in files:
        with folder.open(name) as file:
            tables += [_read_piece(file, piece) for piece in pieces]
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def _read_piece(file: pa.NativeFile, piece: Piece) -> pa.Table:
    file.seek(piece.start)
    with ipc.open_stream(file.read_buffer(piece.size)) as reader:
        table = reader.read_all()
    names = [name for name in table.column_names if pa.types.is_string(table[name].type)]
    for name in names:
        index = table.column_names.index(name)
        table = table.set_column(index, name, as_text(table[name]))
    return table
