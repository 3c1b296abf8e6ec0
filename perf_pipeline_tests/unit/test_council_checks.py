"""Whether the parts of a council folder agree: each mistake with its file, line and remedy."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from perf_pipeline.council import read_council
from perf_pipeline.errors import CouncilError, Mistake

COUNCIL = """\
name: Testshire Council
first_quarter: 2023-24-Q1
default_rule: relative
return_deadline_working_days: 10
rules:
  relative:
    kind: tolerance_relative
    green_pct: 0
    amber_pct: 10
  points:
    kind: tolerance_points
    green_points: 0
    amber_points: 2.5
"""
SOURCES = """\
sources:
  - source_code: adults
    source_name: Adults
    contact_role: Performance Lead
    kind: csv
    location: returns/{quarter}/adults.csv
    columns: {Ref: kpi_ref, Value: value}
  - source_code: children
    source_name: Children
    contact_role: Data Manager
    kind: sql
    url: sqlite:///{council}/case.sqlite
    query: sql/children.sql
    columns: {ref: kpi_ref, value: value}
"""
DIRECTORATES = """\
directorate_code,directorate_name,display_order,valid_from,valid_to
ADU,Adults,1,2023-24-Q1,
CHI,Childrens,2,2023-24-Q1,
"""
SERVICES = """\
service_code,service_name,directorate_code,display_order,valid_from,valid_to
care,Care,ADU,1,2023-24-Q1,
schools,Schools,CHI,1,2023-24-Q1,
"""
KPIS = """\
kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,\
polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,\
baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,\
note_text,valid_from,valid_to
AD-01,Reviews done,,care,,,adults,percent,higher,targeted,,Q1 Q2 Q3 Q4,0,false,,1,,,Head,true,,\
2023-24-Q1,
CH-01,Schools inadequate,,schools,,,children,number,lower,targeted,points,Q2 Q4,0,true,,0,-3,9.5,\
Head,true,"Two
lines",2023-24-Q1,2024-25-Q4
CH-02,Complaints,,schools,,,children,number,none,data_only,,Q1,0,false,,0,,,Head,true,,2023-24-Q2,
"""
TARGETS = """\
kpi_ref,target_value,floor_value,lower_value,upper_value,is_illustrative,note_text,valid_from,\
valid_to
AD-01,80,,,,true,,2023-24-Q1,2023-24-Q4
CH-01,0,,,,true,,2023-24-Q1,2024-25-Q4
"""
BREAKDOWNS = """\
breakdown_type_code,breakdown_category_code,breakdown_category_name,display_order
phase,primary,Primary,1
phase,secondary,Secondary,2
"""
HISTORY = """\
kpi_ref,quarter_key,outturn_value,is_illustrative,note_text
AD-01,2022-23-Q1,71.5,true,
AD-01,2022-23-Q2,72,true,
"""
IN_DEVELOPMENT = """\
directorate_code,indicator_order,indicator_text,valid_from,valid_to
CHI,1,Housing of care leavers,2023-24-Q1,
"""
KEY_ISSUE_NOTES = """\
quarter_key,directorate_code,issue_order,issue_text
2023-24-Q1,ADU,1,Waiting lists
"""
RECEIPTS = """\
quarter_key,source_code,received_date
2023-24-Q1,adults,2023-07-14
2023-24-Q1,children,2023-07-17
"""
FILES = {
    "council.yaml": COUNCIL,
    "sources.yaml": SOURCES,
    "sql/children.sql": "select ref, value from figures",
    "register/directorates.csv": DIRECTORATES,
    "register/services.csv": SERVICES,
    "register/kpis.csv": KPIS,
    "register/targets.csv": TARGETS,
    "register/breakdowns.csv": BREAKDOWNS,
    "register/history.csv": HISTORY,
    "register/in_development.csv": IN_DEVELOPMENT,
    "register/key_issue_notes.csv": KEY_ISSUE_NOTES,
    "register/receipts.csv": RECEIPTS,
}
OPTIONAL = ("breakdowns", "history", "in_development", "key_issue_notes", "receipts")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A council folder without mistakes, without the optional tables."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        if Path(name).stem not in OPTIONAL:
            (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Write a file with the one place changed where a text stands."""
    text = FILES[name]
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def mistakes_of(folder: Path) -> Sequence[Mistake]:
    """Return what is wrong with a folder."""
    with pytest.raises(CouncilError) as caught:
        read_council(folder)
    return caught.value.mistakes


def places_of(folder: Path) -> Sequence[tuple[str, int]]:
    """Return where a folder's mistakes are."""
    return [(mistake.file, mistake.line) for mistake in mistakes_of(folder)]


def assert_one_mistake(folder: Path, file: str, line: int, words: Sequence[str]) -> None:
    """Assert that a folder has one mistake, where it is, and what it says."""
    (mistake,) = mistakes_of(folder)
    assert (mistake.file, mistake.line) == (file, line), mistake
    for word in words:
        assert word in f"{mistake.found} {mistake.remedy}"
    assert mistake.found.endswith(".")
    assert mistake.remedy.endswith((".", "?"))


