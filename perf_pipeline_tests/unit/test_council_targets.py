"""Whether targets are what the rules ask for by which they judge, and KPIs can be judged."""

import functools
from collections.abc import Sequence

import pytest

from perf_pipeline.council.checks import register_mistakes
from perf_pipeline.council.declared_rules import DeclaredRules
from perf_pipeline.council.kpi_checks import kpi_mistakes
from perf_pipeline.council.register import REGISTER, RegisterTable, read_table
from perf_pipeline.council.settings import checked_council
from perf_pipeline.council.target_checks import target_mistakes
from perf_pipeline.council.yaml_files import read_yaml
from perf_pipeline.errors import Mistake

COUNCIL = """\
name: Testshire Council
first_quarter: 2023-24-Q1
return_deadline_working_days: 10
default_rule:
  - {rule: relative, valid_to: 2023-24-Q4}
  - {rule: floor, valid_from: 2024-25-Q1}
rules:
  relative: {kind: tolerance_relative, green_pct: 0, amber_pct: 10}
  points: {kind: tolerance_points, green_points: 0, amber_points: 2}
  floor: {kind: floor}
  range: {kind: range, amber_points: 2}
  range-pct: {kind: range, amber_pct: 5}
  range-strict: {kind: range, amber_pct: 0}
  better: {kind: improvement, comparator: last_year, amber_when: improved}
  better-pct: {kind: improvement, green_pct: 5, comparator: last_year, amber_when: improved}
  better-points: {kind: improvement, green_points: 5, comparator: last_year, amber_when: improved}
  baseline: {kind: improvement, comparator: baseline, amber_when: improved}
  two-colour: {kind: two_colour}
  judged: {kind: judgement}
"""
KPIS = """\
kpi_ref,kpi_name,definition_text,service_code,priority_code,theme_code,source_code,unit_code,\
polarity_code,basis_code,rule_name,due_quarters_text,arrears_quarter_count,is_year_to_date,\
baseline_quarter_key,decimal_places,minimum_value,maximum_value,owner_name,is_illustrative,\
note_text,valid_from,valid_to
"""
TARGETS = """\
kpi_ref,target_value,floor_value,lower_value,upper_value,is_illustrative,note_text,valid_from,\
valid_to
"""


def kpi(
    rule: str = "",
    *,
    polarity: str = "higher",
    basis: str = "targeted",
    arrears: int | str = 0,
    baseline: str = "",
    quarters: str = "2023-24-Q1,2023-24-Q4",
) -> str:
    """Return a row of the KPIs: A1, a percentage."""
    return (
        f"A1,Reviews,,care,,,adults,percent,{polarity},{basis},{rule},Q1 Q2 Q3 Q4,{arrears},false,"
        f"{baseline},1,,,Head,true,,{quarters}\n"
    )


def target(values: str, quarters: str = "2023-24-Q1,2023-24-Q4") -> str:
    """Return a row of the targets: values are target, floor, lower and upper end."""
    return f"A1,{values},true,,{quarters}\n"


@functools.cache
def table_of(name: str, text: str | None) -> RegisterTable:
    """Read a table of the register, each text once."""
    return read_table(name, text.encode() if text else None)


def mistakes_with(kpis: str, targets: str, council: str = COUNCIL) -> Sequence[Mistake]:
    """Return what is wrong with KPIs and targets under the rules of a council."""
    file = read_yaml("council.yaml", council.encode())
    written = {"kpis": KPIS + kpis, "targets": TARGETS + targets}
    tables = {name: table_of(name, written.get(name)) for name in REGISTER}
    rules = DeclaredRules.of(file)
    found = {
        *checked_council(file)[1],
        *(mistake for table in tables.values() for mistake in table.mistakes),
        *register_mistakes(tables),
        *kpi_mistakes(tables["kpis"], rules),
        *target_mistakes(tables["targets"], tables["kpis"], rules),
    }
    return sorted(found)


def assert_one_mistake(
    mistakes: Sequence[Mistake], file: str, line: int, words: Sequence[str]
) -> None:
    """Assert that there is one mistake, where it is, and what it says."""
    assert [(mistake.file, mistake.line) for mistake in mistakes] == [(file, line)], mistakes
    for word in words:
        assert word in str(mistakes[0])
    assert mistakes[0].found.endswith(".")
    assert mistakes[0].remedy.endswith((".", "?"))


