"""What holds of every rating, whatever the figures."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.rate import rate_figure, rate_outturns
from perf_pipeline.rules import Comparator, Direction, Polarity, Rag, Rule, RuleKind, ToleranceUnit

FrameBuilder = Callable[..., pd.DataFrame]

BETTER = list(Rag)
SWAPPED = {Polarity.HIGHER: Polarity.LOWER, Polarity.LOWER: Polarity.HIGHER}
ONE_WAY = st.sampled_from(list(SWAPPED))
NUMBERS = st.decimals(-1_000_000, 1_000_000, places=3) | st.integers(-20, 20).map(Decimal)
AMOUNTS = st.decimals(0, 100, places=2) | st.integers(0, 10).map(Decimal)


@st.composite
def rules(draw: st.DrawFn, *kinds: RuleKind) -> Rule:
    """Draw a rule of one of the kinds."""
    kind = draw(st.sampled_from(kinds))
    green, more = draw(AMOUNTS), draw(AMOUNTS)
    if kind in {RuleKind.TOLERANCE_RELATIVE, RuleKind.TOLERANCE_POINTS}:
        return Rule("drawn", kind, green, green + more)
    unit = draw(st.sampled_from(ToleranceUnit))
    if kind == RuleKind.RANGE:
        return Rule("drawn", kind, amber=more, unit=unit)
    if kind == RuleKind.IMPROVEMENT:
        is_held_enough = draw(st.booleans())
        return Rule("drawn", kind, green, None, unit, Comparator.LAST_YEAR, is_held_enough)
    return Rule("drawn", kind)


@st.composite
def standards(draw: st.DrawFn, polarity: Polarity) -> dict[str, Any]:
    """Draw a target, a floor standard no better than it, and a direction."""
    target, step = draw(NUMBERS), draw(AMOUNTS)
    floor = target - step if polarity == Polarity.HIGHER else target + step
    direction = draw(st.sampled_from(Direction))
    return {"polarity": polarity, "target": target, "floor": floor, "direction": direction}


TARGETED = (
    RuleKind.TOLERANCE_RELATIVE,
    RuleKind.TOLERANCE_POINTS,
    RuleKind.FLOOR,
    RuleKind.IMPROVEMENT,
    RuleKind.TWO_COLOUR,
)


@given(data=st.data(), rule=rules(*TARGETED), polarity=ONE_WAY, outturn=NUMBERS, step=AMOUNTS)
@settings(deadline=None, max_examples=60)
def test_a_better_figure_never_has_a_worse_rating(
    data: st.DataObject, rule: Rule, polarity: Polarity, outturn: Decimal, step: Decimal
) -> None:
    """A step in the better direction, with the same direction of travel, costs no colour."""
    facts = data.draw(standards(polarity))
    outturn = data.draw(st.sampled_from([outturn, facts["target"], facts["floor"]]))
    better = outturn + step if polarity == Polarity.HIGHER else outturn - step
    before = rate_figure(rule, outturn=outturn, **facts)
    after = rate_figure(rule, outturn=better, **facts)
    assert BETTER.index(after) >= BETTER.index(before)


@given(
    data=st.data(),
    rule=rules(RuleKind.TOLERANCE_POINTS, RuleKind.FLOOR, RuleKind.TWO_COLOUR),
    polarity=ONE_WAY,
    outturn=NUMBERS,
)
@settings(deadline=None, max_examples=60)
def test_a_mirror_image_has_the_same_rating(
    data: st.DataObject, rule: Rule, polarity: Polarity, outturn: Decimal
) -> None:
    """Of figures with the other sign the other way is better, and nothing else changes."""
    facts = data.draw(standards(polarity))
    mirrored = {
        "polarity": SWAPPED[polarity],
        "target": -facts["target"],
        "floor": -facts["floor"],
    }
    assert rate_figure(rule, outturn=outturn, **facts) == rate_figure(
        rule, outturn=-outturn, **mirrored
    )


@given(
    rule=rules(RuleKind.TOLERANCE_RELATIVE),
    polarity=st.sampled_from([*SWAPPED, Polarity.RANGE]),
    outturn=NUMBERS,
    target=NUMBERS,
)
@settings(deadline=None, max_examples=60)
def test_a_relative_rating_does_not_depend_on_the_scale(
    rule: Rule, polarity: Polarity, outturn: Decimal, target: Decimal
) -> None:
    """Figure and target in pence have the rating that they have in units of ten pence."""
    once = rate_figure(rule, outturn=outturn, target=target, polarity=polarity)
    tenfold = rate_figure(rule, outturn=outturn * 10, target=target * 10, polarity=polarity)
    assert once == tenfold


KPI_FACTS = [
    {},
    {"polarity_code": "lower"},
    {"rule_kind_code": "tolerance_points", "tolerance_unit_code": "points"},
    {"rule_kind_code": "floor", "floor_value": 70.0},
    {
        "rule_kind_code": "range",
        "polarity_code": "range",
        "lower_value": 70.0,
        "upper_value": 90.0,
    },
    {"rule_kind_code": "improvement", "improvement_comparator_code": "last_year"},
    {"rule_kind_code": "two_colour"},
    {"rule_kind_code": "judgement"},
]
ROWS = [{"kpi_ref": f"K{number}"} | facts for number, facts in enumerate(KPI_FACTS)]
REFS = [row["kpi_ref"] for row in ROWS]
VALUES = st.lists(st.none() | st.integers(55, 95), min_size=len(ROWS), max_size=len(ROWS))
DECISIONS = st.dictionaries(st.sampled_from(REFS), st.sampled_from(Rag))
NONE_REJECTED = pd.Series(dtype="str")


@pytest.fixture(scope="session")
def build_quarter(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder, build_compared: FrameBuilder
) -> Callable[[list[int | None]], tuple[pd.DataFrame, ...]]:
    """Return a function that makes headline figures, KPIs and comparisons of given values."""

    def build(values: list[int | None]) -> tuple[pd.DataFrame, ...]:
        figures = [
            {"kpi_ref": ref, "outturn_value": value, "stated_rag_code": "red"}
            for ref, value in zip(REFS, values, strict=True)
            if value is not None
        ]
        last_year = {"comparator_code": "last_year", "direction_code": "improved"}
        compared = build_compared(*({"kpi_ref": ref} | last_year for ref in REFS))
        return build_accepted(*figures), build_kpis(*ROWS), compared

    return build


@given(values=VALUES, places=st.permutations(range(len(ROWS))))
@settings(deadline=None, max_examples=10)
def test_the_order_of_rows_changes_no_rating(
    build_quarter: Callable[..., tuple[pd.DataFrame, ...]],
    build_overrides: FrameBuilder,
    values: list[int | None],
    places: list[int],
) -> None:
    """Rows come out in the order of the KPIs, each as it would be in any other order."""
    headline, kpis, compared = build_quarter(values)
    overrides = build_overrides({"kpi_ref": "K1"}, {"kpi_ref": "K3"})
    plain = rate_outturns(headline, NONE_REJECTED, kpis, compared, overrides)
    turned = headline.iloc[::-1], kpis.iloc[places], compared.iloc[places], overrides.iloc[::-1]
    mixed = rate_outturns(turned[0], NONE_REJECTED, *turned[1:])
    pd.testing.assert_frame_equal(mixed, plain.iloc[places].reset_index(drop=True))


@given(values=VALUES, decisions=DECISIONS)
@settings(deadline=None, max_examples=10)
def test_overrides_change_what_is_published_and_no_more(
    build_quarter: Callable[..., tuple[pd.DataFrame, ...]],
    build_overrides: FrameBuilder,
    values: list[int | None],
    decisions: dict[str, Rag],
) -> None:
    """Whatever is decided, the rule's rating and the reasons for none stay."""
    headline, kpis, compared = build_quarter(values)
    overrides = build_overrides(
        *({"kpi_ref": ref, "rag_code": rag.value} for ref, rag in decisions.items())
    )
    plain = rate_outturns(headline, NONE_REJECTED, kpis, compared, build_overrides())
    decided = rate_outturns(headline, NONE_REJECTED, kpis, compared, overrides)
    published = ["rag_code", "rating_basis_code", *decided.filter(like="override_").columns]
    pd.testing.assert_frame_equal(decided.drop(columns=published), plain.drop(columns=published))
    for ref, before, after in zip(REFS, plain["rag_code"], decided["rag_code"], strict=True):
        assert pd.isna(after) if pd.isna(before) else after == decisions.get(ref, before)
