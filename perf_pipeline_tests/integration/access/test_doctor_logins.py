"""What the doctor says of each kind of login on PostgreSQL, by the rights that it really has."""

from collections.abc import Callable
from typing import Any

import pytest

from perf_pipeline.cli.doctor.database import database_findings, set_up_database
from perf_pipeline.cli.doctor.findings import Finding, Status


def findings(login: Any) -> dict[str, Finding]:
    """Return what the doctor says of a login's database."""
    return {finding.check: finding for finding in database_findings(login.url)}


@pytest.fixture(scope="module")
def warehouse(make_warehouse: Callable[[], Any]) -> Any:
    """A warehouse that is set up with its roles."""
    warehouse = make_warehouse()
    warehouse.set_up()
    return warehouse


def test_writer_is_right(warehouse: Any) -> None:
    """A member of the writer is what runs should be: it adds, and can change nothing."""
    found = findings(warehouse.add_login("run", "writer", acts_as_group=True))
    assert {finding.status for finding in found.values()} == {Status.OK}
    assert "can change none" in found["login"].found


def test_owner_is_more_than_a_run_needs(warehouse: Any) -> None:
    """A member of the owner is right for `prepare`, and said to be more than a run needs."""
    found = findings(warehouse.add_login("prepare", "owner", acts_as_group=True))
    assert found["login"].status is Status.NOTE
    assert "owns the warehouse" in found["login"].found
    assert found["schema"].status is Status.OK


def test_owner_that_does_not_act_as_one(warehouse: Any) -> None:
    """A member of the owner that acts as itself would make things of its own."""
    login = warehouse.add_login("astray", "owner")
    found = findings(login)["login"]
    assert found.status is Status.WRONG
    assert f"ALTER ROLE {login.role} SET role" in found.remedy


def test_reader_cannot_run(warehouse: Any) -> None:
    """A member of the reader is right for BI tools and cannot run quarters; `core` stays closed."""
    found = findings(warehouse.add_login("bi", "reader"))
    assert found["login"].status is Status.WRONG
    assert "right for BI tools" in found["login"].found
    assert "schema" not in found


def test_superuser_is_a_note(warehouse: Any) -> None:
    """A superuser is said to be one."""
    assert "superuser" in findings(warehouse.admin)["login"].found


def test_writer_that_may_change_history(warehouse: Any) -> None:
    """A writer that was given more than roles.sql gives is found, with the table's name."""
    login = warehouse.add_login("grown", "writer")
    warehouse.execute(f"GRANT DELETE ON core.audit_entries TO {login.role}")
    found = findings(login)["login"]
    assert found.status is Status.WRONG
    assert "(audit_entries)" in found.found


def test_login_that_only_looks(warehouse: Any) -> None:
    """A login that sees drafts and cannot add is neither writer nor reader."""
    login = warehouse.add_login("curious", "reader")
    warehouse.execute(
        f"GRANT USAGE ON SCHEMA core TO {login.role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA core TO {login.role}",
    )
    assert "neither writer nor reader" in findings(login)["login"].found


def test_database_that_was_never_set_up(make_warehouse: Callable[[], Any]) -> None:
    """Before the set-up an owner is told to do it and then can; a writer cannot, and is told so."""
    warehouse = make_warehouse()
    warehouse.execute(
        *(f"CREATE ROLE {warehouse.role(name)} NOLOGIN" for name in ("owner", "writer")),
        f"GRANT CREATE ON DATABASE {warehouse.name} TO {warehouse.role('owner')}",
    )
    owner = warehouse.add_login("first", "owner", acts_as_group=True)
    writer = warehouse.add_login("early", "writer", acts_as_group=True)
    assert findings(writer)["login"].status is Status.WRONG
    assert [f.status for f in set_up_database(writer.url)] == [Status.WRONG]
    assert findings(owner)["login"].status is Status.OK
    assert findings(owner)["schema"].status is Status.WRONG
    assert [f.status for f in set_up_database(owner.url)] == [Status.OK]
    assert findings(owner)["schema"].status is Status.OK
