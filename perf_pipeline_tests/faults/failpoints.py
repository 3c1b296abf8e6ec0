"""Named points of what publishes, signs and releases, as its transaction comes to them.

Nothing of the product knows of them: they are SQLAlchemy's events on statements and transactions,
and, for COPY, which goes through psycopg itself, a cursor of the process that is watched.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from perf_pipeline.warehouse.engine import is_sqlite
from perf_pipeline_tests.faults.processes import die, start_telling, tell

LOCKED = "version row"
"""The first point at which a publication of new content has its locks."""

COMMIT = "commit"
COMMITTED = "committed"

LOADS = tuple(
    f"load {table}"
    for table in ("council_summary", "directorate_summary", "kpi_scorecard", "return_status")
)
"""The loads of tables that have rows in these tests."""

RELEASING = (
    "change entries",
    "move row",
    "audit entry of the release",
    "current pointer",
    COMMIT,
    COMMITTED,
)
"""The points of bringing a draft into view, in order."""

PUBLISHING = (
    "begin",
    LOCKED,
    "layout row",
    *LOADS,
    "draft pointer",
    "audit entry of the draft",
    *RELEASING,
)
"""The points of publishing new content, in order."""

FIRST = (LOCKED, "draft pointer", "move row", "current pointer", COMMIT)
"""Points that an empty database passes in another way."""

_NAMES = {
    "publication_versions": LOCKED,
    "layout_columns": "layout columns",
    "publication_layouts": "layout row",
    "draft_publications": "draft pointer",
    "publication_change_entries": "change entries",
    "publication_moves": "move row",
    "current_publications": "current pointer",
}
_WRITING = re.compile(r"(?:INSERT INTO|UPDATE|COPY) (?:(?:core|main)\.)?(?P<table>\w+)")

Reach = Callable[[str], None]
Step = Callable[[sa.Engine], object]


def within(load: str) -> str:
    """Name the point of a COPY at which its rows are on their way and it has not ended."""
    return f"within {load}"


def watch(engine: sa.Engine, reach: Reach) -> None:
    """Have a function told each point just before it, and `committed` just after the COMMIT.

    What only reads is no point: being killed before it is being killed before what follows.
    """
    passed: list[str] = []

    def at_statement(statement: str) -> str | None:
        name = _name(statement, passed)
        if name is not None:
            passed.append(name)
            reach(name)
        return name

    event.listen(engine, "before_cursor_execute", lambda _c, _x, text, *_: at_statement(text))
    event.listen(engine, "begin", lambda _: reach("begin"))
    event.listen(engine, "commit", lambda _: reach(COMMIT))
    event.listen(engine, "checkin", lambda *_: reach(COMMITTED))
    if not is_sqlite(engine):
        cursor = _watched_cursor(at_statement, reach)
        event.listen(engine, "connect", lambda driver, _: setattr(driver, "cursor_factory", cursor))


def die_at(engine: sa.Engine, point: str) -> None:
    """Let this process be killed at a point."""

    def reach(name: str) -> None:
        if name == point:
            die()

    watch(engine, reach)


def publish_and_tell(sender: Connection, engine: sa.Engine, publish: Step) -> None:
    """Publish, and tell once the transaction in which that happens has its locks."""

    def reach(name: str) -> None:
        if name == LOCKED:
            tell(sender)

    watch(engine, reach)
    publish(engine)


def usual_duration(engine: sa.Engine, publish: Step) -> float:
    """Return the seconds that a child's publication takes once its transaction has its locks."""
    child = start_telling(publish_and_tell, engine, publish)
    begun = time.monotonic()
    child.join()
    assert child.exitcode == 0
    return time.monotonic() - begun


def _name(statement: str, passed: list[str]) -> str | None:
    found = _WRITING.match(statement)
    if found is None:
        return None
    table = found["table"]
    if table == "audit_entries":
        return f"audit entry of the {'release' if 'move row' in passed else 'draft'}"
    return _NAMES.get(table) or f"load {table.removesuffix('_versions')}"


def _watched_cursor(at_statement: Callable[[str], str | None], reach: Reach) -> Any:
    class WatchedCursor(psycopg.Cursor[Any]):
        @contextmanager
        def copy(self, statement: Any, *arguments: Any, **options: Any) -> Iterator[psycopg.Copy]:
            load = at_statement(statement)
            with super().copy(statement, *arguments, **options) as copy:
                yield copy
                reach(within(str(load)))

    return WatchedCursor
