"""Delimited files: encodings as stated, lines as an editor counts, no row lost, none guessed."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RowKind
from perf_pipeline.source_entries import CsvEntry
from perf_pipeline.sources import Landing, count_rows, extract
from perf_pipeline.sources.csv_files import count_csv, read_csv
from perf_pipeline.sources.wording import ReturnPlace

QUARTER = Quarter(2023, 1)
HEADING = "Ref,Name,Value,Comment\n"


def csv_entry(**changes: Any) -> CsvEntry:
    """Make a source's entry."""
    settings: dict[str, Any] = {
        "kind": "csv",
        "source_code": "housing",
        "source_name": "Housing",
        "contact_role": "Housing performance lead",
        "location": "{quarter}.csv",
        "columns": {"Ref": "kpi_ref", "Name": "kpi_name", "Value": "value"},
    }
    return CsvEntry(**settings | changes)


def read(folder: Path, content: str | bytes, **changes: Any) -> pd.DataFrame:
    """Extract a return of this content."""
    data = content.encode() if isinstance(content, str) else content
    (folder / "2023-24-Q1.csv").write_bytes(data)
    return extract(csv_entry(**changes), QUARTER, folder, Landing(folder / "landing"))


def failure(folder: Path, content: str | bytes, **changes: Any) -> str:
    """Return the message with which a return of this content is refused."""
    with pytest.raises(ReturnError) as caught:
        read(folder, content, **changes)
    return str(caught.value)


def test_rows_are_read_as_text(tmp_path: Path) -> None:
    """Cells keep the text that was sent, but for outer white space."""
    rows = read(tmp_path, HEADING + 'A1,"Repairs, all", 0075.50 ,\n')
    row = rows.iloc[1]
    assert (row["kpi_ref_text"], row["kpi_name_text"]) == ("A1", "Repairs, all")
    assert row["value_text"] == "0075.50"
    assert row["row_text"] == "Ref: A1 | Name: Repairs, all | Value: 0075.50"
    assert pd.isna(row["commentary_text"])


def test_row_names_its_origin(tmp_path: Path) -> None:
    """Each row carries quarter, source, file, hash of the landed copy and its own number."""
    rows = read(tmp_path, HEADING + "A1,,1,\n")
    row = rows.iloc[1]
    assert list(row[["quarter_key", "source_code", "file_name"]]) == [
        "2023-24-Q1",
        "housing",
        "2023-24-Q1.csv",
    ]
    assert (row["row_id"], row["row_number"], row["counted_count"]) == ("housing::2", 2, 2)
    landed = Landing(tmp_path / "landing").path(row["file_sha256"])
    assert landed.read_text() == HEADING + "A1,,1,\n"
    assert pd.isna(row["sheet_name"])


def test_missing_file_is_not_returned(tmp_path: Path) -> None:
    """A return that has not come has no rows, and is no failure."""
    rows = extract(csv_entry(), QUARTER, tmp_path, Landing(tmp_path / "landing"))
    assert rows.empty
    assert "counted_count" in rows.columns


def test_kinds_of_rows(tmp_path: Path) -> None:
    """Titles, headings, blanks, notes and data are told apart."""
    content = (
        f'Housing return\n\n{HEADING}A1,,1,\n,,,\n ,\u00a0,,\n,,,"Figures are provisional"\n'
        f"REF, name ,VALUE,comment\nA2,,,\n,,3,\n"
    )
    rows = read(tmp_path, content)
    assert list(rows["row_kind_code"]) == [
        "title",
        "blank",
        "heading",
        "data",
        "blank",
        "blank",
        "note",
        "heading",
        "data",
        "data",
    ]
    assert rows["counted_count"].unique() == [7]


def test_headings_match_but_for_case_and_space(tmp_path: Path) -> None:
    """A heading is found in any case, with any white space round and in it."""
    rows = read(
        tmp_path,
        "\u00a0ref ,NAME,Out\u00a0 turn\nA1,x,1\n",
        columns={"REF": "kpi_ref", "Out turn": "value"},
    )
    assert list(rows["value_text"].dropna()) == ["1"]


