"""Targets as councils write them are read as a person reads them, or refused in words."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.rules import UNITS, Polarity, TargetReading, TargetRefusal, read_target_text

HIGHER, LOWER, RANGE, NONE = Polarity.HIGHER, Polarity.LOWER, Polarity.RANGE, Polarity.NONE
PUBLISHED = Path(__file__).with_name("rotherham_targets.csv")
"""Rotherham Metropolitan Borough Council's own words; each row names its page."""

POLARITIES = {"High": HIGHER, "Low": LOWER, "Representative of the borough": RANGE}
BY_EYE: dict[str, tuple[str, str | None, str]] = {
    # Reference: unit, the target that a person reads, or null and why there is none.
    "OC01": ("percent", "85", ""),
    "OC02a": ("percent", None, "leaves the figure itself out"),
    "OC02b": ("percent", None, "leaves the figure itself out"),
    "OC03": ("minutes", "4", ""),
    "OC04": ("days", "10.3", ""),
    "OC05": ("percent", "95", ""),
    "OC06a": ("percent", None, "higher figures meet it too, and the KPI's polarity is range"),
    "OC06b": ("percent", None, "names several targets"),
    "OC06c": ("percent", None, "names several targets"),
    "OC07a": ("percent", None, "gives no figure to judge by"),
    "OC07b": ("percent", None, "gives no figure to judge by"),
}


def published() -> list[dict[str, str]]:
    """Return the published targets."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", published(), ids=lambda row: row["ref"])
def test_published_targets_are_read_as_by_eye(row: dict[str, str]) -> None:
    """Every text of the file is read as the table above says, or refused for its reason."""
    unit, expected, why = BY_EYE[row["ref"]]
    said = read_target_text(row["target_text"], UNITS[unit], POLARITIES[row["good_is"]])
    if expected is not None:
        assert said == TargetReading(Decimal(expected))
    else:
        assert isinstance(said, TargetRefusal)
        assert why in said.found


def test_every_published_target_is_judged() -> None:
    """None of the file's rows is left out, and none is made up."""
    assert [row["ref"] for row in published()] == list(BY_EYE)


@pytest.mark.parametrize(
    ("text", "unit", "polarity", "value"),
    [
        ("Maintain 9% or above", "percent", HIGHER, "9"),
        ("maintain at 9%", "percent", HIGHER, "9"),
        ("85", "percent", HIGHER, "85"),
        ("85 % or better", "percent", HIGHER, "85"),
        ("At least 95%.", "percent", HIGHER, "95"),
        (">= 95%", "percent", HIGHER, "95"),
        ("\u226595%", "percent", HIGHER, "95"),
        ("minimum of 95%", "percent", HIGHER, "95"),
        ("95%+", "percent", HIGHER, "95"),
        ("increase to 95%", "percent", HIGHER, "95"),
        ("No less than 1,250", "number", HIGHER, "1250"),
        ("<=10 days", "days", LOWER, "10"),
        ("\u2264 10 days", "days", LOWER, "10"),
        ("10 days or fewer", "days", LOWER, "10"),
        ("No more than 10 days", "days", LOWER, "10"),
        ("maximum 10", "days", LOWER, "10"),
        ("up to 10 days", "days", LOWER, "10"),
        ("Reduce to 5%", "percent", LOWER, "5"),
        ("4 mins", "minutes", LOWER, "4"),
        ("\u00a31.2m", "gbp", LOWER, "1200000"),
        ("\u00a31,250.50", "gbp", LOWER, "1250.50"),
        ("-5", "number", HIGHER, "-5"),
        ("\u22125", "number", HIGHER, "-5"),
        ("5.2 per 1,000", "per_1000", LOWER, "5.2"),
        ("0", "number", LOWER, "0"),
        ("0%", "percent", LOWER, "0"),
        ("0.5%", "percent", LOWER, "0.5"),
    ],
)
def test_a_target_is_read(text: str, unit: str, polarity: Polarity, value: str) -> None:
    """A figure in the KPI's unit, with words that agree with its polarity."""
    assert read_target_text(text, UNITS[unit], polarity) == TargetReading(Decimal(value))


