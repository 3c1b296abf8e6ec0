"""A quarter's figure is the sum of its months where all three are there, and refused otherwise."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.rules import UNITS, OutturnStatus
from perf_pipeline.validate import CellContext
from perf_pipeline.validate.month_sums import sum_of_months

NUMBER = CellContext(UNITS["number"], minimum=Decimal(0))


@given(st.lists(st.decimals(0, 10**9, places=2), min_size=3, max_size=3))
def test_three_months_are_added_exactly(months: list[Decimal]) -> None:
    """No digit is lost."""
    figure = sum_of_months(" + ".join(f"{month:f}" for month in months), None, NUMBER)
    assert (figure.status, figure.value) == (OutturnStatus.GIVEN, sum(months))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (None, OutturnStatus.BLANK),
        ("TBC + TBC + to follow", OutturnStatus.AWAITING),
        ("N/A + n/a + [z]", OutturnStatus.NOT_APPLICABLE),
    ],
)
def test_months_that_all_say_why_there_is_no_figure_say_so(
    text: str | None, status: OutturnStatus
) -> None:
    """The quarter has the months' status."""
    figure = sum_of_months(text, None, NUMBER)
    assert (figure.status, figure.value, figure.problem) == (status, None, None)


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        pytest.param("1 +  + 3", "number", "month_missing", id="one-empty"),
        pytest.param("1 + TBC + 3", "number", "month_missing", id="one-awaited"),
        pytest.param("1 + 2.3.4 + 3", "number", "not_a_number", id="no-number"),
        pytest.param("1 + nil + 3", "number", "ambiguous_figure", id="ambiguous"),
        pytest.param("1 + 2 + 3 + 4", "number", "not_a_number", id="a-plus-in-a-cell"),
        pytest.param("1% + 2% + 3%", "percent", "months_not_additive", id="percentages"),
        pytest.param("1 + 2 + 3", "days", "months_not_additive", id="averages"),
    ],
)
def test_what_is_not_the_sum_of_three_months_is_refused(text: str, unit: str, code: str) -> None:
    """Neither two months nor shares of them make the quarter's figure."""
    figure = sum_of_months(text, None, CellContext(UNITS[unit]))
    assert figure.problem is not None
    assert (figure.problem.code, figure.value) == (code, None)


@pytest.mark.parametrize("number_format", ["0%", '0"%"'])
def test_a_month_that_is_shown_as_a_percentage_is_refused(number_format: str) -> None:
    """0.75 that reads 75% is not 0.75 of a count, whatever the other months' cells show."""
    figure = sum_of_months("0.5 + 0.75 + 1", number_format, NUMBER)
    assert figure.problem is not None
    assert (figure.problem.code, figure.value) == ("unit_mismatch", None)
    assert "`0.5 + 0.75 + 1` is shown as a percentage" in figure.problem.text


def test_months_are_no_sum_of_a_figure_that_adds_up_from_april() -> None:
    """The year to date has more months in it than the quarter."""
    figure = sum_of_months("1 + 2 + 3", None, CellContext(UNITS["number"], is_year_to_date=True))
    assert figure.problem is not None
    assert figure.problem.code == "months_not_additive"
