"""The life of a publication by the command line: draft, signatures, release, diff, verify."""

import json
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, key_columns
from perf_pipeline.warehouse import connect, read_publication, sign_off

QUARTER = "2023-24-Q1"
ROLES = [
    "Legal & Governance",
    "Communications",
    "Finance & Procurement",
    "Workforce",
    "Asset Management",
    "Executive Director",
    "Strategy & Performance",
    "Executive Lead Member",
]
SIGN_OFF = "\nsign_off:\n" + "".join(f"  - {role}\n" for role in ROLES)
RESTATED = "PBH-02"
"""A green KPI of Public Health; restated as 80.0% it is amber."""

NOT_COMPARED = {
    "file_name",
    "file_sha256",
    "sheet_name",
    "row_number",
    "comparator_origin_text",
    "previous_quarter_origin_text",
    "last_year_origin_text",
    "publication_id",
}
TWO_HOURS = 7200
PRINTED = "printed.txt"
"""File of a workplace that holds what its run printed."""


def require_signatures(workplace: Any) -> None:
    """Name the roles of the first report's sign-off table in council.yaml."""
    with (workplace.council / "council.yaml").open("a", encoding="utf-8") as file:
        file.write(SIGN_OFF)


def restate(workplace: Any) -> None:
    """State PBH-02 anew in the return of Public Health."""
    path = workplace.council / "returns" / QUARTER / "public_health.csv"
    content = path.read_bytes()
    assert content.count(b"88.6%") == 1
    path.write_bytes(content.replace(b"88.6%", b"80.0%"))


def sign(workplace: Any, roles: list[str]) -> None:
    """Sign the draft for these roles, as the command does, the last of them by the command."""
    *others, last = roles
    engine = connect(workplace.url)
    for role in others:
        sign_off(
            engine,
            Quarter(2023, 1),
            role,
            f"{role} Lead",
            roles=ROLES,
            council_name="Somerset Council",
        )
    done = workplace.call("sign-off", QUARTER, last, "--by", f"{last} Lead")
    assert done.returncode == 0, done.stderr


def amber_count(workplace: Any) -> int:
    """Return how many ambers of Public Health readers see: 3 as published, 4 as restated."""
    rows = workplace.show(QUARTER, "directorate_summary")
    return next(r["amber_count"] for r in rows if r["directorate_code"] == "public_health")


def copied(workplace: Any, folder: Path) -> Any:
    """Return a copy of a workplace."""
    shutil.copytree(workplace.root, folder)
    return type(workplace)(folder)


