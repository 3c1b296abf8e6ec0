"""Delimited files' encodings: as the entry states, and never another one in silence."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry
from perf_pipeline.sources import Landing, extract

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
