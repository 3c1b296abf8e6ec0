"""The tables of a publication's life: versions, drafts, signatures, releases, changes, the log."""

from typing import Any

import sqlalchemy as sa

from perf_pipeline.schemas import ColumnKind
from perf_pipeline.warehouse.columns import (
    TIMESTAMP,
    column,
    metadata,
    publication_key,
    quarter_column,
)


def publication_columns() -> list[sa.Column[Any]]:
    """Declare what is known of a publication."""
    return [
        publication_key(),
        quarter_column(),
        column("version_number", ColumnKind.COUNT, "1 is the quarter's first publication."),
        column("created_at", TIMESTAMP, "When it was written, UTC; versions order, not times."),
        column("council_name", ColumnKind.CODE, "The council.", width=120),
        column("council_sha256", ColumnKind.CODE, "SHA-256 of the council folder.", width=64),
        column("code_version", ColumnKind.CODE, "Version of the code that wrote it.", width=120),
        column("run_id", ColumnKind.CODE, "Run that wrote it.", width=120),
        column("row_count", ColumnKind.COUNT, "Rows in all its tables together."),
    ]


def signature_columns() -> list[sa.Column[Any]]:
    """Declare what is known of a signature."""
    return [
        publication_key(),
        column("draft_number", ColumnKind.COUNT, "The quarter's draft that was signed."),
        column("role_name", ColumnKind.CODE, "Role that signed.", width=120),
        column("signed_by", ColumnKind.CODE, "Who signed, as they gave it.", width=120),
        column("signed_at", TIMESTAMP, "When, UTC."),
        column("note_text", ColumnKind.TEXT, "What they noted.", nullable=True),
    ]


def change_columns() -> list[sa.Column[Any]]:
    """Declare one cell's change between two publications of a quarter."""
    return [
        publication_key(),
        publication_key("before_publication_id"),
        column("table_name", ColumnKind.CODE, "Reporting table.", width=63),
        column("row_key", ColumnKind.CODE, "The row's key within the quarter.", width=255),
        column(
            "column_name",
            ColumnKind.CODE,
            "Column; `(row)` where the row is new or gone.",
            width=63,
        ),
        column(
            "kpi_ref",
            ColumnKind.CODE,
            "The KPI, where the row is about one.",
            width=24,
            nullable=True,
        ),
        column("before_text", ColumnKind.TEXT, "The cell before; null for none.", nullable=True),
        column("after_text", ColumnKind.TEXT, "The cell after; null for none.", nullable=True),
    ]


