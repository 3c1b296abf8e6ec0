"""The register as it stands in one quarter, and when returns are due."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from perf_pipeline.council import Council, read_council, rows_in_force
from perf_pipeline.council.in_force import join_places
from perf_pipeline.council.timing import join_targets
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import stages

FILES = {
    "council.yaml": """\
name: Testshire Council
first_quarter: 2023-24-Q1
default_rule: relative
return_deadline_working_days: 10
rules:
  relative: {kind: tolerance_relative, green_pct: 0, amber_pct: 10}
  points: {kind: tolerance_points, green_points: 0.5, amber_points: 2.5}
""",
    "sources.yaml": """\
sources:
  - source_code: zebra
    source_name: Zebra
    contact_role: Performance Lead
    kind: sql
    url_env: ZEBRA_URL
    query: zebra.sql
    columns: {ref: kpi_ref, value: value}
  - source_code: adults
    source_name: Adults
    contact_role: Performance Lead
    kind: csv
    location: returns/{quarter}/adults.csv
    columns: {Ref: kpi_ref, Value: value}
""",
    "zebra.sql": "select ref, value from figures where quarter = :quarter",
    "register/directorates.csv": """\
directorate_code,directorate_name,display_order,valid_from,valid_to
OLD,Old Place,1,2022-23-Q1,2023-24-Q1
PLA,Place,2,2022-23-Q1,
ADU,Adults,1,2022-23-Q1,
""",
    "register/services.csv": """\
service_code,service_name,directorate_code,display_order,valid_from,valid_to
roads,Roads,OLD,1,2022-23-Q1,2023-24-Q1
roads,Roads and Paths,PLA,2,2023-24-Q2,
waste,Waste,PLA,1,2022-23-Q1,
care,Care,ADU,1,2022-23-Q1,
""",
    "register/kpis.csv": """\
kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,\
polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,\
baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,\
note_text,valid_from,valid_to
R2,Potholes,,roads,,,zebra,number,lower,targeted,points,Q1 Q2 Q3 Q4,0,false,,0,,,Head,true,,\
2022-23-Q1,
R1,Roads,,roads,,,zebra,gbp,lower,targeted,,Q2 Q4,0,false,,0,-5,9,Head,true,,2022-23-Q1,
W1,Recycling,,waste,,,zebra,percent,higher,targeted,,Q1 Q2 Q3 Q4,0,false,,1,,,Head,true,,2022-23-Q1,
A1,Moves,,care,,,adults,percent,none,data_only,,Q1,0,true,,1,,150,Head,true,,2022-23-Q1,2023-24-Q1
A1,Moved,,care,,,adults,percent,none,data_only,,Q1,0,true,,1,,150,Head,true,,2023-24-Q2,
""",
    "register/targets.csv": """\
