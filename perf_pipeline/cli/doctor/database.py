"""The database that is published to: whether it answers, is set up, and what its login may do."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from perf_pipeline.cli.doctor.findings import Finding, note, ok, wrong
from perf_pipeline.cli.readable_database import is_missing_file
from perf_pipeline.errors import PublicationError
from perf_pipeline.warehouse import connect, migrate, shown_url
from perf_pipeline.warehouse.engine import describe, is_sqlite, reading
from perf_pipeline.warehouse.migrate import require_schema
from perf_pipeline.warehouse.tables import append_only_tables

_OLDEST_SERVER = (13,)
_RUN_ROLES = "As an administrator run sql/roles.sql in the warehouse's database (docs/bi.md)."

_RIGHTS = sa.text("""
    WITH kept (name) AS (SELECT unnest(CAST(:kept AS text[]))),
    relation AS (
        SELECT class.oid, class.relname, core.oid AS schema_oid
        FROM pg_class AS class
        JOIN pg_namespace AS core ON core.oid = class.relnamespace
        JOIN kept ON kept.name = class.relname
        WHERE core.nspname = 'core'
    )
    SELECT
        session_user AS login_name,
        current_user AS acting_name,
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
        has_database_privilege(current_database(), 'CREATE') AS can_set_up,
        pg_get_userbyid(core.nspowner) AS owner_name,
        coalesce(pg_has_role(current_user, core.nspowner, 'MEMBER'), false) AS is_owner,
        coalesce(has_schema_privilege(core.oid, 'USAGE'), false) AS can_read_core,
        coalesce((
            SELECT bool_and(has_table_privilege(relation.oid, 'INSERT')) FROM relation
        ), false) AS can_add,
        ARRAY(
            SELECT relation.relname FROM relation
            WHERE has_table_privilege(relation.oid, 'UPDATE')
                OR has_table_privilege(relation.oid, 'DELETE')
                OR has_table_privilege(relation.oid, 'TRUNCATE')
            ORDER BY relation.relname
        ) AS changeable
    FROM (SELECT) AS one_row
    LEFT JOIN pg_namespace AS core ON core.nspname = 'core'
