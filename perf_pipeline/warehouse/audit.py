"""The audit log: what happened to publications, each entry chained to the one before by its hash.

Whoever changes an entry must change every later one and the last hash, which can be kept elsewhere.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from perf_pipeline.warehouse.life_tables import audit_entries
from perf_pipeline.warehouse.locks import AUDIT, lock

DRAFT = "draft"
SIGNATURE = "signature"
RELEASE = "release"

FIRST_SHA256 = "0" * 64
"""What the first entry names as the hash of the entry before it."""

_HASHED = (
    "entry_number",
    "entry_kind_code",
    "quarter_key",
    "publication_id",
    "actor_name",
    "happened_at",
    "detail_text",
    "previous_sha256",
)


def record(
    connection: sa.Connection,
    kind: str,
    *,
    quarter_key: str,
    publication_id: str,
    actor_name: str,
    happened_at: dt.datetime,
    detail: Mapping[str, Any],
) -> None:
    """Add an entry to the log, in the caller's transaction.

    Args:
        connection: The caller's.
        kind: `draft`, `signature` or `release`.
        quarter_key: Quarter of the publication.
        publication_id: The publication.
        actor_name: Run or person.
        happened_at: When, with a time zone.
        detail: What else is recorded, as plain values.
    """
    lock(connection, AUDIT)
    last = connection.execute(
        sa.select(audit_entries.c.entry_number, audit_entries.c.entry_sha256)
        .order_by(audit_entries.c.entry_number.desc())
        .limit(1)
    ).first()
    entry = {
        "entry_number": 1 if last is None else last.entry_number + 1,
        "entry_kind_code": kind,
        "quarter_key": quarter_key,
        "publication_id": publication_id,
        "actor_name": actor_name,
        "happened_at": happened_at,
        "detail_text": json.dumps(detail, sort_keys=True, ensure_ascii=True),
        "previous_sha256": FIRST_SHA256 if last is None else last.entry_sha256,
    }
    entry["entry_sha256"] = entry_hash(entry)
    connection.execute(sa.insert(audit_entries).values(entry))


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 over an entry's columns, the hash of the entry before among them."""
    shown = [entry[name] for name in _HASHED]
    place = _HASHED.index("happened_at")
    shown[place] = shown[place].astimezone(dt.UTC).isoformat()
    text = json.dumps(shown, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def entries(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Return the log from its first entry on."""
    rows = connection.execute(sa.select(audit_entries).order_by(audit_entries.c.entry_number))
    for row in rows.mappings():
        yield dict(row)


def chain_faults(log: list[dict[str, Any]]) -> Iterator[str]:
    """Find entries that are missing, changed, or not chained to the one before."""
    previous = FIRST_SHA256
    for number, entry in enumerate(log, start=1):
        if entry["entry_number"] != number:
            yield f"audit entry {number} is missing"
            return
        if entry["previous_sha256"] != previous:
            yield f"audit entry {number} does not follow the entry before it"
        if entry["entry_sha256"] != entry_hash(entry):
            yield f"audit entry {number} was changed"
        previous = entry["entry_sha256"]
