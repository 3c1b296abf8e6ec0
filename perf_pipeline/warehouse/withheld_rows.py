"""What drafts withhold from readers: kept by draft, and held against the audit log.

It is no part of a publication's id, which readers see and could try figures against. So two runs
may publish the same and withhold something else: that makes another draft of the same publication.
The log keeps a digest of what each draft withholds, with a random salt, so that it cannot be tried.
"""

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa

from perf_pipeline.schemas import WITHHELD_TABLES, column_kinds
from perf_pipeline.warehouse import audit
from perf_pipeline.warehouse.content import Layout, Row, layout_digest, rows_frame
from perf_pipeline.warehouse.engine import reading
from perf_pipeline.warehouse.life import Draft
from perf_pipeline.warehouse.life_tables import audit_entries
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.read import raw_rows
from perf_pipeline.warehouse.tables import withheld_tables
from perf_pipeline.warehouse.versions import load

Withheld = Mapping[str, list[Row]]
"""Rows by the names of `WITHHELD_TABLES`; a table without rows may be left out."""


def load_withheld(connection: sa.Connection, draft: Draft, rows: Withheld) -> None:
    """Keep what a draft withholds, in the caller's transaction."""
    for name, of_table in rows.items():
        table = withheld_tables[name]
        load(connection, table, of_table, draft.publication_id, draft.draft_number)


def read_withheld(engine: sa.Engine, publication_id: str) -> dict[str, pd.DataFrame]:
    """Read what a publication withholds from readers, by the names of `WITHHELD_TABLES`.

    Where several drafts have it, it is what the last of them withholds. No reader has the right.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    with reading(engine) as connection:
        require_schema(connection)
        last = max(_withholding_drafts(connection, publication_id), default=0)
        return {
            name: rows_frame(
                connection.execute(
                    sa.select(table).where(
                        table.c.publication_id == publication_id, table.c.draft_number == last
                    )
                ),
                table.columns,
            )
            for name, table in withheld_tables.items()
        }


def _withholding_drafts(connection: sa.Connection, publication_id: str) -> Iterator[int]:
    log = audit_entries.c
    details = connection.execute(
        sa.select(log.detail_text).where(
            log.publication_id == publication_id, log.entry_kind_code == audit.DRAFT
        )
    )
    yield from (json.loads(text)["draft_number"] for text in details.scalars())


def withheld_facts(rows: Withheld) -> dict[str, str]:
    """Return what the log is to keep of rows that a draft withholds: a salt, and a digest."""
    salt = secrets.token_hex(32)
    return {"salt": salt, "sha256": _digest(salt, rows)}


def is_withheld(facts: Mapping[str, str], rows: Withheld) -> bool:
    """Tell whether these are the rows of which the log kept this; nothing kept means none."""
    if not facts:
        return not any(rows.values())
    return _digest(facts["salt"], rows) == facts["sha256"]


def withheld_faults(connection: sa.Connection, drafts: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Find withheld rows that were changed, removed or added, a sentence a draft.

    Args:
        connection: The caller's.
        drafts: Every entry of the log about a draft.
    """
    kept = _kept_rows(connection)
    for each in drafts:
        rows = kept.pop((each["publication_id"], each["draft_number"]), {})
        if not is_withheld(each.get("withheld", {}), rows):
            yield (
                f"what draft {each['draft_number']} of {each['quarter_key']} withholds is not what "
                "the audit log recorded"
            )
    if kept:
        yield "there are withheld rows of drafts that the audit log does not know"


def _kept_rows(connection: sa.Connection) -> dict[tuple[Any, Any], dict[str, list[Row]]]:
    kept: dict[tuple[Any, Any], dict[str, list[Row]]] = defaultdict(dict)
    for name, columns in _layout().items():
        table = withheld_tables[name]
        for *row, publication, draft in raw_rows(
            connection, table, [*columns, "publication_id", "draft_number"]
        ):
            kept[publication, draft].setdefault(name, []).append(tuple(row))
    return dict(kept)


def _digest(salt: str, rows: Withheld) -> str:
    layout = _layout()
    content = layout_digest(layout, {name: rows.get(name, []) for name in layout})
    return hashlib.sha256(f"{salt}{content}".encode("ascii")).hexdigest()


def _layout() -> Layout:
    return {name: list(column_kinds(model)) for name, model in WITHHELD_TABLES.items()}
