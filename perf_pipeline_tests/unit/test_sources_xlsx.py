"""Excel workbooks: what a cell shows is what is read, and what it hides is flagged."""

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.chart import BarChart
from openpyxl.worksheet.worksheet import Worksheet

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import ExcelEntry
from perf_pipeline.sources import Landing, extract

QUARTER = Quarter(2023, 1)
HEADINGS = ["Ref", "Outturn", "Num.", "Denom.", "Comment"]


def excel_entry(**changes: Any) -> ExcelEntry:
    """Make a source's entry."""
    settings: dict[str, Any] = {
        "kind": "excel",
        "source_code": "adults_services",
        "source_name": "Adults Services",
        "contact_role": "Adults performance lead",
        "location": "{quarter}.xlsx",
        "sheet": "KPI return",
        "columns": {
            "Ref": "kpi_ref",
            "Outturn": "value",
            "Num.": "numerator",
            "Denom.": "denominator",
            "Comment": "commentary",
        },
    }
    return ExcelEntry(**settings | changes)


def read(folder: Path, **changes: Any) -> pd.DataFrame:
    """Extract the return that is in the folder."""
    return extract(excel_entry(**changes), QUARTER, folder, Landing(folder / "landing"))


def failure(folder: Path, **changes: Any) -> str:
    """Return the message with which it is refused."""
    with pytest.raises(ReturnError) as caught:
        read(folder, **changes)
    return str(caught.value)


def save(folder: Path, fill: Callable[[Worksheet], object]) -> None:
    """Write a workbook whose return sheet has headings and is then filled."""
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("KPI return")
    sheet.append(HEADINGS)
    fill(sheet)
    book.save(folder / "2023-24-Q1.xlsx")


def value_of(folder: Path, value: object, number_format: str = "General") -> tuple[str, str]:
    """Return text and format read of a figure's cell that holds a value."""

    def fill(sheet: Worksheet) -> None:
        sheet.append(["A1", value])
        sheet["B2"].number_format = number_format

    save(folder, fill)
    row = read(folder).iloc[1]
    return row["value_text"], row["value_format_text"]


@pytest.mark.parametrize("formats", [("0.00", "0%", "General"), ("General", "0.00", "0%")])
def test_a_sum_of_months_is_shown_as_a_percentage_where_one_month_is(
    tmp_path: Path, formats: tuple[str, ...]
) -> None:
    """The first month's format does not hide what another month's cell shows."""

    def fill(sheet: Worksheet) -> None:
        sheet.append(["Ref", "Apr 2023", "May 2023", "Jun 2023"])
        sheet.append(["A1", 0.5, 0.75, 1])
        for cell, number_format in zip(sheet[3][1:], formats, strict=False):
            cell.number_format = number_format

    save(tmp_path, fill)
    wide = {"month": "{mon} {yyyy}", "months_make": "sum"}
    row = read(tmp_path, columns={"Ref": "kpi_ref"}, wide=wide).iloc[-1]
    assert (row["value_text"], row["value_format_text"]) == ("0.5 + 0.75 + 1", "0%")