def test_folder_without_mistakes_is_read(folder: Path) -> None:
    """The folder that the other tests break is right, with every optional table too."""
    for table in OPTIONAL:
        (folder / "register" / f"{table}.csv").write_text(FILES[f"register/{table}.csv"])
    council = read_council(folder)
    assert (council.name, list(council.sources)) == ("Testshire Council", ["adults", "children"])
    assert len(council.receipts) == 2


@pytest.mark.parametrize(
    ("table", "old", "new", "line", "words"),
    [
        pytest.param("services", "CHI", "CHY", 3, ["`CHY`", "mean `CHI`?"], id="no-directorate"),
        pytest.param("kpis", ",care", ",zzz", 2, ["Add it to register/serv"], id="no-service"),
        pytest.param("kpis", "adults", "adlts", 2, ["sources.yaml", "`adults`?"], id="no-source"),
        pytest.param("kpis", "ed,points", "ed,point", 3, ["rule `point`", "`points`?"], id="rule"),
        pytest.param("targets", "AD-01", "AD-O1", 2, ["`AD-O1`", "`AD-01`?"], id="target-kpi"),
        pytest.param(
            "history", "AD-01,2022-23-Q1", "AD-1,2022-23-Q1", 2, ["`AD-01`?"], id="history-kpi"
        ),
        pytest.param("in_development", "CHI", "CHX", 2, ["mean `CHI`?"], id="development"),
        pytest.param("key_issue_notes", "ADU", "AUD", 2, ["`AUD`"], id="note-directorate"),
        pytest.param("receipts", "children", "childern", 3, ["`children`?"], id="receipt-source"),
        pytest.param("targets", "2023-24-Q4", "2022-23-Q4", 2, ["is before", "Swap"], id="back"),
        pytest.param("targets", "CH-01,0", "AD-01,9", 3, ["line 2", "overlaps"], id="target-twice"),
        pytest.param(
            "directorates", "CHI,", "ADU,X,3,2024-25-Q1,\nCHI,", 3, ["line 2"], id="directorate"
        ),
        pytest.param(
            "services", "schools,S", "care,X,CHI,9,2024-25-Q1,\nschools,S", 3, ["line 2"], id="care"
        ),
        pytest.param(
            "in_development",
            "leavers,",
            "leavers,2023-24-Q1,2023-24-Q2\nCHI,1,B,",
            3,
            ["line 2"],
            id="development-twice",
        ),
        pytest.param("breakdowns", "secondary,", "primary,", 3, ["Keep one"], id="breakdown-twice"),
        pytest.param("breakdowns", "phase,primary", "All,x", 2, ["KPI's own"], id="headline"),
        pytest.param("history", "23-Q2", "23-Q1", 3, ["line 2", "Keep one"], id="history-twice"),
        pytest.param("receipts", "children", "adults", 3, ["Keep one"], id="receipt-twice"),
        pytest.param(
            "key_issue_notes",
            "2023-24",
            "2023-24-Q1,ADU,1,A\n2023-24",
            3,
            ["line 2"],
            id="note-twice",
        ),
        pytest.param("kpis", "CH-02", "ch-01", 5, ["looks like `CH-01`"], id="look-alike-case"),
        pytest.param("kpis", "CH-02", "\uff23H-01", 5, ["line 3"], id="look-alike-width"),
        pytest.param("kpis", "lower", "none", 3, ["KPI `CH-01`", "data_only"], id="no-polarity"),
        pytest.param("kpis", "-3,9.5", "10,9.5", 3, ["of 10, above", "9.5"], id="range"),
        pytest.param("kpis", "1,,,", "1,100.5,,", 2, ["100.5", "100"], id="range-by-unit"),
        pytest.param("targets", "CH-01,0", "CH-01,9.6", 3, ["9.6", "-3 to 9.5"], id="above-range"),
        pytest.param("targets", "AD-01,80", "AD-01,-1", 2, ["0 to 100"], id="below-unit"),
        pytest.param("targets", "AD-01,80", "AD-01,0.0", 2, ["KPI `AD-01`", "points"], id="zero"),
        pytest.param("key_issue_notes", "2023-24-Q1", "2022-23-Q4", 2, ["in 2022-23-Q4"], id="old"),
        pytest.param("targets", "2024-25-Q4", "", 3, ["`CH-01`", "2025-26-Q1"], id="target-stays"),
    ],
)
def test_mistake_between_rows(
    folder: Path, table: str, old: str, new: str, line: int, words: Sequence[str]
) -> None:
    """Rows that contradict each other are reported at the row to look at first."""
    change(folder, f"register/{table}.csv", old, new)
    assert_one_mistake(folder, f"register/{table}.csv", line, words)


def test_kpi_left_out_of_the_differences_between_groups_is_in_the_register(folder: Path) -> None:
    """A KPI that `group_differences` leaves out and the register does not have is a mistake."""
    section = "group_differences: {except_kpis: [AD-01, AD-O1]}\nrules:"
    change(folder, "council.yaml", "rules:", section)
    assert_one_mistake(folder, "council.yaml", 5, ["`AD-O1`", "mean `AD-01`?"])


