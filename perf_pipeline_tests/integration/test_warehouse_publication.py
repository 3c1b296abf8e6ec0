"""Publishing and reading, on SQLite and on a real PostgreSQL alike."""

from collections.abc import Callable

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.schema import BLANK_SCHEMA

from perf_pipeline.errors import PublicationError, SupersededError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES
from perf_pipeline.warehouse import (
    Publication,
    connect,
    content_digest,
    current_draft,
    current_drafts,
    current_publication,
    migrate,
    read_published,
    read_quarter,
    read_table,
)
from perf_pipeline.warehouse.column_types import Figure
from perf_pipeline.warehouse.columns import DETAIL
from perf_pipeline.warehouse.engine import is_sqlite, reading, writing
from perf_pipeline.warehouse.guards import drop_guards
from perf_pipeline.warehouse.tables import (
    CORE,
    REPORTING,
    detail_views,
    metadata,
    reporting_views,
)
from perf_pipeline_tests.integration.database_copies import Copy

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)

Builder = Callable[..., dict[str, pd.DataFrame]]
PublishMarker = Callable[..., Publication]


@pytest.fixture
def engine(prepared_url: str) -> sa.Engine:
    """A database that is set up and empty, of each kind in turn."""
    return connect(prepared_url)


def row_counts(engine: sa.Engine) -> dict[str, int]:
    """Count the rows of every table."""
    with reading(engine) as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in metadata.sorted_tables
        }


def markers_in_view(engine: sa.Engine) -> set[int]:
    """Return the markers that a reader of the scorecard's summary sees."""
    return set(read_table(engine, "directorate_summary")["kpi_count"])


