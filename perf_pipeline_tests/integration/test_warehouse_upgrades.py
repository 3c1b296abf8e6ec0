"""A database with publications of an earlier revision, brought up to date by this code."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import (
    Origin,
    connect,
    current_publication,
    migrate,
    publish,
    read_quarter,
)
from perf_pipeline.warehouse.engine import writing
from perf_pipeline.warehouse.migrate import _config, _make_schemas
from perf_pipeline.warehouse.tables import CORE, metadata
from perf_pipeline_tests.conftest import TableBuilder

QUARTER = Quarter(2023, 1)
ROWS = Path(__file__).with_name("revision_0001_rows.json")
OLD_ID = "1" * 64


def stored_rows() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a small publication as revision 0001 kept them, by table."""
    tables: dict[str, list[dict[str, Any]]] = json.loads(ROWS.read_text(encoding="utf-8"))
    for rows in tables.values():
        for row in rows:
            for name in row.keys() & {"created_at", "moved_at"}:
                row[name] = dt.datetime.fromisoformat(row[name])
    return tables


def set_up_revision_0001(engine: sa.Engine) -> None:
    """Make the tables of revision 0001 and put the stored publication into them."""
    with writing(engine, "test") as connection:
        _make_schemas(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for name, rows in stored_rows().items():
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
        stored = stored_rows()[table]
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
