"""Triggers that refuse to change or delete what is only ever added, whoever asks.

Grants keep readers and writers from it (`sql/roles.sql`); the triggers keep an owner from doing it
by mistake. A migration takes them away and puts them back.
"""

import sqlalchemy as sa

from perf_pipeline.warehouse.columns import CORE
from perf_pipeline.warehouse.dataset_tables import dataset_tables, disaggregated_datasets
from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline.warehouse.tables import append_only_tables

_REFUSAL = "Publications are never changed or deleted, only added to."
_FUNCTION = f"{CORE}.refuse_change"
_MAKE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{_REFUSAL}';
END
$$
"""


def drop_guards(connection: sa.Connection) -> None:
    """Take the triggers away, so that a migration can fill new columns."""
    present = sa.inspect(connection).get_table_names(schema=None if is_sqlite(connection) else CORE)
    for table in append_only_tables:
        if table.name in present:
            for name in _names(table):
                suffix = "" if is_sqlite(connection) else f" ON {CORE}.{table.name}"
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{suffix}")


def create_guards(connection: sa.Connection) -> None:
    """Put a trigger on every table that is only ever added to."""
    if not is_sqlite(connection):
        connection.exec_driver_sql(_MAKE_FUNCTION)
    for table in append_only_tables:
        for statement in _statements(connection, table):
            connection.exec_driver_sql(statement)


def _names(table: sa.Table) -> list[str]:
    actions = ("update", "delete", "replace", "truncate")
    return [f"{table.name}_no_{action}" for action in actions]


def _statements(connection: sa.Connection, table: sa.Table) -> list[str]:
    update, delete, replace, truncate = _names(table)
    if is_sqlite(connection):
        is_there = _is_there(table)
        body = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        return [
            f"CREATE TRIGGER {update} BEFORE UPDATE ON {table.name} {body}",
            f"CREATE TRIGGER {delete} BEFORE DELETE ON {table.name} {body}",
            f"CREATE TRIGGER {replace} BEFORE INSERT ON {table.name} WHEN {is_there} {body}",
        ]
    place = f"ON {CORE}.{table.name} FOR EACH"
    call = f"EXECUTE FUNCTION {_FUNCTION}()"
    return [
        f"CREATE TRIGGER {update} BEFORE UPDATE {place} ROW {call}",
        f"CREATE TRIGGER {delete} BEFORE DELETE {place} ROW {call}",
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE {place} STATEMENT {call}",
    ]


def _is_there(table: sa.Table) -> str:
    """Tell whether a new row's key is taken: SQLite's INSERT OR REPLACE fires no other trigger.

    A dataset's rows are many, and its record comes after them: none is added once that is there.
    """
    if table in dataset_tables.values():
        number = disaggregated_datasets.c.dataset_number.name
        known = f"SELECT 1 FROM {disaggregated_datasets.name} WHERE {number} = NEW.{number}"  # noqa: S608 - names are the schema's own
        return f"EXISTS ({known})"
    kinds = (sa.PrimaryKeyConstraint, sa.UniqueConstraint)
    keys = (each.columns for each in table.constraints if isinstance(each, kinds))
    taken = sorted(" AND ".join(f"{each.name} = NEW.{each.name}" for each in key) for key in keys)
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table.name} WHERE {each})" for each in taken)  # noqa: S608 - names are the schema's own
