"""Setting a SQLite database up, and refusing one that is not this code's."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from perf_pipeline.errors import PublicationError, SchemaVersionError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import Publication, connect, current_draft, migrate, read_table
from perf_pipeline.warehouse.tables import detail_views, metadata, reporting_views

QUARTER = Quarter(2023, 1)


def execute(engine: sa.Engine, *statements: str) -> None:
    """Change the database behind the code's back."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_empty_database_gets_every_table_and_view(sqlite_url: str) -> None:
    """One call sets up all that readers and writers need."""
    engine = connect(sqlite_url)
    migrate(engine)
    found = sa.inspect(engine)
    expected = {table.name for table in metadata.sorted_tables} | {"alembic_version"}
    assert set(found.get_table_names()) == expected
    details = {f"detail_{name}" for name in detail_views}
    assert set(found.get_view_names()) == set(reporting_views) | details


def test_database_that_is_up_to_date_is_not_written(sqlite_url: str) -> None:
    """A second call changes no byte."""
    engine = connect(sqlite_url)
    migrate(engine)
    file = Path(str(engine.url.database))
    before = file.read_bytes(), file.stat().st_mtime_ns
    migrate(engine)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_changed_description_is_refreshed(sqlite_url: str) -> None:
    """The data dictionary says what this code says, whatever an older one said."""
    engine = connect(sqlite_url)
    migrate(engine)
    described = read_table(engine, "data_dictionary")
    execute(engine, "UPDATE data_dictionary_entries SET description_text = 'old'")
    migrate(engine)
    assert read_table(engine, "data_dictionary").equals(described)


def test_refusal_leaves_the_database_as_it_was(sqlite_url: str) -> None:
    """A set-up that fails half way leaves nothing of itself."""
    engine = connect(sqlite_url)
    execute(engine, "CREATE TABLE restatements_versions (mine TEXT)")
    with pytest.raises(PublicationError, match=r"could not be set up, and is as it was: .*exists"):
        migrate(engine)
    assert sa.inspect(engine).get_table_names() == ["restatements_versions"]


def test_newer_database_is_refused(sqlite_url: str) -> None:
    """A revision that this code does not know is a newer code's: it is left alone."""
    engine = connect(sqlite_url)
    migrate(engine)
    execute(engine, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaVersionError, match="9999, which this code does not know"):
        migrate(engine)


def test_database_that_was_never_set_up_is_not_read(sqlite_url: str) -> None:
    """Reading an empty database says that nothing was ever published into it."""
    with pytest.raises(SchemaVersionError, match="never set up"):
        current_draft(connect(sqlite_url), QUARTER)


def test_database_that_was_never_set_up_is_not_published_to(
    sqlite_url: str, publish_marker: Callable[..., Publication]
) -> None:
    """Publishing sets nothing up by itself."""
    with pytest.raises(SchemaVersionError, match="never set up"):
        publish_marker(connect(sqlite_url), 1, expected_draft=0)
