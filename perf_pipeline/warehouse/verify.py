"""Whether anything of what was published was changed afterwards, down to one cell.

Each publication's digest is worked out again over the columns that it had, each audit entry's hash
over the one before, and pointers, releases and signatures are held against the log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perf_pipeline.warehouse import audit
from perf_pipeline.warehouse.content import Layout, kind_rows, layout_digest, rows_frame
from perf_pipeline.warehouse.engine import reading
from perf_pipeline.warehouse.life_tables import (
    current_publications,
    draft_publications,
    layout_columns,
    publication_layouts,
    publication_moves,
    publication_signatures,
    publication_versions,
)
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.tables import version_tables


@dataclass(frozen=True)
class Verification:
    """What `verify` found.

    Attributes:
        faults: What does not hold, a sentence each; empty where all does.
        publication_count: Publications whose digest was worked out again.
        entry_count: Audit entries whose hash was.
        last_sha256: Hash of the last entry: keep it elsewhere, and give it back the next time.
    """

    faults: tuple[str, ...]
    publication_count: int
    entry_count: int
    last_sha256: str


def verify(engine: sa.Engine, known_sha256: str | None = None) -> Verification:
    """Look for anything that was changed after it was published.

    Args:
        engine: From `connect`.
        known_sha256: Hash of an entry as it was once printed; the log must still hold it.

    Raises:
        SchemaVersionError: The database's schema is not this code's.
        PublicationError: The database cannot be read.
    """
    with reading(engine) as connection:
        require_schema(connection)
        log = list(audit.entries(connection))
        publications = connection.execute(
            sa.select(publication_versions).order_by(
                publication_versions.c.quarter_key, publication_versions.c.version_number
            )
        ).all()
        faults = [
            *audit.chain_faults(log),
            *_known_faults(log, known_sha256),
            *_content_faults(connection, publications),
            *_log_faults(connection, log),
        ]
    last = log[-1]["entry_sha256"] if log else audit.FIRST_SHA256
    return Verification(tuple(faults), len(publications), len(log), last)


def _known_faults(log: list[dict[str, Any]], known_sha256: str | None) -> Iterator[str]:
    hashes = [str(entry["entry_sha256"]) for entry in log]
    if known_sha256 is not None and not any(each.startswith(known_sha256) for each in hashes):
        yield f"the audit log no longer holds the entry {known_sha256}"


def _content_faults(
    connection: sa.Connection, publications: Sequence[sa.Row[*tuple[Any, ...]]]
) -> Iterator[str]:
    layouts = _layouts(connection)
    of_publication = {
        row.publication_id: row.layout_sha256
        for row in connection.execute(sa.select(publication_layouts))
    }
    for row in publications:
        layout = layouts.get(of_publication.get(row.publication_id, ""))
        name = f"version {row.version_number} of {row.quarter_key}"
        if layout is None:
            yield f"{name} has no layout, so that its digest cannot be worked out"
        elif _digest(connection, row.publication_id, layout) != row.publication_id:
            yield (
                f"{name} is not what was published: its tables no longer have the digest "
                f"{row.publication_id[:12]}"
            )


def _layouts(connection: sa.Connection) -> dict[str, Layout]:
    order = (layout_columns.c.table_order, layout_columns.c.column_order)
    layouts: dict[str, dict[str, list[str]]] = {}
    for row in connection.execute(sa.select(layout_columns).order_by(*order)):
        layout = layouts.setdefault(row.layout_sha256, {})
        layout.setdefault(row.table_name, []).append(row.column_name)
    return dict(layouts)


def _digest(connection: sa.Connection, publication_id: str, layout: Layout) -> str:
    rows = {}
    for name, columns in layout.items():
        table = version_tables[name]
        chosen = [table.c[column] for column in columns]
        query = sa.select(*chosen).where(table.c.publication_id == publication_id)
        frame = rows_frame(connection.execute(query), chosen)
        rows[name] = kind_rows(frame, {each.name: each.info["kind"] for each in chosen})
    return layout_digest(layout, rows)


def _log_faults(connection: sa.Connection, log: list[dict[str, Any]]) -> Iterator[str]:
    """Hold releases, drafts and signatures against the entries that recorded them."""
    recorded = {
        kind: [(e["quarter_key"], e["publication_id"]) for e in log if e["entry_kind_code"] == kind]
        for kind in (audit.DRAFT, audit.SIGNATURE, audit.RELEASE)
    }
    moves = publication_moves.c
    released = connection.execute(
        sa.select(moves.quarter_key, moves.publication_id).order_by(
            moves.quarter_key, moves.move_number
        )
    ).all()
    if sorted(map(tuple, released)) != sorted(recorded[audit.RELEASE]):
        yield "the releases are not those that the audit log recorded"
    for pointer, kind, what in (
        (current_publications, audit.RELEASE, "publication in view"),
        (draft_publications, audit.DRAFT, "draft"),
    ):
        last = dict(recorded[kind])
        for row in connection.execute(sa.select(pointer.c.quarter_key, pointer.c.publication_id)):
            if last.get(row.quarter_key) != row.publication_id:
                yield f"the {what} of {row.quarter_key} is not the one that the audit log recorded"
    signed = connection.execute(sa.select(publication_signatures.c.publication_id)).scalars()
    if sorted(signed) != sorted(each[1] for each in recorded[audit.SIGNATURE]):
        yield "the signatures are not those that the audit log recorded"
