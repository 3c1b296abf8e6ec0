"""`verify` finds whatever was changed by hand, down to one cell, and nothing on honest databases.

Whoever changes something by hand has taken the guards away first; so do these tests.
"""

import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from perf_pipeline.errors import RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind, Table, column_kinds, conform
from perf_pipeline.warehouse import (
    Origin,
    audit,
    connect,
    current_draft,
    migrate,
    publish,
    release,
    sign_off,
    verify,
)
from perf_pipeline.warehouse.engine import is_sqlite, writing
from perf_pipeline.warehouse.guards import drop_guards
from perf_pipeline.warehouse.life_tables import audit_entries, publication_versions
from perf_pipeline.warehouse.tables import version_tables
from perf_pipeline.warehouse.view_files import view_query

QUARTER = Quarter(2023, 1)
ROLES = ["Legal", "Finance"]
FILLERS = {
    ColumnKind.CODE: "x",
    ColumnKind.TEXT: "text",
    ColumnKind.FIGURE: 71.42857142857143,
    ColumnKind.COUNT: 1,
    ColumnKind.FLAG: False,
    ColumnKind.DATE: "2023-07-21",
}
ALTERED = {
    ColumnKind.CODE: "y",
    ColumnKind.TEXT: "Text",
    ColumnKind.FIGURE: 71.42857142857144,
    ColumnKind.COUNT: 2,
    ColumnKind.FLAG: True,
    ColumnKind.DATE: "2023-07-22",
}
CELLS = [
    pytest.param(name, column, id=f"{name}-{kind}")
    for name, model in REPORTING_TABLES.items()
    for kind, column in {kind: column for column, kind in column_kinds(model).items()}.items()
]
"""A column of each kind of each table, the last one."""

Copy = Callable[[], AbstractContextManager[sa.URL]]


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
    return {
        name: conform(pd.DataFrame([row], dtype="object"), REPORTING_TABLES[name])
        for name, row in rows.items()
    }


def fill(engine: sa.Engine) -> None:
    """Release a version, sign and release another, and leave a draft that one role has signed."""
    migrate(engine)
    for marker, roles in ((1, ROLES), (2, ROLES), (3, ROLES[:1])):
        publish(
            engine,
            QUARTER,
            tables_of(marker),
            Origin("Sample Council", "0" * 64, "test", f"run-{marker}"),
            expected_draft=current_draft(engine, QUARTER),
            is_released=marker == 1,
        )
        for role in roles if marker > 1 else ():
            sign_off(engine, QUARTER, role, f"{role} Lead", roles=ROLES, note="Seen.")
        if marker > 1 and roles == ROLES:
            release(engine, QUARTER, "Head of Performance", roles=ROLES)


