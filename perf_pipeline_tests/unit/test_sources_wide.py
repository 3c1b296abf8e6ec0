"""A row with several figures gives each of them, and is still one row of the return."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry
from perf_pipeline.sources import Landing, extract
from perf_pipeline.validate import count_mismatch

QUARTER = Quarter(2023, 2)
REF = {"Ref": "kpi_ref", "Comment": "commentary"}
SEX = {
    "Women": {"type": "sex", "category": "F"},
    "Men": {"type": "sex", "category": "M"},
}


def entry(wide: dict[str, Any], columns: dict[str, str] = REF, **changes: Any) -> CsvEntry:
    """Make a source's entry."""
    settings: dict[str, Any] = {
        "kind": "csv",
        "source_code": "housing",
        "source_name": "Housing",
        "contact_role": "Housing performance lead",
        "location": "{quarter}.csv",
        "columns": columns,
        "wide": wide,
    }
    return CsvEntry(**settings | changes)


def read(folder: Path, content: str, made: CsvEntry, quarter: Quarter = QUARTER) -> pd.DataFrame:
    """Extract a return of some content."""
    (folder / f"{quarter}.csv").write_text(content, encoding="utf-8")
    rows = extract(made, quarter, folder, Landing(folder / "landing"))
    assert count_mismatch(rows) is None
    return rows


def figures(rows: pd.DataFrame, *names: str) -> list[tuple[str, ...]]:
    """Return texts of the data rows."""
    data = rows[rows["row_kind_code"] == "data"]
    shown = data[[f"{name}_text" for name in names]].fillna("")
    return [*shown.itertuples(index=False, name=None)]


@pytest.mark.parametrize(
    ("pattern", "heading"),
    [
        ("{label}", "Q2 2023/24"),
        ("{quarter}", "2023-24-q2"),
        ("Q{number}", "Q2"),
        ("{year} Q{number} actual", "2023/24  Q2 Actual"),
        ("Qtr {number} {short_year}", "Qtr 2 23/24"),
        ("Quarter {number} {long_year}", "Quarter 2 2023/2024"),
        ("{quarter_end}", "2023-09-30"),
    ],
)
def test_the_quarters_own_column_is_read(tmp_path: Path, pattern: str, heading: str) -> None:
    """The entry says how its heading is written; other quarters' columns are not read."""
    content = f"Ref,Q9,{heading},Comment\nA1,4,5,Good\n"
    rows = read(tmp_path, content, entry({"quarter": pattern}))
    assert figures(rows, "kpi_ref", "quarter", "value", "commentary") == [("A1", "", "5", "Good")]
    assert rows["row_id"].tolist() == ["housing::1", "housing::2"]


def test_without_the_quarters_column_the_return_is_refused(tmp_path: Path) -> None:
    """A sheet that ends with an earlier quarter has not been filled in."""
    with pytest.raises(ReturnError, match=r"heading `Q2` is missing.*found in row 1: `Ref`, `Q1`"):
        read(tmp_path, "Ref,Q1,Comment\nA1,4,\n", entry({"quarter": "Q{number}"}))


def test_earlier_quarters_are_restated_where_the_entry_asks_for_it(tmp_path: Path) -> None:
    """Each filled cell is a figure of its own, without the row's words; later quarters are none."""
    content = (
        "Ref,Q4 2022/23,Q1 2023/24,Q2 2023/24,Q3 2023/24,Comment\nA1,3,4,5,6,Good\nA2,,4,,,Late\n"
    )
    made = entry({"quarter": "{label}", "earlier_quarters": True})
    rows = read(tmp_path, content, made)
    assert figures(rows, "kpi_ref", "quarter", "value", "commentary") == [
        ("A1", "", "5", "Good"),
        ("A1", "2023-24-Q1", "4", ""),
        ("A1", "2022-23-Q4", "3", ""),
        ("A2", "", "", "Late"),
        ("A2", "2023-24-Q1", "4", ""),
    ]
    assert rows["row_id"].tolist()[1:4] == ["housing::2", "housing::2:3", "housing::2:2"]
    assert rows["row_text"].iloc[2].startswith("[Q1 2023/24, column 3] Ref: A1 | ")


