"""The rules of council.yaml: every kind, the default ones by quarter, and each mistake in them."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from perf_pipeline.council.dated_entries import dated_values, value_in_force
from perf_pipeline.council.default_rules import rule_name
from perf_pipeline.council.settings import CouncilSettings, checked_council
from perf_pipeline.council.yaml_files import read_yaml
from perf_pipeline.errors import Mistake
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparator, Rule, RuleKind, ToleranceUnit

HEAD = """\
name: Testshire Council
first_quarter: 2023-24-Q1
return_deadline_working_days: 10
"""
RULES = """\
rules:
  old: {kind: two_colour}
  new: {kind: floor}
"""


def checked(text: str) -> tuple[CouncilSettings | None, list[Mistake]]:
    """Check a text as council.yaml."""
    return checked_council(read_yaml("council.yaml", text.encode()))


def with_rule(entry: str) -> str:
    """Return a council.yaml of which line 6 is the only rule."""
    return f"{HEAD}default_rule: the-rule\nrules:\n  the-rule: {entry}\n"


def with_default(written: str) -> str:
    """Return a council.yaml with `old` and `new` as rules and a default on line 4 and after."""
    return f"{HEAD}default_rule:{written}\n{RULES}"


def assert_one_mistake(mistakes: Sequence[Mistake], line: int, words: Sequence[str]) -> None:
    """Assert that there is one mistake, on which line, and what it says."""
    assert [mistake.line for mistake in mistakes] == [line], mistakes
    for word in words:
        assert word in str(mistakes[0])
    assert mistakes[0].found.endswith(".")
    assert mistakes[0].remedy.endswith((".", "?"))


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        pytest.param(
            "{kind: tolerance_relative, green_pct: 5, amber_pct: 10}",
            Rule("the-rule", RuleKind.TOLERANCE_RELATIVE, Decimal(5), Decimal(10)),
            id="relative",
        ),
        pytest.param(
            "{kind: tolerance_points, green_points: 0.1, amber_points: 2.5}",
            Rule("the-rule", RuleKind.TOLERANCE_POINTS, Decimal("0.1"), Decimal("2.5")),
            id="points",
        ),
        pytest.param("{kind: floor}", Rule("the-rule", RuleKind.FLOOR), id="floor"),
        pytest.param(
            "{kind: range, amber_pct: 5}",
            Rule("the-rule", RuleKind.RANGE, amber=Decimal(5), unit=ToleranceUnit.PERCENT),
            id="range-in-percent",
        ),
        pytest.param(
            "{kind: range, amber_points: 0}",
            Rule("the-rule", RuleKind.RANGE, amber=Decimal(0), unit=ToleranceUnit.POINTS),
            id="range-without-amber",
        ),
        pytest.param(
            "{kind: improvement, comparator: last_year, amber_when: improved}",
            Rule(
                "the-rule",
                RuleKind.IMPROVEMENT,
                unit=ToleranceUnit.PERCENT,
                comparator=Comparator.LAST_YEAR,
            ),
            id="improvement-without-tolerance",
        ),
        pytest.param(
            "{kind: improvement, green_points: 2, comparator: baseline, "
            "amber_when: improved_or_held}",
            Rule(
                "the-rule",
                RuleKind.IMPROVEMENT,
                Decimal(2),
                unit=ToleranceUnit.POINTS,
                comparator=Comparator.BASELINE,
                is_held_enough=True,
            ),
            id="improvement-or-held-in-points",
        ),
        pytest.param(
            "{kind: improvement, green_pct: 2.5, comparator: previous_quarter, "
            "amber_when: improved}",
            Rule(
                "the-rule",
                RuleKind.IMPROVEMENT,
                Decimal("2.5"),
                unit=ToleranceUnit.PERCENT,
                comparator=Comparator.PREVIOUS_QUARTER,
            ),
            id="improvement-in-percent",
        ),
        pytest.param("{kind: two_colour}", Rule("the-rule", RuleKind.TWO_COLOUR), id="two-colour"),
        pytest.param("{kind: judgement}", Rule("the-rule", RuleKind.JUDGEMENT), id="judgement"),
    ],
)
def test_entry_is_the_rule_that_it_says(entry: str, rule: Rule) -> None:
    """Every kind of entry becomes a rule, with the tolerances as they were written."""
    settings, mistakes = checked(with_rule(entry))
    assert not mistakes
    assert settings is not None
    assert settings.rules["the-rule"].rule("the-rule") == rule


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        pytest.param(
            "{kind: range, amber_pct: 1, amber_points: 1}",
            ["`the-rule`: amber_pct and amber_points are both there", "Keep one"],
            id="range-two-tolerances",
        ),
        pytest.param(
            "{kind: range}", ["no tolerance", "Write amber_pct", "can be 0"], id="range-without"
        ),
        pytest.param(
            "{kind: range, amber_points: -1}", ["`amber_points`", "0 or more"], id="range-negative"
        ),
        pytest.param(
            "{kind: improvement, green_pct: 1, green_points: 1, comparator: last_year, "
            "amber_when: improved}",
            ["green_pct and green_points are both there", "Keep one"],
            id="improvement-two-tolerances",
        ),
        pytest.param(
            "{kind: improvement, green_pct: , comparator: last_year, amber_when: improved}",
            ["`green_pct`: it is empty", "Write a value, or delete the key"],
            id="improvement-empty-tolerance",
        ),
        pytest.param(
            "{kind: improvement, amber_when: improved}",
            ["`comparator` is missing"],
            id="improvement-on-nothing",
        ),
        pytest.param(
            "{kind: improvement, comparator: trend, amber_when: improved}",
            ["`comparator` is `trend`", "Write previous_quarter, last_year or baseline."],
            id="improvement-on-the-trend",
        ),
        pytest.param(
            "{kind: improvement, comparator: last_year, amber_when: held}",
            ["`amber_when` is `held`", "Write improved or improved_or_held."],
            id="improvement-held-alone",
        ),
        pytest.param(
            "{kind: floor, floor: 80}",
            ["`floor` is not known here", "known here are kind"],
            id="floor-of-the-rule",
        ),
        pytest.param(
            "{kind: two_colour, green_pct: 5}", ["`green_pct` is not known"], id="two-colour-green"
        ),
        pytest.param(
            "{kind: judgment}",
            ["`kind` is `judgment`", "floor, range, improvement, two_colour or judgement"],
            id="misspelt-kind",
        ),
    ],
)
def test_mistake_in_a_rule(entry: str, words: Sequence[str]) -> None:
    """A rule that cannot be is one mistake on its line."""
    assert_one_mistake(checked(with_rule(entry))[1], 6, words)


@pytest.mark.parametrize("kind", ["floor", "two_colour", "tolerance_points"])
def test_rule_can_be_called_as_a_kind_is(kind: str) -> None:
    """A rule whose name is another kind's is not taken for one of that kind."""
    text = f"{HEAD}default_rule: {kind}\nrules:\n  {kind}: {{kind: range, amber: 1}}\n"
    mistakes = checked(text)[1]
    assert [mistake.found for mistake in mistakes] == ["`amber` is not known here."]
    assert mistakes[0].remedy == "Did you mean `amber_pct`?"


