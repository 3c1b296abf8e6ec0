"""Workbooks that nobody should send: disguised, broken, with sheets missing or hidden."""

import zipfile
from collections.abc import Iterator
from functools import partial

from perf_pipeline.rules import ReturnFault
from perf_pipeline_tests.corpus import makers
from perf_pipeline_tests.corpus.cases import Case, Refused, refused
from perf_pipeline_tests.corpus.makers import (
    GOOD,
    OLE2,
    SHEET_PART,
    relation,
    xlsx,
    xlsx_parts,
    zipped,
)

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DAMAGED = ReturnFault.DAMAGED
_KIND = ReturnFault.WRONG_KIND
_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)
_XXE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'

DISGUISED = (
    # name, content, code, words
    ("nothing", b"", ReturnFault.EMPTY, ["0 bytes"]),
    ("white-space", b"\r\n ", ReturnFault.EMPTY, ["3 bytes"]),
    ("zeros", bytes(5_000), _KIND, ["unknown kind"]),
    ("csv", b"Ref,Outturn\nADS-05,7\n", _KIND, ["CSV, perhaps"]),
    ("html", b"<html><table><tr><td>ADS-05</table>", _KIND, ["web page"]),
    ("xml-of-2003", b'<?xml version="1.0"?><Workbook/>', _KIND, ["XML document"]),
    ("pdf", b"%PDF-1.7", _KIND, ["PDF"]),
    ("image", b"\x89PNG\r\n\x1a\n" + bytes(100), _KIND, ["unknown kind"]),
    ("rtf", rb"{\rtf1 ADS-05}", _KIND, ["text file"]),
    ("json", b'{"Ref": "ADS-05"}', _KIND, ["JSON document"]),
    ("gzip", b"\x1f\x8b\x08\x00", _KIND, ["packed by gzip"]),
    ("xls", OLE2 + b"Workbook".ljust(600), ReturnFault.OLD_WORKBOOK, [".xls"]),
    (
        "password",
        OLE2 + bytes(5_000) + "EncryptedPackage".encode("utf-16-le"),
        ReturnFault.PASSWORD,
        ["password"],
    ),
    ("xlsb", zipped({"xl/workbook.bin": b"x"}), ReturnFault.BINARY_WORKBOOK, [".xlsb"]),
    ("docx", zipped({"word/document.xml": b"<w/>"}), _KIND, ["zip file or document"]),
    ("jar", zipped({"META-INF/MANIFEST.MF": b"Main-Class: X"}), _KIND, ["zip file or document"]),
    ("empty-zip", zipped({}), _KIND, ["zip file or document"]),
    ("nested-zip", zipped({"inner.xlsx": xlsx(GOOD)}), _KIND, ["zip file or document"]),
    (
        "strict",
        xlsx(
            GOOD,
            more={
                "xl/workbook.xml": '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'
            },
        ),
        ReturnFault.STRICT_WORKBOOK,
        ["Strict"],
    ),
    ("pk-alone", b"PK", _DAMAGED, ["cut short"]),
    ("directory-cut", xlsx(GOOD)[:-30], _DAMAGED, ["cut short"]),
    ("cut-in-half", xlsx(GOOD)[:1_000], _DAMAGED, ["cut short"]),
    ("directory-alone", xlsx(GOOD)[-400:], _KIND, ["unknown kind"]),
    ("text-behind", xlsx(GOOD) + b"<html>" * 20_000, _DAMAGED, ["cut short"]),
)
"""Files that are no workbook that is read."""


def workbook_cases() -> Iterator[Case]:
    """Make the cases of .xlsx workbooks."""
    for name, content, code, words in DISGUISED:
        yield Case(name, "xlsx", partial(bytes, content), Refused(code, words))
    yield from _parts()
    yield from _sheets()


def _parts() -> Iterator[Case]:
    """Make workbooks with parts missing, twice, broken or of another content."""
    for part in (
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        SHEET_PART,
        "[Content_Types].xml",
        "_rels/.rels",
    ):
        other = {"xl/workbook.xml": _KIND, "_rels/.rels": ReturnFault.SECOND_READER}
        code = other.get(part, _DAMAGED)
        name = part.rpartition("/")[2].strip("[]")
        yield Case(f"without-{name}", "xlsx", partial(xlsx, GOOD, more={part: None}), Refused(code))
    relations = "xl/_rels/workbook.xml.rels"
    for name, part, content in (
        ("relations-cut", relations, "<Relationships>"),
        ("workbook-cut", "xl/workbook.xml", "<workbook><sheets>"),
        ("styles-cut", "xl/styles.xml", "<styleSheet><cellXfs>"),
        ("sheet-cut", SHEET_PART, "<worksheet><sheetData><row>"),
        ("sheet-of-noise", SHEET_PART, makers.noise(5_000)),
        ("sheet-empty", SHEET_PART, b""),
    ):
        yield refused("xlsx", name, partial(xlsx, GOOD, more={part: content}), _DAMAGED)
    for name, rows in (
        ("row-without-number", '<row r="x"/>'),
        ("row-twice", '<row r="2"><c r="A2"><v>1</v></c></row>'),
        ("row-zero", '<row r="0"><c r="A3"><v>1</v></c></row>'),
        ("rows-out-of-order", '<row r="9"/><row r="3"><c r="A3"><v>1</v></c></row>'),
        ("cell-without-place", '<row r="3"><c r="1A"><v>1</v></c></row>'),
        ("cell-twice", '<row r="3"><c r="A3"><v>1</v></c><c r="A3"><v>2</v></c></row>'),
        ("cell-of-another-row", '<row r="3"><c r="A4"><v>1</v></c></row>'),
        ("unknown-string", '<row r="3"><c r="A3" t="s"><v>9</v></c></row>'),
        ("unknown-style", '<row r="3"><c r="A3" s="99"><v>7</v></c></row>'),
    ):
        made = partial(xlsx, more={SHEET_PART: makers.sheet_with(rows)})
        yield refused("xlsx", name, made, _DAMAGED)
    yield from _entities()
    yield from _archives()


