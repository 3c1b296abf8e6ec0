"""Drafts, signatures, changes, the audit log, layouts of digests, and the calendar of quarters.

Revision 0003. Publications that are there become drafts that were released at once, which is what
they were, and the audit log begins with them. Their digests were taken over the columns of their
time, which are kept in `layouts.json`.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SCHEMA = "core"
FIRST_YEAR, LAST_YEAR = 2000, 2099
_LAYOUTS = Path(__file__).parents[1] / "layouts.json"


def upgrade() -> None:
    """Make the tables and fill them from what is there; the caller's transaction does all."""
    _make_tables()
    _fill_calendar()
    layouts = json.loads(_LAYOUTS.read_text(encoding="utf-8"))
    shas = {name: _fill_layout(layout) for name, layout in layouts.items()}
    _fill_publication_layouts(shas)
    _fill_drafts()
    _fill_log()


def _make_tables() -> None:
    _table(
        "layout_columns",
        _code("layout_sha256", 64),
        _count("table_order"),
        _code("table_name", 63),
        _count("column_order"),
        _code("column_name", 63),
        key=["layout_sha256", "table_name", "column_name"],
    )
    _table(
        "publication_layouts",
        _code("publication_id", 64),
        _code("layout_sha256", 64),
        key=["publication_id"],
        publications=["publication_id"],
    )
    _table(
        "draft_publications",
        _code("quarter_key", 10),
        _code("publication_id", 64),
        _count("draft_number"),
        key=["quarter_key"],
        publications=["publication_id"],
    )
    _table(
        "publication_signatures",
        _code("publication_id", 64),
        _count("draft_number"),
        _code("role_name", 120),
        _code("signed_by", 120),
        _timestamp("signed_at"),
        sa.Column("note_text", sa.Text(), nullable=True),
        key=["publication_id", "draft_number", "role_name"],
        publications=["publication_id"],
    )
    _table(
        "publication_change_entries",
        _code("publication_id", 64),
        _code("before_publication_id", 64),
        _code("table_name", 63),
        _code("row_key", 255),
        _code("column_name", 63),
        sa.Column("kpi_ref", sa.String(24), nullable=True),
        sa.Column("before_text", sa.Text(), nullable=True),
        sa.Column("after_text", sa.Text(), nullable=True),
        key=["publication_id", "before_publication_id", "table_name", "row_key", "column_name"],
        publications=["publication_id", "before_publication_id"],
    )
    _table(
        "audit_entries",
        _count("entry_number"),
        _code("entry_kind_code", 20),
        _code("quarter_key", 10),
        _code("publication_id", 64),
        _code("actor_name", 120),
        _timestamp("happened_at"),
        sa.Column("detail_text", sa.Text(), nullable=False),
        _code("previous_sha256", 64),
        _code("entry_sha256", 64),
        key=["entry_number"],
    )
    _table(
        "calendar_quarters",
        _code("quarter_key", 10),
        _code("quarter_label", 10),
        _code("fiscal_year", 7),
        _count("quarter_number"),
        _count("sort_key"),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        key=["quarter_key"],
    )


def _fill_calendar() -> None:
    columns = (
        *("quarter_key", "quarter_label", "fiscal_year", "quarter_number", "sort_key"),
        sa.column("start_date", sa.Date()),
        sa.column("end_date", sa.Date()),
    )
    op.bulk_insert(_clause("calendar_quarters", *columns), list(_calendar()))


def _calendar() -> Iterator[dict[str, Any]]:
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        following = f"{(year + 1) % 100:02d}"
        starts = [dt.date(year, month, 1) for month in (4, 7, 10)]
        starts += [dt.date(year + 1, 1, 1), dt.date(year + 1, 4, 1)]
        for number, (start, after) in enumerate(pairwise(starts), start=1):
            yield {
                "quarter_key": f"{year}-{following}-Q{number}",
                "quarter_label": f"Q{number} {year}/{following}",
                "fiscal_year": f"{year}/{following}",
                "quarter_number": number,
                "sort_key": year * 10 + number,
                "start_date": start,
                "end_date": after - dt.timedelta(days=1),
            }


