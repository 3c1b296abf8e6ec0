"""A stretch of a landed file → batches of rows as received, all text and dictionary-coded."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from perf_pipeline.disaggregated.columns import TEXT, columns_of, same_text
from perf_pipeline.disaggregated.counting import row_starts
from perf_pipeline.disaggregated.headings import heading_places
from perf_pipeline.disaggregated.parts import FileKind, LandedFile, Part
from perf_pipeline.disaggregated.storage import open_located
from perf_pipeline.disaggregated.texts import cleaned_texts, texts_of
from perf_pipeline.disaggregated_entries import DisaggregatedEntry, DisaggregatedField
from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import ReturnFault
from perf_pipeline.schemas.disaggregated import DisaggregatedRejections, DisaggregatedRows
from perf_pipeline.sources.faults import may_pass
from perf_pipeline.sources.limits import LARGEST_ROW_GROUP_BYTES
from perf_pipeline.sources.wording import SourcePlace, reason

MOST_ROWS = 250_000
"""Rows of one batch, at the most, of a file whose parts are not smaller."""

_PARQUET_MARK = b"PAR1"
_ROWS = columns_of(DisaggregatedRows)
_REJECTIONS = columns_of(DisaggregatedRejections)
_CELLS = [f"{name}_text" for name in DisaggregatedField]
_MALFORMED = "row_malformed"
_PIECE_BYTES = 1 << 22


class ReadRows(NamedTuple):
    """Some rows of a part.

    Attributes:
        rows: `DisaggregatedRows` of those that are laid out as the headings are.
        rejected: `DisaggregatedRejections` of those that are not.
    """

    rows: pa.Table
    rejected: pa.Table

    @property
    def row_count(self) -> int:
        """How many rows were read."""
        return int(self.rows.num_rows + self.rejected.num_rows)


def kind_of(location: str) -> FileKind:
    """Tell by its first bytes what a file is; what is no Parquet is read as CSV."""
    with open_located(location) as file:
        return FileKind.PARQUET if file.read(len(_PARQUET_MARK)) == _PARQUET_MARK else FileKind.CSV


def pieces(location: str) -> Iterator[bytes]:
    """Yield a file's bytes in pieces."""
    with open_located(location) as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def csv_headings(location: str, start: int, stop: int, place: SourcePlace) -> list[str]:
    """Read the headings of a CSV, which are between these bytes."""
    with open_located(location) as file:
        file.seek(start)
        text = file.read(stop - start).decode()
    try:
        found = next(csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), strict=True), [])
    except csv.Error as error:
        raise place.error(
            f"The first row cannot be read as headings: {error}.",
            "Put the headings into the first row",
            ReturnFault.HEADING_MISSING,
        ) from error
    if not any(each.strip() for each in found):
        raise place.error(
            "The first row holds no headings.",
            "Put the headings into the first row",
            ReturnFault.HEADING_MISSING,
        )
    return found


def read_part(
    part: Part, headings: Sequence[str], entry: DisaggregatedEntry, place: SourcePlace
) -> Iterator[ReadRows]:
    """Read the rows of a part.

    Args:
        part: The part.
        headings: The headings of its file, each column's.
        entry: Which heading stands for which field.
        place: Whose file it is.

    Raises:
        ReturnError: Headings are missing or doubled, or the file cannot be parsed.
    """
    places = heading_places(headings, entry, place)
    with _readable(part, place):
        yield from _READERS[part.kind](part, headings, places, _same(part, entry), place)


def _same(part: Part, entry: DisaggregatedEntry) -> dict[str, str]:
    """Return the columns that all rows of a part have alike."""
    return {
        "source_code": entry.source_code,
        "file_name": part.file.name,
        "file_sha256": part.file.sha256,
    }


def changed_copy(file: LandedFile, sign: str, place: SourcePlace) -> ReturnError:
    """Return the error to raise where a landed copy is not what was received.

    Args:
        file: The file.
        sign: By what it was told.
        place: Whose file it is.
    """
    return place.error(
        f"The landed copy in {file.location} is damaged, or somebody has changed it: {sign}.",
        "Look who writes there, and whether the disk is sound",
        ReturnFault.DAMAGED,
    )


