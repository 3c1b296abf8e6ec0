"""What has been found of cells is kept for the next batches that are checked by the same register.

Other batches hold the same marks, slips and unknown references; what they say is found once a
process. Nothing is kept that depends on more than its key and the `Expectations` it is kept with.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

from perf_pipeline.validate import Expectations

MOST_KEPT = 50_000
"""Findings that are kept; of more than that hardly any comes again."""

_Found = TypeVar("_Found")


def remembered(expected: Expectations, key: Hashable, find: Callable[[], _Found]) -> _Found:
    """Return what is kept under a key, or find it and keep it.

    Args:
        expected: What rows are checked against; it is kept with it.
        key: All that the finding depends on beside that, and what kind of finding it is.
        find: Finds it.
    """
    kept = expected.memory
    if key in kept:
        found: _Found = kept[key]
        return found
    found = find()
    if len(kept) < MOST_KEPT:
        kept[key] = found
    return found
