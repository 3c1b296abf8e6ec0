"""Whether versions, drafts, datasets, signatures, releases and changes are what was recorded."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from perf_pipeline.warehouse import audit
from perf_pipeline.warehouse.changes import changes_digest, recorded_changes
from perf_pipeline.warehouse.dataset_verification import dataset_faults
from perf_pipeline.warehouse.life import version_facts
from perf_pipeline.warehouse.life_tables import (
    current_publications,
    draft_publications,
    publication_change_entries,
    publication_moves,
    publication_signatures,
    publication_versions,
)
from perf_pipeline.warehouse.withheld_rows import withheld_faults

Entries = list[dict[str, Any]]
Records = set[tuple[Any, ...]]


def record_faults(connection: sa.Connection, log: Entries) -> Iterator[str]:
    """Find what is kept beside the log and differs from it, a sentence a quarter.

    Args:
        connection: The caller's, which shows one moment.
        log: Every entry, from the first on.
    """
    drafts, signatures, releases = (
        [each | json.loads(each["detail_text"]) for each in log if each["entry_kind_code"] == kind]
        for kind in (audit.DRAFT, audit.SIGNATURE, audit.RELEASE)
    )
    yield from _version_faults(connection, drafts)
    yield from _pointer_faults(connection, drafts, releases)
    yield from withheld_faults(connection, drafts)
    yield from dataset_faults(connection, drafts)
    yield from _signature_faults(connection, signatures)
    yield from _release_faults(connection, releases)
    yield from _unsigned(releases, signatures)
    yield from _change_faults(connection, releases)


def _version_faults(connection: sa.Connection, drafts: Entries) -> Iterator[str]:
    versions = connection.execute(sa.select(publication_versions)).all()
    yield from _unlike(
        "publications",
        _recorded(drafts, "publication_id"),
        {(each.quarter_key, each.publication_id) for each in versions},
    )
    # Entries from before schema revision 0003 say nothing of the version.
    facts = {each["publication_id"]: each["version"] for each in drafts if "version" in each}
    for each in versions:
        if facts.get(each.publication_id, version_facts(each)) != version_facts(each):
            yield (
                f"what is known of version {each.version_number} of {each.quarter_key} is not "
                "what the audit log recorded"
            )


def _pointer_faults(connection: sa.Connection, drafts: Entries, releases: Entries) -> Iterator[str]:
    for what, pointer, number, entries in (
        ("draft", draft_publications, "draft_number", drafts),
        ("publication in view", current_publications, "move_number", releases),
    ):
        last = {each["quarter_key"]: each for each in sorted(entries, key=lambda e: e[number])}
        columns = (pointer.c.quarter_key, pointer.c.publication_id, pointer.c[number])
        found = connection.execute(sa.select(*columns))
        yield from _unlike(
            what, _recorded(last.values(), "publication_id", number), set(map(tuple, found))
        )


def _signature_faults(connection: sa.Connection, signatures: Entries) -> Iterator[str]:
    columns = (publication_versions.c.quarter_key, *publication_signatures.c)
    found = connection.execute(
        sa.select(*columns).join_from(publication_signatures, publication_versions)
    )
    names = ("publication_id", "draft_number", "role_name", "actor_name", "happened_at", "note")
    yield from _unlike("signatures", _recorded(signatures, *names), set(map(tuple, found)))


def _release_faults(connection: sa.Connection, releases: Entries) -> Iterator[str]:
    found = connection.execute(sa.select(publication_moves))
    names = ("move_number", "publication_id", "happened_at", "actor_name")
    yield from _unlike("releases", _recorded(releases, *names), set(map(tuple, found)))


def _unsigned(releases: Entries, signatures: Entries) -> Iterator[str]:
    """Find releases before which a role that had to sign that draft had not."""
    for each in releases:
        names = ("quarter_key", "publication_id", "draft_number")
        signed = {
            other["role_name"]
            for other in signatures
            if other["entry_number"] < each["entry_number"]
            and all(other[name] == each.get(name) for name in names)
        }
        missing = [role for role in each.get("roles", ()) if role not in signed]
        if missing:
            yield (
                f"release {each['move_number']} of {each['quarter_key']} was not signed by: "
                f"{', '.join(missing)}"
            )


def _change_faults(connection: sa.Connection, releases: Entries) -> Iterator[str]:
    entry = publication_change_entries.c
    pairs = (entry.before_publication_id, entry.publication_id)
    stray = set(map(tuple, connection.execute(sa.select(*pairs).distinct())))
    for each in releases:
        if "changes_sha256" in each:
            pair = (each["before_publication_id"], each["publication_id"])
            stray.discard(pair)
            if changes_digest(recorded_changes(connection, *pair)) != each["changes_sha256"]:
                yield (
                    f"the changes of release {each['move_number']} of {each['quarter_key']} are "
                    "not those that the audit log recorded"
                )
    if stray:
        yield "there are changes of releases that the audit log does not know"


def _recorded(entries: Iterable[dict[str, Any]], *names: str) -> Records:
    return {(each["quarter_key"], *(each[name] for name in names)) for each in entries}


def _unlike(what: str, recorded: Records, found: Records) -> Iterator[str]:
    """Name the quarters, first of each record, in which the two differ."""
    for quarter_key in sorted({each[0] for each in recorded ^ found}):
        yield f"the {what} of {quarter_key}: not what the audit log recorded"
