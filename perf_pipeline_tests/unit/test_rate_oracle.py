"""100,000 generated outturns are rated as somebody with pencil and enough paper would rate them.

The oracle is written from the words of `docs/rating.md`: it works out in `decimal.Decimal`, one
figure after the other, from where to where a colour reaches, and looks whether the figure lies
there. It knows no float, no shortfall and nothing of how `perf_pipeline.rate` goes about it.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, localcontext
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.rate import rate_outturns

FrameBuilder = Callable[..., pd.DataFrame]

CASES = 100_000
FORECASTS = 10
"""One figure in so many is a forecast too."""

DIGITS = 15
PAPER = Context(prec=120, traps=[Inexact, InvalidOperation, DivisionByZero])
"""Enough digits for every sum below, and an error where they are not."""

ROUGH = Context(prec=40)
"""For figures that may lie anywhere."""

NONE = Decimal(0)
KINDS = {
    "tolerance_relative": ("higher", "lower", "range"),
    "tolerance_points": ("higher", "lower", "range"),
    "floor": ("higher", "lower"),
    "range": ("range",),
    "improvement": ("higher", "lower", "range"),
    "two_colour": ("higher", "lower", "range"),
    "judgement": ("higher", "lower", "range", "none"),
}
COLOURS = {
    kind: {"red", "green"} if kind == "two_colour" else {"red", "amber", "green"} for kind in KINDS
}
UNITS = {"tolerance_relative": "percent", "tolerance_points": "points"}
HAS_GREEN = {"tolerance_relative", "tolerance_points", "improvement"}
FIGURES = ("target", "floor", "lower", "upper", "green", "amber", "outturn", "earlier")
WORSE = {"higher": -1, "lower": 1, "range": 0, "none": 0}
ONE_IN_TWELVE = 1 / 12


@dataclass
class Case:
    """One KPI's figure, and all that a rule may ask for."""

    kind: str
    polarity: str
    unit: str
    target: Decimal = NONE
    floor: Decimal = NONE
    lower: Decimal = NONE
    upper: Decimal = NONE
    green: Decimal = NONE
    amber: Decimal = NONE
    direction: str = "not_comparable"
    is_held_enough: bool = False
    stated: str = "red"
    outturn: Decimal = NONE
    earlier: Decimal = NONE
    place: str = "anywhere"


def oracle(case: Case) -> str:
    """Rate a figure by the words of its rule."""
    if case.kind == "judgement":
        return case.stated
    if _is_green(case):
        return "green"
    return "amber" if _is_amber(case) else "red"


def _is_green(case: Case) -> bool:
    if case.kind == "range":
        return case.lower <= case.outturn <= case.upper
    return _reaches(case, case.target, _room(case, case.target, case.green))


def _is_amber(case: Case) -> bool:
    if case.kind == "range":
        below, above = (_room(case, end, case.amber) for end in (case.lower, case.upper))
        return case.lower - below <= case.outturn <= case.upper + above
    if case.kind == "floor":
        return _reaches(case, case.floor, NONE)
    if case.kind == "improvement":
        is_held = case.direction == "maintained" and case.is_held_enough
        return is_held or case.direction == "improved"
    is_tolerance = case.kind in {"tolerance_relative", "tolerance_points"}
    return is_tolerance and _reaches(case, case.target, _room(case, case.target, case.amber))


def _reaches(case: Case, mark: Decimal, room: Decimal) -> bool:
    if case.polarity == "higher":
        return case.outturn >= mark - room
    if case.polarity == "lower":
        return case.outturn <= mark + room
    return mark - room <= case.outturn <= mark + room


def _room(case: Case, mark: Decimal, tolerance: Decimal) -> Decimal:
    return abs(mark) * tolerance * Decimal("0.01") if case.unit == "percent" else tolerance


def oracle_of_forecast(case: Case) -> str:
    """Rate the case's figure as a forecast: an improvement is one on the earlier figure."""
    better = {
        "higher": case.outturn - case.earlier,
        "lower": case.earlier - case.outturn,
        "range": abs(case.earlier - case.target) - abs(case.outturn - case.target),
    }.get(case.polarity, NONE)
    direction = "improved" if better > 0 else "declined" if better < 0 else "maintained"
    return oracle(replace(case, direction=direction))


def _number(chance: random.Random, most_digits: int, *, is_signed: bool = True) -> Decimal:
    digits = chance.randint(1, most_digits)
    places = chance.randint(max(0, digits - 9), 8) if chance.random() < 0.8 else 0
    sign = chance.choice((1, 1, -1)) if is_signed else 1
    return Decimal(sign * chance.randrange(10**digits)).scaleb(-places)


