"""Who may do what on PostgreSQL, once psql has run `sql/roles.sql`."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.errors import PublicationError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Origin,
    Publication,
    current_draft,
    migrate,
    publish,
    release,
    sign_off,
    verify,
)
from perf_pipeline.warehouse.tables import append_only_tables, detail_views, reporting_views
from perf_pipeline.warehouse.view_files import create_views, drop_views
from perf_pipeline_tests.given_datasets import given_dataset

QUARTER = Quarter(2023, 1)
NOT_ALLOWED, NO_SUCH_TABLE, RAISED = "42501", "42P01", "P0001"

Warehouse = Any
WarehouseMaker = Callable[[], Warehouse]
PublishMarker = Callable[..., Publication]
TableBuilder = Callable[..., dict[str, pd.DataFrame]]


@pytest.fixture(scope="module")
def warehouse(make_warehouse: WarehouseMaker) -> Warehouse:
    """A warehouse that is set up."""
    made = make_warehouse()
    made.set_up()
    return made


@pytest.fixture(scope="module")
def owner(warehouse: Warehouse) -> Any:
    """A login that owns the tables."""
    return warehouse.add_login("owning", "owner", acts_as_group=True)


@pytest.fixture(scope="module")
def writer(warehouse: Warehouse, publish_marker: PublishMarker) -> Any:
    """A login that has published marker 1 and then 2."""
    login = warehouse.add_login("run", "writer", acts_as_group=True)
    publish_marker(login.engine, 1)
    publish_marker(login.engine, 2)
    return login


@pytest.fixture(scope="module")
def reader(warehouse: Warehouse, writer: Any) -> Any:  # noqa: ARG001 - there is something to read
    """A login that reads."""
    return warehouse.add_login("bi", "reader")


@pytest.fixture(scope="module")
def detail_reader(warehouse: Warehouse, writer: Any) -> Any:  # noqa: ARG001 - there is something to read
    """A login that reads, and sees the rows of disaggregated returns too."""
    return warehouse.add_login("ward", "reader", "detail_reader")


@pytest.mark.parametrize("view", reporting_views)
def test_reader_reads_every_view(reader: Any, view: str) -> None:
    """A reader may read all of `reporting`."""
    assert list(reader.read(view).columns) == reporting_views[view].columns.keys()


READER_TRICKS = {
    "version table": "SELECT * FROM core.kpi_scorecard_versions",
    "draft": "SELECT * FROM core.draft_publications",
    "withheld figure": "SELECT * FROM core.withheld_figures",
    "withheld row": "SELECT * FROM core.withheld_rows",
    "withheld file": "SELECT * FROM core.withheld_files",
    "disaggregated row": "SELECT * FROM core.disaggregated_outturns",
    "rejected disaggregated row": "SELECT * FROM core.disaggregated_rejections",
    "row in detail": "SELECT * FROM detail.disaggregated_outturns",
    "rejected row in detail": "SELECT count(*) FROM detail.disaggregated_rejections",
    "audit log": "SELECT * FROM core.audit_entries",
    "copy": "COPY core.kpi_scorecard_versions TO STDOUT",
    "insert": "INSERT INTO reporting.data_dictionary VALUES ('a', 'b', 1, 'c', 'd', 'e')",
    "update": "UPDATE reporting.data_dictionary SET description_text = ''",
    "delete": "DELETE FROM reporting.data_dictionary",
    "truncate": "TRUNCATE core.audit_entries",
    "lock": "LOCK TABLE reporting.kpi_scorecard IN EXCLUSIVE MODE",
    "table in reporting": "CREATE TABLE reporting.mine (a integer)",
    "table in public": "CREATE TABLE public.mine (a integer)",
    "temporary table": "CREATE TEMPORARY TABLE kpi_scorecard (a integer)",
    "table in another schema": "CREATE TABLE pg_catalog.mine (a integer)",
    "schema": "CREATE SCHEMA mine",
    "function in core": "SELECT core.refuse_change()",
    "function": "CREATE FUNCTION reporting.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "temporary function": "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "block": "DO $$ BEGIN PERFORM 1 FROM core.audit_entries; END $$",
    "program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "program's output": "COPY reporting.data_dictionary FROM PROGRAM 'true'",
    "file": "COPY (SELECT 1) TO '/perf-pipeline-file'",
    "server's file": "SELECT pg_read_file('PG_VERSION')",
    "large object": "SELECT lo_create(0)",
    "pipeline's lock": "SELECT pg_advisory_lock(1885696614, 8093)",
    "passwords": "SELECT * FROM pg_authid",
    "role": "CREATE ROLE mine",
    "barrier off": "ALTER VIEW reporting.kpi_scorecard SET (security_barrier = false)",
    "view": "CREATE VIEW reporting.mine AS SELECT * FROM reporting.kpi_scorecard",
    "replaced view": "CREATE OR REPLACE VIEW reporting.data_dictionary AS SELECT 1 AS a",
    "dropped view": "DROP VIEW reporting.kpi_scorecard",
    "another's session": "SET SESSION AUTHORIZATION postgres",
    "triggers off": "SET session_replication_role = replica",
}


@pytest.mark.parametrize("statement", READER_TRICKS.values(), ids=READER_TRICKS)
def test_reader_is_refused_everything_else(reader: Any, statement: str) -> None:
    """A reader sees nothing of `core`, and changes and makes nothing."""
    assert reader.refusal(statement)[0] == NOT_ALLOWED


@pytest.mark.parametrize("group", ["owner", "writer", "detail_reader", "setup", "run"])
def test_reader_takes_no_other_role(warehouse: Warehouse, reader: Any, group: str) -> None:
    """SET ROLE leads to no group and no login that one is not of."""
    assert reader.refusal(f"SET ROLE {warehouse.role(group)}")[0] == NOT_ALLOWED


def test_detail_reader_reads_the_rows_in_view(
    detail_reader: Any, writer: Any, build_tables: TableBuilder
) -> None:
    """Who is a detail reader too sees both views of `detail`, of what is released."""
    quarter, dataset = QUARTER.shift(3), given_dataset()
    tables = build_tables(quarter) | dataset.reporting_tables(quarter)
    origin = Origin("Sample Council", "0" * 64, "test", "rows")
    publish(writer.engine, quarter, tables, origin, expected_draft=0, datasets=[dataset])
    for name, view in detail_views.items():
        found = detail_reader.read(name, "detail")
        assert list(found.columns) == view.columns.keys()
        assert len(found) == dataset.tables[name].num_rows
    assert not detail_reader.read("kpi_scorecard").empty


DETAIL_TRICKS = {
    "row": "SELECT * FROM core.disaggregated_outturns",
    "dataset": "SELECT * FROM core.disaggregated_datasets",
    "version table": "SELECT * FROM core.disaggregated_returns_versions",
    "insert": "INSERT INTO core.disaggregated_outturns (kpi_ref) VALUES ('a')",
    "truncate": "TRUNCATE core.disaggregated_rejections",
    "table": "CREATE TABLE detail.mine (a integer)",
    "barrier off": "ALTER VIEW detail.disaggregated_outturns SET (security_barrier = false)",
}


@pytest.mark.parametrize("statement", DETAIL_TRICKS.values(), ids=DETAIL_TRICKS)
def test_detail_reader_is_refused_everything_else(detail_reader: Any, statement: str) -> None:
    """Rows of drafts and of versions that were never released stay out of reach."""
    assert detail_reader.refusal(statement)[0] == NOT_ALLOWED


def test_detail_reader_alone_reads_no_report(warehouse: Warehouse) -> None:
    """The role gives the rows and nothing else."""
    alone = warehouse.add_login("rows_alone", "detail_reader")
    assert list(alone.read("disaggregated_rejections", "detail").columns)
    assert alone.refusal("SELECT * FROM reporting.kpi_scorecard")[0] == NOT_ALLOWED


def test_search_path_does_not_lead_into_core(reader: Any) -> None:
    """A table of `core` cannot be named without its schema either."""
    trick = "SET search_path = core, reporting; SELECT * FROM kpi_scorecard_versions"
    assert reader.refusal(trick)[0] == NO_SUCH_TABLE


def test_reader_sees_no_draft(reader: Any, writer: Any, build_tables: TableBuilder) -> None:
    """What is not released is in no view: neither its figures nor what it would change."""
    draft = publish(
        writer.engine,
        QUARTER,
        build_tables(QUARTER, 7777),
        Origin("Sample Council", "0" * 64, "test", "draft"),
        expected_draft=current_draft(writer.engine, QUARTER),
        is_released=False,
    )
    for view in reporting_views.keys() - {"publications"}:
        found = reader.read(view).astype(str)
        assert not found.isin([draft.publication_id, "7777"]).to_numpy().any(), view


def test_error_tells_nothing_of_other_versions(reader: Any) -> None:
    """A condition that fails on a row, and quotes it, is tried on rows in view alone."""
    trick = "SELECT * FROM reporting.kpi_scorecard WHERE CAST(commentary_text AS integer) = 0"
    _, words = reader.refusal(trick)
    assert "invalid input syntax for type integer" in words
    assert "£1 " not in words
    assert "£7777 " not in words


def test_writer_signs_and_releases(writer: Any, build_tables: TableBuilder) -> None:
    """A writer may do all that a publication's life needs, with its entries in the audit log."""
    quarter, engine = QUARTER.shift(1), writer.engine
    origin = Origin("Sample Council", "0" * 64, "test", "signed")
    tables = build_tables(quarter, 5)
    publish(engine, quarter, tables, origin, expected_draft=0, is_released=False)
    signed = sign_off(
        engine, quarter, "Finance", "F. Officer", roles=["Finance"], council_name="Sample Council"
    )
    assert signed.missing_roles == ()
    assert release(
        engine, quarter, "F. Officer", roles=["Finance"], council_name="Sample Council"
    ).is_released
    assert verify(engine).faults == ()


