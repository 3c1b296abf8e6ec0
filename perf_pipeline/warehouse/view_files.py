"""The readers' views, each one SELECT: a file of `sql/reporting/`, or the template of histories."""

from pathlib import Path

import sqlalchemy as sa

from perf_pipeline.schemas import REPORTING_TABLES, column_kinds
from perf_pipeline.warehouse.columns import CORE, REPORTING
from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline.warehouse.tables import reporting_views

_CORE_PLACEHOLDER = "{core}"
_HISTORY_SUFFIX = "_history"
_PACKAGE = Path(__file__).parents[1]


def sql_folder() -> Path:
    """Return the folder `sql`: in the package once installed, beside it in a checkout."""
    installed = _PACKAGE / "sql"
    return installed if installed.is_dir() else _PACKAGE.parent / "sql"


def view_query(name: str, core_prefix: str) -> str:
    """Return a view's SELECT, its tables prefixed: `core.` on PostgreSQL, nothing on SQLite."""
    file = sql_folder() / "reporting" / f"{name}.sql"
    text = file.read_text(encoding="utf-8") if file.is_file() else _history_query(name)
    return text.strip().replace(_CORE_PLACEHOLDER, core_prefix)


def _history_query(name: str) -> str:
    table = name.removesuffix(_HISTORY_SUFFIX)
    columns = (f"    version.{column}" for column in column_kinds(REPORTING_TABLES[table]))
    template = (sql_folder() / "templates" / "history.sql").read_text(encoding="utf-8")
    return template.replace("{name}", table).replace("{columns}", ",\n".join(columns))


def drop_views(connection: sa.Connection) -> None:
    """Take the views away, so that the tables below them can be changed."""
    for name in reporting_views:
        connection.execute(sa.text(f"DROP VIEW IF EXISTS {_qualified(connection, name)}"))


def create_views(connection: sa.Connection) -> None:
    """Make every view anew."""
    core_prefix = "" if is_sqlite(connection) else f"{CORE}."
    # Without a barrier a reader's own condition is tried on rows that the view leaves out, and its
    # error message quotes what they hold.
    options = "" if is_sqlite(connection) else " WITH (security_barrier)"
    for name in reporting_views:
        head = f"CREATE VIEW {_qualified(connection, name)}{options} AS"
        connection.execute(_verbatim(f"{head}\n{view_query(name, core_prefix)}"))


def comment_views(connection: sa.Connection) -> None:
    """Describe every view and each of its columns, where the database keeps descriptions."""
    if is_sqlite(connection):
        return
    for name, view in reporting_views.items():
        quoted = "'" + str(view.comment).replace("'", "''") + "'"
        statement = f"COMMENT ON VIEW {_qualified(connection, name)} IS {quoted}"
        connection.execute(_verbatim(statement))
        for column in view.columns:
            connection.execute(sa.schema.SetColumnComment(column))


def _verbatim(statement: str) -> sa.TextClause:
    """Return a statement in which a colon does not begin a parameter."""
    return sa.text(statement.replace(":", r"\:"))


def _qualified(connection: sa.Connection, name: str) -> str:
    return name if is_sqlite(connection) else f"{REPORTING}.{name}"