@pytest.mark.parametrize(
    ("written", "key", "name"),
    [
        pytest.param(" old", "2019-20-Q1", "old", id="one-for-ever"),
        pytest.param(
            "\n  - {rule: old, valid_to: 2023-24-Q4}\n  - {rule: new, valid_from: 2024-25-Q1}",
            "2023-24-Q4",
            "old",
            id="last-of-the-first",
        ),
        pytest.param(
            "\n  - {rule: old, valid_to: 2023-24-Q4}\n  - {rule: new, valid_from: 2024-25-Q1}",
            "2024-25-Q1",
            "new",
            id="first-of-the-second",
        ),
        pytest.param(
            "\n  - {rule: new, valid_from: 2024-25-Q1}\n  - {rule: old, valid_to: 2023-24-Q4}",
            "2030-31-Q1",
            "new",
            id="later-one-written-first",
        ),
        pytest.param(
            "\n  - {rule: old, valid_from: 2023-24-Q1, valid_to: 2024-25-Q1}\n"
            "  - {rule: new, valid_from: 2024-25-Q2}\n",
            "2022-23-Q4",
            "old",
            id="before-all-of-them",
        ),
        pytest.param(
            "\n  - {rule: new, valid_from: 2020-21-Q1, valid_to: 2020-21-Q4}\n"
            "  - {rule: old, valid_from: 2023-24-Q1}\n",
            "2023-24-Q1",
            "old",
            id="gap-before-the-first-quarter",
        ),
    ],
)
def test_default_rule_is_that_of_the_quarter(written: str, key: str, name: str) -> None:
    """Past quarters keep the default rule that they had."""
    settings, mistakes = checked(with_default(written))
    assert not mistakes
    assert settings is not None
    defaults = dated_values(settings.default_rule, rule_name)
    assert value_in_force(defaults, Quarter.parse(key)) == name


