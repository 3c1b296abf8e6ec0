"""Delimited files that nobody should send: encodings, quotation marks, shapes, sizes."""

from collections.abc import Iterator, Mapping
from functools import partial

from perf_pipeline.rules import ReturnFault
from perf_pipeline_tests.corpus import makers
from perf_pipeline_tests.corpus.cases import Case, Refused, Rows, refused
from perf_pipeline_tests.corpus.makers import GOOD, OLE2

_HEAD = "Ref,Outturn,Commentary\n"
_LINE = "ADS-05,7,On track\n"
_FILE = _HEAD + _LINE
_ENCODING = ReturnFault.ENCODING
_LATIN: Mapping[str, object] = {"encoding": "cp1252"}
_WHOLE = {"ADS-05": 7.0}

CONTENTS = (
    # name, content, code, words
    ("nothing", b"", ReturnFault.EMPTY, ["nothing in the file"]),
    ("white-space", b" \r\n\t\r\n", ReturnFault.EMPTY, ["nothing in the file"]),
    ("mark-alone", b"\xef\xbb\xbf", ReturnFault.EMPTY, ["nothing in the file"]),
    ("headings-alone", _HEAD, ReturnFault.NO_FIGURES, ["no rows of figures"]),
    ("notes-alone", _HEAD + ",,No figures this quarter\n", ReturnFault.NO_FIGURES, []),
    ("no-headings", _LINE, ReturnFault.HEADING_MISSING, ["`Ref`", "`Outturn`", "`Commentary`"]),
    (
        "heading-renamed",
        _FILE.replace("Outturn", "Result"),
        ReturnFault.HEADING_MISSING,
        ["`Outturn`", "`Result`"],
    ),
    (
        "heading-twice",
        "Ref,Outturn,Outturn,Commentary\nADS-05,7,8,x\n",
        ReturnFault.HEADING_REPEATED,
        ["`Outturn`"],
    ),
    (
        "heading-look-alike",
        _FILE.replace("Ref", "R\u0435f"),
        ReturnFault.HEADING_MISSING,
        ["`Ref`"],
    ),
    (
        "semicolons",
        _FILE.replace(",", ";"),
        ReturnFault.HEADING_MISSING,
        ["`Ref;Outturn;Commentary`"],
    ),
    ("tabs", _FILE.replace(",", "\t"), ReturnFault.HEADING_MISSING, ["Ref\\tOutturn"]),
    ("utf-16-with-mark", _FILE.encode("utf-16"), _ENCODING, ["UTF-16"]),
    ("utf-16-without-mark", _FILE.encode("utf-16-le"), _ENCODING, ["NUL"]),
    ("utf-32", _FILE.encode("utf-32"), _ENCODING, ["UTF-32"]),
    ("cp1252", _FILE.replace("On", "£").encode("cp1252"), _ENCODING, ["0xA3", "Line 2"]),
    (
        "mixed-encodings",
        (_FILE + "ADS-04,3,caf\u00e9\n").encode() + "ADS-01,75%,caf\u00e9\n".encode("cp1252"),
        _ENCODING,
        ["0xE9", "Line 4"],
    ),
    ("overlong-utf-8", _FILE.encode() + b"\xc0\xaf", _ENCODING, ["0xC0"]),
    ("surrogate-in-utf-8", _FILE.encode() + b"\xed\xa0\x80", _ENCODING, ["0xED"]),
    ("cut-inside-a-character", (_FILE + "ADS-04,3,\u20ac").encode()[:-1], _ENCODING, ["0xE2"]),
    ("nul", _FILE.replace("On", "O\0n"), _ENCODING, ["NUL", "Line 2"]),
    ("sparse", _FILE.encode() + bytes(1_000_000), _ENCODING, ["NUL"]),
    ("open-quotation-mark", _FILE + 'ADS-04,3,"cut off', ReturnFault.CUT_SHORT, ["line 3"]),
    (
        "open-quotation-mark-early",
        _HEAD + 'ADS-05,"7,x\n' + _LINE * 2_000,
        ReturnFault.CUT_SHORT,
        ["line 2"],
    ),
    (
        "text-behind-quotation-mark",
        _HEAD + 'ADS-05,7,"On"track\n',
        ReturnFault.QUOTATION_MARKS,
        ["line 2"],
    ),
    (
        "unescaped-quotation-mark",
        _HEAD + 'ADS-05,7,"the "best" yet"\n',
        ReturnFault.QUOTATION_MARKS,
        ["line 2"],
    ),
    (
        "huge-cell",
        _HEAD + "ADS-05,7," + "x" * 1_000_000 + "\n",
        ReturnFault.QUOTATION_MARKS,
        ["line 2", "131,072"],
    ),
    ("a-million-columns", _HEAD + "," * 1_000_000 + "\n", ReturnFault.TOO_LARGE, ["1,000 columns"]),
    (
        "html",
        "<!DOCTYPE html><html><body>Log in</body></html>",
        ReturnFault.HEADING_MISSING,
        ["DOCTYPE"],
    ),
    ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", _ENCODING, ["0xE2"]),
    ("workbook-as-csv", makers.xlsx(GOOD), _ENCODING, []),
    ("old-workbook-as-csv", OLE2.ljust(600, b"\0"), _ENCODING, ["0xD0"]),
    ("image", b"\x89PNG\r\n\x1a\n" + bytes(100), _ENCODING, ["0x89"]),
    ("gzip", b"\x1f\x8b\x08\x00", _ENCODING, ["0x8B"]),
    ("json-as-csv", b'[{"Ref": "ADS-05"}]', ReturnFault.HEADING_MISSING, []),
    ("executable", b"MZ\x90\x00", _ENCODING, ["0x90"]),
)
"""Files that are refused as a whole."""


