"""What stands beside a figure comes through every kind of source, each field in its own column."""

import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from odf import table, text
from odf.opendocument import OpenDocumentSpreadsheet

from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry, ExcelEntry, JsonEntry, ReturnField, SqlEntry
from perf_pipeline.sources import Landing, extract
from perf_pipeline.sources.numbers import with_shown_percent

Record = dict[str, Any]
COLUMNS = {name.value.replace("_", " ").title(): name for name in ReturnField}
RECORD = {
    "kpi_ref": "A1",
    "kpi_name": "Repairs in time",
    "quarter": "2023-24-Q1",
    "breakdown_type": "sex",
    "breakdown_category": "F",
    "value": "81.5% [p]",
    "numerator": "163",
    "denominator": "200",
    "commentary": "Better",
    "action": "More of it",
    "previous_value": "80%",
    "forecast": "84%",
    "provisional": "yes",
    "rating": "Amber",
    "rating_reason": "Audited",
    "status": "N/A",
    "action_owner": "Head of Housing",
    "action_due": "30 September 2023",
}
SOURCE = {
    "source_code": "housing",
    "source_name": "Housing",
    "contact_role": "Housing performance lead",
    "columns": COLUMNS,
}


def _cells(record: Record) -> list[Any]:
    return [record.get(name.value) for name in COLUMNS.values()]


