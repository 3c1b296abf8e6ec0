"""A figure is better than a benchmark, similar to it or worse, apart from its target."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.compare import compare_benchmarks
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import BenchmarkBands, BenchmarkType
from perf_pipeline.schemas import findings

FrameBuilder = Callable[..., pd.DataFrame]
Benchmarker = Callable[..., pd.Series]
Row = Mapping[str, Any]

QUARTER = Quarter(2023, 1)
AS_IT_IS: Row = MappingProxyType({})
BANDS = BenchmarkBands(similar_points=Decimal("0.1"), similar_pct=Decimal(10))
NUMBER = {"unit_code": "number"}
LOWER = {"polarity_code": "lower"}
AIM = {"polarity_code": "range", "target_value": 50.0}


@pytest.fixture(scope="session")
def hold_against(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder, build_benchmarks: FrameBuilder
) -> Benchmarker:
    """Return a function that holds ADS-01's figure against a benchmark."""

    def hold_one(
        outturn: float | None, benchmark: float, kpi: Row = AS_IT_IS, bands: BenchmarkBands = BANDS
    ) -> pd.Series:
        held = compare_benchmarks(
            build_accepted({"outturn_value": outturn}),
            build_benchmarks({"benchmark_value": benchmark}),
            build_kpis(kpi),
            QUARTER,
            bands,
        )
        return held.iloc[0]

    return hold_one


POSITIONS: Mapping[str, tuple[Row, float, float, str]] = {
    "higher-above": ({}, 1.2, 1.0, "better"),
    "higher-below": ({}, 0.8, 1.0, "worse"),
    "lower-above": (LOWER, 1.2, 1.0, "worse"),
    "lower-below": (LOWER, 0.8, 1.0, "better"),
    "points-edge-that-floats-miss": ({}, 1.1, 1.0, "similar"),
    "points-edge-below": ({}, 0.2, 0.3, "similar"),
    "points-just-beyond": ({}, 1.10000000000001, 1.0, "better"),
    "percent-edge-that-floats-miss": (NUMBER, 0.77, 0.7, "similar"),
    "percent-just-beyond": (NUMBER, 0.7700000000001, 0.7, "better"),
    "percent-of-the-absolute": (NUMBER, -45.0, -50.0, "similar"),
    "0-is-similar-to-0": (NUMBER, 0.0, 0.0, "similar"),
    "nothing-else-is": (NUMBER, 0.001, 0.0, "better"),
    "range-nearer": (AIM, 48.0, 53.0, "better"),
    "range-further": (AIM, 55.0, 48.0, "worse"),
    "range-edge": (AIM, 53.1, 47.0, "similar"),
    "range-just-beyond": (AIM, 53.11, 47.0, "worse"),
}
COLOURS = {"better": "green", "similar": "amber", "worse": "red"}


@pytest.fixture(scope="module")
def positions(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder, build_benchmarks: FrameBuilder
) -> pd.DataFrame:
    """Return `POSITIONS` held against their benchmarks, each by its name as KPI."""
    rows = [({"kpi_ref": name}, *case) for name, case in POSITIONS.items()]
    return compare_benchmarks(
        build_accepted(*[ref | {"outturn_value": outturn} for ref, _, outturn, _, _ in rows]),
        build_benchmarks(*[ref | {"benchmark_value": held} for ref, _, _, held, _ in rows]),
        build_kpis(*[{**kpi, **ref} for ref, kpi, _, _, _ in rows]),
        QUARTER,
        BANDS,
    ).set_index("kpi_ref")


@pytest.mark.parametrize("case", POSITIONS)
def test_the_position_is_by_polarity_and_exact_on_the_edge(
    positions: pd.DataFrame, case: str
) -> None:
    """A difference on the edge of the band is similar; better is green, similar amber."""
    position = POSITIONS[case][3]
    assert positions.loc[case, "position_code"] == position
    assert positions.loc[case, "benchmark_rag_code"] == COLOURS[position]


@pytest.mark.parametrize(
    ("kpi", "outturn", "benchmark", "difference", "unit"),
    [
        pytest.param({}, 0.3, 0.1, 0.2, "points", id="points"),
        pytest.param(NUMBER, 0.63, 0.7, -10.0, "percent", id="percent"),
        pytest.param(NUMBER, -45.0, -50.0, 10.0, "percent", id="percent-of-the-absolute"),
    ],
)
def test_the_difference_is_in_points_or_percent(
    hold_against: Benchmarker,
    kpi: Row,
    outturn: float,
    benchmark: float,
    difference: float,
    unit: str,
) -> None:
    """The difference is the figure less the benchmark, as a change is."""
    held = hold_against(outturn, benchmark, kpi)
    assert (held["difference_value"], held["difference_unit_code"]) == (difference, unit)


