"""When each KPI's figures are due, what quarter they are about, and the targets of that time."""

from collections.abc import Mapping

import pandas as pd

from perf_pipeline.quarters import Quarter

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

_TIMES = {
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
    keys = ["due_quarters_text", "arrears_quarter_count"]
    kinds = kpis[keys].drop_duplicates(ignore_index=True)
    times = [
        _times(due, int(arrears), quarter)
        for due, arrears in kinds.itertuples(index=False, name=None)
    ]
    known = kinds.join(pd.DataFrame(times, columns=list(_TIMES)).astype(_TIMES))
    timed = kpis.merge(known, on=keys, how="left", validate="m:1")
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
    """
    keys = ["kpi_ref", *_TARGETS]
    dated = kpis[keys].merge(targets, on="kpi_ref", validate="1:m")
    known = pd.concat(
        [_held(dated, key, columns) for key, columns in _TARGETS.items()], axis="columns"
    )
    return kpis.merge(known, left_on="kpi_ref", right_index=True, how="left", validate="1:1")


def _times(due_quarters: str, arrears: int, quarter: Quarter) -> dict[str, str | bool | None]:
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


def _held(dated: pd.DataFrame, quarter_column: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return what targets say in one of the quarters beside them, by KPI, under other names."""
    has_begun = dated["valid_from"] <= dated[quarter_column]
    has_not_ended = dated["valid_to"].isna() | (dated["valid_to"] >= dated[quarter_column])
    held = dated[has_begun & has_not_ended].set_index("kpi_ref")
    return held[list(columns)].rename(columns=dict(columns))