kpi_ref,target_value,floor_value,lower_value,upper_value,is_illustrative,note_text,valid_from,\
valid_to
R2,10,,,,true,,2022-23-Q1,2023-24-Q1
R2,0,,,,true,,2023-24-Q2,
W1,50.5,,,,true,,2023-24-Q2,2023-24-Q3
""",
}
TARGET_QUARTERS = ["period_quarter_key", "previous_period_quarter_key", "year_end_quarter_key"]
Q1, Q2, Q4 = (Quarter.parse(f"2023-24-Q{number}") for number in (1, 2, 4))


def write(folder: Path) -> Path:
    """Write the council folder."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    """A council that was reorganised after Q1 2023/24."""
    return read_council(write(tmp_path_factory.mktemp("council")))


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        pytest.param("2022-23-Q4", [], id="before"),
        pytest.param("2023-24-Q1", ["a"], id="first"),
        pytest.param("2023-24-Q4", ["a"], id="last"),
        pytest.param("2024-25-Q1", ["b"], id="next-financial-year"),
        pytest.param("2099-00-Q1", ["b"], id="open-ended"),
    ],
)
def test_rows_hold_from_their_first_quarter_to_their_last(key: str, codes: list[str]) -> None:
    """Both ends are included, and a row without an end holds for ever."""
    frame = pd.DataFrame(
        {
            "code": ["a", "b"],
            "valid_from": pd.Series(["2023-24-Q1", "2024-25-Q1"], dtype="str"),
            "valid_to": pd.Series(["2023-24-Q4", None], dtype="str"),
        }
    )
    assert list(rows_in_force(frame, Quarter.parse(key))["code"]) == codes


def test_kpis_stand_in_the_order_of_reports(council: Council) -> None:
    """By directorate, by service, then as registered."""
    first, second = council.kpis_in_force(Q1), council.kpis_in_force(Q2)
    assert list(first["kpi_ref"]) == ["A1", "R2", "R1", "W1"]
    assert list(second["kpi_ref"]) == ["A1", "W1", "R2", "R1"]


def test_kpis_in_force_satisfy_their_schema(council: Council) -> None:
    """The frame is one of KpisInForce, indexed from 0."""
    frame = council.kpis_in_force(Q2)
    stages.KpisInForce.validate(frame, lazy=True)
    assert list(frame.index) == [0, 1, 2, 3]
    assert set(frame["quarter_key"]) == {"2023-24-Q2"}


def test_frames_are_the_callers_own(council: Council) -> None:
    """What a caller does to the KPIs of a quarter, the next caller does not see."""
    first = council.kpis_in_force(Q2)
    first.loc[0, "kpi_name"] = "Changed"
    assert council.kpis_in_force(Q2).loc[0, "kpi_name"] == "Moved"


@pytest.mark.parametrize(
    ("quarter", "place"),
    [
        pytest.param(Q1, ("Old Place", "Roads"), id="before-the-move"),
        pytest.param(Q2, ("Place", "Roads and Paths"), id="after-the-move"),
    ],
)
def test_place_is_that_of_the_quarter(
    council: Council, quarter: Quarter, place: tuple[str, str]
) -> None:
    """A service that moved stands where it stood in the quarter asked for."""
    row = council.kpis_in_force(quarter).set_index("kpi_ref").loc["R2"]
    assert (row["directorate_name"], row["service_name"]) == place


@pytest.mark.parametrize(
    ("quarter", "targets"),
    [
        pytest.param(Q1, {"R2": 10.0}, id="first-target"),
        pytest.param(Q2, {"R2": 0.0, "W1": 50.5}, id="second-target"),
        pytest.param(Q4, {"R2": 0.0}, id="target-ended"),
    ],
)
def test_target_is_that_of_the_quarter(
    council: Council, quarter: Quarter, targets: dict[str, float]
) -> None:
    """Past quarters keep their own targets, and a KPI without one has null."""
    frame = council.kpis_in_force(quarter).dropna(subset=["target_value"])
    assert dict(zip(frame["kpi_ref"], frame["target_value"], strict=True)) == targets


def test_dates_of_the_target(council: Council) -> None:
    """The quarters for which a target holds come with it."""
    row = council.kpis_in_force(Q2).set_index("kpi_ref").loc["W1"]
    assert (row["target_valid_from"], row["target_valid_to"]) == ("2023-24-Q2", "2023-24-Q3")


def test_rule_is_the_kpis_own_or_the_default(council: Council) -> None:
    """The rule's kind and tolerances stand beside each KPI."""
    rows = council.kpis_in_force(Q1).set_index("kpi_ref")
    columns = ["rule_name", "rule_kind_code", "green_tolerance_value", "amber_tolerance_value"]
    assert list(rows.loc["R2", columns]) == ["points", "tolerance_points", 0.5, 2.5]
    assert list(rows.loc["W1", columns]) == ["relative", "tolerance_relative", 0.0, 10.0]


