"""JSON documents: numbers digit for digit, records where the entry says, nothing read twice."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import JsonEntry
from perf_pipeline.sources import Landing, count_rows, extract

QUARTER = Quarter(2023, 1)
RECORD = '{"ref": "C1", "value": 76.0}'


def json_entry(**changes: Any) -> JsonEntry:
    """Make a source's entry."""
    settings: dict[str, Any] = {
        "kind": "json_api",
        "source_code": "community",
        "source_name": "Community",
        "contact_role": "Systems officer",
        "location": "{quarter}.json",
        "columns": {"ref": "kpi_ref", "value": "value"},
    }
    return JsonEntry(**settings | changes)


def read(folder: Path, content: str | bytes, **changes: Any) -> pd.DataFrame:
    """Extract a return of this content."""
    data = content.encode() if isinstance(content, str) else content
    (folder / "2023-24-Q1.json").write_bytes(data)
    return extract(json_entry(**changes), QUARTER, folder, Landing(folder / "landing"))


def failure(folder: Path, content: str | bytes, **changes: Any) -> str:
    """Return the message with which a return of this content is refused."""
    with pytest.raises(ReturnError) as caught:
        read(folder, content, **changes)
    return str(caught.value)


def value_of(folder: Path, written: str) -> str | None:
    """Return the text read of a value that is written so."""
    text = read(folder, f'[{{"ref": "C1", "value": {written}}}]')["value_text"].iloc[0]
    return None if pd.isna(text) else text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("76", "76"),
        ("76.50", "76.50"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("7.5e1", "7.5e1"),
        ("1e999", "1e999"),
        ("-0", "-0"),
        ('" 75 % "', "75 %"),
        ("true", "TRUE"),
        ("false", "FALSE"),
        ("null", None),
        ('" "', None),
        ('{"n": 1.50, "of": [2, null, "x"]}', '{"n":1.50,"of":[2,null,"x"]}'),
        ("[1, true]", "[1,true]"),
    ],
)
def test_value_is_read_as_written(tmp_path: Path, written: str, text: str | None) -> None:
    """Numbers keep every digit and form; what is no plain value is shown as compact JSON."""
    assert value_of(tmp_path, written) == text


def test_row_names_its_record(tmp_path: Path) -> None:
    """A row's number is its record's place in the list."""
    rows = read(tmp_path, f'[{RECORD}, {{"ref": "C2", "value": 2, "note": "late"}}]')
    assert list(rows["row_number"]) == [1, 2]
    assert list(rows["row_id"]) == ["community::1", "community::2"]
    assert list(rows["row_text"]) == ["ref: C1 | value: 76.0", "ref: C2 | value: 2 | note: late"]
    assert list(rows["counted_count"]) == [2, 2]
    assert rows["file_name"].iloc[0] == "2023-24-Q1.json"


def test_records_and_fields_lie_at_dotted_paths(tmp_path: Path) -> None:
    """Both the list and its records' fields may be nested; a key with a dot in it is one too."""
    document = {"data": {"items": [{"kpi": {"ref": "C1"}, "outturn.value": "5%"}]}}
    columns = {"kpi.ref": "kpi_ref", "outturn.value": "value"}
    rows = read(tmp_path, json.dumps(document), records_path="data.items", columns=columns)
    assert list(rows.iloc[0][["kpi_ref_text", "value_text"]]) == ["C1", "5%"]
    assert rows["row_text"].iloc[0] == "kpi.ref: C1 | outturn.value: 5%"


def test_kinds_of_records(tmp_path: Path) -> None:
    """Empty records are blank, those without reference and figure are notes."""
    content = (
        f'[{RECORD}, {{}}, {{"ref": null, "more": {{"a": " "}}}}, {{"note": "x"}}, {{"value": 0}}]'
    )
    rows = read(tmp_path, content)
    assert list(rows["row_kind_code"]) == ["data", "blank", "blank", "note", "data"]
    assert rows["counted_count"].iloc[0] == 3


@pytest.mark.parametrize(
    ("written", "text"),
    [("[1, 2.0]", "[1,2.0]"), ("null", "null"), ('"C2: 5"', '"C2: 5"'), ("7", "7")],
)
def test_record_that_is_no_object_is_kept(tmp_path: Path, written: str, text: str) -> None:
    """What is no record is data whose every field is in doubt, and it is counted."""
    rows = read(tmp_path, f"[{RECORD}, {written}]")
    row = rows.iloc[1]
    assert (row["row_kind_code"], row["row_text"]) == ("data", f"[not a record] {text}")
    assert row[[name for name in rows.columns if name.endswith("_text")]].notna().sum() == 1
    assert row["counted_count"] == 2


def test_nul_is_spelt_out_where_it_is_published(tmp_path: Path) -> None:
    """The whole row can be kept by any database; the cell itself is for validation to refuse."""
    row = read(tmp_path, '[{"ref": "C1", "value": "7\\u0000"}]').iloc[0]
    assert (row["row_text"], row["value_text"]) == ("ref: C1 | value: 7\\x00", "7\0")