@pytest.mark.parametrize(
    ("row", "values"),
    [
        pytest.param(kpi("floor"), "90,80,,", id="floor-higher"),
        pytest.param(kpi("floor", polarity="lower"), "10,12,,", id="floor-lower"),
        pytest.param(kpi("floor"), "90,90,,", id="floor-is-the-target"),
        pytest.param(kpi("range", polarity="range"), ",,10,20", id="range"),
        pytest.param(kpi("range", polarity="range"), "20,,10,20", id="range-midpoint-at-its-end"),
        pytest.param(kpi("range", polarity="range"), ",,0,0", id="range-of-one-point"),
        pytest.param(kpi("range-strict", polarity="range"), ",,0,20", id="range-no-tolerance"),
        pytest.param(kpi("points", polarity="range"), "15,,,", id="midpoint-with-points"),
        pytest.param(kpi("better", polarity="range"), "15,,,", id="midpoint-improved"),
        pytest.param(kpi("points"), "0,,,", id="zero-in-points"),
        pytest.param(kpi("two-colour"), "0,,,", id="zero-two-colour"),
        pytest.param(kpi("better"), "0,,,", id="zero-improved-without-tolerance"),
        pytest.param(kpi("better-points"), "0,,,", id="zero-improved-in-points"),
        pytest.param(kpi("baseline", baseline="2019-20-Q4"), "5,,,", id="own-baseline"),
        pytest.param(kpi("judged", polarity="none"), "80,70,,", id="judged-with-targets"),
        pytest.param(kpi(basis="data_only", polarity="none"), "0,,,", id="target-of-no-rating"),
    ],
)
def test_target_that_its_rule_can_judge_by(row: str, values: str) -> None:
    """Targets of every kind of rule are accepted."""
    assert not mistakes_with(row, target(values))


@pytest.mark.parametrize(
    ("row", "values", "words"),
    [
        pytest.param(
            kpi("floor"),
            "90,,,",
            ["`A1` has no floor standard", "`floor` (kind floor)", "Write `floor_value`"],
            id="floor-missing",
        ),
        pytest.param(kpi("floor"), ",80,,", ["has no target,"], id="floor-without-target"),
        pytest.param(
            kpi("floor"),
            "80,90,,",
            ["floor standard of 90, above its target of 80", "the lower of the two"],
            id="floor-above",
        ),
        pytest.param(
            kpi("floor", polarity="lower"),
            "12,10,,",
            ["floor standard of 10, below", "lower is better", "the higher of the two"],
            id="floor-below",
        ),
        pytest.param(
            kpi("range", polarity="range"),
            "15,,,20",
            ["no lower end of the target range", "Write `lower_value`"],
            id="range-without-an-end",
        ),
        pytest.param(
            kpi("range", polarity="range"),
            ",,20,10",
            ["from 20 to 10", "upside down", "Swap"],
            id="range-upside-down",
        ),
        pytest.param(
            kpi("range", polarity="range"),
            "20.1,,10,20",
            ["target of 20.1, outside its target range of 10 to 20"],
            id="midpoint-outside",
        ),
        pytest.param(
            kpi("range-pct", polarity="range"),
            ",,0,20",
            ["ends at 0 and a relative rule", "amber_points"],
            id="range-relative-from-0",
        ),
        pytest.param(
            kpi("better-pct"),
            "0,,,",
            ["`A1` has a target of 0 and a relative rule", "points"],
            id="improvement-relative-to-0",
        ),
        pytest.param(kpi(), ",,,", ["has no target", "`relative`"], id="nothing"),
        pytest.param(
            kpi("points"),
            "80,70,,",
            ["has a floor standard, which its rule `points` (kind tolerance_points)", "kind floor"],
            id="floor-not-used",
        ),
        pytest.param(
            kpi("two-colour"),
            "80,,70,",
            ["lower end of the target range", "rule of kind range"],
            id="lower-end-not-used",
        ),
        pytest.param(
            kpi("floor"), "80,70,,90", ["upper end", "of kind range"], id="upper-end-not-used"
        ),
        pytest.param(
            kpi("floor"),
            "80,-1,,",
            ["The floor standard -1 of KPI `A1`", "0 to 100", "`floor_value`"],
            id="floor-impossible",
        ),
        pytest.param(
            kpi("range", polarity="range"),
            ",,10,100.5",
            ["The upper end of the target range 100.5", "(0 to 100)"],
            id="upper-end-impossible",
        ),
    ],
)
def test_target_that_its_rule_cannot_judge_by(row: str, values: str, words: Sequence[str]) -> None:
    """A target without what its KPI's rule needs, or that contradicts itself, is one mistake."""
    mistakes = mistakes_with(row, target(values))
    assert_one_mistake(mistakes, "register/targets.csv", 2, words)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(
            kpi(polarity="none"),
            ["`A1` is targeted, but its polarity is none", "rule of kind judgement"],
            id="no-polarity",
        ),
        pytest.param(
            kpi("range", polarity="higher"),
            ["`range`, a rule of kind range, but its polarity is higher", "Write range"],
            id="range-with-a-better-side",
        ),
        pytest.param(
            kpi("floor", polarity="range"),
            ["`floor`, a rule of kind floor", "a floor is on one side only"],
            id="floor-without-a-side",
        ),
        pytest.param(
            kpi("baseline"),
            ["`A1` is judged by `baseline`", "has none", "`baseline_quarter` under `comparison`"],
            id="no-baseline",
        ),
        pytest.param(
            kpi(baseline="2024-25-Q1"),
            ["baseline quarter 2024-25-Q1 of KPI `A1`", "last quarter, 2023-24-Q4"],
            id="baseline-after-the-end",
        ),
        pytest.param(kpi(baseline="2019"), ["`baseline_quarter_key`", "not a quarter"], id="year"),
        pytest.param(kpi(arrears=5), ["is `5`, more than a year", "0 to 4"], id="arrears"),
        pytest.param(kpi(arrears=""), ["`arrears_quarter_count` is empty"], id="no-arrears"),
        pytest.param(kpi(arrears="one"), ["not a whole number"], id="arrears-in-words"),
    ],
)
def test_kpi_that_cannot_be_judged(row: str, words: Sequence[str]) -> None:
    """A KPI whose polarity, baseline or arrears go with no rule of its quarters is one mistake."""
    assert_one_mistake(mistakes_with(row, ""), "register/kpis.csv", 2, words)


