"""Scorecard and statements → findings: what looks wrong, while nothing is changed.

figures        0 after a large one, unchanged, out of scale, target not moved on
control_limits outside the limits of its own history
narratives     commentary that states another figure or colour, or another outcome
ratings        the return's own rating differs, an override without a rating
shares         71.2% printed for 5 of 7
statements     printed counts that differ from ours or among themselves
groups         a group that differs from the rest of its breakdown by more than chance
suppressed_groups  text that may give a suppressed figure away
titles         a title that names another quarter
"""

from perf_pipeline.scrutinise.checking import find_implausible
from perf_pipeline.scrutinise.evidence import Evidence

__all__ = ["Evidence", "find_implausible"]