@contextmanager
def _readable(part: Part, place: SourcePlace) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise place.error(
            f"The file cannot be parsed near row {part.first_row_number:,}: {reason(error)}.",
            "Export the file again",
            ReturnFault.DAMAGED,
            is_transient=may_pass(error),
        ) from error


def _read_csv(
    part: Part,
    headings: Sequence[str],
    places: Mapping[DisaggregatedField, int],
    same: Mapping[str, str],
    place: SourcePlace,
) -> Iterator[ReadRows]:
    table, invalid = _parsed(_content(part, place), len(headings), places)
    numbers = part.first_row_number + np.arange(table.num_rows + len(invalid))
    own = np.delete(numbers, [row.number - 1 for row in invalid])
    rows = _rows(_cells(table, places), own, same)
    yield ReadRows(rows, _ragged(invalid, part.first_row_number, same))


def _cells(table: pa.Table, places: Mapping[DisaggregatedField, int]) -> dict[str, pa.ChunkedArray]:
    return {f"{name}_text": table[f"f{index}"] for name, index in places.items()}


def _content(part: Part, place: SourcePlace) -> pa.Buffer:
    with open_located(part.file.location) as file:
        file.seek(part.start)
        content = file.read_buffer(part.stop - part.start)
    stop = part.start + content.size
    if stop < part.stop:
        raise changed_copy(part.file, f"it ends at byte {stop:,}", place)
    return content


def _parsed(
    content: pa.Buffer, width: int, places: Mapping[DisaggregatedField, int]
) -> tuple[pa.Table, list[arrow_csv.InvalidRow]]:
    """Parse a stretch of a CSV; rows of another length than the headings are set apart."""
    invalid: list[arrow_csv.InvalidRow] = []

    def set_apart(row: arrow_csv.InvalidRow) -> str:
        invalid.append(row)
        return "skip"

    names = [f"f{index}" for index in range(width)]
    kept = [f"f{index}" for index in places.values()]

    def parse(*, use_threads: bool) -> pa.Table:
        invalid.clear()
        return arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(
                use_threads=use_threads, block_size=content.size + 1, column_names=names
            ),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=set_apart
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(kept, TEXT),
                include_columns=kept,
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    table = parse(use_threads=True)
    # Arrow says where a row is only where it works through them one after the other.
    return (parse(use_threads=False) if invalid else table), invalid


def _ragged(
    invalid: list[arrow_csv.InvalidRow], first_row_number: int, same: Mapping[str, str]
) -> pa.Table:
    """Return the rejections of rows of another length than the headings."""
    sentences = [
        f"The row has {row.actual_columns:,} cells, and there are {row.expected_columns:,} "
        "headings. Write a cell for each heading, and put one that has a comma in it into "
        "quotation marks."
        for row in invalid
    ]
    columns: dict[str, pa.Array] = {
        **{name: same_text(text, len(invalid)) for name, text in same.items()},
        "row_number": pa.array([first_row_number + row.number - 1 for row in invalid], pa.int64()),
        "outcome_reason_code": same_text(_MALFORMED, len(invalid)),
        "outcome_text": pa.array(sentences, pa.string()).dictionary_encode(),
        "row_text": pa.array(
            [row.text.rstrip("\r\n") for row in invalid], pa.string()
        ).dictionary_encode(),
    }
    return pa.table({name: columns[name] for name in _REJECTIONS})


def parquet_headings(location: str, place: SourcePlace) -> tuple[list[str], list[int]]:
    """Read the headings of a Parquet file and the rows of each row group, by its footer.

    Raises:
        ReturnError: The file is damaged, or a row group of it is too large to be held in memory.
    """
    try:
        with open_located(location) as file:
            footer = pq.read_metadata(file)
    except (pa.ArrowException, OSError) as error:
        raise place.error(
            f"The Parquet file is damaged: {reason(error)}.",
            "Export the file again",
            ReturnFault.DAMAGED,
            is_transient=may_pass(error),
        ) from error
    groups = [footer.row_group(index) for index in range(footer.num_row_groups)]
    for number, group in enumerate(groups, 1):
        if group.total_byte_size > LARGEST_ROW_GROUP_BYTES:
            raise place.error(
                f"Row group {number:,} of the Parquet file has {group.total_byte_size:,} bytes "
                f"unpacked, and at most {LARGEST_ROW_GROUP_BYTES:,} are read.",
                "Export it in row groups of fewer rows, such as 100,000",
                ReturnFault.TOO_LARGE,
            )
    names = list(footer.schema.to_arrow_schema().names)
    return names, [group.num_rows for group in groups]


