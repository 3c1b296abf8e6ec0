"""Excel workbooks as people keep them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from perf_pipeline_tests.clean_corpus.honest import (
    SHORT,
    HonestReturn,
    sheet_entry,
    workbook,
)

Change = Callable[[Worksheet], object]
_HEAD = ["Ref", "Measure", "Actual", "Comment"]
_SEXES = {"Women": {"type": "sex", "category": "F"}, "Men": {"type": "sex", "category": "M"}}


def _formatted(**formats: str) -> Change:
    """Give cells a number format."""

    def change(sheet: Worksheet) -> None:
        for place, number_format in formats.items():
            sheet[place].number_format = number_format

    return change


def _merged(*ranges: str) -> Change:
    """Merge cells."""

    def change(sheet: Worksheet) -> None:
        for each in ranges:
            sheet.merge_cells(each)

    return change


def _hidden_parts(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True
    sheet.parent.create_sheet("Last year").sheet_state = "hidden"
    sheet.parent.create_sheet("Lists").sheet_state = "veryHidden"
    sheet.parent.create_sheet("How to fill this in", 0)["A1"] = "Send by the 15th working day"


def _comforts(sheet: Worksheet) -> None:
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = "A1:D3"
    sheet.column_dimensions["B"].hidden = True
    sheet["C2"].comment = Comment("Checked against 99%", "Officer")
    listed = DataValidation(type="list", formula1='"Yes,No"')
    listed.add("D2")
    sheet.add_data_validation(listed)


def _far_from_the_corner(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Return"
    for column, (heading, first, second) in enumerate(
        zip(_HEAD, ["HOU-01", "Repairs", "71.4%"], ["HOU-02", "Homeless", 48], strict=False), 4
    ):
        for offset, value in enumerate((heading, first, second)):
            book.active.cell(8 + offset, column, value)
    book.active.cell(8, 7, "Comment")
    book.active["B2"] = "Housing performance return"
    book.save(path)


def _with_formulas(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet, percent = book.add_worksheet("Return"), book.add_format({"num_format": "0.0%"})
        sheet.write_row(0, 0, ["Ref", "Top", "Bottom", "Actual"])
        sheet.write_row(1, 0, ["HOU-01", 30, 40])
        sheet.write_formula(1, 3, "=B2/C2", percent, 0.75)
        sheet.write_row(2, 0, ["HOU-02", 40, 8])
        sheet.write_formula(2, 3, "=SUM(B3:C3)", None, 48)
        sheet.write(3, 0, "Total")
        sheet.write_formula(3, 3, "=SUM(D2:D3)", None, 48.75)


def _with_rich_text(path: Path) -> None:
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        sheet, bold = book.add_worksheet("Return"), book.add_format({"bold": True})
        sheet.write_row(0, 0, _HEAD)
        sheet.write_rich_string(1, 0, bold, "HOU", "-01")
        sheet.write_rich_string(1, 2, "71", bold, ".4%")
        sheet.write_rich_string(1, 3, "Two ", bold, "teams", " short")


def _months(sheet: Worksheet) -> None:
    for row in sheet.iter_rows(max_row=1, min_col=2):
        for each in row:
            each.number_format = "mmm-yy"


WORKBOOKS = (
    HonestReturn(
        "percentages and pounds by their cells' formats",
        sheet_entry(),
        workbook(
            [_HEAD, ["HOU-01", "Repairs", 0.714, None], ["HOU-03", "Arrears", 12500.5, "Up"]],
            _formatted(C2="0.0%", C3="£#,##0.00"),
        ),
        3,
        {"HOU-01": "71.4", "HOU-03": "12500.5"},
        {"HOU-03": "Up"},
    ),
    HonestReturn(
        "a merged title, and years merged over targets and actuals",
        sheet_entry({"Ref": "kpi_ref", "2023/24 Actual": "value", "Comment": "commentary"}),
        workbook(
            [
                ["Housing performance return"],
                [],
                ["Ref", "2022/23", None, "2023/24", None, "Comment"],
                [None, "Target", "Actual", "Target", "Actual", None],
                ["HOU-01", "78%", "70.2%", "80%", "71.4%", "Short"],
                ["HOU-02", 60, 55, 50, 48, None],
            ],
            _merged("A1:F1", "A3:A4", "B3:C3", "D3:E3", "F3:F4"),
        ),
        5,
        {"HOU-01": "71.4", "HOU-02": "48"},
        {"HOU-01": "Short"},
    ),
    HonestReturn(
        "hidden rows, hidden sheets and a sheet of notes",
        sheet_entry(SHORT),
        workbook([["Ref", "Actual"], ["HOU-01", "71.4%"], ["HOU-02", 48]], _hidden_parts),
        3,
        {"HOU-01": "71.4", "HOU-02": "48"},
    ),
    HonestReturn(
        "a sheet that is called after the quarter",
        sheet_entry(SHORT, sheet="Return", sheet_synonyms=["Q{number} return"]),
        workbook([["Ref", "Actual"], ["HOU-02", 48]], title="q1 RETURN "),
        2,
        {"HOU-02": "48"},
    ),
    HonestReturn(
        "figures that formulas work out, and their sum",
        sheet_entry(
            {"Ref": "kpi_ref", "Actual": "value"},
        ),
        _with_formulas,
        4,
        {"HOU-01": "75", "HOU-02": "48"},
    ),
    HonestReturn(
        "quarters as dates in cells",
        sheet_entry({"Ref": "kpi_ref", "Period end": "quarter", "Actual": "value"}),
        workbook(
            [
                ["Ref", "Period end", "Actual"],
                ["HOU-02", dt.date(2023, 6, 30), 48],
                ["HOU-02", dt.date(2023, 3, 31), 55],
                ["HOU-04", 45107, 21.5],
            ]
        ),
        4,
        {"HOU-02": "48", "HOU-02 @2022-23-Q4": "55", "HOU-04": "21.5"},
    ),
    HonestReturn(
        "months as dates in headings, to be added up",
        sheet_entry({"Ref": "kpi_ref"}, wide={"month": "{yyyy}-{mm}-01", "months_make": "sum"}),
        workbook(
            [
                ["Ref", *(dt.date(2023, month, 1) for month in range(4, 8))],
                ["HOU-02", 15, 16, 17, None],
                ["HOU-03", 100.1, 200.2, 300.3, None],
            ],
            _months,
        ),
        3,
        {"HOU-02": "48", "HOU-03": "600.6"},
    ),
    HonestReturn(
        "sections in merged rows, and a total under the names",
        sheet_entry(),
        workbook(
            [
                _HEAD,
                ["Housing management"],
                ["HOU-02", "Homeless", 48, None],
                ["Repairs service"],
                ["HOU-01", "Repairs", "71.4%", None],
                [None, "Total", 119.4, None],
            ],
            _merged("A2:D2", "A4:D4"),
        ),
        6,
        {"HOU-01": "71.4", "HOU-02": "48"},
    ),
    HonestReturn(
        "a block for each KPI, its reference in a cell of its own",
        sheet_entry(
            {"Quarter": "quarter", "Actual": "value", "Comment": "commentary"},
            blocks={"title": "KPI ref: {kpi_ref}"},
        ),
        workbook(
            [
                ["KPI ref:", "HOU-01"],
                ["Quarter", "Actual", "Comment"],
                ["Q4 2022/23", "70.2%", None],
                ["Q1 2023/24", "71.4%", "Two teams short"],
                ["Q2 2023/24", None, None],
                [],
                ["KPI ref:", "HOU-02"],
                ["Quarter", "Actual", "Comment"],
                ["Q1 2023/24", 48, None],
            ]
        ),
        8,
        {"HOU-01": "71.4", "HOU-01 @2022-23-Q4": "70.2", "HOU-02": "48"},
        {"HOU-01": "Two teams short"},
    ),
    HonestReturn(
        "numbers that are stored as text",
        sheet_entry(SHORT),
        workbook(
            [["Ref", "Actual"], ["HOU-02", "1,048"], ["HOU-04", " 21.5 "], ["HOU-01", "71.4%"]]
        ),
        4,
        {"HOU-02": "1048", "HOU-04": "21.5", "HOU-01": "71.4"},
    ),
    HonestReturn(
        "sums that a computer does not hold exactly",
        sheet_entry(SHORT),
        workbook([["Ref", "Actual"], ["HOU-04", 0.1 + 0.2], ["HOU-07", 4.35 * 100]]),
        3,
        {"HOU-04": "0.3", "HOU-07": "435"},
    ),
    HonestReturn(
        "a table that begins in the middle of the sheet",
        sheet_entry(),
        _far_from_the_corner,
        4,
        {"HOU-01": "71.4", "HOU-02": "48"},
    ),
    HonestReturn(
        "filters, frozen panes, drop-downs, notes on cells and a hidden column",
        sheet_entry(),
        workbook(
            [_HEAD, ["HOU-01", "Repairs", "71.4%", "Yes"], ["HOU-02", "Homeless", 48, None]],
            _comforts,
        ),
        3,
        {"HOU-01": "71.4", "HOU-02": "48"},
        {"HOU-01": "Yes"},
    ),
    HonestReturn(
        "words of which some are bold",
        sheet_entry(),
        _with_rich_text,
        2,
        {"HOU-01": "71.4"},
        {"HOU-01": "Two teams short"},
    ),
    HonestReturn(
        "women, men and all in columns",
        sheet_entry(
            {"Ref": "kpi_ref", "All": "value", "Comment": "commentary"},
            wide={"breakdowns": _SEXES},
        ),
        workbook(
            [
                ["Ref", "Women", "Men", "All", "Comment"],
                ["HOU-05", 0.9, 0.86, 0.88, "Steady"],
                ["HOU-02", None, None, 48, None],
            ],
            _formatted(B2="0%", C2="0%", D2="0%"),
        ),
        3,
        {"HOU-05": "88", "HOU-05 sex F": "90", "HOU-05 sex M": "86", "HOU-02": "48"},
        {"HOU-05": "Steady"},
    ),
    HonestReturn(
        "fractions without a format, as the entry says",
        sheet_entry(SHORT, percent_scale="fraction"),
        workbook([["Ref", "Actual"], ["HOU-01", 0.714], ["HOU-05", 0.88], ["HOU-02", 48]]),
        4,
        {"HOU-01": "71.4", "HOU-05": "88", "HOU-02": "48"},
    ),
    HonestReturn(
        "references and breakdowns merged down over their rows",
        sheet_entry(
            {"Ref": "kpi_ref", "By": "breakdown_type", "Group": "breakdown_category"}
            | {"Actual": "value"}
        ),
        workbook(
            [
                ["Ref", "By", "Group", "Actual"],
                ["HOU-05", "Sex", "Women", "90%"],
                [None, None, "Men", "86%"],
                [None, "Age", "Under 25", "70%"],
                [None, None, "25 and over", "91%"],
                ["HOU-02", None, None, 48],
            ],
            _merged("A2:A5", "B2:B3", "B4:B5"),
        ),
        6,
        {
            "HOU-05 sex F": "90",
            "HOU-05 sex M": "86",
            "HOU-05 age under_25": "70",
            "HOU-05 age over_24": "91",
            "HOU-02": "48",
        },
    ),
    HonestReturn(
        "footnotes below the table, where references stand",
        sheet_entry(),
        workbook(
            [
                _HEAD,
                ["HOU-02", "Homeless", 48, None],
                [],
                ["Counted on 30 June 2023, without temporary lets"],
                ["Checked by the data team"],
            ]
        ),
        4,
        {"HOU-02": "48"},
    ),
)