def test_range_is_the_kpis_own_or_the_units(council: Council) -> None:
    """Each end of the range that a KPI leaves empty is its unit's, which may have none."""
    frame = council.kpis_in_force(Q1).fillna({"minimum_value": -99, "maximum_value": 999})
    ranges = zip(frame["minimum_value"], frame["maximum_value"], strict=True)
    assert dict(zip(frame["kpi_ref"], ranges, strict=True)) == {
        "A1": (0, 150),
        "R2": (0, 999),
        "R1": (-5, 9),
        "W1": (0, 100),
    }


def test_kpi_is_due_in_the_quarters_it_names(council: Council) -> None:
    """A half-yearly KPI is not due in Q1."""
    frame = council.kpis_in_force(Q1)
    due = dict(zip(frame["kpi_ref"], frame["is_due"], strict=True))
    assert due == {"A1": True, "R2": True, "R1": False, "W1": True}


def test_quarter_before_the_register_has_no_kpis(council: Council) -> None:
    """A quarter in which nothing held gives a frame without rows, of the same schema."""
    frame = council.kpis_in_force(Quarter.parse("2020-21-Q1"))
    assert frame.empty
    stages.KpisInForce.validate(frame)


def test_directorates_and_services_of_a_quarter(council: Council) -> None:
    """They come in their display order."""
    directorates = council.directorates_in_force(Q2)["directorate_code"]
    services = council.services_in_force(Q2)["service_code"]
    assert list(directorates) == ["ADU", "PLA"]
    assert list(services) == ["waste", "care", "roads"]


def test_sources_keep_the_order_of_their_file(council: Council) -> None:
    """Sources are known by code, in the order in which they are written."""
    assert list(council.sources) == ["zebra", "adults"]


@pytest.mark.parametrize(
    ("key", "day"),
    [
        pytest.param("2023-24-Q1", "2023-07-14", id="two-weekends"),
        pytest.param("2023-24-Q3", "2024-01-15", id="new-year"),
        pytest.param("2022-23-Q4", "2023-04-18", id="good-friday-and-easter-monday"),
        pytest.param("2023-24-Q4", "2024-04-15", id="quarter-ends-at-easter"),
    ],
)
def test_deadline_counts_working_days_in_england(council: Council, key: str, day: str) -> None:
    """Weekends and England's bank holidays do not count."""
    assert council.return_deadline(Quarter.parse(key)) == dt.date.fromisoformat(day)


def test_digest_is_that_of_the_content(council: Council, tmp_path: Path) -> None:
    """The same files in another folder have the same digest."""
    assert read_council(write(tmp_path)).sha256 == council.sha256


@pytest.mark.parametrize("name", [*FILES])
def test_digest_covers_every_file(council: Council, tmp_path: Path, name: str) -> None:
    """A change of any file that is read changes the digest, even a comment or a blank line."""
    (write(tmp_path) / name).write_text(FILES[name] + "\n")
    assert read_council(tmp_path).sha256 != council.sha256


def test_what_is_looked_up_is_there_once_or_not_at_all(council: Council) -> None:
    """A code that no table has gives nulls, and one that is there twice is refused."""
    services, directorates = council.services_in_force(Q1), council.directorates_in_force(Q1)
    astray = pd.DataFrame({"kpi_ref": ["X1"], "service_code": ["astray"]}, dtype="str")

    placed = join_places(astray, services, directorates)

    assert placed[["service_name", "service_order", "directorate_name"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="have a code twice"):
        join_places(astray, pd.concat([services, services]), directorates)


def test_one_target_of_a_quarter(council: Council) -> None:
    """Two targets that hold in one quarter are refused, though the register's checks find them."""
    kpis = pd.DataFrame({"kpi_ref": ["R2"], **dict.fromkeys(TARGET_QUARTERS, Q1.key)}, dtype="str")
    twice = pd.concat([council.targets, council.targets], ignore_index=True)

    with pytest.raises(ValueError, match="Two targets of R2 hold in 2023-24-Q1"):
        join_targets(kpis, twice)
