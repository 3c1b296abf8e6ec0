"""Rated outturns → the reporting tables."""

from perf_pipeline.summarise.notes import indicators_in_development, key_issues
from perf_pipeline.summarise.printing import printed_figure, printed_share
from perf_pipeline.summarise.ratings import (
    council_summary,
    directorate_summary,
    service_summary,
    summary_imbalance,
)
from perf_pipeline.summarise.returns import rejected_rows, return_status
from perf_pipeline.summarise.scorecard import (
    exceptions,
    kpi_breakdowns,
    kpi_scorecard,
    restatements,
)

__all__ = [
    "council_summary",
    "directorate_summary",
    "exceptions",
    "indicators_in_development",
    "key_issues",
    "kpi_breakdowns",
    "kpi_scorecard",
    "printed_figure",
    "printed_share",
    "rejected_rows",
    "restatements",
    "return_status",
    "service_summary",
    "summary_imbalance",
]
