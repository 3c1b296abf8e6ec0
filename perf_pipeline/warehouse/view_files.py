"""The views, each one SELECT: a file of `sql/reporting/` or `sql/detail/`, or a template."""

from pathlib import Path

import sqlalchemy as sa

from perf_pipeline.schemas import REPORTING_TABLES, column_kinds
from perf_pipeline.warehouse.columns import CORE, REPORTING
from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline.warehouse.tables import detail_views, reporting_views

_CORE_PLACEHOLDER = "{core}"
_HISTORY_SUFFIX = "_history"
_PACKAGE = Path(__file__).parents[1]


def sql_folder() -> Path:
    """Return the folder `sql`: in the package once installed, beside it in a checkout."""
    installed = _PACKAGE / "sql"
    return installed if installed.is_dir() else _PACKAGE.parent / "sql"


def view_query(name: str, core_prefix: str, schema: str = REPORTING) -> str:
    """Return a view's SELECT, its tables prefixed: `core.` on PostgreSQL, nothing on SQLite."""
    file = sql_folder() / schema / f"{name}.sql"
    text = file.read_text(encoding="utf-8") if file.is_file() else _history_query(name)
    return text.strip().replace(_CORE_PLACEHOLDER, core_prefix)


def _history_query(name: str) -> str:
    table = name.removesuffix(_HISTORY_SUFFIX)
    columns = (f"    version.{column}" for column in column_kinds(REPORTING_TABLES[table]))
    template = (sql_folder() / "templates" / "history.sql").read_text(encoding="utf-8")
    return template.replace("{name}", table).replace("{columns}", ",\n".join(columns))


def _views() -> tuple[sa.Table, ...]:
    return (*reporting_views.values(), *detail_views.values())


def drop_views(connection: sa.Connection) -> None:
    """Take the views away, so that the tables below them can be changed."""
    for view in _views():
        connection.execute(sa.text(f"DROP VIEW IF EXISTS {_qualified(connection, view)}"))


def create_views(connection: sa.Connection) -> None:
    """Make every view anew."""
    core_prefix = "" if is_sqlite(connection) else f"{CORE}."
    # Without a barrier a reader's own condition is tried on rows that the view leaves out, and its
    # error message quotes what they hold.
    options = "" if is_sqlite(connection) else " WITH (security_barrier)"
    for view in _views():
        head = f"CREATE VIEW {_qualified(connection, view)}{options} AS"
        query = view_query(view.name, core_prefix, str(view.schema))
        connection.execute(_verbatim(f"{head}\n{query}"))


def comment_views(connection: sa.Connection) -> None:
    """Describe every view and each of its columns, where the database keeps descriptions."""
    if is_sqlite(connection):
        return
    for view in _views():
        quoted = "'" + str(view.comment).replace("'", "''") + "'"
        statement = f"COMMENT ON VIEW {_qualified(connection, view)} IS {quoted}"
        connection.execute(_verbatim(statement))
        for column in view.columns:
            connection.execute(sa.schema.SetColumnComment(column))


def _verbatim(statement: str) -> sa.TextClause:
    """Return a statement in which a colon does not begin a parameter."""
    return sa.text(statement.replace(":", r"\:"))


def _qualified(connection: sa.Connection, view: sa.Table) -> str:
    if not is_sqlite(connection):
        return f"{view.schema}.{view.name}"
    return view.name if view.schema == REPORTING else f"{view.schema}_{view.name}"
