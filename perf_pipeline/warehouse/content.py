"""Frames as database rows, rows as frames, and the digest that tells one content from another."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa
from pandas.api.types import pandas_dtype

from perf_pipeline.schemas import (
    REPORTING_TABLES,
    WITHHELD_TABLES,
    ColumnKind,
    Table,
    column_kinds,
)

_DTYPES: Mapping[str, Any] = {
    ColumnKind.CODE: pandas_dtype("str"),
    ColumnKind.TEXT: pandas_dtype("str"),
    ColumnKind.DATE: pandas_dtype("str"),
    ColumnKind.FIGURE: pandas_dtype("float64"),
    ColumnKind.COUNT: pandas_dtype("Int64"),
    ColumnKind.FLAG: pandas_dtype("bool"),
    "timestamp": pandas_dtype("datetime64[us, UTC]"),
}


Row = tuple[Any, ...]
Layout = Mapping[str, Sequence[str]]


def table_rows(frame: pd.DataFrame, model: type[Table]) -> list[Row]:
    """Return a frame's rows as plain values in the schema's column order; missing is None.

    -0.0 becomes 0.0, since no table, reader or decimal tells them apart.
    """
    return kind_rows(frame, column_kinds(model))


def kind_rows(frame: pd.DataFrame, kinds: Mapping[str, str]) -> list[Row]:
    """Return the same of columns by their kinds."""
    return list(zip(*(_values(frame[name], kind) for name, kind in kinds.items()), strict=True))


def _values(column: pd.Series, kind: str) -> list[Any]:
    typed = column if column.dtype == _DTYPES[kind] else column.astype(_DTYPES[kind])
    plain = typed.to_numpy() + 0.0 if kind == ColumnKind.FIGURE else typed
    return [
        None if is_missing else value
        for value, is_missing in zip(plain.tolist(), typed.array.isna().tolist(), strict=True)
    ]


def rows_frame(rows: Iterable[Sequence[Any]], columns: Iterable[sa.Column[Any]]) -> pd.DataFrame:
    """Return a query's rows as a frame with the dtypes of their columns' kinds."""
    kinds = {column.name: column.info["kind"] for column in columns}
    by_row = [tuple(row) for row in rows]
    by_column = zip(*by_row, strict=True) if by_row else ((),) * len(kinds)
    return pd.DataFrame(
        {
            name: pd.array(list(values), dtype=_DTYPES[kind])
            for (name, kind), values in zip(kinds.items(), by_column, strict=True)
        }
    )


def content_rows(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Row]]:
    """Return the rows of every reporting table, by name, as `table_rows` gives them."""
    return {name: table_rows(tables[name], model) for name, model in REPORTING_TABLES.items()}


def withheld_rows(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Row]]:
    """Return the rows of the tables of `WITHHELD_TABLES` that are given, likewise."""
    return {name: table_rows(frame, WITHHELD_TABLES[name]) for name, frame in tables.items()}


def content_digest(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the SHA-256 digest, in hexadecimal, of the content of the reporting tables.

    It covers names, columns and rows of every table of `REPORTING_TABLES`, in that order. Rows
    stand in the order of their own canonical text, so neither row order nor a database's
    collation matters. A figure is its shortest decimal; a null is not an empty text. Columns that
    are not the schema's, such as `publication_id`, are left out.

    Raises:
        KeyError: A table or a column is missing.
    """
    return rows_digest(content_rows(tables))


def rows_digest(rows: Mapping[str, list[Row]]) -> str:
    """Return the same digest, from rows as `content_rows` gives them."""
    return layout_digest(current_layout(), rows)


def layout_digest(layout: Layout, rows: Mapping[str, list[Row]]) -> str:
    """Return the digest that a publication of a layout has.

    Args:
        layout: Tables and their columns, in the order in which they are digested.
        rows: Rows of each table, in the order of its columns.
    """
    digest = hashlib.sha256()
    for name, columns in layout.items():
        lines = sorted(_canonical(row) for row in rows[name])
        heading = _canonical([name, list(columns)])
        digest.update("".join(f"{line}\n" for line in [heading, *lines]).encode("ascii"))
    return digest.hexdigest()


def current_layout() -> Layout:
    """Return the tables and columns that this code publishes."""
    return {name: list(column_kinds(model)) for name, model in REPORTING_TABLES.items()}


def layout_rows(layout: Layout) -> list[Row]:
    """Return a layout as rows: each column's table, with its place, and its own place in it."""
    return [
        (table_order, table, order, column)
        for table_order, (table, columns) in enumerate(layout.items(), start=1)
        for order, column in enumerate(columns, start=1)
    ]


def layout_sha256(layout: Layout) -> str:
    """Return what tells one layout from another."""
    return hashlib.sha256(_canonical(list(layout.items())).encode("ascii")).hexdigest()


def _canonical(value: Sequence[Any]) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
