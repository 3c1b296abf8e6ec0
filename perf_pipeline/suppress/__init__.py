"""Accepted and rejected rows → the same rows without small counts of people.

    accepted outturns ──suppress_breakdowns──▶ outturns for readers + withheld figures
    rejected rows     ──withhold_rejections──▶ rejections for readers + withheld rows
    checked rows      ──withheld_files──▶ digests that ──without_digests──▶ tables do not show

A small count of people who are told apart by sex, age or the like can tell something of one of
them. It is hidden (`[c]`), and so is what would give it back: docs/small-numbers.md.
"""

from perf_pipeline.suppress.breakdowns import Suppressed, suppress_breakdowns
from perf_pipeline.suppress.files import withheld_files, without_digests
from perf_pipeline.suppress.rejections import Withheld, withhold_rejections

__all__ = [
    "Suppressed",
    "Withheld",
    "suppress_breakdowns",
    "withheld_files",
    "withhold_rejections",
    "without_digests",
]
