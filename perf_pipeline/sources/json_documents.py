"""A JSON document: parsed without losing a digit, its records found, counted by a second parser."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from pydantic_core import from_json

from perf_pipeline.rules import ReturnFault, RowKind
from perf_pipeline.source_entries import JsonEntry, ReturnField
from perf_pipeline.sources.limits import MOST_ROWS
from perf_pipeline.sources.rows import ParsedReturn, ParsedRow, cleaned, joined, kind_of, visible
from perf_pipeline.sources.wording import ReturnPlace, listed, quoted, reason

PAGES_KEY = "perf_pipeline_pages"
"""Key of the document in which several pages are landed together."""

ASK_SERVICE = "Report it to whoever runs the service, or mend `next_path` in sources.yaml"
_SEND_AGAIN = "Fetch or export the document again, whole"
_MEND_PATH = "Mend `records_path` in sources.yaml, or the service"
_NOT_A_RECORD = "[not a record] "


class _RepeatedKeyError(ValueError):
    """An object holds a key twice, so that one of two values would be lost."""


class Literal(str):
    """A JSON number as it was written, so that no digit of it is lost."""

    __slots__ = ()


def parse_document(content: bytes, place: ReturnPlace) -> Any:
    """Parse a document; numbers become `Literal`.

    Raises:
        ReturnError: It is not UTF-8, not JSON, holds a key twice, or NaN or Infinity.
    """
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            parse_float=Literal,
            parse_int=Literal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_doubles,
        )
    except (ValueError, RecursionError) as error:
        found, fault = _malformation(content, error)
        raise place.error(found, _SEND_AGAIN, fault) from error


def read_records(content: bytes, entry: JsonEntry, place: ReturnPlace) -> ParsedReturn:
    """Read a landed document; a row's number is the record's place in the list, 1 first.

    Raises:
        ReturnError: The document is malformed, is one page of several, has no list of records
            where the entry says, or no record has one of the entry's keys.
    """
    document = parse_document(content, place)
    _check_is_whole(document, entry, place)
    records = _records(document, entry, place)
    if len(records) > MOST_ROWS:
        raise place.error(
            f"It holds {len(records):,} records; at most {MOST_ROWS:,} are read.",
            "Narrow the request to the quarter",
            ReturnFault.TOO_LARGE,
        )
    try:
        _check_keys(records, entry, place)
        rows = [_row(number, record, entry) for number, record in enumerate(records, 1)]
    except RecursionError as error:
        raise place.error(
            "A record holds lists within lists, too deep to read.",
            "Send each figure as a value of its record",
            ReturnFault.MALFORMED,
        ) from error
    return ParsedReturn(rows)


def count_records(content: bytes, entry: JsonEntry, place: ReturnPlace) -> int:
    """Count the records that are not blank, by pydantic's parser.

    Raises:
        ReturnError: The document is malformed or has no list of records.
    """
    try:
        document = from_json(content.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        found = f"The second reader cannot parse the document: {reason(error)}."
        raise place.error(found, _SEND_AGAIN, ReturnFault.SECOND_READER) from error
    return sum(_has_content(record) for record in _records(document, entry, place))


def next_page(content: bytes, path: str | None, place: ReturnPlace) -> str | None:
    """Return what a page says of where the next one is, null on the last.

    Raises:
        ReturnError: The page is malformed, or what stands there is no text.
    """
    following = find(parse_document(content, place), path) if path else None
    if not following:
        return None
    if not isinstance(following, str) or isinstance(following, Literal):
        raise place.error(
            f"What stands at {quoted(path)} is not an address.", ASK_SERVICE, ReturnFault.PAGING
        )
    return following


def find(document: Any, path: str) -> Any:
    """Return what a dotted path leads to, null where it leads nowhere; an empty one is all."""
    found = document
    for key in path.split(".") if path else []:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is not JSON")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise _RepeatedKeyError(f"the key {quoted(twice)} stands twice in one object")
    return made


def _malformation(content: bytes, error: Exception) -> tuple[str, ReturnFault]:
    if not content.strip():
        return "The document is empty.", ReturnFault.EMPTY
    if content.lstrip().startswith(b"<"):
        found = "This is HTML or XML, not JSON; often it is a log-in page."
        return found, ReturnFault.WRONG_KIND
    if isinstance(error, json.JSONDecodeError) and _is_cut(error):
        return "The JSON document is cut short.", ReturnFault.CUT_SHORT
    if isinstance(error, UnicodeDecodeError):
        found = f"The document is not UTF-8 (byte {error.start + 1:,})."
        return found, ReturnFault.ENCODING
    is_double = isinstance(error, _RepeatedKeyError)
    fault = ReturnFault.KEY_REPEATED if is_double else ReturnFault.MALFORMED
    return f"The JSON document is malformed: {reason(error)}.", fault


def _is_cut(error: json.JSONDecodeError) -> bool:
    return error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")


def _check_is_whole(document: Any, entry: JsonEntry, place: ReturnPlace) -> None:
    """Refuse a saved page that names a next one; of pages fetched together none is left out."""
    if entry.next_path and find(document, entry.next_path):
        raise place.error(
            "The document is one page of several, and names the next.",
            "Export all records into one document, or give the API's address in sources.yaml",
            ReturnFault.PAGE_OF_SEVERAL,
        )


def _records(document: Any, entry: JsonEntry, place: ReturnPlace) -> list[Any]:
    landed = document.get(PAGES_KEY) if isinstance(document, dict) else None
    pages = landed if isinstance(landed, list) else [document]
    return [record for page in pages for record in _records_of_page(page, entry, place)]


def _records_of_page(page: Any, entry: JsonEntry, place: ReturnPlace) -> list[Any]:
    records = find(page, entry.records_path)
    if isinstance(records, list):
        return records
    where = f"at {quoted(entry.records_path)}" if entry.records_path else "at the top"
    keys = listed(list(page)) if isinstance(page, dict) else "none"
    raise place.error(
        f"There is no list of records {where} of the document. Keys at its top: {keys}.",
        _MEND_PATH,
        ReturnFault.RECORDS_MISSING,
    )


def _check_keys(records: Sequence[Any], entry: JsonEntry, place: ReturnPlace) -> None:
    objects = [record for record in records if isinstance(record, dict)]
    missing = [key for key in entry.columns if not any(_holds(record, key) for record in objects)]
    if not objects or not missing:
        return
    keys, verb = ("key", "is") if len(missing) == 1 else ("keys", "are")
    found = dict.fromkeys(path for record in objects for path, _ in _leaves(record))
    raise place.error(
        f"The {keys} {listed(missing)} {verb} in none of the {len(objects):,} records. Keys found: "
        f"{listed(found)}.",
        f"Put the {keys} back, or change sources.yaml",
        ReturnFault.HEADING_MISSING,
    )


def _holds(record: dict[str, Any], key: str) -> bool:
    if key in record:
        return True
    parent, _, last = key.rpartition(".")
    holder = find(record, parent) if parent else None
    return isinstance(holder, dict) and last in holder


def _row(number: int, record: Any, entry: JsonEntry) -> ParsedRow:
    if not isinstance(record, dict):
        return ParsedRow(number, RowKind.DATA, visible(_NOT_A_RECORD + _compact(record)))
    pairs = [(path, cleaned(_text(value))) for path, value in _leaves(record)]
    if not any(text for _, text in pairs):
        return ParsedRow(number, RowKind.BLANK, "")
    texts = _texts(record, entry)
    return ParsedRow(number, kind_of(texts), joined(pairs), texts)


def _texts(record: dict[str, Any], entry: JsonEntry) -> dict[ReturnField, str]:
    values = {
        name: record[key] if key in record else find(record, key)
        for key, name in entry.columns.items()
    }
    texts = {name: cleaned(_text(value)) for name, value in values.items()}
    return {name: text for name, text in texts.items() if text}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what a record holds with its dotted path; lists are leaves."""
    if not isinstance(value, dict):
        yield path, value
        return
    for key, inner in value.items():
        yield from _leaves(inner, f"{path}.{key}" if path else key)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).upper() if isinstance(value, bool) else _compact(value)


def _compact(value: Any) -> str:
    """Write a value as compact JSON, numbers as they were written."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{_compact(key)}:{_compact(inner)}" for key, inner in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _has_content(record: Any) -> bool:
    if not isinstance(record, dict):
        return True
    leaves = (leaf for _, leaf in _leaves(record))
    return any(leaf is not None and str(leaf).strip() != "" for leaf in leaves)
