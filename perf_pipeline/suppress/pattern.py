"""Which categories of one breakdown are hidden, so that nobody can work a small count out."""

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


class QuarterCounts(NamedTuple):
    """What stands behind the figures of one breakdown in one quarter.

    Attributes:
        counts: A row for each category, a column for each kind of count; NaN for none. The last
            row is what the categories leave of the KPI's own figure: people whose category was not
            sent or not accepted. Nobody sees it, and everybody can work it out.
        is_unknown: True for a category with a figure whose counts are not known.
        threshold: Smallest count that is shown, 3 or more; 0 where all are that are known.
    """

    counts: Counts
    is_unknown: Marks
    threshold: int


def hidden_in_quarter(quarter: QuarterCounts) -> Marks:
    """Say which categories are hidden in a breakdown that is of this quarter alone."""
    return hidden_categories(quarter.counts, quarter.is_unknown, quarter.threshold)[:-1]


def hidden_in_year(quarters: Iterable[QuarterCounts], *, has_gap: bool = False) -> Marks:
    """Say which categories are hidden in the last quarter of a breakdown that adds up from April.

    What was hidden in an earlier quarter stays hidden. What was added to a category since an
    earlier quarter in which it was shown is a count too, as both figures are known.

    Args:
        quarters: The quarters of the year, the last one last, with the same categories.
        has_gap: True where an earlier quarter is not among them whose figures may have been shown.
            Then all of the last one are hidden: what was added since cannot be told here.

    Returns:
        True for each category that is hidden, but for the last row: what the categories leave.
    """
    earlier: list[Counts] = []
    hidden: Marks | None = None
    for quarter in quarters:
        hidden = np.zeros_like(quarter.is_unknown) if hidden is None else hidden
        if has_gap and quarter.threshold:
            hidden = quarter.is_unknown | ~np.isnan(quarter.counts).all(axis=1)
        else:
            hidden = hidden | _newly_hidden(quarter, earlier, hidden)
        earlier.append(quarter.counts)
    return np.zeros(0, dtype=np.bool_) if hidden is None else hidden[:-1]


def _newly_hidden(quarter: QuarterCounts, earlier: Sequence[Counts], hidden: Marks) -> Marks:
    counts = quarter.counts
    # What was added comes first: who has enough of that has enough in all.
    added = [_added(counts, each) for each in reversed(earlier)]
    columns = np.hstack([*itertools.chain.from_iterable(added), counts])
    columns[hidden] = np.nan
    found = hidden_categories(columns, quarter.is_unknown & ~hidden, quarter.threshold)
    is_shown = ~hidden & ~found & ~np.isnan(counts).all(axis=1)
    is_shown[-1] = False
    # One that is left alone could only be hidden later because of what was added to it.
    is_left_alone = (hidden | found).any() and is_shown.sum() == 1
    return found | is_shown if is_left_alone else found


def _added(counts: Counts, before: Counts) -> tuple[Counts, Counts]:
    """Return what was added since an earlier quarter, as whoever knows that quarter works it out.

    Of a category without a figure then it is all that is there now, or what is there beyond what
    the others left of the KPI's own figure.
    """
    left = np.nan_to_num(before[-1:])
    is_new = np.isnan(before)
    return (
        abs(counts - np.where(is_new, 0, before)),
        abs(counts - np.where(is_new, left, before)),
    )


def hidden_categories(counts: Counts, is_unknown: Marks, threshold: int) -> Marks:
    """Say which categories of a breakdown are hidden.

    Hidden is a category with a count from 1 to one less than the threshold, and one whose counts
    are not known here. So that a total does not give it back, in each kind of count the hidden
    ones have at least one of the threshold or more: the smallest such, with all that equal it.
    Where there is none, the whole breakdown is hidden, zeros too.

    Nothing but the counts decides, neither place nor name: what is published stays the same when
    hidden categories change their counts with each other. So whoever knows every total and this
    rule cannot tell a small one from a large one.

    Args:
        counts: A row for each category, a column for each kind of count; NaN for none.
        is_unknown: True for a category with a figure whose counts are not known.
        threshold: Smallest count that is shown, 3 or more; 0 where all are that are known.

    Returns:
        True for each category that is hidden.
    """
    is_small = (counts > 0) & (counts < threshold)
    hidden: Marks = is_unknown | is_small.any(axis=1)
    if not hidden.any():
        return hidden
    for column in counts.T:
        is_large = (column >= threshold) & (column > 0)
        is_covered = (is_large & hidden).any()
        # A total of none says of every category that it has none, whatever is hidden.
        is_none = not (column > 0).any() and not (is_unknown.any() and (column == 0).any())
        if is_covered or is_none:
            continue
        if not is_large.any():
            return is_unknown | ~np.isnan(counts).all(axis=1)
        hidden |= column == column[is_large].min()
    return hidden
