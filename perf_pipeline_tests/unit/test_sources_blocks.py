"""Blocks of a KPI each: the title says whose the figures are, or the return is refused."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry
from perf_pipeline.sources import Landing, extract
from perf_pipeline.validate import count_mismatch

COLUMNS = {"Ward": "breakdown_category", "Actual": "value", "Comment": "commentary"}
FIRST = "KPI HOU-01: Repairs in time,,\nWard,Actual,Comment\nNorth,5,Good\nSouth,6,\n"
SECOND = "KPI HOU-02: Voids let,,\nWard,Actual,Comment\nNorth,7,\n"


def entry(title: str = "KPI {kpi_ref}: {kpi_name}", **changes: Any) -> CsvEntry:
    """Make a source's entry."""
    settings: dict[str, Any] = {
        "kind": "csv",
        "source_code": "housing",
        "source_name": "Housing",
        "contact_role": "Housing performance lead",
        "location": "{quarter}.csv",
        "columns": COLUMNS,
        "blocks": {"title": title},
    }
    return CsvEntry(**settings | changes)


def read(folder: Path, content: str, made: CsvEntry) -> pd.DataFrame:
    """Extract a return of some content."""
    (folder / "2023-24-Q1.csv").write_text(content, encoding="utf-8")
    rows = extract(made, Quarter(2023, 1), folder, Landing(folder / "landing"))
    assert count_mismatch(rows) is None
    return rows


def figures(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return reference, name, ward and figure of the data rows."""
    data = rows[rows["row_kind_code"] == "data"]
    names = ["kpi_ref_text", "kpi_name_text", "breakdown_category_text", "value_text"]
    return [*data[names].fillna("").itertuples(index=False, name=None)]


def test_each_row_is_of_the_kpi_of_its_block(tmp_path: Path) -> None:
    """Titles, headings and rows of all blocks are told apart, whatever stands between them."""
    content = f"Housing return,,\n,,\n{FIRST},,\nSource: repairs system,,\n{SECOND}Total,7,\n"
    rows = read(tmp_path, content, entry())
    assert figures(rows) == [
        ("HOU-01", "Repairs in time", "North", "5"),
        ("HOU-01", "Repairs in time", "South", "6"),
        ("HOU-02", "Voids let", "North", "7"),
    ]
    assert rows["row_kind_code"].tolist() == [
        *("title", "blank", "title", "heading", "data", "data", "blank", "note"),
        *("title", "heading", "data", "total"),
    ]


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("{kpi_ref}", "HOU-01,,"),
        ("KPI ref: {kpi_ref}", "kpi REF:,HOU-01,"),
        ("{kpi_name} ({kpi_ref})", "Repairs  in time (HOU-01),,"),
    ],
)
def test_a_title_may_be_written_in_any_way(tmp_path: Path, title: str, line: str) -> None:
    """It may stand in several cells, and case and white space do not matter."""
    made = entry(title, columns={"Ward": "breakdown_category", "Actual": "value"})
    rows = read(tmp_path, f"{line}\nWard,Actual,\nNorth Side,5,\n", made)
    assert [row[0] for row in figures(rows)] == ["HOU-01"]


def test_a_row_of_labels_alone_is_a_note_and_one_of_words_is_data(tmp_path: Path) -> None:
    """The block's reference alone makes no figure of a row, but a comment without one counts."""
    rows = read(tmp_path, f"{FIRST}East,,\nWest,,Awaited\n", entry())
    assert rows["row_kind_code"].tolist()[-2:] == ["note", "data"]


def test_notes_in_a_block_are_no_titles(tmp_path: Path) -> None:
    """A label without a figure, a footnote, a total, and a comment on another KPI do no harm."""
    more = "East 2,,\nChecked in July 2023,,\nSource: repairs system on 3 July\nTotal,11,\n"
    rows = read(tmp_path, f"{FIRST}{more}West,8,Unlike HOU-02\n", entry())
    assert [figure for *_, figure in figures(rows)] == ["5", "6", "", "8"]


def test_blocks_may_have_a_column_for_each_quarter(tmp_path: Path) -> None:
    """The layouts go together."""
    made = entry(
        "KPI {kpi_ref}",
        columns={"Ward": "breakdown_category"},
        wide={"quarter": "Q{number}", "earlier_quarters": False},
    )
    content = "KPI HOU-01,,\nWard,Q1,Q2\nNorth,5,\nKPI HOU-02,,\nWard,Q1,Q2\nNorth,6,\n"
    assert [row[::3] for row in figures(read(tmp_path, content, made))] == [
        ("HOU-01", "5"),
        ("HOU-02", "6"),
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(
            FIRST.replace("KPI", "Kpl"), "No row of the file reads like the title", id="no-title"
        ),
        pytest.param(
            FIRST + SECOND.replace("KPI", "Kpl"),
            "Row 6 has the headings of a block, and no title like `KPI {kpi_ref}: {kpi_name}`",
            id="one-title-misspelt",
        ),
        pytest.param(
            SECOND.replace("KPI", "Kpl") + FIRST,
            "Row 2 has the headings of a block, and no title like",
            id="first-title-misspelt",
        ),
        pytest.param(
            FIRST + SECOND.replace("Ward,Actual,Comment\n", ""),
            "The headings `Ward`, `Actual`, `Comment` are missing from the block of `HOU-02`",
            id="no-headings",
        ),
        pytest.param(
            FIRST + "KPI HOU-02 - Voids let,,\n,7,\n",
            "Row 5 reads nearly like the title `KPI {kpi_ref}: {kpi_name}` of a KPI's block: "
            "`KPI HOU-02 - Voids let`",
            id="title-misspelt-and-no-headings",
        ),
        pytest.param(
            FIRST + "KPI: Voids let,,\n,7,\n", "Row 5 reads nearly like", id="no-reference"
        ),
        pytest.param(
            FIRST + "HOU-02 Voids let\n,7,\n", "Row 5 reads nearly like", id="in-one-cell"
        ),
        pytest.param(FIRST + "HOU-02\n,7,\n", "Row 5 reads nearly like", id="reference-alone"),
        pytest.param(
            FIRST + "Voids,HOU-02,\n,7,\n", "Row 5 reads nearly like", id="where-a-figure-stands"
        ),
    ],
)
def test_figures_that_could_be_of_another_kpi_refuse_the_return(
    tmp_path: Path, content: str, found: str
) -> None:
    """Rows are not taken for those of the block above."""
    with pytest.raises(ReturnError) as caught:
        read(tmp_path, content, entry())
    assert found in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({"blocks": {"title": "KPI"}}, "put {kpi_ref} into it", id="no-reference"),
        pytest.param({"blocks": {"title": "{kpi_ref} {x}"}}, "{x} cannot stand", id="unknown"),
        pytest.param(
            {"columns": COLUMNS | {"Ref": "kpi_ref"}}, "stands in the blocks' titles", id="twice"
        ),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(changes: dict[str, Any], found: str) -> None:
    """Each is found when the council folder is read."""
    with pytest.raises(ValueError, match="validation error") as caught:
        entry(**changes)
    assert found in str(caught.value)


def test_a_row_of_figures_is_no_title(tmp_path: Path) -> None:
    """A dash where the figure stands makes no title of a row that has words beside it."""
    content = "HOU-01 - Repairs in time,,\nWard,Actual,Comment\nNorth,-,Closed\nSouth,6,\n"
    rows = read(tmp_path, content, entry("{kpi_ref} - {kpi_name}"))
    assert figures(rows) == [
        ("HOU-01", "Repairs in time", "North", "-"),
        ("HOU-01", "Repairs in time", "South", "6"),
    ]
