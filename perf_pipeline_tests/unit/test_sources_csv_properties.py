"""Delimited files of any content: two parsers see the same rows, and no cell is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RowKind
from perf_pipeline.source_entries import CsvEntry
from perf_pipeline.sources.csv_files import count_csv, read_csv
from perf_pipeline.sources.wording import ReturnPlace

HEADING = "Ref,Name,Value,Comment\n"
ENTRY = CsvEntry(
    kind="csv",
    source_code="housing",
    source_name="Housing",
    contact_role="Housing performance lead",
    location="{quarter}.csv",
    columns={"Ref": "kpi_ref", "Name": "kpi_name", "Value": "value"},
)
PLACE = ReturnPlace(ENTRY, "generated", Quarter(2023, 1))
CELLS = st.text(
    st.sampled_from('aZ0,;" \t\n\r.£½\u00a0\u2212')
    | st.characters(codec="utf-8", exclude_characters="\0"),
    max_size=6,
)


def quoted_cell(cell: str) -> str:
    """Write a cell as CSV, always quoted."""
    return '"' + cell.replace('"', '""') + '"'


@settings(deadline=None)
@given(grid=st.lists(st.lists(CELLS, max_size=6), max_size=8))
def test_no_row_and_no_cell_is_lost(grid: list[list[str]]) -> None:
    """Whatever the cells: both readers see the same rows, and every cell is in its row's text."""
    lines = [["Ref", "Name", "Value"], ["A1", "", "1"], *grid]
    content = "".join(",".join(map(quoted_cell, line)) + "\r\n" for line in lines).encode()
    rows = read_csv(content, ENTRY, PLACE).rows
    assert len(rows) == len(lines)
    filled = [row for row in rows if row.kind is not RowKind.BLANK]
    assert len(filled) == count_csv(content, ENTRY, PLACE)
    for line, row in zip(lines, rows, strict=True):
        assert all(cell.strip() in row.row_text for cell in line)


@settings(deadline=None)
@given(raw=st.text(st.sampled_from('aZ0,," " "\t\n\r.\u00a0'), max_size=40))
def test_readers_agree_on_whatever_can_be_read(raw: str) -> None:
    """Rows are counted alike above and below the heading row, however their marks are set."""
    for content in (f"{HEADING}A1,,1,\n{raw}".encode(), f"{raw}\n{HEADING}A1,,1,\n".encode()):
        try:
            rows = read_csv(content, ENTRY, PLACE).rows
        except ReturnError:
            continue
        filled = [row for row in rows if row.kind is not RowKind.BLANK]
        assert len(filled) == count_csv(content, ENTRY, PLACE)
