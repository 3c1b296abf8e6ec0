"""Ratings and directions, counted by KPI and quarter; counts of several shards add up."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from perf_pipeline.disaggregated.coding import Codes
from perf_pipeline.disaggregated.comparing import DIRECTIONS
from perf_pipeline.disaggregated.rating import RAGS
from perf_pipeline.disaggregated.standards import SmallIntegers
from perf_pipeline.rules import NOT_RATED, Direction

_MOVED = (Direction.IMPROVED, Direction.MAINTAINED, Direction.DECLINED)


def summary_of(
    cells: Codes,
    refs: npt.NDArray[np.object_],
    quarters: npt.NDArray[np.object_],
    rag: SmallIntegers,
    directions: SmallIntegers,
) -> pd.DataFrame:
    """Count rows.

    Args:
        cells: KPI and quarter of each row: the KPI's number times the number of quarters, and the
            quarter's number.
        refs: The KPIs by number.
        quarters: The quarters by number.
        rag: Places among `RAGS`, -1 for none.
        directions: Places among `DIRECTIONS`, from when the KPI was last due.

    Returns:
        `figure_quarter_key`, `kpi_ref` and the counts of `DisaggregatedSummary`, by both; only of
        KPIs and quarters that have rows.
    """
    size = len(refs) * len(quarters)
    by_rag = _counts(cells, rag + 1, size, [NOT_RATED, *RAGS])
    by_direction = _counts(cells, directions, size, DIRECTIONS)
    counts = {
        "outturn_count": sum(by_rag.values(), start=np.zeros(size, np.int64)),
        **{f"{colour}_count": by_rag[colour] for colour in (*reversed(RAGS), NOT_RATED)},
        **{f"{direction}_count": by_direction[direction] for direction in _MOVED},
    }
    # Few texts are put in order, and by them many cells.
    order = (np.argsort(refs) * len(quarters) + np.argsort(quarters)[:, np.newaxis]).ravel()
    kept = order[counts["outturn_count"][order] > 0]
    return pd.DataFrame(
        {
            "figure_quarter_key": pd.array(quarters[kept % len(quarters)], "str"),
            "kpi_ref": pd.array(refs[kept // len(quarters)], "str"),
            **{name: pd.array(each[kept], "Int64") for name, each in counts.items()},
        }
    )


def out_of_force(summary: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Find the counts of quarters in which their KPI was not in force.

    Such a quarter may be mistyped, or honest history from before the register.

    Args:
        summary: `DisaggregatedSummary`.
        kpis: `KpisInForce` of the return's quarter and of every earlier one of the register.

    Returns:
        Rows of the summary, those of the fewest outturns first: a slip is rarely made often.
    """
    keys = pd.MultiIndex.from_frame(summary[["figure_quarter_key", "kpi_ref"]])
    is_known = keys.isin(pd.MultiIndex.from_frame(kpis[["quarter_key", "kpi_ref"]]))
    order = ["outturn_count", "figure_quarter_key", "kpi_ref"]
    return summary[~is_known].sort_values(order, ignore_index=True)


def _counts(
    cells: Codes, numbers: SmallIntegers, size: int, names: list[str]
) -> dict[str, npt.NDArray[np.int64]]:
    """Count the rows of each cell by a number, and return the counts by its name."""
    width = len(names)
    counts = np.bincount(cells * width + numbers, minlength=size * width).reshape(size, width)
    return dict(zip(names, counts.T, strict=True))
