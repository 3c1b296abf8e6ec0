"""`docs/tables.md`, written from the schemas, so that what is documented is what is published."""

from collections.abc import Iterable, Mapping, Sequence
from inspect import cleandoc
from typing import Any

from perf_pipeline.schemas import (
    REPORTING_TABLES,
    STAR_TABLES,
    ColumnKind,
    Table,
    column_kinds,
    key_columns,
    register,
    table_name,
)
from perf_pipeline.schemas.views import (
    HISTORY_SUFFIX,
    STAR_REFERENCES,
    View,
    ViewColumn,
    view_model,
)

REGISTER_TABLES: Mapping[str, type[Table]] = {
    table_name(model): model
    for model in (
        register.Directorates,
        register.Services,
        register.Kpis,
        register.KpiAliases,
        register.Targets,
        register.Priorities,
        register.Themes,
        register.Benchmarks,
        register.Overrides,
        register.AcceptedRows,
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

_DRAWN = ("fact_outturn", "kpi_trend")

_INTRODUCTION = """\
# Tables

Written from the schemas by `make docs`; a test fails when this page and they differ. The same for
machines: [contract.odcs.yaml](contract.odcs.yaml), an Open Data Contract Standard file, and the
table [`data_dictionary`](#data_dictionary).

## How to read them

What readers see are views: `reporting.<table>` on PostgreSQL, `<table>` on SQLite. There are four
groups: the [tables of a publication](#tables-of-a-publication), one for each page of the report and
more; the same by keys, as a [star schema](#star-schema); their [history](#history-views); and the
[publications](#publications) themselves. Their rows carry the `publication_id` that they belong to.

**A quarter is seen whole**, the old publication or the new one, never some of each, when what
belongs together is read in one of three ways:

1. in one statement;
2. in one transaction: `REPEATABLE READ` on PostgreSQL, `BEGIN` on SQLite;
3. in any number of statements on the history views that all name one `publication_id` and its
   `move_number`, which are looked up once: `SELECT publication_id, move_number FROM
   publication_releases WHERE visible_to IS NULL AND quarter_key = …`.

Separate statements in none of these ways may see two publications, if one is released in between.
A BI tool that loads tables one by one is such a reader: let it filter the history views by
those two, or compare the `publication_id` of all that it has loaded of a quarter, and load
again if they differ.

**Missing is never 0**: a figure that is not there is null, and `outturn_status_code` or
`not_rated_reason_code` says why.

**Types** are PostgreSQL's. On SQLite `numeric` is `REAL`, `bigint` is `INTEGER`, a `boolean` is 0
or 1, a `date` is text such as `2023-07-21`, and a `timestamp` is text in UTC without a zone. Times
are UTC on both.

**Columns stay.** A column that is gone, renamed, of another type, narrower, or null where it was
not, is announced in [CHANGELOG.md](../CHANGELOG.md) first. Columns may be added: name those that
you read.
"""

_STAR = """
## Star schema

For tools that relate tables by keys. A dimension has rows for each quarter, so that a KPI, a
service or a directorate is described as it was in that quarter: its key is the quarter's key and
the code. All of it is made from the tables of the publications in view, and it has no history: read
it in one statement or one transaction.
"""

_STAR_ADVICE = """
In Power BI, draw these relations and no other, each many to one, with the filter from the dimension
to the table, and turn the detection of relations off: dimensions name their quarter and directorate
too, and a relation between dimensions would be a second way from one table to another.

- Sort `quarter_label` by `sort_key`, and ratings by `rag_order`.
- Rows with `breakdown_type_code` `all` are the KPIs' own figures. Those of a breakdown are parts of
  them: show one breakdown at a time, and never add them to the whole.
- `kpi_trend` draws a line without gaps: it has a row for each KPI in every quarter from the first
  to the last that is published. `publication_id` is null where nothing is published of the quarter.
"""

_HISTORY = """
## History views

Each table of a publication has a view `<table>_history` with the same columns and four more:
`move_number`, `version_number`, `visible_from` and `visible_to`. It shows every publication that
was ever released, as often as it was: `move_number` tells the releases of one publication apart.
What readers saw at a time is what has `visible_from` not later, and `visible_to` later or null:

```sql
SELECT kpi_ref, outturn_value FROM reporting.kpi_scorecard_history
WHERE quarter_key = '2023-24-Q1'
  AND visible_from <= '2023-09-01' AND (visible_to > '2023-09-01' OR visible_to IS NULL);
```

| column | type | null | what it is |
|---|---|---|---|
"""

_DETAIL = """
## Rows of disaggregated returns

Not for every reader: they hold small numbers. `detail.<table>` on PostgreSQL, for members of the
detail reader ([bi.md](bi.md#who-may-read-roles)), `detail_<table>` on SQLite. Publications in view
only. Figures are `double precision`.
"""

_PUBLICATIONS = """
## Publications

What became of each quarter's publications, and what every column means.
"""


def tables_page(views: Sequence[View], details: Sequence[View]) -> str:
    """Return the text of `docs/tables.md`.

    Args:
        views: Every view that readers see.
        details: Every view of rows that only some see.
    """
    histories = [view for view in views if view.name.endswith(HISTORY_SUFFIX)]
    named = {view.name: view for view in views if view not in histories}
    star = [named[name] for name in STAR_TABLES]
    tables = [named[name] for name in REPORTING_TABLES]
    others = [view for view in named.values() if view not in star and view not in tables]
    return "".join(
        [
            _INTRODUCTION,
            *_star_parts(named, star),
            "\n## Tables of a publication\n",
            *(_view(view) for view in tables),
            _history(histories[0], tables[0]),
            _DETAIL,
            *(_view(view) for view in details),
            _PUBLICATIONS,
            *(_view(view) for view in others),
            "\n## The register's files\n",
            *(_register_table(name, model) for name, model in REGISTER_TABLES.items()),
        ]
    )


def _star_parts(named: Mapping[str, View], star: Iterable[View]) -> list[str]:
    parts = [_STAR, "\n```\n", *(_arrows(named, table) for table in _DRAWN), "```\n"]
    return [*parts, _STAR_ADVICE, *(_view(view) for view in star)]


def _arrows(named: Mapping[str, View], table: str) -> str:
    """Draw which column of a table names a row of which dimension."""
    references = STAR_REFERENCES[table]
    width = max(len(column) for columns in STAR_REFERENCES.values() for column in columns)
    lines = [f"{table}\n"]
    for place, (column, target) in enumerate(references.items(), start=1):
        corner = "└" if place == len(references) else "├"
        (key,) = named[target].keys
        arrow = "─" * (width - len(column) + 2)
        lines.append(f"{corner}─ {column} {arrow}▶ {target}.{key}\n")
    return "".join(lines)


def _history(history: View, table: View) -> str:
    shared = {column.name for column in table.columns}
    own = (column for column in history.columns if column.name not in shared)
    return _HISTORY + "".join(_column_line(column) for column in own)


def _view(view: View) -> str:
    model = view_model(view.name)
    description = view.description if model is None else cleandoc(str(model.__doc__))
    lines = [_heading(view.name, description, view.keys)]
    lines.append("\n| column | type | null | what it is |\n|---|---|---|---|\n")
    lines += [_column_line(column) for column in view.columns]
    return "".join(lines)


def _column_line(column: ViewColumn) -> str:
    null = "yes" if column.is_nullable else ""
    return f"| `{column.name}` | {column.type_text} | {null} | {column.description} |\n"


def _register_table(name: str, model: type[Table]) -> str:
    columns = model.to_schema().columns
    lines = [_heading(name, cleandoc(str(model.__doc__)), key_columns(model))]
    lines.append("\n| column | type | empty | what it is |\n|---|---|---|---|\n")
    for column, kind in column_kinds(model).items():
        field = columns[column]
        width = field.metadata.get("max_length")
        type_text = f"{kind}({width})" if kind is ColumnKind.CODE else str(kind)
        empty = "yes" if field.nullable else ""
        meaning = f"{field.description}{_words(field)}"
        lines.append(f"| `{column}` | {type_text} | {empty} | {meaning} |\n")
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


def _heading(name: str, description: str, keys: Sequence[str]) -> str:
    heading = f"\n### `{name}`\n\n{description}\n"
    return heading + (
        f"\nOne row for each {', '.join(f'`{key}`' for key in keys)}.\n" if keys else ""
    )
