"""A cell is a number exactly as sent, a status, or a problem that says what to send instead."""

from decimal import Decimal

import pytest

from perf_pipeline.rules import UNITS, OutturnStatus
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate import CellContext, Figure, parse_figure

NUMBER = CellContext(UNITS["number"], minimum=Decimal(0))
GBP = CellContext(UNITS["gbp"])
DAYS = CellContext(UNITS["days"], minimum=Decimal(0))
PERCENT = CellContext(UNITS["percent"], minimum=Decimal(0), maximum=Decimal(100))
OPEN_PERCENT = CellContext(UNITS["percent"])
NARROW_PERCENT = CellContext(UNITS["percent"], minimum=Decimal(50), maximum=Decimal(80))
NEGATIVE_PERCENT = CellContext(UNITS["percent"], minimum=Decimal(-5), maximum=Decimal(100))
PERCENT_AS_IS = CellContext(UNITS["percent"], percent_scale=PercentScale.PERCENT)
PERCENT_OF_ONE = CellContext(UNITS["percent"], percent_scale=PercentScale.FRACTION)
SPACES = {"space": " ", "no-break": "\u00a0", "thin": "\u2009", "narrow": "\u202f"}


@pytest.mark.parametrize(
    ("text", "context", "value"),
    [
        pytest.param("0", NUMBER, "0", id="zero"),
        pytest.param("7", NUMBER, "7", id="whole"),
        pytest.param("007", NUMBER, "7", id="leading-zeros"),
        pytest.param("61.54", NUMBER, "61.54", id="decimals"),
        pytest.param(".5", NUMBER, "0.5", id="no-whole-part"),
        pytest.param("21.5 days", DAYS, "21.5", id="named-unit"),
        pytest.param("1,021Days", DAYS, "1021", id="named-unit-without-space"),
        pytest.param("0.75 percent", PERCENT, "0.75", id="percent-in-words"),
        pytest.param("2.5 per 1,000", CellContext(UNITS["per_1000"]), "2.5", id="named-rate"),
        pytest.param("1,234", NUMBER, "1234", id="comma-thousands"),
        pytest.param("1,847,000.4", NUMBER, "1847000.4", id="comma-millions"),
        *(
            pytest.param(f"12{space}345", NUMBER, "12345", id=f"{name}-thousands")
            for name, space in SPACES.items()
        ),
        pytest.param("-5", NUMBER, "-5", id="minus"),
        pytest.param("\u22125", NUMBER, "-5", id="unicode-minus"),
        pytest.param("- 5", NUMBER, "-5", id="minus-apart"),
        pytest.param("(3)", NUMBER, "-3", id="parentheses"),
        pytest.param("(1,234.5)", GBP, "-1234.5", id="parentheses-thousands"),
        pytest.param("-0", NUMBER, "0", id="minus-zero"),
        pytest.param("(0.0)", NUMBER, "0", id="zero-in-parentheses"),
        pytest.param("£1,234.56", GBP, "1234.56", id="pounds"),
        pytest.param("£ 12", GBP, "12", id="pounds-apart"),
        pytest.param("-£5", GBP, "-5", id="minus-pounds"),
        pytest.param("(£5)", GBP, "-5", id="pounds-in-parentheses"),
        pytest.param("12.50", GBP, "12.5", id="pounds-without-sign"),
        pytest.param("£950k", GBP, "950000", id="thousand-pounds"),
        pytest.param("£1.2m", GBP, "1200000", id="million-pounds"),
        pytest.param("£1.2 M", GBP, "1200000", id="million-in-capitals"),
        pytest.param("(£0.5bn)", GBP, "-500000000", id="billion-pounds"),
        pytest.param("75%", PERCENT, "75", id="percent"),
        pytest.param("0.75%", PERCENT, "0.75", id="below-one-percent"),
        pytest.param("5 %", PERCENT, "5", id="percent-apart"),
        pytest.param("(3%)", PERCENT, "-3", id="percent-in-parentheses"),
        pytest.param("104.5%", PERCENT, "104.5", id="over-the-whole"),
        pytest.param("75", PERCENT, "75", id="bare-percent-of-one-reading"),
        pytest.param("1.005", NARROW_PERCENT, "1.005", id="over-the-whole-as-a-share"),
        pytest.param("-0.06", NEGATIVE_PERCENT, "-0.06", id="beyond-the-lower-limit-as-a-share"),
        pytest.param("0", PERCENT, "0", id="zero-percent"),
        pytest.param("123456789012345", NUMBER, "123456789012345", id="fifteen-digits"),
        pytest.param("1.50000000000000000000", NUMBER, "1.5", id="zeros-are-not-digits"),
    ],
)
def test_a_documented_form_is_its_number(text: str, context: CellContext, value: str) -> None:
    """Every form of a number that the parser documents is read as that number."""
    assert parse_figure(text, None, context) == Figure(OutturnStatus.GIVEN, Decimal(value))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param(None, "blank", id="no-cell"),
        pytest.param("", "blank", id="empty"),
        pytest.param(" \u00a0\t", "blank", id="spaces"),
        pytest.param("N/A", "not_applicable", id="N/A"),
        pytest.param("n/a ", "not_applicable", id="n/a-space"),
        pytest.param("NA", "not_applicable", id="NA"),
        pytest.param("Not applicable", "not_applicable", id="in-words"),
        pytest.param("[z]", "not_applicable", id="[z]"),
        pytest.param("TBC", "awaiting", id="TBC"),
        pytest.param("to follow", "awaiting", id="to-follow"),
        pytest.param("Awaiting", "awaiting", id="awaiting"),
        pytest.param("awaited", "awaiting", id="awaited"),
        pytest.param("*", "suppressed", id="asterisk"),
        pytest.param("[c]", "suppressed", id="[c]"),
        pytest.param("[C]", "suppressed", id="[C]"),
        pytest.param("Suppressed", "suppressed", id="suppressed"),
        pytest.param("[x]", "not_available", id="[x]"),
        pytest.param("..", "not_available", id="two-dots"),
        pytest.param("not available", "not_available", id="not-available"),
        pytest.param("-", "no_figure", id="hyphen"),
        pytest.param("\u2013", "no_figure", id="en-dash"),
        pytest.param("\u2014", "no_figure", id="em-dash"),
        pytest.param("Not due", "not_due", id="not-due"),
    ],
)
@pytest.mark.parametrize("context", [NUMBER, PERCENT, GBP], ids=["number", "percent", "gbp"])
def test_a_word_or_symbol_for_no_figure_is_its_status(
    text: str | None, status: str, context: CellContext
) -> None:
    """Each way of saying that there is no figure keeps its own meaning, and none is 0."""
    assert parse_figure(text, None, context) == Figure(OutturnStatus(status))


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3",
        "21.5 days",
        "5 per 1,000",
        "7 weeks 2 days",
        "1E3",
        "1e400",
        "inf",
        "-Infinity",
        "NaN",
        "null",
        "TRUE",
        "0x1F",
        "1_000",
        "03/04/2023",
        "2023-04-01",
        "about 5",
        "5+",
        "<5",
        "+5",
        "5-",
        "--5",
        "(-5)",
        "(5",
        "5)",
        "()",
        "£",
        "%",
        "k",
        ".",
        "5.",
        "1,23",
        "1,2345",
        "1234,567",
        "0,123",
        "0 123",
        "1,234 567",
        "1 234,567",
        "1\n234",
        "-\n5",
        "5\t%",
        "£-5",
        "5%%",
        "\u0663",
        "\uff13",
        "\u00bd",
        "\u2212",
        "5\u212a",
        "5\u200b",
        "3 of 7",
        "5;6",
        "'5",
        "@5",
    ],
)
@pytest.mark.parametrize("context", [NUMBER, PERCENT, GBP], ids=["number", "percent", "gbp"])
def test_any_other_text_is_not_a_number(text: str, context: CellContext) -> None:
    """What is in no documented form is refused, however a lenient reader would take it."""
    figure = parse_figure(text, None, context)
    assert figure.value is None
    assert figure.problem is not None
    assert figure.problem.code == "not_a_number"


