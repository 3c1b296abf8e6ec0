"""A template as Excel, a screen reader and a person find it."""

import datetime as dt
import io
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from perf_pipeline.source_entries import ReturnField
from perf_pipeline.template_format import HEADINGS
from perf_pipeline.templates import Template, TemplateRow, template_bytes

ROW = TemplateRow(
    kpi_ref="ADS-01",
    kpi_name="Reviews done in time",
    breakdown_type=None,
    breakdown_category=None,
    definition="Share of the reviews due in the quarter.",
    unit_code="percent",
    decimal_places=1,
    minimum=0.0,
    maximum=100.0,
    target="80.0%",
    last_quarter="71.4%",
    last_year=None,
    last_rating="Red",
    was_red=True,
)
ROWS = (
    ROW,
    replace(ROW, breakdown_type="sex", breakdown_category="Female", was_red=False, target=None),
    replace(
        ROW,
        kpi_ref="ADS-02",
        unit_code="number",
        maximum=None,
        decimal_places=0,
        was_red=False,
        last_rating="Green",
    ),
)
TEMPLATE = Template(
    council_name="Sample Council",
    source_code="adults",
    source_name="Adults Services",
    contact_role="Performance Lead",
    quarter_key="2023-24-Q2",
    quarter_label="Q2 2023/24",
    quarter_start=dt.date(2023, 7, 1),
    last_quarter_label="Q1 2023/24",
    last_year_label="Q2 2022/23",
    last_published_label="Q1 2023/24",
    deadline=dt.date(2023, 10, 20),
    created_at=dt.datetime(2023, 10, 2, tzinfo=dt.UTC),
    fields=tuple(HEADINGS),
    rating_words=("Red", "Amber", "Green"),
    rows=ROWS,
    origin_text="Earlier figures are as published.",
)
GIVEN = {"KPI reference", "KPI", "Breakdown by", "Category"}
HEADING_ROW = 4


def opened(template: Template = TEMPLATE) -> Any:
    """Return the workbook as openpyxl reads it."""
    return openpyxl.load_workbook(io.BytesIO(template_bytes(template)))


def headings(sheet: Worksheet) -> dict[str, int]:
    """Return the column of each heading."""
    return {str(cell.value): cell.column for cell in sheet[HEADING_ROW]}


def rules(sheet: Worksheet, cell: str) -> list[DataValidation]:
    """Return the validations of a cell."""
    return [each for each in sheet.data_validations.dataValidation if cell in each.sqref]


@pytest.fixture(scope="module")
def sheet() -> Worksheet:
    """The sheet that is filled in."""
    found: Worksheet = opened()["Return"]
    return found


def cell(sheet: Worksheet, heading: str, row: int) -> Any:
    """Return a row's cell under a heading; the first row is 1."""
    return sheet.cell(HEADING_ROW + row, headings(sheet)[heading])


def test_only_cells_to_fill_in_are_unlocked(sheet: Worksheet) -> None:
    """What is told cannot be typed over, and there is no password."""
    asked = set(HEADINGS.values()) - GIVEN
    headline_only = {"Year-end forecast", "Rating", "Reason for the rating"}
    for row in range(1, len(ROWS) + 1):
        for heading in headings(sheet):
            is_asked = heading in asked and not (row == 2 and heading in headline_only)
            assert cell(sheet, heading, row).protection.locked is not is_asked, (heading, row)
    assert sheet.protection.sheet
    assert sheet.protection.password is None


def test_a_row_is_as_high_as_its_longest_text() -> None:
    """LibreOffice makes no row higher by itself; Excel takes little more than 408 points."""
    long, longest = (replace(ROW, definition="A word of it. " * times) for times in (20, 2000))
    written = opened(replace(TEMPLATE, rows=(ROW, long, longest)))["Return"]
    heights = [written.row_dimensions[HEADING_ROW + row].height for row in (1, 2, 3)]
    assert heights == [45, 105, 408]


def test_each_row_tells_what_is_known(sheet: Worksheet) -> None:
    """Reference, name, definition, unit, target and earlier figures stand in the row."""
    told = {heading: cell(sheet, heading, 1).value for heading in headings(sheet)}
    assert told["KPI reference"] == "ADS-01"
    assert told["Definition"] == ROW.definition
    assert told["Unit"] == "percent, with the % sign"
    assert (told["Target"], told["Figure of Q1 2023/24"]) == ("80.0%", "71.4%")
    assert (told["Figure of Q2 2022/23"], told["Rating of Q1 2023/24"]) == ("none", "Red")
    assert cell(sheet, "Category", 2).value == "Female"


def test_without_a_publication_there_is_no_column_of_ratings() -> None:
    """A quarter before the first has no heading of its own, and no empty column."""
    sheet = opened(replace(TEMPLATE, last_published_label=None))["Return"]
    assert not [heading for heading in headings(sheet) if heading.startswith("Rating of")]


def test_what_was_red_is_asked_for_owner_and_day_in_words(sheet: Worksheet) -> None:
    """No colour says it."""
    wanted = [cell(sheet, "Please fill in", row).value for row in (1, 2, 3)]
    assert wanted[0] == "Value, or status; action, its owner and due date (was red)"
    assert wanted[1:] == ["Value, or status"] * 2


