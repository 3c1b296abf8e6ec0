"""Who answers for an action, and by when.

Revision 0006. No earlier return could state either, so that both are null in the rows that are there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SCHEMA = "core"


def upgrade() -> None:
    """Widen both tables that show actions; the caller's transaction does all."""
    # Alembic does not translate the schema away for SQLite when altering.
    schema = None if op.get_bind().dialect.name == "sqlite" else SCHEMA
    for table in ("kpi_scorecard_versions", "exceptions_versions"):
        for column in (
            sa.Column("action_owner_name", sa.String(120), nullable=True),
            sa.Column("action_due_date", sa.Date(), nullable=True),
        ):
            op.add_column(table, column, schema=schema)