def test_moved_columns_are_found(tmp_path: Path) -> None:
    """Columns are found by their headings, in any order and among others."""
    rows = read(tmp_path, "Owner,Value,Ref,Name\nme,1,A1,x\n")
    row = rows.iloc[1]
    assert (row["kpi_ref_text"], row["value_text"]) == ("A1", "1")
    assert row["row_text"] == "Owner: me | Value: 1 | Ref: A1 | Name: x"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            "Ref,Name,Outturn\nA1,x,1\n",
            (
                "heading `Value` is missing from the file. "
                "Headings found in row 1: `Ref`, `Name`, `Outturn`."
            ),
        ),
        (
            "Title\nRef,Outturn\nA1,1\n",
            (
                "headings `Name`, `Value` are missing from the file. "
                "Headings found in row 2: `Ref`, `Outturn`."
            ),
        ),
        (
            "a;b\n",
            (
                "headings `Ref`, `Name`, `Value` are missing from the file. "
                "Headings found in row 1: `a;b`."
            ),
        ),
    ],
    ids=["one", "two", "all"],
)
def test_missing_heading_is_named(tmp_path: Path, content: str, found: str) -> None:
    """What is missing and what was found instead are both in the message."""
    assert found in failure(tmp_path, content)


def test_message_says_whose_where_and_what_next(tmp_path: Path) -> None:
    """The whole sentence, from the source's name to the role to ask."""
    assert failure(tmp_path, "Ref,Name,Outturn\nA1,x,1\n") == (
        "Housing's return for Q1 2023/24 (2023-24-Q1.csv): The heading `Value` is missing from "
        "the file. Headings found in row 1: `Ref`, `Name`, `Outturn`. Put the heading back, or "
        "change sources.yaml, then rerun housing_return. Ask: Housing performance lead."
    )


def test_name_that_ends_in_s(tmp_path: Path) -> None:
    """A source's name that ends in s takes an apostrophe only."""
    assert failure(tmp_path, "", source_name="Adults Services").startswith(
        "Adults Services' return"
    )


def test_heading_that_stands_twice_is_not_guessed(tmp_path: Path) -> None:
    """Two columns of one heading are refused."""
    found = failure(tmp_path, "Ref,Name,Value,value\nA1,x,1,2\n")
    assert "The same heading stands in two columns in row 1: `Value`" in found


def test_headings_alike_in_the_entry_are_refused(tmp_path: Path) -> None:
    """Two headings of the entry that differ by case only cannot be told apart in a file."""
    columns = {"Ref": "kpi_ref", "Value": "value", "value": "numerator"}
    assert "read alike: `Ref`, `Value`, `value`" in failure(tmp_path, HEADING, columns=columns)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "There is nothing in the file."),
        ("\n , \n", "There is nothing in the file."),
        (HEADING, "It holds no rows of figures."),
        (HEADING + ",,,to follow\n", "It holds no rows of figures."),
    ],
    ids=["zero-bytes", "blank", "heading-only", "note-only"],
)
def test_file_without_figures_is_refused(tmp_path: Path, content: str, found: str) -> None:
    """A file that says nothing is neither a return nor a missing one."""
    message = failure(tmp_path, content)
    assert found in message
    assert "Send the figures, or remove the file until they are ready" in message


def test_row_number_is_the_line_on_which_the_row_starts(tmp_path: Path) -> None:
    """Line breaks inside cells count as an editor counts them, and are kept."""
    rows = read(tmp_path, HEADING + 'A1,"two\nlines",1,\nA2,"three\r\nmore\rlines",2,\nA3,,3,\n')
    assert list(rows["row_number"]) == [1, 2, 4, 7]
    assert rows["kpi_name_text"].iloc[2] == "three\r\nmore\rlines"
    assert rows["counted_count"].iloc[0] == 4


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old-mac"])
def test_line_endings(tmp_path: Path, ending: str) -> None:
    """Any line ending is read, with or without one at the end of the file."""
    rows = read(tmp_path, ending.join(["Ref,Name,Value", "A1,,1", "A2,,2"]))
    assert list(rows["row_number"]) == [1, 2, 3]
    assert rows["counted_count"].iloc[0] == 3


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("A1,x", "[2 fields where the heading row has 4] A1 | x"),
        ("A1", "[1 field where the heading row has 4] A1"),
        ("A1,1,250,x,y", "[5 fields where the heading row has 4] A1 | 1 | 250 | x | y"),
        ("A1,1,250,x,y,,", "[5 fields where the heading row has 4] A1 | 1 | 250 | x | y"),
    ],
    ids=["short", "one-field", "long", "long-and-padded"],
)
def test_ragged_row_is_kept_and_not_trusted(tmp_path: Path, row: str, text: str) -> None:
    """A row with another number of fields is data whose every field is in doubt."""
    rows = read(tmp_path, f"{HEADING}A0,,1,\n{row}\n")
    ragged = rows.iloc[2]
    assert (ragged["row_kind_code"], ragged["row_text"]) == ("data", text)
    assert ragged[[name for name in rows.columns if name.endswith("_text")]].notna().sum() == 1
    assert ragged["counted_count"] == 3


