"""The first tables: publications, their moves, the pointer, and every reporting table.

Revision 0001. Descriptions and views are not part of a revision: `migrate` takes them from the
schemas and from `sql/reporting/` once the tables are there.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SCHEMA = "core"


def upgrade() -> None:
    """Make every table; the caller's transaction makes them all at once."""
    _make_publications()
    _make_moves()
    _make_dictionary()
    _make_summaries()
    _make_kpi_tables()
    _make_other_tables()


def _make_publications() -> None:
    _table(
        "publication_versions",
        _code("publication_id", 64),
        _code("quarter_key", 10),
        _count("version_number"),
        _timestamp("created_at"),
        _code("council_name", 120),
        _code("council_sha256", 64),
        _code("code_version", 120),
        _code("run_id", 120),
        _count("row_count"),
        sa.PrimaryKeyConstraint("publication_id", name="publication_versions_pkey"),
        sa.UniqueConstraint(
            "quarter_key",
            "version_number",
            name="publication_versions_quarter_key_version_number_key",
        ),
    )


def _make_moves() -> None:
    _table(
        "publication_moves",
        _code("quarter_key", 10),
        _count("move_number"),
        _code("publication_id", 64),
        _timestamp("moved_at"),
        _code("run_id", 120),
        sa.PrimaryKeyConstraint("quarter_key", "move_number", name="publication_moves_pkey"),
        _publication_of("publication_moves"),
    )
    _table(
        "current_publications",
        _code("quarter_key", 10),
        _code("publication_id", 64),
        _count("move_number"),
        sa.PrimaryKeyConstraint("quarter_key", name="current_publications_pkey"),
        _publication_of("current_publications"),
        sa.ForeignKeyConstraint(
            ["quarter_key", "move_number"],
            ["core.publication_moves.quarter_key", "core.publication_moves.move_number"],
            name="current_publications_quarter_key_move_number_fkey",
        ),
    )


def _make_dictionary() -> None:
    _table(
        "data_dictionary_entries",
        _code("table_name", 63),
        _code("column_name", 63),
        _count("column_order"),
        _code("kind_code", 20),
        _code("type_text", 60),
        _text("description_text"),
        sa.PrimaryKeyConstraint("table_name", "column_name", name="data_dictionary_entries_pkey"),
    )


def _make_summaries() -> None:
    _versions(
        "directorate_summary",
        ["quarter_key", "directorate_code"],
        _code("quarter_key", 10),
        _code("directorate_code", 20),
        _code("directorate_name", 120),
        _count("display_order"),
        *_rag_counts(),
    )
    _versions(
        "service_summary",
        ["quarter_key", "service_code"],
        _code("quarter_key", 10),
        _code("directorate_code", 20),
        _code("directorate_name", 120),
        _code("service_code", 30),
        _code("service_name", 120),
        _count("display_order"),
        *_rag_counts(),
    )
    _versions(
        "council_summary",
        ["quarter_key"],
        _code("quarter_key", 10),
        _code("council_name", 120),
        *_rag_counts(),
    )


def _make_kpi_tables() -> None:
    _versions(
        "kpi_scorecard",
        ["quarter_key", "kpi_ref"],
        _code("quarter_key", 10),
        _code("kpi_ref", 24),
        _code("kpi_name", 255),
        _code("directorate_code", 20),
        _code("directorate_name", 120),
        _code("service_code", 30),
        _code("service_name", 120),
        _count("display_order"),
        _code("unit_code", 20),
        _code("polarity_code", 10),
        _code("outturn_status_code", 20, null=True),
        _figure("outturn_value", null=True),
        _code("outturn_text", 40, null=True),
        _figure("numerator_value", null=True),
        _figure("denominator_value", null=True),
        _figure("target_value", null=True),
        _code("target_text", 40, null=True),
        _code("target_valid_from", 10, null=True),
        _code("target_valid_to", 10, null=True),
        _figure("variance_value", null=True),
        _figure("shortfall_value", null=True),
        _code("rule_name", 40),
        _code("rule_kind_code", 20),
        _figure("green_tolerance_value"),
        _figure("amber_tolerance_value"),
        _figure("green_limit_value", null=True),
        _figure("amber_limit_value", null=True),
        _code("rag_code", 10, null=True),
        _code("not_rated_reason_code", 20, null=True),
        _code("direction_previous_quarter_code", 20),
        _code("not_comparable_previous_quarter_code", 20, null=True),
        _figure("previous_quarter_value", null=True),
        _code("previous_quarter_origin_text", 400, null=True),
        _code("direction_last_year_code", 20),
        _code("not_comparable_last_year_code", 20, null=True),
        _figure("last_year_value", null=True),
        _code("last_year_origin_text", 400, null=True),
        _code("owner_name", 120),
        _flag("is_illustrative"),
        _text("commentary_text", null=True),
        _text("action_text", null=True),
        _code("source_code", 40),
        _code("file_name", 255, null=True),
        _code("file_sha256", 64, null=True),
        _code("sheet_name", 64, null=True),
        _count("row_number", null=True),
        _text("raw_value_text", null=True),
    )
    _versions(
        "kpi_breakdowns",
        ["quarter_key", "kpi_ref", "breakdown_type_code", "breakdown_category_code"],
        _code("quarter_key", 10),
        _code("kpi_ref", 24),
        _code("kpi_name", 255),
        _code("breakdown_type_code", 30),
        _code("breakdown_category_code", 30),
        _code("breakdown_category_name", 120),
        _count("display_order"),
        _code("unit_code", 20),
        _code("outturn_status_code", 20),
        _figure("outturn_value", null=True),
        _code("outturn_text", 40, null=True),
        _figure("numerator_value", null=True),
        _figure("denominator_value", null=True),
        _code("source_code", 40),
        _code("file_name", 255),
        _code("file_sha256", 64),
        _code("sheet_name", 64, null=True),
        _count("row_number"),
        _text("raw_value_text", null=True),
    )
    _versions(
        "exceptions",
        ["quarter_key", "kpi_ref"],
        _code("quarter_key", 10),
        _code("kpi_ref", 24),
        _code("kpi_name", 255),
        _code("directorate_code", 20),
        _code("directorate_name", 120),
        _count("display_order"),
        _code("rag_code", 10),
        _code("outturn_text", 40, null=True),
        _code("target_text", 40, null=True),
        _text("commentary_text", null=True),
        _text("action_text", null=True),
        _flag("is_commentary_missing"),
        _flag("is_action_missing"),
    )


