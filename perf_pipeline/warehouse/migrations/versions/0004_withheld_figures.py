"""Small numbers that publications withhold from readers.

Revision 0004. The publications that are there withhold nothing: they were made before anything was.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SCHEMA = "core"


def upgrade() -> None:
    """Make the tables; the caller's transaction does all."""
    _table(
        "withheld_figures",
        _code("quarter_key", 10),
        _code("kpi_ref", 24),
        _code("breakdown_type_code", 30),
        _code("breakdown_category_code", 30),
        _code("outturn_status_code", 20),
        _figure("outturn_value"),
        _figure("numerator_value"),
        _figure("denominator_value"),
        sa.Column("raw_value_text", sa.Text(), nullable=True),
        sa.Column("commentary_text", sa.Text(), nullable=True),
        sa.Column("action_text", sa.Text(), nullable=True),
        _code("source_code", 40),
        _code("row_id", 120),
        key=["quarter_key", "kpi_ref", "breakdown_type_code", "breakdown_category_code"],
    )
    _table(
        "withheld_rows",
        _code("quarter_key", 10),
        _code("row_id", 120),
        _code("source_code", 40),
        sa.Column("outcome_text", sa.Text(), nullable=False),
        sa.Column("row_text", sa.Text(), nullable=False),
        key=["quarter_key", "row_id"],
    )
    _table(
        "withheld_files",
        _code("quarter_key", 10),
        _code("source_code", 40),
        _code("file_sha256", 64),
        key=["quarter_key", "source_code"],
    )


def _table(name: str, *columns: sa.Column[Any], key: Sequence[str]) -> None:
    op.create_table(
        name,
        *columns,
        _code("publication_id", 64),
        sa.Column(
            "draft_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("publication_id", "draft_number", *key, name=f"{name}_pkey"),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["core.publication_versions.publication_id"],
            name=f"{name}_publication_id_fkey",
        ),
        schema=SCHEMA,
    )


def _code(name: str, width: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(width), nullable=False)


def _figure(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric().with_variant(sa.REAL(), "sqlite"), nullable=True)
