"""The second reader of disaggregated files: rows are counted by bytes, and cut where they begin."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.disaggregated.counting import count_rows
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.sources.limits import LARGEST_DISAGGREGATED_ROW_BYTES
from perf_pipeline.sources.wording import SourcePlace

ENTRY = DisaggregatedEntry(
    source_code="care_system",
    source_name="Care system",
    contact_role="Systems lead",
    location="exports/{quarter}.csv",
    columns={"Ref": "kpi_ref", "Value": "value"},
)
PLACE = SourcePlace(ENTRY, "exports/2023-24-Q1.csv", Quarter(2023, 1))
CELLS = st.text(st.sampled_from('aé½,"\r\n 0'), max_size=5)
GRIDS = st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=12)


def written(grid: list[list[str]], line_end: str) -> bytes:
    """Write a grid as CSV, with quotation marks only where a cell needs them."""
    rows = [",".join(map(cell, row)) for row in [["Ref", "Value"], *grid]]
    return "".join(row + line_end for row in rows).encode()


def cell(text: str) -> str:
    """Put a text into quotation marks where it needs them."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text


def in_pieces(content: bytes, size: int) -> Iterator[bytes]:
    """Yield a content in pieces of a size."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


@settings(deadline=None)
@given(
    grid=GRIDS,
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    size=st.integers(1, 40),
    most_rows=st.integers(1, 5),
    has_mark=st.booleans(),
    is_ended=st.booleans(),
)
def test_cuts_are_where_rows_begin(
    grid: list[list[str]],
    line_end: str,
    size: int,
    most_rows: int,
    *,
    has_mark: bool,
    is_ended: bool,
) -> None:
    """However the file comes, each stretch between two cuts holds the rows that it says."""
    whole = written(grid, line_end)
    content = (b"\xef\xbb\xbf" if has_mark else b"") + (
        whole if is_ended else whole.removesuffix(line_end.encode())
    )
    counted = count_rows(in_pieces(content, size), most_rows, PLACE)
    assert counted.heading_start == (3 if has_mark else 0)
    rows = []
    for (start, before), (stop, after) in zip(counted.cuts, counted.cuts[1:], strict=False):
        found = list(csv.reader(io.StringIO(content[start:stop].decode(), newline="")))
        assert len(found) == after - before <= most_rows
        rows += found
    assert rows == grid
    assert counted.row_count == len(grid)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param(b"Ref,Value\n", 0, id="headings alone"),
        pytest.param(b"Ref,Value", 0, id="headings without an end"),
        pytest.param(b"Ref,Value\nA,1\n\nB,2\n\n", 4, id="blank rows"),
        pytest.param(b'Ref,Value\n"A\n\n1",2\n', 1, id="line breaks in a cell"),
        pytest.param(b"Ref,Value\r\nA,1\r\n", 1, id="Windows"),
        pytest.param(b"Ref,Value\rA,1\rB,2", 2, id="old Macintosh"),
    ],
)
def test_rows_are_counted(content: bytes, rows: int) -> None:
    """Rows below the headings are counted, blank ones included, whatever ends them."""
    assert count_rows([content], 100, PLACE).row_count == rows


@pytest.mark.parametrize(
    ("content", "found", "reason_code"),
    [
        pytest.param(
            b'Ref,Value\nA,1\nB,5" pipe\n',
            "In row 3 a quotation mark stands in the middle of a cell",
            "quotation_marks",
            id="a mark in a cell",
        ),
        pytest.param(
            b'Ref,Value\n"A"b,1\n',
            "In row 2 a quotation mark stands in the middle of a cell",
            "quotation_marks",
            id="text behind a mark",
        ),
        pytest.param(
            b'Ref,Value\nA,1\nB,"2\nC,3\n', "ends inside quotation marks", "cut_short", id="open"
        ),
        pytest.param(b"Ref,Value\nA,\xff\n", "Row 2 holds 0xFF", "encoding", id="not UTF-8"),
        pytest.param(b"Ref,Value\nA,1\n\xc3", "Row 3 holds 0xC3", "encoding", id="half a letter"),
        pytest.param(b"Ref,Value\nA,1\nB,\0\n", "Row 3 holds a NUL", "encoding", id="NUL"),
        pytest.param("Ref,Value\n".encode("utf-16"), "Row 1 holds", "encoding", id="UTF-16"),
        pytest.param(b"", "There is nothing in the file", "empty", id="nothing"),
        pytest.param(b"\xef\xbb\xbf", "There is nothing in the file", "empty", id="a mark alone"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_is_unclear_is_refused(
    content: bytes, found: str, reason_code: str, size: int
) -> None:
    """A file whose rows cannot be told for certain is refused, and the row is named."""
    with pytest.raises(ReturnError, match=found) as error:
        count_rows(in_pieces(content, size), 100, PLACE)
    assert error.value.reason_code == reason_code
    assert str(error.value).startswith("Care system's return for Q1 2023/24 (exports/2023-24-Q1.")


def test_long_rows_are_cut_earlier() -> None:
    """A stretch of long rows ends before it has the most rows, so that it fits into memory."""
    row = b"A," + b"x" * 999_997 + b"\n"
    counted = count_rows([b"Ref,Value\n", *[row] * 130], 1000, PLACE)
    assert counted.row_count == 130
    assert len(row) == LARGEST_DISAGGREGATED_ROW_BYTES
    assert len(counted.cuts) == 4


@pytest.mark.parametrize("size", [1 << 22, 300_000])
@pytest.mark.parametrize(
    ("row", "number"),
    [
        pytest.param(b"B," + b"x" * 999_998 + b"\n", 3, id="a byte too long"),
        pytest.param(b'B,"' + b"1\n" * 600_000, 3, id="marks that do not close"),
        pytest.param(b'"A\n",1\nB,"' + b"a,\n" * 400_000 + b'"\nC,1\n', 4, id="lines in a cell"),
    ],
)
def test_a_row_that_is_too_long_is_refused(row: bytes, number: int, size: int) -> None:
    """A row of more than a megabyte is refused by its number, whether it ends or not."""
    content = b"Ref,Value\nA,1\n" + row + b"D,1\n" * 10
    with pytest.raises(ReturnError, match=f"Row {number} is longer than 1,000,000") as error:
        count_rows(in_pieces(content, size), 100, PLACE)
    assert error.value.reason_code == "too_large"


def test_a_row_that_never_ends_is_not_read_to_its_end() -> None:
    """A cell of gigabytes is refused as soon as it is too long."""
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        yield b'Ref,Value\nA,"'
        while True:
            taken += 1
            yield b"x" * 100_000

    with pytest.raises(ReturnError, match="Row 2 is longer than"):
        count_rows(endless(), 100, PLACE)
    assert taken <= 12


@pytest.mark.parametrize("size", [7, 1 << 22])
def test_a_long_file_of_no_text_is_told_as_such(size: int) -> None:
    """Of a file that is no text it is not said that its first row is too long."""
    content = b"\x89" + b"x" * (2_000_000 if size > 7 else 20)
    with pytest.raises(ReturnError, match="Row 1 holds 0x89"):
        count_rows(in_pieces(content, size), 100, PLACE)
