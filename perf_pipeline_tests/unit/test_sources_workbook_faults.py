"""Files that should be workbooks and are not, or not safe: one plain sentence each, at once."""

import io
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import ExcelEntry
from perf_pipeline.sources import Landing, count_rows, extract

QUARTER = Quarter(2023, 1)
ENTRY = ExcelEntry(
    kind="excel",
    source_code="adults_services",
    source_name="Adults Services",
    contact_role="Adults performance lead",
    location="{quarter}.xlsx",
    sheet="Return",
    columns={"Ref": "kpi_ref", "Outturn": "value"},
)
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = "xl/worksheets/sheet1.xml"
CONTENT_XML = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    "{}</office:spreadsheet></office:body></office:document-content>"
)


def failure(folder: Path, content: bytes) -> str:
    """Return the message with which a file of this content is refused, within two seconds."""
    (folder / "2023-24-Q1.xlsx").write_bytes(content)
    started = time.process_time()
    with pytest.raises(ReturnError) as caught:
        extract(ENTRY, QUARTER, folder, Landing(folder / "landing"))
    assert time.process_time() - started < 2
    return str(caught.value)


def workbook(*cells: str) -> bytes:
    """Make a workbook with a row of figures, and `x` in the cells given."""
    book = openpyxl.Workbook()
    book.active.title = "Return"
    book.active.append(["Ref", "Outturn"])
    book.active.append(["A1", 1])
    for cell in cells:
        book.active[cell] = "x"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a zip file of parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def changed(content: bytes, part: str, new: bytes | None) -> bytes:
    """Give a workbook's part another content, or take it out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    del parts[part]
    return zipped(parts if new is None else parts | {part: new})


def ods(*tables: str, **others: bytes) -> bytes:
    """Make an OpenDocument workbook of tables written as XML."""
    body = CONTENT_XML.format("".join(tables)).encode()
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": body} | others)


@pytest.mark.parametrize(
    ("content", "found", "remedy"),
    [
        (b"", "The file is empty (0 bytes).", "Send the figures, or remove the file"),
        (b" \r\n", "The file is empty (3 bytes).", "Send the figures, or remove the file"),
        (
            b"Ref,Outturn\nA1,\xa375\n",
            "a text file (CSV, perhaps), not a workbook.",
            "`Excel Workbook (.xlsx)`",
        ),
        (
            b"<!DOCTYPE html><html><table>",
            "a web page (HTML), not a workbook.",
            "`Excel Workbook (.xlsx)`",
        ),
        (
            b"\xef\xbb\xbf <table><tr>",
            "a web page (HTML), not a workbook.",
            "`Excel Workbook (.xlsx)`",
        ),
        (b"<div><table>", "a web page (HTML), not a workbook.", "`Excel Workbook (.xlsx)`"),
        (b"<STYLE>td {}</STYLE>", "a web page (HTML), not a workbook.", "`Excel Workbook (.xlsx)`"),
        (
            b'<?xml version="1.0"?><Workbook>',
            "an XML document, not a workbook.",
            "`Excel Workbook (.xlsx)`",
        ),
        (
            b'<?xml version="1.0"?><html>',
            "a web page (HTML), not a workbook.",
            "`Excel Workbook (.xlsx)`",
        ),
        (b"%PDF-1.7", "a PDF document, not a workbook.", "`Excel Workbook (.xlsx)`"),
        (b"\x00\x01\x02", "a file of an unknown kind, not a workbook.", "`Excel Workbook (.xlsx)`"),
        (b"\x81\x8d", "a file of an unknown kind, not a workbook.", "`Excel Workbook (.xlsx)`"),
        (
            OLE2 + b"Workbook".ljust(600),
            "a workbook of the old kind (.xls).",
            "`Excel Workbook (.xlsx)`",
        ),
        (
            OLE2 + bytes(5000) + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password.",
            "without a password",
        ),
        (
            zipped({"xl/workbook.bin": b""}),
            "a binary workbook (.xlsb).",
            "`Excel Workbook (.xlsx)`",
        ),
        (
            zipped({"word/document.xml": b""}),
            "a zip file or document, not a workbook.",
            "`Excel Workbook (.xlsx)`",
        ),
        (
            zipped({"xl/workbook.xml": b"http://purl.oclc.org/ooxml/"}),
            "a `Strict Open XML` workbook.",
            "`Excel Workbook (.xlsx)`",
        ),
        (workbook()[:-40], "damaged or cut short", "save it again"),
        (workbook()[:2000], "damaged or cut short", "save it again"),
    ],
    ids=[
        "zero-bytes",
        "white-space",
        "csv",
        "html",
        "html-with-mark",
        "html-div",
        "html-style",
        "xml-2003",
        "xhtml",
        "pdf",
        "binary",
        "no-text",
        "xls",
        "password",
        "xlsb",
        "docx",
        "strict",
        "directory-cut",
        "cut",
    ],
)
def test_file_of_another_kind(tmp_path: Path, content: bytes, found: str, remedy: str) -> None:
    """The message says what the file is and how to save it."""
    message = failure(tmp_path, content)
    assert found in message
    assert remedy in message
    assert message.startswith("Adults Services' return for Q1 2023/24 (2023-24-Q1.xlsx): ")


def test_cell_at_the_far_corner(tmp_path: Path) -> None:
    """One cell at XFD1048576 would end the second reader's process: refused at once."""
    found = failure(tmp_path, workbook("XFD1048576"))
    assert "Sheet `Return` reaches to cell XFD1048576" in found
    assert "at most 50,000 rows, 1,000 columns and 150,000 filled cells" in found


