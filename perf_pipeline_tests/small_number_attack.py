"""An attack on suppressed counts: a solver is given what was published, and told to find them.

It reads a scorecard and a table of breakdowns for each quarter, as anybody can. It takes it that a
breakdown's categories, with those that have no row or no figure, make up the KPI's own figure, that
counts are not negative, and whole where their sums are, that a part is no more than its whole, and
that what adds up from April never falls. It knows the threshold and what the rule says of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

Unknown = tuple[str, str, str, str]
"""Quarter, breakdown, category and kind of count: what is hidden."""

_READ = ("kpi_scorecard", "kpi_breakdowns")
FIGURES = ("outturn_value", "numerator_value", "denominator_value")
THRESHOLD = 5
"""Smallest count that is shown."""

_MOST = 20_000.0
"""More than any count of the data that is attacked."""


@dataclass
class System:
    """What is known of hidden counts.

    Attributes:
        unknowns: The counts.
        absent: Those of them whose categories have no row, or no figure in it.
        sums: What some of them make together.
        orders: Which is no more than which.
        ranges: The least and the most that some can be.
        mixed: Sets of which at least one is as large as the threshold, and whether one is small.
    """

    unknowns: list[Unknown] = field(default_factory=list)
    sums: list[tuple[list[Unknown], float]] = field(default_factory=list)
    orders: list[tuple[Unknown | float, Unknown | float]] = field(default_factory=list)
    ranges: dict[Unknown, tuple[float, float]] = field(default_factory=dict)
    mixed: list[tuple[list[Unknown], bool]] = field(default_factory=list)
    absent: set[Unknown] = field(default_factory=set)

    def bounds_of(self, unknown: Unknown) -> tuple[float, float]:
        """Return the least and the most that a hidden count can be."""
        aim = np.array([float(each == unknown) for each in self.unknowns])
        is_whole = all(total == round(total) for _, total in self.sums)
        count = len(self.unknowns)
        ranges = [self.ranges.get(each, (0.0, _MOST)) for each in self.unknowns]
        lows, highs = zip(*ranges, *[(0.0, 1.0)] * count, strict=True)
        least, most = (
            milp(
                sign * np.hstack([aim, np.zeros(count)]),
                constraints=[*self._constraints(), *(self._kinds() if is_whole else [])],
                integrality=np.full(2 * count, is_whole),
                bounds=Bounds(lows, highs),
            )
            for sign in (1, -1)
        )
        assert least.success, f"What is published of {unknown} cannot all be true"
        return round(least.fun, 6), round(-most.fun, 6)

    def _kinds(self) -> list[LinearConstraint]:
        """Say by a switch for each count whether it is large, and of how many that is so."""
        count = len(self.unknowns)
        switched = sorted({each for group, _ in self.mixed for each in group})
        found = []
        for each in switched:
            row = np.zeros(2 * count)
            place = self.unknowns.index(each)
            row[place], row[count + place] = 1, -THRESHOLD
            found.append(LinearConstraint(row, 0, np.inf))
            row = row.copy()
            row[count + place] = -_MOST
            found.append(LinearConstraint(row, -np.inf, THRESHOLD - 1))
        for group, has_small in self.mixed:
            row = np.zeros(2 * count)
            row[[count + self.unknowns.index(each) for each in group]] = 1
            found.append(LinearConstraint(row, 1, len(group) - has_small))
        return found

    def _constraints(self) -> list[LinearConstraint]:
        place = {unknown: number for number, unknown in enumerate(self.unknowns)}
        rows, lows, highs = [], [], []
        for together, total in self.sums:
            row = np.zeros(2 * len(place))
            row[[place[each] for each in together]] = 1
            rows.append(row)
            lows.append(total)
            highs.append(total)
        for smaller, larger in self.orders:
            row, known = np.zeros(2 * len(place)), 0.0
            for each, sign in ((smaller, 1), (larger, -1)):
                if isinstance(each, tuple):
                    row[place[each]] += sign
                else:
                    known += sign * each
            rows.append(row)
            lows.append(-np.inf)
            highs.append(-known)
        return [LinearConstraint(np.array(rows), lows, highs)] if rows else []


def recovered(
    publications: Sequence[Mapping[str, pd.DataFrame]],
    adding_up: Sequence[str] = (),
    categories: Mapping[str, Sequence[str]] | None = None,
    *,
    knows_rule: bool = True,
) -> dict[Unknown, float]:
    """Return the hidden counts that can only be one, above none, and what they are.

    A count that was not sent is meant where it is small.

    Args:
        publications: `kpi_scorecard` and `kpi_breakdowns` of each quarter, in order.
        adding_up: References of the KPIs whose figures add up from April.
        categories: The register's categories by breakdown type, sent or not.
        knows_rule: False where small counts alone are hidden, and the rule is not kept.
    """
    found: dict[Unknown, float] = {}
    for kpi_ref in publications[0]["kpi_breakdowns"]["kpi_ref"].unique():
        adds_up = kpi_ref in adding_up
        for system in _systems(publications, kpi_ref, categories or {}, adds_up=adds_up):
            if not knows_rule:
                system.mixed, system.ranges = [], {}
            for unknown in system.unknowns:
                least, most = system.bounds_of(unknown)
                is_meant = unknown not in system.absent or most < THRESHOLD
                if least == most > 0 and is_meant:
                    found[unknown] = least
    return found


def _systems(
    publications: Sequence[Mapping[str, pd.DataFrame]],
    kpi_ref: str,
    categories: Mapping[str, Sequence[str]],
    *,
    adds_up: bool,
) -> Iterator[System]:
    tables = [
        {name: each[name][each[name]["kpi_ref"] == kpi_ref] for name in _READ}
        for each in publications
    ]
    kinds = sorted(
        {kind for each in tables for kind in each["kpi_breakdowns"]["breakdown_type_code"]}
    )
    for kind in kinds:
        quarters = [_Quarter(each, kind, categories.get(kind, ())) for each in tables]
        if not adds_up:
            yield from (_system([quarter]) for quarter in quarters)
        else:
            yield _system(quarters)


class _Quarter:
    """One breakdown as published in one quarter: counts by category and kind, None for hidden."""

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], kind: str, categories: Sequence[str]
    ) -> None:
        (self.headline,) = tables["kpi_scorecard"].to_dict("records")
        parts = tables["kpi_breakdowns"]
        self.key = f"{self.headline['quarter_key']}"
        self.name = f"{self.headline['kpi_ref']}/{kind}"
        rows = parts[parts["breakdown_type_code"] == kind].set_index("breakdown_category_code")
        self.rows = rows.to_dict("index")
        self.codes = list(dict.fromkeys([*self.rows, *categories]))
        others = parts[parts["breakdown_type_code"] != kind]
        self.others = [rows for _, rows in others.groupby("breakdown_type_code")]

    def counts(self, figure: str) -> dict[Unknown, float | None]:
        """Return the counts of a kind by category; those that are not shown are None."""
        figures = {code: self.rows.get(code, {}).get(figure) for code in self.codes}
        return {
            (self.key, self.name, code, figure): None if pd.isna(value) else float(value)
            for code, value in figures.items()
        }

    def is_absent(self, unknown: Unknown) -> bool:
        """Say whether a count was not sent, so that there is nothing to hide."""
        row = self.rows.get(unknown[2])
        return row is None or row["outturn_status_code"] != "suppressed"

    def total(self, figure: str) -> float:
        """Return what the categories make together: the headline, or another breakdown's sum."""
        totals = [self.headline[figure], *(rows[figure].sum(skipna=False) for rows in self.others)]
        return next((float(each) for each in totals if not np.isnan(each)), float("nan"))


