"""Databases with publications of each earlier revision, brought up to date by this code.

Under revision 0001 one publication was released; under 0002 one, another, and the first again.
Revision 0003 has what it made of the latter: its reporting tables have the same columns.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import PublicationError, SchemaVersionError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Origin,
    Publication,
    connect,
    current_publication,
    differences,
    migrate,
    migrations,
    publish,
    read_quarter,
    read_table,
    release,
    sign_off,
    verify,
)
from perf_pipeline.warehouse.content import layout_digest
from perf_pipeline.warehouse.engine import is_sqlite, writing
from perf_pipeline.warehouse.guards import drop_guards
from perf_pipeline.warehouse.migrate import _config, _known_revisions, _make_schemas
from perf_pipeline.warehouse.tables import CORE, metadata, version_tables
from perf_pipeline_tests.integration.database_copies import Copy, filled_once

pytest_plugins = ["perf_pipeline_tests.integration.prepared_databases"]

QUARTER = Quarter(2023, 1)
HERE = Path(__file__).parent
LAYOUTS = json.loads(
    Path(migrations.__file__).with_name("layouts.json").read_text(encoding="utf-8")
)
EARLIER = ["0001", "0002", "0003", "0004", "0005", "0006"]
FILLED_UNDER = {"0001": "0001"} | dict.fromkeys(EARLIER[1:], "0002")
KINDS = ["sqlite", "postgres"]
REVISION = sa.Table(
    "alembic_version", sa.MetaData(schema=CORE), sa.Column("version_num", sa.String(32))
)

Builder = Callable[..., dict[str, pd.DataFrame]]
Rows = dict[str, list[dict[str, Any]]]


def kept_rows(revision: str) -> Rows:
    """Return the rows of small publications as a revision kept them, by table.

    Their ids are the digests of their content over the columns of the time, as they always were.
    """
    revision = FILLED_UNDER[revision]
    text = (HERE / f"revision_{revision}_rows.json").read_text(encoding="utf-8")
    for number in range(1, len(json.loads(text)["publication_versions"]) + 1):
        stand_in = str(number) * 64
        text = text.replace(stand_in, digest(json.loads(text), revision, stand_in))
    tables: Rows = json.loads(text)
    for row in (row for rows in tables.values() for row in rows):
        for name in row.keys() & {"created_at", "moved_at"}:
            row[name] = dt.datetime.fromisoformat(row[name])
    return tables


def digest(tables: Rows, revision: str, publication_id: str) -> str:
    """Return the digest of a publication's rows over the columns of a revision."""
    layout = LAYOUTS[revision]
    rows = {
        name: [
            tuple(row[column] for column in columns)
            for row in tables.get(f"{name}_versions", [])
            if row["publication_id"] == publication_id
        ]
        for name, columns in layout.items()
    }
    return layout_digest(layout, rows)


def set_up(engine: sa.Engine, revision: str) -> None:
    """Make the tables and views of a revision and put the stored publications into them."""
    with writing(engine, "test") as connection:
        _make_schemas(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, FILLED_UNDER[revision])
        for name, rows in kept_rows(revision).items():
            connection.execute(sa.insert(metadata.tables[f"{CORE}.{name}"]), rows)
        command.upgrade(config, revision)
        core, reporting = ("", "") if is_sqlite(engine) else ("core.", "reporting.")
        for name in LAYOUTS[FILLED_UNDER[revision]]:
            connection.exec_driver_sql(
                f"CREATE VIEW {reporting}{name} AS SELECT * FROM {core}{name}_versions"  # noqa: S608 - names are our own
            )


def set_up_and_migrate(engine: sa.Engine, revision: str) -> None:
    """Do the same, and bring the database up to date."""
    set_up(engine, revision)
    migrate(engine)


@pytest.fixture(
    scope="module",
    params=[(kind, revision) for revision in EARLIER for kind in KINDS],
    ids="-".join,
)
def upgraded(request: pytest.FixtureRequest) -> Iterator[tuple[str, Copy]]:
    """An earlier revision, and what copies a database that was brought up to date from it."""
    kind, revision = request.param
    with filled_once(kind, request, lambda engine: set_up_and_migrate(engine, revision)) as copy:
        yield revision, copy


@pytest.fixture
def revision(upgraded: tuple[str, Copy]) -> str:
    """The earlier revision."""
    return upgraded[0]


@pytest.fixture
def engine(upgraded: tuple[str, Copy]) -> Iterator[sa.Engine]:
    """A database that held publications under that revision and was brought up to date."""
    with upgraded[1]() as url:
        yield connect(url)


