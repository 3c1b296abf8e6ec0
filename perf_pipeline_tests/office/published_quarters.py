"""The sample council's first quarter, published without Dagster: its scorecard and breakdowns."""

import pandas as pd
import sqlalchemy as sa

from perf_pipeline.compare import comparator_outturns, compare_outturns
from perf_pipeline.council import Council
from perf_pipeline.orchestration.expected_rows import expectations
from perf_pipeline.quarters import Quarter
from perf_pipeline.rate import rate_outturns
from perf_pipeline.schemas import REPORTING_TABLES, conform, empty, stages
from perf_pipeline.sources import Landing, extract
from perf_pipeline.summarise import kpi_breakdowns, kpi_scorecard
from perf_pipeline.validate import accepted_outturns, check_rows, headline_outturns
from perf_pipeline.warehouse import Origin, migrate, publish


def accepted_rows(
    source_code: str, quarter: Quarter, council: Council, landing: Landing
) -> pd.DataFrame:
    """Return what a source's own return of a quarter says, as `AcceptedOutturns`."""
    entry = council.sources[source_code]
    rows = extract(entry, quarter, council.folder, landing)
    expected = expectations(entry, quarter, council, council.kpis_in_force(quarter))
    return accepted_outturns(check_rows(rows, expected))


def publish_quarter(
    engine: sa.Engine, quarter: Quarter, council: Council, landing: Landing
) -> None:
    """Publish the scorecard and the breakdowns of a quarter's returns; other tables are empty."""
    migrate(engine)
    kpis = council.kpis_in_force(quarter)
    returned = [accepted_rows(code, quarter, council, landing) for code in council.sources]
    accepted = conform(pd.concat(returned, ignore_index=True), stages.AcceptedOutturns)
    headline = headline_outturns(accepted, quarter)
    compared = compare_outturns(
        headline,
        comparator_outturns(accepted, council.history, quarter),
        kpis,
        quarter,
        council.series_breaks,
        council.comparison_in_force(quarter),
    )
    no_refs = pd.Series(dtype="str")
    rated = rate_outturns(headline, no_refs, kpis, compared, council.overrides_of(quarter))
    tables = {name: empty(model) for name, model in REPORTING_TABLES.items()} | {
        "kpi_scorecard": kpi_scorecard(rated, compared, kpis, council.scheme),
        "kpi_breakdowns": kpi_breakdowns(accepted, kpis, council.breakdowns),
    }
    origin = Origin(council.name, council.sha256, "test", "run-1")
    publish(engine, quarter, tables, origin, expected_draft=0)
