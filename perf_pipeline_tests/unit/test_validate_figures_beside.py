"""Previous value, forecast and provisional mark are read beside a figure, and never change it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perf_pipeline.source_entries import PercentScale, ReturnField
from perf_pipeline.validate import Problem
from perf_pipeline.validate.provisional import without_mark
from perf_pipeline.validate.rows import Reading

Reader = Callable[..., Reading]
BESIDE = pytest.mark.parametrize(
    ("name", "said"),
    [("previous_value", "stated_previous_value"), ("forecast", "forecast_value")],
    ids=["previous-value", "forecast"],
)
ELSEWHERE = pytest.mark.parametrize(
    ("place", "named"),
    [
        pytest.param(
            {"breakdown_type": "sex", "breakdown_category": "F"}, "of a breakdown", id="breakdown"
        ),
        pytest.param({"quarter": "2022-23-Q4"}, "for an earlier quarter", id="earlier-quarter"),
    ],
)


def _codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


@BESIDE
@pytest.mark.parametrize(
    ("cell", "value"),
    [
        pytest.param("80%", 80.0, id="figure"),
        pytest.param("0.75%", 0.75, id="below-one"),
        pytest.param(None, None, id="empty"),
        pytest.param("n/a", None, id="not-applicable"),
        pytest.param("[c]", None, id="suppressed"),
        pytest.param("TBC", None, id="awaiting"),
        pytest.param("-", None, id="dash"),
    ],
)
def test_a_figure_beside_is_a_figure_of_the_kpi(
    read_cells: Reader, name: str, said: str, cell: str | None, value: float | None
) -> None:
    """It is read as the KPI's own cells are, and a word that stands for no figure is none."""
    reading = read_cells(value="85%", **{name: cell})
    assert not reading.problems
    assert (getattr(reading, said), reading.outturn_value) == (value, 85.0)


@BESIDE
@pytest.mark.parametrize(
    ("scale", "value"), [(PercentScale.PERCENT, 0.75), (PercentScale.FRACTION, 75.0)]
)
def test_a_bare_percentage_beside_is_read_by_the_sources_scale(
    read_cells: Reader, name: str, said: str, scale: PercentScale, value: float
) -> None:
    """The number format belongs to the figure's own cell and decides nothing beside it."""
    texts = {"value": "0.85", "value_format": "0%", name: "0.75"}
    assert getattr(read_cells(percent_scale=scale, **texts), said) == value


@BESIDE
@pytest.mark.parametrize(
    ("cell", "code"),
    [
        pytest.param("0.75", "ambiguous_percent", id="two-scales"),
        pytest.param("106%", "out_of_range", id="range"),
        pytest.param("1.2.3", "not_a_number", id="not-a-number"),
        pytest.param("#DIV/0!", "excel_error", id="excel-error"),
        pytest.param("80% [r]", "marked_revised", id="revised"),
        pytest.param("80% [p]", "not_a_number", id="provisional"),
    ],
)
def test_a_problem_of_a_figure_beside_names_it(
    read_cells: Reader, name: str, said: str, cell: str, code: str
) -> None:
    """A faulty forecast is not taken for a faulty figure."""
    reading = read_cells(value="85%", **{name: cell})
    assert _codes(reading) == [code]
    assert reading.problems[0].text.startswith(f"In the {name.replace('_', ' ')}: ")
    assert getattr(reading.refused(), said) is None


@BESIDE
def test_a_figure_beside_of_any_size_is_refused(read_cells: Reader, name: str, said: str) -> None:
    """More digits than any figure of a council has are too many beside it too."""
    reading = read_cells(kpi_ref="ADS-03", value="5", **{name: "1" + "0" * 15})
    assert _codes(reading) == ["too_large"]
    assert getattr(reading.refused(), said) is None


@BESIDE
@ELSEWHERE
@pytest.mark.parametrize("cell", ["80%", "1.2.3"], ids=["figure", "unreadable"])
def test_a_figure_beside_any_but_the_current_figure_is_misplaced(
    read_cells: Reader, name: str, said: str, place: dict[str, str], named: str, cell: str
) -> None:
    """A breakdown and a restatement have neither a forecast nor a previous value."""
    reading = read_cells(value="85%", **{name: cell}, **place)
    shown = name.replace("_", " ")
    text = f"A {shown} goes with the KPI's own current figure, and this row is {named}."
    told = f"{text} Take the {shown} out of the row."
    assert reading.problems == [Problem("misplaced", told, ReturnField(name))]
    assert getattr(reading, said) is None


@BESIDE
@ELSEWHERE
def test_a_word_for_no_figure_is_misplaced_nowhere(
    read_cells: Reader, name: str, said: str, place: dict[str, str], named: str
) -> None:
    """A column that says n/a beside breakdowns and restatements is right."""
    reading = read_cells(value="85%", **{name: "n/a"}, **place)
    assert (reading.problems, getattr(reading, said)) == ([], None), named


def test_a_forecast_may_come_while_no_figure_is_due(read_cells: Reader) -> None:
    """An annual KPI's forecast is welcome in the quarters between."""
    reading = read_cells(kpi_ref="ADS-02", forecast="12")
    assert not reading.problems
    assert (reading.outturn_status_code, reading.forecast_value) == ("not_due", 12.0)


