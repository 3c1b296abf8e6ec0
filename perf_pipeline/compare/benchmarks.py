"""This quarter's figures and benchmarks → how each figure stands, apart from its target."""

import pandas as pd

from perf_pipeline.compare.standing import change_units, changes, differences, measures, standings
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import BenchmarkBands, BenchmarkPosition, BenchmarkType, Rag
from perf_pipeline.schemas import conform, findings

_POSITIONS = {
    1: BenchmarkPosition.BETTER.value,
    0: BenchmarkPosition.SIMILAR.value,
    -1: BenchmarkPosition.WORSE.value,
}
_RAGS = {
    BenchmarkPosition.BETTER.value: Rag.GREEN.value,
    BenchmarkPosition.SIMILAR.value: Rag.AMBER.value,
    BenchmarkPosition.WORSE.value: Rag.RED.value,
}


def compare_benchmarks(
    headline: pd.DataFrame,
    benchmarks: pd.DataFrame,
    kpis: pd.DataFrame,
    quarter: Quarter,
    bands: BenchmarkBands,
) -> pd.DataFrame:
    """Tell how each KPI's figure stands against its benchmarks: better, similar or worse.

    Where nearer to a middle is better, the figure's distance from it is held against the
    benchmark's.

    Args:
        headline: `AcceptedOutturns` that are the KPIs' own figures of the quarter.
        benchmarks: The register's `Benchmarks` in force in the quarter.
        kpis: `KpisInForce`; benchmarks of other KPIs are left aside.
        quarter: The quarter of the figures.
        bands: Within which difference a figure is similar, the boundary included.

    Returns:
        `KpiBenchmarks`, in the register's order and for each KPI in that of `BenchmarkType`.

    Raises:
        pandas.errors.MergeError: A KPI has two figures, or two benchmarks of one type.
    """
    columns = findings.KpiBenchmarks.to_schema().columns
    figures = headline[["kpi_ref", "outturn_value"]]
    measured = measures(kpis, bands.similar_points, bands.similar_pct)
    # A benchmark is of a whole year, to which a year to date comes up only at its end.
    is_part = kpis["is_year_to_date"] & ~kpis["period_quarter_key"].str.endswith("Q4")
    types = pd.DataFrame({"benchmark_type_code": [name.value for name in BenchmarkType]})
    rows = (
        measured.assign(is_part=is_part)
        .merge(figures, on="kpi_ref", how="left", validate="1:1")
        .merge(types.astype("str"), how="cross")
        .merge(
            benchmarks[[name for name in benchmarks.columns if name in columns]],
            on=["kpi_ref", "benchmark_type_code"],
            validate="1:1",
        )
    )
    outturn, other = (rows[name].to_numpy() for name in ("outturn_value", "benchmark_value"))
    standing = pd.Series(standings(rows, lambda *pair: pair, outturn, other))
    is_judged = rows["outturn_value"].notna() & rows["sign"].notna() & ~rows["is_part"]
    position = standing.map(_POSITIONS).astype("str").where(is_judged)
    in_points = rows["is_in_points"].to_numpy()
    judged = rows.assign(
        quarter_key=quarter.key,
        difference_value=changes(differences(outturn, other), other, in_points),
        difference_unit_code=change_units(rows["is_in_points"]),
        position_code=position,
        benchmark_rag_code=position.map(_RAGS),
    )
    return conform(judged, findings.KpiBenchmarks)
