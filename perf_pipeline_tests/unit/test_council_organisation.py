"""Reorganisation: codes that replaced others, and where former KPIs are counted now."""

import functools
from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.council import Council, read_council
from perf_pipeline.council.checks import register_mistakes
from perf_pipeline.council.organisation import live_ends, merged_codes, whole_predecessors
from perf_pipeline.council.register import REGISTER, RegisterTable, read_table
from perf_pipeline.council.successor_checks import successor_mistakes
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
places,Places,2,2023-24-Q1,
customers,Customers,3,2023-24-Q1,2023-24-Q2
corporate,Corporate,4,2023-24-Q1,2023-24-Q2
""",
    "register/services.csv": """\
service_code,service_name,directorate_code,display_order,valid_from,valid_to
care,Care,people,1,2023-24-Q1,
roads,Roads,places,1,2023-24-Q1,2023-24-Q2
roads,Roads,people,2,2023-24-Q3,
libraries,Libraries,people,3,2023-24-Q1,2023-24-Q1
museums,Museums,people,4,2023-24-Q1,2023-24-Q2
heritage,Heritage,people,5,2023-24-Q2,2023-24-Q2
culture,Culture,places,1,2023-24-Q3,
calls,Calls,customers,1,2023-24-Q1,2023-24-Q2
staff,Staff,corporate,1,2023-24-Q1,2023-24-Q2
""",
    "register/targets.csv": """\
kpi_ref,target_value,floor_value,lower_value,upper_value,is_illustrative,note_text,valid_from,\
valid_to
""",
    "register/successors.csv": """\
