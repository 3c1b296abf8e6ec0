"""Disaggregated returns: their account and counts by publication, their rows by dataset.

Revision 0007. The publications that are there have none: there were no such returns.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SCHEMA = "core"
WHOLE_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIGURE: Any = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    """Make the tables; the caller's transaction does all."""
    _make_version_tables()
    _make_datasets()
    _make_outturns()
    _make_rejections()


def _make_version_tables() -> None:
    _make_versions(
        "disaggregated_returns_versions",
        _code("quarter_key", 10),
        _code("source_code", 40),
        _code("dataset_sha256", 64, null=True),
        *(_count(name) for name in ("file_count", "read_count", "accepted_count")),
        *(_count(name) for name in ("rejected_count", "blank_count", "counted_count")),
        keys=("quarter_key", "source_code"),
    )
    ratings = ("outturn_count", "green_count", "amber_count", "red_count", "not_rated_count")
    _make_versions(
        "disaggregated_summary_versions",
        _code("quarter_key", 10),
        _code("source_code", 40),
        _code("figure_quarter_key", 10),
        _code("kpi_ref", 24),
        *(_count(name) for name in ratings),
        *(_count(name) for name in ("improved_count", "maintained_count", "declined_count")),
        keys=("quarter_key", "source_code", "figure_quarter_key", "kpi_ref"),
    )


def _make_versions(name: str, *columns: sa.Column[Any], keys: tuple[str, ...]) -> None:
    op.create_table(
        name,
        *columns,
        _code("publication_id", 64),
        sa.PrimaryKeyConstraint("publication_id", *keys, name=f"{name}_pkey"),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["core.publication_versions.publication_id"],
            name=f"{name}_publication_id_fkey",
        ),
        schema=SCHEMA,
    )


def _make_datasets() -> None:
    op.create_table(
        "disaggregated_datasets",
        _code("dataset_sha256", 64),
        _count("dataset_number"),
        _count("outturn_count"),
        _count("rejection_count"),
        _code("outturns_checksum", 32),
        _code("rejections_checksum", 32),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _code("code_version", 120),
        _code("run_id", 120),
        sa.PrimaryKeyConstraint("dataset_sha256", name="disaggregated_datasets_pkey"),
        sa.UniqueConstraint("dataset_number", name="disaggregated_datasets_dataset_number_key"),
        schema=SCHEMA,
    )


def _make_outturns() -> None:
    keys = {
        "quarter_key": 10,
        "kpi_ref": 24,
        "area_code": 30,
        "breakdown_type_code": 30,
        "breakdown_category_code": 30,
    }
    op.create_table(
        "disaggregated_outturns",
        _count("dataset_number"),
        *(_key(name, width) for name, width in keys.items()),
        _code("outturn_status_code", 20),
        *(_figure(name) for name in ("outturn_value", "numerator_value", "denominator_value")),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        _code("rag_code", 10, null=True),
        _code("not_rated_reason_code", 20, null=True),
        _figure("previous_value"),
        _code("previous_direction_code", 20),
        _figure("last_year_value"),
        _code("last_year_direction_code", 20),
        sa.Column("commentary_text", sa.Text(), nullable=True),
        _code("source_code", 40),
        _code("file_sha256", 64),
        _count("row_number"),
        sa.PrimaryKeyConstraint("dataset_number", *keys, name="disaggregated_outturns_pkey"),
        schema=SCHEMA,
    )


def _make_rejections() -> None:
    op.create_table(
        "disaggregated_rejections",
        _count("dataset_number"),
        _code("source_code", 40),
        _code("file_name", 255),
        _key("file_sha256", 64),
        _count("row_number"),
        _code("outcome_reason_code", 255),
        sa.Column("outcome_text", sa.Text(), nullable=False),
        sa.Column("row_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "dataset_number", "file_sha256", "row_number", name="disaggregated_rejections_pkey"
        ),
        schema=SCHEMA,
    )


def _code(name: str, width: int, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(width), nullable=null)


def _key(name: str, width: int) -> sa.Column[Any]:
    """Declare a key that is ordered by its bytes, as SQLite orders all text."""
    ordered = sa.String(width, collation="C").with_variant(sa.String(width), "sqlite")
    return sa.Column(name, ordered, nullable=False)


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, WHOLE_NUMBER, nullable=False)


def _figure(name: str) -> sa.Column[Any]:
    return sa.Column(name, FIGURE, nullable=True)
