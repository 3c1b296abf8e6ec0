"""OpenDocument workbooks and JSON documents that nobody should send."""

from collections.abc import Iterator, Mapping
from functools import partial

from perf_pipeline.rules import ReturnFault
from perf_pipeline_tests.corpus import makers
from perf_pipeline_tests.corpus.cases import Case, Refused, Rows, refused
from perf_pipeline_tests.corpus.makers import (
    GOOD,
    HEADINGS,
    Parts,
    Row,
    ods,
    ods_cell,
    ods_content,
    ods_row,
    ods_table,
    record,
    records,
)

_WHOLE = {"ADS-05": 7.0}
_DAMAGED = ReturnFault.DAMAGED
_LARGE = ReturnFault.TOO_LARGE
_MALFORMED = ReturnFault.MALFORMED
_RECORD = b'{"Ref": "ADS-05", "Outturn": 7, "Commentary": "x"}'
_LIST = b"[" + _RECORD + b"]"
_ITEMS: Mapping[str, object] = {"records_path": "data.items"}
_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
_OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
_HIDDEN = (
    '<office:automatic-styles><style:style style:name="h"><style:table-properties '
    'table:display="false"/></style:style></office:automatic-styles>'
)


def _table(*rows: Row, head: str = "", styles: str = "", **named: str) -> bytes:
    return ods(content=ods_content(ods_table(HEADINGS, *rows, **named), styles, head))


def _changed(**parts: str | None) -> bytes:
    names: Parts = {
        {"manifest": "META-INF/manifest.xml", "content": "content.xml"}.get(name, name): content
        for name, content in parts.items()
    }
    return ods(GOOD, more=names)


def _with(row: str) -> bytes:
    """Make a workbook with a row of its own behind the last."""
    table = ods_table(HEADINGS, GOOD).replace("</table:table>", f"{row}</table:table>")
    return ods(content=ods_content(table))


def _repeated(count: object, columns: object = 1) -> bytes:
    cell = ods_cell(f'value-type="string" number-columns-repeated="{columns}"', "x")
    return _with(ods_row((cell,), f' table:number-rows-repeated="{count}"'))


def ods_cases() -> Iterator[Case]:
    """Make the cases of .ods workbooks."""
    number = ods_cell('value-type="float" value="x"')
    spaces = ods_cell('value-type="string"', '<text:s text:c="2000000000"/>')
    spans = "<text:span>" * 200_000 + "x" + "</text:span>" * 200_000
    twice = ods_table(HEADINGS, GOOD) * 2
    text_kind = "application/vnd.oasis.opendocument.text"
    for name, make, code, *words in (
        ("cut", lambda: ods(content=ods_content("")[:-60]), _DAMAGED),
        ("without-content", lambda: _changed(content=None), _DAMAGED),
        ("without-manifest", lambda: _changed(manifest=None), ReturnFault.SECOND_READER),
        (
            "password",
            lambda: _changed(manifest="<manifest:encryption-data>"),
            ReturnFault.PASSWORD,
            "password",
        ),
        ("text-document", lambda: _changed(mimetype=text_kind), ReturnFault.WRONG_KIND),
        (
            "entity-bomb",
            lambda: _table(("ADS-05", "7", ods_cell("", "&b;")), head=_BOMB),
            ReturnFault.DOCUMENT_TYPE,
            "document type",
        ),
        (
            "external-entity",
            lambda: _table(("ADS-05", "7", ods_cell("", "&f;")), head=_OUTSIDE),
            ReturnFault.DOCUMENT_TYPE,
            "document type",
        ),
        ("sheet-renamed", lambda: _table(GOOD, name="KPIs"), ReturnFault.SHEET_MISSING, "`KPIs`"),
        (
            "sheet-hidden",
            lambda: _table(GOOD, styles=_HIDDEN, attributes=' table:style-name="h"'),
            ReturnFault.SHEET_HIDDEN,
            "hidden",
        ),
        (
            "two-sheets-alike",
            lambda: ods(content=ods_content(twice)),
            ReturnFault.SHEET_AMBIGUOUS,
            "more than one",
        ),
        ("headings-alone", ods, ReturnFault.NO_FIGURES),
        (
            "heading-missing",
            lambda: ods(content=ods_content(ods_table(("Ref", "Commentary"), ("ADS-05", "x")))),
            ReturnFault.HEADING_MISSING,
            "`Outturn`",
        ),
        ("row-repeated-too-often", lambda: _repeated(1_000_000), _LARGE),
        ("cell-repeated-too-often", lambda: _repeated(1, 10**9), _LARGE),
        ("repeated-within-limits", lambda: _repeated(49_000, 300), _LARGE, "filled"),
        ("negative-repeats", lambda: _repeated(-5), _DAMAGED, "-5 times"),
        ("no-repeats", lambda: _repeated(0), _DAMAGED, "0 times"),
        ("negative-columns", lambda: _repeated(1, -5), _DAMAGED, "-5 times"),
        ("repeats-of-nonsense", lambda: _repeated("x"), _DAMAGED),
        (
            "billions-of-spaces",
            lambda: _table(("ADS-05", "7", spaces)),
            ReturnFault.TOO_MUCH_MEMORY,
            "500 MB",
        ),
        ("deep-markup", lambda: ods(content=ods_content("<a>" * 500_000)), _DAMAGED),
        ("number-of-nonsense", lambda: _table(("ADS-05", number, "")), _DAMAGED),
        ("bomb", lambda: ods(content="x" * 210_000_000), ReturnFault.ZIP_BOMB, "210 MB"),
    ):
        yield refused("ods", name, make, code, *words)
    deep = partial(_table, ("ADS-05", "7", ods_cell('value-type="string"', spans)))
    yield Case("deep-spans", "ods", deep, Rows((), _WHOLE))


