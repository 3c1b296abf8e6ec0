"""An attack on suppressed counts: a solver is given what was published, and told to find them.

It reads a scorecard and a table of breakdowns for each quarter, as anybody can. It takes it that a
breakdown's categories make up the KPI's own figure, that counts are not negative, and whole where
their sums are, that a part is no more than its whole, and that what adds up from April never falls.
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


@dataclass
class System:
    """What is known of hidden counts: sums, and which is no more than which."""

    unknowns: list[Unknown] = field(default_factory=list)
    sums: list[tuple[list[Unknown], float]] = field(default_factory=list)
    orders: list[tuple[Unknown | float, Unknown | float]] = field(default_factory=list)

    def bounds_of(self, unknown: Unknown) -> tuple[float, float]:
        """Return the least and the most that a hidden count can be."""
        aim = np.array([float(each == unknown) for each in self.unknowns])
        is_whole = all(total == round(total) for _, total in self.sums)
        least, most = (
            milp(
                sign * aim,
                constraints=self._constraints(),
                integrality=np.full_like(aim, is_whole),
                bounds=Bounds(0, 1e6),
            )
            for sign in (1, -1)
        )
        assert least.success, f"What is published of {unknown} cannot all be true"
        return round(least.fun, 6), round(-most.fun, 6)

    def _constraints(self) -> list[LinearConstraint]:
        place = {unknown: number for number, unknown in enumerate(self.unknowns)}
        rows, lows, highs = [], [], []
        for together, total in self.sums:
            row = np.zeros(len(place))
            row[[place[each] for each in together]] = 1
            rows.append(row)
            lows.append(total)
            highs.append(total)
        for smaller, larger in self.orders:
            row, known = np.zeros(len(place)), 0.0
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
    publications: Sequence[Mapping[str, pd.DataFrame]], adding_up: Sequence[str] = ()
) -> dict[Unknown, float]:
    """Return the hidden counts that can only be one, above none, and what they are.

    Args:
        publications: `kpi_scorecard` and `kpi_breakdowns` of each quarter, in order.
        adding_up: References of the KPIs whose figures add up from April.
    """
    found: dict[Unknown, float] = {}
    for kpi_ref in publications[0]["kpi_breakdowns"]["kpi_ref"].unique():
        for system in _systems(publications, kpi_ref, adds_up=kpi_ref in adding_up):
            for unknown in system.unknowns:
                least, most = system.bounds_of(unknown)
                if least == most > 0:
                    found[unknown] = least
    return found


def _systems(
    publications: Sequence[Mapping[str, pd.DataFrame]], kpi_ref: str, *, adds_up: bool
) -> Iterator[System]:
    tables = [
        {name: each[name][each[name]["kpi_ref"] == kpi_ref] for name in _READ}
        for each in publications
    ]
    kinds = sorted(
        {kind for each in tables for kind in each["kpi_breakdowns"]["breakdown_type_code"]}
    )
    for kind in kinds:
        quarters = [_Quarter(each, kind) for each in tables]
        if not adds_up:
            yield from (_system([quarter]) for quarter in quarters)
        else:
            yield _system(quarters)


class _Quarter:
    """One breakdown as published in one quarter: counts by category and kind, None for hidden."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], kind: str) -> None:
        (self.headline,) = tables["kpi_scorecard"].to_dict("records")
        parts = tables["kpi_breakdowns"]
        self.key = f"{self.headline['quarter_key']}"
        self.name = f"{self.headline['kpi_ref']}/{kind}"
        self.rows = parts[parts["breakdown_type_code"] == kind].to_dict("records")
        others = parts[parts["breakdown_type_code"] != kind]
        self.others = [rows for _, rows in others.groupby("breakdown_type_code")]

    def counts(self, figure: str) -> dict[Unknown, float | None]:
        """Return the counts of a kind by category; hidden ones are None."""
        return {
            (self.key, self.name, row["breakdown_category_code"], figure): (
                None if row["outturn_status_code"] == "suppressed" else row[figure]
            )
            for row in self.rows
        }

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
            _add_sum(system, quarter.counts(figure), quarter.total(figure))
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


def _add_sum(system: System, counts: Mapping[Unknown, float | None], total: float) -> None:
    hidden = [unknown for unknown, count in counts.items() if count is None]
    known = sum(count for count in counts.values() if count is not None)
    system.unknowns += hidden
    if hidden and not np.isnan(total) and not np.isnan(known):
        system.sums.append((hidden, total - known))


def _add_orders(system: System, smaller: Any, larger: Any) -> None:
    for (low_key, low), (high_key, high) in zip(smaller, larger, strict=True):
        ends = [
            key if value is None else float(value)
            for key, value in ((low_key, low), (high_key, high))
        ]
        is_useful = any(end in system.unknowns for end in ends)
        if is_useful and not any(pd.isna(end) for end in ends if isinstance(end, float)):
            system.orders.append((ends[0], ends[1]))
