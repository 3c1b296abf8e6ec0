"""Rows are spread over shards by their series, and gathered again, none lost and none changed."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from perf_pipeline.disaggregated.columns import TEXT
from perf_pipeline.disaggregated.series import SERIES
from perf_pipeline.disaggregated.shards import (
    Piece,
    read_pieces,
    shard_count,
    shard_of_each,
    shards_of,
    write_pieces,
)
from perf_pipeline.disaggregated.storage import Folder

ROWS = 600


def write(folder: Folder, name: str, content: bytes) -> None:
    """Write a file into a folder."""
    with folder.writing(name) as sink:
        sink.write(content)


def batch(first: int, area_count: int) -> pa.Table:
    """Return rows of several series, with texts shared by many rows and texts of one row."""
    numbers = range(first, first + ROWS)
    columns = {
        "kpi_ref": [f"K{number % 7}" for number in numbers],
        "area_code": [f"E{number % area_count}" for number in numbers],
        "breakdown_type_code": ["all"] * ROWS,
        "breakdown_category_code": ["all"] * ROWS,
        "commentary_text": [None if number % 3 else f"note {number}" for number in numbers],
    }
    table = {name: pa.array(texts).dictionary_encode() for name, texts in columns.items()}
    return pa.table({**table, "row_number": pa.array(numbers)})


@pytest.mark.parametrize(
    ("rows", "shards"),
    [(0, 1), (1, 1), (100, 1), (101, 2), (201, 4), (400, 4), (401, 8), (10**9, 256)],
)
def test_there_are_as_many_shards_as_rows_need(rows: int, shards: int) -> None:
    """The number of shards is a power of two, 256 at the most."""
    assert shard_count(rows, 100) == shards


def test_shards_are_the_top_bits() -> None:
    """Doubling the number of shards halves each of them, so that leaves never cross shards."""
    hashes = np.array([0, 2**63, 2**64 - 1, 2**56, 2**62], np.uint64)
    assert shards_of(hashes, 1).tolist() == [0, 0, 0, 0, 0]
    assert shards_of(hashes, 2).tolist() == [0, 1, 1, 0, 0]
    assert shards_of(hashes, 4).tolist() == [0, 2, 3, 0, 1]
    assert shards_of(hashes, 256).tolist() == [0, 128, 255, 1, 64]


@pytest.mark.parametrize("count", [1, 2, 16, 256])
def test_rows_come_out_as_they_went_in(tmp_path: Path, count: int) -> None:
    """Each row is in one shard, as it was; a series is in one shard whatever batch it came in."""
    folder = Folder(str(tmp_path))
    batches = {"a": [batch(0, 5), batch(ROWS, 500)], "b": [batch(2 * ROWS, 3)]}
    pieces = {
        name: write_pieces(
            folder, name, [(each, shard_of_each(each, count)) for each in tables], count
        )
        for name, tables in batches.items()
    }
    rows, shard_of_series = [], {}
    for shard in range(count):
        files = [
            (name, [piece for piece in found if piece.group == shard])
            for name, found in pieces.items()
        ]
        files = [(name, own) for name, own in files if own]
        if not files:
            continue
        table = read_pieces(folder, files)
        assert table["area_code"].type == table["commentary_text"].type == TEXT
        for row in table.to_pylist():
            rows.append(row)
            series = tuple(row[name] for name in SERIES)
            assert shard_of_series.setdefault(series, shard) == shard
    expected = [row for tables in batches.values() for each in tables for row in each.to_pylist()]
    assert sorted(rows, key=lambda row: row["row_number"]) == expected


def test_a_piece_carries_the_texts_of_its_own_rows(tmp_path: Path) -> None:
    """Texts that few rows share are not written again with every piece."""
    table = batch(0, 500)
    few = write_pieces(Folder(str(tmp_path)), "few", [(table, shard_of_each(table, 1))], 1)
    many = write_pieces(Folder(str(tmp_path)), "many", [(table, shard_of_each(table, 64))], 64)
    assert isinstance(few[0], Piece)
    assert sum(piece.size for piece in many) < 64 * few[0].size / 8


def test_a_failed_writing_leaves_no_file(tmp_path: Path) -> None:
    """A file whose writing fails is not there, and one that was there before stays as it was."""
    folder = Folder(str(tmp_path))
    write(folder, "whole", b"whole")
    for name in ("whole", "new"):
        with pytest.raises(TypeError), folder.writing(name) as sink:
            sink.write(7)
    assert (tmp_path / "whole").read_bytes() == b"whole"
    assert not (tmp_path / "new").exists()


def test_a_folder_may_be_in_any_store() -> None:
    """What fsspec reaches is written and read like a folder of this machine."""
    folder = Folder("memory://workplace/of/a/build")
    write(folder, "one", b"1")
    with folder.open("one") as file:
        assert file.read() == b"1"
    write(folder, "pieces/two", b"2")
    folder.remove("pieces")
    folder.remove("pieces")
    with pytest.raises(FileNotFoundError):
        folder.open("pieces/two")
