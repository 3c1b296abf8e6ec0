"""Landed disaggregated files → batches of rows as received, each row under its own number."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.disaggregated.columns import TEXT, columns_of
from perf_pipeline.disaggregated.counting import count_rows
from perf_pipeline.disaggregated.parts import FileKind, LandedFile, Part, csv_parts, parquet_parts
from perf_pipeline.disaggregated.reading import (
    ReadRows,
    csv_headings,
    kind_of,
    parquet_headings,
    pieces,
    read_again,
    read_part,
)
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas.disaggregated import DisaggregatedRows
from perf_pipeline.sources.rows import cleaned
from perf_pipeline.sources.wording import SourcePlace

ENTRY = DisaggregatedEntry(
    source_code="care_system",
    source_name="Care system",
    contact_role="Systems lead",
    location="exports/{quarter}.csv",
    columns={"Ref": "kpi_ref", "Area": "area", "Value": "value"},
)
PLACE = SourcePlace(ENTRY, "exports/2023-24-Q1.csv", Quarter(2023, 1))
CELLS = st.text(st.sampled_from('aé½,"\r\n 0\u00a0'), max_size=5)
GRIDS = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12)


def cell(text: str) -> str:
    """Put a text into quotation marks where it needs them."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text


def read_csv(path: Path, content: bytes, most_rows: int = 100) -> list[ReadRows]:
    """Write a CSV, cut it and read all its parts."""
    headings, parts = csv_in_parts(path, content, most_rows)
    return [each for part in parts for each in read_part(part, headings, ENTRY, PLACE)]


def csv_in_parts(path: Path, content: bytes, most_rows: int) -> tuple[list[str], list[Part]]:
    """Write a CSV and cut it; return its headings and its parts."""
    path.write_bytes(content)
    file = LandedFile("exports/2023-24-Q1.csv", "a" * 64, str(path))
    counted = count_rows(pieces(file.location), most_rows, PLACE)
    start, stop = counted.heading_start, counted.cuts[0][0]
    headings = csv_headings(file.location, start, stop, PLACE)
    return headings, csv_parts(file, counted.cuts)


def read_parquet(path: Path, table: pa.Table, most_rows: int = 100) -> list[ReadRows]:
    """Write a Parquet file in groups of two rows, and read all its parts."""
    headings, parts = parquet_in_parts(path, table, most_rows)
    return [each for part in parts for each in read_part(part, headings, ENTRY, PLACE)]


def parquet_in_parts(path: Path, table: pa.Table, most_rows: int) -> tuple[list[str], list[Part]]:
    """Write a Parquet file in groups of two rows; return its headings and its parts."""
    pq.write_table(table, path, row_group_size=2)
    file = LandedFile("exports/2023-24-Q1.parquet", "b" * 64, str(path))
    headings, row_counts = parquet_headings(file.location, PLACE)
    parts = parquet_parts(file, row_counts, most_rows)
    assert sum(part.row_count for part in parts) == table.num_rows
    return headings, parts


def cells(read: list[ReadRows], *names: str) -> list[tuple[object, ...]]:
    """Return some columns of all rows read."""
    return [tuple(row[name] for name in names) for each in read for row in each.rows.to_pylist()]


@settings(deadline=None)
@given(grid=GRIDS, most_rows=st.integers(1, 5), line_end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_cell_is_read_under_its_rows_number(
    tmp_path_factory: pytest.TempPathFactory,
    grid: list[list[str]],
    most_rows: int,
    line_end: str,
) -> None:
    """However a file is cut, each row is read once, cleaned, with its number in a spreadsheet."""
    rows = [",".join(map(cell, row)) for row in [["Ref", "Area", "Value"], *grid]]
    path = tmp_path_factory.getbasetemp() / "generated.csv"
    read = read_csv(path, "".join(row + line_end for row in rows).encode(), most_rows)
    expected = [(number, *map(cleaned, row)) for number, row in enumerate(grid, 2)]
    names = ("row_number", "kpi_ref_text", "area_text", "value_text")
    assert cells(read, *names) == expected
    assert all(each.rejected.num_rows == 0 for each in read)


@settings(deadline=None)
@given(
    grid=GRIDS,
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    last_end=st.sampled_from(["", "\n"]),
    kind=st.sampled_from(FileKind),
    data=st.data(),
)
def test_rows_are_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    grid: list[list[str]],
    line_end: str,
    last_end: str,
    kind: FileKind,
    data: st.DataObject,
) -> None:
    """Some rows of a part, in any order, are read again as they were read before."""
    path = tmp_path_factory.getbasetemp() / "again"
    if kind is FileKind.CSV:
        text = line_end.join(",".join(map(cell, row)) for row in [["Ref", "Area", "Value"], *grid])
        content = (text + last_end).encode()
        headings, parts = csv_in_parts(path, content, 5)
    else:
        columns = dict(zip(["Ref", "Area", "Value"], zip(*grid, strict=True), strict=True))
        headings, parts = parquet_in_parts(path, pa.table(columns), 5)
    part = data.draw(st.sampled_from([each for each in parts if each.row_count]))
    rows = [
        row for each in read_part(part, headings, ENTRY, PLACE) for row in each.rows.to_pylist()
    ]
    chosen = data.draw(st.lists(st.sampled_from(rows), min_size=1, unique_by=id))

    again = read_again(part, [row["row_number"] for row in chosen], headings, ENTRY, PLACE)

    assert again.to_pylist() == chosen


