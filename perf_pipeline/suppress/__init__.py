"""Accepted and rejected rows → the same rows without small counts of people.

    accepted outturns ──suppress_breakdowns──▶ outturns for readers + withheld figures
    rejected rows     ──withhold_rejections──▶ rejections for readers + withheld rows

A small count of people who are told apart by sex, age or the like can tell something of one of
them. It is hidden (`[c]`), and so is what would give it back: docs/small-numbers.md.
"""

from perf_pipeline.suppress.breakdowns import Suppressed, suppress_breakdowns
from perf_pipeline.suppress.rejections import Withheld, withhold_rejections

__all__ = ["Suppressed", "Withheld", "suppress_breakdowns", "withhold_rejections"]