unit_kind_code,old_code,new_code,valid_from,note_text
service,libraries,heritage,2023-24-Q2,
service,heritage,culture,2023-24-Q3,
service,museums,culture,2023-24-Q3,
directorate,customers,places,2023-24-Q3,
directorate,corporate,people,2023-24-Q3,Split
directorate,corporate,places,2023-24-Q3,Split
kpi,DISTRICT-1,STEP,2023-24-Q2,Former district
kpi,DISTRICT-2,STEP,2023-24-Q2,Former district
kpi,STEP,CUL,2023-24-Q3,
kpi,BOTH,CARE,2023-24-Q3,Split
kpi,BOTH,CUL,2023-24-Q3,Split
""",
}
KPIS = """\
kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,\
polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,\
baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,\
note_text,valid_from,valid_to
"""
SERVICES_OF_KPIS = {
    "CARE": ("care", "2023-24-Q1", ""),
    "ROAD": ("roads", "2023-24-Q1", ""),
    "STEP": ("care", "2023-24-Q2", "2023-24-Q2"),
    "BOTH": ("museums", "2023-24-Q1", "2023-24-Q2"),
    "LIB": ("libraries", "2023-24-Q1", "2023-24-Q1"),
    "CALL": ("calls", "2023-24-Q1", "2023-24-Q2"),
    "STAFF": ("staff", "2023-24-Q1", "2023-24-Q2"),
    "WHO": ("", "2023-24-Q1", "2023-24-Q2"),
    "CUL": ("culture", "2023-24-Q3", ""),
}
FILES["register/kpis.csv"] = KPIS + "".join(
    f"{ref},{ref},,{service},,,all,percent,higher,targeted,,Q1 Q2 Q3 Q4,0,false,,1,,,Head,true,,"
    f"{first},{last}\n"
    for ref, (service, first, last) in SERVICES_OF_KPIS.items()
)
Q1, Q2, Q3 = (Quarter(2023, number) for number in (1, 2, 3))


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    """A council that was reorganised in Q2 and in Q3 2023/24."""
    folder = tmp_path_factory.mktemp("council")
    (folder / "register").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_council(folder)


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
    own = {mistake for table in tables.values() for mistake in table.mistakes}
    return sorted({*own, *register_mistakes(tables), *successor_mistakes(tables)})


def assert_one_mistake(mistakes: Sequence[Mistake], line: int, words: Sequence[str]) -> None:
    """Assert that there is one mistake in the successors, on which line, and what it says."""
    places = [(mistake.file, mistake.line) for mistake in mistakes]
    assert places == [("register/successors.csv", line)], mistakes
    for word in words:
        assert word in str(mistakes[0])
    assert mistakes[0].found.endswith(".")
    assert mistakes[0].remedy.endswith((".", "?"))


@pytest.mark.parametrize(
    ("quarter", "successors"),
    [
        pytest.param(Q1, {}, id="nothing-replaced-yet"),
        pytest.param(Q2, {"DISTRICT-1": ["STEP"], "DISTRICT-2": ["STEP"]}, id="merged"),
        pytest.param(
            Q3,
            {
                "DISTRICT-1": ["CUL"],
                "DISTRICT-2": ["CUL"],
                "STEP": ["CUL"],
                "BOTH": ["CARE", "CUL"],
            },
            id="chain-and-split",
        ),
    ],
)
def test_kpi_successors(council: Council, quarter: Quarter, successors: dict[str, str]) -> None:
    """An old reference leads to the KPIs of the quarter, through those replaced in between."""
    assert council.kpi_successors(quarter) == successors


@pytest.mark.parametrize(
    ("quarter", "mergers", "predecessors"),
    [
        pytest.param(Q1, {}, {}, id="nothing-replaced-yet"),
        pytest.param(
            Q2, {"DISTRICT-1": ["DISTRICT-2"], "DISTRICT-2": ["DISTRICT-1"]}, {}, id="merged"
        ),
        pytest.param(
            Q3,
            {
                "DISTRICT-1": ["BOTH", "DISTRICT-2"],
                "DISTRICT-2": ["BOTH", "DISTRICT-1"],
                "STEP": ["BOTH"],
            },
            {},
            id="joined-by-a-part-of-another",
        ),
    ],
)
def test_kpi_mergers_and_predecessors(
    council: Council,
    quarter: Quarter,
    mergers: dict[str, list[str]],
    predecessors: dict[str, str],
) -> None:
    """They are those of the quarter."""
    assert council.kpi_mergers(quarter) == mergers
    assert council.kpi_predecessors(quarter) == predecessors


@pytest.mark.parametrize(
    ("links", "mergers", "predecessors"),
    [
        pytest.param("A-C", {}, {"A": "C"}, id="renamed"),
        pytest.param("A-B B-C", {}, {"A": "C", "B": "C"}, id="renamed-twice"),
        pytest.param("A-C B-C", {"A": ["B"], "B": ["A"]}, {}, id="merged"),
        pytest.param(
            "A-C B-C E-C",
            {"A": ["B", "E"], "B": ["A", "E"], "E": ["A", "B"]},
            {},
            id="merged-of-three",
        ),
        pytest.param(
            "A-M B-M M-C", {"A": ["B"], "B": ["A"]}, {"M": "C"}, id="merged-and-then-renamed"
        ),
        pytest.param(
            "A-B B-C E-C",
            {"A": ["E"], "B": ["E"], "E": ["A", "B"]},
            {},
            id="renamed-and-then-merged",
        ),
        pytest.param("A-C A-D", {}, {}, id="split"),
        pytest.param("B-A A-C A-D", {}, {}, id="renamed-and-then-split"),
        pytest.param("A-C A-X", {}, {}, id="split-with-one-ended"),
        pytest.param("A-B B-D A-C", {}, {"B": "D"}, id="split-and-then-renamed"),
        pytest.param(
            "A-P A-Q P-C Q-C",
            {"P": ["A", "Q"], "Q": ["A", "P"]},
            {"A": "C"},
            id="split-and-merged-again",
        ),
        pytest.param("A-B B-C A-C", {"B": ["A"]}, {"A": "C"}, id="part-taken-round"),
        pytest.param("A-X B-X", {}, {}, id="merged-into-one-that-ended"),
    ],
)
def test_a_code_is_the_whole_of_another_or_a_part(
    links: str, mergers: dict[str, list[str]], predecessors: dict[str, str]
) -> None:
    """Renaming keeps the whole; merging makes a part of it. C and D are live."""
    children: dict[str, list[str]] = {}
    for old, new in (link.split("-") for link in links.split()):
        children.setdefault(old, []).append(new)
    assert merged_codes(children, {"C", "D"}) == mergers
    assert whole_predecessors(children, {"C", "D"}) == predecessors


def test_present_directorates(council: Council) -> None:
    """Each KPI of Q1 or Q2 is where it, its service or its directorate is in Q3."""
    kpis = council.kpis_in_force(Q2)
    found = council.present_directorates(kpis, Q3)
    assert dict(zip(kpis["kpi_ref"], found.fillna("nowhere"), strict=True)) == {
        "CARE": "people",  # live, in the same place
        "ROAD": "people",  # live, moved with its service
        "STEP": "places",  # replaced by one KPI
        "BOTH": "places",  # replaced by two, but its service by one
        "CALL": "places",  # its service ended, its directorate was replaced by one
        "STAFF": "nowhere",  # its directorate was split
        "WHO": "nowhere",  # of the whole council, which has no KPI left
    }


def test_present_directorate_through_a_chain_of_services(council: Council) -> None:
    """Libraries became heritage in Q2, and heritage culture in Q3."""
    kpis = council.kpis_in_force(Q1)
    is_library = kpis["kpi_ref"] == "LIB"
    assert list(council.present_directorates(kpis[is_library], Q2)) == ["people"]
    assert list(council.present_directorates(kpis[is_library], Q3)) == ["places"]


def test_present_directorates_are_aligned(council: Council) -> None:
    """The series has the frame's own index, whatever it is."""
    kpis = council.kpis_in_force(Q1).iloc[[3, 1]]
    found = council.present_directorates(kpis, Q1)
    assert found.index.equals(kpis.index)
    assert list(found) == list(kpis["directorate_code"])


