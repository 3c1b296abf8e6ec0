"""Rating row by row with `DataFrame.apply`, of a sample: nobody would wait for the whole."""

from typing import Any

import pandas as pd

from benchmarks.answers import EPSILON, KEY
from benchmarks.contender import Stage, Task, contend


def ready(task: Task) -> tuple[pd.DataFrame, dict[Any, Any], dict[Any, Any]]:
    """Read the outturns of a sample, all figures by their keys, and the register by its own."""
    outturns = pd.read_parquet(task["accepted_file"])
    register = pd.read_parquet(task["register"])
    kpis = {(row.quarter_key, row.kpi_ref): row for row in register.itertuples(index=False)}
    sample = outturns.sample(int(task["sample"]), random_state=1)
    figures = outturns.set_index([*KEY])["outturn_value"].to_dict()
    return sample, kpis, figures


def judge(given: tuple[pd.DataFrame, dict[Any, Any], dict[Any, Any]]) -> pd.DataFrame:
    """Rate and compare each row of the sample."""
    sample, kpis, figures = given

    def judged(row: pd.Series) -> pd.Series:
        kpi = kpis[(row["quarter_key"], row["kpi_ref"])]
        series = tuple(row[name] for name in KEY[1:])
        previous = figures.get((kpi.previous_due_quarter_key, *series))
        last_year = figures.get((kpi.last_year_quarter_key, *series))
        return pd.Series(
            {
                "rag_code": _rag(row["outturn_value"], kpi),
                "previous_value": previous,
                "previous_direction_code": _direction(row["outturn_value"], previous, kpi),
                "last_year_value": last_year,
                "last_year_direction_code": _direction(row["outturn_value"], last_year, kpi),
            }
        )

    return sample.apply(judged, axis="columns")


def _rag(value: float, kpi: Any) -> str | None:
    if pd.isna(value) or kpi.basis_code != "targeted":
        return None
    if kpi.rule_kind_code == "range":
        short = max(kpi.lower_value - value, value - kpi.upper_value, 0)
    else:
        short = (kpi.target_value - value) * kpi.sign
    per = abs(kpi.target_value) / 100 if kpi.tolerance_unit_code == "percent" else 1
    if short <= kpi.green_tolerance_value * per + EPSILON:
        return "green"
    if kpi.rule_kind_code == "floor":
        return "amber" if (kpi.floor_value - value) * kpi.sign <= EPSILON else "red"
    return "amber" if short <= kpi.amber_tolerance_value * per + EPSILON else "red"


def _direction(value: float, other: float | None, kpi: Any) -> str:
    if pd.isna(value) or other is None or pd.isna(other) or pd.isna(kpi.sign):
        return "not_comparable"
    gain = (value - other) * kpi.sign
    return "improved" if gain > 0 else "declined" if gain < 0 else "maintained"


if __name__ == "__main__":
    contend({"judge": Stage(ready, judge, lambda _: {})})