@pytest.mark.parametrize(
    "text",
    [
        "#DIV/0!",
        "#div/0!",
        "DIV/0",
        "DIV/0!",
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#NUM!",
        "#NULL!",
    ],
)
def test_a_spreadsheet_error_is_no_status(text: str) -> None:
    """A spreadsheet's error is refused with its name; `#N/A` is not `N/A`."""
    problem = parse_figure(text, None, NUMBER).problem
    assert problem is not None
    assert problem.code == "excel_error"
    assert text in problem.text


@pytest.mark.parametrize("text", ["=B2/C2", "=1+1"])
def test_a_formula_without_its_result_is_refused(text: str) -> None:
    """A formula is never worked out; the sender is told to save its result."""
    problem = parse_figure(text, None, NUMBER).problem
    assert problem is not None
    assert problem.code == "formula_not_calculated"
    assert "save it again" in problem.text


@pytest.mark.parametrize("text", ["nil", "Nil", "NONE", "zero"])
def test_a_word_for_nothing_may_mean_0_or_no_figure(text: str) -> None:
    """`nil` is refused with both readings named."""
    problem = parse_figure(text, None, NUMBER).problem
    assert problem is not None
    assert problem.code == "ambiguous_figure"
    assert f"`{text}` can be read as 0 or as no figure" in problem.text


