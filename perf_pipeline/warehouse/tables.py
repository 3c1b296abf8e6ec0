"""The database's tables, made from the schemas, and the views that readers have of them.

A reporting table is kept as `<name>_versions`: every row of every publication, by publication.
PostgreSQL holds the tables in schema `core` and the views in schema `reporting`; SQLite, which
has no schemas, holds both side by side, so no table has a view's name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind, Table, column_kinds, key_columns
from perf_pipeline.warehouse.column_types import Figure, IsoDate, UtcTimestamp

CORE = "core"
REPORTING = "reporting"

_PUBLICATION = "Publication: the SHA-256 digest of the content of all tables of the quarter."
_WHOLE_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TYPES: Mapping[str, Any] = {
    ColumnKind.TEXT: sa.Text(),
    ColumnKind.FIGURE: Figure(),
    ColumnKind.COUNT: _WHOLE_NUMBER,
    ColumnKind.FLAG: sa.Boolean(),
    ColumnKind.DATE: IsoDate(),
    "timestamp": UtcTimestamp(),
}
_NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
}

metadata = sa.MetaData(schema=CORE, naming_convention=_NAMES)
views = sa.MetaData(schema=REPORTING)


def _column(name: str, kind: str, description: str, **options: Any) -> sa.Column[Any]:
    width = options.pop("width", None)
    column_type = sa.String(width) if kind == ColumnKind.CODE else _TYPES[kind]
    options.setdefault("nullable", False)
    return sa.Column(name, column_type, comment=description, info={"kind": str(kind)}, **options)


def _model_columns(model: type[Table]) -> Iterator[sa.Column[Any]]:
    schema_columns = model.to_schema().columns
    for name, kind in column_kinds(model).items():
        column = schema_columns[name]
        yield _column(
            name,
            kind,
            column.description,
            nullable=column.nullable,
            width=column.metadata.get("max_length"),
        )


def _publication_key(name: str = "publication_id") -> sa.Column[Any]:
    return _column(name, ColumnKind.CODE, _PUBLICATION, width=64)


def _publication_columns() -> list[sa.Column[Any]]:
    return [
        _publication_key(),
        _column("quarter_key", ColumnKind.CODE, "Quarter.", width=10),
        _column("version_number", ColumnKind.COUNT, "1 is the quarter's first publication."),
        _column("created_at", "timestamp", "When it was written, UTC; versions order, not times."),
        _column("council_name", ColumnKind.CODE, "The council.", width=120),
        _column("council_sha256", ColumnKind.CODE, "SHA-256 of the council folder.", width=64),
        _column("code_version", ColumnKind.CODE, "Version of the code that wrote it.", width=120),
        _column("run_id", ColumnKind.CODE, "Run that wrote it.", width=120),
        _column("row_count", ColumnKind.COUNT, "Rows in all its tables together."),
    ]


def _dictionary_columns() -> list[sa.Column[Any]]:
    return [
        _column("table_name", ColumnKind.CODE, "Table.", width=63),
        _column("column_name", ColumnKind.CODE, "Column.", width=63),
        _column("column_order", ColumnKind.COUNT, "Place in the table, 1 first."),
        _column("kind_code", ColumnKind.CODE, "What it holds: code, text, figure, …", width=20),
        _column("type_text", ColumnKind.CODE, "Its type in PostgreSQL.", width=60),
        _column("description_text", ColumnKind.TEXT, "What it means."),
    ]


publication_versions = sa.Table(
    "publication_versions",
    metadata,
    *_publication_columns(),
    sa.PrimaryKeyConstraint("publication_id"),
    sa.UniqueConstraint("quarter_key", "version_number"),
    comment="Every publication there ever was; never changed.",
)

publication_moves = sa.Table(
    "publication_moves",
    metadata,
    _column("quarter_key", ColumnKind.CODE, "Quarter.", width=10),
    _column("move_number", ColumnKind.COUNT, "1 is the quarter's first move."),
    _publication_key(),
    _column("moved_at", "timestamp", "When readers began to see it, UTC."),
    _column("run_id", ColumnKind.CODE, "Run that moved the pointer.", width=120),
    sa.PrimaryKeyConstraint("quarter_key", "move_number"),
    sa.ForeignKeyConstraint(["publication_id"], [publication_versions.c.publication_id]),
    comment="Every release: which publication readers saw, from when; never changed.",
)

current_publications = sa.Table(
    "current_publications",
    metadata,
    _column("quarter_key", ColumnKind.CODE, "Quarter.", width=10),
    _publication_key(),
    _column("move_number", ColumnKind.COUNT, "The move that brought it into view."),
    sa.PrimaryKeyConstraint("quarter_key"),
    sa.ForeignKeyConstraint(["publication_id"], [publication_versions.c.publication_id]),
    sa.ForeignKeyConstraint(
        ["quarter_key", "move_number"],
        [publication_moves.c.quarter_key, publication_moves.c.move_number],
    ),
    comment="The pointer: the publication of each quarter that readers see.",
)

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
        *_model_columns(model),
        _publication_key(),
        sa.PrimaryKeyConstraint("publication_id", *key_columns(model)),
        sa.ForeignKeyConstraint(["publication_id"], [publication_versions.c.publication_id]),
        comment=f"{first_line(model)} All publications.",
    )


def first_line(model: type[Table]) -> str:
    """Return a schema's docstring's first line: what its table is."""
    return str(model.__doc__).strip().splitlines()[0]


version_tables: Mapping[str, sa.Table] = {
    name: _versions(name, model) for name, model in REPORTING_TABLES.items()
}
"""The table of all versions of each reporting table, by the reporting table's name."""

reporting_views: Mapping[str, sa.Table] = {
    **{
        name: sa.Table(
            name, views, *_model_columns(model), _publication_key(), comment=first_line(model)
        )
        for name, model in REPORTING_TABLES.items()
    },
    "publications": sa.Table(
        "publications",
        views,
        *_publication_columns(),
        _column("is_current", ColumnKind.FLAG, "True for the one that readers see."),
        comment="Every publication, those that readers see marked.",
    ),
    "data_dictionary": sa.Table(
        "data_dictionary",
        views,
        *_dictionary_columns(),
        comment="What every column of these tables means.",
    ),
}
"""What readers see, by name."""


def dictionary_rows() -> list[dict[str, Any]]:
    """Return the rows of `data_dictionary`, from the same descriptions as everything else."""
    dialect = make_url("postgresql+psycopg://").get_dialect()()
    return [
        {
            "table_name": name,
            "column_name": column.name,
            "column_order": order,
            "kind_code": column.info["kind"],
            "type_text": column.type.compile(dialect).lower(),
            "description_text": column.comment,
        }
        for name, view in reporting_views.items()
        for order, column in enumerate(view.columns, start=1)
    ]
