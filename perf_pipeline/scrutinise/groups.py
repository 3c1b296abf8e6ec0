"""Groups of a breakdown whose share is further from the rest's than chance would explain.

Each group is held against all others of its breakdown together by Fisher's exact test, two-sided,
and what is found is corrected by Holm's method for the number of groups: where no group differs,
the chance that any of a breakdown is named is the level at most.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from perf_pipeline.rules import QualityCheck
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding, of_kpi
from perf_pipeline.scrutinise.wording import printed, quoted

_SHARE = "percent"
"""The unit of figures that are shares of a whole."""

_MOST_CASES = 10**9
"""No breakdown of more people or cases is tested; the test's whole numbers hold so many."""

_MOST_SUMMED_CASES = 100_000
"""Of so many cases every possible outcome's chance is worked out here."""

_ROUNDING = 1e-10
"""Chances that differ by no more, in proportion, are the same."""

_ONE_AND_ITS_REST = 2
"""Of two groups each is the other's rest: there is one test, not two."""


class Group(NamedTuple):
    """So many of so many cases: 0 ≤ `counted` ≤ `of`, and `of` is at least 1."""

    counted: int
    of: int


def differing(groups: Sequence[Group], level: float) -> list[int]:
    """Tell which groups' shares differ from the share of all other groups together.

    Args:
        groups: The groups of one breakdown, no case in two of them.
        level: The greatest chance, from 0 to 1, that any group is named where none differs.

    Returns:
        For each group 1 where its share is higher, -1 where it is lower, 0 where chance would
        explain the difference.
    """
    if len(groups) < _ONE_AND_ITS_REST:
        return [0] * len(groups)
    counted, of = sum(group.counted for group in groups), sum(group.of for group in groups)
    rests = [Group(counted - group.counted, of - group.of) for group in groups]
    pairs = list(zip(groups, rests, strict=True))
    named = below_level([chance_of_difference(*pair) for pair in pairs], level)
    return [_direction(*pair) if found else 0 for pair, found in zip(pairs, named, strict=True)]


def chance_of_difference(group: Group, rest: Group) -> float:
    """Return the two-sided p-value of Fisher's exact test."""
    if group.of + rest.of <= _MOST_SUMMED_CASES:
        return _summed_chance(group, rest)
    # SciPy takes a second to import, as long as half a run; few quarters test so many cases.
    from scipy.stats import fisher_exact  # noqa: PLC0415

    table = [[each.counted, each.of - each.counted] for each in (group, rest)]
    return float(fisher_exact(table).pvalue)


def _summed_chance(group: Group, rest: Group) -> float:
    """Sum what is no likelier than what was counted, each in proportion to what is likeliest."""
    cases, counted = group.of + rest.of, group.counted + rest.counted
    first, last = max(0, counted - rest.of), min(counted, group.of)
    likeliest = (group.of + 1) * (counted + 1) // (cases + 2)
    at = np.arange(first, last, dtype="float64")
    steps = (counted - at) * (group.of - at) / ((at + 1) * (rest.of - counted + at + 1))
    below, above = steps[: likeliest - first], steps[likeliest - first :]
    chances = np.concatenate([np.cumprod(1 / below[::-1])[::-1], [1.0], np.cumprod(above)])
    is_no_likelier = chances <= chances[group.counted - first] * (1 + _ROUNDING)
    return float(chances[is_no_likelier].sum() / chances.sum())


def below_level(chances: Sequence[float], level: float) -> list[bool]:
    """Tell which of several tests are below the level by Holm's step-down method."""
    left = 1 if len(chances) == _ONE_AND_ITS_REST else len(chances)
    found = [False] * len(chances)
    for place in sorted(range(len(chances)), key=chances.__getitem__):
        if chances[place] * left > level:
            break
        found[place] = True
        left = max(left - 1, 1)
    return found


def _direction(group: Group, rest: Group) -> int:
    ours, theirs = group.counted * rest.of, rest.counted * group.of
    return (ours > theirs) - (ours < theirs)


def group_differs(evidence: Evidence) -> list[Finding]:
    """Find groups of a breakdown that differ from its other groups by more than chance.

    Looked at are percentages with a numerator and a denominator in whole numbers, as they are
    published: a group that is suppressed has none, and is neither tested nor part of the rest.
    So nothing follows from a finding that the published figures do not say.
    """
    order = evidence.figures[["kpi_ref", "directorate_code"]].reset_index(names="kpi_order")
    shares = _shares(evidence.breakdowns).merge(order, on="kpi_ref", validate="m:1")
    shares = shares[~shares["kpi_ref"].isin(evidence.differences.except_kpis)]
    shares = shares.sort_values(["kpi_order", "breakdown_type_code", "display_order"])
    parts = shares.groupby(["kpi_order", "breakdown_type_code"])
    return [finding for _, part in parts for finding in _of_breakdown(rows_of(part), evidence)]


def _shares(breakdowns: pd.DataFrame) -> pd.DataFrame:
    """Return the groups that can be tested: shares of cases that can be counted."""
    counted, of = breakdowns["numerator_value"], breakdowns["denominator_value"]
    is_whole = (counted % 1 == 0) & (of % 1 == 0)
    is_share = (counted >= 0) & (counted <= of) & (of > 0)
    shares = breakdowns[(breakdowns["unit_code"] == _SHARE) & is_whole & is_share]
    totals = shares.groupby(["kpi_ref", "breakdown_type_code"])["denominator_value"]
    return shares[totals.transform("sum") <= _MOST_CASES]


def _of_breakdown(rows: Sequence[Any], evidence: Evidence) -> list[Finding]:
    groups = [Group(int(row.numerator_value), int(row.denominator_value)) for row in rows]
    signs = differing(groups, float(evidence.differences.level_pct) / 100)
    found = [(row, sign) for row, sign in zip(rows, signs, strict=True) if sign]
    if len(rows) == _ONE_AND_ITS_REST and found:
        # What is said of one of two groups says it of the other.
        return [_finding(*found[0], quoted(rows[1].breakdown_category_name), evidence)]
    return [_finding(row, sign, "the other groups together", evidence) for row, sign in found]


def _finding(row: Any, sign: int, rest: str, evidence: Evidence) -> Finding:
    level = printed(float(evidence.differences.level_pct), _SHARE)
    return of_kpi(
        QualityCheck.GROUP_DIFFERS,
        row,
        f"By `{row.breakdown_type_code}`, the figure of {quoted(row.breakdown_category_name)} is "
        f"{'higher' if sign > 0 else 'lower'} than that of {rest} by more than chance would "
        f"explain at the {level} level. Look into the reason, and say in the commentary what is "
        "known of it.",
    )
