"""What differs between two publications of a quarter, cell by cell."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any

import sqlalchemy as sa

from perf_pipeline.rules import SUPPRESSED_MARK, OutturnStatus
from perf_pipeline.schemas import REPORTING_TABLES, key_columns
from perf_pipeline.warehouse.content import Row, current_layout
from perf_pipeline.warehouse.life_tables import publication_change_entries
from perf_pipeline.warehouse.read import stored_rows

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

PLACES = frozenset({("exceptions", "display_order"), ("data_quality", "finding_number")})
"""Columns that number a list's rows: one row more moves them for every row below it."""

_FIGURES = frozenset(
    {"outturn_value", "outturn_text", "numerator_value", "denominator_value", "raw_value_text"}
)
_CONTENT = frozenset({"row_text", "reason_text"})

_SUBJECTS: Mapping[str, Sequence[str]] = {
    "data_quality": ("check_code", "kpi_ref", "directorate_code", "source_code"),
    "rejected_rows": ("source_code", "kpi_ref"),
    "accepted_rows": ("source_code", "kpi_ref", "reason_code"),
}
"""What rows are about, where their key is only their place in a list or a file."""

_DIGESTED = ("table_name", "row_key", "column_name", "kpi_ref", "before_text", "after_text")

Change = dict[str, str | None]
_Row = dict[str, Any]
_Shown = tuple[tuple[str, Any], ...]


def changes(connection: sa.Connection, before_id: str, after_id: str) -> list[Change]:
    """Compare two publications of a quarter.

    Returns:
        A dictionary for each cell that differs, with `table_name`, `row_key`, `column_name`,
        `kpi_ref`, `before_text` and `after_text`, in the order of tables and keys. A row that only
        one of them has is one change. Columns that say where a figure or a row stands are left out,
        and so is the content of a row that one of them withholds.
    """
    layout = current_layout()
    before, after = (stored_rows(connection, each, layout) for each in (before_id, after_id))
    return [
        change
        for name, columns in layout.items()
        for change in _table_changes(
            name, _named(before[name], columns), _named(after[name], columns)
        )
    ]


def record_changes(connection: sa.Connection, before_id: str, after_id: str) -> str:
    """Record what a release changes, unless that was recorded before.

    Returns:
        Digest of what is recorded, which the log keeps.
    """
    recorded = recorded_changes(connection, before_id, after_id)
    if recorded:
        return changes_digest(recorded)
    found = changes(connection, before_id, after_id)
    ids: Change = {"publication_id": after_id, "before_publication_id": before_id}
    if found:
        connection.execute(sa.insert(publication_change_entries), [ids | each for each in found])
    return changes_digest(found)


def recorded_changes(connection: sa.Connection, before_id: str, after_id: str) -> list[Change]:
    """Return what is recorded of the changes between two publications, in no order."""
    entry = publication_change_entries.c
    query = sa.select(*(entry[name] for name in _DIGESTED)).where(
        entry.publication_id == after_id, entry.before_publication_id == before_id
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def changes_digest(found: Iterable[Change]) -> str:
    """Return the SHA-256 digest of changes, whatever their order."""
    lines = sorted(json.dumps([each[name] for name in _DIGESTED]) for each in found)
    return hashlib.sha256("\n".join(lines).encode("ascii")).hexdigest()


def _table_changes(name: str, before: list[_Row], after: list[_Row]) -> Iterator[Change]:
    old, new = _differing(name, before, after)
    for key in sorted(old.keys() | new.keys()):
        row = new.get(key) or old[key]
        for column, was, now in _row_changes(name, old.get(key), new.get(key)):
            yield {
                "table_name": name,
                "row_key": key,
                "column_name": column,
                "kpi_ref": row.get("kpi_ref"),
                "before_text": was,
                "after_text": now,
            }


def _named(rows: list[Row], columns: Sequence[str]) -> list[_Row]:
    """Return rows by column, in an order of their own: a database gives them in any."""
    return [dict(zip(columns, row, strict=True)) for row in sorted(rows, key=repr)]


def _differing(
    name: str, before: list[_Row], after: list[_Row]
) -> tuple[dict[str, _Row], dict[str, _Row]]:
    """Return the rows that only one side has, by key: those that both have are matched first.

    Otherwise one finding more would seem to change all that come after it.
    """
    old, new = ([_published(name, row) for row in rows] for rows in (before, after))
    common = Counter(old) & Counter(new)
    return (
        _by_key(name, _without(before, old, common.copy())),
        _by_key(name, _without(after, new, common)),
    )


def _without(rows: list[_Row], shown: list[_Shown], common: Counter[_Shown]) -> Iterator[_Row]:
    for row, cells in zip(rows, shown, strict=True):
        if common[cells] > 0:
            common[cells] -= 1
        else:
            yield row


def _published(name: str, row: _Row) -> _Shown:
    """Return a row's cells without those that say where it stands."""
    return tuple(
        (column, value)
        for column, value in row.items()
        if column not in PROVENANCE and (name, column) not in PLACES
    )


def _by_key(name: str, rows: Iterable[_Row]) -> dict[str, _Row]:
    """Return rows by what they are about; several of one subject are numbered."""
    model = REPORTING_TABLES[name]
    own_keys = [key for key in key_columns(model) if key != "quarter_key"]
    keys = _SUBJECTS.get(name) or own_keys or ["quarter_key"]
    found: dict[str, _Row] = {}
    for row in rows:
        key = " / ".join(_text(row[each]) or "–" for each in keys)
        numbered = (f"{key} / {number}" for number in count(2))
        found[next(each for each in chain([key], numbered) if each not in found)] = row
    return found


def _row_changes(
    name: str, was: _Row | None, now: _Row | None
) -> Iterator[tuple[str, str | None, str | None]]:
    if was is None or now is None:
        yield WHOLE_ROW, _row_text(was), _row_text(now)
        return
    withheld = _withheld(name, was, now)
    for (column, before), (_, after) in zip(
        _published(name, was), _published(name, now), strict=True
    ):
        if before != after and column not in withheld:
            yield column, _text(before), _text(after)


def _withheld(name: str, *rows: _Row) -> frozenset[str]:
    """Return the columns that one of two publications of a row withholds."""
    if name == "kpi_breakdowns":
        is_hidden = any(row["outturn_status_code"] == OutturnStatus.SUPPRESSED for row in rows)
        return _FIGURES if is_hidden else frozenset()
    is_hidden = any(row.get("row_text") == SUPPRESSED_MARK for row in rows)
    return _CONTENT if is_hidden else frozenset()


def _row_text(row: _Row | None) -> str | None:
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
