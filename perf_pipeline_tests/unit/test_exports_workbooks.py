"""Workbooks as spreadsheet programs and screen readers find them."""

import datetime as dt
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odf import dc, meta
from odf.opendocument import load
from odf.style import Style
from odf.table import DatabaseRange, TableCell
from odf.text import A
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from perf_pipeline.exports import (
    ExportFormat,
    PublicationDetails,
    export_publication,
    restored_text,
)
from perf_pipeline.exports.ods_workbooks import write_ods
from perf_pipeline.exports.pages import ExportContent, Page, PageColumn, export_content
from perf_pipeline.exports.workbook_text import CELL_LIMIT, spaced_text
from perf_pipeline.exports.xlsx_workbooks import write_xlsx
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import REPORTING_TABLES, ColumnKind

TableBuilder = Callable[..., dict[str, pd.DataFrame]]

CREATED = dt.datetime(2023, 7, 21, 6, 10, tzinfo=dt.UTC)
DETAILS = PublicationDetails(Quarter(2023, 1), "3f" * 32, 1, CREATED, "Sample Council", "0.1.0")
FRONT = ["Cover", "Contents", "Notes", "Columns"]
META = {"title": dc.Title, "language": dc.Language, "created": meta.CreationDate}
WRITERS = {"xlsx": write_xlsx, "ods": write_ods}
COLUMNS = (
    PageColumn("note_text", ColumnKind.TEXT, "A text."),
    PageColumn("share_pct", ColumnKind.FIGURE, "A figure."),
    PageColumn("row_count", ColumnKind.COUNT, "A count."),
    PageColumn("is_late", ColumnKind.FLAG, "A flag."),
    PageColumn("due_date", ColumnKind.DATE, "A date."),
)
HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://example.org","Click")',
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "+1",
    "-1",
    "\t=1+1",
    "http://example.org/",
    "mailto:x@example.org",
    "internal:'Cover'!A1",
    "<r><t>bold</t></r>",
    "<r></r>",
    "{=1+1}",
    "_x0041_",
    "]]>&lt;<b>",
    "a\x00b\x1fc",
    "  two  spaces  ",
    "\n\nlines\n",
    "00123",
    "1e5",
    "nan",
    "TRUE",
    "2023-07-21",
)


