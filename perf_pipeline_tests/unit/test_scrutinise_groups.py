"""Groups of a breakdown that differ by more than chance: the test, its correction, the findings."""

import dataclasses
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import (
    DEFAULT_SCHEME,
    GroupDifferences,
    Plausibility,
    QualityCheck,
    SmallNumbers,
)
from perf_pipeline.schemas import empty, register, reporting, stages, summaries
from perf_pipeline.scrutinise import Evidence, find_implausible
from perf_pipeline.scrutinise.groups import (
    Group,
    below_level,
    chance_of_difference,
    differing,
    group_differs,
)
from perf_pipeline.summarise import kpi_breakdowns
from perf_pipeline.suppress import suppress_breakdowns
from perf_pipeline_tests.unit.builders import QUARTER, WHERE, FrameBuilder, builder

Looker = Callable[..., list[str]]

LEVEL = 0.05
PRIMARY, SECONDARY, SPECIAL = Group(180, 200), Group(150, 200), Group(17, 20)


@pytest.mark.parametrize(
    ("first", "second", "chance"),
    [
        pytest.param(Group(3, 4), Group(1, 4), 34 / 70, id="the lady tasting tea"),
        pytest.param(Group(4, 4), Group(0, 4), 2 / 70, id="had she been right of all cups"),
        pytest.param(Group(2, 17), Group(10, 13), 0.0005367, id="convictions of twins"),
        pytest.param(Group(8, 10), Group(1, 6), 0.0350, id="whales and sharks"),
    ],
)
def test_chance_is_that_of_published_examples(first: Group, second: Group, chance: float) -> None:
    """The p-value is that of worked examples.

    The tea and the twins are Fisher's (*The Design of Experiments*, 1935; *Statistical Methods for
    Research Workers*, 1970, two-sided as R's manual of `fisher.test` prints it); the whales are of
    SciPy's manual of `fisher_exact`.
    """
    assert chance_of_difference(first, second) == pytest.approx(chance, abs=5e-5)


@settings(deadline=None)
@given(
    st.integers(1, 3000).flatmap(lambda of: st.builds(Group, st.integers(0, of), st.just(of))),
    st.integers(1, 3000).flatmap(lambda of: st.builds(Group, st.integers(0, of), st.just(of))),
)
def test_chance_is_that_of_scipy(first: Group, second: Group) -> None:
    """The p-value that is summed here is SciPy's."""
    table = [[each.counted, each.of - each.counted] for each in (first, second)]
    expected = float(fisher_exact(table).pvalue)
    assert chance_of_difference(first, second) == pytest.approx(expected, rel=1e-9, abs=1e-250)


def test_correction_is_that_of_a_published_example() -> None:
    """Of the chances 0.01, 0.04, 0.03 and 0.005 Holm's method finds the first and the last.

    Adjusted they are 0.03, 0.06, 0.06 and 0.02 (the example of Wikipedia's article on the method).
    """
    assert below_level([0.01, 0.04, 0.03, 0.005], LEVEL) == [True, False, False, True]


def test_correction_steps_down() -> None:
    """Each group found leaves one fewer to correct for, and the first not found ends it."""
    assert below_level([0.016, 0.024, 0.049], LEVEL) == [True, True, True]
    assert below_level([0.017, 0.001, 0.026], LEVEL) == [True, True, True]
    assert below_level([0.017, 0.017, 0.017], LEVEL) == [False, False, False]


def test_two_groups_are_one_test() -> None:
    """Of two groups each is the other's rest, so nothing is corrected for."""
    assert below_level([0.05, 0.05], LEVEL) == [True, True]


def test_worked_sum_of_the_document() -> None:
    """The example of docs/plausibility.md: primary higher, secondary lower, special neither."""
    assert differing([PRIMARY, SECONDARY, SPECIAL], LEVEL) == [1, -1, 0]
    assert chance_of_difference(PRIMARY, Group(167, 220)) == pytest.approx(0.00016, abs=5e-6)
    assert chance_of_difference(SECONDARY, Group(197, 220)) == pytest.approx(0.000097, abs=5e-7)