def test_whole_council_stays_where_it_has_kpis(council: Council) -> None:
    """A KPI of the whole council is counted there while some KPI belongs to it."""
    kpis = council.kpis_in_force(Q1)
    found = council.present_directorates(kpis, Q2)
    assert list(found[kpis["kpi_ref"] == "WHO"]) == ["whole_council"]


def test_no_kpis_have_no_directorates(council: Council) -> None:
    """An empty frame gives an empty series of texts."""
    kpis = council.kpis_in_force(Quarter(2020, 1))
    found = council.present_directorates(kpis, Q3)
    pd.testing.assert_series_equal(found, pd.Series([], dtype="str"), check_names=False)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        pytest.param(
            "museums,culture", "museums,cultur", 4, ["The service `cultur`", "`culture`?"], id="new"
        ),
        pytest.param(
            "customers,places",
            "customers,zzz",
            5,
            ["directorate `zzz`", "directorates.csv"],
            id="new-directorate",
        ),
        pytest.param("STEP,CUL", "STEP,CLU", 10, ["The KPI `CLU`", "`CUL`?"], id="new-kpi"),
        pytest.param(
            "DISTRICT-1,STEP,2023-24-Q2",
            "DISTRICT-1,STEP,2023-24-Q1",
            8,
            ["`STEP` replaces another in 2023-24-Q1, but does not hold then"],
            id="new-code-has-not-begun",
        ),
        pytest.param(
            "libraries,heritage,2023-24-Q2",
            "libraries,heritage,2023-24-Q3",
            2,
            ["The service `heritage` replaces another in 2023-24-Q3, but does not hold then"],
            id="new-code-has-ended",
        ),
        pytest.param(
            "DISTRICT-1,",
            "ROAD,",
            8,
            [
                "The KPI `ROAD` is replaced from 2023-24-Q2 on, but still holds in 2023-24-Q2",
                "End it (valid_to in register/kpis.csv)",
            ],
            id="old-code-is-live",
        ),
        pytest.param("DISTRICT-1,", "road,", 8, ["`road`", "still holds"], id="old-looks-live"),
        pytest.param(
            "DISTRICT-2,STEP",
            "district-1,STEP",
            9,
            ["looks like `DISTRICT-1` on line 8"],
            id="old-codes-look-alike",
        ),
        pytest.param(
            "DISTRICT-2,STEP",
            "DISTRICT-1,STEP",
            9,
            ["`kpi DISTRICT-1 STEP`", "Keep one"],
            id="twice",
        ),
        pytest.param(
            "DISTRICT-1,STEP",
            "STEP,STEP",
            8,
            ["`STEP` is replaced by `STEP`", "back to it"],
            id="by-itself",
        ),
        pytest.param("service,museums", "team,museums", 4, ["directorate, service or"], id="kind"),
        pytest.param("2023-24-Q3,Split\nkpi,D", "Q3,\nkpi,D", 7, ["not a quarter"], id="quarter"),
    ],
)
def test_mistake_in_the_successors(old: str, new: str, line: int, words: Sequence[str]) -> None:
    """A replacement that cannot have happened is one mistake."""
    assert_one_mistake(mistakes_with("successors", old, new), line, words)


def test_circle_is_found_at_the_row_that_closes_it() -> None:
    """Codes that replace each other in turn are a mistake, reported once."""
    circle = "kpi,BOTH,CUL,2023-24-Q3,Split\nkpi,CUL,DISTRICT-1,2024-25-Q1,"
    mistakes = mistakes_with("successors", "kpi,BOTH,CUL,2023-24-Q3,Split", circle)
    assert [mistake.line for mistake in mistakes] == [13, 13, 13]
    found = " ".join(mistake.found for mistake in mistakes)
    assert "`CUL` is replaced by `DISTRICT-1`, which leads back to it." in found
    assert "The KPI `DISTRICT-1` is not in register/kpis.csv." in found
    assert "The KPI `CUL` is replaced from 2024-25-Q1 on, but still holds" in found


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        pytest.param("services", "service_code", "code", id="heading"),
        pytest.param("services", "5,2023-24-Q2,2023-24-Q2", "5,2023-24-Q9,2023-24-Q2", id="key"),
        pytest.param("kpis", "CALL,CALL", "CALL ,CALL", id="code"),
    ],
)
def test_what_could_not_be_read_is_not_held_against_successors(
    table: str, old: str, new: str
) -> None:
    """A mistake in the codes' own table brings none in the successors."""
    assert {mistake.file for mistake in mistakes_with(table, old, new)} == {f"register/{table}.csv"}


@given(
    st.dictionaries(st.integers(0, 9).map(str), st.lists(st.integers(0, 9).map(str), max_size=4)),
    st.sets(st.integers(0, 9).map(str)),
)
def test_following_codes_ends_at_live_ones(children: dict[str, list[str]], live: set[str]) -> None:
    """Whatever replaced what, circles among it, only live codes are reached, a live one at once."""
    for code in map(str, range(10)):
        ends = live_ends(code, children, live)
        assert ends == sorted(set(ends) & live)
        if code in live:
            assert ends == [code]
        else:
            assert live.intersection(children.get(code, ())) <= set(ends)
