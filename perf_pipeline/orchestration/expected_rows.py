"""What rows of a source's return are checked against, gathered from the council folder."""

import pandas as pd

from perf_pipeline.council import Council
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import Source
from perf_pipeline.validate import Expectations


def expectations(
    entry: Source, quarter: Quarter, council: Council, kpis_in_force: pd.DataFrame
) -> Expectations:
    """Return what rows of a source's return are checked against."""
    return Expectations.of(
        entry.source_code,
        quarter,
        kpis_in_force,
        council.kpis["kpi_ref"],
        council.breakdowns,
        entry.percent_scale,
        rating_words=council.rating_words,
        successors=council.kpi_successors(quarter),
        mergers=council.kpi_mergers(quarter),
        accepted_rows=council.accepted_rows,
        aliases=council.kpi_aliases_of(quarter),
    )