def republish(engine: sa.Engine, tables: dict[str, pd.DataFrame], draft: int) -> Publication:
    """Publish tables as the draft after that one."""
    origin = Origin("Sample Council", "0" * 64, "test", "run-2")
    return publish(engine, QUARTER, tables, origin, expected_draft=draft)


def test_every_earlier_revision_is_tried() -> None:
    """There is a database for each revision before this code's own."""
    assert [*EARLIER, _known_revisions()[0]] == sorted(_known_revisions())


def test_old_publication_stays_in_view(engine: sa.Engine, revision: str) -> None:
    """The publication that readers saw is the one they see, every cell of it as it was."""
    kept = kept_rows(revision)
    (pointer,) = kept["current_publications"]
    current = current_publication(engine, QUARTER)
    assert current is not None
    assert (current.publication_id, current.move_number) == (
        pointer["publication_id"],
        pointer["move_number"],
    )
    tables = read_quarter(engine, QUARTER)
    for name, columns in LAYOUTS[FILLED_UNDER[revision]].items():
        found = tables[name].astype(object).where(tables[name].notna(), None)
        stored = [
            row
            for row in kept.get(f"{name}_versions", [])
            if row["publication_id"] == pointer["publication_id"]
        ]
        assert found[[*columns, "publication_id"]].to_dict("records") == stored, name


@pytest.mark.parametrize("upgraded", [(kind, "0001") for kind in KINDS], indirect=True, ids=KINDS)
def test_what_the_old_publication_did_not_know_is_null(engine: sa.Engine) -> None:
    """New columns are null in old rows; what could not be so then is false."""
    row = read_quarter(engine, QUARTER)["kpi_scorecard"].iloc[0]
    assert row[["rule_rag_code", "rag_label", "forecast_value"]].isna().all()
    assert (row["is_provisional"], row["is_held_enough"]) == (False, False)
    assert row["period_quarter_key"] == QUARTER.key
    summary = read_quarter(engine, QUARTER)["directorate_summary"].iloc[0]
    assert summary[["rated_text", "previous_green_count"]].isna().all()


def test_what_readers_saw_when_is_kept(engine: sa.Engine, revision: str) -> None:
    """Each release has its version and its time, and the next one's beginning is its end."""
    kept = kept_rows(revision)
    numbers = {row["publication_id"]: row["version_number"] for row in kept["publication_versions"]}
    moves = kept["publication_moves"]
    releases = read_table(engine, "publication_releases")
    assert list(releases["version_number"]) == [numbers[row["publication_id"]] for row in moves]
    assert list(releases["visible_from"]) == [row["moved_at"] for row in moves]
    assert list(releases["visible_to"])[:-1] == [row["moved_at"] for row in moves[1:]]
    assert releases["visible_to"].isna().iloc[-1]


def test_next_publication_follows_the_old_one(
    engine: sa.Engine, revision: str, build_tables: Builder
) -> None:
    """Publishing goes on with the next version, and a rule without an amber tolerance is kept."""
    kept = kept_rows(revision)
    tables = build_tables(QUARTER, 2)
    tables["kpi_scorecard"]["amber_tolerance_value"] = float("nan")
    published = republish(engine, tables, len(kept["publication_moves"]))
    assert published.version_number == len(kept["publication_versions"]) + 1
    assert read_quarter(engine, QUARTER)["kpi_scorecard"]["amber_tolerance_value"].isna().all()


def test_honest_old_publications_have_no_fault(engine: sa.Engine, revision: str) -> None:
    """The digest of an old publication is worked out over the columns of its time."""
    kept = kept_rows(revision)
    found = verify(engine)
    assert found.faults == ()
    assert found.publication_count == len(kept["publication_versions"])
    assert found.entry_count == 2 * len(kept["publication_moves"])


def test_publications_of_both_times_have_no_fault(
    engine: sa.Engine, revision: str, build_tables: Builder
) -> None:
    """An old publication and one of now, after it, are both as they were published."""
    republish(engine, build_tables(QUARTER, 2), len(kept_rows(revision)["publication_moves"]))
    assert verify(engine).faults == ()
    assert not read_table(engine, "publication_changes").empty


@pytest.mark.parametrize("upgraded", [(kind, "0002") for kind in KINDS], indirect=True, ids=KINDS)
def test_old_publications_can_be_compared(engine: sa.Engine) -> None:
    """What differs between two publications of an earlier revision is listed, cell by cell."""
    (found,) = differences(engine, QUARTER, "1", "2")
    assert (*found.values(),) == ("kpi_scorecard", "A1", "outturn_value", "A1", "5", "6.5")


