"""How columns and tables of the database are declared, from schemas and by hand."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from perf_pipeline.schemas import ColumnKind, Table, column_kinds
from perf_pipeline.warehouse.column_types import Figure, IsoDate, UtcTimestamp

CORE = "core"
REPORTING = "reporting"
DETAIL = "detail"
TIMESTAMP = "timestamp"

_PUBLICATION = "Publication: the SHA-256 digest of the content of all tables of the quarter."
_WHOLE_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TYPES: Mapping[str, Any] = {
    ColumnKind.TEXT: sa.Text(),
    ColumnKind.FIGURE: Figure(),
    ColumnKind.COUNT: _WHOLE_NUMBER,
    ColumnKind.FLAG: sa.Boolean(),
    ColumnKind.DATE: IsoDate(),
    TIMESTAMP: UtcTimestamp(),
}
_NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
}

metadata = sa.MetaData(schema=CORE, naming_convention=_NAMES)
views = sa.MetaData(schema=REPORTING)


def column(name: str, kind: str, description: str, **options: Any) -> sa.Column[Any]:
    """Declare a column of a kind; `width` is a code's, `nullable` is False unless given."""
    width = options.pop("width", None)
    column_type = sa.String(width) if kind == ColumnKind.CODE else _TYPES[kind]
    options.setdefault("nullable", False)
    return sa.Column(name, column_type, comment=description, info={"kind": str(kind)}, **options)


def model_columns(model: type[Table]) -> Iterator[sa.Column[Any]]:
    """Declare the columns of a schema."""
    schema_columns = model.to_schema().columns
    for name, kind in column_kinds(model).items():
        declared = schema_columns[name]
        yield column(
            name,
            kind,
            declared.description,
            nullable=declared.nullable,
            width=declared.metadata.get("max_length"),
        )


def publication_key(name: str = "publication_id", **options: Any) -> sa.Column[Any]:
    """Declare the column that says which publication a row belongs to."""
    return column(name, ColumnKind.CODE, _PUBLICATION, width=64, **options)


def quarter_column() -> sa.Column[Any]:
    """Declare a quarter's key."""
    return column("quarter_key", ColumnKind.CODE, "Quarter.", width=10)


def first_line(model: type[Table]) -> str:
    """Return a schema's docstring's first line: what its table is."""
    return str(model.__doc__).strip().splitlines()[0]