def test_baseline_of_the_council_is_every_kpis() -> None:
    """A KPI needs no baseline quarter of its own where the council has one."""
    council = COUNCIL + "comparison: {baseline_quarter: 2019-20-Q4}\n"
    assert not mistakes_with(kpi("baseline"), target("5,,,"), council)


def test_baseline_within_the_row_is_allowed() -> None:
    """A new KPI may be compared with its own first quarter."""
    assert not mistakes_with(kpi("baseline", baseline="2023-24-Q1"), target("5,,,"))


@pytest.mark.parametrize(
    ("targets", "lines"),
    [
        pytest.param(
            target("80,,,") + target("80,70,,", "2024-25-Q1,2024-25-Q4"), [], id="each-its-own"
        ),
        pytest.param(target("80,,,", "2023-24-Q1,2024-25-Q4"), [2], id="needs-a-floor-later"),
        pytest.param(target("80,70,,", "2023-24-Q4,2024-25-Q4"), [2], id="had-no-floor-before"),
        pytest.param(
            target("80,70,,") + target("80,,,", "2024-25-Q1,2024-25-Q4"), [2, 3], id="swapped"
        ),
    ],
)
def test_target_is_judged_by_the_default_rules_of_its_quarters(
    targets: str, lines: list[int]
) -> None:
    """The default is relative until 2023/24 and a floor after: each target must suit its own."""
    found = mistakes_with(kpi(quarters="2023-24-Q1,2024-25-Q4"), targets)
    assert [(mistake.file, mistake.line) for mistake in found] == [
        ("register/targets.csv", line) for line in lines
    ]


def test_own_rule_goes_over_the_default() -> None:
    """A KPI's rule is that of its row in each quarter, whatever the default is."""
    rows = kpi(quarters="2023-24-Q1,2024-25-Q1") + kpi("points", quarters="2024-25-Q2,")
    targets = (
        target("80,,,") + target("80,70,,", "2024-25-Q1,2024-25-Q1") + target("0,,,", "2024-25-Q2,")
    )
    assert not mistakes_with(rows, targets)


@pytest.mark.parametrize(
    ("arrears", "quarters", "words"),
    [
        pytest.param(1, "2022-23-Q4,2023-24-Q3", [], id="target-of-the-quarter-before-the-kpi"),
        pytest.param(
            0, "2022-23-Q4,2023-24-Q3", ["in 2022-23-Q4 KPI `A1` does not"], id="without-arrears"
        ),
        pytest.param(
            1, "2022-23-Q3,2023-24-Q3", ["in 2022-23-Q3 KPI `A1` does not"], id="too-early"
        ),
    ],
)
def test_target_in_arrears_may_be_earlier_than_its_kpi(
    arrears: int, quarters: str, words: Sequence[str]
) -> None:
    """A KPI in arrears is judged by targets of quarters before the first that reports it."""
    mistakes = mistakes_with(kpi(arrears=arrears), target("80,,,", quarters))
    assert len(mistakes) == len(words)
    for mistake, word in zip(mistakes, words, strict=True):
        assert word in mistake.found


@pytest.mark.parametrize(
    ("arrears", "count"), [pytest.param(0, 1, id="at-once"), pytest.param(1, 0, id="in-arrears")]
)
def test_rule_in_arrears_is_that_of_the_report(arrears: int, count: int) -> None:
    """The target of Q4 with a floor is judged in Q1's report, when the default is a floor rule."""
    row = kpi(arrears=arrears, quarters="2023-24-Q1,2024-25-Q1")
    assert len(mistakes_with(row, target("80,70,,", "2023-24-Q4,2023-24-Q4"))) == count


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("rules:", "rules: [", id="file"),
        pytest.param("floor: {kind: floor}", "floor: {kind: flor}", id="rule"),
        pytest.param("{rule: floor, valid_from: 2024-25-Q1}", "floor", id="default"),
    ],
)
def test_rule_that_cannot_be_told_is_not_held_against_targets(old: str, new: str) -> None:
    """A mistake in a rule's own entry brings no mistakes in the register."""
    row = kpi(quarters="2024-25-Q1,")
    found = mistakes_with(row, target("80,,,", "2024-25-Q1,"), COUNCIL.replace(old, new))
    assert {mistake.file for mistake in found} == {"council.yaml"}


def test_rule_name_that_cannot_be_read_is_not_held_against_targets() -> None:
    """A KPI whose rule is not told brings no mistakes in its targets."""
    found = mistakes_with(kpi("floor "), target("80,,,"))
    assert_one_mistake(found, "register/kpis.csv", 2, ["begins or ends with a space"])