def test_missing_file_is_not_returned(tmp_path: Path) -> None:
    """A document that has not come has no rows."""
    assert extract(json_entry(), QUARTER, tmp_path, Landing(tmp_path / "landing")).empty


def test_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    """A byte order mark before the document is no harm to either reader."""
    rows = read(tmp_path, b"\xef\xbb\xbf" + f"[{RECORD}]".encode())
    assert (len(rows), rows["counted_count"].iloc[0]) == (1, 1)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "The document is empty."),
        ("<!doctype html><title>Log in</title>", "This is HTML or XML, not JSON"),
        ('[{"ref": "C1", "val', "The JSON document is cut short."),
        (f"[{RECORD},\n", "The JSON document is cut short."),
        (f"[{RECORD}] x", "The JSON document is malformed: Extra data: line 1 column 32"),
        ('[{"ref": "C1", "value": NaN}]', "it holds NaN, which is not JSON"),
        ('[{"ref": "C1", "value": -Infinity}]', "it holds -Infinity, which is not JSON"),
        ('[{"ref": "C1", "value": 1, "value": 2}]', "the key `value` stands twice in one object"),
        ('[{"ref": "£"}]'.encode("cp1252"), "The document is not UTF-8 (byte 11)."),
        ("[" * 100_000, "The JSON document is malformed: maximum recursion depth"),
        ('[{"ref": "C1", "value": "\\ud800"}]', "The second reader cannot parse the document"),
    ],
    ids=[
        "empty",
        "html",
        "cut-in-text",
        "cut-after-comma",
        "trailing",
        "nan",
        "infinity",
        "key-twice",
        "cp1252",
        "too-deep",
        "half-a-character",
    ],
)
def test_malformed_document(tmp_path: Path, content: str | bytes, found: str) -> None:
    """What is wrong is said; the remedy is to send it again, whole."""
    message = failure(tmp_path, content)
    assert found in message
    assert "Fetch or export the document again, whole, then rerun community_return." in message


@pytest.mark.parametrize(
    ("content", "path", "found"),
    [
        (
            '{"items": [{"ref": "C1"}]}',
            "",
            "no list of records at the top of the document. Keys at its top: `items`",
        ),
        ('{"items": []}', "data.items", "no list of records at `data.items` of the document."),
        (f"[{RECORD}]", "items", "no list of records at `items` of the document. Keys at"),
        ("[]", "", "It holds no rows of figures."),
        ('{"perf_pipeline_pages": null}', "", "Keys at its top: `perf_pipeline_pages`"),
        ('{"perf_pipeline_pages": true}', "", "Keys at its top: `perf_pipeline_pages`"),
        (
            '[{"ref": "C1", "value": ' + "[" * 900 + "]" * 900 + "}]",
            "",
            "A record holds lists within lists, too deep to read. Send each figure as a value",
        ),
        ('[{"ref": "C1"}]', "", "The key `value` is in none of the 1 records. Keys found: `ref`."),
        (
            '[{"a": {"b": 1}}]',
            "",
            "The keys `ref`, `value` are in none of the 1 records. Keys found: `a.b`",
        ),
    ],
    ids=[
        "nested",
        "elsewhere",
        "not-nested",
        "no-records",
        "pages-that-are-null",
        "pages-that-are-a-word",
        "lists-within-lists",
        "key",
        "keys",
    ],
)
def test_document_of_another_shape(tmp_path: Path, content: str, path: str, found: str) -> None:
    """Where the records should be and what is there instead are both in the message."""
    assert found in failure(tmp_path, content, records_path=path)


def test_nested_key_that_is_nowhere(tmp_path: Path) -> None:
    """A dotted key must lead somewhere in at least one record."""
    columns = {"ref": "kpi_ref", "outturn.value": "value"}
    content = '[{"ref": "C1", "outturn": null}]'
    assert "The key `outturn.value` is in none" in failure(tmp_path, content, columns=columns)


def test_too_many_records(tmp_path: Path) -> None:
    """A list beyond the limit is refused with its length."""
    content = "[" + "0," * 50_000 + "0]"
    assert "It holds 50,001 records; at most 50,000" in failure(tmp_path, content)


def test_saved_page_that_names_a_next_one(tmp_path: Path) -> None:
    """One page of several is not a return."""
    content = f'{{"items": [{RECORD}], "links": {{"next": "/2"}}}}'
    found = failure(tmp_path, content, records_path="items", next_path="links.next")
    assert "The document is one page of several, and names the next." in found


def test_unreadable_landed_copy_is_named(tmp_path: Path) -> None:
    """Counting a copy that is no JSON says which copy."""
    landing = Landing(tmp_path)
    sha256 = landing.land(b"[")
    with pytest.raises(ReturnError, match=rf"\(landed copy {sha256[:12]}\): The second reader"):
        count_rows(json_entry(), landing, sha256)
