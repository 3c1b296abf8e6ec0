"""Rated outturns → the reporting tables."""

from perf_pipeline.summarise.balance import summary_imbalance
from perf_pipeline.summarise.codes import organisation_changes, rag_scheme
from perf_pipeline.summarise.notes import indicators_in_development, key_issues
from perf_pipeline.summarise.printing import (
    printed_change,
    printed_figure,
    printed_range,
    printed_share,
)
from perf_pipeline.summarise.ratings import (
    council_summary,
    directorate_summary,
    owner_summary,
    priority_summary,
    service_summary,
    theme_summary,
)
from perf_pipeline.summarise.restated import restatements
from perf_pipeline.summarise.returns import accepted_rows, rejected_rows, return_status
from perf_pipeline.summarise.scorecard import (
    exceptions,
    kpi_breakdowns,
    kpi_comparisons,
    kpi_scorecard,
)
from perf_pipeline.summarise.trend import directorate_trend

__all__ = [
    "accepted_rows",
    "council_summary",
    "directorate_summary",
    "directorate_trend",
    "exceptions",
    "indicators_in_development",
    "key_issues",
    "kpi_breakdowns",
    "kpi_comparisons",
    "kpi_scorecard",
    "organisation_changes",
    "owner_summary",
    "printed_change",
    "printed_figure",
    "printed_range",
    "printed_share",
    "priority_summary",
    "rag_scheme",
    "rejected_rows",
    "restatements",
    "return_status",
    "service_summary",
    "summary_imbalance",
    "theme_summary",
]
