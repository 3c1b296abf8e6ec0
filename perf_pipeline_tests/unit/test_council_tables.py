"""The optional tables of the register: their keys, and what they refer to."""

import functools
from collections.abc import Sequence
from pathlib import Path

import pytest

from perf_pipeline.council import Council, read_council
from perf_pipeline.council.checks import register_mistakes
from perf_pipeline.council.register import REGISTER, RegisterTable, read_table
from perf_pipeline.errors import Mistake
from perf_pipeline.quarters import Quarter

FILES = {
    "council.yaml": """\
name: Testshire Council
first_quarter: 2023-24-Q1
default_rule: met
return_deadline_working_days: 10
rules:
  met: {kind: two_colour}
""",
    "sources.yaml": """\
sources:
  - source_code: adults
    source_name: Adults
    contact_role: Performance Lead
    kind: csv
    location: returns/{quarter}/adults.csv
    columns: {Ref: kpi_ref, Value: value}
""",
    "register/directorates.csv": """\
directorate_code,directorate_name,display_order,valid_from,valid_to
ADU,Adults,1,2023-24-Q1,
""",
    "register/services.csv": """\
service_code,service_name,directorate_code,display_order,valid_from,valid_to
care,Care,ADU,1,2023-24-Q1,
""",
    "register/kpis.csv": """\
kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,\
polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,\
baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,\
note_text,valid_from,valid_to
A1,Reviews,,care,fair,young,adults,percent,higher,targeted,,Q1 Q2 Q3 Q4,0,false,,1,,,Head,true,,\
2023-24-Q2,2024-25-Q4
A2,Carers,,,,,adults,percent,higher,targeted,,Q1 Q2 Q3 Q4,0,false,,1,,,Chief,true,,2023-24-Q1,
""",
    "register/targets.csv": """\
kpi_ref,target_value,floor_value,lower_value,upper_value,is_illustrative,note_text,valid_from,\
valid_to
""",
    "register/priorities.csv": """\
priority_code,priority_name,display_order,valid_from,valid_to
fair,A fairer county,2,2023-24-Q1,
green,A greener county,1,2023-24-Q1,
""",
    "register/themes.csv": """\
theme_code,theme_name,display_order,valid_from,valid_to
young,Young people,1,2023-24-Q1,
""",
    "register/benchmarks.csv": """\
kpi_ref,benchmark_type_code,benchmark_name,benchmark_value,is_illustrative,note_text,valid_from,\
valid_to
A1,national,England 2022/23,70,true,,2023-24-Q2,2024-25-Q1
A1,national,England 2023/24,71,true,,2024-25-Q2,2024-25-Q4
A1,top_quartile,Top quartile,80,true,,2023-24-Q2,2024-25-Q4
""",
    "register/overrides.csv": """\
quarter_key,kpi_ref,rag_code,decided_by_role,decided_date,reason_text
2023-24-Q2,A1,amber,Performance Board,2023-10-20,Late figures
""",
    "register/series_breaks.csv": """\
kpi_ref,quarter_key,reason_code,note_text
A1,2021-22-Q1,definition_changed,
A1,2023-24-Q3,population_changed,Under-18s left out
""",
    "register/stated_counts.csv": """\
quarter_key,directorate_code,count_code,stated_count,stated_of_count,stated_share_text,note_text
2023-24-Q2,ADU,green,1,1,100,
2023-24-Q2,,green,2,,,
""",
}


def folder_with(folder: Path, name: str = "", old: str = "", new: str = "") -> Path:
    """Write the council folder with the one place changed where a text stands in a table."""
    (folder / "register").mkdir()
    for file, text in FILES.items():
        (folder / file).write_text(text, encoding="utf-8")
    if name:
        file = f"register/{name}.csv"
        assert FILES[file].count(old) == 1, f"{old!r} stands {FILES[file].count(old)} times"
        (folder / file).write_text(FILES[file].replace(old, new), encoding="utf-8")
    return folder