def test_writer_need_not_migrate(writer: Any) -> None:
    """A run looks whether the database is up to date, for which reading is enough."""
    migrate(writer.engine)


def test_writer_runs_though_a_description_is_older(warehouse: Warehouse, writer: Any) -> None:
    """Reworded descriptions wait for the owner's next `prepare`, and hold no run."""
    warehouse.execute("UPDATE core.data_dictionary_entries SET description_text = 'Older.'")
    migrate(writer.engine)
    migrate(warehouse.add_login("preparing", "owner", acts_as_group=True).engine)
    assert "Older." not in set(writer.read("data_dictionary")["description_text"])


CHANGES = {
    "update": "UPDATE core.{table} SET {column} = {column}",
    "delete": "DELETE FROM core.{table}",
    "truncate": "TRUNCATE core.{table} CASCADE",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_writer_changes_nothing_that_is_published(writer: Any, change: str) -> None:
    """Publications, signatures, releases and the audit log are only added to."""
    for table in append_only_tables:
        statement = change.format(table=table.name, column=table.columns.keys()[0])
        assert writer.refusal(statement)[0] == NOT_ALLOWED, statement


WRITER_TRICKS = {
    "pointer removed": "DELETE FROM core.current_publications",
    "draft removed": "DELETE FROM core.draft_publications",
    "revision": "INSERT INTO core.alembic_version VALUES ('9999')",
    "dictionary": "DELETE FROM core.data_dictionary_entries",
    "calendar": "UPDATE core.calendar_quarters SET sort_key = 0",
    "trigger dropped": "DROP TRIGGER audit_entries_no_update ON core.audit_entries",
    "trigger disabled": "ALTER TABLE core.audit_entries DISABLE TRIGGER ALL",
    "triggers off": "SET session_replication_role = replica",
    "guard replaced": "CREATE OR REPLACE FUNCTION core.refuse_change() RETURNS trigger "
    "LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "view dropped": "DROP VIEW reporting.kpi_scorecard",
    "table altered": "ALTER TABLE core.kpi_scorecard_versions ADD COLUMN a integer",
    "table dropped": "DROP TABLE core.audit_entries",
    "table made": "CREATE TABLE core.mine (a integer)",
    "schema made": "CREATE SCHEMA mine",
}


@pytest.mark.parametrize("statement", WRITER_TRICKS.values(), ids=WRITER_TRICKS)
def test_writer_is_refused_everything_else(writer: Any, statement: str) -> None:
    """A writer adds rows and moves two pointers, and no more."""
    assert writer.refusal(statement)[0] == NOT_ALLOWED


def test_writer_does_not_become_the_owner(warehouse: Warehouse, writer: Any) -> None:
    """SET ROLE does not lead from the writer to the owner."""
    assert writer.refusal(f"SET ROLE {warehouse.role('owner')}")[0] == NOT_ALLOWED


@pytest.mark.usefixtures("writer")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_owner_is_refused_by_triggers(owner: Any, change: str) -> None:
    """Who owns the tables still changes nothing that is published, unless the guards go first."""
    with owner.engine.connect() as connection:
        counts = {
            table: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in append_only_tables
        }
    filled = [table for table, count in counts.items() if count]
    assert len(filled) > 5
    for table in filled:
        statement = change.format(table=table.name, column=table.columns.keys()[0])
        assert owner.refusal(statement)[0] == RAISED, statement


def test_public_cannot_connect(warehouse: Warehouse) -> None:
    """A login that is of no group does not get into the database."""
    stranger = warehouse.add_login("stranger")
    with pytest.raises(PublicationError, match="permission denied for database"):
        assert stranger.engine


def test_public_has_no_right(owner: Any) -> None:
    """No right to a schema, table, view or function here is everybody's."""
    query = sa.text(
        """
        WITH given (name, rights) AS (
            SELECT nspname, nspacl FROM pg_namespace
            WHERE nspname IN ('core', 'reporting', 'detail', 'public')
            UNION ALL
            SELECT relname, relacl FROM pg_class
            WHERE relnamespace::regnamespace::text IN ('core', 'reporting', 'detail')
            UNION ALL
            SELECT proname, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
            WHERE pronamespace::regnamespace::text IN ('core', 'reporting', 'detail')
        )
        SELECT name FROM given, aclexplode(rights) AS one WHERE one.grantee = 0
        """
    )
    with owner.engine.connect() as connection:
        assert connection.execute(query).all() == []


def test_views_made_anew_can_be_read(warehouse: Warehouse, owner: Any, reader: Any) -> None:
    """A migration makes every view anew, and its readers need no new grant."""
    with owner.engine.begin() as connection:
        drop_views(connection)
        create_views(connection)
    assert not reader.read("kpi_scorecard").empty
    assert warehouse.psql("roles.sql").stderr == ""


def test_database_of_a_superuser_is_handed_over(
    make_warehouse: WarehouseMaker, publish_marker: PublishMarker
) -> None:
    """What was set up before there were roles becomes the owner's, and serves writer and reader."""
    warehouse = make_warehouse()
    migrate(warehouse.admin.engine)
    assert warehouse.psql("roles.sql").stderr == ""
    query = sa.text(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class"
        " WHERE relnamespace::regnamespace::text IN ('core', 'reporting', 'detail')"
    )
    with warehouse.admin.engine.connect() as connection:
        assert list(connection.execute(query).scalars()) == [warehouse.role("owner")]
    publish_marker(warehouse.add_login("run", "writer").engine, 3)
    seen = warehouse.add_login("bi", "reader").read("council_summary")
    assert list(seen["kpi_count"]) == [3]


def test_right_given_by_hand_is_taken_back(make_warehouse: WarehouseMaker) -> None:
    """Run again, the file leaves just the rights that it names."""
    warehouse = make_warehouse()
    warehouse.set_up()
    group, reader = warehouse.role("reader"), warehouse.add_login("bi", "reader")
    warehouse.execute(
        f"GRANT USAGE ON SCHEMA core TO {group}", f"GRANT SELECT ON core.audit_entries TO {group}"
    )
    with reader.engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM core.audit_entries")
    assert warehouse.psql("roles.sql").stderr == ""
    assert reader.refusal("SELECT * FROM core.audit_entries")[0] == NOT_ALLOWED


def test_administrator_need_not_be_a_superuser(make_warehouse: WarehouseMaker) -> None:
    """Who may create roles and owns the database can set it up, as on a hosted server."""
    warehouse = make_warehouse()
    hosted = warehouse.add_login("hosted")
    warehouse.execute(
        f"ALTER ROLE {hosted.role} CREATEROLE",
        f"ALTER DATABASE {warehouse.name} OWNER TO {hosted.role}",
    )
    assert warehouse.psql("roles.sql", hosted).stderr == ""
    migrate(warehouse.add_login("setup", "owner", acts_as_group=True).engine)
    assert warehouse.psql("roles.sql", hosted).stderr == ""
    assert warehouse.add_login("bi", "reader").read("kpi_scorecard").empty