AGAIN = b"Ref,Area,Value\nA,n,1\nB,s,2\nC,e,3\nD,w,4\n"


@pytest.mark.parametrize(
    ("content", "sign"),
    [
        pytest.param(AGAIN[:-7], "it ends at byte 32", id="cut"),
        pytest.param(AGAIN[:-2], "it ends at byte 37", id="cut in a cell"),
        pytest.param(
            AGAIN.replace(b"3\nD", b"3,D"),
            "of the rows from row 2 on, 4 were read before and 3 now",
            id="rows joined",
        ),
        pytest.param(
            AGAIN.replace(b"B,s,2", b"B,,,2"),
            "of the rows from row 3 on, 2 were read before and 1 now",
            id="a cell more",
        ),
    ],
)
def test_a_csv_that_was_changed_meanwhile_is_refused(
    tmp_path: Path, content: bytes, sign: str
) -> None:
    """Where the landed copy is changed after it was read, no rows of it are taken for others."""
    path = tmp_path / "a.csv"
    headings, (part,) = csv_in_parts(path, AGAIN, 100)
    path.write_bytes(content)
    with pytest.raises(ReturnError) as error:
        read_again(part, [3, 5], headings, ENTRY, PLACE)
    assert (
        f"The landed copy in {path} is damaged, or somebody has changed it: {sign}. Look who "
        "writes there, and whether the disk is sound, then"
    ) in str(error.value)
    assert error.value.reason_code == "damaged"


def test_a_parquet_file_that_was_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    """A row that is not there any more is not read as one of nothing."""
    path = tmp_path / "a.parquet"
    table = pa.table({"Ref": ["A", "B"], "Area": ["n", "s"], "Value": ["1", "2"]})
    headings, (part,) = parquet_in_parts(path, table, 100)
    pq.write_table(table.slice(0, 1), path)
    with pytest.raises(ReturnError, match="from row 2 on, 1 were read before and 0 now") as error:
        read_again(part, [2], headings, ENTRY, PLACE)
    assert error.value.reason_code == "damaged"


def test_batches_have_the_columns_of_the_schema(tmp_path: Path) -> None:
    """A batch has all columns in order, text dictionary-coded; a field without a column is null."""
    (read,) = read_csv(tmp_path / "a.csv", b"Ref,Area,Value\nA,north,n/a\n")
    assert read.rows.column_names == columns_of(DisaggregatedRows)
    types = {each.name: each.type for each in read.rows.schema}
    assert types.pop("row_number") == pa.int64()
    assert set(types.values()) == {TEXT}
    row = {name: text for name, text in read.rows.to_pylist()[0].items() if text is not None}
    assert row == {
        "source_code": "care_system",
        "file_name": "exports/2023-24-Q1.csv",
        "file_sha256": "a" * 64,
        "row_number": 2,
        "kpi_ref_text": "A",
        "area_text": "north",
        "value_text": "n/a",
    }


@pytest.mark.parametrize("most_rows", [1, 2, 100])
def test_rows_of_another_length_are_rejected(tmp_path: Path, most_rows: int) -> None:
    """A row with more or fewer cells than headings is rejected; the others keep their numbers."""
    content = b"Ref,Area,Value\nA,n,1\nB,s,2,000\n\nC,w,3\nD\nE,e,5\n"
    read = read_csv(tmp_path / "a.csv", content, most_rows)
    assert cells(read, "row_number", "kpi_ref_text") == [
        (2, "A"),
        (4, None),
        (5, "C"),
        (7, "E"),
    ]
    rejected = [row for each in read for row in each.rejected.to_pylist()]
    assert [(row["row_number"], row["row_text"]) for row in rejected] == [
        (3, "B,s,2,000"),
        (6, "D"),
    ]
    assert {row["outcome_reason_code"] for row in rejected} == {"row_malformed"}
    assert rejected[0]["outcome_text"].startswith("The row has 4 cells, and there are 3 headings.")


def test_columns_are_found_by_their_headings(tmp_path: Path) -> None:
    """Headings match whatever their case, white space and order; other columns are left aside."""
    content = b"\xef\xbb\xbfOther, VALUE ,ref,Other,Area\nx,1,A,y,n\n"
    read = read_csv(tmp_path / "a.csv", content)
    assert cells(read, "kpi_ref_text", "area_text", "value_text") == [("A", "n", "1")]


