"""Units and rating rules say what they are, and every code has its counterpart."""

from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest

from perf_pipeline.rules import UNITS, Basis, NotRatedReason, Rag, Rule, RuleKind


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(
            Rule("maidstone", RuleKind.TOLERANCE_RELATIVE, Decimal(0), Decimal(10)),
            "Green when the target is met, amber when short of it by no more than 10% of the "
            "target, red otherwise.",
            id="met-or-missed-by-10%",
        ),
        pytest.param(
            Rule("bracknell", RuleKind.TOLERANCE_RELATIVE, Decimal(5), Decimal("12.5")),
            "Green when short of the target by no more than 5% of the target, amber when short of "
            "it by no more than 12.5% of the target, red otherwise.",
            id="green-within-5%",
        ),
        pytest.param(
            Rule("points", RuleKind.TOLERANCE_POINTS, Decimal(0), Decimal("2.5")),
            "Green when the target is met, amber when short of it by no more than 2.5 in the KPI's "
            "own unit, red otherwise.",
            id="points",
        ),
        pytest.param(
            Rule("tens", RuleKind.TOLERANCE_POINTS, Decimal("1E+1"), Decimal("2E+1")),
            "Green when short of the target by no more than 10 in the KPI's own unit, amber when "
            "short of it by no more than 20 in the KPI's own unit, red otherwise.",
            id="no-exponents",
        ),
    ],
)
def test_a_rule_is_told_in_a_sentence(rule: Rule, text: str) -> None:
    """A reader who sees a rule's text can rate by it."""
    assert rule.text == text


def test_a_rule_cannot_be_changed() -> None:
    """A rule that has rated a quarter stays as it was."""
    rule = Rule("r", RuleKind.TOLERANCE_POINTS, Decimal(0), Decimal(1))
    with pytest.raises(FrozenInstanceError):
        rule.amber = Decimal(5)


def test_a_percentage_is_a_ratio_times_100_between_0_and_100() -> None:
    """The percent unit turns 3 of 4 into 75 and allows nothing beyond the whole."""
    unit = UNITS["percent"]
    assert (unit.multiplier, unit.minimum, unit.maximum) == (100, 0, 100)


@pytest.mark.parametrize("code", ["per_1000", "per_10000", "per_100000"])
def test_a_rate_multiplies_by_what_its_name_says(code: str) -> None:
    """A rate per so many is the ratio times so many, printed with a thousands separator."""
    unit = UNITS[code]
    assert unit.multiplier == int(code.removeprefix("per_"))
    assert unit.suffix == f" per {unit.multiplier:,f}"


def test_only_pounds_may_be_negative() -> None:
    """Counts, shares and times cannot be below 0 unless a KPI says so; money can."""
    assert [unit.code for unit in UNITS.values() if unit.minimum is None] == ["gbp"]


def test_units_are_known_by_their_codes() -> None:
    """Each unit stands under its own code."""
    assert all(code == unit.code for code, unit in UNITS.items())


def test_every_basis_but_targeted_is_a_reason_for_no_rating() -> None:
    """A KPI that is not targeted says why by its basis."""
    assert {basis.value for basis in Basis} - {"targeted"} <= {r.value for r in NotRatedReason}


def test_ratings_are_listed_as_reports_print_them() -> None:
    """Red stands first and green last."""
    assert list(Rag) == ["red", "amber", "green"]
