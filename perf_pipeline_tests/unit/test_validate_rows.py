"""A row of a return says what it says, or every problem that it has."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.quarters import Quarter
from perf_pipeline.validate import Expectations
from perf_pipeline.validate.rows import Reading, read_row

FrameBuilder = Callable[..., pd.DataFrame]
Reader = Callable[..., Reading]


def _codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_a_sound_row_is_its_kpis_own_figure(read_cells: Reader) -> None:
    """A row without quarter and breakdown is the KPI's headline figure of the return's quarter."""
    reading = read_cells(value="85%")
    assert reading == Reading(
        kpi_ref="ADS-01",
        quarter_key="2023-24-Q1",
        breakdown_type_code="all",
        breakdown_category_code="all",
        outturn_status_code="given",
        outturn_value=85.0,
    )


@pytest.mark.parametrize(
    ("texts", "code", "found"),
    [
        pytest.param(
            {"kpi_ref": None},
            "row_malformed",
            "cannot be told apart into the heading row's columns",
            id="malformed",
        ),
        pytest.param(
            {"kpi_ref": None, "value": "85%"},
            "kpi_ref_missing",
            "The row has a figure and no KPI reference",
            id="no-reference",
        ),
        pytest.param(
            {"kpi_ref": "XYZ", "value": "85%"},
            "kpi_unknown",
            "`XYZ` is not a KPI of the register. Use one of its references, or delete the row if "
            "it is a total.",
            id="unknown",
        ),
        pytest.param(
            {"kpi_ref": "NA", "value": "85%"},
            "kpi_unknown",
            "`NA` is not a KPI of the register.",
            id="NA-is-a-reference",
        ),
        pytest.param(
            {"kpi_ref": "ads-99", "value": "85%"},
            "kpi_not_live",
            "ADS-99 is not live in Q1 2023/24",
            id="retired",
        ),
        pytest.param(
            {"kpi_ref": "CHD-01", "value": "85%"},
            "kpi_wrong_source",
            "CHD-01 is returned by children, not by this source",
            id="wrong-source",
        ),
        pytest.param(
            {"kpi_ref": "ADS-02", "value": "12"},
            "kpi_not_due",
            "ADS-02 is not due this quarter",
            id="not-due",
        ),
        pytest.param(
            {"quarter": "Q1 23/25", "value": "85%"},
            "quarter_unreadable",
            "`Q1 23/25` is not a quarter. Write it like 2023-24-Q1 or Q1 2023/24.",
            id="quarter",
        ),
        pytest.param(
            {"quarter": "2023-24-Q2", "value": "85%"},
            "quarter_in_future",
            "The figure is for Q2 2023/24, but this is the return for Q1 2023/24",
            id="future",
        ),
        pytest.param(
            {"breakdown_type": "sex", "breakdown_category": "X", "value": "85%"},
            "breakdown_unknown",
            "`sex` / `X` is not a breakdown of the register. Use one of: sex / F, sex / M.",
            id="breakdown",
        ),
        pytest.param(
            {
                "breakdown_type": "sex",
                "breakdown_category": "F",
                "quarter": "2022-23-Q4",
                "value": "85%",
            },
            "breakdown_of_earlier_quarter",
            "Correct it in that quarter's own return",
            id="earlier-breakdown",
        ),
        pytest.param(
            {"value": "85%", "commentary": "a\x07b"},
            "control_character",
            "The commentary holds the character U+0007",
            id="control",
        ),
        pytest.param(
            {"value": "1.2.3"}, "not_a_number", "`1.2.3` is not a number", id="not-a-number"
        ),
        pytest.param(
            {"value": "#DIV/0!"}, "excel_error", "spreadsheet error #DIV/0!", id="excel-error"
        ),
        pytest.param({"value": "=A1"}, "formula_not_calculated", "a formula", id="formula"),
        pytest.param({"value": "0.75"}, "ambiguous_percent", "0.75% or as 75%", id="two-scales"),
        pytest.param({"value": "nil"}, "ambiguous_figure", "as 0 or as no figure", id="nil"),
        pytest.param({"value": "£5"}, "unit_mismatch", "in pounds", id="unit"),
        pytest.param(
            {"value": "71.2345678901234567%"},
            "too_many_digits",
            "more than 15 significant digits",
            id="digits",
        ),
        pytest.param(
            {"kpi_ref": "ADS-03", "value": "1" + "0" * 15},
            "too_large",
            "more than 15 digits before the decimal point",
            id="too-large",
        ),
        pytest.param(
            {"value": "106%"},
            "out_of_range",
            "106 is outside the KPI's range (0 to 100)",
            id="range",
        ),
        pytest.param(
            {"kpi_ref": "ADS-04", "value": "-1"},
            "out_of_range",
            "-1 is outside the KPI's range (0 to any)",
            id="open-range",
        ),
        pytest.param(
            {"numerator": "5"}, "part_missing", "Only one of numerator and denominator", id="part"
        ),
        pytest.param(
            {"value": "71.2%", "numerator": "5", "denominator": "7"},
            "value_disagrees",
            "71.2% is given, but 5 of 7 is 71.4%",
            id="disagrees",
        ),
        pytest.param(
            {"value": "50%", "numerator": "0", "denominator": "0"},
            "value_disagrees",
            "50 is given, but the denominator is 0",
            id="of-nothing",
        ),
    ],
)
def test_a_row_with_one_fault_has_its_problem(
    read_cells: Reader, texts: dict[str, str | None], code: str, found: str
) -> None:
    """Each fault has a code to count by and a sentence that says what was found."""
    reading = read_cells(**texts)
    assert _codes(reading) == [code]
    assert found in reading.problems[0].text


def test_every_problem_of_a_row_is_reported(read_cells: Reader) -> None:
    """A row is sent back once with all that is wrong, not once for each fault."""
    reading = read_cells(
        kpi_ref="CHD-01",
        quarter="2024",
        breakdown_type="age",
        value="1.2.3",
        numerator="five",
        denominator="7%",
        action="\x00",
        provisional="maybe",
        previous_value="1.2.3",
        forecast="90%",
        rating="green",
    )
    assert _codes(reading) == [
        "control_character",
        "kpi_wrong_source",
        "quarter_unreadable",
        "breakdown_unknown",
        "not_a_number",
        "not_a_number",
        "unit_mismatch",
        "provisional_unknown",
        "misplaced",
        "misplaced",
        "misplaced",
    ]


def test_a_figure_out_of_range_and_not_due_has_both_problems(read_cells: Reader) -> None:
    """Range and due date are both looked at."""
    assert _codes(read_cells(kpi_ref="ADS-02", value="-5")) == ["out_of_range", "kpi_not_due"]


@pytest.mark.parametrize("part", ["numerator", "denominator"])
def test_a_problem_of_a_part_names_the_part(read_cells: Reader, part: str) -> None:
    """A faulty numerator or denominator is not taken for a faulty figure."""
    texts: dict[str, Any] = {"numerator": "5", "denominator": "7", part: "#REF!"}
    problem = read_cells(**texts).problems[0]
    assert (problem.code, problem.text.split(":")[0]) == ("excel_error", f"In the {part}")


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        pytest.param("kpi_ref", "ADS-01\x00", "kpi ref holds the character U+0000", id="nul"),
        pytest.param("value", "85\x1b%", "value holds the character U+001B", id="escape"),
        pytest.param("numerator", "\x7f", "numerator holds the character U+007F", id="delete"),
        pytest.param("denominator", "5\x85", "denominator holds the character U+0085", id="C1"),
        pytest.param("quarter", "\x01", "quarter holds the character U+0001", id="start"),
        pytest.param("breakdown_type", "s\ufffdx", "breakdown type holds", id="mangled"),
        pytest.param("breakdown_category", "\x0c", "breakdown category holds", id="form-feed"),
        pytest.param("action", "\x0b", "action holds the character U+000B", id="vertical-tab"),
        pytest.param("previous_value", "5\x00", "previous value holds", id="previous-value"),
        pytest.param("forecast", "5\x00", "forecast holds", id="forecast"),
        pytest.param("provisional", "y\x00", "provisional holds", id="provisional"),
        pytest.param("rating", "red\x00", "rating holds", id="rating"),
        pytest.param("rating_reason", "a\x00", "rating reason holds", id="rating-reason"),
    ],
)
def test_a_control_character_is_named_with_its_cell(
    read_cells: Reader, name: str, text: str, shown: str
) -> None:
    """A character that no keyboard types is refused in any cell that is kept."""
    problem = read_cells(**{name: text}).problems[0]
    assert problem.code == "control_character"
    assert shown in problem.text


def test_line_breaks_and_tabs_are_text(read_cells: Reader) -> None:
    """Commentary may have paragraphs, and letters of any language."""
    assert not read_cells(value="85%", commentary="Erste Zeile\r\n\tzweite – ½, €, ✓, 语").problems


@pytest.mark.parametrize(
    "text",
    [
        "ads-01",
        "Ads-01",
        " ADS-01",
        "ADS-01\u00a0",
        "\uff21\uff24\uff33-\uff10\uff11",
        "ADS\uff0d01",
    ],
    ids=["lower", "mixed", "space", "no-break-space", "full-width", "full-width-hyphen"],
)
def test_a_reference_is_matched_by_what_it_says(read_cells: Reader, text: str) -> None:
    """Case, width and outer space do not make another reference; the register's form is kept."""
    assert read_cells(kpi_ref=text, value="85%").kpi_ref == "ADS-01"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("ADS-O1", "ADS-01", id="letter-O"),
        pytest.param("ADS-0l", "ADS-01", id="letter-l"),
        pytest.param("ADS-I3", "ADS-13", id="letter-I"),
        pytest.param("ADS\u201301", "ADS-01", id="en-dash"),
        pytest.param("ADS\u221203", "ADS-03", id="minus"),
        pytest.param("\u0410DS-01", "ADS-01", id="cyrillic-A"),
        pytest.param("AD\u0405-01", "ADS-01", id="unlisted-letter"),
        pytest.param("\u0391DS-03", "ADS-03", id="greek-alpha"),
        pytest.param("ADS01", "ADS-01", id="no-hyphen"),
        pytest.param("ADS 03", "ADS-03", id="space"),
        pytest.param("ADS-1", "ADS-01", id="first-of-equals"),
        pytest.param("CHD-1", "CHD-01", id="another-source"),
        pytest.param("ADS-01\u200b", "ADS-01", id="zero-width-space"),
    ],
)
def test_a_mistyped_reference_is_refused_with_the_one_meant(
    read_cells: Reader, text: str, meant: str
) -> None:
    """What looks like a reference is not taken for it, but suggested."""
    reading = read_cells(kpi_ref=text, value="85%")
    assert _codes(reading) == ["kpi_unknown"]
    assert reading.kpi_ref is None
    assert reading.problems[0].text.endswith(f"Did you mean {meant}?")


