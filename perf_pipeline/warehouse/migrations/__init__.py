"""Alembic's revisions of the database, each written out in full and never changed afterwards."""