@pytest.mark.parametrize("text", ["yes", "Y", "TRUE", "p", "[P]", " Provisional ", "yes\u00a0"])
def test_a_word_for_yes_makes_a_figure_provisional(read_cells: Reader, text: str) -> None:
    """Case and outer space do not matter."""
    reading = read_cells(value="85%", provisional=text)
    assert (reading.problems, reading.is_provisional) == ([], True)


@pytest.mark.parametrize("text", [None, "", " ", "no", "N", "FALSE", "Final"])
def test_a_word_for_no_or_nothing_leaves_a_figure_final(
    read_cells: Reader, text: str | None
) -> None:
    """A column that is empty says that nothing is provisional."""
    reading = read_cells(value="85%", provisional=text)
    assert (reading.problems, reading.is_provisional) == ([], False)


@pytest.mark.parametrize("text", ["x", "1", "n/a", "maybe", "[r]", "yes?"])
def test_any_other_word_is_refused_with_what_to_write(read_cells: Reader, text: str) -> None:
    """What could be read as yes and as no is not guessed at."""
    problem = read_cells(value="85%", provisional=text).problems[0]
    assert problem.code == "provisional_unknown"
    assert problem.text.endswith("Write yes or no, or leave the cell empty.")


@pytest.mark.parametrize(
    ("cell", "status", "value"),
    [
        pytest.param("81.5% [p]", "given", 81.5, id="percentage"),
        pytest.param("81.5%[P]", "given", 81.5, id="no-space"),
        pytest.param(" 81.5%\u00a0[p] ", "given", 81.5, id="no-break-space"),
        pytest.param("TBC [p]", "awaiting", None, id="status"),
        pytest.param("[c] [p]", "suppressed", None, id="another-mark"),
    ],
)
def test_a_mark_behind_the_figure_makes_it_provisional(
    read_cells: Reader, cell: str, status: str, value: float | None
) -> None:
    """The Analysis Function's mark is taken off before the figure is read."""
    reading = read_cells(value=cell)
    assert not reading.problems
    assert reading.is_provisional
    assert (reading.outturn_status_code, reading.outturn_value) == (status, value)


@pytest.mark.parametrize("text", ["no", "final", "False"])
def test_a_mark_and_a_word_against_it_disagree(read_cells: Reader, text: str) -> None:
    """Whether the mark or the word is left over from the quarter before is not guessed."""
    problem = read_cells(value="85% [p]", provisional=text).problems[0]
    assert problem.code == "provisional_disagrees"
    assert f"the row says `{text}`. Take one of the two out." in problem.text


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        pytest.param("[p]", "not_a_number", id="mark-alone"),
        pytest.param("[p] 85%", "not_a_number", id="mark-before"),
        pytest.param("85% (p)", "not_a_number", id="other-brackets"),
        pytest.param("85% [p] [p]", "not_a_number", id="twice"),
        pytest.param("85% [r]", "marked_revised", id="revised"),
        pytest.param("85% [R]", "marked_revised", id="revised-in-capitals"),
        pytest.param("85% [r] [p]", "marked_revised", id="revised-and-provisional"),
        pytest.param("85% [p] [r]", "marked_revised", id="provisional-and-revised"),
    ],
)
def test_other_marks_are_refused(read_cells: Reader, cell: str, code: str) -> None:
    """A mark of a revised figure is told how to restate one."""
    problem = read_cells(value=cell).problems[0]
    assert problem.code == code
    is_told = "send a row that names the earlier quarter" in problem.text
    assert is_told == (code == "marked_revised")


@ELSEWHERE
def test_breakdowns_and_restatements_may_be_provisional(
    read_cells: Reader, place: dict[str, str], named: str
) -> None:
    """Any figure may be marked, not the current headline alone."""
    assert read_cells(value="85% [p]", **place).is_provisional, named


NEAR_FIGURES = st.text("0123456789.,-()£%kmbn \u00a0\u2212#/!", min_size=1, max_size=20)


@given(
    NEAR_FIGURES | st.sampled_from(["85%", "N/A", "[c]", "TBC", "#DIV/0!", "£1.2m", "nil"]),
    st.sampled_from(["ADS-01", "ADS-03", "ADS-04"]),
    st.sampled_from(["", " ", "\u00a0"]),
    st.sampled_from([None, *PercentScale]),
)
def test_a_mark_never_changes_what_it_marks(
    read_cells: Reader, cell: str, kpi_ref: str, space: str, scale: PercentScale | None
) -> None:
    """With the mark, a cell is the same figure, status or problem, and provisional."""
    assume(cell.strip())
    plain = read_cells(kpi_ref=kpi_ref, percent_scale=scale, value=cell)
    marked = read_cells(kpi_ref=kpi_ref, percent_scale=scale, value=f"{cell}{space}[p]")
    assert marked == replace(plain, is_provisional=True)


@given(st.none() | st.text(max_size=20))
def test_a_cell_without_the_mark_is_left_as_it_is(text: str | None) -> None:
    """Nothing else is taken off."""
    assume(not (text or "").strip().casefold().endswith("[p]"))
    assert without_mark(text) == (text, False)
