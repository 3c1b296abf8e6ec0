"""OpenDocument workbooks: repeated cells and rows are as many as they stand for."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from odf import dc, office, style, table, text
from odf.element import Element
from odf.opendocument import OpenDocumentSpreadsheet

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import ExcelEntry
from perf_pipeline.sources import Landing, extract

QUARTER = Quarter(2023, 1)


def ods_entry(**changes: Any) -> ExcelEntry:
    """Make a source's entry."""
    settings: dict[str, Any] = {
        "kind": "excel",
        "source_code": "resources",
        "source_name": "Resources",
        "contact_role": "Business support officer",
        "location": "{quarter}.ods",
        "sheet": "Return",
        "columns": {"Ref": "kpi_ref", "Outturn": "value", "Comment": "commentary"},
    }
    return ExcelEntry(**settings | changes)


def read(folder: Path, **changes: Any) -> pd.DataFrame:
    """Extract the return that is in the folder."""
    return extract(ods_entry(**changes), QUARTER, folder, Landing(folder / "landing"))


def cell(shown: str = "", **attributes: Any) -> Element:
    """Make a cell that shows a text; a text cell unless said otherwise."""
    made = table.TableCell(**({"valuetype": "string"} if shown and not attributes else attributes))
    if shown:
        made.addElement(text.P(text=shown))
    return made


def row(*cells: Element, **attributes: Any) -> Element:
    """Make a row of cells."""
    made = table.TableRow(**attributes)
    for each in cells:
        made.addElement(each)
    return made


def heading() -> Element:
    """Make the heading row."""
    return row(cell("Ref"), cell("Outturn"), cell("Comment"))


def save(folder: Path, *rows: Element, stylename: Element | None = None) -> None:
    """Write a workbook whose return sheet has these rows, after a sheet of notes."""
    document = OpenDocumentSpreadsheet()
    notes, sheet = table.Table(name="Notes"), table.Table(name="Return")
    if stylename is not None:
        document.automaticstyles.addElement(stylename)
        sheet.setAttribute("stylename", stylename)
    notes.addElement(row(cell("How to fill this in")))
    for each in rows:
        sheet.addElement(each)
    document.spreadsheet.addElement(notes)
    document.spreadsheet.addElement(sheet)
    document.save(folder / "2023-24-Q1.ods")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: cell("76%", valuetype="percentage", value="0.756"), ("0.756", "0%")),
        (lambda: cell("0.3", valuetype="float", value="0.30000000000000004"), ("0.3", None)),
        (lambda: cell("1,234", valuetype="float", value="1234"), ("1234", None)),
        (lambda: cell("£12.50", valuetype="currency", value="12.5"), ("12.5", None)),
        (lambda: cell("75%"), ("75%", None)),
        (lambda: cell("TRUE", valuetype="boolean", booleanvalue="true"), ("TRUE", None)),
        (lambda: cell("30/06/23", valuetype="date", datevalue="2023-06-30"), ("2023-06-30", None)),
        (
            lambda: cell("30/06/23", valuetype="date", datevalue="2023-06-30T00:00:00"),
            ("2023-06-30", None),
        ),
        (lambda: cell("09:15", valuetype="time", timevalue="PT09H15M00S"), ("PT09H15M00S", None)),
        (lambda: cell("#DIV/0!", valuetype="string", stringvalue=""), ("#DIV/0!", None)),
        (lambda: cell(valuetype="string", stringvalue="N/A"), ("N/A", None)),
        (lambda: cell(formula="of:=[.C2]/[.D2]"), ("=[.C2]/[.D2]", None)),
    ],
    ids=[
        "percentage",
        "float",
        "thousands",
        "currency",
        "text",
        "boolean",
        "date",
        "midnight",
        "time",
        "error",
        "text-attribute",
        "formula-without-result",
    ],
)
def test_cell_is_read_by_its_value(
    tmp_path: Path, made: Any, expected: tuple[str, str | None]
) -> None:
    """A cell's stored value counts, not its rounded display; percentages keep their format."""
    save(tmp_path, heading(), row(cell("A1"), made()))
    found = read(tmp_path).iloc[1]
    kept = found["value_format_text"]
    assert (found["value_text"], None if pd.isna(kept) else kept) == expected


def test_formula_of_an_empty_text_is_empty(tmp_path: Path) -> None:
    """A formula whose result is an empty text looks empty, and is."""
    prepared = cell(valuetype="string", stringvalue="", formula="of:=IF(1;&quot;&quot;)")
    save(tmp_path, heading(), row(cell(), prepared), row(cell("A1"), cell("1")))
    rows = read(tmp_path)
    assert list(rows["row_kind_code"]) == ["heading", "blank", "data"]
    assert rows["counted_count"].iloc[0] == 2


