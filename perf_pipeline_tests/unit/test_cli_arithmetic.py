"""A rating in words: the sum that a person would write down."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.cli.arithmetic import (
    forecast_text,
    in_unit,
    number,
    override_text,
    rating_text,
    rule_of,
    target_text,
)

Build = Callable[..., pd.DataFrame]


def row_of(frame: pd.DataFrame) -> dict[Any, Any]:
    """Return a frame's only row as plain values; missing is None."""
    plain = frame.astype(object).where(frame.notna(), None)
    row: dict[Any, Any] = plain.to_dict("records")[0]
    return row


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (71.0, "71"),
        (1234567.5, "1,234,567.5"),
        (500 / 7, "≈ 71.428571"),
        (-0.25, "-0.25"),
        (123456789012345.0, "123,456,789,012,345"),
        (0.000001, "0.000001"),
    ],
)
def test_figures_are_written_out(value: float, shown: str) -> None:
    """Figures have no exponent, and say so where digits are cut."""
    assert number(value) == shown


def test_figure_has_its_unit() -> None:
    """Pounds stand before a figure and percent after it."""
    assert in_unit(12.0, {"unit_code": "gbp"}) == "£12"
    assert in_unit(12.0, {"unit_code": "percent"}) == "12%"


_SHORT = {"outturn_value": 74.0, "variance_value": -6.0, "shortfall_value": 6.0}
_LIMITS = {"green_limit_value": 4.0, "amber_limit_value": 8.0}
_AMBER = {"rag_code": "amber", "rule_rag_code": "amber"}


@pytest.mark.parametrize(
    ("row", "direction", "text"),
    [
        pytest.param(
            _SHORT | _LIMITS | _AMBER,
            None,
            "short by 80% − 74% = 6; green up to 4, amber up to 8: amber",
            id="tolerance",
        ),
        pytest.param({}, None, "85% meets 80%: green", id="met"),
        pytest.param(
            {
                "outturn_value": 83.0,
                "polarity_code": "range",
                "variance_value": 3.0,
                "shortfall_value": 3.0,
                "green_limit_value": 1.0,
                "amber_limit_value": 5.0,
            }
            | _AMBER,
            None,
            "short by 83% − 80% = 3; green up to 1, amber up to 5: amber",
            id="about a midpoint",
        ),
        pytest.param(
            {"rule_kind_code": "floor", "floor_value": 70.0} | _SHORT | _LIMITS | _AMBER,
            None,
            "short by 80% − 74% = 6; the floor standard 70% is met: amber",
            id="floor met",
        ),
        pytest.param(
            {"rule_kind_code": "floor", "floor_value": 75.0, "rag_code": "red"}
            | _SHORT
            | _LIMITS
            | {"rule_rag_code": "red"},
            None,
            "short by 80% − 74% = 6; the floor standard 75% is not met: red",
            id="floor missed",
        ),
        pytest.param(
            {
                "rule_kind_code": "range",
                "target_value": None,
                "lower_value": 10.0,
                "upper_value": 20.0,
                "outturn_value": 9.0,
                "variance_value": -1.0,
                "shortfall_value": 1.0,
                "amber_limit_value": 2.0,
            }
            | _AMBER,
            None,
            "outside 10% to 20% by 10% − 9% = 1; amber up to 2: amber",
            id="below a range",
        ),
        pytest.param(
            {
                "rule_kind_code": "range",
                "target_value": None,
                "lower_value": 10.0,
                "upper_value": 20.0,
                "outturn_value": 20.0,
                "variance_value": 0.0,
                "shortfall_value": 0.0,
            },
            None,
            "20% is inside 10% to 20%: green",
            id="inside a range",
        ),
        pytest.param(
            {"rule_kind_code": "improvement", "green_limit_value": 0.0, "amber_limit_value": None}
            | _SHORT
            | _AMBER,
            {"direction_code": "improved", "comparator_value": 70.0},
            "short by 80% − 74% = 6; green up to 0; improved against 70%: amber",
            id="improvement",
        ),
        pytest.param(
            {"rule_kind_code": "improvement", "green_limit_value": 0.0, "amber_limit_value": None}
            | _SHORT
            | {"rag_code": "red", "rule_rag_code": "red"},
            {"direction_code": "not_comparable", "comparator_value": None},
            "short by 80% − 74% = 6; green up to 0; not comparable against no earlier figure: red",
            id="no improvement to be shown",
        ),
        pytest.param(
            {"rule_kind_code": "judgement", "rating_reason_text": "Partners agree."},
            None,
            "judged green by the return: Partners agree",
            id="judgement",
        ),
        pytest.param(
            {"rag_code": None, "rule_rag_code": None, "not_rated_reason_code": "awaiting"},
            None,
            "not rated: the service awaits the figure",
            id="not rated",
        ),
    ],
)
def test_rating_is_a_sum(
    build_scorecard: Build, row: dict[str, Any], direction: dict[str, Any] | None, text: str
) -> None:
    """Each kind of rule is told by what it looked at."""
    assert rating_text(row_of(build_scorecard(row)), direction) == text


def test_rule_is_made_from_the_scorecard(build_scorecard: Build) -> None:
    """The rule's sentence needs nothing but the published row."""
    row = {
        "rule_kind_code": "improvement",
        "tolerance_unit_code": "points",
        "amber_tolerance_value": None,
        "improvement_comparator_code": "baseline",
        "is_held_enough": True,
    }
    assert rule_of(row_of(build_scorecard(row))).text == (
        "Green when the target is met, amber when the figure of the baseline quarter is held or "
        "bettered, red otherwise."
    )


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({}, "80%, valid from 2023-24-Q1 (still); higher is better"),
        (
            {"floor_value": 70.0, "target_valid_to": "2023-24-Q4"},
            "80%, floor standard 70%, valid from 2023-24-Q1 (2023-24-Q4); higher is better",
        ),
        (
            {
                "target_value": None,
                "lower_value": 10.0,
                "upper_value": 20.0,
                "polarity_code": "range",
            },
            "10% to 20%, valid from 2023-24-Q1 (still); nearer to it is better",
        ),
        ({"target_value": None}, "none"),
    ],
    ids=["target", "floor", "range", "none"],
)
def test_target_is_told_with_its_time(
    build_scorecard: Build, row: dict[str, Any], text: str
) -> None:
    """Target, floor and range are told with the quarters in which they hold."""
    assert target_text(row_of(build_scorecard(row))) == text


def test_override_is_told(build_scorecard: Build) -> None:
    """Who, when and why stand beside what the rule said."""
    overridden = {
        "rag_code": "amber",
        "rule_rag_code": "red",
        "rating_basis_code": "override",
        "override_role": "Board",
        "override_date": "2023-08-01",
        "override_reason_text": "One provider is late.",
    }
    assert override_text(row_of(build_scorecard({}))) is None
    assert override_text(row_of(build_scorecard(overridden))) == (
        "published as amber in place of red: Board, 2023-08-01: One provider is late."
    )


def test_forecast_is_told(build_scorecard: Build) -> None:
    """A forecast stands against the year end's target, where there is one."""
    forecast = {"forecast_value": 81.0, "year_end_target_value": 80.0, "forecast_rag_code": "green"}
    assert forecast_text(row_of(build_scorecard({}))) is None
    assert forecast_text(row_of(build_scorecard(forecast))) == (
        "81% at the year end against 80%: green"
    )
    bare = {"forecast_value": 81.0, "year_end_target_value": None}
    assert forecast_text(row_of(build_scorecard(bare))) == "81% at the year end: not rated"
