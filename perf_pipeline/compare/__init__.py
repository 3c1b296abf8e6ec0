"""Figures against others: direction of travel against earlier ones, position against benchmarks.

::

earlier     accepted outturns and the register's history → the figures to compare with
directions  those and this quarter's figures → a direction against each comparator, or why not
trend       the line through a KPI's last figures
benchmarks  this quarter's figures and others' → better, similar or worse
standing    better, the same within a band, or worse: decided exactly, for all of them
"""

from perf_pipeline.compare.benchmarks import compare_benchmarks
from perf_pipeline.compare.directions import compare_outturns
from perf_pipeline.compare.earlier import (
    QUARTERS_BACK,
    comparator_outturns,
    under_present_refs,
)

__all__ = [
    "QUARTERS_BACK",
    "comparator_outturns",
    "compare_benchmarks",
    "compare_outturns",
    "under_present_refs",
]