@functools.cache
def table_of(name: str, text: str | None) -> RegisterTable:
    """Read a table of the register, each text once."""
    return read_table(name, text.encode() if text else None)


def mistakes_with(name: str, old: str, new: str) -> Sequence[Mistake]:
    """Return what is wrong with the register, the one place changed where a text stands."""
    files = dict(FILES)
    assert files[f"register/{name}.csv"].count(old) == 1, old
    files[f"register/{name}.csv"] = files[f"register/{name}.csv"].replace(old, new)
    tables = {each: table_of(each, files.get(f"register/{each}.csv")) for each in REGISTER}
    own = (mistake for table in tables.values() for mistake in table.mistakes)
    return [*own, *register_mistakes(tables)]


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    """The council folder without mistakes."""
    return read_council(folder_with(tmp_path_factory.mktemp("council")))


@pytest.mark.parametrize(
    ("table", "old", "new", "line", "words"),
    [
        pytest.param("kpis", "fair", "far", 2, ["priority `far`", "mean `fair`?"], id="priority"),
        pytest.param("kpis", "young", "old", 2, ["theme `old`", "themes.csv"], id="theme"),
        pytest.param(
            "priorities",
            "1,2023-24-Q1,",
            "1,2023-24-Q1,\nfair,B,3,2024-25-Q1,",
            4,
            ["line 2"],
            id="priority-twice",
        ),
        pytest.param(
            "priorities", "green,", "FAIR,", 3, ["looks like `fair`"], id="priority-look-alike"
        ),
        pytest.param(
            "priorities",
            "green,",
            "None,",
            3,
            ["`None` stands for what has no priority"],
            id="priority-reserved",
        ),
        pytest.param(
            "themes",
            "young,Young people,1,2023-24-Q1,",
            "young,Young people,1,2023-24-Q1,\nnone,None,2,2023-24-Q1,",
            3,
            ["no theme", "another code"],
            id="theme-reserved",
        ),
        pytest.param(
            "directorates",
            "1,2023-24-Q1,",
            "1,2023-24-Q1,\nwhole_council,W,2,2023-24-Q1,",
            3,
            ["no directorate"],
            id="whole-council-directorate",
        ),
        pytest.param(
            "directorates",
            "1,2023-24-Q1,",
            "1,2023-24-Q1,\nnone,N,2,2023-24-Q1,",
            3,
            ["no directorate"],
            id="directorate-of-nobody",
        ),
        pytest.param(
            "services",
            "1,2023-24-Q1,",
            "1,2023-24-Q1,\nWhole_Council,W,ADU,2,2023-24-Q1,",
            3,
            ["no service"],
            id="whole-council-service",
        ),
        pytest.param(
            "benchmarks",
            "2024-25-Q2,",
            "2024-25-Q1,",
            3,
            ["`A1 national`", "line 2"],
            id="benchmark-twice",
        ),
        pytest.param(
            "benchmarks", "top_quartile", "best", 4, ["national, regional"], id="benchmark-type"
        ),
        pytest.param("benchmarks", "80", "", 4, ["`benchmark_value` is empty"], id="no-benchmark"),
        pytest.param(
            "benchmarks", "A1,top", "A3,top", 4, ["The KPI `A3`"], id="benchmark-of-no-kpi"
        ),
        pytest.param(
            "benchmarks",
            "80,true,,2023-24-Q2",
            "80,true,,2023-24-Q1",
            4,
            ["in 2023-24-Q1 KPI"],
            id="benchmark-before-the-kpi",
        ),
        pytest.param(
            "overrides",
            "figures",
            "figures\n2023-24-Q2,A1,red,Board,2023-10-21,Other",
            3,
            ["Keep one"],
            id="override-twice",
        ),
        pytest.param(
            "overrides",
            "2023-24-Q2",
            "2023-24-Q1",
            2,
            ["in 2023-24-Q1 KPI `A1` does not"],
            id="override-of-no-live-kpi",
        ),
        pytest.param("overrides", ",A1", ",A9", 2, ["The KPI `A9`"], id="override-of-no-kpi"),
        pytest.param(
            "overrides",
            "2023-10-20",
            "2023-02-30",
            2,
            ["`decided_date`", "not a date"],
            id="override-on-no-day",
        ),
        pytest.param("overrides", "amber", "blue", 2, ["red, amber or green"], id="override-blue"),
        pytest.param(
            "overrides",
            "Late figures",
            "",
            2,
            ["`reason_text` is empty"],
            id="override-unexplained",
        ),
        pytest.param(
            "series_breaks",
            "2021-22-Q1",
            "2023-24-Q3",
            3,
            ["`A1 2023-24-Q3`", "line 2"],
            id="break-twice",
        ),
        pytest.param(
            "series_breaks", "A1,2021", "A7,2021", 2, ["The KPI `A7`"], id="break-of-no-kpi"
        ),
        pytest.param(
            "series_breaks",
            "population_changed",
            "no_figure",
            3,
            ["definition_changed, population_changed or target_basis_changed"],
            id="break-reason",
        ),
        pytest.param(
            "stated_counts",
            ",ADU",
            ",ADD",
            2,
            ["directorate `ADD`", "`ADU`?"],
            id="count-of-no-directorate",
        ),
        pytest.param(
            "stated_counts",
            "2023-24-Q2,ADU",
            "2022-23-Q2,ADU",
            2,
            ["in 2022-23-Q2 directorate"],
            id="count-before-the-directorate",
        ),
        pytest.param(
            "stated_counts",
            ",,green,2,,,",
            ",ADU,green,2,,,",
            3,
            ["`2023-24-Q2 ADU green`"],
            id="count-twice",
        ),
        pytest.param(
            "stated_counts",
            ",,green,2,,,",
            ",,green,2,,,\n2023-24-Q2,,green,3,,,",
            4,
            ["`2023-24-Q2 green` is on line 3"],
            id="council-count-twice",
        ),
        pytest.param(
            "stated_counts",
            ",,green,2,,,",
            ",,green,,5,,",
            3,
            ["neither a count nor a share"],
            id="count-of-nothing",
        ),
        pytest.param(
            "stated_counts", ",100,", ",100%,", 2, ["`stated_share_text`"], id="share-with-sign"
        ),
        pytest.param("stated_counts", "ADU,green", "ADU,blue", 2, ["kpis, rated"], id="no-count"),
    ],
)
def test_mistake_in_an_optional_table(
    table: str, old: str, new: str, line: int, words: Sequence[str]
) -> None:
    """Rows that are there twice, or refer to what is not there, are one mistake each."""
    mistakes = mistakes_with(table, old, new)
    assert [(m.file, m.line) for m in mistakes] == [(f"register/{table}.csv", line)], mistakes
    for word in words:
        assert word in str(mistakes[0])
    assert mistakes[0].found.endswith(".")
    assert mistakes[0].remedy.endswith((".", "?"))


