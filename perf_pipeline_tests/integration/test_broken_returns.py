"""Broken returns: the message, the exit code, what stays in view, and the way back."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import openpyxl
import pytest

QUARTER = "2023-24-Q1"


def adults(workplace: Any) -> Path:
    """Return Adults Services' workbook of Q1."""
    path: Path = workplace.council / "returns" / QUARTER / "adults_services.xlsx"
    return path


def delete_heading(path: Path) -> None:
    """Delete the heading of the outturns."""
    book = openpyxl.load_workbook(path)
    for row in book["Return"].iter_rows():
        for cell in row:
            if cell.value == "Outturn":
                cell.value = None
    book.save(path)


def truncate(path: Path) -> None:
    """Cut the workbook off in the middle."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (delete_heading, ["Adults Services", "Q1 2023/24", "Outturn", "Return", "Ask:"]),
        (truncate, ["Adults Services", "Q1 2023/24", "adults_services.xlsx", "Ask:"]),
    ],
    ids=["heading deleted", "workbook truncated"],
)
def test_unreadable_return_publishes_nothing_until_mended(
    published: Any, tmp_path: Path, damage: Any, words: list[str]
) -> None:
    """One unreadable return fails alone, keeps the old version in view, and is rerun alone."""
    whole = tmp_path / "whole.xlsx"
    shutil.copy(adults(published), whole)
    before = published.show(QUARTER, "publications")
    damage(adults(published))

    failed = published.run(QUARTER)
    assert failed["exit_code"] == 1
    assert [failure["asset"] for failure in failed["failures"]] == ["adults_services_return"]
    assert all(word in failed["failures"][0]["message"] for word in words)
    assert published.show(QUARTER, "publications") == before

    shutil.copy(whole, adults(published))
    done = published.call("run", QUARTER, "--from-failure")
    assert done.returncode == 0, done.stderr
    assert "adults_services_return" in done.stderr
    assert "childrens_services_return" not in done.stderr
    assert published.show(QUARTER, "publications") == before


def test_spreadsheet_error_is_a_rejected_row(published: Any) -> None:
    """`#DIV/0!` in a cell is published as a rejected row and an unrated KPI, exit code 3."""
    book = openpyxl.load_workbook(adults(published))
    book["Return"]["C13"] = "#DIV/0!"
    book.save(adults(published))
    report = published.run(QUARTER)
    assert report["exit_code"] == 3
    assert [row["reason_code"] for row in report["rejected_rows"]] == ["excel_error"]
    assert report["rejected_rows"][0]["row_number"] == 13
    row = next(r for r in published.show(QUARTER, "kpi_scorecard") if r["kpi_ref"] == "ADS-04")
    assert (row["rag_code"], row["not_rated_reason_code"]) == (None, "rejected")
    assert report["publication"]["version_number"] == 2


def test_missing_return_is_a_state(published: Any) -> None:
    """A return that is not there is published as not returned, exit code 3, and back again."""
    aside = published.root / "aside.xlsx"
    shutil.move(adults(published), aside)
    report = published.run(QUARTER)
    assert report["exit_code"] == 3
    status = {r["source_code"]: r["return_status_code"] for r in report["return_status"]}
    assert status["adults_services"] == "not_returned"
    assert status["public_health"] == "returned"
    reasons = {
        row["not_rated_reason_code"]
        for row in published.show(QUARTER, "kpi_scorecard")
        if row["kpi_ref"].startswith("ADS")
    }
    assert reasons == {"not_returned"}
    assert "Not returned: Adults Services" in published.call("run", QUARTER).stdout

    shutil.move(aside, adults(published))
    back = published.run(QUARTER)
    assert back["exit_code"] == 0
    assert back["publication"]["version_number"] == 1


def test_unreachable_database_keeps_the_quarter_and_finishes_later(workplace: Any) -> None:
    """With no database the returns are still extracted; a rerun from failure only publishes."""
    workplace.database_url = "postgresql://nobody@127.0.0.1:1/none"
    failed = workplace.run(QUARTER)
    assert failed["exit_code"] == 1
    assert [failure["asset"] for failure in failed["failures"]] == ["publication"]
    workplace.database_url = None
    done = workplace.call("run", QUARTER, "--from-failure")
    assert done.returncode == 0, done.stderr
    assert "adults_services_return" not in done.stderr


def test_figure_left_out_is_reported(published: Any) -> None:
    """A return that ends one KPI early is published with exit code 3, and says whom to ask."""
    path = published.council / "returns" / QUARTER / "public_health.csv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    done = published.call("run", QUARTER)
    assert done.returncode == 3
    assert "Figures missing: Public Health, PBH-06. Ask:" in done.stdout


def test_register_mended_between_run_and_rerun(published: Any, tmp_path: Path) -> None:
    """A rerun from failure never mixes two states of the register: it asks for a whole run."""
    whole = tmp_path / "whole.xlsx"
    shutil.copy(adults(published), whole)
    truncate(adults(published))
    assert published.run(QUARTER)["exit_code"] == 1
    shutil.copy(whole, adults(published))
    directorates = published.council / "register" / "directorates.csv"
    directorates.write_text(directorates.read_text().replace("Public Health", "Health"))
    failed = published.run(QUARTER, "--from-failure")
    assert failed["exit_code"] == 1
    assert "council folder has changed" in failed["failures"][0]["message"]
    assert published.run(QUARTER)["publication"]["version_number"] == 2


def test_another_council_is_refused(published: Any) -> None:
    """A database that holds one council's publications takes no other council's."""
    settings = published.council / "council.yaml"
    settings.write_text(settings.read_text().replace("Somerset Council", "Another Council"))
    failed = published.run(QUARTER)
    assert failed["exit_code"] == 1
    assert "holds publications of Somerset Council" in failed["failures"][0]["message"]


def test_altered_publication_is_found_when_run_again(published: Any) -> None:
    """A cell changed by hand in the database fails the next run instead of passing unseen."""
    with sqlite3.connect(published.home / "perf_pipeline.sqlite") as connection:
        connection.execute("DROP TRIGGER directorate_summary_versions_no_update")
        connection.execute("UPDATE directorate_summary_versions SET red_count = 0")
    connection.close()
    failed = published.run(QUARTER)
    assert failed["exit_code"] == 1
    assert "is not what was published" in failed["failures"][0]["message"]