@pytest.fixture(params=["xlsx", "ods"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each format of workbook in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def workbooks(
    build_tables: TableBuilder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """A publication as a workbook of either format."""
    root = tmp_path_factory.mktemp("workbooks")
    return {
        kind: export_publication(build_tables(), DETAILS, ExportFormat(kind), root).folder
        / f"2023-24-Q1-v1.{kind}"
        for kind in WRITERS
    }


@pytest.fixture
def xlsx(workbooks: dict[str, Path]) -> Iterator[Workbook]:
    """The Excel workbook, as openpyxl reads it."""
    book = openpyxl.load_workbook(workbooks["xlsx"])
    yield book
    book.close()


def table_sheets(book: Workbook) -> list[Worksheet]:
    """Return every sheet but the cover."""
    return [book[name] for name in book.sheetnames if name != "Cover"]


def written(kind: str, folder: Path, *rows: tuple[Any, ...]) -> Path:
    """Write a workbook with one table of these rows."""
    names = [column.name for column in COLUMNS]
    frame = pd.DataFrame(list(rows), columns=names, dtype="object")
    page = Page("sample", "=Sample", "A sample.", COLUMNS, frame, ("note_text",))
    path = folder / f"sample.{kind}"
    WRITERS[kind](ExportContent("=Sample Council", CREATED, (("Council", "=S"),), (page,)), path)
    return path


def cells(path: Path, sheet: str = "sample") -> list[list[Any]]:
    """Return the rows below a sheet's headings, as calamine reads them."""
    book = CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return rows[6:]


def row_of(text: str | None) -> tuple[Any, ...]:
    """Return a row with this text."""
    return (text, -5.25, 3, True, "2023-07-21")


def test_sheets_are_cover_contents_notes_columns_and_tables(
    workbooks: dict[str, Path], kind: str
) -> None:
    """Every sheet has a name of its own, the cover first."""
    book = CalamineWorkbook.from_path(str(workbooks[kind]))
    assert book.sheet_names == [*FRONT, *REPORTING_TABLES]


def test_every_sheet_begins_with_its_title(workbooks: dict[str, Path], kind: str) -> None:
    """A1 holds a title, and the sentence below it what the sheet is for."""
    book = CalamineWorkbook.from_path(str(workbooks[kind]))
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        assert "Sample Council, Q1 2023/24" in str(rows[0][0])
        assert rows[1][0]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_text_stays_text(tmp_path: Path, kind: str, text: str) -> None:
    """Whatever a source wrote is a text cell, and comes back as it was."""
    ((cell, *_),) = cells(written(kind, tmp_path, row_of(text)))
    assert isinstance(cell, str)
    assert restored_text(cell) == spaced_text(text)
    assert not cell.lstrip(" '").startswith(("=", "+", "-", "@")) or cell.startswith("'")


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_text_is_neither_formula_nor_link_in_excel(tmp_path: Path, text: str) -> None:
    """No cell of a source's text is a formula or leads anywhere."""
    book = openpyxl.load_workbook(written("xlsx", tmp_path, row_of(text)))
    cell = book["sample"]["A7"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None


@settings(deadline=None)
@given(text=st.text(), figure=st.floats(allow_nan=False, allow_infinity=False))
def test_round_trip_through_excel(
    tmp_path_factory: pytest.TempPathFactory, text: str, figure: float
) -> None:
    """Any text, and every digit of a figure, comes back from an Excel workbook."""
    path = written("xlsx", tmp_path_factory.mktemp("x"), (text, figure, None, False, None))
    ((cell, number, *others),) = cells(path)
    assert restored_text(cell) == spaced_text(text)
    assert number == figure
    assert others == ["", False, ""]


@settings(deadline=None)
@given(text=st.text(), figure=st.floats(allow_nan=False, allow_infinity=False))
def test_round_trip_through_opendocument(
    tmp_path_factory: pytest.TempPathFactory, text: str, figure: float
) -> None:
    """Any text, and every digit of a figure, comes back from an OpenDocument workbook."""
    path = written("ods", tmp_path_factory.mktemp("o"), (text, figure, None, False, None))
    ((cell, number, *others),) = cells(path)
    assert restored_text(cell) == spaced_text(text)
    assert number == figure
    assert others == ["", False, ""]


def test_values_keep_their_types(tmp_path: Path, kind: str) -> None:
    """Numbers are numbers, dates are dates, flags are yes and no."""
    (row,) = cells(written(kind, tmp_path, row_of("a")))
    assert row == ["a", -5.25, 3.0, True, dt.date(2023, 7, 21)]
    assert isinstance(row[3], bool)


def test_missing_cells_are_empty(tmp_path: Path, kind: str) -> None:
    """What is missing is an empty cell, and no word."""
    path = written(kind, tmp_path, (None, None, None, False, None), row_of("a"))
    assert cells(path)[0] == ["", "", "", False, ""]


def test_day_before_excel_s_calendar_is_text(tmp_path: Path) -> None:
    """A date that Excel cannot count is written out."""
    (row,) = cells(written("xlsx", tmp_path, ("a", 1.0, 1, True, "1899-12-31")))
    assert row[4] == "1899-12-31"


def test_long_text_is_cut_and_noted(tmp_path: Path, build_tables: TableBuilder, kind: str) -> None:
    """A text that no cell can hold is cut with a notice, and the notes say where."""
    tables = build_tables()
    long = tables["kpi_scorecard"].assign(commentary_text=["a", "x" * (CELL_LIMIT + 1), "c"])
    content = export_content(tables | {"kpi_scorecard": long}, DETAILS)
    path = tmp_path / f"long.{kind}"
    WRITERS[kind](content, path)
    notes = cells(path, "Notes")
    assert notes[-1][:2] == ["Cut text", "kpi_scorecard, row 2 of the table, commentary_text"]
    rows = cells(path, "kpi_scorecard")
    assert max(len(cell) for cell in rows[1] if isinstance(cell, str)) == CELL_LIMIT


def test_excel_sheets_hold_one_marked_table_and_nothing_below(xlsx: Workbook) -> None:
    """Each table begins in column A below the sentences, and is the last thing on its sheet."""
    names = set()
    for sheet in table_sheets(xlsx):
        ((name, table),) = ((name, sheet.tables[name]) for name in sheet.tables)
        names.add(name.lower())
        first, last = table.ref.split(":")
        headings = [cell.value for cell in sheet[f"{first}:{last}"][0]]
        assert first == f"A{sheet[first].row}"
        assert headings == [column.name for column in table.tableColumns]
        assert len(set(headings)) == len(headings)
        assert sheet.max_row <= sheet[last].row
        assert table.headerRowCount != 0
        assert table.autoFilter is None
    assert len(names) == len(table_sheets(xlsx))


def test_excel_tables_have_no_blank_rows(xlsx: Workbook) -> None:
    """Every row of a table holds something."""
    for sheet in table_sheets(xlsx):
        (table,) = sheet.tables.values()
        rows = sheet.iter_rows(min_row=int(table.ref[1:].split(":")[0]), values_only=True)
        assert all(any(cell is not None for cell in row) for row in rows)


def test_excel_sheets_hide_freeze_merge_and_fill_nothing(xlsx: Workbook) -> None:
    """What gets in the way of screen readers and magnifiers is not used."""
    for sheet in xlsx:
        assert not sheet.merged_cells.ranges
        assert sheet.freeze_panes is None
        assert sheet.sheet_state == "visible"
        assert not any(column.hidden for column in sheet.column_dimensions.values())
        assert not any(row.hidden for row in sheet.row_dimensions.values())
        fills = {cell.fill.fill_type for row in sheet.iter_rows() for cell in row}
        assert fills == {None}


def test_excel_columns_are_wide_enough_and_wrap(xlsx: Workbook) -> None:
    """Every column of a table has a width, and its texts wrap within it."""
    sheet = xlsx["kpi_scorecard"]
    assert all(10 <= column.width <= 61 for column in sheet.column_dimensions.values())
    texts = [cell for row in sheet.iter_rows(min_row=7) for cell in row if cell.data_type == "s"]
    assert all(cell.alignment.wrap_text for cell in texts)
    assert all(cell.font.sz >= 12 for row in sheet.iter_rows() for cell in row if cell.value)


def test_excel_contents_lead_to_every_sheet(xlsx: Workbook) -> None:
    """Each row of the contents leads to the sheet it names, and each sheet leads back."""
    links = [cell for cell in xlsx["Contents"]["A"] if cell.hyperlink]
    assert [cell.value for cell in links] == xlsx.sheetnames[2:]
    for cell in links:
        assert cell.hyperlink.location == f"'{cell.value}'!A1"
        assert cell.hyperlink.target is None
    for name in xlsx.sheetnames[2:]:
        (back,) = (cell for cell in xlsx[name]["A"] if cell.hyperlink)
        assert (back.value, back.hyperlink.location) == ("Back to Contents", "'Contents'!A1")


def test_excel_workbook_says_what_it_is(xlsx: Workbook) -> None:
    """Title, language and moment of the publication stand in the document's properties."""
    assert xlsx.properties.title == "Sample Council, Q1 2023/24: performance tables"
    assert xlsx.properties.language == "en-GB"
    assert xlsx.properties.created == CREATED.replace(tzinfo=None)


def test_opendocument_workbook_says_what_it_is(workbooks: dict[str, Path]) -> None:
    """The same stands in LibreOffice's."""
    document = load(str(workbooks["ods"]))
    said = {name: str(document.meta.getElementsByType(made)[0]) for name, made in META.items()}
    assert said == {
        "title": "Sample Council, Q1 2023/24: performance tables",
        "language": "en-GB",
        "created": "2023-07-21T06:10:00Z",
    }


def test_excel_workbook_reaches_nothing_outside(workbooks: dict[str, Path]) -> None:
    """There is no macro, picture, external link or formula in it."""
    with zipfile.ZipFile(workbooks["xlsx"]) as archive:
        names = archive.namelist()
        sheets = [archive.read(name) for name in names if name.startswith("xl/worksheets/sheet")]
    assert not [name for name in names if "media" in name or "vba" in name or "external" in name]
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_opendocument_tables_are_marked(workbooks: dict[str, Path]) -> None:
    """Each table is a named range with headings."""
    document = load(str(workbooks["ods"]))
    ranges = document.getElementsByType(DatabaseRange)
    assert [item.getAttribute("name") for item in ranges] == [
        "contents",
        "notes",
        "columns",
        *REPORTING_TABLES,
    ]
    assert all(item.getAttribute("containsheader") == "true" for item in ranges)
    scorecard = ranges[3 + list(REPORTING_TABLES).index("kpi_scorecard")]
    assert scorecard.getAttribute("targetrangeaddress").startswith("kpi_scorecard.A6:")


def test_opendocument_links_stay_inside(workbooks: dict[str, Path]) -> None:
    """Contents lead to every sheet, every sheet back, and nothing leads elsewhere."""
    document = load(str(workbooks["ods"]))
    sheets = ["Notes", "Columns", *REPORTING_TABLES]
    links = [link.getAttribute("href") for link in document.getElementsByType(A)]
    assert links[: len(sheets)] == [f"#{name}.A1" for name in sheets]
    assert set(links[len(sheets) :]) == {"#Contents.A1"}


def test_opendocument_merges_and_calculates_nothing(workbooks: dict[str, Path]) -> None:
    """No cell spans others or holds a formula; titles have heading styles."""
    document = load(str(workbooks["ods"]))
    for cell in document.getElementsByType(TableCell):
        assert cell.getAttribute("numbercolumnsspanned") is None
        assert cell.getAttribute("formula") is None
    names = [item.getAttribute("displayname") for item in document.getElementsByType(Style)]
    assert "Heading 1" in names


@pytest.mark.parametrize("sheet", FRONT)
def test_pages_before_the_tables_are_the_same_in_both(
    workbooks: dict[str, Path], sheet: str
) -> None:
    """Excel's and LibreOffice's readers are told the same."""
    books = [CalamineWorkbook.from_path(str(path)) for path in workbooks.values()]
    one, two = (book.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for book in books)
    assert one == two


def test_text_of_the_council_s_own_is_safe_too(tmp_path: Path, kind: str) -> None:
    """A council's name cannot become a formula on the cover either."""
    path = written(kind, tmp_path, row_of("a"))
    book = CalamineWorkbook.from_path(str(path))
    cover = book.get_sheet_by_name("Cover").to_python()
    assert [row[0] for row in cover] == ["'=Sample Council: performance tables", "Council", "'=S"]
    assert book.get_sheet_by_name("sample").to_python()[0][0] == "'=Sample"
