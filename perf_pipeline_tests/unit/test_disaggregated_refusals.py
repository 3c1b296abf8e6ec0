"""Files that are no disaggregated return: each is named for what it is, with what to send."""

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from perf_pipeline.disaggregated.building import build
from perf_pipeline.disaggregated.engines import LocalEngine
from perf_pipeline.disaggregated.orders import Register
from perf_pipeline.errors import ReturnError
from perf_pipeline_tests.unit.disaggregated_returns import (
    HEADINGS,
    csv_content,
    landed,
    request,
    series_rows,
)

pytest_plugins = ["perf_pipeline_tests.unit.built_datasets"]

ROWS = series_rows(["north"])[:3]
TEXT = csv_content(ROWS).decode()
QUOTED = csv_content(ROWS, is_quoted=True).decode()
_AS_CSV = "Export it as CSV (UTF-8, commas) or Parquet and send that"


def _workbook() -> bytes:
    book = Workbook()
    for row in [tuple(HEADINGS), *ROWS]:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _refused(content: bytes, known: Register, folder: Path, name: str = "a.csv") -> ReturnError:
    """Return the error with which a file is refused."""
    with pytest.raises(ReturnError) as error:
        build(request([landed(folder, name, content)], folder / "work", known), LocalEngine())
    return error.value


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(_workbook(), "an Excel workbook", id="xlsx"),
        pytest.param(
            _zipped("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            "an OpenDocument workbook (.ods)",
            id="ods",
        ),
        pytest.param(_zipped("a.csv", TEXT.encode()), "a zip file or document", id="zip"),
        pytest.param(_zipped("a.xlsx", _workbook()), "a zip file or document", id="zipped xlsx"),
        pytest.param(_workbook()[:1500], "an Excel workbook", id="half a workbook"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "an old Office document (.xls, perhaps), or one with a password",
            id="xls",
        ),
        pytest.param(b'%PDF-1.7\n1 0 obj <</A "b">>\n', "a PDF document", id="PDF"),
        pytest.param(b"<!DOCTYPE html><p>Sign in", "a web page (HTML)", id="HTML"),
        pytest.param(b"<style>td {}</style>", "a web page (HTML)", id="HTML of a system"),
        pytest.param(b'[{"Ref": "ADS-01"}]', "a JSON document", id="JSON"),
        pytest.param(gzip.compress(TEXT.encode()), "a file packed by gzip", id="gzip"),
    ],
)
def test_a_file_of_another_kind_is_named(
    content: bytes, kind: str, known: Register, tmp_path: Path
) -> None:
    """Whatever its name, the message says what the file is, and no word of quotation marks."""
    refused = _refused(content, known, tmp_path)
    assert str(refused) == (
        f"Care system's return for Q1 2023/24 (exports/a.csv): This is {kind}, and neither CSV "
        f"nor Parquet. {_AS_CSV}, then rerun care_system_return. Ask: Systems lead."
    )
    assert refused.reason_code == "wrong_kind"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [TEXT, QUOTED], ids=["plain", "quoted"])
def test_text_in_utf_16_is_named(encoding: str, text: str, known: Register, tmp_path: Path) -> None:
    """UTF-16 is told with and without its mark, also where cells are in quotation marks."""
    refused = _refused(text.encode(encoding), known, tmp_path)
    assert (
        "This is a text in UTF-16, and only UTF-8 is read. Save it as CSV in UTF-8 with commas (in "
        "Excel: `CSV UTF-8 (Comma delimited)`), then"
    ) in str(refused)
    assert refused.reason_code == "encoding"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_and_a_missing_heading_are_told_together(
    encoding: str, known: Register, tmp_path: Path
) -> None:
    """Excel's `Unicode Text`, in UTF-16 and with tabs, is refused once for all that is wrong."""
    text = TEXT.replace(",", "\t").replace("Note", "Remark")
    refused = _refused(text.encode(encoding), known, tmp_path)
    assert "only UTF-8 is read. Headings missing: `Note`. Save it as CSV in UTF-8 with" in str(
        refused
    )


