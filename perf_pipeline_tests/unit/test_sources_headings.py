"""Headings are found as people write them, over several rows or by other names, or refused."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from odf import table, text
from odf.opendocument import OpenDocumentSpreadsheet

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry, ExcelEntry
from perf_pipeline.sources import Landing, extract
from perf_pipeline.validate import count_mismatch

QUARTER = Quarter(2023, 1)
COLUMNS = {"Ref": "kpi_ref", "Actual": "value", "Comment": "commentary"}
SOURCE: dict[str, Any] = {
    "source_code": "housing",
    "source_name": "Housing",
    "contact_role": "Housing performance lead",
}


def read_csv(folder: Path, content: str, **changes: Any) -> pd.DataFrame:
    """Extract a delimited file of some content."""
    (folder / "2023-24-Q1.csv").write_text(content, encoding="utf-8")
    settings = SOURCE | {"kind": "csv", "location": "{quarter}.csv", "columns": COLUMNS} | changes
    rows = extract(CsvEntry(**settings), QUARTER, folder, Landing(folder / "landing"))
    assert count_mismatch(rows) is None
    return rows


def read_xlsx(folder: Path, book: openpyxl.Workbook, **changes: Any) -> pd.DataFrame:
    """Extract a workbook's first sheet."""
    book.save(folder / "2023-24-Q1.xlsx")
    settings = SOURCE | {
        "kind": "excel",
        "location": "{quarter}.xlsx",
        "columns": COLUMNS,
        "sheet": "Sheet",
    }
    rows = extract(ExcelEntry(**settings | changes), QUARTER, folder, Landing(folder / "landing"))
    assert count_mismatch(rows) is None
    return rows


def refusal(folder: Path, content: str, **changes: Any) -> str:
    """Return the message with which a delimited file is refused."""
    with pytest.raises(ReturnError) as caught:
        read_csv(folder, content, **changes)
    return str(caught.value)