def test_no_percentage_is_taken_of_a_benchmark_of_0(hold_against: Benchmarker) -> None:
    """The difference is null then; the position stands."""
    assert pd.isna(hold_against(5.0, 0.0, NUMBER)["difference_value"])


@pytest.mark.parametrize(
    ("kpi", "outturn", "difference"),
    [
        pytest.param({}, None, None, id="no-figure"),
        pytest.param({"polarity_code": "none"}, 85.0, 5.0, id="no-polarity"),
        pytest.param(AIM | {"target_value": None}, 85.0, 5.0, id="no-middle"),
    ],
)
def test_without_figure_or_polarity_there_is_no_position(
    hold_against: Benchmarker, kpi: Row, outturn: float | None, difference: float | None
) -> None:
    """The benchmark is shown all the same, and the difference where there is one."""
    held = hold_against(outturn, 80.0, kpi)
    assert held[["position_code", "benchmark_rag_code"]].isna().all()
    assert held["benchmark_value"] == 80.0
    assert held["difference_value"] == difference or pd.isna(difference or float("nan"))


def test_by_default_a_point_or_two_percent_is_similar(hold_against: Benchmarker) -> None:
    """The bands are the council's, with defaults."""
    bands = BenchmarkBands()
    assert hold_against(81.0, 80.0, bands=bands)["position_code"] == "similar"
    assert hold_against(102.0, 100.0, NUMBER, bands)["position_code"] == "similar"
    assert hold_against(102.1, 100.0, NUMBER, bands)["position_code"] == "better"


def test_benchmarks_come_in_the_registers_order_and_then_by_type(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder, build_benchmarks: FrameBuilder
) -> None:
    """Only live KPIs' benchmarks are held against, each once, whether returned or not."""
    types = [kind.value for kind in BenchmarkType]
    rows = [
        {"kpi_ref": ref, "benchmark_type_code": kind} for ref in "ABC" for kind in reversed(types)
    ]
    held = compare_benchmarks(
        build_accepted({"kpi_ref": "A"}),
        build_benchmarks(*rows),
        build_kpis({"kpi_ref": "B"}, {"kpi_ref": "D"}, {"kpi_ref": "A"}),
        QUARTER,
        BANDS,
    )
    findings.KpiBenchmarks.validate(held, lazy=True)
    assert held["kpi_ref"].tolist() == ["B"] * 4 + ["A"] * 4
    assert held["benchmark_type_code"].tolist() == types * 2
    assert held["position_code"].notna().tolist() == [False] * 4 + [True] * 4


def test_a_benchmark_keeps_its_name_and_whether_it_is_illustrative(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder, build_benchmarks: FrameBuilder
) -> None:
    """The mark is the benchmark's own and not the KPI's."""
    benchmarks = build_benchmarks({"benchmark_name": "South West", "is_illustrative": False})
    held = compare_benchmarks(build_accepted({}), benchmarks, build_kpis({}), QUARTER, BANDS)
    assert held["benchmark_name"].tolist() == ["South West"]
    assert held["is_illustrative"].tolist() == [False]


def test_no_benchmarks_give_no_rows(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder, build_benchmarks: FrameBuilder
) -> None:
    """A council without benchmarks has an empty table of the right columns."""
    held = compare_benchmarks(
        build_accepted({}), build_benchmarks(), build_kpis({}), QUARTER, BANDS
    )
    findings.KpiBenchmarks.validate(held)
    assert held.empty


@pytest.mark.parametrize("doubled", ["headline", "benchmarks", "kpis"])
def test_a_doubled_key_is_refused_and_never_multiplies_rows(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_benchmarks: FrameBuilder,
    doubled: str,
) -> None:
    """Two figures, KPIs or benchmarks under one key are an error upstream."""
    frames = {
        "headline": build_accepted({}),
        "benchmarks": build_benchmarks({}),
        "kpis": build_kpis({}),
    }
    frames[doubled] = pd.concat([frames[doubled]] * 2, ignore_index=True)
    with pytest.raises(pd.errors.MergeError):
        compare_benchmarks(**frames, quarter=QUARTER, bands=BANDS)


@pytest.mark.parametrize(
    ("period", "position"), [("2023-24-Q3", None), ("2023-24-Q4", "better")], ids=["part", "whole"]
)
def test_a_year_to_date_figure_has_a_position_only_at_the_years_end(
    hold_against: Benchmarker, period: str, position: str | None
) -> None:
    """A benchmark is of a whole year: part of one is no better and no worse."""
    kpi = {"is_year_to_date": True, "period_quarter_key": period}
    found = hold_against(90.0, 80.0, kpi)
    assert (None if pd.isna(found["position_code"]) else found["position_code"]) == position