@pytest.mark.parametrize(
    ("name", "old", "new", "places"),
    [
        pytest.param(
            "register/services.csv",
            "CHI,1,2023-24-Q1,",
            "CHI,1,2023-24-Q1,2024-25-Q3",
            [("register/kpis.csv", 3), ("register/kpis.csv", 5)],
            id="service-closed-while-kpis-live",
        ),
        pytest.param(
            "register/directorates.csv",
            "ADU,Adults,1,2023-24-Q1",
            "ADU,Adults,1,2023-24-Q2",
            [("register/services.csv", 2)],
            id="directorate-begins-after-service",
        ),
        pytest.param(
            "register/kpis.csv",
            "CH-02",
            "CH-01",
            [("register/kpis.csv", 5)],
            id="kpi-twice",
        ),
        pytest.param(
            "council.yaml",
            "kind: tolerance_points\n    green_points: 0\n    amber_points",
            "kind: tolerance_relative\n    green_pct: 0\n    amber_pct",
            [("register/targets.csv", 3)],
            id="rule-becomes-relative-under-a-target-of-0",
        ),
        pytest.param(
            "sources.yaml",
            "code: children",
            "code: adults",
            [("register/kpis.csv", 3), ("register/kpis.csv", 5), ("sources.yaml", 8)],
            id="source-twice",
        ),
        pytest.param(
            "sources.yaml", "sql/children", "sql/kids", [("sources.yaml", 13)], id="no-query-file"
        ),
        pytest.param(
            "sources.yaml", "sql/children", "/sql/children", [("sources.yaml", 13)], id="absolute"
        ),
        pytest.param("sources.yaml", "sql/children.sql", "sql", [("sql", 0)], id="query-is-folder"),
    ],
)
def test_mistake_with_consequences_elsewhere(
    folder: Path, name: str, old: str, new: str, places: Sequence[tuple[str, int]]
) -> None:
    """A change in one file is reported wherever another no longer agrees with it."""
    change(folder, name, old, new)
    assert places_of(folder) == places


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param("register/directorates.csv", "ADU,Adults", "ADU,Ad,ults", id="row"),
        pytest.param("register/services.csv", "service_code", "code", id="heading"),
        pytest.param("council.yaml", "rules:", "rules: [", id="rules"),
        pytest.param("sources.yaml", "sources:", "sources: [", id="sources"),
        pytest.param("register/kpis.csv", "percent", "percentage", id="unit"),
        pytest.param("register/kpis.csv", "2023-24-Q1,\nCH-01", "2023-24-Q9,\nCH-01", id="key"),
    ],
)
def test_what_could_not_be_read_is_not_called_missing(
    folder: Path, name: str, old: str, new: str
) -> None:
    """References into a file that could not be read in full bring no further mistakes."""
    change(folder, name, old, new)
    assert {file for file, _ in places_of(folder)} == {name}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("council.yaml", ["no such file", "rating rules"], id="council"),
        pytest.param("sources.yaml", ["no such file", "each source"], id="sources"),
        pytest.param("register/kpis.csv", ["no such file", "kpi_ref,kpi_name"], id="kpis"),
        pytest.param("register/targets.csv", ["no such file", "target_value"], id="targets"),
    ],
)
def test_missing_file(folder: Path, name: str, words: Sequence[str]) -> None:
    """A required file that is not there is one mistake."""
    (folder / name).unlink()
    assert_one_mistake(folder, name, 0, words)


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    missing = tmp_path / "nowhere"
    assert_one_mistake(missing, str(missing), 0, ["no such folder", "council.yaml"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("histroy", ["Nothing reads", "`history.csv`?"], id="misspelt"),
        pytest.param("zzz", ["Nothing reads", "Move it out"], id="alien"),
    ],
)
def test_file_that_nothing_reads(folder: Path, name: str, words: Sequence[str]) -> None:
    """A file in the register that is none of its tables is a mistake, not passed over."""
    (folder / "register" / f"{name}.csv").write_text("a,b\n")
    assert_one_mistake(folder, f"register/{name}.csv", 0, words)


def test_yaml_over_a_megabyte(folder: Path) -> None:
    """A file that is too large is refused before it is parsed."""
    (folder / "council.yaml").write_text("# " + "x" * 1_000_000)
    assert_one_mistake(folder, "council.yaml", 0, ["larger than 1 MB"])


def test_every_mistake_is_reported_at_once(folder: Path) -> None:
    """Mistakes of all files come together, in file and line order."""
    change(folder, "council.yaml", "rule: relative", "rule: lax")
    change(folder, "sources.yaml", "Value: value", "Value: figure")
    change(folder, "register/kpis.csv", "higher", "up")
    change(folder, "register/targets.csv", "AD-01,80", "AD-02,80%")
    change(folder, "register/receipts.csv", "07-17", "02-30")
    (folder / "register/services.csv").unlink()
    assert places_of(folder) == [
        ("council.yaml", 3),
        ("register/kpis.csv", 2),
        ("register/receipts.csv", 3),
        ("register/services.csv", 0),
        ("register/targets.csv", 2),
        ("register/targets.csv", 2),
        ("sources.yaml", 7),
    ]
