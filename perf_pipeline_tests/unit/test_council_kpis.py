"""Whether a KPI's figures can be compared as its row and its rule of the time say."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from perf_pipeline.council import read_council
from perf_pipeline.errors import CouncilError, Mistake

FILES = {
    "council.yaml": """\
name: Testshire Council
first_quarter: 2023-24-Q1
return_deadline_working_days: 10
default_rule:
  - {rule: met, valid_to: 2024-25-Q4}
  - {rule: baseline, valid_from: 2025-26-Q1}
rules:
  met: {kind: two_colour}
  baseline: {kind: improvement, comparator: baseline, amber_when: improved}
  last-year: {kind: improvement, comparator: last_year, amber_when: improved}
  before: {kind: improvement, comparator: previous_quarter, amber_when: improved}
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
    "register/targets.csv": """\
kpi_ref,target_value,floor_value,lower_value,upper_value,is_illustrative,note_text,valid_from,\
valid_to
""",
}
KPIS = """\
kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,\
polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,\
baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,\
note_text,valid_from,valid_to
"""
BREAKS = "kpi_ref,quarter_key,reason_code,note_text\n"
THEN, NOW = "2023-24-Q1,2023-24-Q4", "2024-25-Q1,2024-25-Q4"


def kpi(
    quarters: str = THEN,
    *,
    ref: str = "A1",
    rule: str = "",
    due: str = "Q1 Q2 Q3 Q4",
    arrears: int | str = 0,
    year_to_date: str = "false",
) -> str:
    """Return a row of the KPIs: A1, a percentage that every quarter's return holds."""
    return (
        f"{ref},{ref},,care,,,adults,percent,higher,targeted,{rule},{due},{arrears},{year_to_date},"
        f",1,,,Head,true,,{quarters}\n"
    )


def mistakes_of(
    folder: Path, kpis: str, breaks: str = BREAKS, sections: str = ""
) -> Sequence[Mistake]:
    """Return what is wrong with a council folder of some KPIs."""
    (folder / "register").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text + sections * (name == "council.yaml"), encoding="utf-8")
    (folder / "register" / "kpis.csv").write_text(KPIS + kpis, encoding="utf-8")
    (folder / "register" / "series_breaks.csv").write_text(breaks, encoding="utf-8")
    try:
        read_council(folder)
    except CouncilError as error:
        return error.mistakes
    return ()


def places_of(mistakes: Sequence[Mistake]) -> Sequence[tuple[str, int]]:
    """Return where mistakes are."""
    return [(mistake.file, mistake.line) for mistake in mistakes]


def test_arrears_that_change_without_a_break(tmp_path: Path) -> None:
    """The later row is told, with the row that the breaks lack."""
    (mistake,) = mistakes_of(tmp_path, kpi() + kpi(NOW, arrears=1))
    assert (mistake.file, mistake.line) == ("register/kpis.csv", 3)
    assert "`A1` has `arrears_quarter_count` 1 from 2024-25-Q1 on, and 0 before" in mistake.found
    assert "register/series_breaks.csv, such as `A1,2024-25-Q1,definition_" in mistake.remedy


@pytest.mark.parametrize(
    ("kpis", "breaks", "lines"),
    [
        pytest.param(
            kpi() + kpi(NOW, arrears=1), "A1,2024-25-Q1,definition_changed,\n", [], id="broken"
        ),
        pytest.param(
            kpi() + kpi(NOW, arrears=1), "A1,2024-25-Q2,definition_changed,\n", [3], id="late"
        ),
        pytest.param(
            kpi() + kpi(NOW, arrears=1) + kpi(ref="B1"),
            "B1,2024-25-Q1,definition_changed,\n",
            [3],
            id="break-of-another-kpi",
        ),
        pytest.param(kpi(NOW, arrears=1) + kpi(), "", [2], id="later-row-written-first"),
        pytest.param(kpi(arrears=1) + kpi(NOW, arrears=1), "", [], id="the-same-arrears"),
        pytest.param(kpi() + kpi(NOW, ref="B1", arrears=1), "", [], id="another-kpi"),
        pytest.param(
            kpi(arrears=2) + kpi("2024-25-Q1,2024-25-Q2") + kpi("2024-25-Q3,", arrears=1),
            "",
            [3, 4],
            id="twice",
        ),
        pytest.param(kpi() + kpi("2025-26-Q1,", rule="met", arrears=1), "", [3], id="after-a-gap"),
    ],
)
def test_arrears_need_a_break_where_they_change(
    tmp_path: Path, kpis: str, breaks: str, lines: list[int]
) -> None:
    """A row is held against the one before it, and a break has to begin with it."""
    kpis = kpis.replace("targeted,,", "targeted,met,")
    found = mistakes_of(tmp_path, kpis, BREAKS + breaks)
    assert places_of(found) == [("register/kpis.csv", line) for line in lines]