def test_row_names_its_sheet_and_row(tmp_path: Path) -> None:
    """A row's identity is source, sheet and the row number that Excel shows."""
    save(tmp_path, lambda sheet: sheet.append(["A1", 7, 3, 4, "as expected"]))
    row = read(tmp_path).iloc[1]
    assert (row["sheet_name"], row["row_number"]) == ("KPI return", 2)
    assert row["row_id"] == "adults_services:KPI return:2"
    assert row["row_text"] == "Ref: A1 | Outturn: 7 | Num.: 3 | Denom.: 4 | Comment: as expected"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (1234567890123456, "1234567890123456"),
        (0.1 + 0.2, "0.3"),
        (76.0, "76"),
        (-2.5, "-2.5"),
        (0.00000125, "0.00000125"),
        (1.5e20, "1.5e+20"),
        ("75 %", "75 %"),
        ("two\nlines", "two\nlines"),
        ("two_x000D_\nlines", "two\r\nlines"),
        (True, "TRUE"),
        (False, "FALSE"),
        (dt.datetime(2023, 6, 30), "2023-06-30"),  # noqa: DTZ001 - workbooks have no time zones
        (dt.datetime(2023, 6, 30, 9, 15), "2023-06-30T09:15:00"),  # noqa: DTZ001 - the same
        (dt.time(9, 15), "09:15:00"),
        (dt.timedelta(hours=30), "1 day, 6:00:00"),
    ],
    ids=str,
)
def test_cell_is_read_as_excel_shows_it(tmp_path: Path, value: object, text: str) -> None:
    """Numbers have the 15 digits that Excel shows, without exponents where they fit."""
    save(tmp_path, lambda sheet: sheet.append(["A1", 1, None, None, value]))
    row = read(tmp_path).iloc[1]
    assert (row["commentary_text"], row["counted_count"]) == (text, 2)


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (0.756, "0%", ("0.756", "0%")),
        (0.756, "0.0%", ("0.756", "0.0%")),
        (1234, "#,##0", ("1234", "#,##0")),
        ("75", "0%", ("75", None)),
        (75, "General", ("75", None)),
    ],
    ids=["percent", "decimal-percent", "thousands", "text-in-percent-cell", "general"],
)
def test_number_format_of_the_figure_is_kept(
    tmp_path: Path, value: object, number_format: str, expected: tuple[str, str | None]
) -> None:
    """The format says that 0.756 is 75.6%; a text is not changed by its cell's format."""
    text, kept = value_of(tmp_path, value, number_format)
    assert (text, None if pd.isna(kept) else kept) == expected


@pytest.mark.parametrize("code", ["#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?"])
def test_error_cell_keeps_its_code(tmp_path: Path, code: str) -> None:
    """A formula's error is read as its code, never as nothing."""
    assert value_of(tmp_path, code)[0] == code


def test_row_of_an_error_alone_is_counted(tmp_path: Path) -> None:
    """The second reader, which sees errors as empty cells, still counts their rows."""
    save(tmp_path, lambda sheet: [sheet.append(["A1", 1]), sheet.append([None, "#DIV/0!"])])
    rows = read(tmp_path)
    assert list(rows["row_kind_code"]) == ["heading", "data", "data"]
    assert rows["counted_count"].iloc[0] == 3


def test_formula_without_its_result_is_shown(tmp_path: Path) -> None:
    """A formula that was never calculated is read as its text, and its row is counted."""
    save(tmp_path, lambda sheet: [sheet.append(["A1", "=C2/D2"]), sheet.append([None, "=C3/D3"])])
    rows = read(tmp_path)
    assert list(rows["value_text"].iloc[1:]) == ["=C2/D2", "=C3/D3"]
    assert rows["counted_count"].iloc[0] == 3


def rewrite(folder: Path, old: str, new: str) -> None:
    """Change the return sheet's XML, for what openpyxl itself does not write."""
    path = folder / "2023-24-Q1.xlsx"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"].decode()
    assert old in sheet
    parts["xl/worksheets/sheet2.xml"] = sheet.replace(old, new).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("stored", "text", "count"),
    [
        ('<c r="B2"><f>C2/D2</f><v>0.75</v></c>', "0.75", 3),
        ('<c r="B2" t="str"><f>C2/D2</f><v></v></c>', None, 3),
        ('<c r="B2" t="str"><f>C2/D2</f><v>N/A</v></c>', "N/A", 3),
        ('<c r="B2" t="e"><f>C2/D2</f><v>#DIV/0!</v></c>', "#DIV/0!", 3),
    ],
    ids=["number", "empty-text", "text", "error"],
)
def test_formula_is_read_by_its_result(
    tmp_path: Path, stored: str, text: str | None, count: int
) -> None:
    """The stored result is what counts; an empty text is empty, as it looks."""
    save(tmp_path, lambda sheet: [sheet.append(["A1", "=C2/D2"]), sheet.append(["A2", 1])])
    rewrite(tmp_path, '<c r="B2"><f>C2/D2</f><v /></c>', stored)
    rows = read(tmp_path)
    found = rows["value_text"].iloc[1]
    assert (None if pd.isna(found) else found) == text
    assert rows["counted_count"].iloc[0] == count


