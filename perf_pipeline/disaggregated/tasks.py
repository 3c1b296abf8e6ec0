"""What workers do with rows: check a part, judge a shard.

A task is told what to work on in small plain values and answers in such; rows are read from, and
left in, the build's folder. A task that is done twice leaves what it leaves when it is done once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from perf_pipeline.disaggregated import places
from perf_pipeline.disaggregated.checking import check_batch
from perf_pipeline.disaggregated.columns import as_plain, as_rows, as_text
from perf_pipeline.disaggregated.dataset import row_writer, write_rows
from perf_pipeline.disaggregated.digests import leaf_digests
from perf_pipeline.disaggregated.judging import Judging, judge_shard
from perf_pipeline.disaggregated.orders import Order, read_order
from perf_pipeline.disaggregated.parts import Part
from perf_pipeline.disaggregated.planning import parts_of_rows, planned_parts
from perf_pipeline.disaggregated.reading import read_part
from perf_pipeline.disaggregated.series import series_hash
from perf_pipeline.disaggregated.shards import (
    Groups,
    Piece,
    read_pieces,
    shard_of_each,
    write_pieces,
)
from perf_pipeline.disaggregated.storage import Folder
from perf_pipeline.rules import ReturnFault
from perf_pipeline.schemas.disaggregated import DisaggregatedOutturns, DisaggregatedRejections
from perf_pipeline.sources.wording import SourcePlace
from perf_pipeline.validate import Expectations

ROWS_OF_A_FILE = 8_192
"""A shard's rows of one quarter have a file of their own from so many on."""

_INDEX = TypeAdapter(list[tuple[int, list[Piece]]])
"""The pieces of a shard, by the number of the part that they are of."""


class CheckedPart(NamedTuple):
    """What became of a part's rows.

    Attributes:
        read_count: Rows read.
        accepted_count: Rows accepted, those among them that duplicate another included.
        rejected_count: Rows rejected so far.
        blank_count: Blank rows.
        pieces: Where the accepted rows are.
    """

    read_count: int
    accepted_count: int
    rejected_count: int
    blank_count: int
    pieces: Sequence[Piece]


class JudgedCounts(NamedTuple):
    """What became of a shard's rows.

    Attributes:
        outturn_count: Rows accepted.
        duplicate_count: Rows rejected because another has their key.
        leaves: Digest of each leaf, by its number.
        duplicates: Where the duplicates are, by the part that they came in.
        files: SHA-256 of each file of the rows accepted, by their quarter or `OTHER_QUARTERS`.
    """

    outturn_count: int
    duplicate_count: int
    leaves: dict[int, str]
    duplicates: Sequence[Piece]
    files: dict[str, str]


def check_part(workplace: str, build: str, number: int, shard_count: int) -> CheckedPart:
    """Read and check a part, and spread its accepted rows over the shards.

    Args:
        workplace: The build's folder.
        build: The build's own name.
        number: The part's number among all parts.
        shard_count: Number of shards.

    Raises:
        ReturnError: It cannot be read, or the second reader counts other rows in it.
    """
    setup, folder = _checking(workplace, build), Folder(workplace)
    part, headings = setup.parts[number]
    place = setup.order.place(part.file)
    tally: Counter[str] = Counter()
    with ExitStack() as stack:
        sink = stack.enter_context(folder.writing(places.rejected_name(number)))
        writer = stack.enter_context(row_writer(sink, DisaggregatedRejections))

        def accepted() -> Iterator[tuple[pa.Table, Groups]]:
            for batch in read_part(part, headings, setup.order.request.entry, place):
                checked = check_batch(batch.rows, setup.expected)
                rejected = in_order([batch.rejected, checked.rejected])
                write_rows(writer, rejected)
                tally.update(
                    read=batch.row_count,
                    accepted=checked.accepted.num_rows,
                    rejected=rejected.num_rows,
                    blank=checked.blank_count,
                )
                yield checked.accepted, shard_of_each(checked.accepted, shard_count)
            _check_count(part, tally, place)

        pieces = write_pieces(folder, places.pieces_name(number), accepted(), shard_count)
    pa.default_memory_pool().release_unused()
    return CheckedPart(tally["read"], tally["accepted"], tally["rejected"], tally["blank"], pieces)


def _check_count(part: Part, tally: Mapping[str, int], place: SourcePlace) -> None:
    """Let no row get lost: what is read is what the second reader counts, and all is accounted for.

    Raises:
        ReturnError: The readers disagree.
        ValueError: Rows are neither accepted nor rejected nor blank.
    """
    last = part.first_row_number + part.row_count - 1
    if tally["read"] != part.row_count:
        raise place.error(
            f"Between rows {part.first_row_number:,} and {last:,} one reader finds "
            f"{tally['read']:,} rows and the second one {part.row_count:,}.",
            "Check the quotation marks there",
            ReturnFault.SECOND_READER,
        )
    if tally["accepted"] + tally["rejected"] + tally["blank"] != tally["read"]:
        raise ValueError(f"Rows of {part} are not accounted for: {dict(tally)}.")


