"""When each KPI's figures are due, what quarter they are about, and the targets of that time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas.records import rows_of

_QUARTERS_IN_YEAR = 4
_STANDARDS = ("target_value", "floor_value", "lower_value", "upper_value")
_TARGETS: Mapping[str, Mapping[str, str]] = {
    "period_quarter_key": {
        **{name: name for name in _STANDARDS},
        "valid_from": "target_valid_from",
        "valid_to": "target_valid_to",
    },
    "previous_period_quarter_key": {"target_value": "previous_target_value"},
    "year_end_quarter_key": {name: f"year_end_{name}" for name in _STANDARDS},
}
"""The targets that `join_targets` adds: of which quarter what, and under which name."""

_TIMES: Mapping[str, Any] = {
    "is_due": "bool",
    "period_quarter_key": "str",
    "previous_due_quarter_key": "str",
    "previous_period_quarter_key": "str",
    "year_end_quarter_key": "str",
}
"""What `join_times` adds, and its dtypes."""


def join_times(kpis: pd.DataFrame, quarter: Quarter, baseline: str | None) -> pd.DataFrame:
    """Put beside each KPI whether it is due, and the quarters that its figure is compared with.

    Args:
        kpis: KPIs of the register that hold in the quarter.
        quarter: The quarter.
        baseline: Key of the baseline quarter of the KPIs that name none; None for no baseline.

    Returns:
        The KPIs with `is_due`, `period_quarter_key` (the quarter that the figure is about),
        `previous_due_quarter_key`, `previous_period_quarter_key` (what the figure due then was
        about; null in another financial year) and `year_end_quarter_key` (of the figure's year).
    """
    due, arrears = kpis["due_quarters_text"], kpis["arrears_quarter_count"]
    kinds = list(zip(due.tolist(), arrears.tolist(), strict=True))
    times = {kind: _times(*kind, quarter) for kind in set(kinds)}
    timed = kpis.assign(
        **{
            name: pd.array([times[kind][name] for kind in kinds], dtype=dtype)
            for name, dtype in _TIMES.items()
        }
    )
    own = timed["baseline_quarter_key"]
    return timed if baseline is None else timed.assign(baseline_quarter_key=own.fillna(baseline))


def join_targets(kpis: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Put beside each KPI its target, the one before it and that of the year end.

    Args:
        kpis: What `join_times` returns.
        targets: The register's `Targets`.

    Returns:
        The KPIs with the standards of the quarter that the figure is about and its dates, with
        `previous_target_value`, and with the standards of the year end (`year_end_…`).

    Raises:
        ValueError: Two targets of a KPI hold in one quarter.
    """
    dtypes: Mapping[str, Any] = dict(targets.dtypes)
    by_ref: defaultdict[str, list[Any]] = defaultdict(list)
    for target in rows_of(targets):
        by_ref[target.kpi_ref].append(target)
    known = {}
    for key, columns in _TARGETS.items():
        # Before every quarter, as which a missing one stands, no target holds.
        quarter_keys = zip(kpis["kpi_ref"], kpis[key].fillna(""), strict=True)
        held = [_held(by_ref[ref], quarter_key) for ref, quarter_key in quarter_keys]
        for name, column in columns.items():
            values: list[Any] = [getattr(target, name, None) for target in held]
            known[column] = pd.array(values, dtype=dtypes[name])
    return kpis.assign(**known)


def _times(due_quarters: str, arrears: int, quarter: Quarter) -> dict[str, Any]:
    earlier = (quarter.shift(-back) for back in range(1, _QUARTERS_IN_YEAR + 1))
    previous = next(each for each in earlier if f"Q{each.number}" in due_quarters)
    period, previous_period = quarter.shift(-arrears), previous.shift(-arrears)
    return {
        "is_due": f"Q{quarter.number}" in due_quarters,
        "period_quarter_key": period.key,
        "previous_due_quarter_key": previous.key,
        "previous_period_quarter_key": (
            previous_period.key if previous_period.year == period.year else None
        ),
        "year_end_quarter_key": Quarter(period.year, _QUARTERS_IN_YEAR).key,
    }


def _held(targets: Sequence[Any], quarter_key: str) -> Any:
    """Return which of a KPI's targets holds in a quarter; none where none does."""
    held = [
        target
        for target in targets
        if target.valid_from <= quarter_key
        and (pd.isna(target.valid_to) or target.valid_to >= quarter_key)
    ]
    if len(held) > 1:
        raise ValueError(f"Two targets of {held[0].kpi_ref} hold in {quarter_key}.")
    return held[0] if held else None
