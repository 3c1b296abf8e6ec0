"""A grid of cells becomes rows as the source's entry lays it out: one table, or a block a KPI."""

from perf_pipeline.source_entries import GridEntry
from perf_pipeline.sources.blocks import parse_blocks
from perf_pipeline.sources.grid_rows import parse_rows
from perf_pipeline.sources.headings import Grid
from perf_pipeline.sources.promises import contract_of
from perf_pipeline.sources.rows import ParsedRow
from perf_pipeline.sources.wording import ReturnPlace


def parse_grid(grid: Grid, place: ReturnPlace) -> list[ParsedRow]:
    """Give every row of a grid its kind, and rows of figures their fields.

    Raises:
        ReturnError: A heading row or a block's title is not there, or a heading stands twice.
    """
    entry, contract = place.entry, contract_of(place)
    if isinstance(entry, GridEntry) and entry.blocks is not None:
        return list(parse_blocks(grid, entry.blocks.title, contract, place))
    return list(parse_rows(grid.rows, contract, grid, place, {}))