def _system(quarters: Sequence[_Quarter]) -> System:
    system = System()
    for quarter in quarters:
        has_parts = not np.isnan(quarter.total("denominator_value"))
        figures = FIGURES[1:] if has_parts else FIGURES[:1]
        for figure in figures:
            _add_sum(system, quarter, figure, is_alone=len(quarters) == 1)
        if has_parts:
            parts, wholes = (quarter.counts(figure) for figure in figures)
            _add_orders(system, parts.items(), wholes.items())
    for earlier, later in pairwise(quarters):
        for figure in FIGURES:
            after = {key[2]: (key, value) for key, value in later.counts(figure).items()}
            both = [
                (item, after[item[0][2]])
                for item in earlier.counts(figure).items()
                if item[0][2] in after
            ]
            _add_orders(system, [a for a, _ in both], [b for _, b in both])
    return system


def _add_sum(system: System, quarter: _Quarter, figure: str, *, is_alone: bool) -> None:
    counts, total = quarter.counts(figure), quarter.total(figure)
    hidden = [unknown for unknown, count in counts.items() if count is None]
    shown = [count for count in counts.values() if count is not None]
    absent = {each for each in hidden if quarter.is_absent(each)}
    system.unknowns += hidden
    system.absent |= absent
    left = round(total - sum(shown), 6)
    if not hidden or np.isnan(total):
        return
    system.sums.append((hidden, left))
    if absent or not shown or left <= 0:
        return
    is_simple = is_alone and figure == "outturn_value"
    system.mixed.append((hidden, is_simple))
    if is_simple:
        # The partner is the smallest of those that are not small, and no other is as small.
        large = [count for count in shown if count >= THRESHOLD]
        most = max(THRESHOLD - 1, min(large, default=_MOST) - 1)
        system.ranges |= dict.fromkeys(hidden, (1.0, most))


def _add_orders(system: System, smaller: Any, larger: Any) -> None:
    for (low_key, low), (high_key, high) in zip(smaller, larger, strict=True):
        ends = [
            key if value is None else float(value)
            for key, value in ((low_key, low), (high_key, high))
        ]
        is_useful = any(end in system.unknowns for end in ends)
        if is_useful and not any(pd.isna(end) for end in ends if isinstance(end, float)):
            system.orders.append((ends[0], ends[1]))