def _entities() -> Iterator[Case]:
    """Make workbooks whose parts define entities, which could grow or name a file."""
    for name, head in (
        ("entity-bomb", _LAUGHS),
        ("external-entity", _XXE),
        ("document-type", "<!DOCTYPE x>"),
    ):
        for part in (SHEET_PART, "xl/workbook.xml"):
            more = {part: head + makers.sheet_xml(makers.HEADINGS, GOOD)}
            yield Case(
                f"{name}-in-{part.rpartition('/')[2]}",
                "xlsx",
                partial(xlsx, GOOD, more=more),
                Refused(ReturnFault.DOCUMENT_TYPE),
            )
        strings = {
            **makers.with_strings(""),
            "xl/sharedStrings.xml": f'{head}<sst xmlns="{_MAIN}"><si><t>&j;&f;</t></si></sst>',
        }
        yield Case(
            f"{name}-in-sharedStrings.xml",
            "xlsx",
            partial(xlsx, GOOD, more=strings),
            Refused(_DAMAGED),
        )


def _archives() -> Iterator[Case]:
    """Make workbooks whose zip files are wrong."""
    twice = xlsx(GOOD, more={"xl/worksheets/sheet2.xml": "x"})
    yield Case(
        "part-twice",
        "xlsx",
        partial(bytes, twice.replace(b"sheet2.xml", b"sheet1.xml")),
        Refused(ReturnFault.PART_REPEATED, ["same part twice"]),
    )
    changed = zipped(
        {**xlsx_parts(), SHEET_PART: makers.sheet_xml(makers.HEADINGS, GOOD)}, zipfile.ZIP_STORED
    )
    yield Case(
        "bytes-changed",
        "xlsx",
        partial(bytes, changed.replace(b"On track", b"On trick")),
        Refused(_DAMAGED),
    )
    encrypted = bytearray(xlsx(GOOD))
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    yield Case(
        "zip-password", "xlsx", partial(bytes, bytes(encrypted)), Refused(ReturnFault.PASSWORD)
    )
    method = bytearray(xlsx(GOOD))
    method[method.index(b"PK\x01\x02") + 10] = 97
    yield Case("unknown-compression", "xlsx", partial(bytes, bytes(method)), Refused(_DAMAGED))


def _named(*sheets: tuple[str, str]) -> dict[str, bytes | str | None]:
    """Return the parts of a workbook with these sheets, each with its state."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" state="{state}" r:id="rId{number}"/>'
        for number, (name, state) in enumerate(sheets, 1)
    )
    relations = "".join(
        relation(number, "worksheet", f"worksheets/sheet{number}.xml")
        for number in range(2, len(sheets) + 1)
    )
    parts = xlsx_parts(listed, relations)
    body = makers.sheet_xml(makers.HEADINGS, GOOD)
    return parts | {
        f"xl/worksheets/sheet{number}.xml": body for number in range(1, len(sheets) + 1)
    }


def _sheets() -> Iterator[Case]:
    """Make workbooks whose sheets are not those that the source's entry names."""
    for name, sheets, code, words in (
        ("sheet-renamed", [("KPIs", "visible")], ReturnFault.SHEET_MISSING, ["`KPIs`", "`Return`"]),
        (
            "sheet-nearly-named",
            [("Return 2", "visible")],
            ReturnFault.SHEET_MISSING,
            ["`Return 2`"],
        ),
        (
            "sheet-hidden",
            [("Return", "hidden"), ("Notes", "visible")],
            ReturnFault.SHEET_HIDDEN,
            ["hidden"],
        ),
        (
            "sheet-very-hidden",
            [("Return", "veryHidden"), ("Notes", "visible")],
            ReturnFault.SHEET_HIDDEN,
            ["hidden"],
        ),
        (
            "two-sheets-alike",
            [("return", "visible"), ("RETURN ", "visible")],
            ReturnFault.SHEET_AMBIGUOUS,
            ["more than one"],
        ),
        ("no-sheets", [], ReturnFault.SHEET_MISSING, ["none"]),
    ):
        yield Case(name, "xlsx", partial(zipped, _named(*sheets)), Refused(code, words))
    chart = xlsx_parts(relations="")
    chart["xl/_rels/workbook.xml.rels"] = str(chart["xl/_rels/workbook.xml.rels"]).replace(
        "/worksheet", "/chartsheet"
    )
    yield Case(
        "chart-as-sheet",
        "xlsx",
        partial(xlsx, GOOD, more=chart),
        Refused(ReturnFault.SHEET_MISSING),
    )
    yield Case(
        "empty-sheet",
        "xlsx",
        partial(xlsx, more={SHEET_PART: makers.sheet_xml()}),
        Refused(ReturnFault.EMPTY),
    )
    yield Case("headings-alone", "xlsx", xlsx, Refused(ReturnFault.NO_FIGURES))
    renamed = makers.sheet_xml(("Ref", "Result", "Commentary"), GOOD)
    yield Case(
        "heading-renamed",
        "xlsx",
        partial(xlsx, more={SHEET_PART: renamed}),
        Refused(ReturnFault.HEADING_MISSING, ["`Outturn`", "`Result`"]),
    )
    doubled = makers.sheet_xml((*makers.HEADINGS, "Outturn"), (*GOOD, "8"))
    yield Case(
        "heading-twice",
        "xlsx",
        partial(xlsx, more={SHEET_PART: doubled}),
        Refused(ReturnFault.HEADING_REPEATED),
    )
