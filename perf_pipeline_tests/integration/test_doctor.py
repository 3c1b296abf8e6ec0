"""`perf-pipeline doctor`: on a fresh machine, a mended one, and broken ones."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from perf_pipeline.cli.doctor import doctor_command

Findings = dict[str, list[dict[str, str]]]
Examine = Callable[..., tuple[int, Findings]]


@pytest.fixture
def examine(
    workplace: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Examine:
    """Return what runs the doctor here, in this process, and returns exit code and findings."""

    def examine(*, fix: bool = False) -> tuple[int, Findings]:
        monkeypatch.chdir(workplace.root)
        for name, value in workplace.environment.items():
            monkeypatch.setenv(name, value)
        code = doctor_command(fix=fix, as_json=True)
        found: Findings = {}
        for finding in json.loads(capsys.readouterr().out):
            found.setdefault(finding["check"], []).append(finding)
            assert finding["status"] != "wrong" or finding["remedy"]
        return code, found

    return examine


def wrong_in(found: Findings) -> set[str]:
    """Return what is to be put right."""
    return {check for check, each in found.items() if any(f["status"] == "wrong" for f in each)}


def test_fresh_machine_is_mended(workplace: Any, examine: Examine) -> None:
    """On a fresh machine it says what is missing, and makes that with `--fix` alone."""
    code, found = examine()
    assert (code, wrong_in(found)) == (1, {"folder", "database", "dagster home"})
    assert not workplace.home.exists()
    code, found = examine(fix=True)
    assert (code, wrong_in(found)) == (0, set())
    assert examine()[0] == 0


def test_looking_makes_no_database(workplace: Any, examine: Examine) -> None:
    """A home without a database is told, and has none afterwards either."""
    workplace.home.mkdir(mode=0o700)
    _, found = examine()
    assert found["database"][0]["found"].startswith("There is no database yet: sqlite:///")
    assert list(workplace.home.iterdir()) == []


def test_words_on_a_terminal(workplace: Any) -> None:
    """Without `--json` each finding is a line with its mark, and what to do stands below it."""
    done = workplace.call("doctor")
    assert done.returncode == 1
    assert "✗ folder: " in done.stdout
    assert "    Make it: perf-pipeline doctor --fix" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" wrong.")


@pytest.mark.parametrize("fix", [False, True], ids=["look", "fix"])
@pytest.mark.parametrize("place", ["file", "read-only"])
def test_home_that_cannot_be_made(workplace: Any, examine: Examine, place: str, fix: bool) -> None:  # noqa: FBT001 - parametrised
    """A home below a file, or where not even root may write, is named; nothing else is held up."""
    (workplace.root / "file").write_text("")
    home = {"file": workplace.root / "file" / "home", "read-only": Path("/proc/perf-pipeline")}[
        place
    ]
    workplace.extra["PERF_PIPELINE_HOME"] = str(home)
    workplace.extra["DAGSTER_HOME"] = str(home / "dagster")
    workplace.database_url = f"sqlite:///{home / 'perf_pipeline.sqlite'}"
    code, found = examine(fix=fix)
    assert code == 1
    assert {"folder", "database", "dagster home"} <= wrong_in(found)
    assert str(home) in found["folder"][0]["found"]
    assert found["council"][0]["status"] == "ok"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("postgresql://u:canary@127.0.0.1:1/away", "cannot be reached", id="away"),
        pytest.param("oracle://u:canary@host/d", "cannot hold publications", id="another kind"),
        pytest.param("no address", "cannot be read", id="no address"),
    ],
)
def test_database_that_is_away(workplace: Any, examine: Examine, url: str, words: str) -> None:
    """A database that is away is a sentence without its password, with `--fix` too."""
    workplace.database_url = url
    code, found = examine(fix=True)
    assert (code, wrong_in(found)) == (1, {"database"})
    assert words in found["database"][0]["found"]
    assert "canary" not in json.dumps(found)


def test_database_of_an_older_version(workplace: Any, examine: Examine) -> None:
    """A database that this code cannot write is named, and left alone by `--fix`."""
    assert examine(fix=True)[0] == 0
    with closing(sqlite3.connect(workplace.home / "perf_pipeline.sqlite")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    code, found = examine(fix=True)
    assert (code, wrong_in(found)) == (1, {"schema", "fix"})
    assert "a newer perf-pipeline" in found["schema"][0]["found"]


def test_mistake_in_the_council_folder(workplace: Any, examine: Examine) -> None:
    """A mistake in the council folder is counted, and the first one quoted."""
    (workplace.council / "council.yaml").write_text("name: 1\n")
    code, found = examine(fix=True)
    assert (code, wrong_in(found)) == (1, {"council"})
    assert "council.yaml" in found["council"][0]["found"]


def test_no_council_folder(workplace: Any, examine: Examine) -> None:
    """A council folder that is away is a finding."""
    shutil.rmtree(workplace.council)
    code, found = examine(fix=True)
    assert (code, wrong_in(found)) == (1, {"council"})


def test_records_broken_by_several_processes(workplace: Any, examine: Examine) -> None:
    """Records of Dagster's that were made by several at once are found, and `--fix` keeps off."""
    assert examine(fix=True)[0] == 0
    records = workplace.home / "dagster" / "history" / "runs.db"
    with closing(sqlite3.connect(records)) as database, database:
        database.execute("INSERT INTO alembic_version VALUES ('second')")
    code, found = examine()
    assert (code, wrong_in(found)) == (1, {"dagster records"})
    assert "move the folders" in found["dagster records"][0]["remedy"]
