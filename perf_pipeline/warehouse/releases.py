"""Sign a quarter's draft and release it: what people do between a run and its readers."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from perf_pipeline.errors import PublicationError, RequestError
from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse.engine import writing
from perf_pipeline.warehouse.life import (
    Draft,
    add_signature,
    draft_of,
    make_visible,
    missing_roles,
    roles_of_draft,
)
from perf_pipeline.warehouse.life_tables import publication_versions
from perf_pipeline.warehouse.locks import lock, quarter_lock
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.publish import publication_of, require_same_council
from perf_pipeline.warehouse.read import SHORTEST_PREFIX, Publication
from perf_pipeline.warehouse.retries import explained, retrying
from perf_pipeline.warehouse.verify import is_unchanged

LONGEST_NAME = 120
"""Characters that the record has for who did something."""

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Signed:
    """What was signed, and who has yet to sign it.

    Attributes:
        publication_id: The draft's digest.
        version_number: Its version.
        missing_roles: Roles that have yet to sign it, in their order.
    """

    publication_id: str
    version_number: int
    missing_roles: tuple[str, ...]


def sign_off(
    engine: sa.Engine,
    quarter: Quarter,
    role_name: str,
    signed_by: str,
    *,
    roles: Sequence[str],
    council_name: str,
    publication_id: str | None = None,
    note: str | None = None,
) -> Signed:
    """Sign a quarter's draft for a role.

    Args:
        engine: From `connect`.
        quarter: The quarter.
        role_name: Role that signs; one of `roles`.
        signed_by: Who signs, as they give it.
        roles: All roles that must sign, as council.yaml names them.
        council_name: The council whose roles they are.
        publication_id: The draft that was looked at, or how its id begins; none other is signed.
        note: What the signer notes.

    Returns:
        What was signed, and who has yet to sign it.

    Raises:
        RequestError: There is no such role or draft, it is another draft, or it is signed.
        PublicationError: The database is another council's, or refused.
    """
    if role_name not in roles:
        named = ", ".join(roles) or "none: council.yaml names no sign_off roles"
        raise RequestError(f"`{role_name}` is no role that signs. Choose one of: {named}.")
    signer, remark = _name(signed_by), _remark(note)

    def sign(connection: sa.Connection) -> Signed:
        require_same_council(connection, council_name)
        draft = _required_draft(connection, quarter, publication_id)
        add_signature(connection, draft, role_name, signer, remark)
        return Signed(
            draft.publication_id,
            draft.version_number,
            tuple(missing_roles(connection, draft, _needed(connection, draft, roles))),
        )

    return _changed(engine, quarter, "sign-off", sign)


def release(
    engine: sa.Engine,
    quarter: Quarter,
    released_by: str,
    *,
    roles: Sequence[str],
    council_name: str,
    publication_id: str | None = None,
) -> Publication:
    """Bring a quarter's draft into view, once every role has signed that very draft.

    Those are the roles of council.yaml now, and those that it named when the draft was made.

    Args:
        engine: From `connect`.
        quarter: The quarter.
        released_by: Who releases it, as they give it.
        roles: Roles that must have signed, as council.yaml names them.
        council_name: The council whose roles they are.
        publication_id: The draft that is meant, or how its id begins.

    Raises:
        RequestError: There is no draft, another one, or a role has not signed it.
        PublicationError: The draft's rows were changed, the database is another council's, or it
            refused.
    """
    releaser = _name(released_by)

    def bring_into_view(connection: sa.Connection) -> Publication:
        require_same_council(connection, council_name)
        draft = _required_draft(connection, quarter, publication_id)
        needed = _needed(connection, draft, roles)
        missing = missing_roles(connection, draft, needed)
        if missing:
            raise RequestError(
                f"Draft {draft.short_id} of {quarter.label} is not signed by: {', '.join(missing)}."
            )
        if not is_unchanged(connection, draft.publication_id):
            raise PublicationError(
                f"Draft {draft.short_id} of {quarter.label} is no longer what was made and signed; "
                "nothing was released. See what was changed: perf-pipeline verify"
            )
        make_visible(connection, draft, releaser, needed)
        return publication_of(connection, draft, is_new=False)

    return _changed(engine, quarter, "release", bring_into_view)


def _needed(connection: sa.Connection, draft: Draft, roles: Sequence[str]) -> list[str]:
    """Return the roles of today, and those that were to sign the draft when it was made."""
    return list(dict.fromkeys([*roles, *roles_of_draft(connection, draft)]))


def _required_draft(
    connection: sa.Connection, quarter: Quarter, publication_id: str | None
) -> Draft:
    draft = draft_of(connection, quarter)
    if draft is None:
        raise RequestError(f"{quarter.label} has no draft. Run: perf-pipeline run {quarter.key}")
    if publication_id is not None and len(publication_id) < SHORTEST_PREFIX:
        raise RequestError(
            f"`{publication_id}` names no draft for certain: give at least {SHORTEST_PREFIX} "
            "characters of its id."
        )
    if publication_id is not None and not draft.publication_id.startswith(publication_id):
        why = (
            "its inputs have changed since. Look at it anew before you sign or release it."
            if _is_version(connection, quarter, publication_id)
            else f"no version begins so. See them: perf-pipeline history {quarter.key}"
        )
        raise RequestError(
            f"The draft of {quarter.label} is {draft.short_id}, not {publication_id}: {why}"
        )
    return draft


def _is_version(connection: sa.Connection, quarter: Quarter, prefix: str) -> bool:
    """Tell whether a version of a quarter was ever made whose id begins so."""
    version = publication_versions.c
    query = sa.select(version.publication_id).where(
        version.quarter_key == quarter.key,
        version.publication_id.startswith(prefix, autoescape=True),
    )
    return connection.execute(query).first() is not None


def _name(given: str) -> str:
    name = given.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise RequestError(
            f"Say who does it, on one line of at most {LONGEST_NAME} characters, as the record is "
            "to keep it."
        )
    return name


def _remark(given: str | None) -> str | None:
    kinds = {unicodedata.category(each) for each in given or "" if each not in "\n\t"}
    if kinds & {"Cc", "Cs"}:
        raise RequestError("The note has characters that cannot be kept. Write plain text.")
    return given


def _changed(
    engine: sa.Engine, quarter: Quarter, what: str, change: Callable[[sa.Connection], _Result]
) -> _Result:
    def once() -> _Result:
        with writing(engine, f"perf-pipeline {what}") as connection:
            require_schema(connection)
            lock(connection, quarter_lock(quarter))
            return change(connection)

    try:
        return retrying(once)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise PublicationError(
                f"The connection was lost during the {what} of {quarter.label}, which happened "
                f"whole or not at all. Look when the database answers: perf-pipeline history "
                f"{quarter.key}"
            ) from error
        raise explained(error, engine, quarter) from error
