"""What readers see of the database, as plain values: views, their columns, keys and references.

The warehouse declares the views; the documents and the check of compatibility are given these.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from perf_pipeline.schemas import REPORTING_TABLES, STAR_TABLES, Table

HISTORY_SUFFIX = "_history"
"""Ends the name of a view that shows every release of a table, not the last alone."""

STAR_REFERENCES: Mapping[str, Mapping[str, str]] = {
    "dim_directorate": {"quarter_key": "dim_quarter"},
    "dim_service": {"quarter_key": "dim_quarter", "directorate_key": "dim_directorate"},
    "dim_kpi": {
        "quarter_key": "dim_quarter",
        "directorate_key": "dim_directorate",
        "service_key": "dim_service",
    },
    "fact_outturn": {
        "quarter_key": "dim_quarter",
        "directorate_key": "dim_directorate",
        "service_key": "dim_service",
        "kpi_key": "dim_kpi",
    },
    "kpi_trend": {"quarter_key": "dim_quarter"},
}
"""Which column of a view of the star schema names a row of which dimension, by its own key."""


@dataclass(frozen=True)
class ViewColumn:
    """One column that readers see.

    Attributes:
        name: Its name.
        kind: What it holds: a `ColumnKind`, or `timestamp`.
        type_text: Its type in PostgreSQL.
        description: What it means.
        width: Most characters of a code; None for the other kinds.
        is_nullable: Whether it may be null.
    """

    name: str
    kind: str
    type_text: str
    description: str
    width: int | None = None
    is_nullable: bool = False


@dataclass(frozen=True)
class View:
    """One view that readers see.

    Attributes:
        name: Its name, in schema `reporting` on PostgreSQL.
        description: What it shows.
        keys: Columns that together tell its rows apart.
        columns: Its columns, in order.
    """

    name: str
    description: str
    keys: tuple[str, ...]
    columns: tuple[ViewColumn, ...]


def view_model(view: str) -> type[Table] | None:
    """Return the schema that a view's columns are of, None for a view of publications' lives."""
    table = view.removesuffix(HISTORY_SUFFIX)
    return {**REPORTING_TABLES, **STAR_TABLES}.get(table)
