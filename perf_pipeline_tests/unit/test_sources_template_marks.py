"""A template that comes back: told by its mark, and read by its own headings."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry, ExcelEntry, JsonEntry, SourceEntry, SqlEntry
from perf_pipeline.sources import Landing, extract, extract_unsent
from perf_pipeline.templates import template_bytes
from perf_pipeline_tests.unit.test_templates import TEMPLATE

QUARTER = Quarter(2023, 2)
SOURCE: dict[str, Any] = {
    "source_code": "adults",
    "source_name": "Adults Services",
    "contact_role": "Performance Lead",
    "columns": {"Ref": "kpi_ref", "Outturn": "value"},
}
ENTRIES = {
    "csv": CsvEntry(kind="csv", location="{quarter}.csv", **SOURCE),
    "excel": ExcelEntry(kind="excel", location="{quarter}.xlsx", sheet="KPIs", **SOURCE),
    "json": JsonEntry(kind="json_api", location="{quarter}.json", **SOURCE),
}
SQL = SqlEntry(kind="sql", url="sqlite:///x.sqlite", query="x.sql", **SOURCE)


def filled(**cells: Any) -> bytes:
    """Return a template with cells of its sheet filled in."""
    book = openpyxl.load_workbook(io.BytesIO(template_bytes(TEMPLATE)))
    sheet = book["Return"]
    columns = {str(cell.value): cell.column for cell in sheet[4]}
    for name, value in cells.items():
        heading, row = name.rsplit("_", 1)
        sheet.cell(int(row), columns[heading.replace("_", " ")]).value = value
    return saved(book)


def saved(book: Any) -> bytes:
    """Return a workbook's bytes."""
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def unsent(content: bytes, entry: SourceEntry, folder: Path, quarter: Quarter = QUARTER) -> Any:
    """Read a file before it is sent."""
    landing = Landing(folder)
    return extract_unsent(entry, quarter, landing.land(content), "mine.xlsx", landing)


def refusal(content: bytes, folder: Path, quarter: Quarter = QUARTER) -> ReturnError:
    """Return the error with which it is refused."""
    with pytest.raises(ReturnError) as caught:
        unsent(content, ENTRIES["csv"], folder, quarter)
    return caught.value


def data(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of figures by KPI and category."""
    found: pd.DataFrame = rows[rows["row_kind_code"] == "data"]
    return found


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
def test_a_template_at_the_sources_location_needs_no_configuration(
    tmp_path: Path, entry: Any
) -> None:
    """Whatever kind of file the entry names, the template's own headings are read."""
    place = tmp_path / entry.location.format(quarter=QUARTER.key)
    place.write_bytes(filled(Value_5=0.755, Commentary_5="Fine", Status_7="awaiting"))
    rows = data(extract(entry, QUARTER, tmp_path, Landing(tmp_path / "landing")))
    assert rows["kpi_ref_text"].tolist() == ["ADS-01", "ADS-01", "ADS-02"]
    first, _, last = rows.itertuples(index=False)
    assert (first.value_text, first.value_format_text) == ("0.755", "0.0%")
    assert (first.commentary_text, first.row_number) == ("Fine", 5)
    assert last.status_text == "awaiting"
    assert int(rows["counted_count"].iloc[0]) == 7


def test_a_template_of_a_source_read_by_a_query_can_be_checked(tmp_path: Path) -> None:
    """The template is the only file that such a source can send."""
    assert len(data(unsent(filled(Value_5=0.5), SQL, tmp_path))) == 3
    with pytest.raises(ReturnError, match="is read by a query, and the file is not its template"):
        unsent(b"Ref,Outturn\nADS-01,85%\n", SQL, tmp_path)


def test_each_field_knows_its_column(tmp_path: Path) -> None:
    """Findings can name the cell."""
    rows = data(unsent(filled(Value_5=0.5), ENTRIES["csv"], tmp_path))
    letters = dict(pair.split("=") for pair in rows["columns_text"].iloc[0].split())
    book = openpyxl.load_workbook(io.BytesIO(filled()))
    named = {name: book["Return"][f"{letter}4"].value for name, letter in letters.items()}
    assert (named["kpi_ref"], named["value"]) == ("KPI reference", "Value")
    assert named["action_due"] == "Action due date"


def test_a_template_of_another_quarter_is_refused(tmp_path: Path) -> None:
    """Last quarter's form with this quarter's figures is not guessed at."""
    error = refusal(filled(), tmp_path, Quarter(2023, 3))
    assert error.reason_code == "wrong_template"
    assert "This is the template for Q2 2023/24, not for Q3 2023/24." in str(error)
    with pytest.raises(ReturnError, match="Check it for Q2 2023/24, or fill in the figures of Q3"):
        unsent(filled(), ENTRIES["csv"], tmp_path, Quarter(2023, 3))


def test_a_template_of_another_source_is_refused(tmp_path: Path) -> None:
    """Housing's form is not Adults' return."""
    content = template_bytes(replace(TEMPLATE, source_code="housing"))
    error = refusal(content, tmp_path)
    assert error.reason_code == "wrong_template"
    assert "This is the template of `housing`. Send the template of adults" in str(error)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("perf_pipeline_template", "2", "layout `2`, and layout 1 is read"),
        ("perf_pipeline_fields", "kpi_ref value secret", "own list of its columns was changed"),
        ("perf_pipeline_fields", "kpi_ref status", "own list of its columns was changed"),
        ("perf_pipeline_quarter", "next", "the template for `next`"),
    ],
)
def test_a_mark_that_cannot_be_right_is_refused(
    tmp_path: Path, name: str, value: str, found: str
) -> None:
    """What somebody made of the mark is told and not trusted."""
    book = openpyxl.load_workbook(io.BytesIO(filled()))
    next(each for each in book.custom_doc_props.props if each.name == name).value = value
    assert found in str(refusal(saved(book), tmp_path))


def test_a_heading_that_was_changed_is_missed(tmp_path: Path) -> None:
    """The sheet's own headings must be there, as with any return."""
    book = openpyxl.load_workbook(io.BytesIO(filled()))
    for cell in book["Return"][4]:
        cell.value = "Result" if cell.value == "Value" else cell.value
    error = refusal(saved(book), tmp_path)
    assert "`Value` is missing" in str(error)
    assert str(error).endswith("then check it again.")


def test_a_workbook_without_the_mark_is_read_as_the_entry_says(tmp_path: Path) -> None:
    """Where the mark is lost, the source's own headings are asked for."""
    book = openpyxl.load_workbook(io.BytesIO(filled(Value_5=0.5)))
    for each in [*book.custom_doc_props.props]:
        del book.custom_doc_props[each.name]
    with pytest.raises(ReturnError, match="no sheet is called `KPIs`"):
        unsent(saved(book), ENTRIES["excel"], tmp_path)
