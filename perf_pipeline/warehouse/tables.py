"""The database's tables, made from the schemas, and the views that readers have of them.

A reporting table is kept as `<name>_versions`: every row of every publication, by publication.
PostgreSQL holds the tables in schema `core` and the views in schema `reporting`; SQLite, which
has no schemas, holds both side by side, so no table has a view's name.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from perf_pipeline.schemas import (
    REPORTING_TABLES,
    STAR_TABLES,
    WITHHELD_TABLES,
    ColumnKind,
    Table,
    key_columns,
)
from perf_pipeline.warehouse.columns import (
    CORE,
    REPORTING,
    TIMESTAMP,
    column,
    first_line,
    metadata,
    model_columns,
    publication_key,
    quarter_column,
    views,
)
from perf_pipeline.warehouse.dataset_tables import KEPT_BY_DATASET, detail_views
from perf_pipeline.warehouse.life_tables import (
    NEVER_CHANGED,
    change_columns,
    publication_columns,
    publication_versions,
    signature_columns,
)

__all__ = [
    "CORE",
    "REPORTING",
    "append_only_tables",
    "data_dictionary_entries",
    "detail_views",
    "dictionary_rows",
    "first_line",
    "metadata",
    "reporting_views",
    "version_tables",
    "withheld_tables",
]


_SPINED = frozenset({"dim_quarter", "kpi_trend"})
"""Views that have quarters without a publication too."""


def _dictionary_columns() -> list[sa.Column[Any]]:
    return [
        column("table_name", ColumnKind.CODE, "Table.", width=63),
        column("column_name", ColumnKind.CODE, "Column.", width=63),
        column("column_order", ColumnKind.COUNT, "Place in the table, 1 first."),
        column("kind_code", ColumnKind.CODE, "What it holds: code, text, figure, …", width=20),
        column("type_text", ColumnKind.CODE, "Its type in PostgreSQL.", width=60),
        column("description_text", ColumnKind.TEXT, "What it means."),
    ]


data_dictionary_entries = sa.Table(
    "data_dictionary_entries",
    metadata,
    *_dictionary_columns(),
    sa.PrimaryKeyConstraint("table_name", "column_name"),
    comment="What every column of the reporting tables means.",
)


def _versions(name: str, model: type[Table]) -> sa.Table:
    return sa.Table(
        f"{name}_versions",
        metadata,
        *model_columns(model),
        publication_key(),
        sa.PrimaryKeyConstraint("publication_id", *key_columns(model)),
        sa.ForeignKeyConstraint(["publication_id"], [publication_versions.c.publication_id]),
        comment=f"{first_line(model)} All publications.",
    )


version_tables: Mapping[str, sa.Table] = {
    name: _versions(name, model) for name, model in REPORTING_TABLES.items()
}
"""The table of all versions of each reporting table, by the reporting table's name."""


def _withheld(name: str, model: type[Table]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        *model_columns(model),
        publication_key(),
        column("draft_number", ColumnKind.COUNT, "The quarter's draft that withholds it."),
        sa.PrimaryKeyConstraint("publication_id", "draft_number", *key_columns(model)),
        sa.ForeignKeyConstraint(["publication_id"], [publication_versions.c.publication_id]),
        comment=first_line(model),
    )


withheld_tables: Mapping[str, sa.Table] = {
    name: _withheld(name, model) for name, model in WITHHELD_TABLES.items()
}
"""What drafts withhold from readers, by name; no view reads it."""

append_only_tables = (
    *NEVER_CHANGED,
    *version_tables.values(),
    *withheld_tables.values(),
    *KEPT_BY_DATASET,
)
"""Tables whose rows are never changed and never deleted."""


def _release_columns() -> list[sa.Column[Any]]:
    return [
        column("move_number", ColumnKind.COUNT, "The quarter's release, 1 first."),
        column("version_number", ColumnKind.COUNT, "The quarter's version, 1 first."),
        column("visible_from", TIMESTAMP, "When readers began to see it, UTC."),
        column(
            "visible_to",
            TIMESTAMP,
            "When readers ceased to see it, UTC; null while they do.",
            nullable=True,
        ),
    ]


def _view(name: str, model: type[Table]) -> sa.Table:
    key = publication_key(nullable=name in _SPINED)
    return sa.Table(name, views, *model_columns(model), key, comment=first_line(model))


def _history(name: str, model: type[Table]) -> sa.Table:
    return sa.Table(
        f"{name}_history",
        views,
        *model_columns(model),
        publication_key(),
        *_release_columns(),
        comment=f"{first_line(model)} As released, with the time in which each was in view.",
    )


def _life_view(name: str, comment: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(name, views, *columns, comment=comment)


reporting_views: Mapping[str, sa.Table] = {
    **{name: _view(name, model) for name, model in REPORTING_TABLES.items()},
    **{name: _view(name, model) for name, model in STAR_TABLES.items()},
    **{f"{name}_history": _history(name, model) for name, model in REPORTING_TABLES.items()},
    "publications": _life_view(
        "publications",
        "Every publication, those that readers see and each quarter's last draft marked.",
        *publication_columns(),
        column("is_current", ColumnKind.FLAG, "True for the one that readers see."),
        column("is_draft", ColumnKind.FLAG, "True for the one that the quarter's last run made."),
    ),
    "publication_releases": _life_view(
        "publication_releases",
        "Which publication readers saw, from when to when.",
        quarter_column(),
        publication_key(),
        *_release_columns(),
    ),
    "publication_changes": _life_view(
        "publication_changes",
        "What each release changed, cell by cell, of what readers saw before it.",
        quarter_column(),
        *change_columns(),
    ),
    "sign_offs": _life_view(
        "sign_offs",
        "Which roles have signed which draft.",
        quarter_column(),
        *signature_columns(),
        column("is_valid", ColumnKind.FLAG, "False once the quarter has another draft."),
    ),
    "data_dictionary": _life_view(
        "data_dictionary", "What every column of these tables means.", *_dictionary_columns()
    ),
}
"""What readers see, by name."""


def dictionary_rows() -> list[dict[str, Any]]:
    """Return the rows of `data_dictionary`, from the same descriptions as everything else."""
    dialect = make_url("postgresql+psycopg://").get_dialect()()
    return [
        {
            "table_name": name,
            "column_name": declared.name,
            "column_order": order,
            "kind_code": declared.info["kind"],
            "type_text": declared.type.compile(dialect).lower(),
            "description_text": declared.comment,
        }
        for name, view in reporting_views.items()
        for order, declared in enumerate(view.columns, start=1)
    ]
