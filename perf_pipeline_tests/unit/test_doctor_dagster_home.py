"""What the doctor says of Dagster's folder, its settings and its records on SQLite."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from perf_pipeline.cli.doctor.dagster_home import (
    SQLITE_RECORDS,
    dagster_home_findings,
    postgres_records_finding,
    settings_findings,
    sqlite_records_findings,
)
from perf_pipeline.cli.doctor.findings import Status

GOOD: dict[str, Any] = {
    "run_monitoring": {"enabled": True, "max_runtime_seconds": 60},
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
}


def section(base_dir: Any) -> dict[str, Any]:
    """Return the section of dagster.yaml that a new home has, with the records somewhere."""
    module = "perf_pipeline.orchestration.dagster_records"
    kept = {"module": module, "class": "DagsterRecords", "config": {"base_dir": base_dir}}
    return {"storage": {"custom": kept}}


def make_records(folder: Path, revisions: int = 1) -> None:
    """Make what the records of an opened folder look like."""
    for name in SQLITE_RECORDS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(folder / name)) as records, records:
            records.execute("CREATE TABLE alembic_version (version_num TEXT)")
            records.executemany("INSERT INTO alembic_version VALUES (?)", [("a",)] * revisions)


def test_whole_records(tmp_path: Path) -> None:
    """Records that were made once are whole."""
    make_records(tmp_path)
    assert [f.status for f in sqlite_records_findings(tmp_path)] == [Status.OK]


def test_folder_never_opened(tmp_path: Path) -> None:
    """A folder that nobody has opened yet is to be opened once before both servers start."""
    (finding,) = sqlite_records_findings(tmp_path)
    assert finding.status is Status.WRONG
    assert "--fix" in finding.remedy


@pytest.mark.parametrize("revisions", [0, 2])
def test_records_made_by_several(tmp_path: Path, revisions: int) -> None:
    """Records that two processes made at once have no revision, or two."""
    make_records(tmp_path, revisions)
    findings = list(sqlite_records_findings(tmp_path))
    assert {f.status for f in findings} == {Status.WRONG}
    assert "several processes at once" in findings[0].found


def test_records_that_are_no_database(tmp_path: Path) -> None:
    """A file that is no database is named."""
    make_records(tmp_path)
    (tmp_path / SQLITE_RECORDS[0]).write_bytes(b"no database at all" * 100)
    (finding,) = sqlite_records_findings(tmp_path)
    assert finding.status is Status.WRONG
    assert SQLITE_RECORDS[0] in finding.found


@pytest.mark.parametrize(
    ("storage", "base_dir"),
    [
        (None, {"env": "DAGSTER_HOME"}),
        ({"base_dir": {"env": "RECORDS"}}, {"env": "RECORDS"}),
        ({"base_dir": "HOME"}, "HOME"),
    ],
    ids=["none", "by a variable", "by a path"],
)
def test_records_that_are_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: Any, base_dir: Any
) -> None:
    """A home with Dagster's own SQLite storage is slow, and is told what helps with its files."""
    monkeypatch.setenv("RECORDS", str(tmp_path))
    make_records(tmp_path)
    text = yaml.safe_dump(GOOD | ({} if storage is None else {"storage": {"sqlite": storage}}))
    (tmp_path / "dagster.yaml").write_text(text.replace("HOME", str(tmp_path)))
    *_, whole, slow = dagster_home_findings(tmp_path, is_named=True)
    assert (whole.status, slow.status) == (Status.OK, Status.NOTE)
    assert "slow" in slow.found
    said = slow.remedy.partition("In dagster.yaml: ")[2].partition(";")[0]
    wanted = str(tmp_path) if base_dir == "HOME" else base_dir
    assert yaml.safe_load(said) == section(wanted)


def test_records_that_are_kept_open(tmp_path: Path) -> None:
    """With that section there is nothing to say of it."""
    make_records(tmp_path)
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(GOOD | section(str(tmp_path))))
    assert {f.status for f in dagster_home_findings(tmp_path, is_named=True)} == {Status.OK}


@pytest.mark.parametrize(
    ("section", "value", "check", "status"),
    [
        pytest.param("run_monitoring", {}, "run monitoring", Status.WRONG, id="not monitored"),
        pytest.param(
            "run_monitoring", {"enabled": True}, "run monitoring", Status.WRONG, id="no limit"
        ),
        pytest.param("telemetry", {}, "telemetry", Status.WRONG, id="telemetry on by default"),
        pytest.param("nux", {}, "sign-up", Status.NOTE, id="sign-up on by default"),
    ],
)
def test_settings_that_matter(section: str, value: Any, check: str, status: Status) -> None:
    """Each setting that matters is looked at; Dagster's own defaults will not do."""
    found = {f.check: f.status for f in settings_findings(GOOD | {section: value})}
    assert found[check] is status


def test_good_settings() -> None:
    """Settings as they should be have nothing to put right."""
    assert {f.status for f in settings_findings(GOOD)} == {Status.OK}


@pytest.mark.parametrize(
    "text", ["telemetry: [", "no_such_section: 1\n", "nux: {enabled: perhaps}\n"]
)
def test_dagster_yaml_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    """A dagster.yaml that Dagster refuses is a finding, and no traceback."""
    (tmp_path / "dagster.yaml").write_text(text)
    (finding,) = dagster_home_findings(tmp_path, is_named=True)
    assert (finding.check, finding.status) == ("dagster.yaml", Status.WRONG)


def test_home_that_no_variable_names(tmp_path: Path) -> None:
    """Without DAGSTER_HOME servers that are started by hand look elsewhere."""
    first, second = dagster_home_findings(tmp_path / "away", is_named=False)
    assert (first.status, first.remedy) == (
        Status.NOTE,
        f"export DAGSTER_HOME={tmp_path / 'away'}",
    )
    assert second.status is Status.WRONG


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param(None, "RECORDS_URL is not set", id="not set"),
        pytest.param("postgresql://u:secret@127.0.0.1:1/d", "names no driver", id="bare"),
        pytest.param(
            "postgresql+psycopg2://u:secret@127.0.0.1:1/d", "cannot be reached", id="away"
        ),
    ],
)
def test_records_in_postgres(monkeypatch: pytest.MonkeyPatch, url: str | None, words: str) -> None:
    """An address that is missing, that Dagster cannot use or that does not answer is wrong."""
    if url is not None:
        monkeypatch.setenv("RECORDS_URL", url)
    finding = postgres_records_finding({"postgres_url": {"env": "RECORDS_URL"}})
    assert finding.status is Status.WRONG
    assert words in finding.found
    assert "secret" not in finding.found
