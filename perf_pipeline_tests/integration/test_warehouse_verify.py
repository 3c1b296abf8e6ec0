"""`verify` finds whatever was changed by hand, down to one cell, and nothing on honest databases.

Whoever changes something by hand has taken the guards away first; so do these tests.
"""

import pytest
import sqlalchemy as sa

from perf_pipeline.errors import RequestError
from perf_pipeline.warehouse import audit, connect, verify
from perf_pipeline.warehouse.engine import is_sqlite, writing
from perf_pipeline.warehouse.life_tables import audit_entries, publication_versions
from perf_pipeline.warehouse.tables import version_tables
from perf_pipeline.warehouse.view_files import view_query

pytest_plugins = [
    "perf_pipeline_tests.integration.prepared_databases",
    "perf_pipeline_tests.integration.honest_databases",
]


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


def test_database_without_a_publication_has_no_fault(prepared_url: str) -> None:
    """A database that is set up and empty is as it should be."""
    assert verify(connect(prepared_url)).faults == ()


@pytest.mark.parametrize("value", [None, 0], ids=["taken away", "zero"])
def test_missing_is_told_from_zero(honest: sa.Engine, value: float | None) -> None:
    """A figure that was taken away, or set to 0, is an altered cell."""
    alter(honest, "kpi_scorecard", "outturn_value", value)
    assert len(verify(honest).faults) == 1


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
    "trailing zero": ("postgres", SCORECARD, "outturn_value = 71.428571428571430"),
    "infinite day": ("postgres", "return_status_versions", "deadline_date = 'infinity'"),
}


@pytest.mark.parametrize(
    ("copy_honest", "table", "setting"), DISGUISES.values(), ids=DISGUISES, indirect=["copy_honest"]
)
def test_altered_cell_that_reads_alike_is_found(
    honest: sa.Engine, table: str, setting: str
) -> None:
    """What a driver reads as it was, or cannot read, is found: BI tools read with another."""
    change(honest, UPDATE.replace("$table", table).replace("$setting", setting))
    (fault,) = verify(honest).faults
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
    "release at no moment": (
        "UPDATE core.publication_moves SET moved_at = 'infinity'",
        "what is recorded of publications cannot be read as it was written",
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
    "layout renumbered": (
        "UPDATE core.layout_columns SET table_order = 99 WHERE table_order = 20",
        "layout",
    ),
    "calendar altered": (
        "UPDATE core.calendar_quarters SET quarter_label = 'Q1 2022/23' WHERE sort_key = 20231",
        "the calendar's row of 2023-24-Q1 was changed",
    ),
    "calendar cut short": (
        "DELETE FROM core.calendar_quarters WHERE sort_key = 20231",
        "the calendar's row of 2023-24-Q1 was changed",
    ),
}


@pytest.mark.parametrize(("statement", "fault"), CHANGES.values(), ids=CHANGES)
def test_change_by_hand_is_found(honest: sa.Engine, statement: str, fault: str) -> None:
    """What somebody changes of versions, the log, pointers or signatures is named."""
    change(honest, statement)
    faults = verify(honest).faults
    assert any(found.startswith(fault) for found in faults), faults


@pytest.mark.parametrize("copy_honest", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("table", "setting"),
    [
        ("publication_versions", "created_at = replace(created_at, ' ', 'T')"),
        ("publication_moves", "moved_at = replace(moved_at, ' ', 'T')"),
        ("publication_signatures", "signed_at = signed_at || '+00:00'"),
        ("audit_entries", "happened_at = happened_at || '000'"),
        ("calendar_quarters", "start_date = replace(start_date, '-', '')"),
        ("calendar_quarters", "end_date = '2023-W26-5' WHERE sort_key = 20231"),
    ],
)
def test_altered_moment_that_reads_alike_is_found(
    honest: sa.Engine, table: str, setting: str
) -> None:
    """SQLite keeps moments and days as text, which readers compare as text."""
    change(honest, f"UPDATE {table} SET {setting}")  # noqa: S608 - statements of our own
    assert len(verify(honest).faults) > 0


def test_entry_with_a_hash_of_its_own_is_found(honest: sa.Engine) -> None:
    """Whoever alters an entry and its hash leaves an entry behind it that does not follow."""
    with writing(honest, "test") as connection:
        entry = list(audit.entries(connection))[1] | {"actor_name": "Somebody else"}
        connection.execute(
            sa.update(audit_entries)
            .where(audit_entries.c.entry_number == entry["entry_number"])
            .values(actor_name=entry["actor_name"], entry_sha256=audit.entry_hash(entry))
        )
    assert verify(honest).faults[0] == "audit entry 3 does not follow the entry before it"


def test_log_cut_short_is_found_by_a_hash_kept_elsewhere(honest: sa.Engine) -> None:
    """Only who knows its hash misses the last entry, taken away with all that it recorded."""
    known = verify(honest).last_sha256
    assert verify(honest, known).faults == ()
    change(
        honest,
        "DELETE FROM core.audit_entries WHERE entry_number = 8",
        "DELETE FROM core.publication_signatures WHERE draft_number = 3",
    )
    assert verify(honest).faults == ()
    assert verify(honest, known).faults == (f"the audit log no longer holds the entry {known}",)


@pytest.mark.parametrize("known", ["", "0c415c7c394d", "F" * 64], ids=["none", "short", "capitals"])
def test_hash_that_is_none_is_refused(honest: sa.Engine, known: str) -> None:
    """A hash that could be of many entries, or of none, is no proof of anything."""
    with pytest.raises(RequestError, match="Give all 64 characters"):
        verify(honest, known)


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
    honest: sa.Engine, old: str, new: str, fault: str
) -> None:
    """A view that somebody mended by hand shows readers what was never published."""
    prefix, view = ("", "council_summary")
    if not is_sqlite(honest):
        prefix, view = ("core.", "reporting.council_summary")
    query = view_query("council_summary", prefix)
    assert query.count(old) == 1
    change(honest, f"DROP VIEW {view}", f"CREATE VIEW {view} AS {query.replace(old, new)}")
    assert verify(honest).faults == (fault,)
