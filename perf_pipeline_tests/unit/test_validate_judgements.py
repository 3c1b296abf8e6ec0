"""A stated rating is a judgement with its reason where the rule asks for one, else a claim."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.validate import Expectations, Problem
from perf_pipeline.validate.rows import Reading, read_row

FrameBuilder = Callable[..., pd.DataFrame]
Reader = Callable[..., Reading]
WORDS = {
    "Red": "red",
    "Amber": "amber",
    "Blue": "green",
    "Not rated": "not_rated",
    "red": "red",
    "amber": "amber",
    "green": "green",
}
JUDGED = "ADS-02"


@pytest.fixture(scope="session")
def read_judged(
    build_rows: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> Reader:
    """Return a function that reads a row: ADS-01 has a rule, ADS-02 and ADS-03 are judged.

    None is due of ADS-03. Green is called blue.
    """
    judged = {"rule_name": "partners", "rule_kind_code": "judgement", "tolerance_unit_code": None}
    kpis = build_kpis(
        {}, {"kpi_ref": JUDGED} | judged, {"kpi_ref": "ADS-03", "is_due": False} | judged
    )
    quarter, breakdowns = Quarter(2023, 1), build_breakdowns({})
    expected = Expectations.of(
        "adults", quarter, kpis, kpis["kpi_ref"], breakdowns, None, rating_words=WORDS
    )
    empty_row: Any = next(build_rows({}).itertuples(index=False))

    def reader(**texts: str | None) -> Reading:
        cells = {f"{name}_text": text for name, text in texts.items()}
        return read_row(empty_row._replace(**cells), expected)

    return reader


def _codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


@pytest.mark.parametrize(
    ("text", "rag_code"),
    [
        pytest.param("Red", "red", id="label"),
        pytest.param("RED", "red", id="capitals"),
        pytest.param(" amber\u00a0", "amber", id="space"),
        pytest.param("blue", "green", id="the-councils-own-word"),
        pytest.param("Green", "green", id="code"),
        pytest.param("\uff32\uff45\uff44", "red", id="full-width"),
    ],
)
def test_a_rating_is_a_word_of_the_scheme_or_a_code(
    read_judged: Reader, text: str, rag_code: str
) -> None:
    """Case, width and outer space do not matter; what is kept is the code."""
    reading = read_judged(value="85%", rating=text)
    assert (reading.problems, reading.stated_rag_code) == ([], rag_code)


@pytest.mark.parametrize("text", [None, "", "N/A", "-", "[x]", "not rated"])
def test_a_word_for_no_rating_states_none(read_judged: Reader, text: str | None) -> None:
    """A column of ratings may say where there is none."""
    reading = read_judged(value="85%", rating=text)
    assert (reading.problems, reading.stated_rag_code) == ([], None)


@pytest.mark.parametrize("text", ["purple", "R", "amber/green", "1", "improving"])
def test_any_other_word_is_refused_with_those_that_will_do(read_judged: Reader, text: str) -> None:
    """Initials and colours that the scheme does not have are not guessed at."""
    reading = read_judged(value="85%", rating=text)
    told = f"`{text}` is not a rating. Write one of: Red, Amber, Blue, Not rated, green."
    assert reading.problems == [Problem("rating_unknown", told, ReturnField.RATING)]
    assert reading.stated_rag_code is None


def test_without_words_of_its_own_a_council_has_the_codes(read_cells: Reader) -> None:
    """Red, amber and green are always understood."""
    assert read_cells(value="85%", rating="Amber").stated_rag_code == "amber"
    assert _codes(read_cells(value="85%", rating="Blue")) == ["rating_unknown"]


@pytest.mark.parametrize(
    ("texts", "stated"),
    [
        pytest.param({"rating": "red"}, ("red", None), id="rating"),
        pytest.param({"rating_reason": "Late"}, (None, "Late"), id="reason"),
        pytest.param({"rating": "red", "rating_reason": "Late"}, ("red", "Late"), id="both"),
        pytest.param({"rating_reason": " "}, (None, None), id="blank-reason"),
    ],
)
def test_a_kpi_with_a_rule_keeps_what_is_stated_to_compare_with(
    read_judged: Reader, texts: dict[str, str], stated: tuple[str | None, str | None]
) -> None:
    """Neither a rating nor a reason is asked for, and either is kept."""
    reading = read_judged(value="85%", **texts)
    assert not reading.problems
    assert (reading.stated_rag_code, reading.rating_reason_text) == stated


@pytest.mark.parametrize(
    ("value", "figures"),
    [
        pytest.param("85%", ("given", 85.0), id="figure"),
        pytest.param(None, ("blank", None), id="no-figure"),
        pytest.param("N/A", ("not_applicable", None), id="none-to-have"),
    ],
)
def test_a_judgement_needs_no_figure(
    read_judged: Reader, value: str | None, figures: tuple[str, float | None]
) -> None:
    """A rating with its reason is accepted, and the figure stays what its cell says."""
    reading = read_judged(kpi_ref=JUDGED, value=value, rating="Blue", rating_reason="Plan agreed")
    assert not reading.problems
    assert (reading.stated_rag_code, reading.rating_reason_text) == ("green", "Plan agreed")
    assert (reading.outturn_status_code, reading.outturn_value) == figures


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        pytest.param({"rating": "red"}, ["judgement_without_reason"], id="no-reason"),
        pytest.param(
            {"rating": "red", "rating_reason": " "},
            ["judgement_without_reason"],
            id="blank-reason",
        ),
        pytest.param({"rating_reason": "Late"}, ["judgement_without_rating"], id="no-rating"),
        pytest.param({"rating": "mauve", "rating_reason": "Late"}, ["rating_unknown"], id="word"),
        pytest.param(
            {"rating": "mauve"}, ["rating_unknown", "judgement_without_reason"], id="word-alone"
        ),
        pytest.param({"value": "85%"}, [], id="figure-alone"),
        pytest.param({"value": None}, [], id="nothing"),
    ],
)
def test_a_judgement_is_a_rating_and_a_reason(
    read_judged: Reader, texts: dict[str, str], codes: list[str]
) -> None:
    """Either without the other is sent back; neither is no judgement yet."""
    assert _codes(read_judged(kpi_ref=JUDGED, **texts)) == codes


def test_a_judgement_that_is_not_due_is_refused(read_judged: Reader) -> None:
    """A rating is to a judged KPI what a figure is to others."""
    reading = read_judged(kpi_ref="ADS-03", rating="red", rating_reason="Late")
    assert _codes(reading) == ["kpi_not_due"]
    assert "Take the rating out" in reading.problems[0].text


@pytest.mark.parametrize("kpi_ref", ["ADS-01", JUDGED])
@pytest.mark.parametrize(
    ("place", "named"),
    [
        pytest.param(
            {"breakdown_type": "sex", "breakdown_category": "F"}, "of a breakdown", id="breakdown"
        ),
        pytest.param({"quarter": "2022-23-Q4"}, "for an earlier quarter", id="earlier-quarter"),
    ],
)
def test_a_rating_of_any_but_the_current_figure_is_misplaced(
    read_judged: Reader, kpi_ref: str, place: dict[str, str], named: str
) -> None:
    """Breakdowns are not rated, and an earlier rating is not restated by a return."""
    reading = read_judged(kpi_ref=kpi_ref, value="85%", rating="red", **place)
    assert _codes(reading) == ["misplaced"]
    assert f"this row is {named}. Take the rating out" in reading.problems[0].text
    assert reading.stated_rag_code is None