@pytest.mark.parametrize(
    "breaks",
    [
        pytest.param(BREAKS + "A1,Q1,definition_changed,\n", id="quarter"),
        pytest.param(BREAKS.replace("quarter_key", "quarter"), id="heading"),
    ],
)
def test_breaks_that_cannot_be_read_are_not_held_against_arrears(
    tmp_path: Path, breaks: str
) -> None:
    """A mistake in the breaks brings none in the KPIs."""
    found = mistakes_of(tmp_path, kpi() + kpi(NOW, arrears=1), breaks)
    assert {mistake.file for mistake in found} == {"register/series_breaks.csv"}


def test_arrears_that_cannot_be_read_are_one_mistake(tmp_path: Path) -> None:
    """A row in doubt is not held against the one before it."""
    found = mistakes_of(tmp_path, kpi() + kpi(NOW, arrears="one"))
    assert places_of(found) == [("register/kpis.csv", 3)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(
            kpi(rule="before", year_to_date="true"),
            ["`A1` adds up from April", "`before`", "never be amber", "last_year or baseline"],
            id="every-quarter",
        ),
        pytest.param(kpi(rule="before", due="Q2 Q4", year_to_date="true"), ["never"], id="twice"),
        pytest.param(kpi(rule="before", due="Q4", year_to_date="true"), [], id="once-a-year"),
        pytest.param(kpi(rule="last-year", year_to_date="true"), [], id="last-year"),
        pytest.param(kpi(rule="before"), [], id="no-sum"),
    ],
)
def test_sum_from_april_is_never_better_than_the_quarter_before(
    tmp_path: Path, row: str, words: Sequence[str]
) -> None:
    """Only figures of the same point of the year can show an improvement."""
    found = mistakes_of(tmp_path, row)
    assert places_of(found) == [("register/kpis.csv", 2)] * bool(words)
    for word in words:
        assert word in str(found[0])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("Q1 Q2 Q3 Q4", "Q1 Q9", id="due"),
        pytest.param(",true,", ",yes,", id="year-to-date"),
        pytest.param("higher", "hihger", id="polarity"),
    ],
)
def test_cell_that_cannot_be_read_is_one_mistake(tmp_path: Path, old: str, new: str) -> None:
    """What a KPI's row does not say is not held against its rule."""
    row = kpi(rule="before", year_to_date="true" if old != "higher" else "false").replace(
        "Head,true", "Head,false"
    )
    assert row.count(old) == 1
    assert places_of(mistakes_of(tmp_path, row.replace(old, new))) == [("register/kpis.csv", 2)]


@pytest.mark.parametrize(
    ("row", "comparison", "quarter"),
    [
        pytest.param(kpi("2023-24-Q1,"), "{dead_band_pct: 1}", "2025-26-Q1", id="none"),
        pytest.param(
            kpi("2023-24-Q1,"),
            "[{valid_to: 2025-26-Q2}, {baseline_quarter: 2023-24-Q1, valid_from: 2025-26-Q3}]",
            "2025-26-Q1",
            id="later-than-the-rule",
        ),
        pytest.param(
            kpi("2023-24-Q1,"),
            "[{valid_to: 2024-25-Q4}, {baseline_quarter: 2023-24-Q1, valid_from: 2025-26-Q1}]",
            None,
            id="with-the-rule",
        ),
        pytest.param(
            kpi("2023-24-Q1,"),
            "[{baseline_quarter: 2023-24-Q1, valid_to: 2026-27-Q1}, {valid_from: 2026-27-Q2}]",
            "2026-27-Q2",
            id="no-longer",
        ),
        pytest.param(
            kpi(rule="baseline"),
            "[{baseline_quarter: 2023-24-Q1, valid_to: 2023-24-Q4}, {valid_from: 2024-25-Q1}]",
            None,
            id="after-the-row",
        ),
    ],
)
def test_rule_on_the_baseline_needs_one_in_its_quarters(
    tmp_path: Path, row: str, comparison: str, quarter: str | None
) -> None:
    """The council's baseline is dated, and so is the rule that asks for it."""
    found = mistakes_of(tmp_path, row, sections=f"comparison: {comparison}\n")
    assert places_of(found) == [("register/kpis.csv", 2)] * bool(quarter)
    for mistake in found:
        assert f"in {quarter} has none" in mistake.found


def test_comparison_that_cannot_be_told_is_not_held_against_kpis(tmp_path: Path) -> None:
    """A mistake in the section brings none in the register."""
    comparison = "comparison: {baseline_quarter: 2019}\n"
    found = mistakes_of(tmp_path, kpi(rule="baseline"), sections=comparison)
    assert {mistake.file for mistake in found} == {"council.yaml"}
