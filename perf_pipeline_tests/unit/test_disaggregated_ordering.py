"""Rows in the order of series and quarters, whichever way they are sorted."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.disaggregated.coding import Coded, coded
from perf_pipeline.disaggregated.ordering import ordered, series_order, sorted_by_digits
from perf_pipeline.disaggregated.series import SERIES, series_hash

KEYS = [
    (*series, quarter)
    for series in product(["K10", "K2"], ["all", "north"], ["age"], ["over", "under"])
    for quarter in (0, 3, 1)
]


def _columns(keys: list[tuple[str, str, str, str, int]]) -> dict[str, Coded]:
    series = zip(*[key[:-1] for key in keys], strict=True)
    pairs = zip(SERIES, series, strict=True)
    return {name: coded(pa.chunked_array([list(texts)])) for name, texts in pairs}


def _hashes(keys: list[tuple[str, str, str, str, int]]) -> list[int]:
    columns = zip(*[key[:-1] for key in keys], strict=True)
    return series_hash(pa.table(dict(zip(SERIES, map(list, columns), strict=True)))).tolist()


def test_rows_go_by_hash_texts_and_quarter() -> None:
    """The order is the one that is written."""
    rows = ordered(_columns(KEYS), np.array([key[-1] for key in KEYS]))
    expected = sorted(zip(_hashes(KEYS), KEYS, strict=True))
    assert [KEYS[row] for row in rows.order] == [key for _, key in expected]
    assert rows.quarters.tolist() == [key[-1] for _, key in expected]


@pytest.mark.parametrize("bits", [0, 1], ids=["one hash", "two hashes"])
def test_series_of_one_hash_go_by_their_texts(bits: int) -> None:
    """Series that share a hash stand in the order of their texts."""
    series = list(dict.fromkeys((*key[:-1], 0) for key in reversed(KEYS)))
    hashes = np.array(_hashes(series), dtype=np.uint64) & np.uint64(bits)
    order = series_order(_columns(series), hashes)
    expected = sorted(zip(hashes.tolist(), series, strict=True))
    assert [series[place] for place in order] == [each for _, each in expected]


def test_each_series_has_its_number() -> None:
    """Numbers rise by one from series to series."""
    rows = ordered(_columns(KEYS), np.array([key[-1] for key in KEYS]))
    assert rows.series.tolist() == [number for number in range(8) for _ in range(3)]


def test_rows_of_one_series_and_quarter_stand_together() -> None:
    """What comes twice is found beside itself."""
    keys = [*KEYS, *KEYS]
    rows = ordered(_columns(keys), np.array([key[-1] for key in keys]))
    placed = [keys[row] for row in rows.order]
    assert placed[::2] == placed[1::2]


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3)))
def test_numbers_of_whatever_size_are_sorted(numbers: list[int]) -> None:
    """Smaller ones come first, and of equal ones the first."""
    order = sorted_by_digits(np.array(numbers, dtype=np.uint64))
    assert order.tolist() == sorted(range(len(numbers)), key=numbers.__getitem__)


def test_many_texts_need_no_more_than_a_whole_number() -> None:
    """Dictionaries whose sizes multiply beyond 64 bits still give each series its number."""
    texts = np.array([f"text{number}" for number in range(70_000)], dtype=object)
    column = Coded(np.array([1, 69_999, 1]), texts)
    rows = ordered(dict.fromkeys(SERIES, column), np.array([1, 0, 0]))
    assert rows.order.tolist() in ([1, 2, 0], [2, 0, 1])
    assert rows.series.tolist() in ([0, 1, 1], [0, 0, 1])
