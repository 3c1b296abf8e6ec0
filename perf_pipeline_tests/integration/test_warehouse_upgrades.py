"""A database with publications of an earlier revision, brought up to date by this code."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic import command

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Origin,
    connect,
    current_publication,
    migrate,
    migrations,
    publish,
    read_quarter,
    read_table,
    verify,
)
from perf_pipeline.warehouse.content import layout_digest
from perf_pipeline.warehouse.engine import reading, writing
from perf_pipeline.warehouse.guards import drop_guards
from perf_pipeline.warehouse.migrate import _config, _make_schemas
from perf_pipeline.warehouse.read import stored_rows
from perf_pipeline.warehouse.tables import CORE, metadata, version_tables
from perf_pipeline_tests.conftest import TableBuilder

QUARTER = Quarter(2023, 1)
ROWS = Path(__file__).with_name("revision_0001_rows.json")
LAYOUTS = Path(migrations.__file__).with_name("layouts.json")
OLD_ID = "1" * 64


def kept_rows(publication_id: str = OLD_ID) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a small publication as revision 0001 kept them, by table."""
    text = ROWS.read_text(encoding="utf-8").replace(OLD_ID, publication_id)
    tables: dict[str, list[dict[str, Any]]] = json.loads(text)
    for rows in tables.values():
        for row in rows:
            for name in row.keys() & {"created_at", "moved_at"}:
                row[name] = dt.datetime.fromisoformat(row[name])
    return tables


def set_up_revision_0001(engine: sa.Engine, publication_id: str = OLD_ID) -> None:
    """Make the tables of revision 0001 and put the stored publication into them."""
    with writing(engine, "test") as connection:
        _make_schemas(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for name, rows in kept_rows(publication_id).items():
            connection.execute(sa.insert(metadata.tables[f"{CORE}.{name}"]), rows)


@pytest.fixture
def upgraded(database_url: str) -> sa.Engine:
    """A database that held a publication under revision 0001 and was brought up to date."""
    engine = connect(database_url)
    set_up_revision_0001(engine)
    migrate(engine)
    return engine


def test_old_publication_stays_in_view(upgraded: sa.Engine) -> None:
    """The publication that readers saw is the one they see, with its figures as they were."""
    current = current_publication(upgraded, QUARTER)
    assert current is not None
    assert current.publication_id == OLD_ID
    tables = read_quarter(upgraded, QUARTER)
    for view, table in (
        ("kpi_scorecard", "kpi_scorecard_versions"),
        ("directorate_summary", "directorate_summary_versions"),
        ("restatements", "restatements_versions"),
    ):
        found = tables[view].astype(object).where(tables[view].notna(), None)
        stored = kept_rows()[table]
        assert found[list(stored[0])].to_dict("records") == stored


def test_what_the_old_publication_did_not_know_is_null(upgraded: sa.Engine) -> None:
    """New columns are null in old rows; what could not be so then is false."""
    row = read_quarter(upgraded, QUARTER)["kpi_scorecard"].iloc[0]
    assert row[["rule_rag_code", "rag_label", "forecast_value"]].isna().all()
    assert (row["is_provisional"], row["is_held_enough"]) == (False, False)
    assert row["period_quarter_key"] == QUARTER.key
    summary = read_quarter(upgraded, QUARTER)["directorate_summary"].iloc[0]
    assert summary[["rated_text", "previous_green_count"]].isna().all()


def test_next_publication_follows_the_old_one(
    upgraded: sa.Engine, build_tables: TableBuilder
) -> None:
    """Publishing goes on with version 2, and a rule without an amber tolerance can be kept."""
    tables = build_tables(QUARTER, 2)
    tables["kpi_scorecard"]["amber_tolerance_value"] = float("nan")
    published = publish(
        upgraded,
        QUARTER,
        tables,
        Origin("Sample Council", "0" * 64, "test", "run-2"),
        expected_draft=1,
    )
    assert published.version_number == 2
    assert read_quarter(upgraded, QUARTER)["kpi_scorecard"]["amber_tolerance_value"].isna().all()


@pytest.fixture
def honest(database_url: str, tmp_path: Path) -> sa.Engine:
    """Such a database whose publication's id is the digest of its content, as it always was."""
    scratch = connect(f"sqlite:///{tmp_path / 'scratch.sqlite'}")
    set_up_revision_0001(scratch)
    migrate(scratch)
    layout = json.loads(LAYOUTS.read_text(encoding="utf-8"))["0001"]
    with reading(scratch) as connection:
        publication_id = layout_digest(layout, stored_rows(connection, OLD_ID, layout))
    engine = connect(database_url)
    set_up_revision_0001(engine, publication_id)
    migrate(engine)
    return engine


def republish(engine: sa.Engine, tables: dict[str, pd.DataFrame]) -> None:
    """Publish tables as the second draft."""
    origin = Origin("Sample Council", "0" * 64, "test", "run-2")
    publish(engine, QUARTER, tables, origin, expected_draft=1)


def test_honest_old_publication_has_no_fault(honest: sa.Engine) -> None:
    """The digest of an old publication is worked out over the columns of its time."""
    found = verify(honest)
    assert found.faults == ()
    assert (found.publication_count, found.entry_count) == (1, 2)


def test_publications_of_both_times_have_no_fault(
    honest: sa.Engine, build_tables: TableBuilder
) -> None:
    """An old publication and one of now, after it, are both as they were published."""
    republish(honest, build_tables(QUARTER, 2))
    found = verify(honest)
    assert found.faults == ()
    assert (found.publication_count, found.entry_count) == (2, 4)
    assert not read_table(honest, "publication_changes").empty


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
    honest: sa.Engine, column: str, value: object
) -> None:
    """A cell is found that was altered, and one that was filled in which it did not have."""
    change(honest, sa.update(version_tables["kpi_scorecard"]).values({column: value}))
    (fault,) = verify(honest).faults
    assert fault.startswith("version 1 of 2023-24-Q1 ")


def test_row_of_a_later_table_is_found(honest: sa.Engine, build_tables: TableBuilder) -> None:
    """A row put into a table that an old publication did not have is found."""
    republish(honest, build_tables(QUARTER, 2))
    table = version_tables["organisation_changes"]
    old = read_table(honest, "publications")["publication_id"].iloc[0]
    values = dict.fromkeys(table.columns.keys(), "x") | {"publication_id": old}
    change(honest, sa.insert(table).values(values))
    assert verify(honest).faults == (
        "version 1 of 2023-24-Q1 holds what it did not have when it was published",
    )


def test_figure_restated_after_the_upgrade_is_revised(
    honest: sa.Engine, build_tables: TableBuilder
) -> None:
    """What readers saw before the upgrade counts as seen."""
    old = read_table(honest, "kpi_scorecard").iloc[0]
    tables = build_tables(QUARTER, 2, first_value=old["outturn_value"] + 1)
    tables["kpi_scorecard"].loc[0, "kpi_ref"] = old["kpi_ref"]
    republish(honest, tables)
    outturns = read_table(honest, "fact_outturn")
    assert list(outturns.loc[outturns["is_revised"], "kpi_ref"]) == [old["kpi_ref"]]
