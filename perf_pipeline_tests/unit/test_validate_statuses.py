"""The column that says why there is no figure, beside the figure's own cell."""

from collections.abc import Callable

import pytest

from perf_pipeline.rules import OutturnStatus
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.templates.cell_rules import STATUSES
from perf_pipeline.validate.rows import Reading

Reader = Callable[..., Reading]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("awaiting", "awaiting"),
        ("Not available", "not_available"),
        ("not applicable", "not_applicable"),
        ("suppressed", "suppressed"),
        ("[c]", "suppressed"),
        ("TBC", "awaiting"),
    ],
)
def test_the_column_speaks_where_there_is_no_figure(
    read_cells: Reader, word: str, code: str
) -> None:
    """Its words are those of the figure's own cell."""
    reading = read_cells(status=word)
    assert (reading.problems, reading.outturn_status_code) == ([], code)
    assert reading.outturn_value is None


@pytest.mark.parametrize("word", STATUSES)
def test_every_word_of_the_templates_list_is_read(read_cells: Reader, word: str) -> None:
    """What a template lets a person choose is a status, and the one that it says."""
    reading = read_cells(status=word)
    assert reading.problems == []
    assert reading.outturn_status_code == OutturnStatus(word.replace(" ", "_"))


@pytest.mark.parametrize("cells", [{"value": "85%"}, {"numerator": "17", "denominator": "20"}])
def test_an_empty_status_says_nothing(read_cells: Reader, cells: dict[str, str]) -> None:
    """The figure stands as it is."""
    reading = read_cells(status="", **cells)
    assert (reading.problems, reading.outturn_value) == ([], 85.0)


@pytest.mark.parametrize(
    ("value", "status", "found"),
    [
        ("85%", "awaiting", "a figure is given"),
        ("0%", "not applicable", "a figure is given"),
        ("[c]", "awaiting", "the figure says suppressed"),
    ],
)
def test_a_status_against_the_figure_is_rejected(
    read_cells: Reader, value: str, status: str, found: str
) -> None:
    """One of the two is a mistake, and which one is not guessed."""
    reading = read_cells(value=value, status=status)
    (problem,) = reading.problems
    assert (problem.code, problem.field) == ("status_disagrees", ReturnField.STATUS)
    assert found in problem.text


def test_a_status_said_twice_is_one(read_cells: Reader) -> None:
    """The same status in both cells is no disagreement."""
    reading = read_cells(value="[c]", status="suppressed")
    assert (reading.problems, reading.outturn_status_code) == ([], "suppressed")


@pytest.mark.parametrize("word", ["final", "85%", "3", "nil", "#DIV/0!"])
def test_what_is_no_status_is_rejected(read_cells: Reader, word: str) -> None:
    """A figure in the status column is none either."""
    reading = read_cells(status=word)
    (problem,) = reading.problems
    assert (problem.code, problem.field) == ("status_unknown", ReturnField.STATUS)


def test_an_unknown_status_hides_no_other_mistake(read_cells: Reader) -> None:
    """All mistakes of the row are told at once, each at its own cell."""
    reading = read_cells(value="1.2.3", status="final", numerator="five")
    assert {(problem.code, problem.field) for problem in reading.problems} == {
        ("not_a_number", ReturnField.VALUE),
        ("not_a_number", ReturnField.NUMERATOR),
        ("status_unknown", ReturnField.STATUS),
    }