@pytest.fixture(scope="module")
def waiting_run(first_quarter_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workplace in which Q1 is in view and a restated Q1 waits for signatures; not changed."""
    workplace = copied(first_quarter_run, tmp_path_factory.mktemp("waiting") / "work")
    require_signatures(workplace)
    restate(workplace)
    done = workplace.call("run", QUARTER)
    assert done.returncode == 0, done.stderr
    (workplace.root / PRINTED).write_text(done.stdout, encoding="utf-8")
    return workplace


@pytest.fixture(scope="module")
def released_run(waiting_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workplace in which every role has signed the restated Q1, and it is released."""
    workplace = copied(waiting_run, tmp_path_factory.mktemp("released") / "work")
    sign(workplace, ROLES)
    done = workplace.call("release", QUARTER, "--by", "Head of Performance")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Readers see version 2 of Q1 2023/24, ")
    return workplace


@pytest.fixture
def waiting(waiting_run: Any, tmp_path: Path) -> Any:
    """A workplace of the test's own with a draft that waits for signatures."""
    return copied(waiting_run, tmp_path / "work")


@pytest.fixture
def released(released_run: Any, tmp_path: Path) -> Any:
    """A workplace of the test's own with a restated Q1 in view."""
    return copied(released_run, tmp_path / "work")


def test_readers_see_the_old_version_while_a_draft_waits(waiting_run: Any) -> None:
    """What is in view before the release is what was in view before the run."""
    assert amber_count(waiting_run) == 3


def test_readers_see_the_new_version_once_it_is_released(released_run: Any) -> None:
    """What is in view after the release is what every role has signed."""
    assert amber_count(released_run) == 4


def test_run_says_that_it_made_a_draft_and_who_signs(waiting_run: Any) -> None:
    """A run prints that readers see nothing yet, the roles, and how they sign."""
    printed = (waiting_run.root / PRINTED).read_text(encoding="utf-8")
    assert "a draft: readers see it once it is released" in printed
    assert f"To be signed by: {', '.join(ROLES)}." in printed
    assert f"perf-pipeline sign-off {QUARTER} ROLE --by NAME" in printed


def test_release_without_signatures_names_every_role(waiting_run: Any) -> None:
    """A release that is not signed exits with 2, and names the roles in the report's order."""
    done = waiting_run.call("release", QUARTER, "--by", "Head of Performance")
    assert done.returncode == 2
    assert f"is not signed by: {', '.join(ROLES)}." in done.stderr


def test_sign_off_says_who_is_left(waiting: Any) -> None:
    """Each signature is answered with what was signed and the roles that are left."""
    done = waiting.call("sign-off", QUARTER, ROLES[1], "--by", "Communications Lead")
    assert done.returncode == 0, done.stderr
    assert "Communications has signed version 2 of Q1 2023/24" in done.stdout
    assert f"Yet to sign: {', '.join([ROLES[0], *ROLES[2:]])}." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sign-off", QUARTER, "Finance", "--by", "x"], "`Finance` is no role that signs."),
        (["sign-off", QUARTER, "Workforce", "--by", " "], "Say who does it"),
        (["sign-off", QUARTER, "Workforce"], "Missing option"),
        (["sign-off", "2023-24-Q2", "Workforce", "--by", "x"], "Q2 2023/24 has no draft."),
        (["release", QUARTER, "--by", "x", "--publication", "000000"], "not 000000: no version"),
        (["history", "2023-24-Q2"], "Q2 2023/24 has no publication."),
        (["show", "2023-24-Q2"], "Q2 2023/24 has no publication. Run: perf-pipeline run"),
        (["diff", QUARTER, "1", "9"], "has no publication named `9`"),
        (["verify", "--known", "5f0c"], "Give all 64 characters"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_calls_exit_2(waiting_run: Any, arguments: list[str], said: str) -> None:
    """What cannot be signed, released, shown or verified is told in a sentence with exit code 2."""
    done = waiting_run.call(*arguments)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_release_of_another_draft_than_the_one_meant_is_refused(waiting: Any) -> None:
    """A fully signed draft is not released by the id of the version before it."""
    sign(waiting, ROLES)
    history = json.loads(waiting.call("history", QUARTER, "--json").stdout)
    stale = history["publications"][0]["publication_id"][:12]
    done = waiting.call("release", QUARTER, "--by", "x", "--publication", stale)
    assert done.returncode == 2
    assert f"not {stale}: its inputs have changed since" in done.stderr
    assert amber_count(waiting) == 3


def test_history_tells_versions_signatures_and_releases(released_run: Any) -> None:
    """History lists both versions, the eight signatures and both releases, as text and as JSON."""
    done = released_run.call("history", QUARTER)
    assert done.returncode == 0, done.stderr
    assert "in view, draft" in done.stdout
    history = json.loads(released_run.call("history", QUARTER, "--json").stdout)
    assert [p["is_current"] for p in history["publications"]] == [False, True]
    assert {s["role_name"]: s["is_valid"] for s in history["sign_offs"]} == dict.fromkeys(
        ROLES, True
    )
    first, second = history["publication_releases"]
    assert first["visible_to"] == second["visible_from"]
    assert second["visible_to"] is None


def cells(frame: pd.DataFrame, table: str) -> dict[tuple[str, str], object]:
    """Return a table's cells by row and column, with `(row)` for each row itself."""
    keys = [key for key in key_columns(REPORTING_TABLES[table]) if key != "quarter_key"]
    left_out = NOT_COMPARED | ({"display_order"} if table == "exceptions" else set())
    found: dict[tuple[str, str], object] = {}
    for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
        name = " / ".join(str(row[key]) for key in keys or ["quarter_key"])
        found[name, "(row)"] = True
        found |= {(name, str(c)): value for c, value in row.items() if c not in left_out}
    return found


def test_diff_names_the_restated_kpi_and_every_cell_it_moved(waiting_run: Any) -> None:
    """One restated figure is one KPI, and just those cells of all tables that differ."""
    engine = connect(waiting_run.url)
    before, after = (read_publication(engine, Quarter(2023, 1), n) for n in ("1", "2"))
    expected = set()
    for table in REPORTING_TABLES.keys() - {"data_quality"}:
        old, new = cells(before[table], table), cells(after[table], table)
        both = {row for row, _ in old} & {row for row, _ in new}
        expected |= {
            (table, row, column)
            for row, column in old.keys() | new.keys()
            if old.get((row, column)) != new.get((row, column))
            and (row in both or column == "(row)")
        }
    done = waiting_run.call("diff", QUARTER, "1", "2", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    listed = [(e["table_name"], e["row_key"], e["column_name"]) for e in found]
    assert len(listed) == len(set(listed))
    assert {each for each in listed if each[0] != "data_quality"} == expected
    assert {e["kpi_ref"] for e in found} == {RESTATED, None}
    summaries = {e["table_name"] for e in found if e["kpi_ref"] is None}
    assert summaries >= {
        *("directorate_summary", "service_summary", "council_summary", "priority_summary"),
        *("theme_summary", "owner_summary", "directorate_trend"),
    }


def test_diff_of_a_version_with_itself_is_nothing(waiting_run: Any) -> None:
    """Where nothing differs the command says so, and KPIs are named where something does."""
    same = waiting_run.call("diff", QUARTER, "2", "draft")
    assert (same.returncode, same.stdout) == (
        0,
        "Nothing that is published differs between them.\n",
    )
    other = waiting_run.call("diff", QUARTER, "1", "draft")
    assert other.stdout.startswith(f"KPIs that changed: {RESTATED}\n")


def test_revised_figure_is_marked(waiting_run: Any, released_run: Any) -> None:
    """Once the restated figure is in view it has `[r]` behind it, and no other has."""
    marked = released_run.call("show", QUARTER, "kpi_scorecard").stdout
    assert marked.count("[r]") == 1
    assert "80.0% [r]" in marked
    assert "[r]" not in waiting_run.call("show", QUARTER, "kpi_scorecard").stdout


def test_verify_finds_nothing_on_an_honest_database(released_run: Any) -> None:
    """An honest database exits with 0 and prints a hash, which can be given back."""
    done = released_run.call("verify")
    assert done.returncode == 0, done.stdout
    assert "Nothing was changed: 2 publications, 12 audit entries. Last entry: " in done.stdout
    known = done.stdout.split()[-1]
    assert released_run.call("verify", "--known", known).returncode == 0


def test_verify_finds_an_altered_figure(released: Any) -> None:
    """One figure altered in the database exits with 1 and names its version."""
    with sqlite3.connect(released.home / "perf_pipeline.sqlite") as connection:
        connection.execute("DROP TRIGGER kpi_scorecard_versions_no_update")
        connection.execute(
            "UPDATE kpi_scorecard_versions SET outturn_value = 88.7 WHERE outturn_value = 88.6"
        )
    connection.close()
    done = released.call("verify")
    assert done.returncode == 1
    assert "✗ version 1 of 2023-24-Q1 is not what was published" in done.stdout
    assert "1 faults" not in done.stdout


def test_verify_misses_an_entry_that_it_is_told_of(released_run: Any) -> None:
    """A hash that the log does not hold exits with 1."""
    done = released_run.call("verify", "--known", "0" * 64)
    assert done.returncode == 1
    assert "no longer holds the entry" in done.stdout


def age(path: Path) -> Path:
    """Let a file be two hours old, made with some content where it is not there."""
    if not path.exists():
        path.write_bytes(b"part of a return")
    moment = time.time() - TWO_HOURS
    os.utime(path, (moment, moment))
    return path


def test_reconcile_removes_what_killed_runs_left(published: Any) -> None:
    """Old half-written files go and are named; new ones, objects, frames and the database stay."""
    objects, frames = published.home / "landing" / "objects", published.home / "frames"
    for kept in [*objects.glob("*/*"), *frames.rglob("*.parquet")]:
        age(kept)
    before = {path for path in published.home.rglob("*") if path.is_file()}
    fresh = objects / ".landing-alive"
    fresh.write_bytes(b"being written")
    left = [
        age(objects / ".landing-abcd1234"),
        age(frames / "kpi_scorecard" / ".2023-04-01.parquet.x1y2z3"),
    ]
    done = published.call("reconcile")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(f"Removed {path}\n" for path in left) + "2 files removed.\n"
    assert {path for path in published.home.rglob("*") if path.is_file()} == before | {fresh}
    assert published.call("reconcile").stdout.startswith("Nothing is left over in ")


def test_reconcile_tells_what_it_cannot_remove(published: Any) -> None:
    """Something in the way that is no file is named, with exit code 1."""
    stuck = published.home / "landing" / "objects" / ".landing-folder"
    stuck.mkdir()
    age(stuck)
    done = published.call("reconcile")
    assert done.returncode == 1
    assert f"{stuck} cannot be removed" in done.stderr


def test_draft_on_postgresql_comes_into_view_when_it_is_released(
    workplace: Any, postgres_url: str
) -> None:
    """On PostgreSQL as on SQLite, the old version is seen until every role has signed."""
    workplace.database_url = postgres_url
    assert workplace.run(QUARTER)["publication"]["is_released"]
    require_signatures(workplace)
    restate(workplace)
    assert not workplace.run(QUARTER)["publication"]["is_released"]
    sign(workplace, ROLES[:-1])
    done = workplace.call("release", QUARTER, "--by", "Head of Performance")
    assert (done.returncode, "not signed by: Executive Lead Member." in done.stderr) == (2, True)
    assert amber_count(workplace) == 3
    sign(workplace, ROLES[-1:])
    assert workplace.call("release", QUARTER, "--by", "Head of Performance").returncode == 0
    assert amber_count(workplace) == 4
    assert workplace.call("verify").returncode == 0