@pytest.mark.parametrize(
    ("text", "context", "readings"),
    [
        pytest.param("0.75", PERCENT, "0.75% or as 75%", id="share-of-one"),
        pytest.param("1", PERCENT, "1% or as 100%", id="one"),
        pytest.param("0.005", PERCENT, "0.005% or as 0.5%", id="small"),
        pytest.param("0.75", NARROW_PERCENT, "0.75% or as 75%", id="narrow-range-decides-nothing"),
        pytest.param("1", NARROW_PERCENT, "1% or as 100%", id="whole-beyond-a-narrow-range"),
        pytest.param("-0.05", NEGATIVE_PERCENT, "-0.05% or as -5%", id="on-the-lower-limit"),
        pytest.param("75", OPEN_PERCENT, "75% or as 7500%", id="no-upper-limit"),
        pytest.param("-0.2", OPEN_PERCENT, "-0.2% or as -20%", id="negative"),
    ],
)
def test_a_bare_percentage_of_two_readings_names_both(
    text: str, context: CellContext, readings: str
) -> None:
    """Without a sign, a number format or the source's word, nobody guesses the scale."""
    problem = parse_figure(text, None, context).problem
    assert problem is not None
    assert problem.code == "ambiguous_percent"
    assert f"`{text}` can be read as {readings}." in problem.text


@pytest.mark.parametrize(
    ("text", "number_format", "context", "value"),
    [
        pytest.param("0.75", "0%", PERCENT, "75", id="format"),
        pytest.param("0.7125", "0.00%", PERCENT, "71.25", id="format-with-decimals"),
        pytest.param("0.75", "0%;[Red]-0%", PERCENT, "75", id="format-with-sections"),
        pytest.param("75%", "0%", PERCENT, "75", id="sign-beats-format"),
        pytest.param("0.75%", None, PERCENT_OF_ONE, "0.75", id="sign-beats-source"),
        pytest.param("0.75", "0%", PERCENT_AS_IS, "75", id="format-beats-source"),
        pytest.param("0.75", None, PERCENT_AS_IS, "0.75", id="source-says-percent"),
        pytest.param("0.75", None, PERCENT_OF_ONE, "75", id="source-says-fraction"),
        pytest.param("1.05", None, PERCENT_OF_ONE, "105", id="fraction-over-one"),
        pytest.param("75", "General", PERCENT, "75", id="general-format"),
        pytest.param("75", '0"%"', PERCENT, "75", id="percent-sign-as-text"),
    ],
)
def test_the_sign_then_the_format_then_the_source_decide_a_percentage(
    text: str, number_format: str | None, context: CellContext, value: str
) -> None:
    """The nearest statement to the figure says how a percentage is meant."""
    assert parse_figure(text, number_format, context).value == Decimal(value)


