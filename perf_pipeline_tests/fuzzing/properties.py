"""What must hold of any bytes at all: one function for each reader, which fuzzers and tests call.

Each takes the bytes of one case, so that what a fuzzer found can be kept as a file and tried again.
The first byte, or the first two, say how the rest is to be read. A property that does not hold
raises `AssertionError`; any other exception that comes out is a crash.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import UNITS, OutturnStatus, RowKind
from perf_pipeline.source_entries import CsvEntry, JsonEntry, PercentScale, Source
from perf_pipeline.sources.csv_files import count_csv, read_csv
from perf_pipeline.sources.json_documents import count_records, read_records
from perf_pipeline.sources.rows import ParsedReturn
from perf_pipeline.sources.wording import ReturnPlace
from perf_pipeline.validate.cells import CellContext, Figure, parse_figure

_PERCENT = UNITS["percent"]
CONTEXTS = (
    CellContext(UNITS["number"], minimum=Decimal(0)),
    CellContext(UNITS["gbp"]),
    CellContext(UNITS["days"], minimum=Decimal(0)),
    CellContext(_PERCENT, minimum=Decimal(0), maximum=Decimal(100)),
    CellContext(_PERCENT),
    CellContext(_PERCENT, percent_scale=PercentScale.PERCENT),
    CellContext(_PERCENT, percent_scale=PercentScale.FRACTION),
)
FORMATS = (None, "0%", '0"%"', "General", "#,##0.00")
_EXPONENTS = {"k": 3, "m": 6, "bn": 9}
_HEADINGS = {"Ref": "kpi_ref", "Value": "value", "Why": "commentary"}
_KEYS = {"ref": "kpi_ref", "value": "value", "a.b": "commentary"}
_SOURCE = {
    "source_code": "fuzzed",
    "source_name": "Fuzzed",
    "contact_role": "Nobody",
    "location": "{quarter}",
}
_CSV_ENTRIES = tuple(
    CsvEntry(kind="csv", columns=_HEADINGS, encoding=encoding, delimiter=delimiter, **_SOURCE)
    for encoding in ("utf-8", "cp1252", "utf-16")
    for delimiter in (",", ";", "\t")
)
_JSON_ENTRIES = (
    JsonEntry(kind="json_api", columns=_KEYS, **_SOURCE),
    JsonEntry(
        kind="json_api", columns=_KEYS, records_path="data.items", next_path="next", **_SOURCE
    ),
)


def check_cell(case: bytes) -> Figure | None:
    """Read the text of a cell; a number that comes out is the one that is written there."""
    if len(case) < 2:
        return None
    context, number_format = CONTEXTS[case[0] % len(CONTEXTS)], FORMATS[case[1] % len(FORMATS)]
    text = case[2:].decode("utf-8", "surrogateescape")
    figure = parse_figure(text, number_format, context)
    if figure.value is None:
        assert figure.problem is None or figure.status is OutturnStatus.BLANK
        assert figure.problem is None or figure.problem.text.encode()
        return figure
    assert figure.problem is None
    assert figure.status is OutturnStatus.GIVEN
    assert figure.value in {_plainly(text), _plainly(text).scaleb(2)}
    assert figure.value == _plainly(text) or (context.is_percent and "%" not in text)
    assert Decimal(repr(float(figure.value))) == figure.value
    return figure


def _plainly(text: str) -> Decimal:
    """Read a number in the plainest way: without its marks and spaces, whatever they are."""
    kept = "".join(char for char in text.casefold() if char not in ",£%()" and not char.isspace())
    kept = kept.replace("\u2212", "-")
    exponent = next((power for end, power in _EXPONENTS.items() if kept.endswith(end)), 0)
    value = Decimal(kept.rstrip("kmbn")).scaleb(exponent)
    return -value if "(" in text and value else value


def check_csv(case: bytes) -> ParsedReturn | None:
    """Read a delimited file; both readers see the same rows, or one refuses the file."""
    if not case:
        return None
    entry = _CSV_ENTRIES[case[0] % len(_CSV_ENTRIES)]
    return _read_twice(read_csv, count_csv, case[1:], entry)


def check_json(case: bytes) -> ParsedReturn | None:
    """Read a document; both readers see the same records, or one refuses the document."""
    if not case:
        return None
    entry = _JSON_ENTRIES[case[0] % len(_JSON_ENTRIES)]
    return _read_twice(read_records, count_records, case[1:], entry)


def _read_twice(
    read: Callable[..., ParsedReturn], count: Callable[..., int], content: bytes, entry: Source
) -> ParsedReturn | None:
    place = ReturnPlace(entry, "fuzzed", Quarter(2023, 1))
    try:
        parsed, counted = read(content, entry, place), count(content, entry, place)
    except ReturnError:
        return None
    assert counted == sum(row.kind is not RowKind.BLANK for row in parsed.rows)
    return parsed


PROPERTIES: Mapping[str, Callable[[bytes], object]] = {
    "cells": check_cell,
    "csv": check_csv,
    "json": check_json,
}
"""The property of each reader, by the name of its folder in `crashes/`."""