def test_formula_row_that_looks_empty_is_blank(tmp_path: Path) -> None:
    """A prepared row whose formula gives an empty text is blank to both readers."""
    save(tmp_path, lambda sheet: [sheet.append([None, "=C2/D2"]), sheet.append(["A2", 1])])
    rewrite(
        tmp_path,
        '<c r="B2"><f>C2/D2</f><v /></c>',
        '<c r="B2" t="str"><f>C2/D2</f><v></v></c>',
    )
    rows = read(tmp_path)
    assert list(rows["row_kind_code"]) == ["heading", "blank", "data"]
    assert rows["counted_count"].iloc[0] == 2


def test_cells_that_do_not_name_their_place(tmp_path: Path) -> None:
    """Rows and cells without references follow the one before, as some exporters write them."""
    save(tmp_path, lambda sheet: [sheet.append(["A1", "=C2/D2"]), sheet.append(["A2", 5])])
    rewrite(tmp_path, '<row r="3">', "<row>")
    rewrite(tmp_path, '<c r="B3" ', "<c ")
    rows = read(tmp_path)
    assert list(rows["value_text"].iloc[1:]) == ["=C2/D2", "5"]
    assert rows["counted_count"].iloc[0] == 3


def test_date_that_no_calendar_has_is_an_error(tmp_path: Path) -> None:
    """A number too large for its date format is refused as Excel shows it: not at all."""
    assert value_of(tmp_path, 99999999, "yyyy-mm-dd")[0] == "#VALUE!"


def test_titles_and_merged_headings_stand_above(tmp_path: Path) -> None:
    """Title rows and merged group headings are titles; the headings are found below them."""

    def fill(sheet: Worksheet) -> None:
        sheet.insert_rows(1, 3)
        sheet["A1"], sheet["A3"], sheet["C3"] = "Quarterly return", "Indicator", "Figures"
        sheet.merge_cells("A1:E1")
        sheet.merge_cells("C3:D3")
        sheet.append(["A1", 5])

    save(tmp_path, fill)
    rows = read(tmp_path)
    assert list(rows["row_kind_code"]) == ["title", "blank", "title", "heading", "data"]
    assert list(rows["row_text"].iloc[[0, 2]]) == ["Quarterly return", "Indicator | Figures"]
    assert list(rows["row_number"]) == [1, 2, 3, 4, 5]


def test_merged_cells_hold_their_value_once(tmp_path: Path) -> None:
    """A merged cell's value belongs to its first row; nothing is copied into the others."""

    def fill(sheet: Worksheet) -> None:
        sheet.append(["A1", 1, None, None, "for both"])
        sheet.append(["A2", 2])
        sheet.merge_cells("E2:E3")

    save(tmp_path, fill)
    commentary = read(tmp_path)["commentary_text"]
    assert (commentary.iloc[1], pd.isna(commentary.iloc[2])) == ("for both", True)


def test_hidden_rows_are_read_and_flagged(tmp_path: Path) -> None:
    """A filtered or hidden row is read like any other, and says that it was hidden."""

    def fill(sheet: Worksheet) -> None:
        sheet.append(["A1", 1])
        sheet.append(["A2", 2])
        sheet.row_dimensions[3].hidden = True

    save(tmp_path, fill)
    rows = read(tmp_path)
    assert list(rows["is_hidden"]) == [False, False, True]
    assert rows["kpi_ref_text"].iloc[2] == "A2"


def test_cell_without_heading_has_its_column(tmp_path: Path) -> None:
    """Text beside the headed columns is kept under its column's letter, and shifts nothing."""
    save(tmp_path, lambda sheet: sheet.append(["A1", 1, None, None, None, "late"]))
    row = read(tmp_path).iloc[1]
    assert (row["row_kind_code"], row["row_text"]) == (
        "data",
        "Ref: A1 | Outturn: 1 | column F: late",
    )


