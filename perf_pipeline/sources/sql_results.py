"""A query's landed result: the JSON document that `sql_queries` makes of what a database said."""

import json

from perf_pipeline.rules import RowKind
from perf_pipeline.sources.headings import Cell, Grid, GridRow
from perf_pipeline.sources.layouts import parse_grid
from perf_pipeline.sources.rows import ParsedReturn, ParsedRow, cleaned
from perf_pipeline.sources.wording import ReturnPlace


def read_result(content: bytes, place: ReturnPlace) -> ParsedReturn:
    """Read a landed result; a row's number is its place in the result, 1 first.

    Raises:
        ReturnError: A heading of the entry is not among the result's columns.
    """
    document = json.loads(content)
    heading = GridRow(0, [Cell(cleaned(name)) for name in document["columns"]])
    rows = [
        GridRow(number, [Cell(cleaned(text)) for text in row])
        for number, row in enumerate(document["rows"], 1)
    ]
    grid = Grid([heading, *rows], "the query's columns", lambda index: f"column {index + 1}")
    return ParsedReturn([_counted_row(row) for row in parse_grid(grid, place) if row.number])


def count_result(content: bytes) -> int:
    """Return the count that the database itself gave."""
    return int(json.loads(content)["count"])


def _counted_row(row: ParsedRow) -> ParsedRow:
    """Call an empty row a note: the database counts it as a row."""
    is_blank = row.kind is RowKind.BLANK
    return ParsedRow(row.number, RowKind.NOTE, "") if is_blank else row
