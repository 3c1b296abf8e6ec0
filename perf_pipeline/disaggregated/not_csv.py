"""What a file is that should be CSV and is not: another kind, or CSV without commas."""

import codecs
import csv
import io
import re

from perf_pipeline.disaggregated.headings import missing_headings
from perf_pipeline.disaggregated.storage import open_located
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.file_kinds import kind_by_start
from perf_pipeline.sources.wording import SourcePlace, listed, quoted

_SNIFFED_BYTES = 1 << 16
_UTF_8 = "utf-8-sig"
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SEPARATOR_ROW = re.compile(r'"?(sep=([^"\w\r\n]))"?(?:\r\n?|\n)', re.IGNORECASE)
"""A first row that Excel follows and does not show, such as `sep=;`."""

_MOST_LETTERS = 0.7
"""In UTF-16 every other byte of a Latin letter is 0: nearly all, whatever else stands between."""


def require_csv(location: str, entry: DisaggregatedEntry, place: SourcePlace) -> None:
    """Refuse a file that is known for something else than CSV with commas.

    One that has all headings is not looked at further, and one that is of no kind known is left
    to its reader.

    Args:
        location: Where the file is.
        entry: Which headings it should have.
        place: Whose it is.

    Raises:
        ReturnError: It is of another kind, in UTF-16, or separated by something else, or its first
            row names the separator.
    """
    with open_located(location) as file:
        head = file.read(_SNIFFED_BYTES)
    encoding = _encoding(head)
    text = head.decode(encoding, "replace")
    named = _SEPARATOR_ROW.match(text)
    separator, missing = _best_separator(text, named, entry)
    others = f" Headings missing: {listed(missing)}." if missing else ""
    if encoding != _UTF_8:
        raise place.error(
            f"This is a text in UTF-16, and only UTF-8 is read.{others}",
            "Save it as CSV in UTF-8 with commas (in Excel: `CSV UTF-8 (Comma delimited)`)",
            ReturnFault.ENCODING,
        )
    if missing and (kind := kind_by_start(head)):
        raise place.error(
            f"This is {kind}, and neither CSV nor Parquet.",
            "Export it as CSV (UTF-8, commas) or Parquet and send that",
            ReturnFault.WRONG_KIND,
        )
    if named:
        raise _named(named[1], separator, others, place)
    if separator != ",":
        raise _separated(separator, others, place)


def _encoding(head: bytes) -> str:
    """Tell UTF-16 by its mark or its many zeros; all else should be UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = (half.count(0) / max(1, len(half)) for half in (head[::2], head[1::2]))
    if even == 0 and odd > _MOST_LETTERS:
        return "utf-16-le"
    return "utf-16-be" if odd == 0 and even > _MOST_LETTERS else _UTF_8


def _best_separator(
    text: str, named: re.Match[str] | None, entry: DisaggregatedEntry
) -> tuple[str, list[str]]:
    """Return the separator by which the fewest headings are missing, and which these are."""
    separators = [*([named[2]] if named else []), ",", *_OTHER_SEPARATORS]
    below = text[named.end() if named else 0 :]
    missing = {each: _missing(below, each, entry) for each in separators}
    best = min(missing, key=lambda each: len(missing[each]))
    return best, missing[best]


def _missing(text: str, separator: str, entry: DisaggregatedEntry) -> list[str]:
    """Return the headings that the first row lacks where its cells are separated so."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return missing_headings(next(rows, []), entry)


def _named(row: str, separator: str, others: str, place: SourcePlace) -> ReturnError:
    further = "" if separator == "," else " and separate cells by commas"
    return place.error(
        f"Its first row is {quoted(row)}, which names a separator, and the headings must stand "
        f"there.{others}",
        f"Take that row away{further}",
        ReturnFault.HEADING_MISSING,
    )


def _separated(separator: str, others: str, place: SourcePlace) -> ReturnError:
    return place.error(
        f"Its cells are separated by {_OTHER_SEPARATORS[separator]}, and only commas are read."
        f"{others}",
        "Set the export's separator to a comma (in LibreOffice: Save As, Text CSV, Edit filter "
        "settings)",
        ReturnFault.HEADING_MISSING,
    )
