"""What a file is that should be CSV and is not: another kind, or CSV without commas."""

import codecs
import csv
import io

from perf_pipeline.disaggregated.headings import missing_headings
from perf_pipeline.disaggregated.storage import open_located
from perf_pipeline.disaggregated_entries import DisaggregatedEntry
from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.file_kinds import kind_by_start
from perf_pipeline.sources.wording import SourcePlace, listed

_SNIFFED_BYTES = 1 << 16
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
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
        ReturnError: It is of another kind, in UTF-16, or separated by something else.
    """
    with open_located(location) as file:
        head = file.read(_SNIFFED_BYTES)
    missing = {each: _missing(head, each, entry) for each in (",", *_OTHER_SEPARATORS)}
    if not missing[","]:
        return
    if _is_utf_16(head):
        raise place.error(
            "This is a text in UTF-16, and only UTF-8 is read.",
            "Save the file as UTF-8",
            ReturnFault.ENCODING,
        )
    if kind := kind_by_start(head):
        raise place.error(
            f"This is {kind}, and neither CSV nor Parquet.",
            "Export it as CSV (UTF-8, commas) or Parquet and send that",
            ReturnFault.WRONG_KIND,
        )
    separator = min(missing, key=lambda each: len(missing[each]))
    if separator != ",":
        raise _separated(separator, missing[separator], place)


def _missing(head: bytes, separator: str, entry: DisaggregatedEntry) -> list[str]:
    """Return the headings that the first row lacks where its cells are separated so."""
    text = io.StringIO(head.decode("utf-8-sig", "replace"), newline="")
    return missing_headings(next(csv.reader(text, delimiter=separator), []), entry)


def _is_utf_16(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    halves = sorted(half.count(0) / max(1, len(half)) for half in (head[::2], head[1::2]))
    return halves[0] == 0 and halves[1] > _MOST_LETTERS


def _separated(separator: str, missing: list[str], place: SourcePlace) -> ReturnError:
    others = f" Headings missing: {listed(missing)}." if missing else ""
    return place.error(
        f"Its cells are separated by {_OTHER_SEPARATORS[separator]}, and only commas are read."
        f"{others}",
        "Set the export's separator to a comma (in LibreOffice: Save As, Text CSV, Edit filter "
        "settings)",
        ReturnFault.HEADING_MISSING,
    )
