"""Checks of a figure against the figure before it, its target and its own history."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME, Plausibility, QualityCheck
from perf_pipeline.schemas import empty, register, stages, summaries
from perf_pipeline.scrutinise import Evidence
from perf_pipeline.scrutinise.checking import CHECKS
from perf_pipeline.scrutinise.control_limits import control_limits

Rows = list[dict[str, Any]]
FrameBuilder = Callable[..., pd.DataFrame]
Looker = Callable[..., list[str]]

QUARTER = Quarter(2023, 1)


@pytest.fixture(scope="module")
def look(
    build_scorecard: FrameBuilder,
    build_kpis: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> Looker:
    """Return a function that says what one check finds in a scorecard and earlier figures."""
    nothing = Evidence(
        quarter=QUARTER,
        scorecard=build_scorecard({}),
        kpis=build_kpis({}),
        comparators=build_comparators(),
        titles=empty(stages.ReturnRows),
        notes=empty(register.KeyIssueNotes),
        stated=empty(register.StatedCounts),
        directorate_summary=empty(summaries.DirectorateSummary),
        council_summary=empty(summaries.CouncilSummary),
        overrides=empty(register.Overrides),
        looks=DEFAULT_SCHEME,
        thresholds=Plausibility(),
    )

    def looker(
        check: QualityCheck,
        row: dict[str, Any] | None = None,
        *,
        kpi: dict[str, Any] | None = None,
        earlier: Rows | None = None,
        breaks: Rows | None = None,
        thresholds: Plausibility | None = None,
    ) -> list[str]:
        evidence = dataclasses.replace(
            nothing,
            scorecard=build_scorecard(row or {}),
            kpis=build_kpis(kpi or {}),
            comparators=build_comparators(*(earlier or [])),
            breaks=build_breaks(*(breaks or [])),
            thresholds=thresholds or Plausibility(),
        )
        return [finding.text for finding in CHECKS[check](evidence)]

    return looker


@pytest.mark.parametrize(
    ("figure", "before", "is_found"),
    [(0.0, 10.0, True), (0.0, -10.0, True), (0.0, 9.9, False), (0.1, 400.0, False)],
    ids=["on the threshold", "negative", "below it", "not 0"],
)
def test_zero_after_large(look: Looker, figure: float, before: float, *, is_found: bool) -> None:
    """A 0 is questioned when the figure before it was at least 10, either side of 0."""
    found = look(
        QualityCheck.ZERO_AFTER_LARGE,
        {"outturn_value": figure},
        earlier=[{"outturn_value": before}],
    )
    assert bool(found) is is_found


def test_zero_says_what_it_was_and_what_to_do(look: Looker) -> None:
    """The finding names the figure, its quarter and the remedy."""
    earlier = [{"outturn_value": 1412.5}]
    (text,) = look(QualityCheck.ZERO_AFTER_LARGE, {"outturn_value": 0.0}, earlier=earlier)
    assert text == (
        "The figure is 0, and it was 1,412.5% in Q4 2022/23. If there is no figure, leave the cell "
        "empty or say why; if it is 0, confirm it in the commentary."
    )


def test_zero_after_large_last_year(look: Looker) -> None:
    """A 0 is questioned by last year's figure where there is none of the quarter before."""
    (text,) = look(
        QualityCheck.ZERO_AFTER_LARGE,
        {"outturn_value": 0.0},
        earlier=[{"quarter_key": "2022-23-Q1", "outturn_value": 50.0}],
    )
    assert "it was 50% in Q1 2022/23" in text


@pytest.mark.parametrize(
    ("kpi", "is_found"),
    [
        ({}, False),
        ({"period_quarter_key": "2022-23-Q4", "arrears_quarter_count": 1}, True),
    ],
    ids=["April begins a new year", "in arrears, both of the old year"],
)
def test_year_to_date_begins_again(look: Looker, kpi: dict[str, Any], *, is_found: bool) -> None:
    """A year-to-date 0 is not questioned by a figure of the year before."""
    period = kpi.get("period_quarter_key", QUARTER.key)
    found = look(
        QualityCheck.ZERO_AFTER_LARGE,
        {"outturn_value": 0.0, "period_quarter_key": period},
        kpi={"is_year_to_date": True} | kpi,
        earlier=[{"outturn_value": 400.0}],
    )
    assert bool(found) is is_found


@pytest.mark.parametrize(
    ("figure", "now", "before", "is_found"),
    [
        (80.0, "On  track.\n", "on track.", True),
        (80.0, "On track.", "On course.", False),
        (81.0, "On track.", "On track.", False),
        (80.0, None, None, False),
        (80.0, " ", " ", False),
    ],
    ids=["spaces and case aside", "other words", "other figure", "no words", "blank"],
)
def test_unchanged_with_commentary(
    look: Looker, figure: float, now: str | None, before: str | None, *, is_found: bool
) -> None:
    """The same figure is questioned when the words with it are the same too."""
    found = look(
        QualityCheck.UNCHANGED_WITH_COMMENTARY,
        {"outturn_value": figure, "commentary_text": now},
        earlier=[{"outturn_value": 80.0, "commentary_text": before}],
    )
    assert bool(found) is is_found


