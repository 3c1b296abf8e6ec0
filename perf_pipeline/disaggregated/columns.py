"""Arrow columns of the disaggregated tables: their types, by the tables' own schemas."""

import pyarrow as pa

from perf_pipeline.schemas import column_kinds
from perf_pipeline.schemas.columns import ColumnKind, Table

TEXT = pa.dictionary(pa.int32(), pa.string())
"""Text: each row the number of its text, so that a text is kept once a batch."""

_TYPES = {
    ColumnKind.FIGURE: pa.float64(),
    ColumnKind.COUNT: pa.int64(),
    ColumnKind.FLAG: pa.bool_(),
}


def columns_of(model: type[Table]) -> list[str]:
    """Return the columns of a table, in order."""
    return list(column_kinds(model))


def arrow_schema(model: type[Table]) -> pa.Schema:
    """Return the Arrow types of a table's columns: text is dictionary-coded."""
    kinds = column_kinds(model)
    return pa.schema([(name, _TYPES.get(kind, TEXT)) for name, kind in kinds.items()])


def as_rows(table: pa.Table, model: type[Table]) -> pa.Table:
    """Return the columns of a table in its order and types.

    Raises:
        KeyError: A column is missing.
        pyarrow.ArrowInvalid: A column is of a type that cannot be its own.
    """
    schema = arrow_schema(model)
    columns = [
        as_text(table[each.name]) if each.type == TEXT else table[each.name].cast(each.type)
        for each in schema
    ]
    return pa.table(columns, schema=schema)


def same_text(text: str, count: int) -> pa.DictionaryArray:
    """Return a column whose rows all hold one text."""
    codes = pa.repeat(pa.scalar(0, pa.int32()), count)
    return pa.DictionaryArray.from_arrays(codes, pa.array([text], pa.string()))


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a text column dictionary-coded, with one dictionary."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return column.cast(TEXT).unify_dictionaries()


def as_plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column with its texts written out in each row."""
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
