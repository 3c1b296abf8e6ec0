"""What readers were promised, and which of it a change breaks.

Readers rely on the columns of the last release. A table or column that is gone, another kind, a
narrower width, a null where there was none, and other keys, by which a table has more rows, break
what they built; an added column does not.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypedDict

from perf_pipeline.schemas.views import HISTORY_SUFFIX, View

WHOLE_TABLE = "*"
"""Stands for the column where a whole table is gone."""

_ANNOUNCING = ("Changed", "Removed")


class ReleasedColumn(TypedDict):
    """What was promised of a column: its kind, a code's width, and whether it may be null."""

    kind: str
    width: int | None
    nullable: bool


class ReleasedTable(TypedDict):
    """What was promised of a table: the columns that tell its rows apart, and all its columns."""

    keys: list[str]
    columns: dict[str, ReleasedColumn]


Released = Mapping[str, ReleasedTable]


def released_tables(views: Iterable[View]) -> dict[str, ReleasedTable]:
    """Return what views promise."""
    return {
        view.name: ReleasedTable(
            keys=list(view.keys),
            columns={
                column.name: ReleasedColumn(
                    kind=column.kind, width=column.width, nullable=column.is_nullable
                )
                for column in view.columns
            },
        )
        for view in views
    }


def released_text(views: Iterable[View]) -> str:
    """Return the same as JSON, a line for each column, so that a change of it is read easily."""
    tables = []
    for name, table in released_tables(views).items():
        lines = [
            f"      {json.dumps(column)}: {json.dumps(of)}"
            for column, of in table["columns"].items()
        ]
        columns = '    "columns": {\n' + ",\n".join(lines) + "\n    }"
        keys = f'    "keys": {json.dumps(table["keys"])}'
        tables.append(f"  {json.dumps(name)}: {{\n{keys},\n{columns}\n  }}")
    return "{\n" + ",\n".join(tables) + "\n}\n"


def breaking_changes(released: Released, views: Iterable[View]) -> dict[str, str]:
    """Return what breaks what was promised.

    Args:
        released: What was promised at the last release.
        views: What readers see now.

    Returns:
        What changed, by `table.column`, or by `table.*` where the whole table is gone or its keys
        are others.
    """
    return dict(_breaks(released, released_tables(views)))


def unannounced(changes: Mapping[str, str], changelog: str) -> list[str]:
    """Return the breaking changes that a changelog does not announce, a sentence each.

    A change is announced where `table.column` stands in backticks under `Changed` or `Removed` of
    the section `Unreleased`; of a table and its history view, the table is enough.
    """
    announced = set(re.findall(r"`([a-z0-9_]+\.(?:[a-z0-9_]+|\*))`", _announcements(changelog)))
    return [
        f"{name} {what}. Undo it, or announce `{name}` in CHANGELOG.md under Unreleased, "
        f"{' or '.join(_ANNOUNCING)}."
        for name, what in changes.items()
        if name not in announced and _without_history(name) not in announced
    ]


def _breaks(released: Released, now: Released) -> Iterator[tuple[str, str]]:
    for table, promise in released.items():
        if table not in now:
            yield f"{table}.{WHOLE_TABLE}", "is gone"
            continue
        keys = now[table]["keys"]
        if set(keys) != set(promise["keys"]):
            yield (
                f"{table}.{WHOLE_TABLE}",
                (
                    f"has a row for each {', '.join(keys)} and had one for each "
                    f"{', '.join(promise['keys'])}"
                ),
            )
        for column, promised in promise["columns"].items():
            what = _broken(promised, now[table]["columns"].get(column))
            if what is not None:
                yield f"{table}.{column}", what


def _broken(promised: ReleasedColumn, present: ReleasedColumn | None) -> str | None:
    if present is None:
        return "is gone"
    if present["kind"] != promised["kind"]:
        return f"is of kind {present['kind']} and was of kind {promised['kind']}"
    if (present["width"] or 0) < (promised["width"] or 0):
        return f"holds {present['width']} characters and held {promised['width']}"
    if present["nullable"] and not promised["nullable"]:
        return "can be null and could not"
    return None


def _announcements(changelog: str) -> str:
    """Return the text under `Changed` and `Removed` of the section `Unreleased`."""
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)
    unreleased = (text for text in sections if re.match(r"\[?Unreleased\b", text))
    parts = (part for text in unreleased for part in re.split(r"^### ", text, flags=re.MULTILINE))
    return "\n".join(part for part in parts if part.partition("\n")[0].strip() in _ANNOUNCING)


def _without_history(name: str) -> str:
    table, _, column = name.partition(".")
    return f"{table.removesuffix(HISTORY_SUFFIX)}.{column}"
