"""All plausibility checks, one after the other."""

from collections.abc import Callable, Mapping

import pandas as pd

from perf_pipeline.rules import QualityCheck
from perf_pipeline.scrutinise.acceptances import acceptance_not_applied
from perf_pipeline.scrutinise.control_limits import outside_control_limits
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.figures import (
    target_not_moved_on,
    target_out_of_scale,
    unchanged_with_commentary,
    zero_after_large,
)
from perf_pipeline.scrutinise.findings import Finding, data_quality
from perf_pipeline.scrutinise.groups import group_differs
from perf_pipeline.scrutinise.narratives import (
    narrative_disagrees_with_rating,
    narrative_states_other_colour,
    narrative_states_other_figure,
)
from perf_pipeline.scrutinise.ratings import override_without_rating, stated_rating_differs
from perf_pipeline.scrutinise.shares import share_miscalculated
from perf_pipeline.scrutinise.statements import stated_count_differs, stated_parts_disagree
from perf_pipeline.scrutinise.suppressed_groups import text_names_suppressed_group
from perf_pipeline.scrutinise.titles import other_quarter_named

CHECKS: Mapping[QualityCheck, Callable[[Evidence], list[Finding]]] = {
    QualityCheck.ZERO_AFTER_LARGE: zero_after_large,
    QualityCheck.UNCHANGED_WITH_COMMENTARY: unchanged_with_commentary,
    QualityCheck.TARGET_OUT_OF_SCALE: target_out_of_scale,
    QualityCheck.TARGET_NOT_MOVED_ON: target_not_moved_on,
    QualityCheck.OUTSIDE_CONTROL_LIMITS: outside_control_limits,
    QualityCheck.NARRATIVE_STATES_OTHER_FIGURE: narrative_states_other_figure,
    QualityCheck.NARRATIVE_STATES_OTHER_COLOUR: narrative_states_other_colour,
    QualityCheck.NARRATIVE_DISAGREES_WITH_RATING: narrative_disagrees_with_rating,
    QualityCheck.STATED_RATING_DIFFERS: stated_rating_differs,
    QualityCheck.SHARE_MISCALCULATED: share_miscalculated,
    QualityCheck.STATED_COUNT_DIFFERS: stated_count_differs,
    QualityCheck.STATED_PARTS_DISAGREE: stated_parts_disagree,
    QualityCheck.OTHER_QUARTER_NAMED: other_quarter_named,
    QualityCheck.OVERRIDE_WITHOUT_RATING: override_without_rating,
    QualityCheck.GROUP_DIFFERS: group_differs,
    QualityCheck.TEXT_NAMES_SUPPRESSED_GROUP: text_names_suppressed_group,
    QualityCheck.ACCEPTANCE_NOT_APPLIED: acceptance_not_applied,
}
"""The function of each check; each returns its findings in the order of the scorecard."""


def find_implausible(evidence: Evidence) -> pd.DataFrame:
    """Look for what is implausible in a quarter; nothing of it is changed.

    Args:
        evidence: The quarter's tables and what was said of it. The order of their rows is of no
            account.

    Returns:
        `DataQuality`, numbered from 1 by check, then in the scorecard's order.
    """
    found = [finding for check in QualityCheck for finding in CHECKS[check](evidence)]
    return data_quality(found, evidence.quarter)
