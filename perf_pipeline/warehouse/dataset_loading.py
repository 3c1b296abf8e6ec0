"""Rows of a dataset into the database in its own bulk way, and back, in bounded chunks.

A dataset comes quarter by quarter, and within each in the order of a hash. An index that is filled
in no order is written to all over for each row; with chunks in the order of the key it grows at its
end.
"""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pgpq
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from perf_pipeline.errors import PublicationError
from perf_pipeline.schemas import DATASET_TABLES, ColumnKind, column_kinds, key_columns
from perf_pipeline.warehouse.checksums import Checksum
from perf_pipeline.warehouse.dataset_counts import Totals
from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline.warehouse.versions import copying

_Item = TypeVar("_Item")

CHUNK_ROWS = 1 << 18
"""Rows that are sorted and loaded at once, about; the next chunk is in memory beside them."""

_BATCH_ROWS = 1 << 16
_ENCODED_ROWS = 1 << 13
"""Rows that are encoded at once: few enough to stay in the processor's cache."""
_NUMBER = "dataset_number"
_FLAGS = {0: False, 1: True}
"""Flags as either database gives them: 1 is True."""

_CODED = pa.dictionary(pa.int32(), pa.string())
_ARROW_TYPES = {
    ColumnKind.CODE: _CODED,
    ColumnKind.TEXT: _CODED,
    ColumnKind.FIGURE: pa.float64(),
    ColumnKind.COUNT: pa.int64(),
    ColumnKind.FLAG: pa.bool_(),
}


