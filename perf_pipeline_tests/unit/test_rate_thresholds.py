"""From where to where a colour reaches: no figure is rated otherwise than by its rule."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perf_pipeline.rate import rate_figure, thresholds
from perf_pipeline.rate.bands import rag
from perf_pipeline.rules import Polarity, Rule, RuleKind, ToleranceUnit

FrameBuilder = Callable[..., pd.DataFrame]

ENDS = ["green_lower", "green_upper", "amber_lower", "amber_upper"]
ONE_WAY = [Polarity.HIGHER, Polarity.LOWER]
KIND_POLARITIES = {
    RuleKind.TOLERANCE_RELATIVE: [*ONE_WAY, Polarity.RANGE],
    RuleKind.TOLERANCE_POINTS: [*ONE_WAY, Polarity.RANGE],
    RuleKind.FLOOR: ONE_WAY,
    RuleKind.RANGE: [Polarity.RANGE],
    RuleKind.IMPROVEMENT: [*ONE_WAY, Polarity.RANGE],
    RuleKind.TWO_COLOUR: [*ONE_WAY, Polarity.RANGE],
}
TOLERANCES = [RuleKind.TOLERANCE_RELATIVE, RuleKind.TOLERANCE_POINTS, RuleKind.RANGE]
NUMBERS = (
    st.integers(-1_000_000, 1_000_000).map(lambda number: number / 1000)
    | st.sampled_from([0.0, -0.0, 0.1, 0.3, -50.0, 1e-9, 123456789012345.0])
    | st.floats(-1e15, 1e15)
)
AMOUNTS = st.integers(0, 10_000).map(lambda number: number / 100) | st.floats(0, 1e6)


@st.composite
def standards(draw: st.DrawFn) -> dict[str, Any]:
    """Draw columns of `KpisInForce` that say how a figure is judged."""
    kind = draw(st.sampled_from(list(KIND_POLARITIES)))
    green, lower = draw(AMOUNTS), draw(NUMBERS)
    has_green = kind not in {RuleKind.FLOOR, RuleKind.RANGE, RuleKind.TWO_COLOUR}
    return {
        "rule_kind_code": kind.value,
        "polarity_code": draw(st.sampled_from(KIND_POLARITIES[kind])).value,
        "tolerance_unit_code": draw(st.sampled_from([*ToleranceUnit])).value,
        "target_value": draw(NUMBERS),
        "floor_value": draw(NUMBERS),
        "lower_value": lower,
        "upper_value": lower + draw(AMOUNTS),
        "green_tolerance_value": green if has_green else 0.0,
        "amber_tolerance_value": green + draw(AMOUNTS) if kind in TOLERANCES else math.nan,
    }


def _beside(end: float) -> list[float]:
    if math.isinf(end):
        return []
    return [end, math.nextafter(end, math.inf), math.nextafter(end, -math.inf)]


def _colours(figures: pd.DataFrame) -> list[str]:
    def reaches(colour: str) -> pd.Series:
        return figures["outturn_value"].between(
            figures[f"{colour}_lower"], figures[f"{colour}_upper"]
        )

    is_rated = [reaches("green"), reaches("amber")]
    return np.select(is_rated, ["green", "amber"], "red").tolist()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(st.tuples(standards(), st.lists(NUMBERS, max_size=3)), min_size=1))
def test_figures_are_rated_as_by_their_rule(
    build_kpis: FrameBuilder, drawn: list[tuple[dict[str, Any], list[float]]]
) -> None:
    """At every end, at the floats next to it and anywhere else a figure has its rule's colour."""
    refs = [{"kpi_ref": f"K{number}"} for number in range(len(drawn))]
    kpis = build_kpis(*[ref | standard for ref, (standard, _) in zip(refs, drawn, strict=True)])
    ends = thresholds(kpis)
    own = [
        [*figures, *(near for end in row for near in _beside(end))]
        for (_, figures), row in zip(drawn, ends.to_numpy().tolist(), strict=True)
    ]
    facts = kpis.join(ends).assign(outturn_value=own).explode("outturn_value")
    facts = facts.dropna(subset="outturn_value").astype({"outturn_value": "float64"})
    facts = facts.assign(is_improvement_shown=False, stated_rag_code=None).reset_index(drop=True)
    assert _colours(facts) == rag(facts).tolist()


def test_an_end_is_what_decimals_give(build_kpis: FrameBuilder) -> None:
    """A target of 0.3 and a tolerance of 0.1 are 0.2: 0.3 - 0.1 of floats, just below, is not."""
    facts = {"rule_kind_code": "tolerance_points", "tolerance_unit_code": "points"}
    kpi = facts | {"target_value": 0.3, "amber_tolerance_value": 0.1}
    assert thresholds(build_kpis(kpi)).to_numpy().tolist() == [[0.3, math.inf, 0.2, math.inf]]
    assert 0.3 - 0.1 < 0.2


def test_an_end_between_two_floats_is_the_one_inside(build_kpis: FrameBuilder) -> None:
    """The float nearest to 90% of a target is outside where its decimal is worse."""
    targets = [float(f"{number}.{number}{number}{number}7") for number in range(11_111, 11_400)]
    rows = [{"kpi_ref": f"K{row}", "target_value": value} for row, value in enumerate(targets)]
    rule = Rule("relative", RuleKind.TOLERANCE_RELATIVE, amber=10)
    for target, end in zip(targets, thresholds(build_kpis(*rows))["amber_lower"], strict=True):
        below = math.nextafter(end, -math.inf)
        assert rate_figure(rule, outturn=end, target=target) == "amber"
        assert rate_figure(rule, outturn=below, target=target) == "red"


@pytest.mark.parametrize(
    "facts",
    [
        {"rule_kind_code": "judgement", "tolerance_unit_code": None},
        {"target_value": None},
        {"rule_kind_code": "range", "polarity_code": "range", "lower_value": 1.0},
        {"polarity_code": "none"},
    ],
    ids=["judgement", "no target", "half a range", "no polarity"],
)
def test_without_what_a_rule_needs_no_figure_has_a_colour(
    build_kpis: FrameBuilder, facts: dict[str, Any]
) -> None:
    """Every stretch is empty where there is nothing to judge by."""
    ends = thresholds(build_kpis(facts)).to_numpy().tolist()
    assert ends == [[math.inf, -math.inf, math.inf, -math.inf]]


def test_ends_keep_the_frames_rows(build_kpis: FrameBuilder) -> None:
    """Equal standards are worked out once, and each KPI has its own row and index."""
    kpis = build_kpis({"kpi_ref": "A"}, {"kpi_ref": "B", "target_value": 50.0}, {"kpi_ref": "C"})
    ends = thresholds(kpis.set_axis([7, 3, 7]))
    assert ends.index.tolist() == [7, 3, 7]
    assert ends["amber_lower"].tolist() == [72.0, 45.0, 72.0]


def test_no_kpis_have_no_ends(build_kpis: FrameBuilder) -> None:
    """An empty register gives an empty frame with its columns."""
    assert thresholds(build_kpis()).columns.tolist() == ENDS
