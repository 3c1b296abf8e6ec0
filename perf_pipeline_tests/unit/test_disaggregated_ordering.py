"""Rows in the order of series and quarters, whichever way they are sorted."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from perf_pipeline.disaggregated.coding import Coded, coded
from perf_pipeline.disaggregated.ordering import ordered, series_numbers
from perf_pipeline.disaggregated.series import SERIES, series_hash

KEYS = [
    (*series, quarter)
    for series in product(["K10", "K2"], ["all", "north"], ["age"], ["over", "under"])
    for quarter in (0, 3, 1)
]
BITS = [64, 8, 7]
IDS = ["by hash", "by one bit of it", "by no bit of it"]


def _columns(keys: list[tuple[str, str, str, str, int]]) -> dict[str, Coded]:
    series = zip(*[key[:-1] for key in keys], strict=True)
    pairs = zip(SERIES, series, strict=True)
    return {name: coded(pa.chunked_array([list(texts)])) for name, texts in pairs}


def _hashes(keys: list[tuple[str, str, str, str, int]]) -> list[int]:
    columns = zip(*[key[:-1] for key in keys], strict=True)
    return series_hash(pa.table(dict(zip(SERIES, map(list, columns), strict=True)))).tolist()


@pytest.mark.parametrize("bits", BITS, ids=IDS)
def test_rows_go_by_hash_texts_and_quarter(bits: int) -> None:
    """Sorting whole numbers, or texts where those do not do, gives the order that is written."""
    rows = ordered(_columns(KEYS), np.array([key[-1] for key in KEYS]), bits)
    expected = sorted(zip(_hashes(KEYS), KEYS, strict=True))
    assert [KEYS[row] for row in rows.order] == [key for _, key in expected]
    assert rows.quarters.tolist() == [key[-1] for _, key in expected]


@pytest.mark.parametrize("bits", BITS, ids=IDS)
def test_each_series_has_its_number(bits: int) -> None:
    """Numbers rise by one from series to series."""
    rows = ordered(_columns(KEYS), np.array([key[-1] for key in KEYS]), bits)
    assert rows.series.tolist() == [number for number in range(8) for _ in range(3)]


def test_rows_of_one_series_and_quarter_stand_together() -> None:
    """What comes twice is found beside itself."""
    keys = [*KEYS, *KEYS]
    rows = ordered(_columns(keys), np.array([key[-1] for key in keys]))
    placed = [keys[row] for row in rows.order]
    assert placed[::2] == placed[1::2]


@pytest.mark.parametrize("largest", [2**63 - 1, 60, 25], ids=["fits", "once over", "twice over"])
def test_numbers_too_large_are_counted_through(largest: int) -> None:
    """Two rows have one number if and only if they are of one series, however little room."""
    columns = _columns([key for key in KEYS if key[1:4] != ("north", "age", "over")])
    numbers = series_numbers(columns, largest).tolist()
    texts = [
        tuple(columns[name].texts[columns[name].codes[row]] for name in SERIES)
        for row in range(len(numbers))
    ]
    assert len(set(numbers)) == len(set(texts)) == len(set(zip(numbers, texts, strict=True)))


def test_series_that_cannot_be_numbered_are_refused() -> None:
    """There is no number that could stand for two series."""
    with pytest.raises(OverflowError, match="4 series by 2 of breakdown_category_code"):
        series_numbers(_columns(KEYS), largest=7)


def test_many_texts_need_no_more_than_a_whole_number() -> None:
    """Dictionaries whose sizes multiply beyond 64 bits still give each series its number."""
    texts = np.array([f"text{number}" for number in range(70_000)], dtype=object)
    column = Coded(np.array([1, 69_999, 1]), texts)
    numbers = series_numbers(dict.fromkeys(SERIES, column)).tolist()
    assert numbers[0] == numbers[2] != numbers[1]