@pytest.mark.parametrize("groups", [[], [Group(0, 9)]], ids=["none", "one"])
def test_a_group_without_a_rest_differs_from_nothing(groups: list[Group]) -> None:
    """One group, or none, is never named."""
    assert differing(groups, LEVEL) == [0] * len(groups)


def test_a_billion_cases_can_be_tested() -> None:
    """The test's own numbers do not overflow at the most cases that are looked at."""
    halves = [Group(250_000_000, 500_000_000), Group(250_100_000, 500_000_000)]
    assert differing(halves, LEVEL) == [-1, 1]


groups_of_cases = st.integers(1, 400).flatmap(
    lambda of: st.builds(Group, st.integers(0, of), st.just(of))
)


@given(st.data(), st.lists(groups_of_cases, min_size=2, max_size=7))
@settings(max_examples=60, deadline=None)
def test_the_order_of_groups_is_of_no_account(data: st.DataObject, groups: list[Group]) -> None:
    """However the groups are ordered, the same are named in the same direction."""
    order = data.draw(st.permutations(range(len(groups))))
    named = differing(groups, LEVEL)
    assert differing([groups[place] for place in order], LEVEL) == [named[place] for place in order]


@given(groups_of_cases, st.lists(st.integers(1, 50), min_size=2, max_size=7))
@settings(max_examples=60, deadline=None)
def test_groups_of_one_share_are_never_named(one: Group, times: list[int]) -> None:
    """Groups with exactly the same share do not differ, however many cases they have."""
    groups = [Group(one.counted * size, one.of * size) for size in times]
    assert differing(groups, LEVEL) == [0] * len(groups)


@given(st.lists(groups_of_cases, min_size=2, max_size=7))
@settings(max_examples=60, deadline=None)
def test_what_is_counted_turned_round_turns_the_direction(groups: list[Group]) -> None:
    """Counting those without instead of those with names the same groups the other way."""
    others = [Group(group.of - group.counted, group.of) for group in groups]
    assert differing(others, LEVEL) == [-sign for sign in differing(groups, LEVEL)]


@pytest.mark.parametrize("level", [0.05, 0.2])
def test_chance_alone_names_a_group_no_oftener_than_the_level(level: float) -> None:
    """Of 1,000 breakdowns in which no group differs, no more than the level have one named."""
    draws = np.random.default_rng(20231)
    sizes = [400, 150, 60, 12]
    named = 0
    for _ in range(1000):
        groups = [Group(int(draws.binomial(size, 0.3)), size) for size in sizes]
        named += any(differing(groups, level))
    assert 0 < named <= 1000 * level


def test_a_real_difference_is_named() -> None:
    """Of 200 breakdowns in which one group is 15 points lower, most have that group named."""
    draws = np.random.default_rng(20231)
    shares, sizes = [0.6, 0.6, 0.45], [400, 400, 400]
    drawn = [
        [Group(int(draws.binomial(size, p)), size) for size, p in zip(sizes, shares, strict=True)]
        for _ in range(200)
    ]
    assert sum(differing(groups, LEVEL)[2] == -1 for groups in drawn) > 190


@pytest.fixture(scope="module")
def build_breakdowns() -> FrameBuilder:
    """Return a function that makes `KpiBreakdowns`: pupils of ADS-01 by school phase."""
    defaults = {
        "quarter_key": QUARTER,
        "kpi_ref": "ADS-01",
        "kpi_name": "Reviews done in time",
        "breakdown_type_code": "school_phase",
        "breakdown_category_code": "primary",
        "breakdown_category_name": "Primary schools",
        "display_order": 1,
        "unit_code": "percent",
        "outturn_status_code": "given",
        "source_code": "adults",
        **WHERE,
        "row_number": 2,
    }
    columns = reporting.KpiBreakdowns.to_schema().columns
    return builder(reporting.KpiBreakdowns, dict.fromkeys(columns) | defaults)


