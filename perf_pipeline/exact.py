"""Comparisons of floats that are decided as exact arithmetic on their decimals would.

A float stands for the shortest decimal that denotes it. Floats decide what is far from equal;
what is too near is decided anew in fractions, so that 0.1 + 0.2 is on 0.3.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Sides = Callable[..., tuple[Any, Any]]

_NEAR = 1e-12
"""Relative distance within which floats are not trusted.

A few sums and products of floats err by less than 1e-14 of the largest number involved.
"""


def is_at_most(sides: Sides, *operands: Floats) -> Booleans:
    """Tell where one side of a comparison is less than or equal to the other.

    Args:
        sides: Returns the left and the right side of operands. It is called with arrays of floats
            and, for what floats cannot decide, with arrays of fractions, so it may use
            arithmetic, `abs` and `np.where`, and no other function of numpy.
        operands: Arrays of equal length. A row with NaN on either side is False; NaN in an
            operand that a row does not use is of no account.
    """
    left, right = sides(*operands)
    gap = np.asarray(left - right, dtype=np.float64)
    size = np.abs(np.asarray(left, dtype=np.float64)) + np.abs(np.asarray(right, dtype=np.float64))
    for operand in operands:
        size = size + np.abs(np.nan_to_num(operand))
    decided: Booleans = gap <= 0
    doubtful = np.flatnonzero(np.abs(gap) <= size * _NEAR)
    if doubtful.size:
        left, right = sides(*(fractions(operand[doubtful]) for operand in operands))
        decided[doubtful] = np.asarray(left <= right, dtype=np.bool_)
    return decided


def fractions(values: Floats) -> npt.NDArray[np.object_]:
    """Return the fractions that floats stand for, each the shortest decimal that denotes it.

    NaN becomes 0.
    """
    exact = np.empty(len(values), dtype=object)
    exact[:] = [Fraction(repr(float(value))) for value in np.nan_to_num(values)]
    return exact