class _Chunk(NamedTuple):
    """Rows, the order of their key, and what they come to."""

    rows: pa.RecordBatch
    order: pa.Array
    totals: Totals

    def batches(self, row_count: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows in the order of their key, so many at a time."""
        for start in range(0, len(self.order), row_count):
            yield self.rows.take(self.order.slice(start, row_count))


def dataset_schema(name: str) -> pa.Schema:
    """Return the Arrow schema of a table of `DATASET_TABLES`: text dictionary-coded."""
    kinds = column_kinds(DATASET_TABLES[name])
    return pa.schema([(column, _ARROW_TYPES[kind]) for column, kind in kinds.items()])


def load_rows(
    connection: sa.Connection, table: sa.Table, batches: Iterable[pa.RecordBatch], number: int
) -> Totals:
    """Load a dataset's rows into one table, within the caller's transaction.

    Args:
        connection: The caller's.
        table: A table of `dataset_tables`.
        batches: The rows in any order, their columns those of `dataset_schema`.
        number: The dataset's number.

    Returns:
        What was given: how the database counts it, and the checksum of all rows.

    Raises:
        PublicationError: A column is of another type, or a figure is no number.
    """
    totals, checksum = Totals(), Checksum()
    load = _insert if is_sqlite(connection) else _copy
    with closing(_ahead(_in_key_order(batches, table.name, checksum))) as chunks:
        for chunk in chunks:
            totals = totals.plus(chunk.totals)
            load(connection, table, chunk, number)
    return replace(totals, checksum=checksum.hexdigest())


def _ahead(items: Iterator[_Item]) -> Generator[_Item]:
    """Yield items, each of which is made by a thread while the one before is used."""
    with ThreadPoolExecutor(1) as thread:
        upcoming = thread.submit(next, items, None)
        while (item := upcoming.result()) is not None:
            upcoming = thread.submit(next, items, None)
            yield item


def _in_key_order(
    batches: Iterable[pa.RecordBatch], name: str, checksum: Checksum
) -> Iterator["_Chunk"]:
    """Yield a table's rows chunk by chunk, and add them to the checksum."""
    keys = key_columns(DATASET_TABLES[name])
    for rows in _chunks(batches, dataset_schema(name), keys[0]):
        checksum.add(rows.columns)
        yield _Chunk(rows, _key_order(rows, keys), _totals(rows))


def _totals(rows: pa.RecordBatch) -> Totals:
    """Count as `stored_counts` has the database count."""
    text_bytes, number_sum, figure_sum = 0, 0, 0.0
    for weight, column in enumerate(rows.columns, start=1):
        if column.type == _CODED:
            lengths = pc.binary_length(column.dictionary).take(column.indices)
            text_bytes += weight * (pc.sum(lengths).as_py() or 0)
        elif column.type == pa.float64():
            figure_sum += weight * (pc.sum(pc.abs(column)).as_py() or 0.0)
        else:
            number_sum += weight * (pc.sum(column).as_py() or 0)
    return Totals(rows.num_rows, text_bytes, number_sum, figure_sum, _null_count(rows))


def _null_count(rows: pa.RecordBatch) -> int:
    return sum(int(column.null_count) for column in rows.columns)


def _chunks(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, first_key: str
) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches of about `CHUNK_ROWS`, each column with one dictionary.

    A batch that begins with another first key begins a chunk: batches that come in the order of
    those keys fill the index from one end to the other.
    """
    clean = (_clean(batch, schema) for batch in batches)
    filled = (batch for batch in clean if batch.num_rows)
    for _, alike in groupby(filled, lambda batch: batch.column(first_key)[0].as_py()):
        held: list[pa.RecordBatch] = []
        for batch in alike:
            held.append(batch)
            if sum(each.num_rows for each in held) >= CHUNK_ROWS:
                joined = _joined(held)
                held.clear()
                yield joined
        if held:
            yield _joined(held)


def _clean(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Make sure of a batch's columns, and let no figure be −0, which no decimal is."""
    if batch.schema.names != schema.names:
        raise PublicationError(
            f"The dataset's columns are {', '.join(batch.schema.names)} and should be "
            f"{', '.join(schema.names)}; nothing was changed."
        )
    columns = []
    for column, field in zip(batch.columns, schema, strict=True):
        typed = column if column.type == field.type else column.cast(field.type)
        if field.type == pa.float64():
            if pc.any(pc.invert(pc.is_finite(typed))).as_py():
                raise PublicationError(
                    f"A figure of {field.name} is no number; nothing was changed."
                )
            typed = pc.add(typed, 0.0)
        columns.append(typed)
    return pa.record_batch(columns, schema=schema)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    (joined,) = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()
    return joined


def _key_order(batch: pa.RecordBatch, keys: list[str]) -> pa.Array:
    ranks = [_ranks(batch.column(name)) for name in keys]
    # The last key that NumPy is given is the one that it sorts by first.
    return pa.array(np.lexsort(ranks[::-1]))


def _ranks(column: pa.Array) -> npt.NDArray[np.int64]:
    if not isinstance(column, pa.DictionaryArray):
        numbers: npt.NDArray[np.int64] = column.to_numpy()
        return numbers
    ranks = pc.rank(column.dictionary, sort_keys="ascending").to_numpy().astype(np.int64)
    places: npt.NDArray[np.int64] = ranks[column.indices.to_numpy()]
    return places


def _copy(connection: sa.Connection, table: sa.Table, chunk: _Chunk, number: int) -> None:
    """Copy rows in PostgreSQL's binary format; each chunk is a statement, with its time limit."""
    names = ", ".join([_NUMBER, *chunk.rows.schema.names])
    statement = f"COPY {table.schema}.{table.name} ({names}) FROM STDIN (FORMAT binary)"
    with copying(connection, statement) as copy, closing(_ahead(_binary(chunk, number))) as pieces:
        for piece in pieces:
            copy.write(piece)


def _binary(chunk: _Chunk, number: int) -> Iterator[bytes]:
    """Yield rows in PostgreSQL's binary format, a batch at a time."""
    fields = [
        pa.field(each.name, pa.string()) if each.type == _CODED else each
        for each in chunk.rows.schema
    ]
    schema = pa.schema([pa.field(_NUMBER, pa.int64()), *fields])
    encoder = pgpq.ArrowToPostgresBinaryEncoder(schema)
    yield encoder.write_header()
    for batch in chunk.batches(_ENCODED_ROWS):
        plain = batch.cast(pa.schema(fields))
        numbers = pa.repeat(pa.scalar(number, pa.int64()), plain.num_rows)
        yield encoder.write_batch(pa.record_batch([numbers, *plain.columns], schema=schema))
    yield encoder.finish()


def _insert(connection: sa.Connection, table: sa.Table, chunk: _Chunk, number: int) -> None:
    """Insert rows by one prepared statement."""
    names = ", ".join([_NUMBER, *chunk.rows.schema.names])
    marks = ", ".join(["?"] * chunk.rows.num_columns)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({number:d}, {marks})"  # noqa: S608 - names are the schema's own, and the number is one
    for batch in chunk.batches(_BATCH_ROWS):
        values = (_values(each) for each in batch.columns)
        connection.exec_driver_sql(statement, list(zip(*values, strict=True)))


def _values(column: pa.Array) -> list[object]:
    """Return a column's values; SQLite keeps a NaN, which stands for a null here, as null."""
    if isinstance(column, pa.DictionaryArray):
        known = np.array([*column.dictionary.to_pylist(), None], object)
        return list(known[column.indices.fill_null(len(known) - 1).to_numpy()])
    return list(column.to_numpy(zero_copy_only=False).tolist())


def stored_batches(
    connection: sa.Connection, table: sa.Table, number: int
) -> Iterator[pa.RecordBatch]:
    """Yield a dataset's rows as they are stored, in any order, as `dataset_schema` has them.

    Raises:
        ValueError: A cell holds what its column cannot, as SQLite lets it; also as TypeError or
            LookupError.
    """
    schema = dataset_schema(table.name)
    # Column types would turn what is wrong into what is right.
    raw = [sa.type_coerce(table.c[name], sa.types.NullType()) for name in schema.names]
    query = sa.select(*raw).where(table.c.dataset_number == number)
    with connection.execute(query.execution_options(yield_per=_BATCH_ROWS)) as rows:
        for part in rows.partitions():
            columns = zip(*part, strict=True)
            yield pa.record_batch(
                [_column(values, field) for values, field in zip(columns, schema, strict=True)],
                schema=schema,
            )


def _column(values: tuple[Any, ...], field: pa.Field) -> pa.Array:
    if field.type == _CODED:
        return pa.array(values, pa.string()).dictionary_encode()
    if field.type == pa.bool_():
        return pa.array([_FLAGS[value] for value in values], pa.bool_())
    return pa.array(values, field.type)