@pytest.fixture(scope="module")
def build_categories() -> Callable[..., pd.DataFrame]:
    """Return a function that makes the register's `Breakdowns`: groups by ethnicity."""
    defaults = {
        "breakdown_type_code": "ethnicity",
        "breakdown_category_code": "a",
        "breakdown_category_name": "Group a",
        "display_order": 1,
    }
    build = builder(register.Breakdowns, defaults)

    def named(*rows: dict[str, Any]) -> pd.DataFrame:
        name = "breakdown_category_name"
        return build(*({name: f"Group {row['breakdown_category_code']}"} | row for row in rows))

    return named


@pytest.fixture(scope="module")
def nothing(build_scorecard: FrameBuilder, build_kpis: FrameBuilder) -> Evidence:
    """Return the evidence of a quarter with ADS-01, in which there is nothing to find."""
    return Evidence(
        quarter=Quarter.parse(QUARTER),
        scorecard=build_scorecard({}),
        kpis=build_kpis({}),
        comparators=empty(stages.ComparatorOutturns),
        titles=empty(stages.ReturnRows),
        notes=empty(register.KeyIssueNotes),
        stated=empty(register.StatedCounts),
        directorate_summary=empty(summaries.DirectorateSummary),
        council_summary=empty(summaries.CouncilSummary),
        overrides=empty(register.Overrides),
        looks=DEFAULT_SCHEME,
        thresholds=Plausibility(),
    )


@pytest.fixture(scope="module")
def find(nothing: Evidence, build_breakdowns: FrameBuilder) -> Callable[..., pd.DataFrame]:
    """Return a function that finds what differs between groups of ADS-01."""

    def finder(
        groups: Sequence[Group | None], differences: GroupDifferences | None = None, **facts: Any
    ) -> pd.DataFrame:
        rows = [
            {
                "breakdown_category_code": f"group_{number}",
                "breakdown_category_name": f"Group {number}",
                "display_order": number,
                "row_number": number + 1,
                "numerator_value": group and group.counted,
                "denominator_value": group and group.of,
                **facts,
            }
            for number, group in enumerate(groups, start=1)
        ]
        evidence = dataclasses.replace(
            nothing,
            breakdowns=build_breakdowns(*rows),
            differences=differences or GroupDifferences(),
        )
        found = find_implausible(evidence)
        assert len(group_differs(evidence)) == len(found)
        return found

    return finder


def test_finding_names_group_direction_and_level(find: Callable[..., pd.DataFrame]) -> None:
    """Each group that differs is one finding, at its own row of the return."""
    found = find([PRIMARY, SECONDARY, SPECIAL])
    assert list(found["check_code"]) == [QualityCheck.GROUP_DIFFERS] * 2
    assert list(found["row_number"]) == [2, 3]
    assert list(found["directorate_code"]) == ["ADS"] * 2
    assert found["finding_text"][0] == (
        "By `school_phase`, the figure of `Group 1` is higher than that of the other groups "
        "together by more than chance would explain at the 5% level. Look into the reason, and "
        "say in the commentary what is known of it."
    )
    assert "`Group 2` is lower than" in found["finding_text"][1]


def test_two_groups_give_one_finding(find: Callable[..., pd.DataFrame]) -> None:
    """Where there are two groups, the difference between them is told once."""
    (text,) = find([PRIMARY, SECONDARY])["finding_text"]
    assert "the figure of `Group 1` is higher than that of `Group 2` by more" in text


def test_finding_gives_no_count_away(find: Callable[..., pd.DataFrame]) -> None:
    """No figure of a group stands in a finding; its only number besides names is the level."""
    groups = [Group(7123, 8456), Group(3777, 8999), Group(5888, 6999)]
    for text in find(groups)["finding_text"]:
        digits = text.replace("Group 1", "").replace("Group 2", "").replace("Group 3", "")
        assert [word for word in digits.split() if any(map(str.isdigit, word))] == ["5%"]