@pytest.mark.parametrize(
    ("written", "line", "words"),
    [
        pytest.param(
            "\n  - {rule: old, valid_to: 2023-24-Q2}\n  - {rule: new, valid_from: 2023-24-Q4}",
            4,
            ["In 2023-24-Q3 no entry of `default_rule` holds", "leave `valid_to` out of the last"],
            id="gap",
        ),
        pytest.param(
            "\n  - {rule: old, valid_to: 2023-24-Q2}",
            4,
            ["In 2023-24-Q3 no entry of `default_rule` holds"],
            id="ended",
        ),
        pytest.param(
            "\n  - {rule: old, valid_from: 2023-24-Q2}",
            4,
            ["In 2023-24-Q1 no entry of `default_rule` holds"],
            id="late",
        ),
        pytest.param(
            "\n  - {rule: old, valid_to: 2023-24-Q3}\n  - {rule: new, valid_from: 2023-24-Q3}",
            6,
            ["In 2023-24-Q3 both entry 1 and entry 2 of `default_rule` hold", "End the one"],
            id="overlap",
        ),
        pytest.param(
            "\n  - {rule: old}\n  - {rule: new, valid_from: 2023-24-Q3}",
            6,
            ["In 2023-24-Q3 both"],
            id="first-does-not-end",
        ),
        pytest.param(
            "\n  - {rule: old, valid_to: 2023-24-Q3}\n  - {rule: new}",
            6,
            ["In 2023-24-Q1 both"],
            id="second-does-not-begin",
        ),
        pytest.param(
            "\n  - {rule: old, valid_from: 2024-25-Q1, valid_to: 2023-24-Q1}",
            5,
            ["`valid_to` 2023-24-Q1 is before `valid_from` 2024-25-Q1", "Swap"],
            id="backward",
        ),
        pytest.param(
            "\n  - {rule: old, valid_to: 2023-24-Q1}\n  - {rule: nwe, valid_from: 2023-24-Q2}",
            6,
            ["`default_rule` is `nwe`", "Write old or new."],
            id="unknown",
        ),
        pytest.param("\n  - {rule: old, valid_to: 2023}", 5, ["not a quarter"], id="no-quarter"),
        pytest.param("\n  - {rule: old, until: x}", 5, ["`until`", "valid_to"], id="alien-key"),
        pytest.param("\n  - {valid_to: 2023-24-Q1}", 5, ["`rule` is missing"], id="no-rule"),
        pytest.param("\n  - old", 5, ["Entry 1 is `old`", "keys"], id="name-in-a-list"),
        pytest.param(" []", 4, ["`default_rule` holds a list", "at least 1"], id="empty-list"),
        pytest.param(" 5", 4, ["neither a name nor a list", "Write the name"], id="number"),
        pytest.param("", 4, ["neither a name nor a list"], id="nothing"),
    ],
)
def test_mistake_in_the_default_rule(written: str, line: int, words: Sequence[str]) -> None:
    """Two default rules in a quarter, or none, are a mistake that names the quarter."""
    assert_one_mistake(checked(with_default(written))[1], line, words)


def test_overlap_before_the_first_quarter_does_not_matter() -> None:
    """What was in force before the council reports is not looked at."""
    written = (
        "\n  - {rule: old, valid_from: 2020-21-Q1, valid_to: 2022-23-Q4}"
        "\n  - {rule: new, valid_from: 2022-23-Q4}"
    )
    assert not checked(with_default(written))[1]
