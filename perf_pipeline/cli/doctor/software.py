"""What is installed: Python, Dagster and its siblings, SQLite, time zones, and who runs it."""

import sqlite3
import sys
import zoneinfo
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions

from perf_pipeline.cli.doctor.findings import Finding, note, ok, wrong

TIME_ZONE = "Europe/London"

_OLDEST_PYTHON = (3, 11)
_SAME_VERSION = ("dagster-graphql", "dagster-pipes", "dagster-shared", "dagster-webserver")
_LIBRARY_OFFSET = 16
"""Dagster's libraries are released as 0.(minor + 16).patch beside 1.minor.patch."""

_LIBRARIES = ("dagster-postgres",)
_INSTALL_ALIKE = "Install what requirements/production.txt pins, into an environment of its own."

_WAL_SINCE = (3, 7, 0)
_WAL_MENDED = (3, 51, 3)
_WAL_MENDED_BRANCHES = {(3, 50): 7, (3, 44): 6}


def software_findings() -> Iterator[Finding]:
    """Look at what this process runs on."""
    yield python_finding(sys.version_info[:3])
    yield from dagster_findings({d.metadata["Name"].lower(): d.version for d in distributions()})
    yield sqlite_finding(sqlite3.sqlite_version_info)
    yield time_zone_finding()


def python_finding(version: tuple[int, ...]) -> Finding:
    """Hold a Python version against the oldest one that will do."""
    shown = ".".join(map(str, version))
    if version < _OLDEST_PYTHON:
        return wrong("python", f"This is Python {shown}.", "Use Python 3.11 or newer.")
    return ok("python", f"Python {shown}.")


def dagster_findings(installed: Mapping[str, str]) -> Iterator[Finding]:
    """Hold the versions of Dagster's packages against each other.

    Args:
        installed: Package name in lower case → version.
    """
    core = installed.get("dagster")
    if core is None:
        yield wrong("dagster", "Dagster is not installed.", _INSTALL_ALIKE)
        return
    expected = dict.fromkeys(_SAME_VERSION, core) | dict.fromkeys(_LIBRARIES, _library(core))
    unlike = [
        f"{name} {installed[name]} instead of {version}"
        for name, version in expected.items()
        if name in installed and installed[name] != version
    ]
    if unlike:
        found = f"Dagster is {core}, and its siblings differ: {', '.join(unlike)}."
        yield wrong("dagster", found, _INSTALL_ALIKE)
    else:
        yield ok("dagster", f"Dagster {core}, and its siblings alike.")
    if "dagster-webserver" not in installed:
        remedy = "`make dev` installs it; on a server requirements/production.txt does."
        yield note("dagster-webserver", "The webserver is not installed here.", remedy)


def _library(core: str) -> str:
    major, minor, patch = core.split(".", 2)
    return f"{int(major) - 1}.{int(minor) + _LIBRARY_OFFSET}.{patch}"


def has_wal_defect(version: tuple[int, int, int]) -> bool:
    """Tell whether a SQLite version can lose what stands in a write-ahead log.

    The defect came with 3.7.0, and was mended in 3.51.3, 3.50.7 and 3.44.6.
    """
    mended = _WAL_MENDED_BRANCHES.get(version[:2])
    if mended is not None and version[2] >= mended:
        return False
    return _WAL_SINCE <= version < _WAL_MENDED


def sqlite_finding(version: tuple[int, int, int]) -> Finding:
    """Say whether SQLite's write-ahead log is safe."""
    shown = ".".join(map(str, version))
    if has_wal_defect(version):
        return note(
            "sqlite",
            f"SQLite {shown} has a defect by which a write-ahead log can lose data. Publications "
            "on SQLite do not use one; Dagster's own records on SQLite do.",
            "In production keep Dagster's records in PostgreSQL (deploy/dagster.yaml).",
        )
    return ok("sqlite", f"SQLite {shown}.")


def time_zone_finding(name: str = TIME_ZONE) -> Finding:
    """Say whether the time zone that deadlines are counted in is known."""
    try:
        zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError:
        return wrong(
            "time zone",
            f"The time zone {name} is not known on this machine.",
            "Install the system's package tzdata, or Python's.",
        )
    return ok("time zone", f"{name} is known.")


def user_finding(user_id: int) -> Finding:
    """Say whether this runs with more rights than it needs."""
    if user_id == 0:
        return note(
            "user",
            "This runs as root, and what it makes is root's.",
            "Run the services, and this command, as the unprivileged user of deploy/systemd.",
        )
    return ok("user", "This does not run as root.")