def test_headings_without_a_year_are_of_this_year_alone(tmp_path: Path) -> None:
    """`Q3` in the return of the second quarter is the next one, and not last year's."""
    made = entry({"quarter": "Q{number}", "earlier_quarters": True})
    rows = read(tmp_path, "Ref,Q1,Q2,Q3,Q4,Comment\nA1,4,5,6,7,\n", made)
    assert figures(rows, "quarter", "value") == [("", "5"), ("2023-24-Q1", "4")]


def test_quarters_may_stand_under_a_shared_year(tmp_path: Path) -> None:
    """`2023/24` over `Q1`, `Q2`: the heading is both together."""
    content = "Ref,2022/23,,2023/24,,Comment\n,Q1,Q2,Q1,Q2,\nA1,1,2,3,4,Good\n"
    made = entry({"quarter": "{year} Q{number}", "earlier_quarters": True})
    rows = read(tmp_path, content, made)
    assert figures(rows, "quarter", "value") == [
        ("", "4"),
        ("2023-24-Q1", "3"),
        ("2022-23-Q2", "2"),
        ("2022-23-Q1", "1"),
    ]


@pytest.mark.parametrize(
    ("pattern", "headings"),
    [
        ("{month}", "July,August,September"),
        ("{mon} {yyyy}", "Jul 2023,AUG 2023,Sep 2023"),
        ("{mon}-{yy}", "Jul-23,Aug-23,Sep-23"),
        ("{yyyy}-{mm}-01", "2023-07-01,2023-08-01,2023-09-01"),
    ],
)
def test_months_are_added_up_or_the_last_is_taken(
    tmp_path: Path, pattern: str, headings: str
) -> None:
    """The entry says which; what is to be added up is kept as received."""
    content = f'Ref,{headings},Comment\nA1,"1,200",3,4.5,Good\nA2,,,,\nA3,1,,3,\n'
    rows = read(tmp_path, content, entry({"month": pattern, "months_make": "sum"}))
    sums = [("A1", "1,200 + 3 + 4.5"), ("A2", ""), ("A3", "1 +  + 3")]
    assert figures(rows, "kpi_ref", "value") == sums
    assert rows["is_sum_of_months"].tolist() == [False, True, True, True]
    last = read(tmp_path, content, entry({"month": pattern, "months_make": "last"}))
    assert figures(last, "kpi_ref", "value") == [("A1", "4.5"), ("A2", ""), ("A3", "3")]
    assert not last["is_sum_of_months"].any()


def test_the_last_quarters_months_are_of_the_next_calendar_year(tmp_path: Path) -> None:
    """January to March belong to the financial year that began in April before."""
    content = "Ref,Dec 2023,Jan 2024,Feb 2024,Mar 2024,Comment\nA1,9,1,2,3,\n"
    made = entry({"month": "{mon} {yyyy}", "months_make": "sum"})
    rows = read(tmp_path, content, made, Quarter(2023, 4))
    assert figures(rows, "value") == [("1 + 2 + 3",)]


def test_a_missing_month_refuses_the_return(tmp_path: Path) -> None:
    """A sum of two months is not the quarter's."""
    made = entry({"month": "{mon}", "months_make": "sum"})
    with pytest.raises(ReturnError, match="heading `Aug` is missing"):
        read(tmp_path, "Ref,Jul,Sep,Comment\nA1,1,2,\n", made)


