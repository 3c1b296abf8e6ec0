"""The trend: the least-squares line through a KPI's last figures, this quarter's among them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perf_pipeline.compare.standing import changes, standings, tidied
from perf_pipeline.exact import Booleans, Floats
from perf_pipeline.quarters import Quarter

LEAST_FIGURES = 3
"""Through fewer figures no trend is drawn."""

_QUARTERS_IN_YEAR = 4


def draw_trends(
    facts: pd.DataFrame, earlier: pd.DataFrame, quarter: Quarter, figure_limit: int
) -> pd.DataFrame:
    """Draw a line through each KPI's last figures, this quarter's among them.

    Args:
        facts: A row for each KPI: the columns of `standing.measures`, its `outturn_value`, and
            `break_quarter_key` (no figure before that quarter is used).
        earlier: `ComparatorOutturns` before the quarter.
        quarter: The quarter of the outturns.
        figure_limit: Figures that a line is drawn through at most.

    Returns:
        A row for each KPI, in their order: `figure_count`, and where there is a line
        `comparator_quarter_key` and `comparator_value`, where it begins, `change_value`, by how
        much it rises or falls, and `standing`, how its end stands against its beginning.
    """
    windows = _windows(facts, earlier, quarter, figure_limit)
    is_drawn = windows.is_drawn
    drawn = facts[is_drawn]
    operands = windows.operands(is_drawn)
    start, rise = (tidied(part, windows.sizes(is_drawn)) for part in _line(*operands))
    in_points = drawn["is_in_points"].to_numpy()
    lines = pd.DataFrame(
        {
            "comparator_quarter_key": pd.Series(
                _quarter_keys(windows.first_ages[is_drawn], quarter),
                index=drawn.index,
                dtype="str",
            ),
            "comparator_value": start,
            "change_value": changes(rise, start, in_points),
            "standing": standings(drawn, _ends, *operands),
        },
        index=drawn.index,
    )
    return lines.reindex(facts.index).assign(figure_count=windows.counts)


@dataclass(frozen=True)
class _Windows:
    """The last figures of each KPI, a row for each.

    Attributes:
        outturns: This quarter's figures; NaN where there is none.
        ages: How many quarters before this one each earlier figure is; 0 where there is none.
        values: The earlier figures; the outturn where there is none.
        counts: Figures, this quarter's included.
    """

    outturns: Floats
    ages: Floats
    values: Floats
    counts: npt.NDArray[np.int64]

    @property
    def is_drawn(self) -> Booleans:
        """True where a line can be drawn."""
        return (self.counts >= LEAST_FIGURES) & ~np.isnan(self.outturns)

    @property
    def first_ages(self) -> Floats:
        """How many quarters back each line begins."""
        return np.asarray(self.ages.max(axis=1, initial=0.0), dtype=np.float64)

    def operands(self, rows: Booleans) -> list[Floats]:
        """Return what `_line` takes, of some rows."""
        counts = self.counts.astype(np.float64)
        columns = [self.outturns, counts, self.first_ages, *self.ages.T, *self.values.T]
        return [column[rows] for column in columns]

    def sizes(self, rows: Booleans) -> Floats:
        """Return the largest figure of some rows, without its sign."""
        earlier = np.abs(self.values[rows]).max(axis=1, initial=0.0)
        return np.asarray(np.maximum(earlier, np.abs(self.outturns[rows])), dtype=np.float64)


def _windows(
    facts: pd.DataFrame, earlier: pd.DataFrame, quarter: Quarter, figure_limit: int
) -> _Windows:
    keys = facts[["kpi_ref", "break_quarter_key"]].assign(row=np.arange(len(facts)))
    figures = earlier[["kpi_ref", "quarter_key", "outturn_value"]].merge(
        keys, on="kpi_ref", validate="m:1"
    )
    figures = figures[~(figures["quarter_key"] < figures["break_quarter_key"])]
    figures = figures.assign(age=_ages(figures["quarter_key"], quarter))
    figures = figures.sort_values(["row", "age"])
    figures = figures.assign(place=figures.groupby("row").cumcount())
    figures = figures[figures["place"] < figure_limit - 1]
    outturns = facts["outturn_value"].to_numpy(dtype=np.float64)
    ages = np.zeros((len(facts), max(figure_limit - 1, 0)))
    values = np.repeat(outturns[:, None], ages.shape[1], axis=1)
    where = figures["row"].to_numpy(), figures["place"].to_numpy()
    ages[where] = figures["age"]
    values[where] = figures["outturn_value"]
    counts = np.bincount(where[0], minlength=len(facts)) + ~np.isnan(outturns)
    return _Windows(outturns, ages, values, counts)


def _line(outturn: Any, count: Any, first_age: Any, *earlier: Any) -> tuple[Any, Any]:
    """Return the line's value where it begins, and by how much it rises from there to its end.

    With x = quarters back the slope is (n·Σxy − Σx·Σy) / (n·Σx² − (Σx)²), in floats or fractions.
    Figures are taken less this quarter's: this changes nothing in fractions, keeps what floats err
    small, and lets a place without a figure (x 0, y this quarter's) add nothing.
    """
    places = len(earlier) // 2
    ages, values = earlier[:places], earlier[places:]
    excesses = [value - outturn for value in values]
    age_sum = sum(ages)
    spread = count * sum(age * age for age in ages) - age_sum * age_sum
    products = [
        (count * age - age_sum) * excess for age, excess in zip(ages, excesses, strict=True)
    ]
    slope = sum(products) / spread
    end = outturn + (sum(excesses) - slope * age_sum) / count
    return end + slope * first_age, -slope * first_age


def _ends(*operands: Any) -> tuple[Any, Any]:
    start, rise = _line(*operands)
    return start + rise, start


def _ages(keys: pd.Series, quarter: Quarter) -> npt.NDArray[np.int64]:
    codes, distinct = pd.factorize(keys)
    earlier = [Quarter.parse(key) for key in distinct]
    ages = [
        (quarter.year - then.year) * _QUARTERS_IN_YEAR + quarter.number - then.number
        for then in earlier
    ]
    return np.array(ages, dtype=np.int64)[codes]


def _quarter_keys(ages: Floats, quarter: Quarter) -> list[str]:
    keys = {age: quarter.shift(-int(age)).key for age in np.unique(ages)}
    return [keys[age] for age in ages]
