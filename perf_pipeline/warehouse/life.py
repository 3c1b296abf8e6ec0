"""A publication's life: a quarter's draft, who signs it, and the release that readers see.

::

    run ──▶ version ──▶ draft ──▶ signatures of every role ──▶ release ──▶ readers
                         │        (of this very draft)           │
                         └── another draft voids them            └── what it changed is recorded

Both pointers move by compare-and-set. Everything that happens is an entry of the audit log.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

    @property
    def short_id(self) -> str:
        """How its id begins, for sentences."""
        return self.publication_id[:_SHORT]


_SHORT = 12
_TICK = dt.timedelta(microseconds=1)


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


def version_facts(version: sa.Row[Any]) -> dict[str, Any]:
    """Return what is known of a version besides its content, as the log records it.

    Args:
        version: Row of `publication_versions`.
    """
    return {
        "version_number": version.version_number,
        "created_at": version.created_at.isoformat(),
        "council_name": version.council_name,
        "council_sha256": version.council_sha256,
        "code_version": version.code_version,
        "run_id": version.run_id,
        "row_count": version.row_count,
    }


@dataclass(frozen=True)
class DraftFacts:
    """What the log keeps of a draft besides its version.

    Attributes:
        roles: Roles that must sign it.
        withheld: Of the rows that it withholds.
        datasets: Of each dataset that its returns name, by the dataset's digest.
    """

    roles: Sequence[str]
    withheld: Mapping[str, str]
    datasets: Mapping[str, str]


def make_draft(connection: sa.Connection, draft: Draft, run_id: str, facts: DraftFacts) -> None:
    """Make a version the quarter's draft, from the draft that its run began from and no other.

    Args:
        connection: The caller's.
        draft: The new draft; its number is one more than that of the draft that is there.
        run_id: The run that made it.
        facts: What else the log keeps of it.

    Raises:
        SupersededError: Another draft is there.
    """
    values = {
        "quarter_key": draft.quarter.key,
        "publication_id": draft.publication_id,
        "draft_number": draft.draft_number,
    }
    if not _is_moved(connection, draft_publications, "draft_number", values):
        raise superseded(connection, draft.quarter)
    version = connection.execute(
        sa.select(publication_versions).where(
            publication_versions.c.publication_id == draft.publication_id
        )
    ).one()
    audit.record(
        connection,
        audit.DRAFT,
        quarter_key=draft.quarter.key,
        publication_id=draft.publication_id,
        actor_name=run_id,
        happened_at=dt.datetime.now(dt.UTC),
        detail={
            "draft_number": draft.draft_number,
            "roles": list(facts.roles),
            "version": version_facts(version),
            "withheld": dict(facts.withheld),
            "datasets": dict(facts.datasets),
        },
    )


def _is_moved(
    connection: sa.Connection, pointer: sa.Table, number: str, values: Mapping[str, Any]
) -> bool:
    """Move a quarter's pointer on by one; False where it was not where it was expected."""
    expected = values[number] - 1
    if expected == 0:
        connection.execute(sa.insert(pointer).values(values))
        return True
    moved = connection.execute(
        sa.update(pointer)
        .where(pointer.c.quarter_key == values["quarter_key"])
        .where(pointer.c[number] == expected)
        .values(values)
    )
    return moved.rowcount == 1


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
        f"Run {last.actor_name} made a draft of {quarter.label} at "
        f"{last.happened_at:%Y-%m-%d %H:%M:%S} UTC (publication {last.publication_id[:12]}) after "
        "this run began; that stays as it is. Run the whole quarter again."
    )


def roles_of_draft(connection: sa.Connection, draft: Draft) -> list[str]:
    """Return the roles that were to sign a draft when it was made; none before revision 0003."""
    for detail in _details(connection, draft, audit.DRAFT):
        return list(detail.get("roles", ()))
    return []


