"""Workbooks that are made to swell, to reach out, or to look like other than they are."""

from collections.abc import Iterator
from functools import partial

from perf_pipeline.rules import ReturnFault
from perf_pipeline_tests.corpus import makers
from perf_pipeline_tests.corpus.cases import Case, Refused, Rows, refused
from perf_pipeline_tests.corpus.makers import (
    GOOD,
    OLE2,
    SHEET_PART,
    Raw,
    relation,
    sheet_with,
    xlsx,
    xlsx_parts,
    zipped,
)

SLIP = "corpus-slip"
"""Name of files that would stand outside the landing folder, were a workbook unpacked."""

_WHOLE = {"ADS-05": 7.0}
_READ = Rows((), _WHOLE)
_RELATIONS = "xl/_rels/workbook.xml.rels"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NOWHERE = "http://127.0.0.1:9/"
_DAMAGED = ReturnFault.DAMAGED
_BOMB = ReturnFault.ZIP_BOMB
_LARGE = ReturnFault.TOO_LARGE


def hostile_cases() -> Iterator[Case]:
    """Make the cases of .xlsx workbooks that mean harm, or seem to."""
    for name, make, code, *words in (
        ("cell-at-the-far-corner", partial(_far, "XFD", 1_048_576), _LARGE, "XFD1048576"),
        ("cell-too-low", partial(_far, "A", 50_001), _LARGE, "A50001"),
        ("cell-too-far-right", partial(_far, "ALM", 3), _LARGE, "ALM3"),
        ("cell-beyond-any-sheet", partial(_far, "ZZZ", 3), _LARGE),
        ("row-beyond-any-sheet", partial(_far, "A", 10**11), _LARGE),
        ("zip-bomb", lambda: _sheet(bytes(250_000_000)), _BOMB, "250 MB"),
        ("tight-zip-bomb", lambda: _sheet(b"<row/>" * 5_000_000), _BOMB),
        ("nested-bomb", lambda: _sheet(zipped({"bomb": bytes(150_000_000)})), _DAMAGED),
        ("many-parts", _many_parts, _BOMB),
        ("lying-directory", _lying, _DAMAGED),
        ("overlapping-parts", _overlapping, _DAMAGED),
        ("too-many-cells", _many_cells, _LARGE, "150,000 filled"),
        ("millions-of-rows", _many_rows, ReturnFault.TOO_SLOW, "seconds"),
        ("millions-of-styles", _many_styles, ReturnFault.TOO_MUCH_MEMORY, "500 MB"),
        ("deep-markup", lambda: _sheet(f'<worksheet xmlns="{_MAIN}">{"<x>" * 10**6}'), _DAMAGED),
        ("many-attributes", _many_attributes, ReturnFault.EMPTY),
    ):
        yield refused("xlsx", name, make, code, *words)
    yield from _reaching_out()
    yield from _rows()


def _sheet(content: bytes | str) -> bytes:
    return zipped({**xlsx_parts(), SHEET_PART: content})