def _standards(chance: random.Random) -> Case:
    """Draw a rule and what it judges by; one target in twelve is 0 where the rule allows it.

    A floor standard is never better than its target, and an end of a range often 0.
    """
    kind = chance.choice(list(KINDS))
    polarity = chance.choice(KINDS[kind])
    unit = UNITS.get(kind) or chance.choice(("percent", "points"))
    target = _number(chance, chance.choice((3, 6, DIGITS)))
    if chance.random() < ONE_IN_TWELVE and kind != "tolerance_relative":
        target = NONE
    most = 3 if unit == "percent" else chance.choice((2, 5, 10))
    green, more, step = (_number(chance, most, is_signed=False) for _ in range(3))
    if chance.random() < ONE_IN_TWELVE:
        step = abs(target)
    if kind not in HAS_GREEN or chance.random() < ONE_IN_TWELVE * 5:
        green = NONE
    return Case(
        kind,
        polarity,
        unit,
        target=target,
        floor=target + WORSE[polarity] * step,
        lower=target - step,
        upper=target + chance.choice((step, more, NONE)),
        green=green,
        amber=green + more,
        direction=chance.choice(("improved", "maintained", "declined", "not_comparable")),
        is_held_enough=chance.random() < ONE_IN_TWELVE * 6,
        stated=chance.choice(("red", "amber", "green")),
    )


def _edges(case: Case) -> Iterator[Decimal]:
    """Find the figures at which the case's rating changes."""
    sides = {"higher": (-1,), "lower": (1,)}.get(case.polarity, (-1, 1))
    if case.kind == "range":
        yield from (case.lower, case.upper)
        yield case.lower - _room(case, case.lower, case.amber)
        yield case.upper + _room(case, case.upper, case.amber)
        return
    yield from (case.target + side * _room(case, case.target, case.green) for side in sides)
    if case.kind == "floor":
        yield case.floor
    if case.kind in {"tolerance_relative", "tolerance_points"}:
        yield from (case.target + side * _room(case, case.target, case.amber) for side in sides)


def _is_figure(number: Decimal) -> bool:
    """Tell whether a figure has no more digits than a return may give, and a float of its own."""
    number = number.normalize()
    return len(number.as_tuple().digits) <= DIGITS and Decimal(repr(float(number))) == number


def _beside(edge: Decimal, chance: random.Random) -> Decimal:
    """Return a figure that differs from an edge in the last digit, its own or the fifteenth."""
    own = min(int(edge.normalize().as_tuple().exponent), 0)
    last = chance.choice((own, min(own, edge.adjusted() - DIGITS + 1)))
    return edge + chance.choice((1, -1)) * Decimal(1).scaleb(last)


def _anywhere(case: Case, chance: random.Random) -> Decimal:
    span = max(abs(case.target), case.amber, case.upper - case.lower, Decimal("0.1"))
    away = span * Decimal(chance.randint(-1500, 1500)).scaleb(-3)
    quantum = Decimal(1).scaleb(max(case.target.adjusted(), away.adjusted()) - DIGITS + 2)
    return (case.target + away).quantize(quantum, context=ROUGH)


def _placed(chance: random.Random) -> Case:
    """Draw a case: half of the figures on an edge or next to one, the others anywhere."""
    while True:
        case = _standards(chance)
        case.outturn = _anywhere(case, chance)
        if case.kind != "judgement":
            case.place = chance.choice(("on an edge", "beside an edge", "anywhere", "anywhere"))
        if case.place != "anywhere":
            edge = chance.choice(list(_edges(case)))
            case.outturn = edge if case.place == "on an edge" else _beside(edge, chance)
        mirror = 2 * case.target - case.outturn if case.polarity == "range" else case.outturn
        case.earlier = chance.choice((case.outturn, mirror, _beside(mirror, chance)))
        if all(_is_figure(getattr(case, name)) for name in FIGURES):
            return case


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """The generated cases, the same in every run."""
    chance = random.Random(20230630)  # noqa: S311 - cases, not secrets
    with localcontext(PAPER):
        return [_placed(chance) for _ in range(CASES)]


