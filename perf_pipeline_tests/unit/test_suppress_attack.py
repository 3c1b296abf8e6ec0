"""A solver that reads what is published finds no suppressed count; without partners it does."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.rules import SmallNumbers
from perf_pipeline.summarise import kpi_breakdowns
from perf_pipeline.suppress import suppress_breakdowns
from perf_pipeline_tests.small_number_attack import THRESHOLD, recovered
from perf_pipeline_tests.unit.builders import FrameBuilder

QUARTERS = ("2023-24-Q1", "2023-24-Q2")
CATEGORIES = [(kind, name) for kind, count in (("sex", 2), ("age", 4)) for name in "abcd"[:count]]
REGISTER = {kind: [name for each, name in CATEGORIES if each == kind] for kind in ("sex", "age")}
RULE = SmallNumbers(THRESHOLD)
SENT: dict[tuple[str, str], str] = {}
"""All categories have a figure."""

Figures = dict[tuple[str, str], tuple[int, int]]
"""Numerator and denominator by breakdown type and category."""

Absent = dict[tuple[str, str], str]
"""Categories without a figure: no row, or one with a status."""

Publish = Callable[..., list[dict[str, pd.DataFrame]]]


@st.composite
def quarters_of_figures(draw: st.DrawFn) -> list[Figures]:
    """Draw the figures of two quarters, each the same in total by sex and by age."""
    quarters: list[Figures] = []
    for _ in QUARTERS:
        ages = [draw(_share()) for _ in "abcd"]
        part, whole = (sum(each) for each in zip(*ages, strict=True))
        woman = draw(st.integers(0, part))
        women = draw(st.integers(woman, whole - (part - woman)))
        sexes = [(woman, women), (part - woman, whole - women)]
        quarters.append(dict(zip(CATEGORIES, [*sexes, *ages], strict=True)))
    return quarters


def absent_categories() -> st.SearchStrategy[list[Absent]]:
    """Draw which categories are rejected or left out, or are awaited, in each of two quarters."""
    one = st.dictionaries(
        st.sampled_from(CATEGORIES), st.sampled_from(["no_row", "awaiting"]), max_size=3
    )
    return st.lists(one, min_size=2, max_size=2)


@st.composite
def _share(draw: st.DrawFn) -> tuple[int, int]:
    part = draw(st.one_of(st.integers(0, 8), st.integers(0, 60)))
    return part, part + draw(st.one_of(st.integers(0, 8), st.integers(0, 60)))


@pytest.fixture
def publish(
    build_accepted: FrameBuilder, build_kpis: FrameBuilder, build_scorecard: FrameBuilder
) -> Publish:
    """Return what makes the scorecard and the breakdowns of quarters, with or without partners."""
    breakdowns = pd.DataFrame(
        CATEGORIES, columns=["breakdown_type_code", "breakdown_category_code"]
    )
    breakdowns = breakdowns.assign(breakdown_category_name="Name", display_order=1)

    def rows_of(key: str, figures: Figures, unit: str, absent: Absent) -> pd.DataFrame:
        own = {("all", "all"): whole_of(figures)}
        return build_accepted(
            *(
                {
                    "quarter_key": key,
                    "return_quarter_key": key,
                    "breakdown_type_code": kind,
                    "breakdown_category_code": name,
                    **(
                        {"outturn_value": None, "outturn_status_code": "awaiting"}
                        if (kind, name) in absent
                        else values(part, whole, unit)
                    ),
                }
                for (kind, name), (part, whole) in (own | figures).items()
                if absent.get((kind, name)) != "no_row"
            )
        )

    def make(
        quarters: list[Figures],
        unit: str,
        *,
        adds_up: bool,
        has_partners: bool,
        absent: Sequence[Absent] = (SENT, SENT),
    ) -> Any:
        published, before = [], [build_accepted()]
        for key, figures, without in zip(QUARTERS, quarters, absent, strict=True):
            accepted = rows_of(key, figures, unit, without)
            kpis = build_kpis(
                {
                    "quarter_key": key,
                    "period_quarter_key": key,
                    "unit_code": unit,
                    "is_year_to_date": adds_up,
                }
            )
            earlier = pd.concat(before)
            if has_partners:
                rules = dict.fromkeys(
                    ("2022-23-Q3", "2022-23-Q4", *QUARTERS[: len(published) + 1]), RULE
                )
                seen = suppress_breakdowns(accepted, earlier, kpis, rules, {}).outturns
            else:
                seen = small_alone_hidden(accepted)
            before.append(accepted)
            total = values(*whole_of(figures), unit)
            headline = build_scorecard({"quarter_key": key, "unit_code": unit, **total})
            published.append(
                {
                    "kpi_scorecard": headline,
                    "kpi_breakdowns": kpi_breakdowns(seen, kpis, breakdowns),
                }
            )
        return published

    return make


def whole_of(figures: Figures) -> tuple[int, int]:
    """Return what the ages make together."""
    ages = [each for (kind, _), each in figures.items() if kind == "age"]
    part, whole = (sum(each) for each in zip(*ages, strict=True))
    return part, whole


def values(part: int, whole: int, unit: str) -> dict[str, Any]:
    """Return a figure in its unit, with its parts where it has any."""
    if unit == "number":
        return {"outturn_value": part}
    value = 100 * part / whole if whole else None
    status = "calculated" if whole else "not_calculable"
    parts = {"numerator_value": part, "denominator_value": whole}
    return {"outturn_value": value, "outturn_status_code": status, **parts}


def small_alone_hidden(accepted: pd.DataFrame) -> pd.DataFrame:
    """Hide small counts and nothing else: the control."""
    parts = accepted[["numerator_value", "denominator_value"]].copy()
    parts["remainder"] = parts["denominator_value"] - parts["numerator_value"]
    parts["value"] = accepted["outturn_value"].where(parts["denominator_value"].isna())
    is_small = ((parts > 0) & (parts < RULE.threshold)).any(axis=1)
    hidden = accepted.copy()
    hidden.loc[is_small, ["outturn_value", "numerator_value", "denominator_value"]] = float("nan")
    hidden.loc[is_small, "outturn_status_code"] = "suppressed"
    return hidden


def summed(quarters: list[Figures]) -> list[Figures]:
    """Return the figures as they add up."""
    first, second = quarters
    both = {key: (first[key][0] + second[key][0], first[key][1] + second[key][1]) for key in first}
    return [first, both]


@pytest.mark.parametrize("unit", ["number", "percent"])
@pytest.mark.parametrize("adds_up", [False, True], ids=["each-quarter", "year-to-date"])
def test_solver_finds_no_suppressed_count(publish: Publish, unit: str, adds_up: bool) -> None:  # noqa: FBT001 - a case
    """Whatever the figures of two quarters, totals, shares and differences give none back."""

    @settings(max_examples=25, deadline=None)
    @given(quarters=quarters_of_figures(), absent=absent_categories())
    def attack(quarters: list[Figures], absent: list[Absent]) -> None:
        figures = summed(quarters) if adds_up else quarters
        published = publish(figures, unit, adds_up=adds_up, has_partners=True, absent=absent)
        assert recovered(published, ["ADS-01"] if adds_up else [], REGISTER) == {}

    attack()


@pytest.mark.parametrize(
    ("unit", "figure"), [("number", "outturn_value"), ("percent", "numerator_value")]
)
def test_solver_finds_what_has_no_partner(publish: Publish, unit: str, figure: str) -> None:
    """Where small counts alone are hidden the same solver finds them: the attack works."""
    ages = [(3, 30), (40, 90), (50, 110), (0, 20)]
    figures = dict(zip(CATEGORIES, [(43, 150), (50, 100), *ages], strict=True))
    published = publish([figures, figures], unit, adds_up=False, has_partners=False)
    found = recovered(published, knows_rule=False)
    assert found[QUARTERS[0], "ADS-01/age", "a", figure] == 3
    hidden = publish([figures, figures], unit, adds_up=False, has_partners=True)
    assert recovered(hidden) == {}
    assert (hidden[0]["kpi_breakdowns"]["outturn_status_code"] == "suppressed").sum() == 2


@pytest.mark.parametrize("how", ["no_row", "awaiting"])
def test_solver_finds_what_was_not_sent(publish: Publish, how: str) -> None:
    """A small count that is rejected, left out or awaited comes back unless another is hidden."""
    ages = [(3, 30), (40, 90), (50, 110), (0, 20)]
    figures = dict(zip(CATEGORIES, [(43, 150), (50, 100), *ages], strict=True))
    absent = [{("age", "a"): how}, SENT]
    published = publish(
        [figures, figures], "number", adds_up=False, has_partners=False, absent=absent
    )
    found = recovered(published, categories=REGISTER, knows_rule=False)
    assert found[QUARTERS[0], "ADS-01/age", "a", "outturn_value"] == 3
    published = publish(
        [figures, figures], "number", adds_up=False, has_partners=True, absent=absent
    )
    assert recovered(published, categories=REGISTER) == {}


def test_solver_finds_what_was_shown_a_quarter_later(publish: Publish) -> None:
    """A count that is hidden once and shown when it has grown is bounded by what is shown."""
    first = dict(
        zip(CATEGORIES, [(20, 50), (20, 50), (4, 4), (4, 8), (16, 20), (16, 68)], strict=True)
    )
    second = first | {("age", "a"): (4, 4)}
    published = publish([first, second], "number", adds_up=True, has_partners=True)
    late = published[1]["kpi_breakdowns"]
    shown = late["breakdown_category_code"].isin(["a"]) & (late["breakdown_type_code"] == "age")
    late.loc[shown, ["outturn_status_code", "outturn_value"]] = ["given", 4.0]
    assert recovered(published, ["ADS-01"], knows_rule=False) != {}