def test_formatted_empty_rows_are_left_out(tmp_path: Path) -> None:
    """Rows after the last filled one are not read, however many are formatted."""

    def fill(sheet: Worksheet) -> None:
        sheet.append(["A1", 1])
        sheet["XFD1048576"].number_format = "0%"

    save(tmp_path, fill)
    rows = read(tmp_path)
    assert (len(rows), rows["counted_count"].iloc[0]) == (2, 2)


def test_macro_workbook_is_read_as_a_workbook(tmp_path: Path) -> None:
    """Content decides: the file's name says nothing, and macros are not run."""
    save(tmp_path, lambda sheet: sheet.append(["A1", 1]))
    (tmp_path / "2023-24-Q1.xlsx").rename(tmp_path / "2023-24-Q1.xlsm")
    rows = read(tmp_path, location="{quarter}.xlsm")
    assert len(rows) == 2


@pytest.mark.parametrize("wanted", ["KPI return", "kpi RETURN", " KPI return "])
def test_sheet_is_found_but_for_case_and_space(tmp_path: Path, wanted: str) -> None:
    """The sheet's name is matched exactly, else but for case and outer space."""
    save(tmp_path, lambda sheet: sheet.append(["A1", 1]))
    assert read(tmp_path, sheet=wanted)["sheet_name"].iloc[0] == "KPI return"


def test_missing_sheet_lists_what_is_there(tmp_path: Path) -> None:
    """A sheet that is not there is named with those that are, hidden ones apart."""

    def fill(sheet: Worksheet) -> None:
        sheet.parent.create_sheet("Lists").sheet_state = "veryHidden"
        sheet.append(["A1", 1])

    save(tmp_path, fill)
    assert failure(tmp_path, sheet="Return") == (
        "Adults Services' return for Q1 2023/24 (2023-24-Q1.xlsx): In the workbook no sheet is "
        "called `Return`. Sheets found: `Notes`, `KPI return`; hidden: `Lists`. Name the sheet so "
        "again, or change `sheet` in sources.yaml, then rerun adults_services_return. Ask: Adults "
        "performance lead."
    )


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheet_is_refused(tmp_path: Path, state: str) -> None:
    """Figures on a hidden sheet may be leftovers: somebody must look."""

    def fill(sheet: Worksheet) -> None:
        sheet.append(["A1", 1])
        sheet.sheet_state = state

    save(tmp_path, fill)
    assert "Sheet `KPI return` is hidden" in failure(tmp_path)


def test_chart_sheet_is_no_sheet_of_cells(tmp_path: Path) -> None:
    """A tab that holds only a chart is not taken for the return."""

    def fill(sheet: Worksheet) -> None:
        sheet.append(["A1", 1])
        sheet.parent.create_chartsheet("Chart").add_chart(BarChart())

    save(tmp_path, fill)
    assert "no sheet is called `Chart`" in failure(tmp_path, sheet="Chart")
    assert len(read(tmp_path)) == 2


def test_missing_heading_names_the_sheet(tmp_path: Path) -> None:
    """The message names heading, sheet, row and the headings that are there."""
    save(tmp_path, lambda sheet: [sheet.append(["A1", 1]), sheet.delete_cols(2)])
    assert (
        "The heading `Outturn` is missing from sheet `KPI return`. Headings found in row 1: "
        "`Ref`, `Num.`, `Denom.`, `Comment`. Put the heading back, or change sources.yaml, then "
        "rerun adults_services_return."
    ) in failure(tmp_path)


def test_empty_sheet_is_refused(tmp_path: Path) -> None:
    """A sheet without a single cell says nothing."""
    save(tmp_path, lambda sheet: sheet.delete_rows(1))
    assert "There is nothing in sheet `KPI return`." in failure(tmp_path)


def test_missing_workbook_is_not_returned(tmp_path: Path) -> None:
    """A workbook that has not come has no rows."""
    assert read(tmp_path).empty
