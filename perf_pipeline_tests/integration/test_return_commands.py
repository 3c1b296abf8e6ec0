"""`perf-pipeline template` and `check-return` as processes, and a run that reads a template."""

import json
from pathlib import Path
from typing import Any

import openpyxl

from perf_pipeline_tests.integration.workplaces import Workplace

QUARTER = "2023-24-Q2"
RETURN = f"returns/{QUARTER}/public_health"


def fill_in(path: Path, cells: dict[str, dict[str, Any]]) -> None:
    """Fill a template in: cells by KPI and heading."""
    book = openpyxl.load_workbook(path)
    sheet = book["Return"]
    columns = {str(cell.value): cell.column for cell in sheet[4]}
    for row in range(5, sheet.max_row + 1):
        for heading, value in cells.get(str(sheet.cell(row, 1).value), {}).items():
            sheet.cell(row, columns[heading]).value = value
    book.save(path)


def test_a_template_is_made_filled_in_checked_and_run(published: Workplace) -> None:
    """A template at the place of a source's CSV is read by the run, as the check said."""
    path = published.root / "mine.xlsx"
    made = published.call("template", QUARTER, "public_health", "-o", str(path))
    assert made.returncode == 0, made.stderr
    assert published.call("template", QUARTER, "public_health", "-o", str(path)).returncode == 2
    empty = published.call("check-return", str(path), QUARTER, "--json")
    assert empty.returncode == 3
    missing = [each["kpi_ref"] for each in json.loads(empty.stdout)["missing"]]
    own = {"Commentary": "Illustrative", "Action": "More of it", "Action owner": "Director"}
    fill_in(path, {ref: {"Status": "awaiting"} | own for ref in missing} | {"PBH-02": own})
    fill_in(path, {"PBH-02": {"Value": 0.5, "Status": None, "Action due date": "31 March 2024"}})
    checked = published.call("check-return", str(path), QUARTER, "--json")
    assert checked.returncode == 0, checked.stdout
    ratings = {each["kpi_ref"]: each for each in json.loads(checked.stdout)["ratings"]}
    (published.council / f"{RETURN}.csv").write_bytes(path.read_bytes())
    published.run(QUARTER)
    rows = published.show(QUARTER, "kpi_scorecard")
    run = {row["kpi_ref"]: row for row in rows if row["source_code"] == "public_health"}
    assert {ref: row["rag_code"] for ref, row in run.items()} == {
        ref: each["rag_code"] for ref, each in ratings.items()
    }
    row = run["PBH-02"]
    assert row["outturn_text"] == ratings["PBH-02"]["figure"] == "50.0%"
    assert (row["action_owner_name"], row["action_due_date"][:10]) == ("Director", "2024-03-31")
    assert (row["sheet_name"], row["file_name"]) == ("Return", f"{RETURN}.csv")


def test_findings_are_printed_and_commented(workplace: Workplace) -> None:
    """Without a database, without a run: each finding with its cell, in words and in the copy."""
    out = workplace.root / "checked.xlsx"
    file = workplace.council / "returns" / QUARTER / "adults_services.xlsx"
    done = workplace.call("check-return", str(file), QUARTER, "--annotate", str(out))
    assert done.returncode == 3, done.stderr
    assert "Return!C8" in done.stdout
    assert "The cell shows the spreadsheet error #DIV/0!" in done.stdout
    assert "Earlier figures are those of register/history.csv" in done.stdout
    assert "DIV/0" in openpyxl.load_workbook(out)["Return"]["C8"].comment.text
    assert not workplace.home.exists()


def test_all_templates_are_made_at_once_and_wrong_calls_are_told(workplace: Workplace) -> None:
    """One workbook for each source in a folder that is made; exit codes tell mistakes apart."""
    folder = workplace.root / "templates"
    assert workplace.call("template", QUARTER, "--all", "-o", str(folder)).returncode == 0
    assert len(list(folder.glob("*.xlsx"))) == 7
    assert workplace.call("template", QUARTER).returncode == 2
    other = workplace.root / "other.xlsx"
    other.write_bytes(b"%PDF-1.7")
    unknown = workplace.call("check-return", str(other), QUARTER)
    assert (unknown.returncode, "Name the source" in unknown.stderr) == (2, True)
    named = workplace.call("check-return", str(other), QUARTER, "--source", "adults_services")
    assert (named.returncode, "a PDF document" in named.stderr) == (1, True)