@contextmanager
def database_copied(server: sa.URL, template: str) -> Iterator[sa.URL]:
    """Copy a PostgreSQL database for as long as it is needed."""
    name = f"test_{uuid.uuid4().hex}"
    administrator = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield server.set(database=name)
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def file_copied(path: Path) -> Iterator[sa.URL]:
    """Copy a SQLite database for as long as it is needed."""
    copied = path.with_name(f"{uuid.uuid4().hex}.sqlite")
    shutil.copyfile(path, copied)
    yield sa.URL.create("sqlite", database=str(copied))
    copied.unlink()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def copy_honest(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Copy]:
    """A function that copies a database of which nothing was changed, of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("honest") / "honest.sqlite"
        fill(connect(f"sqlite:///{path}"))
        yield lambda: file_copied(path)
        return
    server: sa.URL = request.getfixturevalue("postgres_server")
    with database_copied(server, "template0") as url:
        fill(connect(url.render_as_string(hide_password=False)))
        yield lambda: database_copied(server, str(url.database))


@pytest.fixture
def honest(copy_honest: Copy) -> Iterator[sa.Engine]:
    """A copy of the honest database."""
    with copy_honest() as url:
        yield connect(url.render_as_string(hide_password=False))


@pytest.fixture
def engine(honest: sa.Engine) -> sa.Engine:
    """A copy of the honest database, its guards taken away."""
    with writing(honest, "test") as connection:
        drop_guards(connection)
    return honest


def change(engine: sa.Engine, *statements: str) -> None:
    """Change something by hand; `$first` and `$second` stand for the ids of those versions."""
    known = publication_versions.c
    with writing(engine, "test") as connection:
        for name, number in (("$first", 1), ("$second", 2)):
            query = sa.select(known.publication_id).where(known.version_number == number)
            publication_id = connection.execute(query).scalar_one()
            statements = tuple(each.replace(name, f"('{publication_id}')") for each in statements)
        for statement in statements:
            text = statement.replace("core.", "") if is_sqlite(engine) else statement
            connection.exec_driver_sql(text)


def alter(engine: sa.Engine, name: str, column: str, value: object) -> None:
    """Alter a cell of version 2, which is in view."""
    known, table = publication_versions.c, version_tables[name]
    second = sa.select(known.publication_id).where(known.version_number == 2)
    with writing(engine, "test") as connection:
        connection.execute(
            sa.update(table).where(table.c.publication_id.in_(second)).values({column: value})
        )


def test_honest_database_has_no_fault(honest: sa.Engine) -> None:
    """Where nothing was changed nothing is found, and everything was looked at."""
    found = verify(honest)
    assert found.faults == ()
    assert (found.publication_count, found.entry_count) == (3, 8)
    assert len(found.last_sha256) == 64


def test_database_without_a_publication_has_no_fault(database_url: str) -> None:
    """A database that is set up and empty is as it should be."""
    engine = connect(database_url)
    migrate(engine)
    assert verify(engine).faults == ()


@pytest.mark.parametrize(("name", "column"), CELLS)
def test_altered_cell_is_found(engine: sa.Engine, name: str, column: str) -> None:
    """One cell of any kind in any table is found, and its version is named."""
    kind = column_kinds(REPORTING_TABLES[name])[column]
    alter(engine, name, column, ALTERED[kind])
    (fault,) = verify(engine).faults
    assert fault.startswith(UNLIKE_2)


@pytest.mark.parametrize("value", [None, 0], ids=["taken away", "zero"])
def test_missing_is_told_from_zero(engine: sa.Engine, value: float | None) -> None:
    """A figure that was taken away, or set to 0, is an altered cell."""
    alter(engine, "kpi_scorecard", "outturn_value", value)
    assert len(verify(engine).faults) == 1


UNLIKE_2 = "version 2 of 2023-24-Q1 is not what was published"
IN_VIEW = "the publication in view of 2023-24-Q1: not what"
SIGNATURES = "the signatures of 2023-24-Q1: not what"
RELEASES = "the releases of 2023-24-Q1: not what"
RELEASE_2 = "the changes of release 2 of 2023-24-Q1 are not those"
UPDATE = "UPDATE core.$table SET $setting WHERE publication_id IN $second"
SCORECARD = "kpi_scorecard_versions"
DISGUISES = {
    "flag 2": ("sqlite", SCORECARD, "is_illustrative = 2"),
    "date in short": ("sqlite", "return_status_versions", "deadline_date = 20230721"),
    "date by week": ("sqlite", "return_status_versions", "deadline_date = '2023-W29-5'"),
    "half a count": ("sqlite", "council_summary_versions", "kpi_count = 2.5"),
    "text": ("sqlite", SCORECARD, "outturn_value = '71.42857_142857143'"),
    "text nan": ("sqlite", SCORECARD, "outturn_value = 'nan'"),
    "bytes": ("sqlite", SCORECARD, "commentary_text = x'74657874'"),
    "no text": ("sqlite", SCORECARD, "commentary_text = CAST(x'ff' AS TEXT)"),
    "1e-30": ("postgres", SCORECARD, "outturn_value = outturn_value + 1e-30"),
    "NaN": ("postgres", SCORECARD, "outturn_value = 'NaN'"),
    "Infinity": ("postgres", SCORECARD, "outturn_value = 'Infinity'"),
    "1e400": ("postgres", SCORECARD, "outturn_value = 1e400"),
}


@pytest.mark.parametrize(
    ("copy_honest", "table", "setting"), DISGUISES.values(), ids=DISGUISES, indirect=["copy_honest"]
)
def test_altered_cell_that_reads_alike_is_found(
    engine: sa.Engine, table: str, setting: str
) -> None:
    """What a driver reads as it was, or cannot read, is found: BI tools read with another."""
    change(engine, UPDATE.replace("$table", table).replace("$setting", setting))
    (fault,) = verify(engine).faults
    assert fault.startswith(UNLIKE_2)


CHANGES = {
    "row deleted": (
        "DELETE FROM core.kpi_scorecard_versions WHERE publication_id IN $second",
        UNLIKE_2,
    ),
    "row added": (
        """INSERT INTO core.key_issues_versions
        SELECT quarter_key, directorate_code, directorate_name, display_order, issue_order + 1,
            issue_text, publication_id
        FROM core.key_issues_versions WHERE publication_id IN $first""",
        "version 1 of 2023-24-Q1 is not what was published",
    ),
    "entry altered": (
        "UPDATE core.audit_entries SET actor_name = 'Somebody else' WHERE entry_number = 6",
        "audit entry 6 was changed",
    ),
    "entry destroyed": (
        "UPDATE core.audit_entries SET detail_text = '{' WHERE entry_number = 6",
        "what is recorded of publications cannot be read as it was written",
    ),
    "entry deleted": (
        "DELETE FROM core.audit_entries WHERE entry_number = 3",
        "audit entry 3 is missing",
    ),
    "last entry deleted": ("DELETE FROM core.audit_entries WHERE entry_number = 8", SIGNATURES),
    "pointer moved back": (
        "UPDATE core.current_publications SET move_number = 1, publication_id = $first",
        IN_VIEW,
    ),
    "pointer removed": ("DELETE FROM core.current_publications", IN_VIEW),
    "draft renumbered": (
        "UPDATE core.draft_publications SET draft_number = 2",
        "the draft of 2023-24-Q1: not what",
    ),
    "signature removed": (
        "DELETE FROM core.publication_signatures WHERE draft_number = 3",
        SIGNATURES,
    ),
    "signer altered": (
        "UPDATE core.publication_signatures SET signed_by = 'Deputy' WHERE draft_number = 3",
        SIGNATURES,
    ),
    "releaser altered": (
        "UPDATE core.publication_moves SET run_id = 'nobody' WHERE move_number = 2",
        RELEASES,
    ),
    "release dated back": (
        "UPDATE core.publication_moves SET moved_at = '2023-08-01 09:00:00.000000'",
        RELEASES,
    ),
    "code version altered": (
        "UPDATE core.publication_versions SET code_version = 'x' WHERE version_number = 2",
        "what is known of version 2 of 2023-24-Q1 is not what",
    ),
    "version added": (
        """INSERT INTO core.publication_versions
        SELECT 'f', quarter_key, 9, created_at, council_name, council_sha256, code_version, run_id,
            row_count
        FROM core.publication_versions WHERE version_number = 1""",
        "the publications of 2023-24-Q1: not what",
    ),
    "change altered": ("UPDATE core.publication_change_entries SET before_text = '3'", RELEASE_2),
    "change removed": ("DELETE FROM core.publication_change_entries", RELEASE_2),
    "change invented": (
        """INSERT INTO core.publication_change_entries
        SELECT before_publication_id, publication_id, table_name, row_key, column_name, kpi_ref,
            after_text, before_text
        FROM core.publication_change_entries""",
        "there are changes of releases that the audit log does not know",
    ),
    "layout altered": ("DELETE FROM core.layout_columns WHERE column_name = 'kpi_name'", UNLIKE_2),
    "layout of no column": (
        "UPDATE core.layout_columns SET column_name = 'figure' WHERE column_name = 'outturn_text'",
        UNLIKE_2,
    ),
    "layout removed": (
        "DELETE FROM core.publication_layouts",
        "version 3 of 2023-24-Q1 has no layout",
    ),
    "calendar altered": (
        "UPDATE core.calendar_quarters SET quarter_label = 'Q1 2022/23' WHERE sort_key = 20231",
        "the calendar's row of 2023-24-Q1 was changed",
    ),
}


@pytest.mark.parametrize(("statement", "fault"), CHANGES.values(), ids=CHANGES)
def test_change_by_hand_is_found(engine: sa.Engine, statement: str, fault: str) -> None:
    """What somebody changes of versions, the log, pointers or signatures is named."""
    change(engine, statement)
    faults = verify(engine).faults
    assert any(found.startswith(fault) for found in faults), faults


def test_entry_with_a_hash_of_its_own_is_found(engine: sa.Engine) -> None:
    """Whoever alters an entry and its hash leaves an entry behind it that does not follow."""
    with writing(engine, "test") as connection:
        entry = list(audit.entries(connection))[1] | {"actor_name": "Somebody else"}
        connection.execute(
            sa.update(audit_entries)
            .where(audit_entries.c.entry_number == entry["entry_number"])
            .values(actor_name=entry["actor_name"], entry_sha256=audit.entry_hash(entry))
        )
    assert verify(engine).faults[0] == "audit entry 3 does not follow the entry before it"


def test_log_cut_short_is_found_by_a_hash_kept_elsewhere(engine: sa.Engine) -> None:
    """Only who knows its hash misses the last entry, taken away with all that it recorded."""
    known = verify(engine).last_sha256
    assert verify(engine, known).faults == ()
    change(
        engine,
        "DELETE FROM core.audit_entries WHERE entry_number = 8",
        "DELETE FROM core.publication_signatures WHERE draft_number = 3",
    )
    assert verify(engine).faults == ()
    assert verify(engine, known).faults == (f"the audit log no longer holds the entry {known}",)


@pytest.mark.parametrize("known", ["", "0c415c7c394d", "F" * 64], ids=["none", "short", "capitals"])
def test_hash_that_is_none_is_refused(engine: sa.Engine, known: str) -> None:
    """A hash that could be of many entries, or of none, is no proof of anything."""
    with pytest.raises(RequestError, match="Give all 64 characters"):
        verify(engine, known)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "version.kpi_count,",
            "version.kpi_count + 1 AS kpi_count,",
            "version 2 of 2023-24-Q1 is not what readers are shown: a view was changed",
        ),
        (
            "ON in_view.publication_id = version.publication_id",
            "ON true",
            "council_summary has rows of a publication that should not be there",
        ),
    ],
    ids=["figure", "publication"],
)
def test_view_that_shows_something_else_is_found(
    engine: sa.Engine, old: str, new: str, fault: str
) -> None:
    """A view that somebody mended by hand shows readers what was never published."""
    prefix, view = ("", "council_summary")
    if not is_sqlite(engine):
        prefix, view = ("core.", "reporting.council_summary")
    query = view_query("council_summary", prefix)
    assert query.count(old) == 1
    change(engine, f"DROP VIEW {view}", f"CREATE VIEW {view} AS {query.replace(old, new)}")
    assert verify(engine).faults == (fault,)
