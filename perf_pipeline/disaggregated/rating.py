"""Figures and what they are judged by → a rating or the reason why there is none, by number."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perf_pipeline.disaggregated.coding import Coded
from perf_pipeline.disaggregated.comparing import IMPROVED, MAINTAINED
from perf_pipeline.disaggregated.standards import (
    CONTRADICTORY,
    RATED,
    STATUSES,
    Integers,
    Judging,
    SmallIntegers,
)
from perf_pipeline.exact import Floats
from perf_pipeline.rules import Rag

RAGS = [Rag.RED.value, Rag.AMBER.value, Rag.GREEN.value]
"""A rating's number is its place here, -1 for none."""

RED, AMBER, GREEN = range(3)
NOT_RATED = -1


def reasons(
    values: Floats, statuses: Integers, places: Integers, judging: Judging
) -> SmallIntegers:
    """Find why rows are not rated, as `perf_pipeline.rate.rate_outturns` does.

    Args:
        values: Figures, NaN for none.
        statuses: Places among `STATUSES`.
        places: The rows' places in `judging`.
        judging: What they are judged by.

    Returns:
        Places among `REASONS`, `RATED` where nothing hinders a rating.

    Raises:
        ValueError: The status of some row says that there is a figure, and there is none.
    """
    states = judging.reason_group[places] * len(STATUSES) + statuses
    found: SmallIntegers = judging.reasons.ravel()[2 * states + ~np.isnan(values)]
    if (found == CONTRADICTORY).any():
        count = int((found == CONTRADICTORY).sum())
        raise ValueError(f"{count} accepted rows have the status of a figure, and no figure.")
    return found


def colours(
    values: Floats, reason: SmallIntegers, places: Integers, judging: Judging
) -> SmallIntegers:
    """Rate rows, improvements left aside: places among `RAGS`, `NOT_RATED` where there is a reason.

    Args:
        values: Figures, NaN for none.
        reason: What `reasons` found.
        places: The rows' places in `judging`.
        judging: What they are judged by.
    """
    is_green = (values >= judging.green_lower[places]) & (values <= judging.green_upper[places])
    is_amber = (values >= judging.amber_lower[places]) & (values <= judging.amber_upper[places])
    found: SmallIntegers = np.maximum(GREEN * is_green.view(np.int8), is_amber.view(np.int8))
    found[reason != RATED] = NOT_RATED
    return found


def improved(
    rag: SmallIntegers, places: Integers, moved: Sequence[SmallIntegers], judging: Judging
) -> SmallIntegers:
    """Make amber of a red that is better than what its rule compares with, or as good as it.

    Args:
        rag: What `colours` found.
        places: The rows' places in `judging`.
        moved: Directions by what is compared with, in the order of `COMPARED`.
        judging: What they are judged by.
    """
    asked = judging.improvement[places]
    found = rag.copy()
    for each, directions in enumerate(moved):
        rows = np.flatnonzero((asked == each) & (rag == RED))
        is_held = (directions[rows] == MAINTAINED) & judging.is_held_enough[places[rows]]
        found[rows[(directions[rows] == IMPROVED) | is_held]] = AMBER
    return found


def status_numbers(column: Coded) -> Integers:
    """Return each row's status as its place among `STATUSES`.

    Raises:
        ValueError: Some row has no known status.
    """
    known = pd.Index(STATUSES).get_indexer(pd.Index(column.texts, dtype="object"))
    numbers: Integers = known[column.codes]
    if (numbers < 0).any() or (column.codes < 0).any():
        raise ValueError("Some accepted rows have no status that is known.")
    return numbers