def _fill_layout(layout: dict[str, list[str]]) -> str:
    text = json.dumps(list(layout.items()), ensure_ascii=True, separators=(",", ":"))
    sha256 = hashlib.sha256(text.encode("ascii")).hexdigest()
    names = ("layout_sha256", "table_order", "table_name", "column_order", "column_name")
    rows = [
        dict(zip(names, (sha256, table_order, table, order, column), strict=True))
        for table_order, (table, columns) in enumerate(layout.items(), start=1)
        for order, column in enumerate(columns, start=1)
    ]
    op.bulk_insert(_clause("layout_columns", *names), rows)
    return sha256


def _fill_publication_layouts(shas: dict[str, str]) -> None:
    """Say of each publication which columns its digest covers.

    Every publication of revision 0002 has the council's scheme, and none before it.
    """
    versions = _clause("publication_versions", "publication_id")
    schemes = _clause("rag_scheme_versions", "publication_id")
    has_scheme = sa.exists().where(schemes.c.publication_id == versions.c.publication_id)
    sha256 = sa.case((has_scheme, shas["0002"]), else_=shas["0001"])
    layouts = _clause("publication_layouts", "publication_id", "layout_sha256")
    query = sa.select(versions.c.publication_id, sha256)
    op.execute(sa.insert(layouts).from_select(list(layouts.c), query))


def _fill_drafts() -> None:
    pointer = _clause("current_publications", "quarter_key", "publication_id", "move_number")
    draft = _clause("draft_publications", "quarter_key", "publication_id", "draft_number")
    query = sa.select(pointer.c.quarter_key, pointer.c.publication_id, pointer.c.move_number)
    op.execute(sa.insert(draft).from_select(list(draft.c), query))


def _fill_log() -> None:
    """Begin the log with what is known of drafts and releases, in the order of releases."""
    moment = sa.DateTime(timezone=True)
    moves = _clause(
        "publication_moves",
        *("quarter_key", "move_number", "publication_id", "run_id"),
        sa.column("moved_at", moment),
    )
    log = _clause(
        "audit_entries",
        *("entry_number", "entry_kind_code", "quarter_key", "publication_id", "actor_name"),
        sa.column("happened_at", moment),
        *("detail_text", "previous_sha256", "entry_sha256"),
    )
    order = (moves.c.moved_at, moves.c.quarter_key, moves.c.move_number)
    previous = "0" * 64
    rows: list[dict[str, Any]] = []
    for move in op.get_bind().execute(sa.select(moves).order_by(*order)).all():
        for kind in ("draft", "release"):
            rows.append(_entry(len(rows) + 1, kind, move, previous))
            previous = rows[-1]["entry_sha256"]
    if rows:
        op.bulk_insert(log, rows)


def _entry(number: int, kind: str, move: Any, previous: str) -> dict[str, Any]:
    moved_at = move.moved_at
    # SQLite knows no time zones and holds UTC without one.
    aware = moved_at.replace(tzinfo=dt.UTC) if moved_at.tzinfo is None else moved_at
    detail = json.dumps({f"{'move' if kind == 'release' else kind}_number": move.move_number})
    hashed = [
        number,
        kind,
        move.quarter_key,
        move.publication_id,
        move.run_id,
        aware.astimezone(dt.UTC).isoformat(),
        detail,
        previous,
    ]
    text = json.dumps(hashed, ensure_ascii=True, separators=(",", ":"))
    return {
        "entry_number": number,
        "entry_kind_code": kind,
        "quarter_key": move.quarter_key,
        "publication_id": move.publication_id,
        "actor_name": move.run_id,
        "happened_at": moved_at,
        "detail_text": detail,
        "previous_sha256": previous,
        "entry_sha256": hashlib.sha256(text.encode("ascii")).hexdigest(),
    }


def _table(
    name: str, *columns: sa.Column[Any], key: Sequence[str], publications: Sequence[str] = ()
) -> None:
    references = [
        sa.ForeignKeyConstraint(
            [column],
            ["core.publication_versions.publication_id"],
            name=f"{name}_{column}_fkey",
        )
        for column in publications
    ]
    primary = sa.PrimaryKeyConstraint(*key, name=f"{name}_pkey")
    op.create_table(name, *columns, primary, *references, schema=SCHEMA)


def _clause(name: str, *columns: Any) -> sa.TableClause:
    named = (sa.column(each) if isinstance(each, str) else each for each in columns)
    # Alembic does not translate the schema away for SQLite here.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    return sa.table(name, *named, schema=None if is_sqlite else SCHEMA)


def _code(name: str, width: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(width), nullable=False)


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(
        name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
    )


def _timestamp(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
