"""Databases in which something of everything is published, and nothing was changed afterwards.

Each table has a row with something in every column, in three versions: one that was in view, one
that is, and a draft that one of two roles has signed.
"""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import (
    REPORTING_TABLES,
    WITHHELD_TABLES,
    ColumnKind,
    Table,
    column_kinds,
    conform,
)
from perf_pipeline.warehouse import (
    Origin,
    connect,
    current_draft,
    migrate,
    publish,
    release,
    sign_off,
)
from perf_pipeline.warehouse.engine import writing
from perf_pipeline.warehouse.guards import drop_guards
from perf_pipeline_tests.given_datasets import given_dataset
from perf_pipeline_tests.integration.database_copies import Copy, filled_once

QUARTER = Quarter(2023, 1)
ROLES = ["Legal", "Finance"]
DATASET = given_dataset(
    row_count=1, numerator_value=71.4, last_year_value=0.3, not_rated_reason_code="no_target"
)
FILLERS = {
    ColumnKind.CODE: "x",
    ColumnKind.TEXT: "text",
    ColumnKind.FIGURE: 71.42857142857143,
    ColumnKind.COUNT: 1,
    ColumnKind.FLAG: False,
    ColumnKind.DATE: "2023-07-21",
}


def row_of(model: type[Table]) -> dict[str, Any]:
    """Return a valid row with something in every column."""
    columns = model.to_schema().columns
    row: dict[str, Any] = {}
    for name, kind in column_kinds(model).items():
        facts = {key: value for c in columns[name].checks for key, value in c.statistics.items()}
        candidates = facts.get("allowed_values", (FILLERS[kind], QUARTER.key, "#10ff10"))
        pattern = facts.get("pattern", "")
        row[name] = next(each for each in candidates if re.match(pattern, str(each)))
    return row


def tables_of(marker: int) -> dict[str, pd.DataFrame]:
    """Return tables of one row each; the marker tells one content from another."""
    rows = {name: row_of(model) for name, model in REPORTING_TABLES.items()}
    rows["council_summary"]["kpi_count"] = marker
    tables = {
        name: conform(pd.DataFrame([row], dtype="object"), REPORTING_TABLES[name])
        for name, row in rows.items()
    }
    return tables | DATASET.reporting_tables(QUARTER)


def withheld_tables_of(marker: int) -> dict[str, pd.DataFrame]:
    """Return what those tables withhold, a row in each table."""
    rows = {name: row_of(model) for name, model in WITHHELD_TABLES.items()}
    rows["withheld_figures"]["outturn_value"] = float(marker)
    return {
        name: conform(pd.DataFrame([row], dtype="object"), WITHHELD_TABLES[name])
        for name, row in rows.items()
    }


def fill(engine: sa.Engine) -> None:
    """Release a version, sign and release another, and leave a draft that one role has signed.

    The guards are taken away at the end, which whoever changes something by hand has done first.
    """
    migrate(engine)
    for marker, roles in ((1, ROLES), (2, ROLES), (3, ROLES[:1])):
        publish(
            engine,
            QUARTER,
            tables_of(marker),
            Origin("Sample Council", "0" * 64, "test", f"run-{marker}"),
            expected_draft=current_draft(engine, QUARTER),
            is_released=marker == 1,
            withheld=withheld_tables_of(marker),
            datasets=[DATASET],
        )
        for role in roles if marker > 1 else ():
            sign_off(
                engine,
                QUARTER,
                role,
                f"{role} Lead",
                roles=ROLES,
                council_name="Sample Council",
                note="Seen.",
            )
        if marker > 1 and roles == ROLES:
            release(
                engine, QUARTER, "Head of Performance", roles=ROLES, council_name="Sample Council"
            )
    with writing(engine, "test") as connection:
        drop_guards(connection)


@pytest.fixture(scope="session")
def copy_honest_sqlite(request: pytest.FixtureRequest) -> Iterator[Copy]:
    """What copies a SQLite database of which nothing was changed."""
    with filled_once("sqlite", request, fill) as copy:
        yield copy


@pytest.fixture(scope="session")
def copy_honest_postgres(request: pytest.FixtureRequest) -> Iterator[Copy]:
    """What copies a PostgreSQL database of which nothing was changed."""
    with filled_once("postgres", request, fill) as copy:
        yield copy


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def copy_honest(request: pytest.FixtureRequest) -> Copy:
    """What copies such a database, of each kind in turn."""
    copy: Copy = request.getfixturevalue(f"copy_honest_{request.param}")
    return copy


@pytest.fixture
def honest(copy_honest: Copy) -> Iterator[sa.Engine]:
    """A copy of the honest database, of the test's own."""
    with copy_honest() as url:
        yield connect(url)
