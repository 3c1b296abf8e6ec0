"""What differs between two publications of a quarter, cell by cell."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa

from perf_pipeline.schemas import REPORTING_TABLES, Table, column_kinds, key_columns
from perf_pipeline.warehouse.content import table_rows
from perf_pipeline.warehouse.life_tables import publication_change_entries
from perf_pipeline.warehouse.read import read_published

WHOLE_ROW = "(row)"
"""Stands for the column where a whole row is new or gone."""

PROVENANCE = frozenset(
    {
        "file_name",
        "file_sha256",
        "sheet_name",
        "row_number",
        "row_id",
        "comparator_origin_text",
        "previous_quarter_origin_text",
        "last_year_origin_text",
    }
)
"""Columns that say where a figure was: a mended file moves them for every figure in it."""

_LONGEST_KEY = 255

Change = dict[str, str | None]


def changes(before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]) -> list[Change]:
    """Compare two publications' tables.

    Args:
        before: Tables of the one, by name.
        after: Tables of the other.

    Returns:
        A dictionary for each cell that differs, with `table_name`, `row_key`, `column_name`,
        `kpi_ref`, `before_text` and `after_text`, in the order of tables and keys. A row that only
        one of them has is one change. Columns that say where a figure was are left out.
    """
    found: list[Change] = []
    for name, model in REPORTING_TABLES.items():
        found.extend(_table_changes(name, model, before[name], after[name]))
    return found


def record_changes(connection: sa.Connection, before_id: str, after_id: str) -> None:
    """Record what a release changes, unless that was recorded before."""
    entry = publication_change_entries.c
    known = connection.execute(
        sa.select(entry.row_key)
        .where(entry.publication_id == after_id, entry.before_publication_id == before_id)
        .limit(1)
    ).first()
    if known is not None:
        return
    found = changes(read_published(connection, before_id), read_published(connection, after_id))
    ids: Change = {"publication_id": after_id, "before_publication_id": before_id}
    if found:
        connection.execute(sa.insert(publication_change_entries), [ids | each for each in found])


def _table_changes(
    name: str, model: type[Table], before: pd.DataFrame, after: pd.DataFrame
) -> Iterator[Change]:
    old, new = _by_key(before, model), _by_key(after, model)
    for key in sorted(old.keys() | new.keys()):
        for column, was, now in _row_changes(old.get(key), new.get(key)):
            row = new.get(key) or old[key]
            yield {
                "table_name": name,
                "row_key": key[:_LONGEST_KEY],
                "column_name": column,
                "kpi_ref": row.get("kpi_ref"),
                "before_text": was,
                "after_text": now,
            }


def _row_changes(
    was: dict[str, Any] | None, now: dict[str, Any] | None
) -> Iterator[tuple[str, str | None, str | None]]:
    if was is None or now is None:
        yield WHOLE_ROW, _row_text(was), _row_text(now)
        return
    for column, value in was.items():
        if column not in PROVENANCE and value != now[column]:
            yield column, _text(value), _text(now[column])


def _by_key(frame: pd.DataFrame, model: type[Table]) -> dict[str, dict[str, Any]]:
    columns = list(column_kinds(model))
    keys = [name for name in key_columns(model) if name != "quarter_key"]
    rows = (dict(zip(columns, row, strict=True)) for row in table_rows(frame, model))
    return {" / ".join(_text(row[name]) or "" for name in keys): row for row in rows}


def _row_text(row: dict[str, Any] | None) -> str | None:
    if row is None:
        return None
    shown = (f"{name}: {_text(value)}" for name, value in row.items() if value is not None)
    return " | ".join(shown)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def changed_kpis(found: list[Change]) -> list[str]:
    """Return the KPIs of whose own rows something changed, in the order found."""
    return list(dict.fromkeys(str(each["kpi_ref"]) for each in found if each["kpi_ref"]))