def _read_parquet(
    part: Part,
    headings: Sequence[str],
    places: Mapping[DisaggregatedField, int],
    same: Mapping[str, str],
    place: SourcePlace,
) -> Iterator[ReadRows]:
    wanted = {f"{name}_text": headings[index] for name, index in places.items()}
    number = part.first_row_number
    none = _ragged([], number, same)
    with open_located(part.file.location) as source:
        file = pq.ParquetFile(source, pre_buffer=False)
        batches = file.iter_batches(
            batch_size=MOST_ROWS,
            row_groups=range(part.start, part.stop),
            columns=list(wanted.values()),
        )
        for batch in batches:
            cells = {
                cell: texts_of(pa.chunked_array([batch[heading]]), heading, place)
                for cell, heading in wanted.items()
            }
            numbers = number + np.arange(batch.num_rows)
            yield ReadRows(_rows(cells, numbers, same), none)
            number += batch.num_rows


def read_again(
    part: Part,
    numbers: Sequence[int],
    headings: Sequence[str],
    entry: DisaggregatedEntry,
    place: SourcePlace,
) -> pa.Table:
    """Read some rows of a part that was read before.

    Args:
        part: The part.
        numbers: Their numbers.
        headings: The headings of its file, each column's.
        entry: Which heading stands for which field.
        place: Whose file it is.

    Returns:
        `DisaggregatedRows`, in the order of the numbers.

    Raises:
        ReturnError: The file cannot be parsed any more, or other rows are in it.
    """
    if part.kind is FileKind.CSV:
        return _rows_of_csv(part, numbers, headings, entry, place)
    wanted = pa.array(numbers)
    batches = (batch.rows for batch in read_part(part, headings, entry, place))
    found = pa.concat_tables(
        rows.filter(pc.is_in(rows["row_number"], wanted)) for rows in batches
    ).combine_chunks()
    _require_still(len(numbers), found.num_rows, min(numbers), part, place)
    return found.take(pc.index_in(wanted, found["row_number"].combine_chunks()))


def _rows_of_csv(
    part: Part,
    numbers: Sequence[int],
    headings: Sequence[str],
    entry: DisaggregatedEntry,
    place: SourcePlace,
) -> pa.Table:
    places = heading_places(headings, entry, place)
    with _readable(part, place):
        content = memoryview(_content(part, place))
        starts = row_starts(content)
        _require_still(part.row_count, len(starts) - 1, part.first_row_number, part, place)
        at = np.array(numbers) - part.first_row_number
        lines = [bytes(content[starts[row] : starts[row + 1]]).rstrip(b"\r\n") for row in at]
        table, _ = _parsed(pa.py_buffer(b"\n".join(lines)), len(headings), places)
    _require_still(len(numbers), table.num_rows, min(numbers), part, place)
    return _rows(_cells(table, places), np.array(numbers), _same(part, entry))


def _require_still(before: int, now: int, first: int, part: Part, place: SourcePlace) -> None:
    """Refuse a copy in which there are not as many rows as when it was read before."""
    if now != before:
        sign = f"of the rows from row {first:,} on, {before:,} were read before and {now:,} now"
        raise changed_copy(part.file, sign, place)


_READERS: Mapping[FileKind, Callable[..., Iterator[ReadRows]]] = {
    FileKind.CSV: _read_csv,
    FileKind.PARQUET: _read_parquet,
}


def _rows(
    cells: Mapping[str, pa.ChunkedArray], numbers: np.ndarray, same: Mapping[str, str]
) -> pa.Table:
    count = len(numbers)
    absent = pa.DictionaryArray.from_arrays(pa.nulls(count, pa.int32()), pa.array([], pa.string()))
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        **{name: same_text(text, count) for name, text in same.items()},
        "row_number": pa.array(numbers, pa.int64()),
        **dict.fromkeys(_CELLS, absent),
        **{name: cleaned_texts(texts) for name, texts in cells.items()},
    }
    return pa.table({name: columns[name] for name in _ROWS})