@pytest.mark.parametrize("number_format", ['0.00"%"', r"0.00\%", "0.00_%"])
def test_a_percent_sign_that_a_format_only_prints_decides_nothing(number_format: str) -> None:
    """A format that prints `%` as a letter does not multiply, so 0.75 has two readings."""
    problem = parse_figure("0.75", number_format, PERCENT).problem
    assert problem is not None
    assert problem.code == "ambiguous_percent"


@pytest.mark.parametrize(
    ("text", "number_format", "context", "found"),
    [
        pytest.param("75%", None, NUMBER, "is a percentage, but the KPI is counted in number"),
        pytest.param("0.75", "0%", DAYS, "is a percentage, but the KPI is counted in days"),
        pytest.param("£5%", None, GBP, "is a percentage, but the KPI is counted in gbp"),
        pytest.param("£5", None, NUMBER, "is in pounds, but the KPI is counted in number"),
        pytest.param("£5", None, PERCENT, "is in pounds, but the KPI is counted in percent"),
    ],
    ids=["percent-sign", "percent-format", "both-signs", "pounds-of-a-count", "pounds-of-a-share"],
)
def test_a_figure_in_another_unit_is_refused(
    text: str, number_format: str | None, context: CellContext, found: str
) -> None:
    """A sign that is not the KPI's unit's shows that the wrong figure was sent."""
    problem = parse_figure(text, number_format, context).problem
    assert problem is not None
    assert problem.code == "unit_mismatch"
    assert f"`{text}` {found}" in problem.text


@pytest.mark.parametrize(
    ("text", "context", "suffix"),
    [("5k", NUMBER, "k"), ("1.2m", GBP, "m"), ("5 BN", DAYS, "BN"), ("5m", PERCENT, "m")],
)
def test_a_scale_without_pounds_is_refused(text: str, context: CellContext, suffix: str) -> None:
    """`5m` may be five million, metres or minutes: the number is asked for in full."""
    problem = parse_figure(text, None, context).problem
    assert problem is not None
    assert problem.code == "ambiguous_figure"
    assert f"`{text}`: write the number in full, without `{suffix}`" in problem.text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1234567890123456", id="sixteen"),
        pytest.param("0.1234567890123456", id="decimals"),
        pytest.param("1." + "0" * 30 + "1", id="far-apart"),
        pytest.param("9" * 59, id="huge"),
        pytest.param("1" + "0" * 40 + "1", id="huge-with-zeros"),
    ],
)
@pytest.mark.parametrize("sign", ["", "-"], ids=["positive", "negative"])
def test_more_digits_than_a_float_holds_are_refused(text: str, sign: str) -> None:
    """A figure that could not be kept as it was sent is not rounded in silence."""
    problem = parse_figure(sign + text, None, NUMBER).problem
    assert problem is not None
    assert problem.code == "too_many_digits"


def test_a_long_cell_is_cut_in_the_message() -> None:
    """A message about a page of text shows its beginning only."""
    problem = parse_figure("lorem " * 10_000, None, NUMBER).problem
    assert problem is not None
    assert len(problem.text) < 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [("5\x00", r"`5\x00`"), ("5\u200b", r"`5\u200b`"), ("a\nb", r"`a\nb`"), ("\u202e5", r"\u202e")],
    ids=["nul", "zero-width", "line-break", "right-to-left"],
)
def test_what_does_not_print_is_spelt_out_in_the_message(text: str, shown: str) -> None:
    """A message stays on one line and shows what the eye does not see."""
    problem = parse_figure(text, None, NUMBER).problem
    assert problem is not None
    assert shown in problem.text


@pytest.mark.parametrize(
    ("value", "is_allowed"),
    [("-0.1", False), ("0", True), ("50", True), ("100", True), ("100.1", False)],
)
def test_a_range_includes_its_ends(value: str, is_allowed: bool) -> None:  # noqa: FBT001 - a case
    """A figure on a KPI's smallest or largest is allowed."""
    assert PERCENT.allows(Decimal(value)) is is_allowed