def _repeated(row: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    return row.loc[[0] * CASES].reset_index(drop=True).assign(**columns)


def _figures(cases: list[Case], name: str, *kinds: str) -> list[float]:
    values = ((case.kind, float(getattr(case, name))) for case in cases)
    return [value if not kinds or kind in kinds else float("nan") for kind, value in values]


@pytest.fixture(scope="module")
def rated(
    cases: list[Case],
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_compared: FrameBuilder,
    build_overrides: FrameBuilder,
) -> pd.DataFrame:
    """The cases as `rate_outturns` rates them, some figures also as forecasts."""
    refs = [f"K{number}" for number in range(CASES)]
    standards = {
        "target_value": _figures(cases, "target"),
        "floor_value": _figures(cases, "floor", "floor"),
        "lower_value": _figures(cases, "lower", "range"),
        "upper_value": _figures(cases, "upper", "range"),
    }
    kpis = _repeated(
        build_kpis({}),
        kpi_ref=refs,
        polarity_code=[case.polarity for case in cases],
        rule_kind_code=[case.kind for case in cases],
        tolerance_unit_code=[case.unit for case in cases],
        green_tolerance_value=_figures(cases, "green"),
        amber_tolerance_value=_figures(
            cases, "amber", "tolerance_relative", "tolerance_points", "range"
        ),
        improvement_comparator_code=[
            "last_year" if case.kind == "improvement" else None for case in cases
        ],
        is_held_enough=[case.is_held_enough for case in cases],
        **standards,
        **{f"year_end_{name}": values for name, values in standards.items()},
    )
    outturns = _figures(cases, "outturn")
    headline = _repeated(
        build_accepted({}),
        kpi_ref=refs,
        row_id=refs,
        outturn_value=outturns,
        forecast_value=[
            value if number % FORECASTS == 0 else None for number, value in enumerate(outturns)
        ],
        stated_rag_code=[case.stated for case in cases],
    )
    compared = _repeated(
        build_compared({}),
        kpi_ref=refs,
        comparator_code="last_year",
        comparator_value=_figures(cases, "earlier"),
        direction_code=[case.direction for case in cases],
        not_comparable_reason_code=None,
    )
    none_rejected = pd.Series(dtype="str")
    return rate_outturns(headline, none_rejected, kpis, compared, build_overrides())


def _expected(cases: list[Case], rate: Callable[[Case], str]) -> list[str]:
    with localcontext(PAPER):
        return [rate(case) for case in cases]


def test_the_cases_hold_all_that_they_should(cases: list[Case]) -> None:
    """Every kind by every polarity and unit, every colour of each, and thousands of boundaries."""
    seen = Counter((case.kind, case.polarity) for case in cases)
    assert set(seen) == {(kind, way) for kind, ways in KINDS.items() for way in ways}
    assert min(seen.values()) > 3000
    colours = Counter(zip((c.kind for c in cases), _expected(cases, oracle), strict=True))
    assert set(colours) == {(kind, rag) for kind, rags in COLOURS.items() for rag in rags}
    assert min(colours.values()) > 1000
    places = Counter((case.kind, case.place) for case in cases if case.kind != "judgement")
    assert min(places.values()) > 1500
    assert sum(case.place != "anywhere" for case in cases) > 0.3 * CASES
    for standard in ("target", "floor", "lower", "upper", "outturn"):
        values = [getattr(case, standard) for case in cases]
        assert sum(value == 0 for value in values) > 400
        assert sum(value < 0 for value in values) > 5000
    lengths = Counter(len(case.outturn.normalize().as_tuple().digits) for case in cases)
    assert set(lengths) == set(range(1, DIGITS + 1))
    assert {case.unit for case in cases if case.kind == "range"} == {"percent", "points"}


def test_ratings_are_those_of_decimal_arithmetic(cases: list[Case], rated: pd.DataFrame) -> None:
    """On, next to and far from every boundary, no rating differs from the oracle's."""
    expected = _expected(cases, oracle)
    found = zip(cases, rated["rag_code"], expected, strict=True)
    assert [(case, rag, right) for case, rag, right in found if rag != right] == []


def test_forecasts_are_rated_alike(cases: list[Case], rated: pd.DataFrame) -> None:
    """A forecast has the rating of a figure that betters, holds or falls behind the earlier one."""
    given = [
        case.kind != "judgement" and number % FORECASTS == 0 for number, case in enumerate(cases)
    ]
    assert (rated["forecast_rag_code"].notna() == given).all()
    found = rated["forecast_rag_code"][given].tolist()
    asked = [case for case, is_given in zip(cases, given, strict=True) if is_given]
    expected = _expected(asked, oracle_of_forecast)
    pairs = zip(asked, found, expected, strict=True)
    assert [(case, rag, right) for case, rag, right in pairs if rag != right] == []


def test_variances_are_those_of_decimal_arithmetic(cases: list[Case], rated: pd.DataFrame) -> None:
    """What is shown beside a rating has no float noise, to ten decimals and fifteen digits."""
    wrong = []
    with localcontext(PAPER):
        for case, found in zip(cases, rated["variance_value"], strict=True):
            nearest = min(max(case.outturn, case.lower), case.upper)
            exact = case.outturn - (nearest if case.kind == "range" else case.target)
            largest = max(abs(case.outturn), abs(case.target), abs(case.lower), abs(case.upper))
            decimals = min(10, DIGITS - 1 - max(largest.adjusted(), 0))
            if exact.normalize().as_tuple().exponent >= -decimals and found != float(exact):
                wrong.append((case, found))
    assert wrong == []