@pytest.mark.parametrize("line", ["sep={}\n", '"sep={}"\r\n', "\ufeffSEP={}\r"])
@pytest.mark.parametrize(
    ("separator", "shown", "remedy"),
    [
        (";", ";", "Take that row away and separate cells by commas, then"),
        ("\t", "\\t", "Take that row away and separate cells by commas, then"),
        ("^", "^", "Take that row away and separate cells by commas, then"),
        (",", ",", "Take that row away, then"),
    ],
    ids=["semicolon", "tab", "caret", "comma"],
)
def test_a_row_that_names_the_separator_is_named(
    line: str, separator: str, shown: str, remedy: str, known: Register, tmp_path: Path
) -> None:
    """The row above the headings that Excel alone follows is to be taken away."""
    text = line.format(separator) + TEXT.replace(",", separator).replace("Note", "Remark")
    refused = _refused(text.encode(), known, tmp_path)
    assert (
        f"={shown}`, which names a separator, and the headings must stand there. Headings missing: "
        f"`Note`. {remedy}"
    ) in str(refused)
    assert refused.reason_code == "heading_missing"


@pytest.mark.parametrize(
    ("separator", "named"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
)
@pytest.mark.parametrize("text", [TEXT, "\ufeff" + QUOTED], ids=["plain", "quoted"])
def test_another_separator_is_named(
    separator: str, named: str, text: str, known: Register, tmp_path: Path
) -> None:
    """A file without commas says what separates its cells, and how to save it with commas."""
    refused = _refused(text.replace(",", separator).encode(), known, tmp_path)
    assert f"Its cells are separated by {named}, and only commas are read." in str(refused)
    assert (
        "Set the export's separator to a comma (in LibreOffice: Save As, Text CSV, Edit filter "
        "settings), then rerun care_system_return."
    ) in str(refused)
    assert refused.reason_code == "heading_missing"


def test_another_separator_and_a_missing_heading_are_told_together(
    known: Register, tmp_path: Path
) -> None:
    """Who saves the file with commas is not sent back for a heading."""
    refused = _refused(TEXT.replace(",", ";").replace("Note", "Remark").encode(), known, tmp_path)
    assert "separated by semicolons, and only commas are read. Headings missing: `Note`." in str(
        refused
    )


def test_commas_with_a_missing_heading_are_no_other_separator(
    known: Register, tmp_path: Path
) -> None:
    """A heading that holds a semicolon does not make it the separator."""
    refused = _refused(TEXT.replace("Value,Note", "Note;Value").encode(), known, tmp_path)
    assert "separated" not in str(refused)
    assert "Headings missing: `Value`, `Note`." in str(refused)


def _no_rows(folder: Path) -> bytes:
    """Return a Parquet file of headings alone."""
    path = folder / "none.parquet"
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in HEADINGS}), path)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["headings", "blank rows", "Parquet"])
def test_a_file_without_rows_is_refused(kind: str, known: Register, tmp_path: Path) -> None:
    """As for a return that people send: nobody is taken to have reported that there is nothing."""
    blank = csv_content([("",) * len(HEADINGS), (" ",) * len(HEADINGS)])
    contents = {"headings": csv_content([]), "blank rows": blank, "Parquet": _no_rows(tmp_path)}
    refused = _refused(contents[kind], known, tmp_path)
    assert str(refused) == (
        "Care system's return for Q1 2023/24 (exports/2023-24-Q1/*): Files without a row of "
        "figures: `exports/a.csv`. Send the figures, or remove the file until they are ready, then "
        "rerun care_system_return. Ask: Systems lead."
    )
    assert refused.reason_code == "no_figures"


def test_every_file_without_rows_is_named(known: Register, tmp_path: Path) -> None:
    """An export that failed is told beside those that did not, and all such files at once."""
    contents = {
        "a.csv": csv_content(ROWS),
        "b.csv": csv_content([]),
        "c.csv": csv_content([("ADS-01", "", "", "", "", "many", "")]),
        "d.parquet": _no_rows(tmp_path),
    }
    files = [landed(tmp_path, name, content) for name, content in contents.items()]
    with pytest.raises(ReturnError) as error:
        build(request(files, tmp_path / "work", known, rows_per_chunk=2), LocalEngine())
    named = [name for name in contents if f"`exports/{name}`" in str(error.value)]
    assert named == ["b.csv", "d.parquet"]
