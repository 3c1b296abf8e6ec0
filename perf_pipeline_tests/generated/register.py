"""The register of the generated returns: KPIs of every unit that differs in how it is read."""

from dataclasses import replace
from functools import cache

import pandas as pd

from perf_pipeline.schemas import register, stages
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate import Expectations
from perf_pipeline_tests.generated.model import BUNDLE, QUARTER, SOURCE_CODE, Kpi
from perf_pipeline_tests.unit.builders import KPI, builder

_KPIS = (
    Kpi("NUM-01", "number"),
    Kpi("NUM-02", "number", minimum=None),
    Kpi("GBP-01", "gbp", minimum=None),
    Kpi("GBP-02", "gbp"),
    Kpi("PCT-01", "percent", maximum=100),
    Kpi("PCT-02", "percent", maximum=100),
    Kpi("PCT-03", "percent", minimum=None),
    Kpi("DAY-01", "days"),
    Kpi("RAT-01", "per_1000"),
    Kpi("LAG-01", "number", lag=1),
)
IDLE = Kpi("IDL-01", "number", is_due=False)
FOREIGN = Kpi("FOR-01", "number", source_code="another")
FORMER_REF = "OLD-01"
BREAKDOWN = ("sex", {"female": "Female", "male": "Male"})


@cache
def kpis_of(number: int) -> tuple[Kpi, ...]:
    """Return the KPIs of a return's own, by its number."""
    return tuple(replace(kpi, ref=f"{kpi.ref}-{number % BUNDLE:02d}") for kpi in _KPIS)


def _kpis_in_force() -> pd.DataFrame:
    build = builder(stages.KpisInForce, KPI)
    rows = [
        {
            "quarter_key": QUARTER.key,
            "kpi_ref": kpi.ref,
            "source_code": kpi.source_code,
            "unit_code": kpi.unit,
            "is_due": kpi.is_due,
            "arrears_quarter_count": kpi.lag,
            "period_quarter_key": QUARTER.shift(-kpi.lag).key,
            "minimum_value": kpi.minimum,
            "maximum_value": kpi.maximum,
        }
        for kpi in (*(kpi for number in range(BUNDLE) for kpi in kpis_of(number)), IDLE, FOREIGN)
    ]
    return build(*rows)


@cache
def expectations(scale: PercentScale | None) -> Expectations:
    """Return what the rows of a return are checked against."""
    kind, categories = BREAKDOWN
    breakdowns = builder(
        register.Breakdowns,
        {
            "breakdown_type_code": kind,
            "breakdown_category_code": "female",
            "breakdown_category_name": "Female",
            "display_order": 1,
        },
    )(
        *(
            {"breakdown_category_code": code, "breakdown_category_name": name, "display_order": n}
            for n, (code, name) in enumerate(categories.items(), 1)
        )
    )
    kpis = _kpis_in_force()
    refs = pd.Series([*kpis["kpi_ref"], FORMER_REF])
    return Expectations.of(SOURCE_CODE, QUARTER, kpis, refs, breakdowns, scale)