""")


@dataclass(frozen=True)
class Rights:
    """What a login may do on PostgreSQL.

    Attributes:
        login_name: Who connected.
        acting_name: The role that it acts as.
        is_superuser: Nothing is forbidden to it.
        can_set_up: It may make schemas.
        owner_name: The role that owns the schema `core`; None before there is one.
        is_owner: It is that role, or one of its members.
        can_read_core: It may look into `core`, where drafts are.
        can_add: It may add to every table that a publication adds to.
        changeable: Tables that are never changed, and that it may change nevertheless.
    """

    login_name: str
    acting_name: str
    is_superuser: bool
    can_set_up: bool
    owner_name: str | None
    is_owner: bool
    can_read_core: bool
    can_add: bool
    changeable: tuple[str, ...]


def database_findings(url: str) -> Iterator[Finding]:
    """Look at the database that is published to; nothing in it is changed, or made."""
    if is_missing_file(url):
        found = f"There is no database yet: {shown_url(url)}."
        yield wrong("database", found, "Make it: perf-pipeline prepare, or doctor --fix")
        return
    try:
        engine = connect(url)
    except PublicationError as error:
        yield _failure("database", error)
        return
    try:
        yield ok("database", f"The {describe(engine)} answers.")
        yield from _findings(engine)
    finally:
        engine.dispose()


def set_up_database(url: str) -> Iterator[Finding]:
    """Set a database up that answers, or bring it up to date; what it refuses is a finding."""
    try:
        engine = connect(url)
    except PublicationError:
        return
    try:
        migrate(engine)
    except (PublicationError, DBAPIError) as error:
        yield _failure("fix", error)
    else:
        yield ok("fix", f"The {describe(engine)} has the schema that this code needs.")
    finally:
        engine.dispose()


def _findings(engine: sa.Engine) -> Iterator[Finding]:
    if is_sqlite(engine):
        yield _schema_finding(engine)
        return
    try:
        with reading(engine) as connection:
            version = connection.dialect.server_version_info or ()
            rights = rights_of(connection)
    except (PublicationError, DBAPIError) as error:
        yield _failure("database", error)
        return
    if version < _OLDEST_SERVER:
        found = f"The server is PostgreSQL {'.'.join(map(str, version))}."
        yield wrong("database", found, "Use PostgreSQL 13 or newer.")
    yield from transport_findings(engine.url)
    yield login_finding(rights)
    if rights.owner_name is None or rights.can_read_core:
        yield _schema_finding(engine)


def rights_of(connection: sa.Connection) -> Rights:
    """Ask PostgreSQL what the login of a connection may do."""
    kept = [table.name for table in append_only_tables]
    row = connection.execute(_RIGHTS, {"kept": kept}).one()._asdict()
    return Rights(**row | {"changeable": tuple(row["changeable"])})


def login_finding(rights: Rights) -> Finding:
    """Say what a login is, and whether quarters can and should be run with it."""
    name = rights.login_name
    if rights.is_superuser:
        found = f"The login {name} is a superuser: nothing that is published is safe from it."
        return note("login", found, "Run quarters as a member of the writer (sql/roles.sql).")
    if rights.owner_name is None:
        return _newcomer(rights)
    if rights.is_owner:
        return _owner(rights)
    return _member(rights)


def _member(rights: Rights) -> Finding:
    """Say what a login is that neither owns the warehouse nor may do anything."""
    name = rights.login_name
    if not rights.can_read_core:
        found = f"The login {name} reads what is released and nothing else: right for BI tools."
        return wrong("login", found, "To run quarters give the address of a member of the writer.")
    if not rights.can_add:
        found = f"The login {name} sees drafts and cannot publish: it is neither writer nor reader."
        return wrong("login", found, _RUN_ROLES)
    if rights.changeable:
        found = f"The login {name} may change what is published ({', '.join(rights.changeable)})."
        return wrong("login", found, _RUN_ROLES)
    return ok("login", f"The login {name} writes: it adds publications, and can change none.")


def _newcomer(rights: Rights) -> Finding:
    if rights.can_set_up:
        return ok("login", f"The login {rights.login_name} may set the database up.")
    found = f"The login {rights.login_name} may not set the database up."
    return wrong("login", found, "Run `perf-pipeline prepare` as a member of the owner first.")


def _owner(rights: Rights) -> Finding:
    name, owner = rights.login_name, rights.owner_name
    if rights.acting_name != owner:
        return wrong(
            "login",
            f"The login {name} belongs to the owner {owner} and acts as {rights.acting_name}: what "
            "it makes would not be the owner's.",
            f"As an administrator: ALTER ROLE {name} SET role = {owner}",
        )
    return note(
        "login",
        f"The login {name} owns the warehouse: right for `prepare`, more than a run needs.",
        "Run quarters as a member of the writer (sql/roles.sql).",
    )


def transport_findings(url: sa.URL) -> Iterator[Finding]:
    """Say whether what goes to the server is encrypted to a server that proves who it is."""
    host = url.host or str(url.query.get("host", ""))
    if _is_here(host) or url.query.get("sslmode") == "verify-full":
        return
    yield note(
        "transport",
        f"The connection to {host} does not ask the server to prove who it is.",
        "Add ?sslmode=verify-full&sslrootcert=FILE to the database's address.",
    )


def _is_here(host: str) -> bool:
    if host in {"", "localhost"} or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _schema_finding(engine: sa.Engine) -> Finding:
    try:
        with reading(engine) as connection:
            require_schema(connection)
    except PublicationError as error:
        return _failure("schema", error)
    return ok("schema", "The database's schema is the one that this code needs.")


def _failure(check: str, error: Exception) -> Finding:
    """Pass a sentence of the warehouse's on; it says itself what to do."""
    return wrong(check, str(error), "Then look again: perf-pipeline doctor")