def test_suppressed_group_is_neither_named_nor_part_of_the_rest(
    find: Callable[..., pd.DataFrame],
) -> None:
    """What is found is the same whether a group without counts is there or not."""
    with_it = find([PRIMARY, SECONDARY, None])["finding_text"]
    assert list(with_it) == list(find([PRIMARY, SECONDARY])["finding_text"])


@pytest.mark.parametrize(
    "facts",
    [
        {"unit_code": "per_1000"},
        {"unit_code": "number"},
        {"numerator_value": None},
        {"denominator_value": None},
        {"numerator_value": 0.5},
        {"denominator_value": 180.5, "numerator_value": 0.0},
        {"numerator_value": -1.0},
        {"numerator_value": 201.0, "denominator_value": 200.0},
        {"denominator_value": 0.0, "numerator_value": 0.0},
        {"denominator_value": 2e9},
    ],
    ids=lambda facts: " ".join(f"{name}={value}" for name, value in facts.items()),
)
def test_what_is_no_share_of_cases_is_not_tested(
    find: Callable[..., pd.DataFrame], facts: dict[str, Any]
) -> None:
    """Rates, counts alone, parts of cases and sums of money beyond a billion are left alone."""
    assert find([PRIMARY, SECONDARY, SPECIAL], **facts).empty


def test_level_is_the_councils(find: Callable[..., pd.DataFrame]) -> None:
    """A difference that 5% finds is not found at 0.01%, and the level is stated."""
    loose, strict = (GroupDifferences(Decimal(level)) for level in ("12.5", "0.01"))
    groups = [Group(60, 100), Group(43, 100)]
    assert "at the 12.5% level" in find(groups, loose)["finding_text"][0]
    assert find(groups, strict).empty


def test_kpi_that_the_council_leaves_out_is_not_tested(find: Callable[..., pd.DataFrame]) -> None:
    """`except_kpis` names the KPIs whose numerators count no people or cases."""
    left_out = GroupDifferences(except_kpis=frozenset({"ADS-01"}))
    assert find([PRIMARY, SECONDARY], left_out).empty
    assert not find([PRIMARY, SECONDARY], GroupDifferences(except_kpis=frozenset({"X"}))).empty


def test_what_is_withheld_is_not_found(
    nothing: Evidence,
    build_accepted: FrameBuilder,
    build_kpis: FrameBuilder,
    build_categories: FrameBuilder,
) -> None:
    """Groups that small numbers hide are named by no finding, and by one where nothing is hidden.

    Of five groups `a` is small, 3 of 400, and `e` is hidden lest `a` be found by subtraction.
    """
    counts = {"a": (3, 400), "b": (150, 200), "c": (90, 200), "d": (110, 200), "e": (40, 50)}
    codes = [{"breakdown_category_code": code} for code in counts]
    accepted = build_accepted(
        *(
            {
                **code,
                "breakdown_type_code": "ethnicity",
                "numerator_value": float(counted),
                "denominator_value": float(of),
            }
            for code, (counted, of) in zip(codes, counts.values(), strict=True)
        )
    )
    categories = build_categories(*({**code, "display_order": 1} for code in codes))

    def named(rule: SmallNumbers) -> set[str]:
        kpis, earlier = build_kpis({}), empty(stages.AcceptedOutturns)
        seen = suppress_breakdowns(accepted, earlier, kpis, {QUARTER: rule}, {}).outturns
        published = kpi_breakdowns(seen, kpis, categories)
        evidence = dataclasses.replace(nothing, breakdowns=published)
        return {
            text for finding in group_differs(evidence) for text in finding.text.split("`")[3:4]
        }

    hidden = {"Group a", "Group e"}
    assert named(SmallNumbers(breakdown_types=frozenset())) > hidden
    assert named(SmallNumbers(threshold=5)) == {"Group b", "Group c"}