def json_cases() -> Iterator[Case]:
    """Make the cases of JSON documents."""
    keys = b",".join(b'"%d": 1' % number for number in range(200_000))
    for name, content, code, *words in (
        ("nothing", b"", ReturnFault.EMPTY, "empty"),
        ("white-space", b" \n", ReturnFault.EMPTY, "empty"),
        ("no-records", b"[]", ReturnFault.NO_FIGURES),
        ("html", b"<html>Log in</html>", ReturnFault.WRONG_KIND, "log-in page"),
        ("csv", b"Ref,Outturn\nADS-05,7\n", _MALFORMED),
        ("cut", _LIST[:-10], ReturnFault.CUT_SHORT, "cut short"),
        ("cut-between-records", b"[" + _RECORD + b",", ReturnFault.CUT_SHORT, "cut short"),
        ("two-documents", _LIST * 2, _MALFORMED),
        ("lines-of-records", _RECORD + b"\n" + _RECORD, _MALFORMED),
        ("single-quotation-marks", _LIST.replace(b'"', b"'"), _MALFORMED),
        ("comma-at-the-end", b"[" + _RECORD + b",]", _MALFORMED),
        ("comment", b"// figures\n" + _LIST, _MALFORMED),
        ("nan", _LIST.replace(b"7", b"NaN"), _MALFORMED, "NaN"),
        ("infinity", _LIST.replace(b"7", b"-Infinity"), _MALFORMED, "-Infinity"),
        ("leading-zero", _LIST.replace(b"7", b"007"), _MALFORMED),
        (
            "key-twice",
            _LIST.replace(b"Commentary", b"Outturn"),
            ReturnFault.KEY_REPEATED,
            "`Outturn`",
        ),
        ("key-twice-of-many", b"[{" + keys + b',"0": 2}]', ReturnFault.KEY_REPEATED, "`0`"),
        ("key-twice-outside", b'{"a": 1, "a": ' + _LIST + b"}", ReturnFault.KEY_REPEATED, "`a`"),
        ("deep-lists", b"[" * 1_000_000, _MALFORMED),
        ("deep-lists-closed", b"[" * 200_000 + b"]" * 200_000, _MALFORMED),
        ("deep-objects", b'{"a":' * 200_000 + b"1" + b"}" * 200_000, _MALFORMED),
        ("deep-cell", _LIST.replace(b"7", b"[" * 900 + b"]" * 900), _MALFORMED, "too deep"),
        ("utf-16", _LIST.decode().encode("utf-16"), ReturnFault.ENCODING, "UTF-8"),
        ("cp1252", _LIST.replace(b"x", b"\xa3"), ReturnFault.ENCODING, "UTF-8"),
        ("nul", _LIST.replace(b"x", b"\0"), _MALFORMED),
        ("object-without-list", _RECORD, ReturnFault.RECORDS_MISSING, "list of records"),
        ("number", b"7", ReturnFault.RECORDS_MISSING),
        ("text", b'"ADS-05"', ReturnFault.RECORDS_MISSING),
        ("null", b"null", ReturnFault.RECORDS_MISSING),
        ("key-missing", b'[{"Ref": "ADS-05"}]', ReturnFault.HEADING_MISSING, "`Outturn`"),
        ("too-many-records", b"[" + b"0," * 50_000 + b"0]", _LARGE, "50,001"),
        ("huge-number", _LIST.replace(b"7", b"9" * 1_000_000), ReturnFault.SECOND_READER),
        ("lone-surrogate", _LIST.replace(b"x", rb"\ud800"), ReturnFault.SECOND_READER),
        ("workbook", makers.xlsx(GOOD), ReturnFault.ENCODING),
    ):
        yield refused("json", name, partial(bytes, content), code, *words)
    many = partial(_lists, 30_000_000)
    yield refused("json", "more-than-memory", many, ReturnFault.TOO_MUCH_MEMORY, "500 MB")
    elsewhere = Refused(ReturnFault.RECORDS_MISSING, ["`data.items`"])
    yield Case("records-elsewhere", "json", partial(bytes, _LIST), elsewhere, _ITEMS)
    page = b'{"next": "/2", "data": {"items": ' + _LIST + b"}}"
    saved = Refused(ReturnFault.PAGE_OF_SEVERAL, ["one page of several"])
    yield Case("saved-page", "json", partial(bytes, page), saved, {**_ITEMS, "next_path": "next"})
    others = b'[7, "ADS-04", null, ["ADS-04", 3], ' + _RECORD + b"]"
    read = Rows(("row_malformed",) * 4, _WHOLE, 0)
    yield Case("records-that-are-none", "json", partial(bytes, others), read)
    made = partial(records, record("ADS-04", 3, "a\0b"), record())
    yield Case("nul-in-a-text", "json", made, Rows(("control_character",), _WHOLE, 0))


def _lists(count: int) -> bytes:
    return b"[" + b"[]," * count + b"[]]"