def test_spare_empty_fields_are_no_harm(tmp_path: Path) -> None:
    """Empty fields after the last heading shift nothing."""
    rows = read(tmp_path, "Ref,Name,Value,,\nA1,x,1\nA2,x,2,,,,\n")
    assert list(rows["value_text"].iloc[1:]) == ["1", "2"]


def test_text_beyond_the_last_heading_is_ragged(tmp_path: Path) -> None:
    """An unquoted comma that pushes text under no heading is seen, though the row is as wide."""
    rows = read(tmp_path, "Ref,Name,Value,,\nA1,x,1,250,\n")
    assert rows["row_text"].iloc[1].startswith("[4 fields where the heading row has 3] ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_stated_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    """Text in the encoding that the entry states is read."""
    rows = read(tmp_path, (HEADING + "A1,2½-year checks,£1,\n").encode(encoding), encoding=encoding)
    assert list(rows.iloc[1][["kpi_name_text", "value_text"]]) == ["2½-year checks", "£1"]
    assert rows["counted_count"].iloc[0] == 2


def test_byte_order_mark_is_no_part_of_the_heading(tmp_path: Path) -> None:
    """A file that Excel saved as CSV UTF-8 is plain UTF-8 to us."""
    rows = read(tmp_path, b"\xef\xbb\xbf" + (HEADING + "A1,,1,\n").encode())
    assert list(rows["kpi_ref_text"].dropna()) == ["A1"]


@pytest.mark.parametrize(
    ("content", "stated", "found"),
    [
        (
            "Ref,£\n".encode("utf-16"),
            "utf-8",
            (
                "marked as UTF-16, and sources.yaml says utf-8. "
                "Save the file as utf-8, or state `encoding: utf-16` in sources.yaml"
            ),
        ),
        ("Ref,£\n".encode("utf-16"), "cp1252", "marked as UTF-16, and sources.yaml says cp1252"),
        ("Ref,£\n".encode("utf-8-sig"), "cp1252", "marked as UTF-8, and sources.yaml says cp1252"),
        ("Ref,£\n".encode("utf-32"), "utf-16", "marked as UTF-32, and sources.yaml says utf-16"),
    ],
    ids=["utf-16-as-utf-8", "utf-16-as-cp1252", "utf-8-as-cp1252", "utf-32-as-utf-16"],
)
def test_mark_of_another_encoding(tmp_path: Path, content: bytes, stated: str, found: str) -> None:
    """A byte order mark that contradicts the entry is refused, not read past."""
    assert found in failure(tmp_path, content, encoding=stated)


@pytest.mark.parametrize(
    ("content", "stated", "found"),
    [
        (
            "Ref\nA1\n£".encode("cp1252"),
            "utf-8",
            (
                "Line 3 holds 0xA3 (byte 8 of the file), which is not utf-8. "
                "Save the file as utf-8, or state its own encoding in sources.yaml"
            ),
        ),
        (b"Ref\r\nA\x81", "cp1252", "Line 2 holds 0x81 (byte 7 of the file), which is not cp1252"),
        (b"R", "utf-16-le", "Line 1 holds 0x52 (byte 1 of the file), which is not utf-16-le"),
    ],
    ids=["cp1252-as-utf-8", "undefined-in-cp1252", "half-a-character"],
)
def test_undecodable_byte_is_named(tmp_path: Path, content: bytes, stated: str, found: str) -> None:
    """A byte that the stated encoding does not have is named with line and place."""
    assert found in failure(tmp_path, content, encoding=stated)


def test_utf8_stated_as_cp1252_is_not_guessed(tmp_path: Path) -> None:
    """UTF-8 without a mark would be read as `Â£` in silence; both readings are named."""
    found = failure(tmp_path, HEADING + "A1,,£1,\n", encoding="cp1252")
    assert "Line 2 can be read in two ways: `£` in UTF-8, or `Â£` in cp1252" in found


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_nul_is_refused(tmp_path: Path, encoding: str) -> None:
    """UTF-16 without its mark shows as NUL characters."""
    found = failure(tmp_path, b"a\n" + "Ref".encode("utf-16-le"), encoding=encoding)
    assert "Line 2 holds a NUL character" in found


def test_end_of_file_inside_quotation_marks(tmp_path: Path) -> None:
    """A file that is cut short inside a cell is refused with the row's line."""
    found = failure(tmp_path, HEADING + 'A1,,1,\nA2,"unfinished,2,\nA3,,3,\n')
    assert "ends inside quotation marks that open in the row at line 3" in found


def test_broken_quotation_marks(tmp_path: Path) -> None:
    """A quotation mark that closes too early is refused with the row's line."""
    found = failure(tmp_path, HEADING + 'A1,"the "old" rule",1,\n')
    assert "The row at line 2 breaks the rules of quotation marks" in found


@pytest.mark.parametrize("delimiter", ["¦", '"'], ids=["not-ascii", "quotation-mark"])
def test_impossible_separator(tmp_path: Path, delimiter: str) -> None:
    """A separator that cannot be one is refused."""
    assert "the separator" in failure(tmp_path, HEADING + "A1,,1,\n", delimiter=delimiter)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"], ids=["semicolon", "tab", "bar"])
def test_stated_separator(tmp_path: Path, delimiter: str) -> None:
    """The separator is the one that the entry states."""
    content = (HEADING + 'A1,"a b",1,\n').replace(",", delimiter)
    rows = read(tmp_path, content, delimiter=delimiter)
    assert list(rows["value_text"].dropna()) == ["1"]
    assert rows["counted_count"].iloc[0] == 2


@pytest.mark.parametrize(
    "content",
    ["Ref,Name,Value\n" + "\n" * 200_001, "Ref,Name,Value\n" + "x," * 1_000 + "\n"],
    ids=["rows", "columns"],
)
def test_too_large_file_is_refused(tmp_path: Path, content: str) -> None:
    """A file beyond the limits is refused with the line at which it is."""
    assert "beyond 200,000 rows or 1,000 columns" in failure(tmp_path, content)


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ('""""', 2),
        ('","', 2),
        ('""', 1),
        ('" ","",', 1),
        (",,,,,,", 1),
        ('a"b', 2),
        ("\u00a0", 1),
    ],
    ids=["quotation-mark", "comma", "empty", "blanks", "commas", "mark-inside", "no-break-space"],
)
def test_second_reader_agrees_on_odd_rows(tmp_path: Path, row: str, count: int) -> None:
    """Ragged rows are counted by what is in them, as the first reader does."""
    rows = read(tmp_path, f"{row}\n{HEADING}A1,,1,\n")
    filled = rows[rows["row_kind_code"] != "blank"]
    assert len(filled) == count + 1 == rows["counted_count"].iloc[0]


def test_landed_copy_can_be_counted_alone(tmp_path: Path) -> None:
    """A landed return is counted by its hash."""
    rows = read(tmp_path, HEADING + "A1,,1,\n")
    landing = Landing(tmp_path / "landing")
    assert count_rows(csv_entry(), landing, rows["file_sha256"].iloc[0]) == 2


def test_unreadable_landed_copy_is_named(tmp_path: Path) -> None:
    """Counting a copy that cannot be decoded says which copy, since no quarter is known."""
    landing = Landing(tmp_path)
    sha256 = landing.land(b"\xff")
    with pytest.raises(ReturnError, match=rf"^Housing's return \(landed copy {sha256[:12]}\): "):
        count_rows(csv_entry(), landing, sha256)


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
    entry = csv_entry()
    place = ReturnPlace(entry, "generated", QUARTER)
    rows = read_csv(content, entry, place).rows
    assert len(rows) == len(lines)
    filled = [row for row in rows if row.kind is not RowKind.BLANK]
    assert len(filled) == count_csv(content, entry, place)
    for line, row in zip(lines, rows, strict=True):
        assert all(cell.strip() in row.row_text for cell in line)
