"""Comparisons, benchmarks, overrides, findings and roll-ups; figures that may be provisional.

Revision 0002. What the earlier publications did not know stays null in their rows; their figures
were never marked as provisional, since no return could do so.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SCHEMA = "core"


def upgrade() -> None:
    """Widen the tables that are there and make the new ones; the caller's transaction does all."""
    for table in ("directorate_summary", "service_summary", "council_summary"):
        _widen(table, _changes())
    _widen("kpi_scorecard", _scorecard_columns())
    _widen("exceptions", _exception_columns())
    _widen("restatements", _restatement_columns())
    _widen("rejected_rows", [_code("figure_quarter_key", 10), _code("breakdown_type_code", 30)])
    _settle(
        "kpi_scorecard",
        {"is_provisional": "false", "is_held_enough": "false", "period_quarter_key": "quarter_key"},
        optional=("amber_tolerance_value",),
    )
    _settle("restatements", {"has_provisional_figure": "false"})
    _make_roll_ups()
    _make_findings()


def _changes() -> list[sa.Column[Any]]:
    return [
        _code("rated_text", 20, null=True),
        _count("previous_kpi_count", null=True),
        _count("previous_rated_count", null=True),
        _count("previous_red_count", null=True),
        _count("previous_amber_count", null=True),
        _count("previous_green_count", null=True),
        _code("red_change_text", 60, null=True),
        _code("amber_change_text", 60, null=True),
        _code("green_change_text", 60, null=True),
        _count("improved_previous_quarter_count", null=True),
        _count("maintained_previous_quarter_count", null=True),
        _count("declined_previous_quarter_count", null=True),
        _count("not_comparable_previous_quarter_count", null=True),
        _count("improved_last_year_count", null=True),
        _count("maintained_last_year_count", null=True),
        _count("declined_last_year_count", null=True),
        _count("not_comparable_last_year_count", null=True),
    ]


def _scorecard_columns() -> list[sa.Column[Any]]:
    return [
        _code("rag_label", 40, null=True),
        _code("rule_rag_code", 10, null=True),
        _code("rating_basis_code", 10, null=True),
        _code("override_role", 120, null=True),
        _date("override_date", null=True),
        _text("override_reason_text", null=True),
        _code("stated_rag_code", 10, null=True),
        _text("rating_reason_text", null=True),
        _flag("is_provisional"),
        _code("period_quarter_key", 10),
        _figure("floor_value", null=True),
        _figure("lower_value", null=True),
        _figure("upper_value", null=True),
        _code("tolerance_unit_code", 10, null=True),
        _code("improvement_comparator_code", 20, null=True),
        _flag("is_held_enough"),
        _figure("forecast_value", null=True),
        _code("forecast_text", 40, null=True),
        _figure("year_end_target_value", null=True),
        _figure("year_end_floor_value", null=True),
        _figure("year_end_lower_value", null=True),
        _figure("year_end_upper_value", null=True),
        _code("forecast_rag_code", 10, null=True),
        _code("direction_baseline_code", 20, null=True),
        _code("direction_trend_code", 20, null=True),
        _code("priority_code", 30, null=True),
        _code("priority_name", 120, null=True),
        _code("theme_code", 30, null=True),
        _code("theme_name", 120, null=True),
    ]


def _exception_columns() -> list[sa.Column[Any]]:
    return [
        _code("rag_label", 40, null=True),
        _code("rule_rag_code", 10, null=True),
        _code("override_role", 120, null=True),
        _date("override_date", null=True),
        _text("override_reason_text", null=True),
    ]


def _restatement_columns() -> list[sa.Column[Any]]:
    return [
        _code("restatement_kind_code", 20, null=True),
        _flag("has_provisional_figure"),
    ]


def _counts() -> list[sa.Column[Any]]:
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


def _make_roll_ups() -> None:
    _versions(
        "priority_summary",
        ["quarter_key", "priority_code"],
        _code("quarter_key", 10),
        _code("priority_code", 30),
        _code("priority_name", 120),
        _count("display_order"),
        *_counts(),
        *_changes(),
    )
    _versions(
        "theme_summary",
        ["quarter_key", "theme_code"],
        _code("quarter_key", 10),
        _code("theme_code", 30),
        _code("theme_name", 120),
        _count("display_order"),
        *_counts(),
        *_changes(),
    )
    _versions(
        "owner_summary",
        ["quarter_key", "owner_name"],
        _code("quarter_key", 10),
        _code("owner_name", 120),
        _count("display_order"),
        *_counts(),
        *_changes(),
    )
    _versions(
        "directorate_trend",
        ["quarter_key", "trend_quarter_key", "directorate_code"],
        _code("quarter_key", 10),
        _code("trend_quarter_key", 10),
        _code("directorate_code", 20),
        _code("directorate_name", 120),
        _count("display_order"),
        *_counts(),
    )


