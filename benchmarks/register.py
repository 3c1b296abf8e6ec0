"""The register in force, as peers read it: a row for each KPI and quarter, with what judges it."""

from pathlib import Path

import pandas as pd

from benchmarks.council import BREAKDOWNS, QUARTERS
from perf_pipeline.council import Council
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import UNITS

_SIGNS = {"higher": 1.0, "lower": -1.0, "range": 0.0}
_COLUMNS = [
    "quarter_key",
    "kpi_ref",
    "multiplier",
    "minimum_value",
    "maximum_value",
    "sign",
    "basis_code",
    "is_due",
    "is_year_to_date",
    "previous_due_quarter_key",
    "last_year_quarter_key",
    "target_value",
    "floor_value",
    "lower_value",
    "upper_value",
    "rule_kind_code",
    "tolerance_unit_code",
    "green_tolerance_value",
    "amber_tolerance_value",
]


def kpis_of_all_quarters(council: Council) -> pd.DataFrame:
    """Return `KpisInForce` of every quarter of a made-up return."""
    quarters = [Quarter.parse(key) for key in QUARTERS]
    return pd.concat([council.kpis_in_force(each) for each in quarters], ignore_index=True)


def write_register(folder: Path, kpis: pd.DataFrame) -> None:
    """Write `register.parquet` and `breakdowns.parquet`."""
    multipliers = {code: float(unit.multiplier) for code, unit in UNITS.items()}
    flat = kpis.assign(
        multiplier=kpis["unit_code"].map(multipliers),
        sign=kpis["polarity_code"].map(_SIGNS),
        last_year_quarter_key=[Quarter.parse(key).last_year.key for key in kpis["quarter_key"]],
    )
    flat[_COLUMNS].to_parquet(folder / "register.parquet", index=False)
    pairs = pd.DataFrame(BREAKDOWNS, columns=["breakdown_type", "breakdown_category"])
    pairs.to_parquet(folder / "breakdowns.parquet", index=False)
