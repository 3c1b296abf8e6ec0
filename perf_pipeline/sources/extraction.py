"""A source's return of a quarter: fetched, landed, and only then read, from the landed copy.

Nothing that was sent is parsed here: a child process does that, under limits.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pandas as pd

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault
from perf_pipeline.schemas import empty, stages
from perf_pipeline.source_entries import JsonEntry, Source, SqlEntry
from perf_pipeline.sources.confined import count_confined, read_confined, template_mark
from perf_pipeline.sources.files import is_http, open_file, shown_location
from perf_pipeline.sources.http_requests import PATIENCE, Patience, fetch
from perf_pipeline.sources.json_api import fetch_document
from perf_pipeline.sources.landing import Landing
from perf_pipeline.sources.limits import LARGEST_BYTES
from perf_pipeline.sources.return_frames import return_rows
from perf_pipeline.sources.sql_queries import database_place, fetch_result
from perf_pipeline.sources.wording import ReturnPlace

_FILE_TIMEOUT_SECONDS = 30.0
_SHOWN_HASH = 12


def extract(
    entry: Source,
    quarter: Quarter,
    council_folder: Path,
    landing: Landing,
    patience: Patience = PATIENCE,
) -> pd.DataFrame:
    """Fetch a source's return of a quarter and read it.

    Args:
        entry: The source's entry in `sources.yaml`.
        quarter: Quarter of the return.
        council_folder: The council folder, to which paths are relative.
        landing: Where the return is kept as it was received.
        patience: How long a service that does not answer is waited for.

    Returns:
        `ReturnRows`; without rows when the return has not come: no such file, 404 from an API, or
        no rows from a query.

    Raises:
        ReturnError: The return is there and cannot be read, or nobody can tell whether it is.
    """
    place = _place(entry, quarter)
    content = _fetch(entry, quarter, council_folder, place, patience)
    if content is None:
        return empty(stages.ReturnRows)
    return _landed_rows(entry, place, landing, landing.land(content))


def read_unsent(file: Path) -> bytes:
    """Return a file's bytes, one more than a return may have at most.

    Raises:
        ReturnError: The file cannot be opened.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise _unsent_error(
            file.name,
            f"It cannot be opened: {error.strerror}.",
            "Make it readable",
            ReturnFault.UNREADABLE,
        ) from error


def land_unsent(content: bytes, file_name: str, landing: Landing) -> str:
    """Keep a file while it is checked, whosesoever it is, and return its SHA-256.

    Args:
        content: The file's bytes.
        file_name: What it is called, for messages.
        landing: Where its copy is kept.

    Raises:
        ReturnError: It is larger than a return may be.
    """
    if len(content) > LARGEST_BYTES:
        raise _unsent_error(
            file_name,
            f"It is larger than {LARGEST_BYTES // 1_000_000} MB.",
            "Send only the rows and sheets of the return",
            ReturnFault.TOO_LARGE,
        )
    return landing.land(content)


def _unsent_error(file_name: str, found: str, remedy: str, fault: ReturnFault) -> ReturnError:
    return ReturnError(f"{file_name}: {found} {remedy}, then check it again.", reason_code=fault)


def extract_unsent(
    entry: Source, quarter: Quarter, sha256: str, file_name: str, landing: Landing
) -> pd.DataFrame:
    """Read a landed file as `extract` would read it at the source's location, before it is sent.

    Args:
        entry: The source's entry; one that is read by a query can only be sent as a template.
        quarter: Quarter of the return.
        sha256: Hash of the copy that `land_unsent` made.
        file_name: What it is called, for messages.
        landing: Where the copy is.

    Returns:
        `ReturnRows`.

    Raises:
        ReturnError: The file cannot be read.
    """
    place = ReturnPlace(entry, file_name, quarter, is_unsent=True)
    if isinstance(entry, SqlEntry) and template_mark(landing.path(sha256)) is None:
        raise place.error(
            "This source is read by a query, and the file is not its template.",
            "Fill in the template",
            ReturnFault.WRONG_KIND,
        )
    return _landed_rows(entry, place, landing, sha256)


def _landed_rows(entry: Source, place: ReturnPlace, landing: Landing, sha256: str) -> pd.DataFrame:
    parsed, counted_count = read_confined(entry, landing.path(sha256), place)
    return return_rows(parsed, place, sha256, counted_count)


def count_rows(entry: Source, landing: Landing, sha256: str) -> int:
    """Count the rows of a landed return that are not blank, by a reader of its own.

    CSV files are counted by Arrow, workbooks by calamine, JSON by pydantic's parser, and a
    query's rows by the database that gave them.

    Raises:
        ReturnError: The landed copy cannot be read.
    """
    place = ReturnPlace(entry, f"landed copy {sha256[:_SHOWN_HASH]}")
    return count_confined(entry, landing.path(sha256), place)


def _place(entry: Source, quarter: Quarter) -> ReturnPlace:
    if isinstance(entry, SqlEntry):
        return database_place(entry, quarter)
    return ReturnPlace(entry, shown_location(entry.located(entry.location, quarter)), quarter)


def _fetch(
    entry: Source, quarter: Quarter, council_folder: Path, place: ReturnPlace, patience: Patience
) -> bytes | Iterator[bytes] | None:
    if isinstance(entry, SqlEntry):
        return fetch_result(entry, quarter, council_folder, place)
    location = entry.located(entry.location, quarter)
    if not is_http(location):
        return open_file(location, council_folder, place)
    if isinstance(entry, JsonEntry):
        return fetch_document(location, entry, place, patience)
    with httpx.Client(timeout=_FILE_TIMEOUT_SECONDS) as client:
        answer = fetch(client, location, place, patience)
    return None if answer is None else answer.body
