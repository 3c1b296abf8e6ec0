"""When figures are due, what quarter they are about, and which targets they are judged by."""

from decimal import Decimal

import pandas as pd
import pytest

from perf_pipeline.council import Council, read_council
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import BenchmarkBands, Comparison

FILES = {
    "council.yaml": """\
name: Testshire Council
first_quarter: 2023-24-Q1
default_rule:
  - {rule: relative, valid_to: 2023-24-Q4}
  - {rule: better, valid_from: 2024-25-Q1}
return_deadline_working_days: 10
rules:
  relative: {kind: tolerance_relative, green_pct: 0, amber_pct: 10}
  better:
    kind: improvement
    green_points: 0.5
    comparator: last_year
    amber_when: improved_or_held
  floor: {kind: floor}
  range: {kind: range, amber_pct: 5}
scheme:
  red: {label: Off track, former_labels: [Red, Behind]}
comparison:
  - {baseline_quarter: 2019-20-Q4, dead_band_pct: 1, valid_to: 2023-24-Q4}
  - {baseline_quarter: 2022-23-Q4, baseline_name: first year, valid_from: 2024-25-Q1}
benchmarks:
  - {similar_pct: 5, valid_from: 2023-24-Q1, valid_to: 2023-24-Q2}
  - {similar_points: 3, valid_from: 2023-24-Q3}
""",
    "sources.yaml": """\
sources:
  - source_code: all
    source_name: All
    contact_role: Performance Lead
    kind: csv
    location: returns/{quarter}/all.csv
    columns: {Ref: kpi_ref, Value: value}
""",
    "register/directorates.csv": """\
directorate_code,directorate_name,display_order,valid_from,valid_to
people,People,1,2023-24-Q1,
""",
    "register/services.csv": """\
service_code,service_name,directorate_code,display_order,valid_from,valid_to
care,Care,people,1,2023-24-Q1,
""",
    "register/kpis.csv": """\
kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,\
polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,\
baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,\
note_text,valid_from,valid_to
YTD,Adds up,,care,,,all,number,higher,targeted,,Q1 Q2 Q3 Q4,0,true,,0,,,Head,true,,2023-24-Q1,
LATE,In arrears,,care,,,all,number,higher,targeted,,Q1 Q2 Q3 Q4,1,true,2021-22-Q2,0,,,Head,true,,\
2023-24-Q1,
HALF,Twice a year,,care,,,all,number,higher,targeted,,Q2 Q4,0,false,,0,,,Head,true,,2023-24-Q1,
YEAR,Once a year,,care,,,all,number,higher,targeted,,Q3,0,false,,0,,,Head,true,,2023-24-Q1,
FLO,Floor,,care,,,all,number,higher,targeted,floor,Q1 Q2 Q3 Q4,0,false,,0,,,Head,true,,2023-24-Q1,
RNG,Range,,care,,,all,number,range,targeted,range,Q1 Q2 Q3 Q4,0,false,,0,,,Head,true,,2023-24-Q1,
""",
    "register/targets.csv": """\
kpi_ref,target_value,floor_value,lower_value,upper_value,is_illustrative,note_text,valid_from,\
valid_to
YTD,10,,,,true,,2023-24-Q1,2023-24-Q1
YTD,20,,,,true,,2023-24-Q2,2023-24-Q2
YTD,30,,,,true,,2023-24-Q3,2023-24-Q3
YTD,40,,,,true,,2023-24-Q4,2023-24-Q4
LATE,400,,,,true,,2022-23-Q4,2022-23-Q4
LATE,100,,,,true,,2023-24-Q1,2023-24-Q1
LATE,200,,,,true,,2023-24-Q2,2023-24-Q3
LATE,390,,,,true,,2023-24-Q4,
HALF,5,,,,true,,2023-24-Q1,
FLO,9,8,,,true,,2023-24-Q1,2023-24-Q2
FLO,9,7,,,true,,2023-24-Q3,
RNG,,,1,2,true,,2023-24-Q1,
""",
}
NOWHERE = "–"


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    """A council with profiles, arrears and figures that are due once or twice a year."""
    folder = tmp_path_factory.mktemp("council")
    (folder / "register").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_council(folder)


