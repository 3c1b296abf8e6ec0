"""The sample council as if it had reported for forty quarters, each as the first one is."""

import csv
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.harness import ROOT
from perf_pipeline.quarters import Quarter

LAST = Quarter.parse("2023-24-Q2")
COUNT = 40
FIRST = LAST.shift(1 - COUNT)
_REPORTED = Quarter.parse("2023-24-Q1")
_TEXTS = {".csv", ".json"}


def write_long_council(folder: Path) -> Path:
    """Write the council folder, and beside it the queries that its sources name.

    Of an earlier quarter the returns are the first one's, renamed. What a workbook's title says of
    its quarter stays, so that both workbooks' rows are rejected and not read: so many figures
    fewer, and so many rejected rows more.

    Returns:
        The council folder.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "sql", folder / "sql")
    council = folder / "data"
    shutil.copytree(ROOT / "data", council, ignore=shutil.ignore_patterns("sample_figures"))
    _begin_earlier(council)
    for quarter in _earlier():
        _copy_returns(council / "returns", quarter)
    _copy_results(council / "systems" / "childrens_case_system.sqlite")
    return council


def _earlier() -> list[Quarter]:
    return FIRST.through(_REPORTED.previous)


def _begin_earlier(council: Path) -> None:
    """Let the council, and all of its register that began with it, begin earlier."""
    settings = council / "council.yaml"
    text = settings.read_text(encoding="utf-8")
    begun = re.sub(r"(?m)^first_quarter: .*", f"first_quarter: {FIRST.key}", text)
    settings.write_text(begun, encoding="utf-8")
    for path in (council / "register").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            heading, *rows = csv.reader(file)
        if "valid_from" in heading:
            place = heading.index("valid_from")
            rows = [_from_first(row, place) for row in rows]
        if path.stem == "history":
            # What the returns speak of is no history.
            rows = []
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heading, *rows])


def _from_first(row: list[str], place: int) -> list[str]:
    is_from_start = row[place] == _REPORTED.key
    return [*row[:place], FIRST.key, *row[place + 1 :]] if is_from_start else row


def _copy_returns(returns: Path, quarter: Quarter) -> None:
    for path in sorted((returns / _REPORTED.key).iterdir()):
        content = path.read_bytes()
        if path.suffix in _TEXTS:
            content = content.replace(_REPORTED.key.encode(), quarter.key.encode())
            content = content.replace(_REPORTED.label.encode(), quarter.label.encode())
        target = returns / quarter.key / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)


def _copy_results(database: Path) -> None:
    """Report what the case system reported for the first quarter for every earlier one too."""
    columns = (
        "measure_ref, breakdown_type, breakdown_category, value_text, numerator, denominator, "
        "commentary, action"
    )
    with closing(sqlite3.connect(database)) as connection, connection:
        for quarter in _earlier():
            connection.execute(
                f"INSERT INTO measure_results (reported_quarter, figure_quarter, {columns}) "
                f"SELECT ?, ?, {columns} FROM measure_results WHERE reported_quarter = ?",
                (quarter.key, quarter.key, _REPORTED.key),
            )