def text_cases() -> Iterator[Case]:
    """Make the cases of delimited files."""
    for name, content, code, words in CONTENTS:
        made = content if isinstance(content, bytes) else content.encode()
        yield Case(name, "csv", partial(bytes, made), Refused(code, words))
    yield Case("noise", "csv", partial(makers.noise, 100_000), Refused(_ENCODING))
    for name, line, count in (
        ("too-many-rows", _LINE, 50_000),
        ("too-many-empty-rows", "\n", 200_000),
        ("a-million-rows", _LINE, 1_000_000),
    ):
        yield refused(
            "csv", name, partial(_long, line, count), ReturnFault.TOO_LARGE, "50,000 rows"
        )
    yield Case(
        "larger-than-is-landed",
        "csv",
        partial(bytes, 100_000_001),
        Refused(ReturnFault.TOO_LARGE, ["100 MB"]),
    )
    yield Case(
        "more-than-memory", "csv", _many_cells, Refused(ReturnFault.TOO_MUCH_MEMORY, ["500 MB"])
    )
    yield from _ragged()
    yield from _stated()


def _long(line: str, count: int) -> bytes:
    return (_FILE + line * count).encode()


def _many_cells() -> bytes:
    """Stay below every limit that can be seen from outside, with 49 million cells."""
    return _HEAD.encode() + (b"x," * 999 + b"\n") * 49_000


def _ragged() -> Iterator[Case]:
    malformed = Rows(("row_malformed",), _WHOLE, words=("cannot be told apart",))
    for name, line in (
        ("field-too-many", "ADS-04,1,234,On track\n"),
        ("field-too-few", "ADS-04\n"),
        ("separator-in-text", "ADS-04,3,better, but late\n"),
        ("separator-of-another-kind", "ADS-04;3;better\n"),
        ("line-in-quotation-marks", '"ADS-04,75,We are on track"\n'),
        ("semicolons-and-words", "ADS-01;80%;up on last quarter\n"),
        ("bars-and-words", "ADS-01|80%|up on last quarter\n"),
        ("two-rows-in-one", "ADS-04,3,x,ADS-03,4,y\n"),
    ):
        yield Case(name, "csv", partial(bytes, (_FILE + line).encode()), malformed)
    unknown = Rows(("kpi_unknown",), _WHOLE, words=("is not a KPI",))
    for name, line in (
        ("row-without-separators", "ADS-04 75 on track\n"),
        ("row-nearly-without-separators", "ADS-O4: 80% this quarter\n"),
    ):
        yield Case(name, "csv", partial(bytes, (_FILE + line).encode()), unknown)
    made = partial(bytes, (_FILE + 'ADS-04,x,"two\nlines"\n\nADS-01,y,z\n').encode())
    yield Case("line-break-in-a-cell", "csv", made, Rows(("not_a_number",) * 2, _WHOLE))
    made = partial(bytes, (_HEAD + "ADS-04,x,y\r" + _LINE).encode())
    yield Case("mixed-line-ends", "csv", made, Rows(("not_a_number",), _WHOLE))


def _stated() -> Iterator[Case]:
    """Make files that disagree with what their source's entry says."""
    utf8 = (_FILE.replace("On", "£")).encode()
    ambiguous = Refused(ReturnFault.ENCODING_AMBIGUOUS, ["`£`", "`Â£`"])
    yield Case("utf-8-stated-as-cp1252", "csv", partial(bytes, utf8), ambiguous, _LATIN)
    undefined = Refused(_ENCODING, ["0x81"])
    yield Case(
        "undefined-in-cp1252", "csv", partial(bytes, _FILE.encode() + b"\x81"), undefined, _LATIN
    )
    marked = Refused(_ENCODING, ["UTF-8"])
    yield Case(
        "marked-utf-8-stated-as-cp1252",
        "csv",
        partial(bytes, b"\xef\xbb\xbf" + utf8),
        marked,
        _LATIN,
    )
    odd = _FILE.encode("utf-16-le") + b"x"
    cut = Refused(_ENCODING)
    yield Case("odd-length-utf-16", "csv", partial(bytes, odd), cut, {"encoding": "utf-16-le"})
    yield Case(
        "utf-7-stated",
        "csv",
        partial(bytes, _HEAD.encode() + b"ADS-05,+,x\n"),
        cut,
        {"encoding": "utf-7"},
    )
    entry = Refused(ReturnFault.ENTRY_UNUSABLE, ["separator"])
    yield Case(
        "separator-that-is-none", "csv", partial(bytes, _FILE.encode()), entry, {"delimiter": '"'}
    )