def _one_publication(name: str = "publication_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [publication_versions.c.publication_id])


publication_versions = sa.Table(
    "publication_versions",
    metadata,
    *publication_columns(),
    sa.PrimaryKeyConstraint("publication_id"),
    sa.UniqueConstraint("quarter_key", "version_number"),
    comment="Every publication there ever was; never changed.",
)

layout_columns = sa.Table(
    "layout_columns",
    metadata,
    column("layout_sha256", ColumnKind.CODE, "SHA-256 of tables and columns, in order.", width=64),
    column("table_order", ColumnKind.COUNT, "The table's place in the digest, 1 first."),
    column("table_name", ColumnKind.CODE, "Reporting table.", width=63),
    column("column_order", ColumnKind.COUNT, "The column's place in the table, 1 first."),
    column("column_name", ColumnKind.CODE, "Column.", width=63),
    sa.PrimaryKeyConstraint("layout_sha256", "table_name", "column_name"),
    comment="Which columns publications had, so that an old digest can be worked out again.",
)

publication_layouts = sa.Table(
    "publication_layouts",
    metadata,
    publication_key(),
    column("layout_sha256", ColumnKind.CODE, "Columns that its digest covers.", width=64),
    sa.PrimaryKeyConstraint("publication_id"),
    _one_publication(),
    comment="Which layout each publication has; never changed.",
)

draft_publications = sa.Table(
    "draft_publications",
    metadata,
    quarter_column(),
    publication_key(),
    column("draft_number", ColumnKind.COUNT, "1 is the quarter's first draft."),
    sa.PrimaryKeyConstraint("quarter_key"),
    _one_publication(),
    comment="The pointer: the publication that each quarter's last run made.",
)

publication_signatures = sa.Table(
    "publication_signatures",
    metadata,
    *signature_columns(),
    sa.PrimaryKeyConstraint("publication_id", "draft_number", "role_name"),
    _one_publication(),
    comment="Who has signed which draft; never changed.",
)

publication_moves = sa.Table(
    "publication_moves",
    metadata,
    quarter_column(),
    column("move_number", ColumnKind.COUNT, "1 is the quarter's first move."),
    publication_key(),
    column("moved_at", TIMESTAMP, "When readers began to see it, UTC."),
    column("run_id", ColumnKind.CODE, "Run that moved the pointer.", width=120),
    sa.PrimaryKeyConstraint("quarter_key", "move_number"),
    _one_publication(),
    comment="Every release: which publication readers saw, from when; never changed.",
)

current_publications = sa.Table(
    "current_publications",
    metadata,
    quarter_column(),
    publication_key(),
    column("move_number", ColumnKind.COUNT, "The move that brought it into view."),
    sa.PrimaryKeyConstraint("quarter_key"),
    _one_publication(),
    sa.ForeignKeyConstraint(
        ["quarter_key", "move_number"],
        [publication_moves.c.quarter_key, publication_moves.c.move_number],
    ),
    comment="The pointer: the publication of each quarter that readers see.",
)

publication_change_entries = sa.Table(
    "publication_change_entries",
    metadata,
    *change_columns(),
    sa.PrimaryKeyConstraint(
        "publication_id", "before_publication_id", "table_name", "row_key", "column_name"
    ),
    _one_publication(),
    _one_publication("before_publication_id"),
    comment="What each release changed of what readers saw before it; never changed.",
)

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    column("entry_number", ColumnKind.COUNT, "1 is the first; there are no gaps."),
    column("entry_kind_code", ColumnKind.CODE, "draft, signature or release.", width=20),
    quarter_column(),
    publication_key(),
    column("actor_name", ColumnKind.CODE, "Run or person.", width=120),
    column("happened_at", TIMESTAMP, "When, UTC."),
    column("detail_text", ColumnKind.TEXT, "What was recorded, as canonical JSON."),
    column("previous_sha256", ColumnKind.CODE, "Hash of the entry before.", width=64),
    column("entry_sha256", ColumnKind.CODE, "Hash of this entry and the one before.", width=64),
    sa.PrimaryKeyConstraint("entry_number"),
    comment="What happened to publications, each entry chained to the one before; never changed.",
)

calendar_quarters = sa.Table(
    "calendar_quarters",
    metadata,
    quarter_column(),
    column("quarter_label", ColumnKind.CODE, "`Q1 2023/24`.", width=10),
    column("fiscal_year", ColumnKind.CODE, "`2023/24`.", width=7),
    column("quarter_number", ColumnKind.COUNT, "1 is April to June."),
    column("sort_key", ColumnKind.COUNT, "20231 is Q1 2023/24."),
    column("start_date", ColumnKind.DATE, "First day."),
    column("end_date", ColumnKind.DATE, "Last day."),
    sa.PrimaryKeyConstraint("quarter_key"),
    comment="Quarters of a century, whether or not anything is published of them.",
)

CALENDAR_YEARS = range(2000, 2100)
"""Financial years, by the year in which each begins, whose quarters the calendar has."""

NEVER_CHANGED = (
    publication_versions,
    layout_columns,
    publication_layouts,
    publication_signatures,
    publication_moves,
    publication_change_entries,
    audit_entries,
)
"""Tables that nobody may update or delete from; the version tables are such too."""
