"""What the doctor says of versions, SQLite, time zones and the user."""

import pytest

from perf_pipeline.cli.doctor.findings import Status
from perf_pipeline.cli.doctor.software import (
    dagster_findings,
    has_wal_defect,
    python_finding,
    software_findings,
    time_zone_finding,
    user_finding,
)

ALIKE = {
    "dagster": "1.13.27",
    "dagster-webserver": "1.13.27",
    "dagster-graphql": "1.13.27",
    "dagster-postgres": "0.29.27",
}


@pytest.mark.parametrize(
    ("version", "has_defect"),
    [
        pytest.param((3, 6, 23), False, id="before write-ahead logs"),
        pytest.param((3, 7, 0), True, id="the first"),
        pytest.param((3, 40, 1), True, id="Debian 12"),
        pytest.param((3, 44, 5), True, id="before the mended 3.44"),
        pytest.param((3, 44, 6), False, id="the mended 3.44"),
        pytest.param((3, 45, 0), True, id="after 3.44"),
        pytest.param((3, 50, 6), True, id="before the mended 3.50"),
        pytest.param((3, 50, 7), False, id="the mended 3.50"),
        pytest.param((3, 51, 2), True, id="the last"),
        pytest.param((3, 51, 3), False, id="mended"),
        pytest.param((3, 52, 0), False, id="later"),
    ],
)
def test_wal_defect(version: tuple[int, int, int], has_defect: bool) -> None:  # noqa: FBT001 - parametrised
    """The versions whose write-ahead log can lose data are known."""
    assert has_wal_defect(version) is has_defect


def test_dagster_alike() -> None:
    """Siblings of the same version, and libraries by their own count, are as they should be."""
    assert [finding.status for finding in dagster_findings(ALIKE)] == [Status.OK]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        pytest.param(
            {"dagster": "1.13.29"}, "dagster-webserver 1.13.27 instead of 1.13.29", id="core ahead"
        ),
        pytest.param(
            {"dagster-postgres": "0.29.26"},
            "dagster-postgres 0.29.26 instead of 0.29.27",
            id="library",
        ),
    ],
)
def test_dagster_unlike(changed: dict[str, str], named: str) -> None:
    """Siblings that differ are named, with the version that they should have."""
    (finding,) = dagster_findings(ALIKE | changed)
    assert finding.status is Status.WRONG
    assert named in finding.found


def test_no_webserver_is_a_note() -> None:
    """A machine without the webserver can run quarters, and is told that it has no UI."""
    installed = {name: v for name, v in ALIKE.items() if name != "dagster-webserver"}
    assert [finding.status for finding in dagster_findings(installed)] == [Status.OK, Status.NOTE]


def test_old_python_is_wrong() -> None:
    """Python 3.10 will not do."""
    assert python_finding((3, 10, 9)).status is Status.WRONG


def test_unknown_time_zone_is_wrong() -> None:
    """Without time zone data there is something to install."""
    finding = time_zone_finding("Europe/Nowhere")
    assert finding.status is Status.WRONG
    assert "tzdata" in finding.remedy


@pytest.mark.parametrize(("user", "status"), [(0, Status.NOTE), (998, Status.OK)])
def test_root_is_a_note(user: int, status: Status) -> None:
    """Who runs as root is told so."""
    assert user_finding(user).status is status


def test_this_machine_is_sound() -> None:
    """What the tests run on has nothing to be put right."""
    assert Status.WRONG not in {finding.status for finding in software_findings()}
