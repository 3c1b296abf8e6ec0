"""Rejected rows that a named role accepted as they were sent.

Revision 0005. The publications that are there have none: nobody could accept a row.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SCHEMA = "core"


def upgrade() -> None:
    """Make the table; the caller's transaction does all."""
    op.create_table(
        "accepted_rows_versions",
        _code("quarter_key", 10),
        _code("row_id", 120),
        _code("source_code", 40),
        _code("file_name", 255),
        _code("file_sha256", 64),
        _code("sheet_name", 64, null=True),
        sa.Column(
            "row_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        _code("kpi_ref", 24),
        _code("figure_quarter_key", 10),
        _code("breakdown_type_code", 30),
        _code("breakdown_category_code", 30),
        _code("reason_code", 30),
        _code("accepted_by_role", 120),
        sa.Column("accepted_date", sa.Date(), nullable=False),
        sa.Column("acceptance_text", sa.Text(), nullable=False),
        _code("publication_id", 64),
        sa.PrimaryKeyConstraint(
            "publication_id",
            "quarter_key",
            "row_id",
            "reason_code",
            name="accepted_rows_versions_pkey",
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["core.publication_versions.publication_id"],
            name="accepted_rows_versions_publication_id_fkey",
        ),
        schema=SCHEMA,
    )


def _code(name: str, width: int, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(width), nullable=null)