def test_priority_that_ends_while_a_kpi_is_linked_to_it() -> None:
    """A link holds for as long as the KPI's row does, and so must the priority."""
    ended = "fair,A fairer county,2,2023-24-Q1,2024-25-Q3"
    (mistake,) = mistakes_with("priorities", "fair,A fairer county,2,2023-24-Q1,", ended)
    assert (mistake.file, mistake.line) == ("register/kpis.csv", 2)
    assert "in 2024-25-Q4 priority `fair` does not" in mistake.found


def test_counts_that_were_printed_in_two_places() -> None:
    """What a table and what a narrative printed are two rows, told apart by their notes."""
    twice = ",,green,2,,,Table 1\n2023-24-Q2,,green,3,,,Paragraph 8"
    assert not mistakes_with("stated_counts", ",,green,2,,,", twice)


def test_tables_are_optional(tmp_path: Path) -> None:
    """Without its file a table has no rows."""
    folder = folder_with(tmp_path, "kpis", "fair,young", ",")
    for name in ("priorities", "themes", "benchmarks", "overrides", "series_breaks"):
        (folder / "register" / f"{name}.csv").unlink()
    (folder / "register" / "stated_counts.csv").unlink()
    council = read_council(folder)
    assert council.overrides_of(Quarter(2023, 2)).empty
    priorities = council.priorities_in_force(Quarter(2023, 2))
    assert priorities.to_numpy().tolist()[0][:3] == ["none", "Not linked to a priority", 1]


