"""Whatever stands in a cell, its number is read exactly, or none is, and soon."""

import time
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perf_pipeline.rules import UNITS, OutturnStatus
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate import CellContext, parse_figure

NUMBER = CellContext(UNITS["number"], minimum=Decimal(0))
GBP = CellContext(UNITS["gbp"])
DAYS = CellContext(UNITS["days"], minimum=Decimal(0))
PERCENT = CellContext(UNITS["percent"], minimum=Decimal(0), maximum=Decimal(100))
OPEN_PERCENT = CellContext(UNITS["percent"])
PERCENT_AS_IS = CellContext(UNITS["percent"], percent_scale=PercentScale.PERCENT)
PERCENT_OF_ONE = CellContext(UNITS["percent"], percent_scale=PercentScale.FRACTION)
CONTEXTS = (NUMBER, GBP, DAYS, PERCENT, OPEN_PERCENT, PERCENT_AS_IS, PERCENT_OF_ONE)
SPACES = {"space": " ", "no-break": "\u00a0", "thin": "\u2009", "narrow": "\u202f"}


@st.composite
def figures(draw: st.DrawFn) -> Decimal:
    """Draw a figure of at most fifteen significant digits."""
    digits = draw(st.integers(1, 15))
    places = draw(st.integers(0, 12))
    coefficient = draw(st.integers(-(10**digits) + 1, 10**digits - 1))
    return Decimal(coefficient).scaleb(-places)


def _written(value: Decimal, separator: str, minus: str, prefix: str = "", suffix: str = "") -> str:
    magnitude = prefix + f"{abs(value):,f}".replace(",", separator) + suffix
    if value >= 0:
        return magnitude
    return f"({magnitude})" if minus == "()" else minus + magnitude


SEPARATORS = st.sampled_from(["", ",", *SPACES.values()])
MINUSES = st.sampled_from(["-", "\u2212", "()"])


@given(figures(), SEPARATORS, MINUSES)
def test_a_number_survives_every_way_of_writing_it(
    value: Decimal, separator: str, minus: str
) -> None:
    """A number of any size, grouped and signed in any documented way, is read exactly."""
    assert parse_figure(_written(value, separator, minus), None, NUMBER).value == value


@given(figures(), SEPARATORS, MINUSES)
def test_pounds_survive_every_way_of_writing_them(
    value: Decimal, separator: str, minus: str
) -> None:
    """The pound sign changes nothing about the number."""
    assert parse_figure(_written(value, separator, minus, "£"), None, GBP).value == value


@given(figures(), st.sampled_from([("k", 3), ("m", 6), ("bn", 9)]))
def test_scaled_pounds_are_read_exactly(value: Decimal, scale: tuple[str, int]) -> None:
    """Thousands, millions and billions of pounds are multiplied without rounding."""
    suffix, exponent = scale
    text = _written(value, "", "-", "£", suffix)
    assert parse_figure(text, None, GBP).value == value.scaleb(exponent)


@given(figures(), st.sampled_from(["sign", "format", "fraction", "percent"]))
def test_a_percentage_survives_every_way_of_writing_it(value: Decimal, way: str) -> None:
    """However its scale is stated, a percentage is read exactly."""
    share = value.scaleb(-2)
    figure = {
        "sign": parse_figure(_written(value, ",", "-", "", "%"), None, PERCENT),
        "format": parse_figure(f"{share:f}", "0.0%", PERCENT),
        "fraction": parse_figure(f"{share:f}", None, PERCENT_OF_ONE),
        "percent": parse_figure(f"{value:f}", None, PERCENT_AS_IS),
    }[way]
    assert figure.value == value


NEAR_NUMBERS = st.text("0123456789.,-()£%kmbn \u00a0\u2212\u2009Ee+#/!", max_size=70)


@settings(max_examples=500)
@given(NEAR_NUMBERS | st.text(max_size=80), st.sampled_from(CONTEXTS), st.none() | st.just("0%"))
@example("1." + "0" * 40 + "1", NUMBER, None)
@example("0,123", NUMBER, None)
@example("0" * 60, PERCENT, None)
def test_any_text_is_an_exact_number_a_status_or_a_problem(
    text: str, context: CellContext, number_format: str | None
) -> None:
    """Nothing raises, and a number that is read has the digits that were sent, as a float too."""
    figure = parse_figure(text, number_format, context)
    if figure.value is None:
        is_refused = figure.problem is not None
        assert figure.status is OutturnStatus.BLANK or not is_refused
        return
    assert figure.status is OutturnStatus.GIVEN
    assert figure.problem is None
    sent = "".join(char for char in text if char in "0123456789").strip("0")
    assert "".join(map(str, figure.value.as_tuple().digits)).strip("0") == sent
    assert Decimal(repr(float(figure.value))) == figure.value


@given(
    NEAR_NUMBERS | st.sampled_from(["N/A", "TBC", "[c]", "-", "#DIV/0!", "nil"]),
    st.text(" \u00a0\t\n\u2009\u202f", max_size=5),
    st.text(" \u00a0\t\n\u2009\u202f", max_size=5),
    st.sampled_from(CONTEXTS),
)
def test_outer_space_changes_nothing(
    text: str, before: str, after: str, context: CellContext
) -> None:
    """Spaces round a cell, no-break ones among them, are not part of it."""
    assert parse_figure(before + text + after, None, context) == parse_figure(text, None, context)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1" * 1_000_000, id="digits"),
        pytest.param("1,111" * 200_000, id="groups"),
        pytest.param("1 " * 500_000, id="spaces-between"),
        pytest.param("5" + " " * 1_000_000 + "5", id="space-within"),
        pytest.param("(" * 1_000_000, id="parentheses"),
        pytest.param("#" * 1_000_000, id="hashes"),
        pytest.param("=" + "A1+" * 300_000, id="formula"),
    ],
)
def test_a_megabyte_in_a_cell_is_refused_at_once(text: str) -> None:
    """A hostile cell takes time in line with its length, and far less than a second."""
    begun = time.perf_counter()
    figure = parse_figure(text, None, PERCENT)
    assert time.perf_counter() - begun < 0.5
    assert figure.problem is not None


@pytest.mark.parametrize(
    "text",
    ["1" * 59 + "x", "111 " * 15, "1,111" * 11 + "x", " " * 29 + "-" + " " * 29, "(((((" * 12],
    ids=["digits", "spaced-groups", "comma-groups", "spaces", "parentheses"],
)
def test_no_cell_of_the_longest_length_makes_the_parser_backtrack(text: str) -> None:
    """The worst cells that the number pattern sees are refused within a millisecond each."""
    begun = time.perf_counter()
    for _ in range(200):
        parse_figure(text, None, NUMBER)
    assert time.perf_counter() - begun < 0.2


@pytest.mark.parametrize("number_format", ['"' * 100_000, "\\" * 100_000, '0"' * 50_000 + "%"])
def test_a_hostile_number_format_is_read_at_once(number_format: str) -> None:
    """A number format of any length takes time in line with it."""
    begun = time.perf_counter()
    parse_figure("75", number_format, PERCENT)
    assert time.perf_counter() - begun < 0.5
