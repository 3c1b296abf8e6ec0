"""What cannot be rated truly is refused and not rated somehow; one figure can be rated alone."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.rate import rate_figure, rate_outturns
from perf_pipeline.rules import Comparator, Direction, Rag, Rule, RuleKind, ToleranceUnit

FrameBuilder = Callable[..., pd.DataFrame]
Rater = Callable[..., pd.DataFrame]

NONE_REJECTED = pd.Series(dtype="str")
TEN = Decimal(10)
RULES = {
    RuleKind.TOLERANCE_RELATIVE: Rule("rel", RuleKind.TOLERANCE_RELATIVE, Decimal(5), TEN),
    RuleKind.TOLERANCE_POINTS: Rule("pts", RuleKind.TOLERANCE_POINTS, Decimal(5), TEN),
    RuleKind.FLOOR: Rule("flo", RuleKind.FLOOR),
    RuleKind.RANGE: Rule("rng", RuleKind.RANGE, amber=TEN, unit=ToleranceUnit.PERCENT),
    RuleKind.IMPROVEMENT: Rule(
        "imp",
        RuleKind.IMPROVEMENT,
        unit=ToleranceUnit.PERCENT,
        comparator=Comparator.LAST_YEAR,
        is_held_enough=True,
    ),
    RuleKind.TWO_COLOUR: Rule("two", RuleKind.TWO_COLOUR),
    RuleKind.JUDGEMENT: Rule("jud", RuleKind.JUDGEMENT),
}


@pytest.fixture(scope="module")
def rate(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_compared: FrameBuilder,
    build_overrides: FrameBuilder,
) -> Rater:
    """Return a function that rates the frames named, and one sound row where none is."""

    def rate_frames(**rows: list[dict[str, Any]]) -> pd.DataFrame:
        return rate_outturns(
            build_accepted(*rows.get("headline", [{}])),
            NONE_REJECTED,
            build_kpis(*rows.get("kpis", [{}])),
            build_compared(*rows.get("compared", [{}])),
            build_overrides(*rows.get("overrides", [])),
        )

    return rate_frames


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param({"headline": [{}, {"outturn_value": 1.0}]}, id="figures"),
        pytest.param({"compared": [{}, {"direction_code": "improved"}]}, id="comparisons"),
        pytest.param({"overrides": [{}, {"rag_code": "red"}]}, id="overrides"),
    ],
)
def test_two_of_a_kind_are_refused(rate: Rater, rows: dict[str, Any]) -> None:
    """Nobody guesses which of two figures, comparisons or decisions stands."""
    with pytest.raises(pd.errors.MergeError):
        rate(**rows)


def test_another_quarters_figure_is_not_rated(rate: Rater) -> None:
    """A figure that is not the quarter's own is none."""
    rated = rate(headline=[{"quarter_key": "2022-23-Q4"}])
    assert rated["not_rated_reason_code"].tolist() == ["not_returned"]


@pytest.mark.parametrize(
    "kpi",
    [
        pytest.param({"polarity_code": "none"}, id="neither-way-is-better"),
        pytest.param({"rule_kind_code": "range"}, id="range-by-higher"),
        pytest.param({"rule_kind_code": "range", "polarity_code": "lower"}, id="range-by-lower"),
        pytest.param({"rule_kind_code": "floor", "polarity_code": "range"}, id="floor-of-a-range"),
    ],
)
def test_a_rule_that_cannot_judge_by_the_polarity_is_refused(
    rate: Rater, kpi: dict[str, Any]
) -> None:
    """All such KPIs are named; one without ratings is left in peace."""
    bad = [kpi | {"kpi_ref": "A"}, kpi | {"kpi_ref": "B"}]
    sound = [{"kpi_ref": "C"}, kpi | {"kpi_ref": "D", "basis_code": "data_only"}]
    with pytest.raises(ValueError, match=r"polarity of: A \(.*\), B \(.*\)\.$"):
        rate(kpis=[*bad, *sound])
    assert len(rate(kpis=sound)) == 2


def test_a_comparison_that_a_rule_asks_for_must_be_there(rate: Rater) -> None:
    """One that was not made is not taken for no improvement."""
    kpi = {"rule_kind_code": "improvement", "improvement_comparator_code": "last_year"}
    with pytest.raises(ValueError, match="missing of: ADS-01"):
        rate(kpis=[kpi])


@pytest.mark.parametrize(
    ("kind", "facts", "rag"),
    [
        pytest.param("tolerance_relative", {"outturn": 95, "target": 100}, "green", id="relative"),
        pytest.param(
            "tolerance_relative",
            {"outturn": Decimal("21.99"), "target": 20, "polarity": "lower"},
            "amber",
            id="decimal",
        ),
        pytest.param("tolerance_points", {"outturn": 0.3, "target": 10.3}, "amber", id="points"),
        pytest.param("floor", {"outturn": 85, "target": 90, "floor": 80}, "amber", id="floor"),
        pytest.param(
            "range",
            {"outturn": 9, "lower": 10, "upper": 20, "polarity": "range"},
            "amber",
            id="range",
        ),
        pytest.param(
            "improvement",
            {"outturn": 1, "target": 2, "direction": Direction.MAINTAINED},
            "amber",
            id="held",
        ),
        pytest.param(
            "improvement",
            {"outturn": 1, "target": 2, "direction": "improved"},
            "amber",
            id="better",
        ),
        pytest.param("improvement", {"outturn": 1, "target": 2}, "red", id="nothing-shown"),
        pytest.param("two_colour", {"outturn": 1, "target": 2}, "red", id="two-colour"),
        pytest.param("judgement", {"stated": "green"}, "green", id="judgement"),
        pytest.param(
            "judgement", {"stated": Rag.RED, "polarity": "none"}, "red", id="judgement-alone"
        ),
    ],
)
def test_one_figure_can_be_rated(kind: str, facts: dict[str, Any], rag: str) -> None:
    """A figure alone is rated as it would be in a return."""
    assert rate_figure(RULES[RuleKind(kind)], **facts) is Rag(rag)


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        pytest.param("two_colour", {"outturn": 1}, "needs: target", id="target"),
        pytest.param("two_colour", {"target": 1}, "needs: outturn", id="outturn"),
        pytest.param("floor", {}, "needs: target, floor, outturn", id="all-that-is-missing"),
        pytest.param("range", {"outturn": 1, "lower": 1}, "needs: upper", id="upper"),
        pytest.param("judgement", {"outturn": 1}, "needs: stated", id="judgement"),
        pytest.param(
            "range", {"outturn": 1, "lower": 1, "upper": 2}, "cannot judge", id="range-by-higher"
        ),
        pytest.param(
            "two_colour", {"outturn": 1, "target": 1, "polarity": "up"}, "'up'", id="polarity"
        ),
        pytest.param("judgement", {"stated": "blue"}, "'blue'", id="rating"),
        pytest.param(
            "improvement", {"outturn": 1, "target": 1, "direction": "up"}, "'up'", id="direction"
        ),
        pytest.param(
            "two_colour",
            {"outturn": Decimal("0.99999999999999999999"), "target": 1},
            "outturn: .* 15 significant digits",
            id="more-digits-than-a-float-holds",
        ),
        pytest.param(
            "two_colour", {"outturn": 1, "target": float("nan")}, "target: nan", id="no-number"
        ),
    ],
)
def test_one_figure_that_cannot_be_rated_is_refused(
    kind: str, facts: dict[str, Any], words: str
) -> None:
    """What is missing or meaningless is named, and nothing is taken in its place."""
    with pytest.raises(ValueError, match=words):
        rate_figure(RULES[RuleKind(kind)], **facts)
