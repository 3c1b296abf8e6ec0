"""Series hashes: one number for each series, whatever the table it stands in looks like."""

import numpy as np
import pyarrow as pa
import pytest

from perf_pipeline.disaggregated.coding import coded
from perf_pipeline.disaggregated.series import SERIES, series_hash

ROWS = [
    ("K1", "all", "all", "all"),
    ("K1", "north", "age", "under_18"),
    ("K2", "north", "age", "under_18"),
    ("K1", "north", "age", "under_18"),
]


def _table(rows: list[tuple[str, str, str, str]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table(dict(zip(SERIES, map(list, columns), strict=True)))


def _encoded(table: pa.Table) -> pa.Table:
    return pa.table(
        [column.dictionary_encode() for column in table.columns], names=table.column_names
    )


def test_rows_of_one_series_alone_share_a_hash() -> None:
    """The second and the fourth row are of one series; the others are each of their own."""
    hashes = series_hash(_table(ROWS))
    assert hashes[1] == hashes[3]
    assert len(set(hashes.tolist())) == 3


def test_hashes_never_change() -> None:
    """A stored order and a spread over shards rest on these very numbers."""
    hashes = series_hash(_table(ROWS[:2]))
    assert hashes.dtype == np.uint64
    assert hashes.tolist() == [13_169_923_747_761_591_919, 365_659_190_256_206_410]


def test_dictionaries_and_chunks_do_not_matter() -> None:
    """Plain, dictionary-coded and chunked tables of the same texts have the same hashes."""
    plain = _table(ROWS)
    chunked = pa.concat_tables([_encoded(_table(ROWS[2:])), _encoded(_table(ROWS[:2]))])
    expected = series_hash(plain).tolist()
    large = plain.cast(pa.schema([(name, pa.large_string()) for name in SERIES]))
    assert series_hash(large).tolist() == expected
    assert series_hash(chunked).tolist() == expected[2:] + expected[:2]


def test_a_text_counts_differently_in_each_column() -> None:
    """Type and category of the same texts the other way round are another series."""
    hashes = series_hash(_table([("K1", "all", "a", "b"), ("K1", "all", "b", "a")]))
    assert hashes[0] != hashes[1]


def test_series_spread_evenly_over_shards() -> None:
    """Of 40,000 series each of 16 shards, told by the top bits, gets about as many."""
    rows = [(f"K{kpi}", f"area{area}", "all", "all") for kpi in range(200) for area in range(200)]
    sizes = np.bincount((series_hash(_table(rows)) >> np.uint64(60)).astype(int), minlength=16)
    assert sizes.min() > 2_200
    assert sizes.max() < 2_800


@pytest.mark.parametrize(
    "dictionary", [["a", "b", "a"], ["a", None, "b"]], ids=["text twice", "null"]
)
def test_texts_are_numbered_once_each(dictionary: list[str | None]) -> None:
    """Where a dictionary holds a text twice, or a null, the numbers still tell texts apart."""
    array = pa.DictionaryArray.from_arrays(pa.array([2, 1, 0, None], pa.int32()), dictionary)
    column = coded(pa.chunked_array([array]))
    texts = [None if code < 0 else column.texts[code] for code in column.codes]
    assert texts == [dictionary[2], dictionary[1], dictionary[0], None]
    assert sorted(column.texts) == ["a", "b"]


def test_a_table_without_rows_has_no_hashes() -> None:
    """An empty shard is none the worse."""
    assert series_hash(_table(ROWS).slice(0, 0)).tolist() == []