def test_benchmarks_are_those_of_the_quarter(council: Council) -> None:
    """A benchmark is replaced by the next of its type."""
    then, now = (council.benchmarks_in_force(Quarter(year, 2)) for year in (2023, 2024))
    assert list(then["benchmark_value"]) == [70, 80]
    assert list(now["benchmark_value"]) == [71, 80]


def test_overrides_are_those_of_the_quarter(council: Council) -> None:
    """An override is of one quarter and no other."""
    assert list(council.overrides_of(Quarter(2023, 2))["kpi_ref"]) == ["A1"]
    assert council.overrides_of(Quarter(2023, 3)).empty


def test_priorities_of_a_quarter_and_none(council: Council) -> None:
    """They come in their display order, `none` last where a KPI is linked to none."""
    frame = council.priorities_in_force(Quarter(2023, 2))
    assert list(frame["priority_code"]) == ["green", "fair", "none"]
    assert list(frame["priority_name"])[-1] == "Not linked to a priority"
    assert list(frame["display_order"]) == [1, 2, 3]
    assert list(council.themes_in_force(Quarter(2023, 2))["theme_code"]) == ["young", "none"]


def test_links_stand_beside_each_kpi(council: Council) -> None:
    """A KPI that is linked to no priority or theme stands under `none`, after the others."""
    rows = council.kpis_in_force(Quarter(2023, 2)).set_index("kpi_ref")
    columns = ["priority_name", "priority_order", "theme_code", "theme_order"]
    assert list(rows.loc["A1", columns]) == ["A fairer county", 2, "young", 1]
    assert list(rows.loc["A2", columns]) == ["Not linked to a priority", 3, "none", 2]


def test_none_is_left_out_where_every_kpi_is_linked(tmp_path: Path) -> None:
    """Without KPIs that are linked to none there is no such row."""
    folder = folder_with(tmp_path, "kpis", "A2,Carers,,,,,", "A2,Carers,,,fair,,")
    council = read_council(folder)
    assert list(council.priorities_in_force(Quarter(2023, 2))["priority_code"]) == ["green", "fair"]


def test_kpi_without_service_belongs_to_the_whole_council(council: Council) -> None:
    """It stands after every directorate, in one of its own that the summaries count too."""
    kpis = council.kpis_in_force(Quarter(2023, 2))
    columns = ["directorate_code", "directorate_name", "directorate_order", "service_code"]
    assert list(kpis["kpi_ref"]) == ["A1", "A2"]
    assert list(kpis.loc[1, columns]) == ["whole_council", "Whole council", 2, "whole_council"]
    directorates = council.directorates_in_force(Quarter(2023, 2))
    assert list(directorates["directorate_code"]) == ["ADU", "whole_council"]
    assert list(directorates["display_order"]) == [1, 2]
    services = council.services_in_force(Quarter(2023, 2))
    assert services.iloc[-1].to_list()[:4] == ["whole_council", "Whole council", "whole_council", 1]
    assert list(services["valid_from"]) == ["2023-24-Q1", "2023-24-Q2"]


def test_whole_council_is_left_out_where_no_kpi_belongs_to_it(tmp_path: Path) -> None:
    """A quarter without such KPIs has no such directorate or service."""
    council = read_council(folder_with(tmp_path, "kpis", "A2,Carers,,,,,", "A2,Carers,,care,,,"))
    assert list(council.directorates_in_force(Quarter(2023, 2))["directorate_code"]) == ["ADU"]
    assert list(council.services_in_force(Quarter(2023, 2))["service_code"]) == ["care"]
