"""Rows that only judging rejects, written out as they were received: their file is read again."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from perf_pipeline.disaggregated.checking import row_texts
from perf_pipeline.disaggregated.orders import Order
from perf_pipeline.disaggregated.parts import Part
from perf_pipeline.disaggregated.reading import read_part


def as_received(rejected: pa.Table, part: Part, headings: Sequence[str], order: Order) -> pa.Table:
    """Put the texts of rows beside them, which few rows need once their cells are judged.

    Args:
        rejected: `DisaggregatedRejections` of one part, without `row_text`.
        part: The part.
        headings: The headings of its file.
        order: What is built.

    Raises:
        ReturnError: The part cannot be read any more.
        KeyError: A row is not in it.
    """
    texts: dict[int, str] = {}
    for batch in read_part(part, headings, order.request.entry, order.place(part.file)):
        rows = batch.rows.filter(pc.is_in(batch.rows["row_number"], rejected["row_number"]))
        texts.update(zip(rows["row_number"].to_pylist(), row_texts(rows).to_pylist(), strict=True))
    found = [texts[number] for number in rejected["row_number"].to_pylist()]
    return rejected.append_column("row_text", pa.array(found, pa.string()).dictionary_encode())
