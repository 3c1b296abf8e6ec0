"""Templates of the sample sources, filled in as a person does, with their own returns' figures."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from perf_pipeline.council import Council
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE
from perf_pipeline.sources import Landing
from perf_pipeline_tests.office.published_quarters import accepted_rows

QUARTER = Quarter(2023, 2)
OWNER = "Service Director & “Head” of <Care>"
DUE = dt.date(2023, 12, 31)
STATUS_WORDS = {
    "awaiting": "awaiting",
    "suppressed": "suppressed",
    "not_applicable": "not applicable",
    "not_available": "not available",
    "no_figure": "not available",
}


def returned(source_code: str, council: Council, landing: Landing) -> pd.DataFrame:
    """Return what a source's own return of the quarter says: accepted current figures."""
    accepted = accepted_rows(source_code, QUARTER, council, landing)
    return accepted[accepted["quarter_key"] == QUARTER.key].reset_index(drop=True)


def fill_in(path: Path, figures: pd.DataFrame, council: Council) -> list[dict[str, Any]]:
    """Fill a template in, and return what was typed into each row.

    Only cells that are not locked are typed into. Parts are sent where they are known, and a figure
    that they make is left out. The first row's action has an owner and a day.
    """
    book = openpyxl.load_workbook(path)
    sheet = book["Return"]
    headings = {cell.value: cell.column for cell in sheet[4]}
    categories = _categories(council)
    units = council.kpis_in_force(QUARTER).set_index("kpi_ref")["unit_code"]
    by_key = {
        (row.kpi_ref, row.breakdown_type_code, row.breakdown_category_code): row
        for row in figures.itertuples(index=False)
    }
    typed = []
    for number in range(5, sheet.max_row + 1):
        key = _key(sheet, number, headings, categories)
        figure = by_key.get(key)
        if figure is None:
            continue
        cells = _cells(figure, units[key[0]] == "percent", "Numerator" in headings)
        if not typed:
            cells |= {"Action owner": OWNER, "Action due date": DUE}
        for heading, value in cells.items():
            cell = sheet.cell(number, headings[heading])
            assert not cell.protection.locked, (heading, number)
            cell.value = value
        typed.append({"key": key, "row": number, **cells})
    book.save(path)
    return typed


def _key(
    sheet: Worksheet, number: int, headings: dict[Any, int], categories: dict[str, str]
) -> tuple[str, str, str]:
    ref = str(sheet.cell(number, headings["KPI reference"]).value)
    if "Category" not in headings or not sheet.cell(number, headings["Category"]).value:
        return ref, HEADLINE, HEADLINE
    kind = str(sheet.cell(number, headings["Breakdown by"]).value)
    return ref, kind, categories[str(sheet.cell(number, headings["Category"]).value)]


def _categories(council: Council) -> dict[str, str]:
    known = council.breakdowns
    return dict(
        zip(known["breakdown_category_name"], known["breakdown_category_code"], strict=True)
    )


def _cells(figure: Any, is_percent: bool, has_parts: bool) -> dict[str, Any]:  # noqa: FBT001
    cells: dict[str, Any] = {}
    if pd.isna(figure.outturn_value):
        if figure.outturn_status_code in STATUS_WORDS:
            cells["Status"] = STATUS_WORDS[figure.outturn_status_code]
    elif has_parts and pd.notna(figure.numerator_value):
        cells |= {"Numerator": figure.numerator_value, "Denominator": figure.denominator_value}
    else:
        cells["Value"] = figure.outturn_value / 100 if is_percent else figure.outturn_value
    for heading, text in (("Commentary", figure.commentary_text), ("Action", figure.action_text)):
        if pd.notna(text):
            cells[heading] = text
    return cells
