"""What a file is by its first bytes, where it is not what it should be."""

import re

_PACKED = rb"PK\x03\x04"
_KINDS = (
    (
        _PACKED + rb".{26}mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet",
        "an OpenDocument workbook (.ods)",
    ),
    (
        # Its first part is one of its own: another, such as a workbook, is a zip file's content.
        _PACKED
        + rb".{26}(?:\[Content_Types\]|_rels/|docProps/|customXml/|xl/)"
        + rb".*?xl/(?:workbook|worksheets/|theme/|_rels/)",
        "an Excel workbook",
    ),
    (rb"PK[\x03\x05]", "a zip file or document"),
    (
        rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office document (.xls, perhaps), or one with a password",
    ),
    (rb"\x1f\x8b", "a file packed by gzip"),
    (rb"%PDF", "a PDF document"),
    (rb"<\?xml(?!.*<html)", "an XML document"),
    (rb"<[a-z!?]", "a web page (HTML)"),
    (rb'\[?\s*\{\s*"', "a JSON document"),
)
_PATTERNS = [(re.compile(start, re.DOTALL | re.IGNORECASE), kind) for start, kind in _KINDS]


def kind_by_start(head: bytes) -> str | None:
    """Name the kind of a file with its article; null where its first bytes are of none known.

    Args:
        head: The file's first bytes. Kilobytes will do.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((kind for start, kind in _PATTERNS if start.match(text)), None)
