"""The day of an action: read in one way, or refused."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.source_entries import ReturnField
from perf_pipeline.validate.cells import Problem
from perf_pipeline.validate.dates import parse_date
from perf_pipeline.validate.rows import Reading

Reader = Callable[..., Reading]
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))


@given(DAYS)
def test_days_whose_month_is_certain_are_read(day: dt.date) -> None:
    """ISO and a month in words name one day, whichever it is."""
    written = (day.isoformat(), f"{day.day} {day:%B} {day.year}", f"{day.day} {day:%b} {day.year}")
    assert {parse_date(text) for text in written} == {day.isoformat()}


@given(DAYS)
def test_days_in_figures_are_read_or_refused(day: dt.date) -> None:
    """A day and a month that could change places are refused, unless they are equal."""
    found = parse_date(f"{day:%d/%m/%Y}")
    if day.day > 12 or day.day == day.month:
        assert found == day.isoformat()
    else:
        assert isinstance(found, Problem)
        assert found.code == "ambiguous_date"


@pytest.mark.parametrize("text", [None, "", "  "])
def test_an_empty_cell_names_no_day(text: str | None) -> None:
    """Nothing is none."""
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    ["45199", "30/9/23", "31 June 2023", "September 2023", "soon", "2023-13-01", "30 Sept 2023"],
)
def test_anything_else_is_no_day(text: str) -> None:
    """Serial numbers, short years and days that never were are refused."""
    found = parse_date(text)
    assert isinstance(found, Problem)
    assert found.code == "not_a_date"


@given(
    st.one_of(
        st.text(),
        st.dates().map(str),
        st.from_regex(r"[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{4}", fullmatch=True),
        st.from_regex(r"[0-9]{1,2} (Feb|June|Juno) [0-9]{4}", fullmatch=True),
    )
)
def test_any_text_gives_a_day_or_a_problem(text: str) -> None:
    """Nothing that can be typed ends the run; only white space names no day."""
    found = parse_date(text)
    if isinstance(found, str):
        assert 2000 <= dt.date.fromisoformat(found).year <= 2099
    else:
        assert isinstance(found, Problem) or not text.strip()


def test_both_readings_are_named() -> None:
    """The person who wrote it sees what it could mean."""
    found = parse_date("03/04/2023")
    assert isinstance(found, Problem)
    assert "3 April" in found.text
    assert "4 March" in found.text


def test_a_row_keeps_owner_and_day(read_cells: Reader) -> None:
    """Neither is dropped silently."""
    reading = read_cells(value="85%", action_owner=" Head of Care ", action_due="30 September 2023")
    assert reading.problems == []
    assert (reading.action_owner_name, reading.action_due_date) == ("Head of Care", "2023-09-30")


def test_a_row_with_a_doubtful_day_is_rejected_at_its_cell(read_cells: Reader) -> None:
    """The finding stands at the day's own cell."""
    (problem,) = read_cells(value="85%", action_due="03/04/2023").problems
    assert (problem.code, problem.field) == ("ambiguous_date", ReturnField.ACTION_DUE)
