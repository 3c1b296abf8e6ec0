"""Makers of files, written by hand where a library would not write what is wrong with them."""

import io
import json
import random
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

HEADINGS = ("Ref", "Outturn", "Commentary")
GOOD = ("ADS-05", "7", "On track")
SHEET_PART = "xl/worksheets/sheet1.xml"
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


class Raw(str):
    """A cell's XML, with `{ref}` where its place goes."""

    __slots__ = ()


Row = Sequence[str | float | None]
Parts = Mapping[str, bytes | str | None]


def csv(*rows: Sequence[object], headings: Sequence[str] = HEADINGS) -> bytes:
    """Make a CSV file of a heading row and rows, every cell quoted."""
    lines = [headings, *rows]
    cells = (['"' + str(cell).replace('"', '""') + '"' for cell in line] for line in lines)
    return "".join(",".join(line) + "\r\n" for line in cells).encode()


def noise(count: int) -> bytes:
    """Return bytes without a pattern, the same each time."""
    return random.Random(6).randbytes(count)  # noqa: S311 - no secret


def noisy_words(count: int) -> Iterator[str]:
    """Return words that do not pack tightly, the same each time."""
    chance = random.Random(6)  # noqa: S311 - no secret
    return (f"{chance.getrandbits(32):x}" for _ in range(count))


def zipped(parts: Parts, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a zip file of parts; those that are none are left out."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in parts.items():
            if content is not None:
                archive.writestr(name, content)
    return file.getvalue()


def xlsx(*rows: Row, more: Parts | None = None, **sheet: str) -> bytes:
    """Make a workbook of a heading row and rows on the sheet `Return`, with parts changed."""
    parts = xlsx_parts() | {SHEET_PART: sheet_xml(HEADINGS, *rows, **sheet)}
    return zipped(parts | (more or {}))


def xlsx_parts(
    sheets: str = '<sheet name="Return" sheetId="1" r:id="rId1"/>',
    relations: str = "",
    types: str = "",
) -> dict[str, bytes | str | None]:
    """Return the parts of a workbook without its sheet."""
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default '
        'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/><Override '
        f'PartName="/{SHEET_PART}" ContentType="{_TYPES}.worksheet+xml"/><Override '
        f'PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId9" Type="{_OFFICE}/styles" Target="styles.xml"/>{relations}'
        "</Relationships>",
        "xl/styles.xml": styles_xml(),
    }


def relation(number: int, kind: str, target: str, mode: str = "Internal") -> str:
    """Write a relation of the workbook to another part."""
    return (
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}" '
        f'TargetMode="{mode}"/>'
    )


def with_strings(strings: str) -> Parts:
    """Return the parts that give a workbook a table of shared strings."""
    part = "sharedStrings.xml"
    types = f'<Override PartName="/xl/{part}" ContentType="{_TYPES}.sharedStrings+xml"/>'
    parts = xlsx_parts(relations=relation(3, "sharedStrings", part), types=types)
    return {**parts, f"xl/{part}": f'<sst xmlns="{_MAIN}">{strings}</sst>'}


def styles_xml(formats: str = "") -> str:
    """Write styles: 0 is general, 1 a whole percentage, 2 a date."""
    made = (
        "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills>"
        "<borders><border/></borders>"
    )
    ways = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 9, 14))
    return f'<styleSheet xmlns="{_MAIN}">{formats}{made}<cellXfs>{ways}</cellXfs></styleSheet>'


def sheet_xml(*rows: Row, before: str = "", after: str = "", attributes: str = "") -> str:
    """Write a sheet; texts stand in its cells."""
    lines = (
        f'<row r="{number}"{attributes if number > 1 else ""}>'
        + "".join(_cell(f"{chr(65 + index)}{number}", value) for index, value in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    body = "".join(lines)
    return f'<worksheet xmlns="{_MAIN}">{before}<sheetData>{body}</sheetData>{after}</worksheet>'


def sheet_with(rows: str) -> str:
    """Write a sheet of a good row, and rows as XML behind it."""
    return sheet_xml(HEADINGS, GOOD).replace("</sheetData>", f"{rows}</sheetData>")


def _cell(ref: str, value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.format(ref=ref)
    if isinstance(value, str):
        return f'<c r="{ref}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{ref}"><v>{value!r}</v></c>'


def ods(*rows: Row, content: str | None = None, more: Parts | None = None) -> bytes:
    """Make an OpenDocument workbook of a heading row and rows on the sheet `Return`."""
    body = content if content is not None else ods_content(ods_table(HEADINGS, *rows))
    manifest = (
        f'<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0"><manifest:file-entry '
        'manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.'
        'spreadsheet"/></manifest:manifest>'
    )
    parts: Parts = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": manifest,
        "content.xml": body,
    }
    return zipped({**parts, **(more or {})})


def ods_content(tables: str, styles: str = "", head: str = "") -> str:
    """Write the document of tables."""
    spaces = " ".join(
        f'xmlns:{name}="{_ODF}:{name}:1.0"' for name in ("office", "table", "text", "style")
    )
    return (
        f"{head}<office:document-content {spaces}>{styles}<office:body><office:spreadsheet>"
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )


def ods_table(*rows: Row, name: str = "Return", attributes: str = "") -> str:
    """Write a table of text cells."""
    return (
        f'<table:table table:name="{name}"{attributes}>' + "".join(map(ods_row, rows))
    ) + "</table:table>"


def ods_row(row: Row, attributes: str = "") -> str:
    """Write a row."""
    cells = "".join(_ods_cell(value) for value in row)
    return f"<table:table-row{attributes}>{cells}</table:table-row>"


def ods_cell(attributes: str = "", text: str = "") -> Raw:
    """Write a cell with attributes of its own; `table:` and `office:` are left out of their names.

    Args:
        attributes: Such as `value-type="float" value="7"`, separated by spaces.
        text: What its paragraph holds, as XML; without any there is no paragraph.
    """
    prefixed = (
        f"{'table' if name.startswith(('number', 'formula')) else 'office'}:{name}"
        for name in attributes.split()
    )
    paragraph = f"<text:p>{text}</text:p>" if text else ""
    return Raw(f"<table:table-cell {' '.join(prefixed)}>{paragraph}</table:table-cell>")


def _ods_cell(value: str | float | None) -> str:
    if isinstance(value, Raw):
        return value
    if value is None:
        return "<table:table-cell/>"
    kind = 'office:value-type="string"'
    if not isinstance(value, str):
        kind = f'office:value-type="float" office:value="{value!r}"'
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def records(*rows: Mapping[str, object]) -> bytes:
    """Make a JSON document of records."""
    return json.dumps(rows).encode()


def record(
    ref: str = "ADS-05", figure: object = 7, comment: object = "On track"
) -> dict[str, object]:
    """Make a record."""
    return dict(zip(HEADINGS, (ref, figure, comment), strict=True))


def database(
    *rows: Sequence[object], columns: str = '"Ref", "Outturn", "Commentary"', script: str = ""
) -> bytes:
    """Make a SQLite database with the table `kpis`."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE kpis ({columns})")
    if rows:
        marks = ",".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO kpis VALUES ({marks})", rows)  # noqa: S608 - marks
    connection.executescript(script)
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content
