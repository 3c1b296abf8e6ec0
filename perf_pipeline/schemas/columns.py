"""How a column is declared: its kind, width and description, once, for every reader of a schema.

The kind decides the column's SQL type and how it is printed; the description feeds the Dagster
UI, the `data_dictionary` table and `docs/tables.md`.
"""

import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import pandera.pandas as pa
from pandera.typing import get_index_types

from perf_pipeline.quarters import QUARTER_KEY_PATTERN


def _look_for_frames_of_pandas_alone() -> None:
    """Let pandera find out once which libraries' frames there are, without importing Dask's.

    No schema here is of them, and where Dask is installed they take a second to import.
    """
    if "dask" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules["dask"] = None  # An import of it fails, as where it is not installed.
    try:
        get_index_types()
    finally:
        del modules["dask"]


_look_for_frames_of_pandas_alone()


class ColumnKind(StrEnum):
    """What a column holds."""

    CODE = "code"
    TEXT = "text"
    FIGURE = "figure"
    COUNT = "count"
    FLAG = "flag"
    DATE = "date"


class Table(pa.DataFrameModel):
    """Base of every schema: strict, ordered, and never coercing (`1.5` must not become `1`)."""

    class Config:
        """Pandera's settings."""

        strict = True
        ordered = True
        coerce = False


def code(
    description: str,
    max_length: int,
    *,
    isin: Iterable[str] | None = None,
    nullable: bool = False,
    unique: bool = False,
    matches: str | None = None,
) -> Any:
    """Declare a key, code, name or label: text of bounded width (`varchar(n)`)."""
    return pa.Field(
        description=description,
        nullable=nullable,
        unique=unique,
        isin=None if isin is None else [str(item) for item in isin],
        str_matches=matches,
        str_length={"max_value": max_length},
        metadata={"kind": ColumnKind.CODE, "max_length": max_length},
    )


def quarter(description: str, *, nullable: bool = False) -> Any:
    """Declare a quarter key, `2023-24-Q1`."""
    return code(description, 10, nullable=nullable, matches=QUARTER_KEY_PATTERN)


def text(description: str, *, nullable: bool = True) -> Any:
    """Declare free text of any length."""
    return pa.Field(description=description, nullable=nullable, metadata={"kind": ColumnKind.TEXT})


def figure(description: str, *, nullable: bool = True) -> Any:
    """Declare a figure: a float whose meaning is the shortest decimal that denotes it."""
    return pa.Field(
        description=description,
        nullable=nullable,
        metadata={"kind": ColumnKind.FIGURE},
    )


def count(description: str, *, nullable: bool = False) -> Any:
    """Declare a whole number, zero or more (`Int64`, so that none is null and not 0)."""
    return pa.Field(
        description=description,
        nullable=nullable,
        ge=0,
        metadata={"kind": ColumnKind.COUNT},
    )


def flag(description: str) -> Any:
    """Declare a yes or no."""
    return pa.Field(description=description, metadata={"kind": ColumnKind.FLAG})


def date(description: str, *, nullable: bool = False) -> Any:
    """Declare a date, held in frames as ISO text and in databases as a date."""
    return pa.Field(
        description=description,
        nullable=nullable,
        str_matches=r"^\d{4}-\d\d-\d\d$",
        metadata={"kind": ColumnKind.DATE},
    )
