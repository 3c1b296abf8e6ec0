"""Delimited files: encodings as stated, lines as an editor counts, no row lost, none guessed."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry
from perf_pipeline.sources import Landing, count_rows, extract

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
    assert "read alike: `Value`, `value`" in failure(tmp_path, HEADING, columns=columns)


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


def test_end_of_file_inside_quotation_marks(tmp_path: Path) -> None:
    """A file that is cut short inside a cell is refused with the row's line."""
    found = failure(tmp_path, HEADING + 'A1,,1,\nA2,"unfinished,2,\nA3,,3,\n')
    assert "ends inside quotation marks that open in the row at line 3" in found


def test_broken_quotation_marks(tmp_path: Path) -> None:
    """A quotation mark that closes too early is refused with the row's line."""
    found = failure(tmp_path, HEADING + 'A1,"the "old" rule",1,\n')
    assert "The row at line 2 breaks the rules of quotation marks" in found


def test_cell_that_never_ends(tmp_path: Path) -> None:
    """A cell of more characters than are read is refused with the row's line and both causes."""
    found = failure(tmp_path, HEADING + 'A1,"' + "rows\n" * 30_000)
    assert "A cell of the row at line 2 holds more than 131,072 characters; perhaps a" in found
    assert "Close the quotation marks, or shorten the cell" in found


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
    ["Ref,Name,Value\n" + "\n" * 50_001, "Ref,Name,Value\n" + "x," * 1_000 + "\n"],
    ids=["rows", "columns"],
)
def test_too_large_file_is_refused(tmp_path: Path, content: str) -> None:
    """A file beyond the limits is refused with the line at which it is."""
    assert "beyond 50,000 rows or 1,000 columns" in failure(tmp_path, content)


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ('""""', 2),
        ('","', 2),
        ('""', 1),
        (' ""', 2),
        ('"",""', 1),
        ('" ","",', 1),
        (",,,,,,", 1),
        ('a"b', 2),
        ("\u00a0", 1),
    ],
    ids=[
        "quotation-mark",
        "comma",
        "empty",
        "marks-after-space",
        "two-empty",
        "blanks",
        "commas",
        "mark-inside",
        "no-break-space",
    ],
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


@pytest.mark.parametrize("content", [b"", b" \n\n"], ids=["empty", "blank"])
def test_nothing_is_counted_as_none(tmp_path: Path, content: bytes) -> None:
    """A landed copy of nothing has no rows."""
    landing = Landing(tmp_path)
    assert count_rows(csv_entry(), landing, landing.land(content)) == 0


def test_second_reader_that_cannot_read(tmp_path: Path) -> None:
    """What Arrow cannot parse is not counted by guessing."""
    landing = Landing(tmp_path)
    with pytest.raises(ReturnError, match="The second reader cannot parse the file: "):
        count_rows(csv_entry(), landing, landing.land(b'"'))


@pytest.mark.parametrize(
    ("heading", "shown"),
    [("x" * 61, "`" + "x" * 59 + "…`"), ("a`b", "`a'b`"), ('"a\nb"', "`a\\nb`")],
    ids=["long", "backtick", "line-break"],
)
def test_found_text_is_shown_safely(tmp_path: Path, heading: str, shown: str) -> None:
    """Text of the return stands in a message on one line, cut when long, within its backticks."""
    assert f"`Ref`, {shown}." in failure(tmp_path, f"Ref,{heading}\nA1,1\n")


def test_many_headings_are_not_all_listed(tmp_path: Path) -> None:
    """Of a long heading row the first twenty are listed."""
    found = failure(tmp_path, "Ref," + ",".join(f"h{number}" for number in range(30)) + "\n")
    assert "`h18` and 11 more." in found


def test_unreadable_landed_copy_is_named(tmp_path: Path) -> None:
    """Counting a copy that cannot be decoded says which copy, since no quarter is known."""
    landing = Landing(tmp_path)
    sha256 = landing.land(b"\xff")
    with pytest.raises(ReturnError, match=rf"^Housing's return \(landed copy {sha256[:12]}\): "):
        count_rows(csv_entry(), landing, sha256)