def _far(column: str, row: int) -> bytes:
    return _sheet(sheet_with(f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>'))


def _many_parts() -> bytes:
    return zipped({**xlsx_parts(), **{f"xl/{number}": b"" for number in range(10_001)}})


def _lying() -> bytes:
    true, stated = (size.to_bytes(4, "little") for size in (150_000_000, 1_000))
    return _sheet(bytes(150_000_000)).replace(true, stated)


def _overlapping() -> bytes:
    """Let two entries of the directory point at one part, as bombs that need no nesting do."""
    content = bytearray(xlsx(GOOD))
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def _many_cells() -> bytes:
    return xlsx(*[(f"ADS-{n}", n, f"text {n}", n, n, n) for n in range(30_000)])


def _many_rows() -> bytes:
    """Write rows that hold nothing: no limit of cells or of memory meets them."""
    return _sheet(sheet_with("".join(f'<row r="{number}"/>' for number in range(3, 8_000_000))))


def _many_styles() -> bytes:
    words = enumerate(makers.noisy_words(1_500_000), 200)
    formats = "".join(f'<numFmt numFmtId="{id_}" formatCode="{word}"/>' for id_, word in words)
    return xlsx(GOOD, more={"xl/styles.xml": makers.styles_xml(f"<numFmts>{formats}</numFmts>")})


def _many_attributes() -> bytes:
    attributes = " ".join(f'a{number}="1"' for number in range(300_000))
    return _sheet(f'<worksheet xmlns="{_MAIN}" {attributes}/>')


def _reaching_out() -> Iterator[Case]:
    """Make workbooks that name files and addresses outside: none of it is followed or written."""
    part = "externalLinks/externalLink1.xml"
    linked = {
        **xlsx_parts(relations=relation(3, "externalLink", part)),
        f"xl/{part}": f'<externalLink xmlns="{_MAIN}"/>',
    }
    picture = xlsx_parts(relations=relation(3, "image", f"{_NOWHERE}x.png", "External"))
    link = Raw('<c r="{ref}"><f>[1]Sheet1!A1</f><v>7</v></c>')
    call = Raw(f'<c r="{{ref}}"><f>WEBSERVICE("{_NOWHERE}")</f><v>7</v></c>')
    for name, make in (
        ("external-link", partial(xlsx, ("ADS-05", link, ""), more=linked)),
        ("web-service-formula", partial(xlsx, ("ADS-05", call, ""))),
        ("path-out-of-the-folder", partial(xlsx, GOOD, more={f"{'../' * 9}tmp/{SLIP}": "x"})),
        ("absolute-path", partial(xlsx, GOOD, more={f"/tmp/{SLIP}": "x"})),  # noqa: S108 - bait
        ("macros", partial(xlsx, GOOD, more={"xl/vbaProject.bin": OLE2})),
        ("remote-picture", partial(xlsx, GOOD, more=picture)),
    ):
        yield Case(name, "xlsx", make, _READ)
    for name, target in (
        ("sheet-out-of-the-folder", "../../../etc/passwd"),
        ("sheet-elsewhere", f"{_NOWHERE}sheet.xml"),
    ):
        relations = str(xlsx_parts()[_RELATIONS]).replace("worksheets/sheet1.xml", target)
        yield refused("xlsx", name, partial(xlsx, GOOD, more={_RELATIONS: relations}), _DAMAGED)


def _rows() -> Iterator[Case]:
    """Make workbooks whose size and rows are not what they seem."""
    far, near, nonsense = (
        partial(xlsx, GOOD, before=f'<dimension ref="{ref}"/>')
        for ref in ("A1:XFD1048576", "A1", "A0:ZZZZ")
    )
    bad = ("ADS-04", "x", "")
    merged = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    wrong = Rows(("not_a_number",), _WHOLE)
    long = ("ADS-04", "3", "x" * 40_000)
    escaped = ("ADS-04", "3", "a_x0001_b")
    other = makers.sheet_xml(makers.HEADINGS, GOOD).replace("spreadsheetml", "wordprocessingml")
    for name, make, expected in (
        ("dimension-that-lies-far", far, _READ),
        ("dimension-that-lies-near", near, _READ),
        ("dimension-of-nonsense", nonsense, Refused(_DAMAGED, ["from ***"])),
        ("hidden-row", partial(xlsx, bad, GOOD, attributes=' hidden="1"'), wrong),
        ("merged-everything", partial(xlsx, bad, GOOD, after=merged), wrong),
        (
            "cell-longer-than-excel's",
            partial(xlsx, long, GOOD),
            Rows((), {"ADS-04": 3.0, **_WHOLE}),
        ),
        (
            "escaped-control-character",
            partial(xlsx, escaped, GOOD),
            Rows(("control_character",), _WHOLE),
        ),
        ("sheet-of-another-kind", partial(_sheet, other), Refused(ReturnFault.EMPTY)),
    ):
        yield Case(name, "xlsx", make, expected)
