"""A publication's life: a quarter's draft, who signs it, and the release that readers see.

::

    run ──▶ version ──▶ draft ──▶ signatures of every role ──▶ release ──▶ readers
                         │        (of this very draft)           │
                         └── another draft voids them            └── what it changed is recorded

Both pointers move by compare-and-set. Everything that happens is an entry of the audit log.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from perf_pipeline.errors import RequestError, SupersededError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import audit
from perf_pipeline.warehouse.changes import record_changes
from perf_pipeline.warehouse.life_tables import (
    audit_entries,
    current_publications,
    draft_publications,
    publication_moves,
    publication_signatures,
    publication_versions,
)
from perf_pipeline.warehouse.read import publication_in_view


@dataclass(frozen=True)
class Draft:
    """What a quarter's last run made.

    Attributes:
        quarter: The quarter.
        publication_id: Digest of its content.
        version_number: Its version.
        draft_number: 1 for the quarter's first draft; 0 before it.
    """

    quarter: Quarter
    publication_id: str
    version_number: int
    draft_number: int


def draft_of(connection: sa.Connection, quarter: Quarter) -> Draft | None:
    """Return a quarter's draft, None before the first."""
    pointer, version = draft_publications.c, publication_versions.c
    query = (
        sa.select(pointer.publication_id, version.version_number, pointer.draft_number)
        .join_from(draft_publications, publication_versions)
        .where(pointer.quarter_key == quarter.key)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return Draft(quarter, row.publication_id, row.version_number, row.draft_number)


def make_draft(
    connection: sa.Connection, draft: Draft, expected_draft: int, run_id: str, detail: str
) -> None:
    """Make a version the quarter's draft, from the draft that its run began from and no other.

    Args:
        connection: The caller's.
        draft: The new draft; its number is one more than expected.
        expected_draft: Number of the draft that is there, 0 for none.
        run_id: The run that made it.
        detail: Digest of the council folder.

    Raises:
        SupersededError: Another draft is there.
    """
    values = {
        "quarter_key": draft.quarter.key,
        "publication_id": draft.publication_id,
        "draft_number": draft.draft_number,
    }
    audit.record(
        connection,
        audit.DRAFT,
        quarter_key=draft.quarter.key,
        publication_id=draft.publication_id,
        actor_name=run_id,
        happened_at=dt.datetime.now(dt.UTC),
        detail={"draft_number": draft.draft_number, "council_sha256": detail},
    )
    if expected_draft == 0:
        connection.execute(sa.insert(draft_publications).values(values))
        return
    pointer = draft_publications.c
    moved = connection.execute(
        sa.update(draft_publications)
        .where(pointer.quarter_key == draft.quarter.key)
        .where(pointer.draft_number == expected_draft)
        .values(values)
    )
    if moved.rowcount != 1:
        raise superseded(connection, draft.quarter)


def superseded(connection: sa.Connection, quarter: Quarter) -> SupersededError:
    """Say which run made the draft that is there now."""
    log = audit_entries.c
    last = connection.execute(
        sa.select(log.actor_name, log.happened_at, log.publication_id)
        .where(log.quarter_key == quarter.key, log.entry_kind_code == audit.DRAFT)
        .order_by(log.entry_number.desc())
        .limit(1)
    ).first()
    if last is None:
        return SupersededError(
            f"{quarter.label} has no publication, though this run began from one. Run the whole "
            "quarter again."
        )
    return SupersededError(
        f"{quarter.label} was published by run {last.actor_name} at "
        f"{last.happened_at:%Y-%m-%d %H:%M:%S} UTC (publication {last.publication_id[:12]}) after "
        "this run began; that stays as it is. Run the whole quarter again."
    )


def missing_roles(connection: sa.Connection, draft: Draft, roles: Sequence[str]) -> list[str]:
    """Return the roles that have not signed this very draft, in their order."""
    signed = publication_signatures.c
    found = connection.execute(
        sa.select(signed.role_name)
        .where(signed.publication_id == draft.publication_id)
        .where(signed.draft_number == draft.draft_number)
    ).scalars()
    present = set(found)
    return [role for role in roles if role not in present]


def add_signature(
    connection: sa.Connection, draft: Draft, role_name: str, signed_by: str, note: str | None
) -> None:
    """Record that a role has signed a draft; the same role cannot sign it twice.

    Raises:
        RequestError: It has signed this draft already.
    """
    if not missing_roles(connection, draft, [role_name]):
        raise RequestError(
            f"{role_name} has signed draft {draft.publication_id[:12]} of {draft.quarter.label} "
            "already."
        )
    now = dt.datetime.now(dt.UTC)
    connection.execute(
        sa.insert(publication_signatures).values(
            publication_id=draft.publication_id,
            draft_number=draft.draft_number,
            role_name=role_name,
            signed_by=signed_by,
            signed_at=now,
            note_text=note,
        )
    )
    audit.record(
        connection,
        audit.SIGNATURE,
        quarter_key=draft.quarter.key,
        publication_id=draft.publication_id,
        actor_name=signed_by,
        happened_at=now,
        detail={"draft_number": draft.draft_number, "role_name": role_name, "note": note},
    )


def make_visible(connection: sa.Connection, draft: Draft, actor_name: str) -> int:
    """Bring a draft into view, and return the number of the move; nothing if it is in view.

    Args:
        connection: The caller's, under the quarter's lock.
        draft: The quarter's draft.
        actor_name: Run or person that releases it.
    """
    before = publication_in_view(connection, draft.quarter)
    if before is not None and before.publication_id == draft.publication_id:
        return before.move_number
    if before is not None:
        record_changes(connection, before.publication_id, draft.publication_id)
    number = before.move_number + 1 if before else 1
    move = {
        "quarter_key": draft.quarter.key,
        "publication_id": draft.publication_id,
        "move_number": number,
    }
    now = dt.datetime.now(dt.UTC)
    connection.execute(sa.insert(publication_moves).values(**move, moved_at=now, run_id=actor_name))
    audit.record(
        connection,
        audit.RELEASE,
        quarter_key=draft.quarter.key,
        publication_id=draft.publication_id,
        actor_name=actor_name,
        happened_at=now,
        detail={"move_number": number, "draft_number": draft.draft_number},
    )
    _move_pointer(connection, move, before.move_number if before else 0)
    return number


def _move_pointer(connection: sa.Connection, move: dict[str, object], expected_move: int) -> None:
    if expected_move == 0:
        connection.execute(sa.insert(current_publications).values(move))
        return
    pointer = current_publications.c
    moved = connection.execute(
        sa.update(current_publications)
        .where(pointer.quarter_key == move["quarter_key"])
        .where(pointer.move_number == expected_move)
        .values(move)
    )
    if moved.rowcount != 1:
        raise SupersededError("Another release came between; nothing was changed. Look again.")