@pytest.mark.parametrize("cell", ["A50001", "ALM1"], ids=["row", "column"])
def test_first_cell_beyond_the_limits(tmp_path: Path, cell: str) -> None:
    """The first cell beyond the limits is named."""
    assert f"reaches to cell {cell};" in failure(tmp_path, workbook(cell))


def test_landed_copy_is_checked_before_it_is_counted(tmp_path: Path) -> None:
    """Counting a landed copy by itself is as safe as reading it."""
    landing = Landing(tmp_path)
    sha256 = landing.land(workbook("XFD1048576"))
    with pytest.raises(ReturnError, match="reaches to cell XFD1048576"):
        count_rows(ENTRY, landing, sha256)


def test_cell_that_stands_for_too_many(tmp_path: Path) -> None:
    """An .ods cell repeated a million times in a row repeated as often is refused."""
    found = failure(
        tmp_path,
        ods(
            '<table:table table:name="Return">'
            '<table:table-row table:number-rows-repeated="1000000">'
            '<table:table-cell table:number-columns-repeated="1000000"><text:p>x</text:p>'
            "</table:table-cell></table:table-row></table:table>"
        ),
    )
    assert "Sheet `Return` reaches to cell XFD1000000" in found


@pytest.mark.parametrize(
    ("sizes", "compression"),
    [
        ([250_000_000], zipfile.ZIP_DEFLATED),
        ([11_000_000], zipfile.ZIP_DEFLATED),
        ([0] * 10_001, zipfile.ZIP_STORED),
    ],
    ids=["large", "tightly-packed", "many-parts"],
)
def test_zip_bomb(tmp_path: Path, sizes: list[int], compression: int) -> None:
    """What would unpack to too much is refused by the zip file's directory, before unpacking."""
    content = zipped({f"xl/{name}": bytes(size) for name, size in enumerate(sizes)}, compression)
    assert "too large or too tightly packed to be a return" in failure(tmp_path, content)


def test_zip_directory_that_lies(tmp_path: Path) -> None:
    """A part that unpacks to more than the directory states is damaged, and not unpacked on."""
    stated, true = (size.to_bytes(4, "little") for size in (1, 150_000_000))
    content = zipped({"xl/workbook.xml": bytes(150_000_000)}).replace(true, stated)
    assert "The workbook is damaged." in failure(tmp_path, content)


