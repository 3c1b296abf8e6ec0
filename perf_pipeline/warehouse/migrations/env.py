"""Alembic's environment: runs the revisions on the connection, in the transaction, it is given."""

from alembic import context

from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline.warehouse.tables import CORE, metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=None if is_sqlite(connection) else CORE,
)
context.run_migrations()
