"""Keys of several columns' codes: equal where all of them are, whatever the codes' sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.schemas.coded_columns import combined, distinct_tuples, renumbered

SIZES = [3, 2**21, 2**40, 2**62]


@given(
    rows=st.lists(st.tuples(*[st.integers(0, 2)] * 4), min_size=1, max_size=12),
    sizes=st.tuples(*[st.sampled_from(SIZES[:3])] * 4),
)
def test_rows_have_one_number_if_all_their_codes_are_equal(
    rows: list[tuple[int, ...]], sizes: tuple[int, ...]
) -> None:
    """However large the columns' sizes multiply, combinations are told apart and none is lost."""
    columns = [np.array(codes, dtype=np.int64) for codes in zip(*rows, strict=True)]
    found = distinct_tuples(*zip(columns, sizes, strict=True))
    assert [rows[found.rows[number]] for number in found.numbers] == rows
    assert len(found.rows) == len(set(rows))


def test_keys_that_cannot_be_told_apart_are_refused() -> None:
    """There is no whole number that could stand for two keys."""
    codes = np.array([0, 1])
    with pytest.raises(OverflowError, match="more keys than 64 bits"):
        combined([(codes, SIZES[-1]), (codes, SIZES[-1])])


def test_nulls_are_one_key() -> None:
    """Null is a key beside the others, and no other's."""
    codes, count = renumbered(np.array([np.nan, 0.5, np.nan, -0.5]))
    assert (codes.tolist(), count) == ([0, 1, 0, 2], 3)
