"""Delimited text files: decoded as the source's entry states, read strictly, counted by Arrow."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv as arrow_csv

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.source_entries import CsvEntry
from perf_pipeline.sources.headings import Cell, Grid, GridRow
from perf_pipeline.sources.layouts import parse_grid
from perf_pipeline.sources.limits import MOST_COLUMNS, MOST_ROWS
from perf_pipeline.sources.rows import ParsedReturn, cleaned
from perf_pipeline.sources.wording import ReturnPlace, quoted, reason

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SAVE_AS_STATED = "Save the file as {encoding}, or state its own encoding in sources.yaml"
_ASCII_END = 0x80


def read_csv(content: bytes, entry: CsvEntry, place: ReturnPlace) -> ParsedReturn:
    """Read a delimited file; a row's number is the line on which it starts.

    Raises:
        ReturnError: Wrong encoding, broken quotation marks, or no heading row.
    """
    rows = list(_records(_decoded(content, entry, place), entry, place))
    grid = Grid(rows, "the file", lambda index: f"column {index + 1}", is_delimited=True)
    return ParsedReturn(parse_grid(grid, place))


def count_csv(content: bytes, entry: CsvEntry, place: ReturnPlace) -> int:
    """Count the rows that have a cell with something in it, by Arrow's parser.

    Raises:
        ReturnError: The file cannot be decoded or parsed.
    """
    text = _decoded(content, entry, place)
    if not text.strip():
        return 0
    try:
        table, ragged = _arrow_table(text.encode(), entry.delimiter)
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise place.error(
            f"The second reader cannot parse the file: {reason(error)}.",
            "Check its quotation marks",
            ReturnFault.SECOND_READER,
        ) from error
    cells = zip(*(column.to_pylist() for column in table.columns), strict=True)
    whole = sum(any(cell.strip() for cell in row) for row in cells)
    return whole + sum(_has_content(row, entry.delimiter) for row in ragged)


def _arrow_table(content: bytes, delimiter: str) -> tuple[pa.Table, list[str]]:
    """Parse UTF-8 as text cells, and set apart, unparsed, rows unlike the first in length."""
    ragged: list[str] = []

    def keep(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row.text)
        return "skip"

    table = arrow_csv.read_csv(
        io.BytesIO(content),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=len(content) + 1, autogenerate_column_names=True
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={f"f{index}": pa.string() for index in range(MOST_COLUMNS)}
        ),
    )
    return table, ragged


def _has_content(raw_row: str, delimiter: str) -> bool:
    """Tell whether a row has more to it than separators, white space and empty quoted fields."""
    quoted_field = rf'(?:^|(?<={re.escape(delimiter)}))"((?:[^"]|"")*)"'
    bare = re.sub(quoted_field, lambda match: "x" if match[1].strip() else "", raw_row)
    return bool(bare.replace(delimiter, "").strip())


def _records(text: str, entry: CsvEntry, place: ReturnPlace) -> Iterator[GridRow]:
    if not entry.delimiter.isascii() or entry.delimiter in '"\r\n':
        raise place.error(
            f"sources.yaml gives the separator {quoted(entry.delimiter)}.",
            "State a comma, a semicolon, a tab or another plain character there",
            ReturnFault.ENTRY_UNUSABLE,
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=entry.delimiter, strict=True)
    line = 1
    try:
        for number, fields in enumerate(reader, 1):
            if number > MOST_ROWS or len(fields) > MOST_COLUMNS:
                raise _too_large(line, place)
            yield GridRow(line, [Cell(cleaned(field)) for field in fields])
            line = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(line, error, place) from error


def _too_large(line: int, place: ReturnPlace) -> ReturnError:
    return place.error(
        f"At line {line} the file goes beyond {MOST_ROWS:,} rows or {MOST_COLUMNS:,} columns.",
        "Send only the rows and columns of the return",
        ReturnFault.TOO_LARGE,
    )


def _unreadable(line: int, error: csv.Error, place: ReturnPlace) -> ReturnError:
    if "end of data" in str(error):
        return place.error(
            f"The file ends inside quotation marks that open in the row at line {line}; the file "
            "may be cut short.",
            "Close the quotation marks, or export the file again",
            ReturnFault.CUT_SHORT,
        )
    if "field limit" in str(error):
        return place.error(
            f"A cell of the row at line {line} holds more than {csv.field_size_limit():,} "
            "characters; perhaps a quotation mark opens in it and is never closed.",
            "Close the quotation marks, or shorten the cell",
            ReturnFault.QUOTATION_MARKS,
        )
    return place.error(
        f"The row at line {line} breaks the rules of quotation marks ({reason(error)}).",
        'Write a quotation mark inside a quoted cell twice (""), or export the file again',
        ReturnFault.QUOTATION_MARKS,
    )


def _decoded(content: bytes, entry: CsvEntry, place: ReturnPlace) -> str:
    encoding = codecs.lookup(entry.encoding).name
    _check_mark(content, encoding, place)
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeError as error:
        raise _undecodable(content, encoding, error, place) from error
    _check_not_utf8(content, encoding, place)
    if "\0" in text:
        line = _line_of(text[: text.index("\0")])
        raise place.error(
            f"Line {line} holds a NUL character, so this is not a text file in {encoding}.",
            _SAVE_AS_STATED.format(encoding=encoding),
            ReturnFault.ENCODING,
        )
    return text.removeprefix("\ufeff")


def _line_of(before: str) -> int:
    return len(io.StringIO(before + ".", newline="").readlines())


def _check_mark(content: bytes, encoding: str, place: ReturnPlace) -> None:
    """Refuse a byte order mark of another encoding than the one stated."""
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if marked is not None and not encoding.startswith(marked):
        raise place.error(
            f"The file is marked as {marked.upper()}, and sources.yaml says {encoding}.",
            f"Save the file as {encoding}, or state `encoding: {marked}` in sources.yaml",
            ReturnFault.ENCODING,
        )


def _check_not_utf8(content: bytes, encoding: str, place: ReturnPlace) -> None:
    """Refuse what is UTF-8 and stated to be another: `£` would be read as `Â£` without a word."""
    if encoding.startswith("utf") or content.isascii():
        return
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return
    at = next(index for index, char in enumerate(text) if ord(char) >= _ASCII_END)
    char = text[at]
    raise place.error(
        f"Line {_line_of(text[:at])} can be read in two ways: {quoted(char)} in UTF-8, or "
        f"{quoted(char.encode().decode(encoding))} in {encoding} as sources.yaml says.",
        _SAVE_AS_STATED.format(encoding=encoding),
        ReturnFault.ENCODING_AMBIGUOUS,
    )


def _undecodable(
    content: bytes, encoding: str, error: UnicodeError, place: ReturnPlace
) -> ReturnError:
    start = error.start if isinstance(error, UnicodeDecodeError) else 0
    before = content[:start].decode(encoding, "replace")
    byte = f"0x{content[start]:02X}" if start < len(content) else "nothing more"
    return place.error(
        f"Line {_line_of(before)} holds {byte} (byte {start + 1:,} of the file), which is not "
        f"{encoding}.",
        _SAVE_AS_STATED.format(encoding=encoding),
        ReturnFault.ENCODING,
    )
