"""`docs/tables.md`, written from the schemas, so that what is documented is what is published."""

import inspect
from collections.abc import Mapping
from typing import Any

from perf_pipeline.schemas import (
    REPORTING_TABLES,
    ColumnKind,
    Table,
    column_kinds,
    key_columns,
    register,
    table_name,
)

REGISTER_TABLES: Mapping[str, type[Table]] = {
    table_name(model): model
    for model in (
        register.Directorates,
        register.Services,
        register.Kpis,
        register.Targets,
        register.Priorities,
        register.Themes,
        register.Benchmarks,
        register.Overrides,
        register.SeriesBreaks,
        register.Successors,
        register.Breakdowns,
        register.History,
        register.InDevelopment,
        register.KeyIssueNotes,
        register.StatedCounts,
        register.Receipts,
    )
}
"""The register's files, by name."""

_INTRODUCTION = """\
# Tables

Written from the schemas by `make docs`; a test fails when this page and they differ.

## How to read them

The reporting tables are views of the publications in view: `reporting.<table>` on PostgreSQL,
`<table>` on SQLite. Each row carries the `publication_id` it belongs to. A reader sees a quarter
whole, the old one or the new one, in any of three ways: one statement; several statements in one
transaction (`REPEATABLE READ` on PostgreSQL, `BEGIN` on SQLite); or several statements that all
name one `publication_id`. Separate statements without either may see two publications.

Missing is never 0: a figure that is not there is null, and `outturn_status_code` or
`not_rated_reason_code` says why.

Besides the tables below there are `publications` (every version of every quarter, when and by what
run and code it was made, and which one is in view) and `data_dictionary` (this page as a table).
"""


def tables_page() -> str:
    """Return the text of `docs/tables.md`."""
    parts = [_INTRODUCTION, "\n## Reporting tables\n"]
    parts += [_table(name, model, extra=True) for name, model in REPORTING_TABLES.items()]
    parts.append("\n## The register's files\n")
    parts += [_table(name, model, extra=False) for name, model in REGISTER_TABLES.items()]
    return "".join(parts)


def _table(name: str, model: type[Table], *, extra: bool) -> str:
    columns = model.to_schema().columns
    keys = ", ".join(f"`{key}`" for key in key_columns(model))
    lines = [f"\n### `{name}`\n\n{inspect.cleandoc(str(model.__doc__))}\n"]
    if keys:
        lines.append(f"\nOne row for each {keys}.\n")
    lines.append("\n| column | type | empty | what it is |\n|---|---|---|---|\n")
    for column, kind in column_kinds(model).items():
        field = columns[column]
        width = field.metadata.get("max_length")
        type_text = f"{kind}({width})" if kind is ColumnKind.CODE else str(kind)
        empty = "yes" if field.nullable else ""
        meaning = f"{field.description}{_words(field)}"
        lines.append(f"| `{column}` | {type_text} | {empty} | {meaning} |\n")
    if extra:
        lines.append("| `publication_id` | code(64) |  | Publication that the row belongs to. |\n")
    return "".join(lines)


def _words(field: Any) -> str:
    """List the words that a column may hold, where they are few."""
    allowed = [
        word
        for check in field.checks
        if check.name == "isin"
        for word in check.statistics["allowed_values"]
    ]
    return f" One of: {', '.join(f'`{word}`' for word in allowed)}." if allowed else ""