def test_an_empty_register_suggests_nothing(
    build_rows: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> None:
    """Where no KPI is live, no reference and no breakdown can be named."""
    expected = Expectations.of(
        "adults",
        Quarter(2023, 1),
        build_kpis(),
        pd.Series(dtype="str"),
        build_breakdowns(),
        None,
    )
    row = build_rows({"breakdown_type_text": "sex"})
    reading = read_row(next(row.itertuples(index=False)), expected)
    unknown = "`ADS-01` is not a KPI of the register."
    assert [problem.text for problem in reading.problems] == [
        f"{unknown} Use one of its references, or delete the row if it is a total.",
        "`sex` / `` is not a breakdown of the register. Use one of: none is registered.",
    ]


def test_a_reference_of_any_length_is_cut_in_the_message(read_cells: Reader) -> None:
    """A page of text in the reference's cell does not fill the report."""
    assert len(read_cells(kpi_ref="A" * 100_000).problems[0].text) < 200


@pytest.mark.parametrize("text", ["2023-24-Q1", "Q1 2023/24"], ids=["key", "label"])
def test_the_returns_own_quarter_is_written_as_key_or_label(read_cells: Reader, text: str) -> None:
    """A row may name its quarter in both documented forms."""
    reading = read_cells(quarter=text, value="85%")
    assert (reading.problems, reading.quarter_key) == ([], "2023-24-Q1")


@pytest.mark.parametrize("text", ["2022-23-Q4", "Q4 2022/23"], ids=["key", "label"])
def test_a_figure_of_an_earlier_quarter_restates_it(read_cells: Reader, text: str) -> None:
    """A row for an earlier quarter is accepted for that quarter."""
    reading = read_cells(quarter=text, value="85%")
    assert (reading.problems, reading.quarter_key) == ([], "2022-23-Q4")


def test_a_restatement_may_be_of_a_kpi_that_is_not_due_now(read_cells: Reader) -> None:
    """What is due this quarter says nothing of an earlier one."""
    reading = read_cells(kpi_ref="ADS-02", quarter="2022-23-Q4", value="12")
    assert (reading.problems, reading.outturn_value) == ([], 12.0)


@pytest.mark.parametrize(
    ("kind", "category"),
    [("sex", "F"), ("Sex", "female"), (" SEX ", "FEMALE"), ("sex", "f")],
    ids=["codes", "label", "capitals", "lower"],
)
def test_a_breakdown_is_matched_by_code_or_label(
    read_cells: Reader, kind: str, category: str
) -> None:
    """Returns may write a category's code or its printed name."""
    reading = read_cells(breakdown_type=kind, breakdown_category=category, value="85%")
    assert (reading.breakdown_type_code, reading.breakdown_category_code) == ("sex", "F")
    assert not reading.problems


def test_a_breakdown_of_a_future_quarter_is_not_called_earlier(read_cells: Reader) -> None:
    """A row for a later quarter is told so, and nothing about earlier ones."""
    texts = {"breakdown_type": "sex", "breakdown_category": "F", "quarter": "2023-24-Q2"}
    assert _codes(read_cells(value="85%", **texts)) == ["quarter_in_future"]


def test_a_blank_of_a_kpi_that_is_not_due_is_not_due(read_cells: Reader) -> None:
    """An empty cell of a KPI that is not due is no missing figure."""
    reading = read_cells(kpi_ref="ADS-02", value=None)
    assert (reading.problems, reading.outturn_status_code) == ([], "not_due")


NAMES = ["kpi_ref", "quarter", "value", "previous_value", "forecast", "provisional", "rating"]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_a_row_of_any_texts_is_read_or_refused(read_cells: Reader, texts: dict[str, str]) -> None:
    """No text raises, and a row without problems has a KPI and a status."""
    reading = read_cells(**texts)
    is_accepted = reading.kpi_ref is not None and reading.outturn_status_code is not None
    assert bool(reading.problems) or is_accepted
