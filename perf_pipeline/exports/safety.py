"""Text from sources made safe for spreadsheets, in a way that can be undone.

OWASP ASVS 5.0, 1.2.10 (CWE-1236): in CSV and in workbooks alike, text that a spreadsheet might
take for a formula gets a single quote in front. A typed text cell of a workbook is no formula, but
becomes one again when somebody saves the sheet as CSV and opens that.
"""

import re

APOSTROPHE = "'"

_LOOKS_LIKE_FORMULA = re.compile(
    # Spaces, invisible characters and quotation marks, which importers may strip.
    r"(?:[^\S\t\r\n]|[\u200b-\u200f\u2060\ufeff\"'`\u2018-\u201f\u00ab\u00bb])*"
    # East Asian importers read the full-width forms too.
    r"[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]"
)
_CANNOT_BE_SHOWN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|\\(?=u[0-9a-f]{4})"
)
_SHOWN = re.compile(r"\\u([0-9a-f]{4})")


def safe_text(text: str) -> str:
    r"""Return text as CSV files and workbooks hold it; `restored_text` is the way back.

    Control characters, and what XML cannot hold, become `\u` and four digits; so does a backslash
    that would read as the beginning of one.
    """
    shown = _CANNOT_BE_SHOWN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return f"{APOSTROPHE}{shown}" if _LOOKS_LIKE_FORMULA.match(text) else shown


def restored_text(text: str) -> str:
    """Return the text that `safe_text` was given."""
    shown = _SHOWN.sub(lambda match: chr(int(match[1], 16)), text)
    rest = shown.removeprefix(APOSTROPHE)
    return rest if rest != shown and _LOOKS_LIKE_FORMULA.match(rest) else shown