def facts_of(council: Council, kpi_ref: str, key: str, *columns: str) -> list[object]:
    """Return what stands beside a KPI in a quarter, with a mark in place of null."""
    kpis = council.kpis_in_force(Quarter.parse(key)).set_index("kpi_ref")
    return [NOWHERE if pd.isna(value) else value for value in kpis.loc[kpi_ref, list(columns)]]


@pytest.mark.parametrize(
    ("kpi_ref", "key", "period", "previous"),
    [
        pytest.param("YTD", "2023-24-Q1", "2023-24-Q1", "2022-23-Q4", id="every-quarter"),
        pytest.param("LATE", "2023-24-Q1", "2022-23-Q4", "2022-23-Q4", id="in-arrears"),
        pytest.param("HALF", "2023-24-Q4", "2023-24-Q4", "2023-24-Q2", id="twice-a-year"),
        pytest.param("HALF", "2023-24-Q3", "2023-24-Q3", "2023-24-Q2", id="not-due"),
        pytest.param("YEAR", "2024-25-Q3", "2024-25-Q3", "2023-24-Q3", id="once-a-year"),
        pytest.param("YEAR", "2024-25-Q2", "2024-25-Q2", "2023-24-Q3", id="long-before-due"),
    ],
)
def test_quarters_of_a_figure(
    council: Council, kpi_ref: str, key: str, period: str, previous: str
) -> None:
    """A figure is about its quarter or, in arrears, an earlier one; the last due is before it."""
    columns = ("period_quarter_key", "previous_due_quarter_key")
    assert facts_of(council, kpi_ref, key, *columns) == [period, previous]


@pytest.mark.parametrize(
    ("kpi_ref", "key", "targets"),
    [
        pytest.param("YTD", "2023-24-Q1", [10, NOWHERE, 40], id="first-of-the-year"),
        pytest.param("YTD", "2023-24-Q3", [30, 20, 40], id="profile"),
        pytest.param("YTD", "2024-25-Q1", [NOWHERE, NOWHERE, NOWHERE], id="no-target-any-more"),
        pytest.param("LATE", "2023-24-Q1", [400, NOWHERE, 400], id="arrears-before-the-kpi"),
        pytest.param("LATE", "2023-24-Q2", [100, NOWHERE, 390], id="arrears-new-year"),
        pytest.param("LATE", "2023-24-Q3", [200, 100, 390], id="arrears-within-the-year"),
        pytest.param("LATE", "2024-25-Q1", [390, 200, 390], id="arrears-last-of-the-year"),
        pytest.param("HALF", "2023-24-Q4", [5, 5, 5], id="half-year-before"),
        pytest.param("HALF", "2024-25-Q2", [5, NOWHERE, 5], id="half-year-of-another-year"),
        pytest.param("YEAR", "2023-24-Q3", [NOWHERE, NOWHERE, NOWHERE], id="without-target"),
    ],
)
def test_targets_of_a_figure(
    council: Council, kpi_ref: str, key: str, targets: list[object]
) -> None:
    """The target of its period, of the last figure due in the same year, and of the year end."""
    columns = ("target_value", "previous_target_value", "year_end_target_value")
    assert facts_of(council, kpi_ref, key, *columns) == targets


def test_dates_are_those_of_the_target_of_the_period(council: Council) -> None:
    """In arrears they are the quarters of the target that judges, not of today's."""
    columns = ("target_valid_from", "target_valid_to")
    expected = ["2023-24-Q2", "2023-24-Q3"]
    assert facts_of(council, "LATE", "2023-24-Q3", *columns) == expected
    assert facts_of(council, "LATE", "2023-24-Q4", *columns) == expected