def test_part_that_cannot_be_unpacked(tmp_path: Path) -> None:
    """A part whose packed bytes mean nothing is damage."""
    content = zipped({"xl/workbook.xml": b"x" * 1_000})
    start = content.index(b"xl/workbook.xml") + len("xl/workbook.xml")
    broken = content[:start] + b"\xff\xff" + content[start + 2 :]
    assert "damaged or cut short" in failure(tmp_path, broken)


def test_broken_part_is_damage(tmp_path: Path) -> None:
    """A part whose bytes have changed since it was packed is damage."""
    content = zipped({"xl/workbook.xml": b"first"}, zipfile.ZIP_STORED)
    assert "The workbook is damaged." in failure(tmp_path, content.replace(b"first", b"worst"))


def test_part_that_stands_twice(tmp_path: Path) -> None:
    """Two parts of one name could be read differently by two readers."""
    content = zipped({"xl/workbook.xml": b"a", "xl/workbook.xmk": b"b"})
    found = failure(tmp_path, content.replace(b"workbook.xmk", b"workbook.xml"))
    assert "the same part twice" in found


def test_zip_encryption(tmp_path: Path) -> None:
    """A workbook in an encrypted zip file is protected by a password."""
    content = bytearray(zipped({"xl/workbook.xml": b""}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "protected by a password" in failure(tmp_path, bytes(content))


def test_encrypted_ods(tmp_path: Path) -> None:
    """An .ods workbook with a password says so in its manifest."""
    manifest = {"META-INF/manifest.xml": b"<manifest:encryption-data>"}
    assert "protected by a password" in failure(tmp_path, ods(**manifest))


@pytest.mark.parametrize(
    "content",
    [
        zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        ods('<table:table table:name="Return">'),
        ods(
            '<table:table table:name="Return">',
            '<table:table-row table:number-rows-repeated="x"/></table:table>',
        ),
        changed(workbook(), SHEET, b"<worksheet><sheetData><row>"),
        changed(workbook(), SHEET, b'<worksheet><sheetData><row r="x"/></sheetData></worksheet>'),
        changed(workbook(), SHEET, None),
        changed(workbook(), "xl/_rels/workbook.xml.rels", None),
        changed(workbook(), "xl/styles.xml", b"<styleSheet><cellXfs>"),
    ],
    ids=[
        "ods-without-content",
        "ods-cut",
        "ods-repeat",
        "xlsx-cut",
        "xlsx-row",
        "xlsx-without-sheet",
        "xlsx-without-relations",
        "xlsx-styles",
    ],
)
def test_damaged_part(tmp_path: Path, content: bytes) -> None:
    """A part that is missing or malformed is damage, whatever the library calls it."""
    message = failure(tmp_path, content)
    assert "damaged" in message
    assert "save it again" in message


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_entities_are_never_defined(tmp_path: Path, kind: str) -> None:
    """A document type, with which XML defines entities, is refused in any part that is read."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    if kind == "xlsx":
        content = changed(workbook(), SHEET, bomb.encode())
    else:
        content = changed(ods(), "content.xml", bomb.encode())
    assert "it declares a document type" in failure(tmp_path, content)


def ods_row(*texts: str) -> str:
    """Write a row of text cells."""
    start, end = (
        '<table:table-cell office:value-type="string"><text:p>',
        "</text:p></table:table-cell>",
    )
    cells = "".join(f"{start}{text}{end}" for text in texts)
    return f"<table:table-row>{cells}</table:table-row>"


def test_second_reader_that_cannot_read(tmp_path: Path) -> None:
    """Where calamine alone gives up, here for want of a manifest, nobody has counted the rows."""
    rows = ods_row("Ref", "Outturn") + ods_row("A1", "75%")
    found = failure(tmp_path, ods(f'<table:table table:name="Return">{rows}</table:table>'))
    assert "The second reader cannot read sheet `Return`: Cannot detect file format." in found