def csv_return(folder: Path, record: Record) -> CsvEntry:
    """Write a record as a delimited file."""
    with (folder / "2023-24-Q1.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([list(COLUMNS), _cells(record)])
    return CsvEntry(kind="csv", location="{quarter}.csv", **SOURCE)


def xlsx_return(folder: Path, record: Record) -> ExcelEntry:
    """Write a record as an Excel workbook."""
    book = openpyxl.Workbook()
    book.active.title = "Return"
    for row in (list(COLUMNS), _cells(record)):
        book.active.append(row)
    book.save(folder / "2023-24-Q1.xlsx")
    return ExcelEntry(kind="excel", location="{quarter}.xlsx", sheet="Return", **SOURCE)


def ods_return(folder: Path, record: Record) -> ExcelEntry:
    """Write a record as an OpenDocument workbook; numbers are formatted as percentages."""
    document = OpenDocumentSpreadsheet()
    sheet = table.Table(name="Return")
    for cells in (list(COLUMNS), _cells(record)):
        row = table.TableRow()
        for cell in cells:
            is_number = isinstance(cell, float)
            kind = {"valuetype": "percentage", "value": cell} if is_number else {}
            made = table.TableCell(**(kind or {"valuetype": "string"}))
            made.addElement(text.P(text="" if cell is None else str(cell)))
            row.addElement(made)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(folder / "2023-24-Q1.ods")
    return ExcelEntry(kind="excel", location="{quarter}.ods", sheet="Return", **SOURCE)


def sql_return(folder: Path, record: Record) -> SqlEntry:
    """Put a record into a database."""
    names = ", ".join(f'"{heading}"' for heading in COLUMNS)
    with sqlite3.connect(folder / "cases.sqlite") as connection:
        connection.execute(f"CREATE TABLE figures ({names})")
        connection.execute(
            f"INSERT INTO figures VALUES ({', '.join('?' * len(COLUMNS))})",  # noqa: S608 - marks alone
            _cells(record),
        )
    connection.close()
    (folder / "figures.sql").write_text("SELECT * FROM figures", encoding="utf-8")
    url = "sqlite:///{council}/cases.sqlite"
    return SqlEntry(kind="sql", url=url, query="figures.sql", **SOURCE)


def json_return(folder: Path, record: Record) -> JsonEntry:
    """Write a record as a JSON document."""
    records = [dict(zip(COLUMNS, _cells(record), strict=True))]
    (folder / "2023-24-Q1.json").write_text(json.dumps(records), encoding="utf-8")
    return JsonEntry(kind="json_api", location="{quarter}.json", **SOURCE)


READERS = [csv_return, xlsx_return, ods_return, sql_return, json_return]
every_source = pytest.mark.parametrize("write", READERS, ids=["csv", "xlsx", "ods", "sql", "json"])
Writer = Callable[[Path, Record], Any]


def read(folder: Path, write: Writer, record: Record) -> pd.Series:
    """Extract the one row of figures that a record makes."""
    rows = extract(write(folder, record), Quarter(2023, 1), folder, Landing(folder / "landing"))
    last: pd.Series = rows.iloc[-1]
    return last


@every_source
def test_every_field_comes_through(tmp_path: Path, write: Writer) -> None:
    """No field is lost or put into another's column, whatever the source."""
    row = read(tmp_path, write, RECORD)
    assert {name: row[f"{name}_text"] for name in ReturnField} == RECORD
    assert row["row_kind_code"] == "data"


@every_source
def test_a_reference_with_a_rating_alone_is_data(tmp_path: Path, write: Writer) -> None:
    """A judged KPI's row needs no figure."""
    record = {"kpi_ref": "A1", "rating": "Green", "rating_reason": "Plan agreed"}
    row = read(tmp_path, write, record)
    assert row["row_kind_code"] == "data"
    assert (row["rating_text"], row["rating_reason_text"]) == ("Green", "Plan agreed")
    assert pd.isna(row["value_text"])


def test_a_word_without_a_reference_is_a_note(tmp_path: Path) -> None:
    """The key to a return's colours stands in no KPI's row, and is no rating."""
    entry = csv_return(tmp_path, {"kpi_ref": "A1", "value": "81.5%"})
    path = tmp_path / "2023-24-Q1.csv"
    cells = {ReturnField.RATING: "Amber", ReturnField.RATING_REASON: "within 10%"}
    key = [cells.get(name, "") for name in COLUMNS.values()]
    path.write_text(path.read_text() + ",".join(key) + "\n", encoding="utf-8")
    rows = extract(entry, Quarter(2023, 1), tmp_path, Landing(tmp_path / "landing"))
    assert rows["row_kind_code"].tolist() == ["heading", "data", "note"]


@pytest.mark.parametrize("name", ["previous_value", "forecast"])
def test_a_percentage_of_a_workbook_is_read_as_it_shows(tmp_path: Path, name: str) -> None:
    """A cell of 0.805 that shows 80.5% says 80.5%, as the figure's own cell does."""
    record = {"kpi_ref": "A1", "value": 0.815, name: 0.805}
    xlsx_entry = xlsx_return(tmp_path, record)
    book = openpyxl.load_workbook(tmp_path / "2023-24-Q1.xlsx")
    for cell in book["Return"][2]:
        cell.number_format = "0.0%"
    book.save(tmp_path / "2023-24-Q1.xlsx")
    ods_entry = ods_return(tmp_path, record)
    for entry in (xlsx_entry, ods_entry):
        row = extract(entry, Quarter(2023, 1), tmp_path, Landing(tmp_path / "landing")).iloc[-1]
        assert row[f"{name}_text"] == "80.5%"
        assert (row["value_text"], row["value_format_text"][-1]) == ("0.815", "%")
        assert ": 0.805" in row["row_text"]


@pytest.mark.parametrize(
    ("cell", "number_format", "shown"),
    [
        pytest.param("0.756", "0%", "75.6%", id="fraction"),
        pytest.param("1", "0.0%", "100%", id="whole"),
        pytest.param("-0.05", "0%;[Red]-0%", "-5%", id="negative"),
        pytest.param("0.123456789012345", "0%", "12.3456789012345%", id="fifteen-digits"),
        pytest.param("0", "0%", "0%", id="zero"),
        pytest.param("75", '0"%"', "75", id="quoted-sign"),
        pytest.param("75", "0\\%", "75", id="escaped-sign"),
        pytest.param("75", "#,##0", "75", id="other-format"),
        pytest.param("75", None, "75", id="no-format"),
        pytest.param("N/A", "0%", "N/A", id="word"),
        pytest.param("1e+20", "0%", "1e+20", id="exponent"),
        pytest.param("TRUE", "0%", "TRUE", id="truth-value"),
    ],
)
def test_a_number_is_written_with_the_percent_sign_that_it_shows(
    cell: str, number_format: str | None, shown: str
) -> None:
    """A format that scales gives the number its sign; anything else is left as it is."""
    assert with_shown_percent(cell, number_format) == shown
