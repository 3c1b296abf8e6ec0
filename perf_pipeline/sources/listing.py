"""Whether a source's file is there and has changed: looked up without being read or landed."""

import hashlib
from pathlib import Path
from typing import TypeGuard

from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import CsvEntry, ExcelEntry, FileEntry, JsonEntry, Source
from perf_pipeline.sources.files import FileMark, file_mark, is_http, open_file, shown_location
from perf_pipeline.sources.wording import ReturnPlace

FileSource = CsvEntry | ExcelEntry | JsonEntry
"""A source whose return may be a file."""


def is_listed(entry: Source) -> TypeGuard[FileSource]:
    """Tell whether a source's return is a file that can be listed: no query and no web address."""
    return isinstance(entry, FileEntry) and not is_http(entry.location)


def listed_mark(entry: FileSource, quarter: Quarter, council_folder: Path) -> FileMark | None:
    """Return by what a listed source's file is seen to have changed, None where there is none.

    Raises:
        ReturnError: Nobody can tell whether it is there.
    """
    location, place = _located(entry, quarter)
    return file_mark(location, council_folder, place)


def listed_sha256(entry: FileSource, quarter: Quarter, council_folder: Path) -> str | None:
    """Read a listed source's file once and return its SHA-256, None where there is none.

    Raises:
        ReturnError: It cannot be read, is too large, or was written while it was read.
    """
    location, place = _located(entry, quarter)
    pieces = open_file(location, council_folder, place)
    if pieces is None:
        return None
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _located(entry: FileSource, quarter: Quarter) -> tuple[str, ReturnPlace]:
    location = entry.located(entry.location, quarter)
    return location, ReturnPlace(entry, shown_location(location), quarter)