def test_repeated_rows_and_cells(tmp_path: Path) -> None:
    """Repeated rows are as many rows; repeated cells keep the columns after them in place."""
    save(
        tmp_path,
        row(cell(), numberrowsrepeated=2),
        heading(),
        row(
            cell("A1"),
            cell(numbercolumnsrepeated=1),
            cell("same", numbercolumnsrepeated=2, valuetype="string"),
        ),
        row(cell("A2"), cell("5"), numberrowsrepeated=3),
        row(cell(numbercolumnsrepeated=16384), numberrowsrepeated=1_048_000),
    )
    rows = read(tmp_path)
    assert list(rows["row_kind_code"]) == ["blank", "blank", "heading", *["data"] * 4]
    assert list(rows["row_number"]) == [1, 2, 3, 4, 5, 6, 7]
    assert rows["row_text"].iloc[3] == "Ref: A1 | Comment: same | column D: same"
    assert list(rows["value_text"].iloc[4:]) == ["5", "5", "5"]
    assert rows["counted_count"].iloc[0] == 5


def test_rows_that_calamine_sees_as_empty_are_counted(tmp_path: Path) -> None:
    """Rows of an error or of a formula without a result alone are counted all the same."""
    save(
        tmp_path,
        heading(),
        row(cell("A1"), cell("1")),
        row(cell(), cell("#DIV/0!", valuetype="string", stringvalue=""), numberrowsrepeated=2),
        row(cell(), cell(formula="of:=[.C2]")),
    )
    rows = read(tmp_path)
    assert list(rows["row_kind_code"]) == ["heading", *["data"] * 4]
    assert rows["counted_count"].iloc[0] == 5


def test_text_keeps_its_lines_and_spaces(tmp_path: Path) -> None:
    """Paragraphs, line breaks, tabs and runs of spaces are text; spans are seen through."""
    comment = cell("two", valuetype="string")
    paragraph = text.P(text="a")
    paragraph.addElement(text.S(c=2))
    paragraph.addElement(text.Span(text="b"))
    paragraph.addElement(text.Tab())
    paragraph.addText("c")
    paragraph.addElement(text.LineBreak())
    paragraph.addElement(text.S())
    paragraph.addText("d")
    comment.addElement(paragraph)
    save(tmp_path, heading(), row(cell("A1"), cell("1"), comment))
    assert read(tmp_path)["commentary_text"].iloc[1] == "two\na  b\tc\n d"


@pytest.mark.parametrize("is_inside", [False, True], ids=["beside", "inside"])
def test_note_on_a_cell_is_not_its_text(tmp_path: Path, *, is_inside: bool) -> None:
    """What a reviewer noted beside a cell's paragraph, or in it, is no part of the figure."""
    note = office.Annotation()
    note.addElement(dc.Creator(text="Reviewer"))
    note.addElement(text.P(text="looks high"))
    figure = table.TableCell(valuetype="string")
    paragraph = text.P(text="75")
    (paragraph if is_inside else figure).addElement(note)
    paragraph.addText("%")
    figure.addElement(paragraph)
    save(tmp_path, heading(), row(cell("A1"), figure))
    assert read(tmp_path)["value_text"].iloc[1] == "75%"


def test_merged_cells_hold_their_value_once(tmp_path: Path) -> None:
    """Cells covered by a merged one are empty and keep the columns in place."""
    merged = cell("A1", valuetype="string", numbercolumnsspanned=2)
    save(tmp_path, heading(), row(merged, table.CoveredTableCell(), cell("for both")))
    found = read(tmp_path).iloc[1]
    assert (found["kpi_ref_text"], found["commentary_text"]) == ("A1", "for both")
    assert pd.isna(found["value_text"])


@pytest.mark.parametrize("visibility", ["collapse", "filter"])
def test_hidden_rows_are_read_and_flagged(tmp_path: Path, visibility: str) -> None:
    """A hidden or filtered row is read like any other, and says that it was hidden."""
    save(tmp_path, heading(), row(cell("A1"), cell("1"), visibility=visibility))
    assert list(read(tmp_path)["is_hidden"]) == [False, True]


def test_rows_in_groups_are_rows(tmp_path: Path) -> None:
    """Rows that are grouped or repeated as headings stand in their order."""
    heads, group = table.TableHeaderRows(), table.TableRowGroup()
    heads.addElement(heading())
    group.addElement(row(cell("A1"), cell("1")))
    save(tmp_path, heads, group)
    assert list(read(tmp_path)["row_kind_code"]) == ["heading", "data"]


def test_hidden_sheet_is_refused(tmp_path: Path) -> None:
    """A sheet whose style hides it is hidden."""
    hidden = style.Style(name="ta9", family="table")
    hidden.addElement(style.TableProperties(display="false"))
    save(tmp_path, heading(), row(cell("A1"), cell("1")), stylename=hidden)
    with pytest.raises(ReturnError, match="Sheet `Return` is hidden"):
        read(tmp_path)


def test_missing_sheet_lists_what_is_there(tmp_path: Path) -> None:
    """A sheet that is not there is named with those that are."""
    save(tmp_path, heading(), row(cell("A1"), cell("1")))
    with pytest.raises(ReturnError, match="Sheets found: `Notes`, `Return`"):
        read(tmp_path, sheet="Figures")