@pytest.mark.parametrize(
    ("kpi_ref", "now", "year_end"),
    [
        pytest.param("FLO", [8, NOWHERE, NOWHERE], [7, NOWHERE, NOWHERE], id="floor"),
        pytest.param("RNG", [NOWHERE, 1, 2], [NOWHERE, 1, 2], id="range"),
    ],
)
def test_standards_beside_the_target(
    council: Council, kpi_ref: str, now: list[object], year_end: list[object]
) -> None:
    """Floor standards and ranges are those of the period and of the year end too."""
    columns = ("floor_value", "lower_value", "upper_value")
    assert facts_of(council, kpi_ref, "2023-24-Q2", *columns) == now
    ahead = [f"year_end_{column}" for column in columns]
    assert facts_of(council, kpi_ref, "2023-24-Q2", *ahead) == year_end


@pytest.mark.parametrize(
    ("kpi_ref", "key", "baseline"),
    [
        pytest.param("LATE", "2023-24-Q1", "2021-22-Q2", id="own"),
        pytest.param("LATE", "2024-25-Q1", "2021-22-Q2", id="own-later"),
        pytest.param("YTD", "2023-24-Q4", "2019-20-Q4", id="councils"),
        pytest.param("YTD", "2024-25-Q1", "2022-23-Q4", id="councils-later"),
    ],
)
def test_baseline_is_the_kpis_own_or_the_councils(
    council: Council, kpi_ref: str, key: str, baseline: str
) -> None:
    """A KPI that names no baseline quarter has the council's of the quarter."""
    assert facts_of(council, kpi_ref, key, "baseline_quarter_key") == [baseline]


def test_comparison_is_that_of_the_quarter(council: Council) -> None:
    """Past quarters keep the baseline and the dead bands that they had."""
    then, now = (council.comparison_in_force(Quarter(year, 1)) for year in (2023, 2024))
    assert then == Comparison("2019-20-Q4", dead_band_pct=Decimal(1))
    assert now == Comparison("2022-23-Q4", "first year")


def test_benchmark_bands_are_those_of_the_quarter(council: Council) -> None:
    """Past quarters keep the bands that they had, and the first hold before all."""
    quarters = [Quarter(2020, 1), Quarter(2023, 2), Quarter(2023, 3)]
    first = BenchmarkBands(similar_pct=Decimal(5))
    bands = [council.benchmark_bands_in_force(quarter) for quarter in quarters]
    assert bands == [first, first, BenchmarkBands(similar_points=Decimal(3))]


@pytest.mark.parametrize(
    ("kpi_ref", "key", "facts"),
    [
        pytest.param(
            "YTD",
            "2023-24-Q4",
            ["relative", "tolerance_relative", "percent", 0, 10, NOWHERE, False],
            id="first-default",
        ),
        pytest.param(
            "YTD",
            "2024-25-Q1",
            ["better", "improvement", "points", 0.5, NOWHERE, "last_year", True],
            id="second-default",
        ),
        pytest.param(
            "FLO",
            "2024-25-Q1",
            ["floor", "floor", NOWHERE, 0, NOWHERE, NOWHERE, False],
            id="floor",
        ),
        pytest.param(
            "RNG",
            "2024-25-Q1",
            ["range", "range", "percent", 0, 5, NOWHERE, False],
            id="range",
        ),
    ],
)
def test_rule_of_a_quarter(council: Council, kpi_ref: str, key: str, facts: list[object]) -> None:
    """Each KPI has its own rule, or the default one of the quarter, with all that it says."""
    columns = (
        "rule_name",
        "rule_kind_code",
        "tolerance_unit_code",
        "green_tolerance_value",
        "amber_tolerance_value",
        "improvement_comparator_code",
        "is_held_enough",
    )
    assert facts_of(council, kpi_ref, key, *columns) == facts


def test_default_rule_in_force(council: Council) -> None:
    """The council's default is dated, and the first holds before all."""
    quarters = [Quarter(2020, 1), Quarter(2023, 4), Quarter(2024, 1)]
    names = [council.default_rule_in_force(quarter) for quarter in quarters]
    assert names == ["relative", "relative", "better"]


def test_rating_words_are_labels_and_codes(council: Council) -> None:
    """A return may write a rating's code, its label or a former one; none stands for no rating."""
    assert council.rating_words == {
        "Off track": "red",
        "Red": "red",
        "Behind": "red",
        "Amber": "amber",
        "Green": "green",
        "red": "red",
        "amber": "amber",
        "green": "green",
    }