def test_old_publications_are_guarded(engine: sa.Engine) -> None:
    """What was there before the upgrade can be changed no more."""
    statement = sa.update(version_tables["kpi_scorecard"]).values(kpi_name="Another")
    with (
        pytest.raises(DBAPIError, match="never changed or deleted"),
        writing(engine, "test") as connection,
    ):
        connection.execute(statement)


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_upgrade_that_fails_changes_nothing(database_url: str, revision: str) -> None:
    """Where something is in the way the old tables, views and revision stay, and it is told."""
    engine = connect(database_url)
    set_up(engine, revision)
    in_the_way = sa.Table(
        "accepted_rows_versions", sa.MetaData(schema=CORE), sa.Column("mine", sa.Text())
    )
    with writing(engine, "test") as connection:
        in_the_way.create(connection)
    before = everything(engine)
    with pytest.raises(PublicationError, match=r"could not be set up, and is as it was: .*exists"):
        migrate(engine)
    assert everything(engine) == before


def everything(engine: sa.Engine) -> list[Any]:
    """Return the tables, columns and views there are, and the revision."""
    found = sa.inspect(engine)
    core, reporting = (None, None) if is_sqlite(engine) else ("core", "reporting")
    names = sorted(found.get_table_names(schema=core))
    with engine.connect() as connection:
        revision = connection.execute(sa.select(REVISION)).scalar_one()
    columns = [[c["name"] for c in found.get_columns(name, schema=core)] for name in names]
    return [revision, names, columns, sorted(found.get_view_names(schema=reporting))]


def test_newer_database_is_refused_by_everything(prepared_url: str, build_tables: Builder) -> None:
    """A database that a newer version has set up is neither read nor written, with a sentence."""
    engine = connect(prepared_url)
    with writing(engine, "test") as connection:
        connection.execute(sa.update(REVISION).values(version_num="9999"))
    tables = build_tables(QUARTER)
    for attempt in (
        lambda: migrate(engine),
        lambda: read_table(engine, "kpi_scorecard"),
        lambda: read_quarter(engine, QUARTER),
        lambda: differences(engine, QUARTER, "1", "2"),
        lambda: verify(engine),
        lambda: republish(engine, tables, 0),
        lambda: sign_off(
            engine,
            QUARTER,
            "Finance",
            "Finance Lead",
            roles=["Finance"],
            council_name="Sample Council",
        ),
        lambda: release(
            engine, QUARTER, "Head of Performance", roles=[], council_name="Sample Council"
        ),
    ):
        with pytest.raises(SchemaVersionError, match="9999, which this code does not know"):
            attempt()


def change(engine: sa.Engine, statement: sa.Executable) -> None:
    """Change something by hand, the guards being away."""
    with writing(engine, "test") as connection:
        drop_guards(connection)
        connection.execute(statement)


@pytest.mark.parametrize(
    ("column", "value"),
    [("kpi_name", "Another"), ("rag_label", "Green"), ("is_provisional", True)],
    ids=["of its time", "of later", "flag of later"],
)
def test_altered_cell_of_an_old_publication_is_found(
    engine: sa.Engine, revision: str, column: str, value: object
) -> None:
    """A cell is found that was altered, and one that was filled in which it did not have."""
    change(engine, sa.update(version_tables["kpi_scorecard"]).values({column: value}))
    faults = verify(engine).faults
    assert len(faults) == len(kept_rows(revision)["publication_versions"])
    assert faults[0].startswith("version 1 of 2023-24-Q1 ")


@pytest.mark.parametrize("upgraded", [(kind, "0001") for kind in KINDS], indirect=True, ids=KINDS)
def test_row_of_a_later_table_is_found(engine: sa.Engine, build_tables: Builder) -> None:
    """A row put into a table that an old publication did not have is found."""
    republish(engine, build_tables(QUARTER, 2), 1)
    table = version_tables["organisation_changes"]
    old = read_table(engine, "publications")["publication_id"].iloc[0]
    values = dict.fromkeys(table.columns.keys(), "x") | {"publication_id": old}
    change(engine, sa.insert(table).values(values))
    assert verify(engine).faults == (
        "version 1 of 2023-24-Q1 holds what it did not have when it was published",
    )


def test_figure_restated_after_the_upgrade_is_revised(
    engine: sa.Engine, revision: str, build_tables: Builder
) -> None:
    """What readers saw before the upgrade counts as seen."""
    old = read_table(engine, "kpi_scorecard").iloc[0]
    tables = build_tables(QUARTER, 2, first_value=old["outturn_value"] + 1)
    tables["kpi_scorecard"].loc[0, "kpi_ref"] = old["kpi_ref"]
    republish(engine, tables, len(kept_rows(revision)["publication_moves"]))
    outturns = read_table(engine, "fact_outturn")
    assert list(outturns.loc[outturns["is_revised"], "kpi_ref"]) == [old["kpi_ref"]]