@pytest.mark.parametrize(
    ("text", "unit", "ends"),
    [
        ("between 5 and 7", "number", ("5", "7")),
        ("5-7", "number", ("5", "7")),
        ("5% \u2013 7%", "percent", ("5", "7")),
        ("from 5 to 7 days", "days", ("5", "7")),
        ("Between \u00a31m and \u00a31.5m", "gbp", ("1000000", "1500000")),
        ("\u00a3900k to \u00a31m", "gbp", ("900000", "1000000")),
    ],
)
def test_a_range_is_read(text: str, unit: str, ends: tuple[str, str]) -> None:
    """Both ends, for a KPI that is to be in a range."""
    lower, upper = map(Decimal, ends)
    said = read_target_text(text, UNITS[unit], RANGE)
    assert said == TargetReading(lower=lower, upper=upper)


@pytest.mark.parametrize(
    ("text", "unit", "polarity", "found"),
    [
        ("nil", "number", LOWER, "a target of 0 or as no target"),
        ("None", "number", LOWER, "a target of 0 or as no target"),
        ("0.85", "percent", HIGHER, "0.85% or as 85%"),
        ("1", "percent", HIGHER, "1% or as 100%"),
        ("more than 50%", "percent", HIGHER, "leaves the figure itself out"),
        ("fewer than 5", "number", LOWER, "leaves the figure itself out"),
        ("<5", "number", LOWER, "leaves the figure itself out"),
        ("above 50%", "percent", HIGHER, "leaves the figure itself out"),
        ("9% or above", "percent", LOWER, "higher figures meet it too"),
        ("9% or above", "percent", NONE, "higher figures meet it too"),
        ("no more than 10", "number", HIGHER, "lower figures meet it too"),
        ("increase to 9%", "percent", LOWER, "higher figures meet it too"),
        ("between 5 and 7", "number", HIGHER, "is a range"),
        ("7 to 5", "number", RANGE, "is no range"),
        ("2023-24", "number", RANGE, "is no range"),
        ("\u00a31-\u00a32m", "gbp", RANGE, "lower end that can be read as \u00a31 or as \u00a31m"),
        ("between \u00a31 and \u00a32m", "gbp", RANGE, "can be read as \u00a31 or as \u00a31m"),
        ("from \u00a3500 to \u00a31.2bn", "gbp", RANGE, "as \u00a3500 or as \u00a3500bn"),
        ("240 seconds", "minutes", LOWER, "is in `seconds`"),
        ("4 days", "number", LOWER, "is in `days`"),
        ("5%", "number", LOWER, "is in `%`"),
        ("\u00a35", "number", LOWER, "is in `\u00a3`"),
        ("1.2m", "gbp", LOWER, "is in `m`"),
        ("10k", "number", LOWER, "is in `k`"),
        ("5 per 10,000", "per_1000", LOWER, "is in `per 10,000`"),
        ("80% (2023); 85% (2024)", "percent", HIGHER, "names several targets"),
        ("increase by 5%", "percent", HIGHER, "no figure to judge by"),
        ("95% by March 2024", "percent", HIGHER, "no figure to judge by"),
        ("85% (annual target)", "percent", HIGHER, "no figure to judge by"),
        ("1 in 4", "percent", LOWER, "no figure to judge by"),
        ("12,50", "number", HIGHER, "no figure to judge by"),
        ("1e3", "number", HIGHER, "no figure to judge by"),
        ("\u0664", "number", HIGHER, "no figure to judge by"),
        ("TBC", "number", HIGHER, "no figure to judge by"),
        ("maintain", "number", HIGHER, "no figure to judge by"),
        ("1234567890123456", "number", HIGHER, "more than 15 digits"),
        ("9" * 300, "number", HIGHER, "too long"),
    ],
)
def test_what_is_no_one_target_is_refused(
    text: str, unit: str, polarity: Polarity, found: str
) -> None:
    """The reason is said, and what to write instead."""
    said = read_target_text(text, UNITS[unit], polarity)
    assert isinstance(said, TargetRefusal)
    assert found in said.found
    assert said.remedy.endswith(".")


@given(st.text(max_size=60), st.sampled_from([*UNITS.values()]), st.sampled_from([*Polarity]))
def test_any_text_is_read_or_refused(text: str, unit: object, polarity: Polarity) -> None:
    """Nothing that a person types breaks the parser."""
    said = read_target_text(text, UNITS[unit.code], polarity)
    assert isinstance(said, TargetReading | TargetRefusal)


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["{}%", "at least {}%", "{}% or above"]))
def test_a_figure_keeps_every_digit(value: Decimal, form: str) -> None:
    """What is written is what is read."""
    said = read_target_text(form.format(value), UNITS["percent"], HIGHER)
    assert said == TargetReading(value)