def test_a_percentage_shows_its_sign_and_keeps_its_limits(sheet: Worksheet) -> None:
    """0.755 shows as 75.5%, and nothing outside 0 to 100% can be typed."""
    found = cell(sheet, "Value", 1)
    assert found.number_format == "0.0%"
    (rule,) = rules(sheet, found.coordinate)
    # Excel's rule is `between` where none is named.
    assert (rule.type, rule.operator) == ("decimal", None)
    assert (float(rule.formula1), float(rule.formula2)) == (0, 1)
    assert rule.prompt == (
        "In percent, with the % sign, at least 0% and at most 100%. Leave it empty where there is "
        "no figure."
    )


def test_a_number_has_only_the_limits_of_its_kpi(sheet: Worksheet) -> None:
    """A count has no largest figure but the one that no council has."""
    (rule,) = rules(sheet, cell(sheet, "Value", 3).coordinate)
    assert (float(rule.formula1), float(rule.formula2)) == (0, 10**15 - 1)
    assert cell(sheet, "Value", 3).number_format == "General"


def test_status_is_chosen_from_a_list(sheet: Worksheet) -> None:
    """The list holds words that the parser reads."""
    (rule,) = rules(sheet, cell(sheet, "Status", 1).coordinate)
    assert rule.type == "list"
    assert rule.formula1 == '"awaiting,not available,not applicable,suppressed"'


def test_every_cell_to_fill_in_with_a_rule_says_it(sheet: Worksheet) -> None:
    """Each rule tells a person what it takes, before and after a mistake."""
    found = sheet.data_validations.dataValidation
    assert len(found) > 20
    assert all(each.prompt and each.error == each.prompt for each in found)


def test_layout_is_for_people_and_screen_readers(sheet: Worksheet) -> None:
    """A title first, headings in one row, nothing merged, headings that stay in view and print."""
    assert sheet["A1"].value == "Adults Services: return for Q2 2023/24"
    assert not sheet.merged_cells.ranges
    assert len(headings(sheet)) == sheet.max_column
    assert sheet.freeze_panes == "C5"
    assert sheet.print_title_rows == "$4:$4"
    last = sheet.cell(HEADING_ROW + len(ROWS), sheet.max_column).coordinate.rstrip("0123456789")
    assert sheet.print_area == f"'Return'!$A$1:${last}$7"
    (table,) = sheet.tables.values()
    assert table.ref.startswith("A4:")


def test_notes_say_how_it_is_filled_in() -> None:
    """Each kind of cell has its note, and the mark of a fact of the register is not a formula."""
    notes = opened()["Notes"]
    texts = [row[0] for row in notes.values]
    assert texts[0] == "How to fill in: Adults Services: return for Q2 2023/24"
    for heading in ("Value", "Status", "Numerator and denominator", "Action owner and due date"):
        assert heading in texts
    assert any("20 October 2023" in str(text) for text in texts)
    assert notes.protection.sheet


def test_notes_are_of_the_columns_that_there_are() -> None:
    """A template without parts, forecast and ratings says nothing of them."""
    few = (ReturnField.KPI_REF, ReturnField.KPI_NAME, ReturnField.VALUE, ReturnField.STATUS)
    book = opened(replace(TEMPLATE, fields=few, rows=(ROW,)))
    texts = [row[0] for row in book["Notes"].values]
    assert not {"Numerator and denominator", "Provisional", "Year-end forecast"} & set(texts)
    assert set(headings(book["Return"])) & set(HEADINGS.values()) == {HEADINGS[n] for n in few}


def test_the_workbook_says_whose_it_is() -> None:
    """Source, quarter, layout, columns, title and language are properties of the document."""
    book = opened()
    properties = {each.name: each.value for each in book.custom_doc_props.props}
    assert properties == {
        "perf_pipeline_template": "1",
        "perf_pipeline_source": "adults",
        "perf_pipeline_quarter": "2023-24-Q2",
        "perf_pipeline_fields": " ".join(HEADINGS),
    }
    assert book.properties.title == "Adults Services: return for Q2 2023/24"
    assert book.properties.language == "en-GB"


def test_the_list_of_columns_fits_into_a_property() -> None:
    """Excel keeps 255 characters of a property."""
    assert len(" ".join(HEADINGS)) <= 255


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("http://example.org","x")', "http://example.org/", "<r>x</r>", "0"]
)
def test_text_of_the_register_stays_text(text: str) -> None:
    """A definition that looks like a formula, a link or markup is shown as it is."""
    row = replace(ROW, definition=text, kpi_name=text)
    written = template_bytes(replace(TEMPLATE, rows=(row,)))
    sheet = openpyxl.load_workbook(io.BytesIO(written))["Return"]
    found = cell(sheet, "Definition", 1)
    assert (found.value, found.data_type) == (text, "s")
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        part = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in part
    assert b"<hyperlink" not in part


def test_the_same_template_gives_the_same_bytes() -> None:
    """Nothing in it comes from a clock of its own."""
    assert template_bytes(TEMPLATE) == template_bytes(TEMPLATE)
