"""Labels that are written once, merged or left out, and lines of words among the rows."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from perf_pipeline.source_entries import CsvEntry
from perf_pipeline_tests.unit.test_sources_headings import (
    SOURCE,
    cells,
    read_csv,
    read_xlsx,
    refusal,
)

FILLED = {
    "Ref": "kpi_ref",
    "By": "breakdown_type",
    "Group": "breakdown_category",
    "Actual": "value",
}


def test_labels_are_filled_down_as_the_entry_says(tmp_path: Path) -> None:
    """An outer label that changes ends the inner one; a row without a figure takes none."""
    content = "Ref,By,Group,Actual\nA1,sex,F,5\n,,M,6\nA2,,,7\n,,note,\n,,,8\nTotal,,,9\n,,,10\n"
    rows = read_csv(tmp_path, content, columns=FILLED, fill_down=("Ref", "By"))
    shown = rows[["row_kind_code", "kpi_ref_text", "breakdown_type_text", "value_text"]].fillna("")
    assert [*shown.itertuples(index=False, name=None)][1:] == [
        ("data", "A1", "sex", "5"),
        ("data", "A1", "sex", "6"),
        ("data", "A2", "", "7"),
        ("note", "", "", ""),
        ("data", "", "", "8"),
        ("total", "Total", "", "9"),
        ("data", "", "", "10"),
    ]


def test_nothing_is_filled_down_that_the_entry_does_not_name(tmp_path: Path) -> None:
    """Whose figure a row without a reference is, is not guessed."""
    content = "Ref,By,Group,Actual\nA1,sex,F,5\n,,M,6\n"
    rows = read_csv(tmp_path, content, columns=FILLED, fill_down=())
    assert rows["kpi_ref_text"].isna().tolist() == [True, False, True]


def test_a_figure_is_never_filled_down() -> None:
    """Only labels can be; an empty figure stays empty."""
    with pytest.raises(ValueError, match="`Actual` of `fill_down` is no label's heading"):
        CsvEntry(
            **SOURCE, kind="csv", location="{quarter}.csv", columns=FILLED, fill_down=("Actual",)
        )


def test_a_total_within_a_merged_or_filled_label_is_a_total(tmp_path: Path) -> None:
    """The row's own cells say so, whatever label it has from above."""
    book = openpyxl.Workbook()
    for values in (
        list(FILLED),
        ["A1", "sex", "F", 3],
        [None, "sex", "M", 4],
        ["", "", "Total", 7],
    ):
        book.active.append(values)
    book.active.merge_cells("A2:A4")
    rows = read_xlsx(tmp_path, book, columns=FILLED)
    assert rows["row_kind_code"].tolist() == ["heading", "data", "data", "total"]
    content = "Ref,By,Group,Actual\nA1,sex,F,3\n,,M,4\n,,Total,7\n"
    rows = read_csv(tmp_path, content, columns=FILLED, fill_down=("Ref", "By"))
    assert rows["row_kind_code"].tolist() == ["heading", "data", "data", "total"]


@pytest.mark.parametrize(
    ("rows", "merged", "values"),
    [
        pytest.param(
            [["A1", "", "", 3], ["A2"], ["A3", "", "", 5]], ["D2:D3"], ["3", "3", None], id="kpis"
        ),
        pytest.param(
            [["A1", "sex", "F", 3], [None, "sex", "M"], ["A2", "", "", 5]],
            ["A2:A3", "D2:D3"],
            ["3", "3", None],
            id="groups",
        ),
        pytest.param(
            [["A1", "", "", 3], ["A2", "", "", 5], ["A3"]], ["D3:D5"], [None, "5", "5"], id="last"
        ),
    ],
)
def test_a_figure_merged_over_rows_of_several_is_no_figure_of_any(
    tmp_path: Path, rows: list[list[Any]], merged: list[str], values: list[str | None]
) -> None:
    """Whose it is, is not guessed: each row holds it with the rows over which it is merged."""
    book = openpyxl.Workbook()
    for cells_of_row in (list(FILLED), *rows):
        book.active.append(cells_of_row)
    for area in merged:
        book.active.merge_cells(area)
    texts = read_xlsx(tmp_path, book, columns=FILLED)["value_text"].dropna().tolist()
    first = values.index(next(filter(None, values))) + 2
    note = f" [merged over rows {first} to {first + 1}]"
    assert texts == [f"{text}{note}" if text else "5" if first == 2 else "3" for text in values]


def test_a_merged_label_holds_in_the_rows_that_it_covers_and_no_further(tmp_path: Path) -> None:
    """Figures that are merged are of their first row."""
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [["Ref", "Actual", "Comment"], ["A1", 5, None], [None, 6, None], [None, 7, None]]
    for values in rows:
        sheet.append(values)
    sheet.append(["A2", 8, None])
    sheet.append([None, None, "see above"])
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B5:B6")
    read = cells(read_xlsx(tmp_path, book))
    assert read == [("A1", "5", ""), ("A1", "6", ""), ("", "7", ""), ("A2", "8", "")]


@pytest.mark.parametrize(
    ("line", "is_words"),
    [
        pytest.param("Signed off by the Head of Homes", True, id="words"),
        pytest.param("Source: system on 3 July 2023", True, id="phrase-with-digits"),
        pytest.param("HOU-02", False, id="a-reference-cut-off"),
        pytest.param("BV 213", False, id="short"),
        pytest.param('"A2,75,We are on track"', False, id="a-line-in-quotation-marks"),
        pytest.param("A2;75%;up on last quarter", False, id="another-separator"),
    ],
)
def test_a_line_of_one_cell_stands_where_references_do_if_it_is_words(
    tmp_path: Path, line: str, *, is_words: bool
) -> None:
    """The register tells a note by them; what may be a row cut short falls into no column."""
    row = read_csv(tmp_path, f"Ref,Actual,Comment\nA1,5,\n{line}\n").iloc[-1]
    assert row["row_kind_code"] == "data"
    assert row["kpi_ref_text"] == line if is_words else pd.isna(row["kpi_ref_text"])


def test_lines_of_words_are_no_figures(tmp_path: Path) -> None:
    """A return of headings and a signature holds none."""
    found = refusal(tmp_path, "Ref,Actual,Comment\nSigned off by the Head of Homes\n")
    assert "holds no rows of figures" in found
