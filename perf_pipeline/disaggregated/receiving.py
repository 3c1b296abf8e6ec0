"""Rows that only judging rejects, written out as they were received: their file is read again."""

from collections.abc import Sequence

import pyarrow as pa

from perf_pipeline.disaggregated.checking import row_texts
from perf_pipeline.disaggregated.orders import Order
from perf_pipeline.disaggregated.parts import Part
from perf_pipeline.disaggregated.reading import read_again


def as_received(rejected: pa.Table, part: Part, headings: Sequence[str], order: Order) -> pa.Table:
    """Put the texts of rows beside them, which few rows need once their cells are judged.

    Args:
        rejected: `DisaggregatedRejections` of one part, without `row_text`.
        part: The part.
        headings: The headings of its file.
        order: What is built.

    Raises:
        ReturnError: The part cannot be read any more.
    """
    numbers, place = rejected["row_number"].to_pylist(), order.place(part.file)
    rows = read_again(part, numbers, headings, order.request.entry, place)
    return rejected.append_column("row_text", row_texts(rows).dictionary_encode())