def cells(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return reference, figure and commentary of the data rows."""
    data = rows[rows["row_kind_code"] == "data"]
    shown = data[["kpi_ref_text", "value_text", "commentary_text"]].fillna("")
    return [*shown.itertuples(index=False, name=None)]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        pytest.param("KPI,,\nRef,Actual,Comment\nA1,5,Good\n", COLUMNS, id="group-above-one"),
        pytest.param(
            "KPI,Quarter 1,Our\nref,actual,comment\nA1,5,Good\n",
            {"KPI ref": "kpi_ref", "Quarter 1 actual": "value", "Our comment": "commentary"},
            id="broken-over-two-rows",
        ),
        pytest.param(
            ",Quarter,\nKPI,1,Our\nref,actual,comment\nA1,5,Good\n",
            {"KPI ref": "kpi_ref", "Quarter 1 actual": "value", "Our comment": "commentary"},
            id="broken-over-three-rows",
        ),
        pytest.param(
            "Ref,2023/24,,2022/23,,Comment\n,Target,Actual,Target,Actual,\nA1,4,5,3,6,Good\n",
            {"Ref": "kpi_ref", "2023/24 actual": "value", "Comment": "commentary"},
            id="shared-by-several-columns",
        ),
        pytest.param(
            'Housing return\n\nRef,"Actual\n",Comment\nA1,5,Good\n'.replace(
                "Housing return", "Housing return,,"
            ).replace("\n\nRef", "\n,,\nRef"),
            COLUMNS,
            id="below-a-title",
        ),
    ],
)
def test_headings_are_found_over_several_rows(
    tmp_path: Path, content: str, columns: dict[str, str]
) -> None:
    """A heading may be broken over rows or stand under one that it shares with others."""
    rows = read_csv(tmp_path, content, columns=columns)
    assert cells(rows) == [("A1", "5", "Good")]
    assert rows["row_kind_code"].iloc[-2] == "heading"


def test_all_rows_of_the_headings_are_headings(tmp_path: Path) -> None:
    """Each of them is counted as one, also where they are repeated further down."""
    head = "KPI,Quarter 1,Our\nref,actual,comment\n"
    columns = {"KPI ref": "kpi_ref", "Quarter 1 actual": "value", "Our comment": "commentary"}
    rows = read_csv(tmp_path, f"{head}A1,5,\n{head}A2,6,\n", columns=columns)
    kinds = ["heading", "heading", "data"] * 2
    assert rows["row_kind_code"].tolist() == kinds


def test_a_heading_row_with_another_heading_of_no_field_is_one_still(tmp_path: Path) -> None:
    """What stands over the columns that are read is what counts."""
    content = "Ref,Actual,Comment,Q1\nA1,5,,\nRef,Actual,Comment,Q2\nA2,6,,\n"
    rows = read_csv(tmp_path, content)
    assert rows["row_kind_code"].tolist() == ["heading", "data"] * 2


@pytest.mark.parametrize(
    "again",
    [
        pytest.param("Ref,Comment,Actual\nA2,,10", id="moved"),
        pytest.param("KPI,,\nRef,Comment,Actual\nA2,,10", id="below-a-title"),
        pytest.param("Ref,Target,Actual,Comment\nA2,20,10,", id="one-more"),
    ],
)
def test_a_second_table_with_other_columns_refuses_the_return(tmp_path: Path, again: str) -> None:
    """Its figures are not read by the first table's columns."""
    found = refusal(tmp_path, f"Ref,Actual,Comment\nA1,5,\n,,\n{again}\n")
    assert "The headings stand again in row" in found
    assert "over other columns than in row 1: " in found
    assert "`Actual`" in found
    assert "give every table the same columns" in found


def test_a_second_table_without_a_quarter_refuses_the_return(tmp_path: Path) -> None:
    """Under a heading that only the first table has, the second's figures would be misread."""
    content = "Ref,Q1,Q4,Comment\nA1,5,3,\nRef,Q1,Target,Comment\nA2,6,9,\n"
    wide = {"quarter": "Q{number}", "earlier_quarters": True}
    columns = {"Ref": "kpi_ref", "Comment": "commentary"}
    found = refusal(
        tmp_path,
        content.replace("Q4", "2022-23-Q4").replace("Q1", "2023-24-Q1"),
        wide=wide | {"quarter": "{quarter}"},
        columns=columns,
    )
    assert "in row 3, over other columns than in row 1: `2022-23-Q4`" in found


def test_a_heading_under_two_groups_is_not_guessed(tmp_path: Path) -> None:
    """`Actual` stands under both years; which is meant has to be said."""
    content = "Ref,2023/24,2022/23,Comment\n,Actual,Actual,\nA1,5,6,\n"
    found = refusal(tmp_path, content)
    assert "same heading stands in two columns in row 2: `Actual`" in found


def test_a_merged_heading_is_of_the_columns_that_it_covers(tmp_path: Path) -> None:
    """What is merged over two columns is not taken for a third."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Ref", "2023/24", None, None])
    sheet.append([None, "Target", "Actual", "Comment"])
    sheet.append(["A1", 4, 5, "Good"])
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")
    columns = {"Ref": "kpi_ref", "2023/24 Actual": "value", "Comment": "commentary"}
    assert cells(read_xlsx(tmp_path, book, columns=columns)) == [("A1", "5", "Good")]
    wrong = columns | {"2023/24 Comment": "action"}
    with pytest.raises(ReturnError, match="heading `2023/24 Comment` is missing"):
        read_xlsx(tmp_path, book, columns=wrong)


def test_a_heading_merged_down_alone_leaves_others_to_be_shared(tmp_path: Path) -> None:
    """Only cells merged over columns say that the row's other headings are of one column each."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Ref", "2023/24", None, "Comment"])
    sheet.append([None, "Target", "Actual", None])
    sheet.append(["A1", 4, 5, "Good"])
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("D1:D2")
    columns = {"Ref": "kpi_ref", "2023/24 Actual": "value", "Comment": "commentary"}
    assert cells(read_xlsx(tmp_path, book, columns=columns)) == [("A1", "5", "Good")]


def test_a_merged_heading_of_an_ods_workbook_is_shared_likewise(tmp_path: Path) -> None:
    """OpenDocument says over how many columns a cell spans."""
    document = OpenDocumentSpreadsheet()
    sheet = table.Table(name="Sheet")
    for values in (["Ref", "2023/24", None, None], [None, "Target", "Actual", "Comment"]):
        row = table.TableRow()
        for value in values:
            spans = (
                {"numbercolumnsspanned": 2, "numberrowsspanned": 1} if value == "2023/24" else {}
            )
            cell = table.TableCell(valuetype="string" if value else None, **spans)
            if value:
                cell.addElement(text.P(text=value))
            row.addElement(cell)
        sheet.addElement(row)
    row = table.TableRow()
    for value in ("A1", "4", "5", "Good"):
        cell = table.TableCell(valuetype="string")
        cell.addElement(text.P(text=value))
        row.addElement(cell)
    sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(str(tmp_path / "2023-24-Q1.xlsx"))
    columns = {"Ref": "kpi_ref", "2023/24 Actual": "value", "Comment": "commentary"}
    rows = extract(
        ExcelEntry(
            **SOURCE, kind="excel", location="{quarter}.xlsx", columns=columns, sheet="Sheet"
        ),
        QUARTER,
        tmp_path,
        Landing(tmp_path / "landing"),
    )
    assert cells(rows) == [("A1", "5", "Good")]


@pytest.mark.parametrize("heading", ["Actual", "Outturn", "RESULT  for the\nquarter"])
def test_a_heading_may_have_other_names(tmp_path: Path, heading: str) -> None:
    """The entry lists what else the service writes; case and white space do not matter."""
    content = f'Ref,"{heading}",Comment\nA1,5,\n'
    synonyms = {"Actual": ("Outturn", "Result for the quarter")}
    assert cells(read_csv(tmp_path, content, synonyms=synonyms)) == [("A1", "5", "")]


def test_a_heading_and_its_other_name_together_are_refused(tmp_path: Path) -> None:
    """Two columns that could both be meant are not chosen between."""
    content = "Ref,Actual,Outturn,Comment\nA1,5,6,\n"
    found = refusal(tmp_path, content, synonyms={"Actual": ("Outturn",)})
    assert "same heading stands in two columns in row 1: `Actual`" in found


def test_a_synonym_of_no_heading_is_a_mistake_of_the_entry() -> None:
    """A misspelt heading among the synonyms would change nothing without a word."""
    with pytest.raises(ValueError, match="`Actuals` has synonyms and is no heading"):
        CsvEntry(
            **SOURCE,
            kind="csv",
            location="{quarter}.csv",
            columns=COLUMNS,
            synonyms={"Actuals": ("Outturn",)},
        )


@pytest.mark.parametrize(
    "row",
    ["Total,500,", "TOTALS:,500,", "Council total,500,", "Sub-total,500,", "Total council,500,"],
)
def test_a_total_is_no_figure(tmp_path: Path, row: str) -> None:
    """A row that adds others up is kept, counted and ignored as a total."""
    rows = read_csv(tmp_path, f"Ref,Actual,Comment\nA1,5,\n{row}\n")
    assert rows["row_kind_code"].tolist() == ["heading", "data", "total"]


@pytest.mark.parametrize(
    "row", ["TOTAL-01,500,", "Total waste,500,", "A1 total,500,", ",500,Council total is missing"]
)
def test_what_only_mentions_a_total_is_data(tmp_path: Path, row: str) -> None:
    """A reference or a name with the word in it is not taken for a total."""
    rows = read_csv(tmp_path, f"Ref,Actual,Comment\n{row}\n")
    assert rows["row_kind_code"].tolist() == ["heading", "data"]


def test_a_total_without_reference_is_known_by_its_name(tmp_path: Path) -> None:
    """`Total` may stand under the names, with nothing under the references."""
    columns = COLUMNS | {"Indicator": "kpi_name"}
    content = "Ref,Indicator,Actual,Comment\nA1,Repairs,5,\n,Total,5,\n"
    rows = read_csv(tmp_path, content, columns=columns)
    assert rows["row_kind_code"].tolist() == ["heading", "data", "total"]


@pytest.mark.parametrize("name", ["KPI return", "kpi RETURN ", "Return form", "Q1 2023/24"])
def test_a_sheet_may_have_other_names(tmp_path: Path, name: str) -> None:
    """The entry lists them; a placeholder stands for the quarter."""
    book = openpyxl.Workbook()
    book.active.title = name.replace("/", "-")
    book.active.append(["Ref", "Actual", "Comment"])
    book.active.append(["A1", 5])
    synonyms = ("Return form", "Q{number} 2023-24")
    rows = read_xlsx(tmp_path, book, sheet="KPI return", sheet_synonyms=synonyms)
    assert cells(rows) == [("A1", "5", "")]


def test_two_sheets_of_such_names_are_refused(tmp_path: Path) -> None:
    """Which of them holds the return is not guessed, unless one has the usual name."""
    book = openpyxl.Workbook()
    for name in ("Return", "Form"):
        book.create_sheet(name).append(["Ref", "Actual", "Comment"])
    with pytest.raises(ReturnError, match="more than one sheet is called `KPIs` or `Return`"):
        read_xlsx(tmp_path, book, sheet="KPIs", sheet_synonyms=("Return", "Form"))


def test_hidden_sheets_are_recorded(tmp_path: Path) -> None:
    """They are not read, and the return says that they are there."""
    book = openpyxl.Workbook()
    book.active.append(["Ref", "Actual", "Comment"])
    book.active.append(["A1", 5])
    for name, state in (("Old", "hidden"), ("Lists", "veryHidden"), ("Notes", "visible")):
        book.create_sheet(name).sheet_state = state
    rows = read_xlsx(tmp_path, book)
    assert set(rows["hidden_sheets_text"]) == {"`Old`, `Lists`"}