@pytest.mark.parametrize(
    ("figure", "target", "is_found"),
    [
        (73_390.0, 420.0, True),
        (1.0, 40.0, True),
        (2.0, 40.0, True),
        (2.1, 40.0, False),
        (-400.0, -20.0, True),
        (-400.0, 20.0, False),
        (0.1, 9.9, False),
        (0.0, 400.0, False),
        (400.0, 0.0, False),
        (0.3, 6.0, False),
    ],
    ids=[
        "420 against 73,390",
        "1 overdue against 40",
        "on the factor",
        "below it",
        "both negative",
        "other sign",
        "small numbers",
        "figure of 0",
        "target of 0",
        "small and on the factor",
    ],
)
def test_target_out_of_scale(look: Looker, figure: float, target: float, *, is_found: bool) -> None:
    """A target is questioned that is 20 times the figure, or a twentieth of it."""
    found = look(
        QualityCheck.TARGET_OUT_OF_SCALE,
        {"outturn_value": figure, "target_value": target, "unit_code": "number"},
    )
    assert bool(found) is is_found


def test_range_is_judged_by_its_middle(look: Looker) -> None:
    """Without a target the middle of the range stands for it."""
    row = {"target_value": None, "lower_value": 400.0, "upper_value": 440.0}
    (text,) = look(
        QualityCheck.TARGET_OUT_OF_SCALE, row | {"outturn_value": 73_390.0, "unit_code": "number"}
    )
    assert text.startswith("The figure is 73,390 against a target of 420. Check")


@pytest.mark.parametrize(
    ("kpi", "is_found"),
    [
        ({}, True),
        ({"previous_target_value": 60.0}, False),
        ({"previous_target_value": None}, False),
        ({"is_year_to_date": False}, False),
        ({"basis_code": "data_only"}, False),
        ({"is_due": False}, False),
    ],
    ids=["same", "moved on", "another year", "not cumulative", "data only", "not due"],
)
def test_target_not_moved_on(look: Looker, kpi: dict[str, Any], *, is_found: bool) -> None:
    """A year-to-date target that stays as it was is questioned."""
    counted_up = {"is_year_to_date": True, "previous_target_value": 80.0}
    found = look(QualityCheck.TARGET_NOT_MOVED_ON, kpi=counted_up | kpi)
    assert bool(found) is is_found


FLOW_RATES = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
"""NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 Individuals Control Charts."""


def history(values: list[float]) -> Rows:
    """Return earlier figures, the last one of the quarter before."""
    return [
        {"quarter_key": QUARTER.shift(place - len(values)).key, "outturn_value": value}
        for place, value in enumerate(values)
    ]


def test_limits_are_the_handbooks(build_comparators: FrameBuilder) -> None:
    """The limits of the NIST/SEMATECH handbook's worked example come out to its last digit."""
    limits = control_limits(build_comparators(*history(FLOW_RATES)).sample(frac=1, random_state=1))
    printed = limits.loc["ADS-01"].round(4).to_dict()
    assert printed == {
        "figure_count": 10,
        "mean_value": 50.81,
        "moving_range_value": 1.8778,
        "lower_limit_value": 45.8159,
        "upper_limit_value": 55.8041,
    }


@pytest.mark.parametrize(
    ("figure", "is_found"),
    [(45.81, True), (45.82, False), (55.80, False), (55.81, True)],
    ids=["below", "just above the lower", "just below the upper", "above"],
)
def test_outside_control_limits(look: Looker, figure: float, *, is_found: bool) -> None:
    """A figure outside the handbook's limits of its history is questioned."""
    found = look(
        QualityCheck.OUTSIDE_CONTROL_LIMITS,
        {"outturn_value": figure},
        earlier=history(FLOW_RATES),
    )
    assert bool(found) is is_found


def test_limits_are_named(look: Looker) -> None:
    """The finding says what the figure should lie between, and by how many figures."""
    (text,) = look(
        QualityCheck.OUTSIDE_CONTROL_LIMITS, {"outturn_value": 73.0}, earlier=history(FLOW_RATES)
    )
    assert text.startswith(
        "The figure is 73%; by its 10 earlier figures it should lie between 45.82% and 55.8%."
    )


@pytest.mark.parametrize(
    ("earlier", "kpi", "breaks"),
    [
        (history(FLOW_RATES[:7]), {}, []),
        (history(FLOW_RATES), {"is_year_to_date": True}, []),
        (history(FLOW_RATES), {}, [{"quarter_key": "2022-23-Q1"}]),
        (history([99.6] * 9), {}, []),
        ([], {}, []),
    ],
    ids=["seven figures", "year to date", "broken series", "rounding of the mean", "no history"],
)
def test_limits_that_are_not_drawn(
    look: Looker, earlier: Rows, kpi: dict[str, Any], breaks: Rows
) -> None:
    """Too few figures, figures that add up or another definition give no limits."""
    found = look(
        QualityCheck.OUTSIDE_CONTROL_LIMITS,
        {"outturn_value": 99.6},
        kpi=kpi,
        earlier=earlier,
        breaks=breaks,
    )
    assert not found


def test_least_limit_figures_is_the_councils(look: Looker) -> None:
    """A council may draw limits through fewer figures."""
    found = look(
        QualityCheck.OUTSIDE_CONTROL_LIMITS,
        {"outturn_value": 99.6},
        earlier=history(FLOW_RATES[:5]),
        thresholds=Plausibility(least_limit_figures=5),
    )
    assert found