def in_order(tables: Sequence[pa.Table]) -> pa.Table:
    """Put rejected rows of one file into the order of their rows."""
    alike = [as_rows(table, DisaggregatedRejections) for table in tables]
    return as_rows(pa.concat_tables(alike).sort_by("row_number"), DisaggregatedRejections)


def judge_rows(workplace: str, build: str, shard: int) -> JudgedCounts:
    """Judge the rows of a shard, and write those of each quarter in their order.

    Args:
        workplace: The build's folder.
        build: The build's own name.
        shard: The shard's number.

    Raises:
        ValueError: Rows were lost, or are not in the order of their series.
    """
    setup, folder = _judging(workplace, build), Folder(workplace)
    index = _read_index(folder, shard)
    accepted = read_pieces(folder, ((places.pieces_name(part), pieces) for part, pieces in index))
    judged = judge_shard(accepted, setup.judging, setup.file_names)
    rows = judged.outturns.num_rows, judged.duplicates.num_rows
    if sum(rows) != accepted.num_rows:
        raise ValueError(f"Of {accepted.num_rows} rows of shard {shard} {rows} were judged.")
    outturns = as_rows(judged.outturns, DisaggregatedOutturns)
    files = {
        quarter_key: _write_outturns(folder, places.outturns_name(shard, quarter_key), of_quarter)
        for quarter_key, of_quarter in _by_quarter(outturns)
    }
    with folder.writing(places.summary_name(shard)) as sink:
        pq.write_table(pa.Table.from_pandas(judged.summary, preserve_index=False), sink)
    duplicates = _write_duplicates(folder, setup.parts, shard, judged.duplicates)
    leaves = leaf_digests(outturns, series_hash(outturns))
    pa.default_memory_pool().release_unused()
    return JudgedCounts(*rows, leaves, duplicates, files)


def _by_quarter(outturns: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of each quarter that has many, and of all others together, in their order.

    So there are no more files than rows make worth while, whatever quarters they are of.
    """
    quarters = as_plain(outturns["quarter_key"])
    counted = pc.value_counts(quarters).to_pylist()
    large = [each["values"] for each in counted if each["counts"] >= ROWS_OF_A_FILE]
    for quarter_key in large:
        yield quarter_key, _with_own_texts(outturns.filter(pc.equal(quarters, quarter_key)))
    is_other = pc.invert(pc.is_in(quarters, pa.array(large, pa.string())))
    others = outturns.filter(is_other)
    if others.num_rows:
        yield places.OTHER_QUARTERS, _with_own_texts(others)


def _with_own_texts(rows: pa.Table) -> pa.Table:
    """Leave out texts that no row has, where they are more than the rows."""
    for index, name in enumerate(rows.column_names):
        column = rows[name].combine_chunks()
        if pa.types.is_dictionary(column.type) and len(column.dictionary) > len(column):
            rows = rows.set_column(index, name, as_text(as_plain(rows[name])))
    return rows


def _write_outturns(folder: Folder, name: str, outturns: pa.Table) -> str:
    """Write rows into a file, and return its SHA-256."""
    with folder.writing_hashed(name) as sink:
        with row_writer(sink, DisaggregatedOutturns) as writer:
            write_rows(writer, outturns)
        return sink.hexdigest()


def write_index(folder: Folder, shard: int, index: list[tuple[int, list[Piece]]]) -> None:
    """Write in which pieces the rows of a shard are, by part."""
    with folder.writing(places.index_name(shard)) as sink:
        sink.write(_INDEX.dump_json(index))


def _read_index(folder: Folder, shard: int) -> list[tuple[int, list[Piece]]]:
    with folder.open(places.index_name(shard)) as file:
        index: list[tuple[int, list[Piece]]] = _INDEX.validate_json(file.read())
    return index


def _write_duplicates(
    folder: Folder, all_parts: Sequence[Part], shard: int, rows: pa.Table
) -> Sequence[Piece]:
    """Spread the duplicates of a shard over the parts that they came in."""
    if not rows.num_rows:
        return []
    parts = parts_of_rows(rows, all_parts)
    return write_pieces(folder, places.duplicates_name(shard), [(rows, parts)], len(all_parts))


class _Checking(NamedTuple):
    order: Order
    parts: Sequence[tuple[Part, Sequence[str]]]
    expected: Expectations


class _Judging(NamedTuple):
    parts: Sequence[Part]
    file_names: Mapping[str, str]
    judging: Judging


@lru_cache(maxsize=1)
def _checking(workplace: str, build: str) -> _Checking:  # noqa: ARG001 - it tells builds apart
    """Return what a build's rows are checked against, which a worker reads once."""
    order = read_order(workplace)
    return _Checking(order, planned_parts(order.folder), order.expectations())


@lru_cache(maxsize=1)
def _judging(workplace: str, build: str) -> _Judging:  # noqa: ARG001 - the same
    """Return what a build's rows are judged by, which a worker reads once."""
    order = read_order(workplace)
    parts = [part for part, _ in planned_parts(order.folder)]
    names = {file.sha256: file.name for file in order.request.files}
    return _Judging(parts, names, order.judging())
