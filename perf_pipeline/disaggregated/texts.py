"""Columns of whatever a file holds → columns of text, cleaned as cells of a return are."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from perf_pipeline.disaggregated.columns import TEXT, as_text
from perf_pipeline.rules import ReturnFault
from perf_pipeline.sources.rows import cleaned
from perf_pipeline.sources.wording import SourcePlace, quoted


def cleaned_texts(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Take outer white space off the texts of a column; one of nothing else is null.

    Args:
        column: Text, dictionary-coded.
    """
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], TEXT)
    texts = whole.dictionary
    if not _is_unclean(texts):
        return whole
    kept = pa.array([cleaned(text) for text in texts.to_pylist()], pa.string()).dictionary_encode()
    codes = kept.indices.take(whole.indices)
    return pa.DictionaryArray.from_arrays(codes, kept.dictionary)


def _is_unclean(texts: pa.Array) -> bool:
    trimmed = pc.equal(pc.utf8_trim_whitespace(texts), texts)
    is_outer = pc.match_substring_regex(texts, r"^[\x1c-\x1f]|[\x1c-\x1f]$")
    is_empty = pc.equal(texts, "")
    return not pc.all(trimmed).as_py() or bool(pc.any(pc.or_(is_outer, is_empty)).as_py())


def texts_of(column: pa.ChunkedArray, heading: str, place: SourcePlace) -> pa.ChunkedArray:
    """Write the values of a Parquet column as a person would: numbers in their shortest form.

    Args:
        column: Text, whole numbers, 64-bit figures or yes and no.
        heading: The column's heading.
        place: Whose file it is.

    Raises:
        ReturnError: The column is of another type.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_float64(kind):
        return _decimals(as_text_of(column))
    is_known = (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_null(kind)
    )
    if not is_known:
        raise place.error(
            f"The column {quoted(heading)} is of the type {quoted(column.type)}, which is not "
            "read.",
            "Write it as text, whole numbers or 64-bit floating point numbers",
            ReturnFault.WRONG_KIND,
        )
    return as_text_of(column)


def as_text_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whatever can be cast to text as dictionary-coded text."""
    if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
        return as_text(column)
    return as_text(column.cast(pa.string()))


def _decimals(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write out numbers that have an exponent: `1e+20` is 100000000000000000000."""
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    has_exponent = pc.match_substring(whole.dictionary, "e").to_pylist()
    if not any(has_exponent):
        return column
    texts = [
        np.format_float_positional(float(text), trim="-") if is_long else text
        for text, is_long in zip(whole.dictionary.to_pylist(), has_exponent, strict=True)
    ]
    written = pa.DictionaryArray.from_arrays(whole.indices, pa.array(texts, pa.string()))
    return pa.chunked_array([written])
