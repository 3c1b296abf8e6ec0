"""OpenDocument workbooks as LibreOffice saves them."""

from odf.element import Element

from perf_pipeline_tests.clean_corpus.honest import (
    SHORT,
    HonestReturn,
    cell,
    open_document,
    row,
    sheet_entry,
)


def _number(shown: str, value: str) -> Element:
    return cell(shown, valuetype="float", value=value)


OPEN_DOCUMENTS = (
    HonestReturn(
        "percentages, thousands and pounds as values",
        sheet_entry(SHORT),
        open_document(
            row("Ref", "Actual"),
            row("HOU-01", cell("71.4%", valuetype="percentage", value="0.714")),
            row("HOU-02", _number("1,048", "1048")),
            row("HOU-03", cell("£12.50", valuetype="currency", value="12.5", currency="GBP")),
        ),
        4,
        {"HOU-01": "71.4", "HOU-02": "1048", "HOU-03": "12.5"},
    ),
    HonestReturn(
        "empty rows and cells that stand for a thousand each",
        sheet_entry(SHORT),
        open_document(
            row("Housing return", cell(numbercolumnsrepeated=900)),
            row(cell(), numberrowsrepeated=1000),
            row("Ref", cell(numbercolumnsrepeated=3), "Actual"),
            row("HOU-02", cell(numbercolumnsrepeated=3), _number("48", "48")),
            row(cell(numbercolumnsrepeated=900), numberrowsrepeated=100000),
        ),
        3,
        {"HOU-02": "48"},
    ),
    HonestReturn(
        "years merged over quarters",
        sheet_entry({"Ref": "kpi_ref"}, wide={"quarter": "{year} Q{number}"}),
        open_document(
            row(
                "Ref",
                cell("2022/23", numbercolumnsspanned=2),
                cell(),
                cell("2023/24", numbercolumnsspanned=2),
                cell(),
            ),
            row(cell(), "Q3", "Q4", "Q1", "Q2"),
            row("HOU-02", _number("53", "53"), _number("55", "55"), _number("48", "48"), cell()),
            row("HOU-01", "69%", "70.2%", "71.4%", cell()),
        ),
        4,
        {"HOU-02": "48", "HOU-01": "71.4"},
    ),
    HonestReturn(
        "dates for quarters, and a total",
        sheet_entry({"Ref": "kpi_ref", "Month": "quarter", "Actual": "value"}),
        open_document(
            row("Ref", "Month", "Actual"),
            row(
                "HOU-02",
                cell("30/06/23", valuetype="date", datevalue="2023-06-30"),
                _number("48", "48"),
            ),
            row(
                "HOU-02",
                cell("31/03/23", valuetype="date", datevalue="2023-03-31"),
                _number("55", "55"),
            ),
            row("TOTAL", cell(), _number("103", "103")),
        ),
        4,
        {"HOU-02": "48", "HOU-02 @2022-23-Q4": "55"},
    ),
    HonestReturn(
        "the same figure in rows that are saved as one",
        sheet_entry(SHORT),
        open_document(
            row("Ref", "Actual"),
            row("HOU-02", _number("48", "48"), numberrowsrepeated=3),
            row("HOU-04", cell("to follow")),
        ),
        5,
        {"HOU-02": "48", "HOU-04": "awaiting"},
    ),
    HonestReturn(
        "a block for each KPI with a column for each sex",
        sheet_entry(
            {"Period": "quarter"},
            blocks={"title": "{kpi_ref}: {kpi_name}"},
            wide={
                "breakdowns": {
                    "Women": {"type": "sex", "category": "F"},
                    "Men": {"type": "sex", "category": "M"},
                }
            },
        ),
        open_document(
            row("HOU-05: Tenants satisfied"),
            row("Period", "Women", "Men"),
            row("Q1 2023/24", "90%", "86%"),
            row(cell()),
            row("HOU-02: Homeless households"),
            row("Period", "Women", "Men"),
            row("Q1 2023/24", _number("30", "30"), _number("18", "18")),
        ),
        6,
        {
            "HOU-05 sex F": "90",
            "HOU-05 sex M": "86",
            "HOU-02 sex F": "30",
            "HOU-02 sex M": "18",
        },
    ),
    HonestReturn(
        "a reference merged down over its wards",
        sheet_entry(
            {"Ref": "kpi_ref", "Area": "breakdown_type", "Ward": "breakdown_category"}
            | {"Actual": "value"}
        ),
        open_document(
            row("Ref", "Area", "Ward", "Actual"),
            row(cell("HOU-02", numberrowsspanned=2), "Ward", "North Ward", _number("20", "20")),
            row(cell(), "Ward", "South Ward", _number("28", "28")),
        ),
        3,
        {"HOU-02 ward north": "20", "HOU-02 ward south": "28"},
    ),
)