def _make_other_tables() -> None:
    _versions(
        "key_issues",
        ["quarter_key", "directorate_code", "issue_order"],
        _code("quarter_key", 10),
        _code("directorate_code", 20),
        _code("directorate_name", 120),
        _count("display_order"),
        _count("issue_order"),
        _text("issue_text"),
    )
    _versions(
        "indicators_in_development",
        ["quarter_key", "directorate_code", "indicator_order"],
        _code("quarter_key", 10),
        _code("directorate_code", 20),
        _code("directorate_name", 120),
        _count("display_order"),
        _count("indicator_order"),
        _text("indicator_text"),
    )
    _versions(
        "return_status",
        ["quarter_key", "source_code"],
        _code("quarter_key", 10),
        _code("source_code", 40),
        _code("source_name", 120),
        _code("contact_role", 120),
        _code("return_status_code", 20),
        _date("deadline_date"),
        _date("received_date", null=True),
        _count("due_kpi_count"),
        _count("missing_kpi_count"),
        _count("read_count"),
        _count("accepted_count"),
        _count("rejected_count"),
        _count("ignored_count"),
        _code("file_name", 255, null=True),
        _code("file_sha256", 64, null=True),
    )
    _versions(
        "rejected_rows",
        ["quarter_key", "row_id"],
        _code("quarter_key", 10),
        _code("row_id", 120),
        _code("source_code", 40),
        _code("file_name", 255),
        _code("file_sha256", 64),
        _code("sheet_name", 64, null=True),
        _count("row_number"),
        _code("kpi_ref", 24, null=True),
        _code("reason_code", 255),
        _text("reason_text"),
        _text("row_text"),
    )
    _versions(
        "restatements",
        ["quarter_key", "kpi_ref", "restated_quarter_key"],
        _code("quarter_key", 10),
        _code("kpi_ref", 24),
        _code("kpi_name", 255),
        _code("restated_quarter_key", 10),
        _figure("earlier_value", null=True),
        _figure("restated_value", null=True),
        _text("commentary_text", null=True),
        _code("source_code", 40),
        _code("file_name", 255),
        _code("file_sha256", 64),
        _code("sheet_name", 64, null=True),
        _count("row_number"),
    )


def _rag_counts() -> list[sa.Column[Any]]:
    return [
        _count("kpi_count"),
        _count("rated_count"),
        _count("red_count"),
        _count("amber_count"),
        _count("green_count"),
        _figure("red_pct", null=True),
        _figure("amber_pct", null=True),
        _figure("green_pct", null=True),
        _code("red_text", 20, null=True),
        _code("amber_text", 20, null=True),
        _code("green_text", 20, null=True),
    ]


def _versions(name: str, key: list[str], *columns: sa.Column[Any]) -> None:
    table = f"{name}_versions"
    _table(
        table,
        *columns,
        _code("publication_id", 64),
        sa.PrimaryKeyConstraint("publication_id", *key, name=f"{table}_pkey"),
        _publication_of(table),
    )


def _table(name: str, *items: Any) -> None:
    op.create_table(name, *items, schema=SCHEMA)


def _publication_of(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["publication_id"],
        ["core.publication_versions.publication_id"],
        name=f"{table}_publication_id_fkey",
    )


def _code(name: str, width: int, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(width), nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=null)


def _figure(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric().with_variant(sa.REAL(), "sqlite"), nullable=null)


def _count(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=null)


def _flag(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=null)


def _date(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=null)


def _timestamp(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