def test_wrong_headings_are_all_named(tmp_path: Path) -> None:
    """Headings that are missing and those that stand twice are named in one message."""
    with pytest.raises(ReturnError) as error:
        read_csv(tmp_path / "a.csv", b"Ref,value,VALUE,Notes\nA,1,2,3\n")
    assert "Headings missing: `Area`. Headings that stand in two columns: `Value`." in str(
        error.value
    )
    assert "Headings found: `Ref`, `value`, `VALUE`, `Notes`." in str(error.value)


def test_a_first_row_without_headings_is_refused(tmp_path: Path) -> None:
    """A file that begins with a blank row is refused."""
    with pytest.raises(ReturnError, match="The first row holds no headings"):
        read_csv(tmp_path / "a.csv", b"\nRef,Area,Value\n")


def test_a_first_row_of_one_endless_heading_is_refused(tmp_path: Path) -> None:
    """A first row that is no row of headings is refused in a sentence."""
    with pytest.raises(ReturnError, match="The first row cannot be read as headings"):
        read_csv(tmp_path / "a.csv", b"x" * 200_000 + b",Ref,Area,Value\nADS-01,a,b,1\n")


def test_white_space_is_taken_off_as_from_other_returns(tmp_path: Path) -> None:
    """Whatever Python knows as white space is taken off a cell, and no other character."""
    spaces = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
    others = ["\u200b", "\ufeff", "\u2060"]
    rows = [f'"{space}A{space}",n,1' for space in spaces + others]
    content = "\n".join(["Ref,Area,Value", *rows]).encode()
    found = [ref for (ref,) in cells(read_csv(tmp_path / "a.csv", content), "kpi_ref_text")]
    assert found == ["A"] * len(spaces) + [f"{other}A{other}" for other in others]


def test_parquet_is_read_as_text(tmp_path: Path) -> None:
    """Whole numbers, figures and texts of a Parquet file are what a person would write."""
    table = pa.table(
        {
            "Ref": pa.array(["A", " B ", "", None, "E"]).dictionary_encode(),
            "Area": pa.array([1, -2, None, 4, 5]),
            "Value": [0.1 + 0.2, 1e20, -1.5e-7, None, 75.0],
        }
    )
    path = tmp_path / "a.parquet"
    read = read_parquet(path, table, 3)
    assert kind_of(str(path)) == "parquet"
    assert cells(read, "row_number", "kpi_ref_text", "area_text", "value_text") == [
        (1, "A", "1", "0.30000000000000004"),
        (2, "B", "-2", "100000000000000000000"),
        (3, None, None, "-0.00000015"),
        (4, None, "4", None),
        (5, "E", "5", "75"),
    ]


def test_a_parquet_column_of_another_type_is_refused(tmp_path: Path) -> None:
    """A column whose values have no one text is refused by its name."""
    table = pa.table({"Ref": ["A"], "Area": ["n"], "Value": pa.array([1.5], pa.float32())})
    with pytest.raises(ReturnError, match="The column `Value` is of the type `float`"):
        read_parquet(tmp_path / "a.parquet", table)


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    """A file that only begins like Parquet is refused, whether its footer or a page is damaged."""
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(ReturnError, match="The Parquet file is damaged"):
        parquet_headings(str(path), PLACE)
    table = pa.table({"Ref": ["A", "B"], "Area": ["n", "s"], "Value": ["1", "2"]})
    pq.write_table(table, path, compression="zstd")
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 60 + content[64:])
    headings, row_counts = parquet_headings(str(path), PLACE)
    (part,) = parquet_parts(LandedFile("a.parquet", "b" * 64, str(path)), row_counts, 10)
    with pytest.raises(ReturnError, match="cannot be parsed near row 1"):
        list(read_part(part, headings, ENTRY, PLACE))


def varint(number: int) -> bytes:
    """Write a whole number as Parquet's footer does."""
    left, written = number << 1, b""
    while left > 0x7F:
        written += bytes([left & 0x7F | 0x80])
        left >>= 7
    return written + bytes([left])


def stated(content: bytes, byte_count: int) -> bytes:
    """Let the footer of a Parquet file of one row group state another size of it."""
    group = pq.read_metadata(pa.BufferReader(content)).row_group(0)
    fields = [b"\x16" + varint(size) + b"\x16" for size in (group.total_byte_size, byte_count)]
    length = int.from_bytes(content[-8:-4], "little")
    footer = content[-8 - length : -8]
    assert footer.count(fields[0] + varint(group.num_rows)) == 1
    footer = footer.replace(fields[0], fields[1])
    return content[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def test_a_parquet_row_group_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """A row group that unpacks to more than a gigabyte, by its footer, is refused unread."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"Ref": ["A"], "Area": ["n"], "Value": ["1"]}), path)
    content = path.read_bytes()
    path.write_bytes(stated(content, 1_000_000_000))
    assert parquet_headings(str(path), PLACE) == (["Ref", "Area", "Value"], [1])
    path.write_bytes(stated(content, 1_000_000_001))
    with pytest.raises(ReturnError, match="Row group 1 of the Parquet file has 1,000,000,001") as e:
        parquet_headings(str(path), PLACE)
    assert e.value.reason_code == "too_large"
