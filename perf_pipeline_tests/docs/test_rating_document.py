"""`docs/rating.md` is true: its rules are rules, its sums come out, nothing is left out."""

import csv
import doctest
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from perf_pipeline.council.register import OPTIONAL_COLUMNS
from perf_pipeline.council.settings import CouncilSettings
from perf_pipeline.rate import rate_figure
from perf_pipeline.rules import NotComparableReason, NotRatedReason, Rag, Rule, RuleKind
from perf_pipeline.schemas import column_kinds, register

PAGE = Path(__file__).resolve().parents[2].joinpath("docs", "rating.md").read_text("utf-8")
SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
MET_AT = [
    ("Maidstone", RuleKind.TOLERANCE_RELATIVE),
    ("Bracknell Forest", RuleKind.TOLERANCE_RELATIVE),
    ("Kent", RuleKind.FLOOR),
    ("Lincoln", RuleKind.FLOOR),
    ("goldilocks", RuleKind.RANGE),
    ("Havering", RuleKind.IMPROVEMENT),
    ("Thurrock", RuleKind.IMPROVEMENT),
    ("Havering", RuleKind.TWO_COLOUR),
    ("Lincoln", RuleKind.JUDGEMENT),
]


def blocks(language: str, text: str = PAGE) -> list[str]:
    """Return the page's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def entries(text: str) -> Iterator[dict[str, Any]]:
    """Read the settings that a part of the page writes in council.yaml form."""
    for block in blocks("yaml", text):
        loaded = YAML(typ="safe").load(block)
        assert set(loaded) <= {"rules", "default_rule"}, block
        yield loaded


def kinds(text: str) -> set[str]:
    """Return the kinds of the rules that a part of the page writes."""
    rules = [rule for entry in entries(text) for rule in entry.get("rules", {}).values()]
    return {rule["kind"] for rule in rules}


@pytest.fixture(scope="module")
def settings() -> CouncilSettings:
    """The page's rules as a council would have them, checked as a council's are."""
    written: dict[str, Any] = {"rules": {}}
    for entry in entries(PAGE):
        repeated = written["rules"].keys() & entry.get("rules", {})
        assert not repeated
        written["rules"] |= entry.get("rules", {})
        written |= {name: value for name, value in entry.items() if name != "rules"}
    settled = {"first_quarter": "2023-24-Q1", "return_deadline_working_days": 15}
    return CouncilSettings.model_validate({"name": "Example Council"} | settled | written)


@pytest.fixture(scope="module")
def rules(settings: CouncilSettings) -> dict[str, Rule]:
    """The page's rules by name."""
    return {name: entry.rule(name) for name, entry in settings.rules.items()}


@pytest.fixture(scope="module")
def rated(rules: dict[str, Rule]) -> dict[str, set[Rag]]:
    """The colours that the page's examples give to each rule; each must be the one printed."""
    seen: dict[str, set[Rag]] = {name: set() for name in rules}

    def rate_and_note(rule: Rule, **facts: Any) -> Rag:
        rag = rate_figure(rule, **facts)
        seen[rule.name].add(rag)
        return rag

    names = {"rules": rules, "rate_figure": rate_and_note}
    text = "\n".join(blocks("python-console"))
    examples = doctest.DocTestParser().get_doctest(text, names, "rating.md", "docs/rating.md", 0)
    assert len(examples.examples) > 30
    report = io.StringIO()
    result = doctest.DocTestRunner(verbose=False).run(examples, out=report.write)
    assert result.failed == 0, report.getvalue()
    return seen


def test_every_example_comes_out_as_printed(rated: dict[str, set[Rag]]) -> None:
    """The sums are done by the code that rates returns."""
    assert rated


def test_every_rule_is_shown_in_each_of_its_colours(
    rules: dict[str, Rule], rated: dict[str, set[Rag]]
) -> None:
    """A reader sees for each rule what is green, what is red, and what is amber where it can be."""
    two = {Rag.GREEN, Rag.RED}
    wanted = {
        name: two if rule.kind == RuleKind.TWO_COLOUR else set(Rag) for name, rule in rules.items()
    }
    assert rated == wanted


def test_every_kind_is_written_as_in_council_yaml(rules: dict[str, Rule]) -> None:
    """There is a block to copy for each kind of rule."""
    assert {rule.kind for rule in rules.values()} == set(RuleKind)
    assert kinds(PAGE) == {kind.value for kind in RuleKind}


@pytest.mark.parametrize(("council", "kind"), MET_AT, ids=str)
def test_each_council_is_named_beside_its_rule(council: str, kind: RuleKind) -> None:
    """Who rates so stands in the section that has the rule."""
    sections = [section for section in SECTIONS if kind.value in kinds(section)]
    assert any(f"**{council}**" in section for section in sections)


def test_tolerances_of_named_councils_are_theirs(rules: dict[str, Rule]) -> None:
    """Maidstone allows 0 and 10 percent, Bracknell Forest 5 and 10."""
    tolerances = {name: (int(rule.green), int(rule.amber or 0)) for name, rule in rules.items()}
    assert tolerances["maidstone"] == (0, 10)
    assert tolerances["bracknell-forest"] == (5, 10)


def test_default_rules_are_rules_of_the_page(rules: dict[str, Rule]) -> None:
    """A default that is dated names, for each time, a rule that is there."""
    defaults = [entry["default_rule"] for entry in entries(PAGE) if "default_rule" in entry]
    assert defaults
    assert {dated["rule"] for default in defaults for dated in default} <= rules.keys()


def test_register_rows_have_the_registers_headings() -> None:
    """A row that is copied from the page into the register fits there."""
    optional = OPTIONAL_COLUMNS["targets"]
    headings = {
        tuple(name for name in column_kinds(model) if name not in optional)
        for model in (register.Targets, register.Overrides)
    }
    for block in blocks("csv"):
        heading, *rows = csv.reader(block.splitlines())
        assert tuple(heading) in headings
        assert all(len(row) == len(heading) for row in rows)


@pytest.mark.parametrize("reason", [*NotRatedReason, *NotComparableReason])
def test_every_reason_is_explained(reason: str) -> None:
    """No reason for a missing rating or direction is left to be guessed at."""
    assert f"`{reason}`" in PAGE
