"""The tables of disaggregated returns' rows, kept once a dataset, and the views that show them.

A dataset is known by the digest of its rows, which the publications that have it name. Readers of
`reporting` see its counts. The rows are small numbers: the views of schema `detail`, which have a
role of their own, show those of the publications in view. SQLite has neither roles nor schemas,
and its views of them are named `detail_…`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from perf_pipeline.schemas import DATASET_TABLES, ColumnKind, Table, key_columns
from perf_pipeline.warehouse.columns import (
    DETAIL,
    TIMESTAMP,
    column,
    first_line,
    metadata,
    model_columns,
    publication_key,
    quarter_column,
)

_FIGURE: Any = sa.Double().with_variant(sa.REAL(), "sqlite")


def _number_column() -> sa.Column[Any]:
    return column("dataset_number", ColumnKind.COUNT, "The first 60 bits of the dataset's digest.")


disaggregated_datasets = sa.Table(
    "disaggregated_datasets",
    metadata,
    column("dataset_sha256", ColumnKind.CODE, "Digest of the dataset's rows.", width=64),
    _number_column(),
    column("outturn_count", ColumnKind.COUNT, "Rows in `disaggregated_outturns`."),
    column("rejection_count", ColumnKind.COUNT, "Rows in `disaggregated_rejections`."),
    column("outturns_checksum", ColumnKind.CODE, "Checksum of those rows.", width=32),
    column("rejections_checksum", ColumnKind.CODE, "Checksum of those rows.", width=32),
    column("created_at", TIMESTAMP, "When it was stored, UTC."),
    column("code_version", ColumnKind.CODE, "Version of the code that stored it.", width=120),
    column("run_id", ColumnKind.CODE, "Run that stored it.", width=120),
    sa.PrimaryKeyConstraint("dataset_sha256"),
    sa.UniqueConstraint("dataset_number"),
    comment="Every dataset of disaggregated rows there ever was; never changed.",
)


def dataset_columns(model: type[Table]) -> Iterator[sa.Column[Any]]:
    """Declare the columns of a schema of `DATASET_TABLES`, as millions of rows are kept.

    A figure is a `double precision`, which prints as the shortest decimal that it denotes. Keys are
    ordered by their bytes: a database's own collation takes several times as long.
    """
    keys = key_columns(model)
    for each in model_columns(model):
        if each.info["kind"] == ColumnKind.FIGURE:
            each.type = _FIGURE
        elif each.name in keys and isinstance(each.type, sa.String):
            width = each.type.length
            each.type = sa.String(width, collation="C").with_variant(sa.String(width), "sqlite")
        yield each


def _rows(name: str, model: type[Table]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        _number_column(),
        *dataset_columns(model),
        sa.PrimaryKeyConstraint("dataset_number", *key_columns(model)),
        comment=f"{first_line(model)} By dataset.",
    )


dataset_tables: Mapping[str, sa.Table] = {
    name: _rows(name, model) for name, model in DATASET_TABLES.items()
}
"""The rows of datasets, by the names of `DATASET_TABLES`.

They have no foreign key, which would look the dataset up for each of millions of rows: `verify`
finds rows of a dataset that is not there.
"""

KEPT_BY_DATASET = (disaggregated_datasets, *dataset_tables.values())
"""Tables that nobody may update or delete from."""

_details = sa.MetaData(schema=DETAIL)


def _detail(name: str, model: type[Table]) -> sa.Table:
    """Declare a view: the return's quarter, and the figure's, are named as they are elsewhere."""
    own = list(model_columns(model))
    for each in (each for each in own if each.info["kind"] == ColumnKind.FIGURE):
        each.type = _FIGURE
    for each in (each for each in own if each.name == "quarter_key"):
        each.name = each.key = "figure_quarter_key"
    comment = f"{first_line(model)} Publications in view."
    return sa.Table(name, _details, quarter_column(), *own, publication_key(), comment=comment)


detail_views: Mapping[str, sa.Table] = {
    name: _detail(name, model) for name, model in DATASET_TABLES.items()
}
"""What those who may see rows are shown, by name."""
