"""The digest of a dataset says which rows it has, and nothing of how they were worked through."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.disaggregated.digests import BlockDigest, dataset_digest, leaf_digests
from perf_pipeline.disaggregated.shards import shards_of

HASHES = np.sort(np.random.default_rng(1).integers(0, 2**64, 40, dtype=np.uint64))
TEXTS = st.lists(st.none() | st.sampled_from(["", "a", "b", "é½", "ab"]), min_size=40, max_size=40)
FIGURES = st.lists(st.none() | st.floats(-9, 9), min_size=40, max_size=40)


def table(texts: list[str | None], figures: list[float | None]) -> pa.Table:
    """Return rows with a code, a text, a figure, a flag and a whole number."""
    return pa.table(
        {
            "area_code": pa.array(texts, pa.string()),
            "commentary_text": pa.array(texts[::-1], pa.string()),
            "outturn_value": pa.array(figures, pa.float64()),
            "is_provisional": pa.array([text == "a" for text in texts]),
            "row_number": pa.array(range(40), pa.int64()),
        }
    )


def shuffled_dictionary(column: pa.ChunkedArray, seed: int) -> pa.Array:
    """Return a column with a dictionary in another order, with texts that no row has."""
    texts = [*column.unique().drop_null().to_pylist(), "unused", "again", "again"]
    texts = np.random.default_rng(seed).permutation(texts).tolist()
    codes = [None if text is None else texts.index(text) for text in column.to_pylist()]
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(texts))


def digest_of(rows: pa.Table, shards: int = 1) -> str:
    """Return the digest of rows that were worked through in so many shards."""
    own = shards_of(HASHES, shards)
    leaves = [
        leaf_digests(rows.filter(pa.array(own == shard)), HASHES[own == shard])
        for shard in range(shards)
    ]
    return dataset_digest(leaves, "none", rows.column_names)


@settings(deadline=None)
@given(
    texts=TEXTS,
    figures=FIGURES,
    seed=st.integers(0, 9),
    cut=st.integers(0, 40),
    shards=st.sampled_from([1, 2, 8, 256]),
)
def test_a_digest_depends_on_rows_alone(
    texts: list[str | None], figures: list[float | None], seed: int, cut: int, shards: int
) -> None:
    """Dictionaries, chunks and shards are different, the rows the same: so is the digest."""
    rows = table(texts, figures)
    other = rows
    for index in (0, 1):
        name = rows.column_names[index]
        other = other.set_column(index, name, shuffled_dictionary(rows[name], seed))
    parts = [other.slice(0, cut), other.slice(cut)]
    assert digest_of(pa.concat_tables(parts), shards) == digest_of(rows)


@settings(deadline=None)
@given(
    texts=TEXTS,
    figures=FIGURES,
    row=st.integers(0, 39),
    name=st.sampled_from(["area_code", "commentary_text", "outturn_value", "row_number"]),
    value=st.sampled_from([None, "", "a", "ba", 0.0, 1.5, 7]),
)
def test_a_digest_changes_with_every_cell(
    texts: list[str | None], figures: list[float | None], row: int, name: str, value: object
) -> None:
    """Where one cell is another, the digest is another; null is not an empty text and not 0."""
    rows = table(texts, figures)
    cells = rows[name].to_pylist()
    is_text = pa.types.is_string(rows[name].type)
    if value is not None and is_text is not isinstance(value, str):
        return
    if name == "row_number" and isinstance(value, float):
        return
    changed = [*cells[:row], value, *cells[row + 1 :]]
    index = rows.column_names.index(name)
    other = rows.set_column(index, name, pa.array(changed, rows[name].type))
    assert (digest_of(other) == digest_of(rows)) == (changed == cells)


def test_texts_do_not_run_into_each_other() -> None:
    """`ab`, `c` and `a`, `bc` are different rows, of codes and of texts."""
    for name in ("area_code", "commentary_text"):
        first, second = (
            leaf_digests(pa.table({name: texts}), np.zeros(2, np.uint64))
            for texts in (["ab", "c"], ["a", "bc"])
        )
        assert first != second


def test_minus_zero_is_zero() -> None:
    """The two ways of writing the figure 0 are one."""
    first, second = (
        leaf_digests(pa.table({"outturn_value": [figure]}), np.zeros(1, np.uint64))
        for figure in (0.0, -0.0)
    )
    assert first == second


def test_a_figure_that_is_no_number_has_no_digest() -> None:
    """NaN among the figures is an error of the code, never a figure."""
    with pytest.raises(ValueError, match="A figure is NaN"):
        leaf_digests(pa.table({"outturn_value": [float("nan")]}), np.zeros(1, np.uint64))


def test_rows_out_of_order_have_no_digest() -> None:
    """Rows whose series do not come in order are refused: leaves would be cut up."""
    with pytest.raises(ValueError, match="not in the order"):
        leaf_digests(pa.table({"row_number": [1, 2]}), np.array([2**63, 5], np.uint64))


def test_characters_below_a_null_do_not_count() -> None:
    """What a column keeps where a row has no text is not part of the digest."""
    covered = pa.StringArray.from_buffers(
        2,
        pa.array([0, 1, 3], pa.int32()).buffers()[1],
        pa.py_buffer(b"abc"),
        pa.array([True, False]).buffers()[1],
    )
    clean = pa.array(["a", None])
    first, second = (
        leaf_digests(pa.table({"commentary_text": texts}), np.zeros(2, np.uint64))
        for texts in (covered, clean)
    )
    assert covered.to_pylist() == clean.to_pylist()
    assert first == second


@pytest.mark.parametrize("size", [1000, 65_536, 70_000, 150_000])
def test_rejected_rows_may_come_in_any_stretches(size: int) -> None:
    """Rejected rows have one digest, whatever the size of the tables that they come in."""
    rows = pa.table({"row_number": range(150_000), "row_text": ["a", "b", None] * 50_000})
    whole, cut = BlockDigest(), BlockDigest()
    whole.add(rows)
    for start in range(0, rows.num_rows, size):
        cut.add(rows.slice(start, size))
    assert cut.hexdigest() == whole.hexdigest()


def test_the_order_of_rejected_rows_counts() -> None:
    """Two rejected rows the other way round have another digest, and none has one of its own."""
    digests = set()
    for numbers in ([], [1, 2], [2, 1]):
        digest = BlockDigest()
        digest.add(pa.table({"row_number": pa.array(numbers, pa.int64())}))
        digests.add(digest.hexdigest())
    assert len(digests) == 3