def withheld_by_draft(connection: sa.Connection, draft: Draft) -> Mapping[str, str]:
    """Return what the log keeps of the rows that a draft withholds; nothing before 0004."""
    for detail in _details(connection, draft, audit.DRAFT):
        return dict(detail.get("withheld", {}))
    return {}


def missing_roles(connection: sa.Connection, draft: Draft, roles: Sequence[str]) -> list[str]:
    """Return the roles that have not signed this very draft, in their order.

    A signature counts that is kept and that the log knows.
    """
    signed = publication_signatures.c
    found = connection.execute(
        sa.select(signed.role_name)
        .where(signed.publication_id == draft.publication_id)
        .where(signed.draft_number == draft.draft_number)
    ).scalars()
    present = {each["role_name"] for each in _details(connection, draft, audit.SIGNATURE)}
    present.intersection_update(found)
    return [role for role in roles if role not in present]


def _details(connection: sa.Connection, draft: Draft, kind: str) -> Iterator[dict[str, Any]]:
    """Return what the log says of a draft in entries of a kind."""
    log = audit_entries.c
    texts = connection.execute(
        sa.select(log.detail_text)
        .where(log.quarter_key == draft.quarter.key, log.entry_kind_code == kind)
        .where(log.publication_id == draft.publication_id)
        .order_by(log.entry_number)
    ).scalars()
    details = (json.loads(text) for text in texts)
    yield from (each for each in details if each["draft_number"] == draft.draft_number)


def add_signature(
    connection: sa.Connection, draft: Draft, role_name: str, signed_by: str, note: str | None
) -> None:
    """Record that a role has signed a draft; the same role cannot sign it twice.

    Raises:
        RequestError: It has signed this draft already.
    """
    if not missing_roles(connection, draft, [role_name]):
        raise RequestError(
            f"{role_name} has signed draft {draft.short_id} of {draft.quarter.label} already."
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


def make_visible(
    connection: sa.Connection, draft: Draft, actor_name: str, roles: Sequence[str] = ()
) -> None:
    """Bring a draft into view; nothing happens if it is.

    A release is later than the one before it, whatever the clocks say, so that at each moment one
    publication of a quarter is in view.

    Args:
        connection: The caller's, under the quarter's lock.
        draft: The quarter's draft.
        actor_name: Run or person that releases it.
        roles: Roles that had to sign it, and have.
    """
    before = publication_in_view(connection, draft.quarter)
    if before is not None and before.publication_id == draft.publication_id:
        return
    detail: dict[str, Any] = {"draft_number": draft.draft_number, "roles": list(roles)}
    if before is not None:
        detail["before_publication_id"] = before.publication_id
        detail["changes_sha256"] = record_changes(
            connection, before.publication_id, draft.publication_id
        )
    expected_move = before.move_number if before else 0
    move = {
        "quarter_key": draft.quarter.key,
        "publication_id": draft.publication_id,
        "move_number": expected_move + 1,
    }
    moment = _next_moment(connection, draft.quarter)
    connection.execute(
        sa.insert(publication_moves).values(**move, moved_at=moment, run_id=actor_name)
    )
    audit.record(
        connection,
        audit.RELEASE,
        quarter_key=draft.quarter.key,
        publication_id=draft.publication_id,
        actor_name=actor_name,
        happened_at=moment,
        detail=detail | {"move_number": expected_move + 1},
    )
    if not _is_moved(connection, current_publications, "move_number", move):
        raise SupersededError("Another release came between; nothing was changed. Look again.")


def _next_moment(connection: sa.Connection, quarter: Quarter) -> dt.datetime:
    moves = publication_moves.c
    last = connection.execute(
        sa.select(moves.moved_at)
        .where(moves.quarter_key == quarter.key)
        .order_by(moves.moved_at.desc())
        .limit(1)
    ).scalar()
    now = dt.datetime.now(dt.UTC)
    return now if last is None else max(now, last + _TICK)