def test_first_publication_comes_into_view(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """A quarter's first publication is version 1, by move 1, and readers see it."""
    published = publish_marker(engine, 1)
    assert (published.version_number, published.move_number, published.is_new) == (1, 1, True)
    assert markers_in_view(engine) == {1}


def test_same_content_changes_nothing(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """Publishing what is in view writes no row, whatever move the run began from."""
    first = publish_marker(engine, 1)
    before = row_counts(engine)
    again = publish_marker(engine, 1, expected_draft=0)
    assert again.publication_id == first.publication_id
    assert not again.is_new
    assert again.move_number == 1
    assert row_counts(engine) == before


def test_other_content_is_a_new_version(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """Readers see the new version only; the old one is kept."""
    publish_marker(engine, 1)
    second = publish_marker(engine, 2)
    assert (second.version_number, second.move_number, second.is_new) == (2, 2, True)
    assert markers_in_view(engine) == {2}
    listed = read_table(engine, "publications", QUARTER)
    assert list(listed["version_number"]) == [1, 2]
    assert list(listed["is_current"]) == [False, True]


def test_older_content_comes_back_without_a_new_version(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """Publishing an older version's content moves the pointer and writes no rows again."""
    first = publish_marker(engine, 1)
    publish_marker(engine, 2)
    rows = row_counts(engine)["kpi_scorecard_versions"]
    back = publish_marker(engine, 1)
    assert back.publication_id == first.publication_id
    assert (back.version_number, back.move_number, back.is_new) == (1, 3, False)
    assert markers_in_view(engine) == {1}
    assert row_counts(engine)["kpi_scorecard_versions"] == rows


def test_run_that_began_before_another_published_is_refused(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """A run that read before another published says which one is in view, and changes nothing."""
    publish_marker(engine, 1)
    publish_marker(engine, 2)
    before = row_counts(engine)
    with pytest.raises(
        SupersededError, match=r"Run run-2 made a draft .* Run the whole quarter again\."
    ):
        publish_marker(engine, 3, expected_draft=1)
    assert row_counts(engine) == before


def test_move_that_never_was_is_refused(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """A run that began from a database since restored to before its first publication."""
    with pytest.raises(SupersededError, match="has no publication, though"):
        publish_marker(engine, 1, expected_draft=4)


def test_quarters_do_not_touch_each_other(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """Each quarter has its own versions and its own pointer."""
    publish_marker(engine, 1)
    publish_marker(engine, 7, quarter=QUARTER.shift(1))
    publish_marker(engine, 2)
    assert current_drafts(engine) == {"2023-24-Q1": 2, "2023-24-Q2": 1}
    assert set(read_table(engine, "council_summary", QUARTER)["kpi_count"]) == {2}
    assert markers_in_view(engine) == {2, 7}


def test_published_tables_read_back_as_they_were(
    engine: sa.Engine, build_tables: Builder, publish_marker: PublishMarker
) -> None:
    """Every value and dtype survives, and every row says which publication it is of."""
    published = publish_marker(engine, 1)
    tables = read_quarter(engine, QUARTER)
    for name, expected in build_tables(QUARTER, 1).items():
        read = tables[name]
        assert set(read["publication_id"]) <= {published.publication_id}
        order = list(expected.columns)[:2]
        pd.testing.assert_frame_equal(
            read.drop(columns="publication_id").sort_values(order, ignore_index=True),
            expected.sort_values(order, ignore_index=True),
        )


def test_views_are_the_tables_of_the_publication(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """Every view and the table pinned to the publication in view read alike."""
    publish_marker(engine, 1)
    publish_marker(engine, 2)
    for name, pinned in read_quarter(engine, QUARTER).items():
        pd.testing.assert_frame_equal(read_table(engine, name), pinned)


def test_summary_is_read_in_display_order(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """A table comes in the order in which reports print it."""
    publish_marker(engine, 1)
    assert list(read_table(engine, "directorate_summary")["display_order"]) == [1, 2]


def test_old_version_can_still_be_read(engine: sa.Engine, publish_marker: PublishMarker) -> None:
    """A publication that is no longer in view still has its content."""
    first = publish_marker(engine, 1)
    publish_marker(engine, 2)
    with reading(engine) as connection:
        assert content_digest(read_published(connection, first.publication_id)) == (
            first.publication_id
        )


def test_both_databases_hold_the_same_content(
    copy_prepared_sqlite: Copy, copy_prepared_postgres: Copy, publish_marker: PublishMarker
) -> None:
    """What SQLite and PostgreSQL give back has one digest, which is the publication's id."""
    with copy_prepared_sqlite() as sqlite_url, copy_prepared_postgres() as postgres_url:
        engines = [connect(url) for url in (sqlite_url, postgres_url)]
        ids = {publish_marker(engine, 1).publication_id for engine in engines}
        assert {content_digest(read_quarter(engine, QUARTER)) for engine in engines} == ids
    assert len(ids) == 1


def alter_what_is_written(engine: sa.Engine) -> None:
    """Let a trigger of the database change a figure as it is inserted, the guards being away."""
    on_postgresql = """
        CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS '
            BEGIN UPDATE core.council_summary_versions SET red_count = 99; RETURN NULL; END';
        CREATE TRIGGER meddle AFTER INSERT ON core.council_summary_versions
            EXECUTE FUNCTION meddle();
    """
    on_sqlite = """
        CREATE TRIGGER meddle AFTER INSERT ON council_summary_versions
        BEGIN UPDATE council_summary_versions SET red_count = 99; END
    """
    with engine.begin() as connection:
        drop_guards(connection)
        connection.exec_driver_sql(on_sqlite if is_sqlite(engine) else on_postgresql)


def test_content_that_reads_back_otherwise_is_not_published(
    engine: sa.Engine, publish_marker: PublishMarker
) -> None:
    """What the database holds must be what was computed, or nothing changes."""
    first = publish_marker(engine, 1)
    before = row_counts(engine)
    alter_what_is_written(engine)
    with pytest.raises(PublicationError, match="is not what was published"):
        publish_marker(engine, 2)
    assert row_counts(engine) == before
    current = current_publication(engine, QUARTER)
    assert current is not None
    assert current.publication_id == first.publication_id


def test_database_is_what_the_tables_say(database_url: str) -> None:
    """The revisions make exactly the tables that the schemas ask for."""
    engine = connect(database_url)
    migrate(engine)
    expected = metadata
    if is_sqlite(engine):
        expected = sa.MetaData(naming_convention=metadata.naming_convention)
        for table in metadata.sorted_tables:
            table.to_metadata(expected, schema=None, referred_schema_fn=lambda *_: BLANK_SCHEMA)
    with engine.connect() as connection:
        options = {
            "include_schemas": not is_sqlite(engine),
            "include_name": lambda name, kind, _: kind != "schema" or name in {None, CORE},
            "include_object": lambda _, name, *__: name != "alembic_version",
            "compare_server_default": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, expected) == []


def test_keys_are_what_the_tables_say(engine: sa.Engine) -> None:
    """Each table has its primary key, which Alembic does not compare."""
    found = sa.inspect(engine)
    for table in metadata.sorted_tables:
        schema = None if is_sqlite(engine) else CORE
        key = found.get_pk_constraint(table.name, schema=schema)["constrained_columns"]
        assert key == table.primary_key.columns.keys(), table


def test_views_are_those_of_the_schemas(engine: sa.Engine) -> None:
    """The database has each view and no other, each with the schema's columns in order."""
    found = sa.inspect(engine)
    schemas: set[str | None] = {None} if is_sqlite(engine) else {REPORTING, DETAIL}
    columns = {
        (schema, name): [column["name"] for column in found.get_columns(name, schema=schema)]
        for schema in schemas
        for name in found.get_view_names(schema=schema)
    }
    on_postgres: tuple[str | None, str | None, str] = (REPORTING, DETAIL, "")
    reporting, detail, prefix = (None, None, "detail_") if is_sqlite(engine) else on_postgres
    shown = {(reporting, name): view for name, view in reporting_views.items()}
    shown |= {(detail, f"{prefix}{name}"): view for name, view in detail_views.items()}
    assert columns == {place: view.columns.keys() for place, view in shown.items()}


def test_every_column_takes_null_or_refuses_it_as_its_schema_says(engine: sa.Engine) -> None:
    """A column of a reporting table may be null where the schema says so, and nowhere else."""
    schema = None if is_sqlite(engine) else CORE
    found = sa.inspect(engine)
    for name, model in REPORTING_TABLES.items():
        expected = {
            column: declared.nullable for column, declared in model.to_schema().columns.items()
        }
        columns = found.get_columns(f"{name}_versions", schema=schema)
        nullable = {column["name"]: column["nullable"] for column in columns}
        assert nullable == expected | {"publication_id": False}


def test_publication_starts_from_no_move(engine: sa.Engine) -> None:
    """Before its first publication a quarter's move is 0."""
    assert current_draft(engine, QUARTER) == 0
    assert current_drafts(engine) == {}


@pytest.fixture
def figures(engine: sa.Engine) -> sa.Table:
    """A table of figures, beside the others."""
    table = sa.Table(
        "figures",
        sa.MetaData(schema=CORE),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("value", Figure()),
    )
    with writing(engine, "test") as connection:
        table.create(connection)
    return table


def stored(engine: sa.Engine, table: sa.Table, values: list[float]) -> list[float]:
    """Write figures and read them back."""
    rows = [{"place": place, "value": value} for place, value in enumerate(values)]
    with writing(engine, "test") as connection:
        connection.execute(sa.delete(table))
        connection.execute(sa.insert(table), rows)
    with reading(engine) as connection:
        return list(connection.execute(sa.select(table.c.value).order_by(table.c.place)).scalars())


DECIMALS = st.builds(
    lambda digits, places: float(f"{digits}e-{places}"),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.integers(0, 15),
)
RATIOS = st.builds(
    lambda part, whole: part / whole * 100, st.integers(0, 10**6), st.integers(1, 10**6)
)


# The table is emptied by each example, so one database serves them all.
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    values=st.lists(
        DECIMALS | RATIOS | st.floats(allow_nan=False, allow_infinity=False), min_size=1
    )
)
@example(values=[5 / 7 * 100, 0.1 + 0.2, 1e-7, 2.0**53, 1e22, 123456789012345.0, -0.05])
@example(values=[5e-324, 1.7976931348623157e308])
def test_figure_comes_back_exactly(
    engine: sa.Engine, figures: sa.Table, values: list[float]
) -> None:
    """Every finite float survives storage to the last bit."""
    assert stored(engine, figures, values) == values


def test_figure_that_is_none_comes_back_as_null(engine: sa.Engine, figures: sa.Table) -> None:
    """A NaN is a null in the database: no figure, and not 0."""
    assert stored(engine, figures, [float("nan"), 0.0]) == [None, 0.0]


def test_figure_is_a_decimal_to_postgresql(postgres_url: str) -> None:
    """PostgreSQL holds the shortest decimal, all 17 digits of it, and not a rounded one."""
    with connect(postgres_url).connect() as connection:
        value = connection.execute(sa.select(sa.cast(sa.literal(5 / 7 * 100, Figure()), sa.Text)))
        assert value.scalar_one() == "71.42857142857143"
