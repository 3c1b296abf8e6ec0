"""`sign_off` in council.yaml: which roles sign a draft before readers see it."""

import pytest

from perf_pipeline.council.settings import CouncilSettings, checked_council
from perf_pipeline.council.yaml_files import read_yaml
from perf_pipeline.errors import Mistake

COUNCIL = """\
name: Testshire Council
first_quarter: 2023-24-Q1
default_rule: relative
return_deadline_working_days: 10
rules:
  relative: {kind: tolerance_relative, green_pct: 0, amber_pct: 10}
"""
REPORT_ROLES = """\
sign_off:
  - Legal & Governance
  - Communications
  - Finance & Procurement
  - Workforce
  - Asset Management
  - Executive Director
  - Strategy & Performance
  - Executive Lead Member
"""


def checked(sign_off: str) -> tuple[CouncilSettings | None, list[Mistake]]:
    """Check a council.yaml with this section."""
    return checked_council(read_yaml("council.yaml", (COUNCIL + sign_off).encode()))


@pytest.mark.parametrize("section", ["", "sign_off: []\n"], ids=["left out", "empty"])
def test_council_without_roles_signs_nothing(section: str) -> None:
    """Without roles, what a run makes is released at once."""
    settings, mistakes = checked(section)
    assert not mistakes
    assert settings is not None
    assert settings.sign_off == ()


def test_roles_keep_their_order() -> None:
    """The roles are those of the first report's table, in its order."""
    settings, mistakes = checked(REPORT_ROLES)
    assert not mistakes
    assert settings is not None
    assert settings.sign_off[:2] == ("Legal & Governance", "Communications")
    assert len(settings.sign_off) == 8


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("sign_off: [Finance, Legal, Finance]\n", "Finance is there twice. Name each role once."),
        ("sign_off: ['']\n", "Entry 1 is empty."),
        (f"sign_off: [{'x' * 121}]\n", "Write 120 characters at most."),
        ("sign_off: Finance\n", "`sign_off` is `Finance`."),
        ("sign_off: [3]\n", "Entry 1 is `3`. Write a text"),
        ("sign_offs: [Finance]\n", "Did you mean `sign_off`?"),
    ],
    ids=["twice", "blank", "too long", "one text", "a number", "misspelt"],
)
def test_mistake_in_the_roles_is_named(section: str, said: str) -> None:
    """What is no list of different roles is a mistake on its line."""
    settings, mistakes = checked(section)
    assert settings is None
    assert [(mistake.file, mistake.line) for mistake in mistakes] == [("council.yaml", 7)]
    assert said in str(mistakes[0])