def _make_findings() -> None:
    _versions(
        "kpi_comparisons",
        ["quarter_key", "kpi_ref", "comparator_code"],
        _code("quarter_key", 10),
        _code("kpi_ref", 24),
        _code("comparator_code", 20),
        _code("comparator_quarter_key", 10, null=True),
        _figure("comparator_value", null=True),
        _code("comparator_origin_text", 400, null=True),
        _count("figure_count", null=True),
        _figure("change_value", null=True),
        _code("change_unit_code", 10),
        _code("direction_code", 20),
        _code("not_comparable_reason_code", 30, null=True),
        _flag("is_series_broken"),
        _code("comparator_label", 40),
    )
    _versions(
        "kpi_benchmarks",
        ["quarter_key", "kpi_ref", "benchmark_type_code"],
        _code("quarter_key", 10),
        _code("kpi_ref", 24),
        _code("benchmark_type_code", 30),
        _code("benchmark_name", 120),
        _figure("outturn_value", null=True),
        _figure("benchmark_value"),
        _figure("difference_value", null=True),
        _code("difference_unit_code", 10),
        _code("position_code", 10, null=True),
        _code("benchmark_rag_code", 10, null=True),
        _flag("is_illustrative"),
    )
    _versions(
        "data_quality",
        ["quarter_key", "finding_number"],
        _code("quarter_key", 10),
        _count("finding_number"),
        _code("check_code", 40),
        _code("kpi_ref", 24, null=True),
        _code("kpi_name", 255, null=True),
        _code("directorate_code", 20, null=True),
        _code("source_code", 40, null=True),
        _text("finding_text"),
        _code("file_name", 255, null=True),
        _code("sheet_name", 64, null=True),
        _count("row_number", null=True),
    )
    _versions(
        "rag_scheme",
        ["quarter_key", "rag_code"],
        _code("quarter_key", 10),
        _code("rag_code", 10),
        _code("rag_label", 40),
        _code("colour_code", 7),
        _code("symbol_text", 4),
        _count("display_order"),
    )
    _versions(
        "organisation_changes",
        ["quarter_key", "unit_kind_code", "old_code", "new_code"],
        _code("quarter_key", 10),
        _code("unit_kind_code", 20),
        _code("old_code", 30),
        _code("new_code", 30),
        _code("from_quarter_key", 10),
        _text("note_text", null=True),
    )


def _widen(name: str, columns: list[sa.Column[Any]]) -> None:
    """Add columns, each null in the rows that are there."""
    for column in columns:
        column.nullable = True
        op.add_column(f"{name}_versions", column, schema=_own_schema())


def _settle(name: str, required: dict[str, str], optional: tuple[str, ...] = ()) -> None:
    """Fill columns that must have a value, and let others be null; SQLite makes the table anew."""
    schema = _own_schema()
    values = {column: sa.text(value) for column, value in required.items()}
    table_clause = sa.table(f"{name}_versions", *map(sa.column, required), schema=schema)
    op.execute(sa.update(table_clause).values(values))
    with op.batch_alter_table(f"{name}_versions", schema=schema) as table:
        for column in required:
            table.alter_column(column, nullable=False)
        for column in optional:
            table.alter_column(column, nullable=True)


def _own_schema() -> str | None:
    """Return the tables' schema; Alembic does not translate it away for SQLite when altering."""
    return None if op.get_bind().dialect.name == "sqlite" else SCHEMA


def _versions(name: str, key: list[str], *columns: sa.Column[Any]) -> None:
    table = f"{name}_versions"
    op.create_table(
        table,
        *columns,
        _code("publication_id", 64),
        sa.PrimaryKeyConstraint("publication_id", *key, name=f"{table}_pkey"),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["core.publication_versions.publication_id"],
            name=f"{table}_publication_id_fkey",
        ),
        schema=SCHEMA,
    )


def _code(name: str, width: int, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(width), nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=null)


def _figure(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric().with_variant(sa.REAL(), "sqlite"), nullable=null)


def _count(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=null)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _date(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=null)