def test_categories_in_columns_are_breakdowns_beside_the_rows_own_figure(tmp_path: Path) -> None:
    """Each filled cell is the breakdown that the entry says, without the row's words."""
    content = "Ref,Women,Men,All,Comment\nA1,60%,50%,55%,Good\nA2,,,70%,\nA3,,,,Late\n"
    columns = REF | {"All": "value"}
    rows = read(tmp_path, content, entry({"breakdowns": SEX}, columns))
    names = ("kpi_ref", "breakdown_type", "breakdown_category", "value", "commentary")
    assert figures(rows, *names) == [
        ("A1", "", "", "55%", "Good"),
        ("A1", "sex", "F", "60%", ""),
        ("A1", "sex", "M", "50%", ""),
        ("A2", "", "", "70%", ""),
        ("A3", "", "", "", "Late"),
    ]


def test_categories_without_an_own_figure_carry_the_rows_words_once(tmp_path: Path) -> None:
    """The comment goes with the first; a row without any figure is one row without a figure."""
    rows = read(
        tmp_path, "Ref,Women,Men,Comment\nA1,,5,Good\nA2,6,7,\nA3,,,\n", entry({"breakdowns": SEX})
    )
    assert figures(rows, "kpi_ref", "breakdown_category", "value", "commentary") == [
        ("A1", "M", "5", "Good"),
        ("A2", "F", "6", ""),
        ("A2", "M", "7", ""),
        ("A3", "", "", ""),
    ]


def test_a_category_may_have_other_names(tmp_path: Path) -> None:
    """Synonyms are of every heading of the entry."""
    made = entry({"breakdowns": SEX}, synonyms={"Women": ("Female",)})
    rows = read(tmp_path, "Ref,Female,Men,Comment\nA1,6,5,\n", made)
    assert figures(rows, "breakdown_category", "value") == [("F", "6"), ("M", "5")]


def test_totals_of_a_wide_return_give_no_figure(tmp_path: Path) -> None:
    """None of the cells of a total is read as one."""
    rows = read(
        tmp_path, "Ref,Women,Men,Comment\nA1,6,5,\nTotal,6,5,\n", entry({"breakdowns": SEX})
    )
    assert rows["row_kind_code"].tolist() == ["heading", "data", "data", "total"]


def test_figures_without_a_reference_are_data(tmp_path: Path) -> None:
    """They are rejected later for want of it, and not passed over as a note."""
    rows = read(tmp_path, "Ref,Women,Men,Comment\n,6,5,\n", entry({"breakdowns": SEX}))
    assert rows["row_kind_code"].tolist() == ["heading", "data", "data"]


@pytest.mark.parametrize(
    ("wide", "columns", "found"),
    [
        pytest.param({}, REF, "give one of quarter, month and breakdowns", id="nothing"),
        pytest.param(
            {"quarter": "{label}", "breakdowns": SEX}, REF, "give one of quarter", id="two-ways"
        ),
        pytest.param({"quarter": "Actual"}, REF, "the same heading every time", id="no-quarter"),
        pytest.param({"quarter": "{mon}"}, REF, "{mon} cannot stand there", id="month-in-quarter"),
        pytest.param({"quarter": "{label"}, REF, "a brace without its other", id="brace"),
        pytest.param({"quarter": "{}"}, REF, "cannot stand there", id="empty-braces"),
        pytest.param({"quarter": "{label.year}"}, REF, "cannot stand there", id="attribute"),
        pytest.param({"month": "{mon}"}, REF, "month and months_make go together", id="no-make"),
        pytest.param(
            {"quarter": "{label}", "months_make": "sum"}, REF, "go together", id="make-alone"
        ),
        pytest.param(
            {"breakdowns": SEX, "earlier_quarters": True}, REF, "for columns by quarter", id="early"
        ),
        pytest.param(
            {"quarter": "{label}"},
            REF | {"Actual": "value"},
            "the value stands in the columns of `wide`",
            id="value-twice",
        ),
        pytest.param({"quarters": "{label}"}, REF, "Extra inputs", id="misspelt"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(
    wide: dict[str, Any], columns: dict[str, str], found: str
) -> None:
    """Each part of the layout is checked when the council folder is read."""
    with pytest.raises(ValueError, match="validation error") as caught:
        entry(wide, columns)
    assert found in str(caught.value)
