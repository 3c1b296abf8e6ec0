"""Figure, numerator and denominator of a row are settled into one figure, or do not agree."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.rules import UNITS
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate.cells import CellContext, parse_figure
from perf_pipeline.validate.rows import Reading
from perf_pipeline.validate.settlement import combine

Reader = Callable[..., Reading]


def _codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def _figures(reading: Reading) -> tuple[str | None, float | None, float | None, float | None]:
    return (
        reading.outturn_status_code,
        reading.outturn_value,
        reading.numerator_value,
        reading.denominator_value,
    )


@pytest.mark.parametrize(
    ("texts", "figures"),
    [
        pytest.param({"value": "85%"}, ("given", 85.0, None, None), id="figure-alone"),
        pytest.param(
            {"numerator": "3", "denominator": "4"},
            ("calculated", 75.0, 3.0, 4.0),
            id="parts-alone",
        ),
        pytest.param(
            {"value": "71.4%", "numerator": "5", "denominator": "7"},
            ("given", 500 / 7, 5.0, 7.0),
            id="all-three-give-the-unrounded-ratio",
        ),
        pytest.param(
            {"value": "71%", "numerator": "5", "denominator": "7"},
            ("given", 500 / 7, 5.0, 7.0),
            id="figure-rounded-to-a-whole",
        ),
        pytest.param(
            {"value": "12.5%", "numerator": "1", "denominator": "8"},
            ("given", 12.5, 1.0, 8.0),
            id="exact",
        ),
        pytest.param(
            {"value": "13%", "numerator": "1", "denominator": "8"},
            ("given", 12.5, 1.0, 8.0),
            id="half-rounded-up",
        ),
        pytest.param(
            {"value": "12%", "numerator": "1", "denominator": "8"},
            ("given", 12.5, 1.0, 8.0),
            id="half-rounded-down",
        ),
        pytest.param(
            {"value": "0%", "numerator": "0", "denominator": "7"},
            ("given", 0.0, 0.0, 7.0),
            id="none-of-some",
        ),
        pytest.param(
            {"kpi_ref": "ADS-04", "numerator": "31", "denominator": "1,240"},
            ("calculated", 25.0, 31.0, 1240.0),
            id="per-1000",
        ),
        pytest.param(
            {"kpi_ref": "ADS-03", "numerator": "£1,234", "denominator": "10"},
            ("calculated", 123.4, 1234.0, 10.0),
            id="pounds-each",
        ),
        pytest.param(
            {"kpi_ref": "ADS-03", "value": "£1.2m", "numerator": "1234567", "denominator": "1"},
            ("given", 1234567.0, 1234567.0, 1.0),
            id="rounded-to-a-tenth-of-a-million",
        ),
        pytest.param(
            {"numerator": "0", "denominator": "0"},
            ("not_calculable", None, 0.0, 0.0),
            id="of-nothing",
        ),
        pytest.param(
            {"value": "N/A", "numerator": "0", "denominator": "0"},
            ("not_calculable", None, 0.0, 0.0),
            id="of-nothing-in-words",
        ),
        pytest.param({}, ("blank", None, None, None), id="nothing"),
        pytest.param({"value": "TBC"}, ("awaiting", None, None, None), id="status"),
        pytest.param(
            {"value": "TBC", "numerator": "5", "denominator": "7"},
            ("awaiting", None, 5.0, 7.0),
            id="status-beside-parts",
        ),
        pytest.param(
            {"numerator": "[c]", "denominator": "[c]"},
            ("suppressed", None, None, None),
            id="suppressed-parts",
        ),
        pytest.param(
            {"value": "[c]", "numerator": "[c]", "denominator": "120"},
            ("suppressed", None, None, None),
            id="suppressed-of-a-known-number",
        ),
        pytest.param(
            {"numerator": "*", "denominator": "120"},
            ("suppressed", None, None, None),
            id="suppressed-numerator-speaks",
        ),
        pytest.param(
            {"value": "[c]", "numerator": "3", "denominator": "50"},
            ("suppressed", None, None, None),
            id="parts-do-not-give-it-away",
        ),
        pytest.param(
            {"numerator": "120", "denominator": "TBC"},
            ("awaiting", None, 120.0, None),
            id="denominator-to-follow",
        ),
        pytest.param(
            {"value": "12%", "numerator": "[c]", "denominator": "120"},
            ("given", 12.0, None, 120.0),
            id="figure-beside-suppressed-part",
        ),
        pytest.param(
            {"value": "85%", "numerator": "N/A", "denominator": "-"},
            ("given", 85.0, None, None),
            id="figure-beside-no-parts",
        ),
    ],
)
def test_figure_numerator_and_denominator_are_settled(
    read_cells: Reader,
    texts: dict[str, str],
    figures: tuple[str, float | None, float | None, float | None],
) -> None:
    """The ratio is used unrounded, and a status stays what it is."""
    reading = read_cells(**texts)
    assert not reading.problems
    assert _figures(reading) == figures


@pytest.mark.parametrize(
    ("value", "numerator", "denominator", "ratio"),
    [
        pytest.param("71.2%", "5", "7", "71.4%", id="maidstone-5-of-7"),
        pytest.param("75.0%", "9", "11", "81.8%", id="maidstone-9-of-11"),
        pytest.param("18.2%", "2", "3", "66.7%", id="maidstone-2-of-3"),
        pytest.param("12.25%", "2", "16", "12.50%", id="maidstone-2-of-16"),
        pytest.param("70%", "5", "7", "71.4%", id="whole"),
        pytest.param("66.6%", "2", "3", "66.7%", id="cut-off-not-rounded"),
        pytest.param("11.9%", "1", "8", "12.5%", id="beyond-the-half"),
        pytest.param("12.4%", "12451", "100000", "12.5%", id="just-beyond-the-half"),
    ],
)
def test_a_figure_that_is_not_its_ratio_is_refused_with_the_ratio(
    read_cells: Reader, value: str, numerator: str, denominator: str, ratio: str
) -> None:
    """Published slips of this kind are caught, and the sentence names the true figure."""
    reading = read_cells(value=value, numerator=numerator, denominator=denominator)
    assert _codes(reading) == ["value_disagrees"]
    assert f"but {numerator} of {denominator} is {ratio}." in reading.problems[0].text


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param(("71.2" + "0" * 40, "5", "7"), id="long"),
        pytest.param(("1", "9" * 15, "0.0000000001"), id="big"),
        pytest.param(("1", "1", "." + "0" * 57 + "1"), id="tiny"),
        pytest.param((None, "1" + "0" * 59, "." + "0" * 57 + "1"), id="huge"),
        pytest.param(("1" + "0" * 59, "0", "5"), id="zeros"),
    ],
)
@pytest.mark.parametrize("kpi_ref", ["ADS-01", "ADS-03", "ADS-04"])
def test_extreme_figures_are_refused_and_never_raise(
    read_cells: Reader, kpi_ref: str, cells: tuple[str | None, str, str]
) -> None:
    """Figures of any size and length end in a problem, not in a failure of the step."""
    texts = dict(zip(("value", "numerator", "denominator"), cells, strict=True))
    assert read_cells(kpi_ref=kpi_ref, percent_scale=PercentScale.PERCENT, **texts).problems


@pytest.mark.parametrize("numerator", ["0", "0.000"])
def test_none_of_a_tiny_number_is_0(read_cells: Reader, numerator: str) -> None:
    """A ratio of 0 is 0 however small the denominator."""
    reading = read_cells(kpi_ref="ADS-03", numerator=numerator, denominator="." + "0" * 30 + "1")
    assert (reading.problems, reading.outturn_value) == ([], 0.0)


def test_the_number_format_of_the_cell_decides_a_percentage(read_cells: Reader) -> None:
    """A workbook's percent-formatted 0.75 is 75%."""
    assert read_cells(value="0.75", value_format="0%").outturn_value == 75.0


@pytest.mark.parametrize(
    ("scale", "value"), [(PercentScale.PERCENT, 0.75), (PercentScale.FRACTION, 75.0)]
)
def test_the_sources_scale_decides_a_percentage(
    read_cells: Reader, scale: PercentScale, value: float
) -> None:
    """What sources.yaml says of bare percentages holds for each row."""
    assert read_cells(value="0.75", percent_scale=scale).outturn_value == value


def test_a_narrow_range_decides_no_reading_of_a_percentage(read_cells: Reader) -> None:
    """A bare 0.75 of a KPI from 50 up has two readings still: its range is no statement."""
    assert _codes(read_cells(kpi_ref="ADS-13", value="0.75")) == ["ambiguous_percent"]


@pytest.mark.parametrize(
    ("value", "numerator", "denominator"),
    [("1", "60", "100"), ("0", "40", "100"), ("0.7", "74", "100"), ("0.5", "54.9", "100")],
)
def test_a_percent_cell_is_held_to_its_parts(value: str, numerator: str, denominator: str) -> None:
    """A cell formatted as a percentage counts as given to the unit, whatever zeros it lost."""
    context = CellContext(UNITS["percent"], Decimal(0), Decimal(100))
    whole = CellContext(UNITS["number"])
    top, bottom = (parse_figure(part, None, whole) for part in (numerator, denominator))
    result = combine(parse_figure(value, "0%", context), top, bottom, context)
    assert result.problem is not None
    assert result.problem.code == "value_disagrees"


@given(numerator=st.integers(0, 10**6), denominator=st.integers(1, 10**6), places=st.integers(0, 6))
def test_a_rightly_rounded_figure_agrees_with_its_parts(
    read_cells: Reader, numerator: int, denominator: int, places: int
) -> None:
    """A figure rounded half up to any number of decimals is accepted, and the ratio is kept."""
    scaled, remainder = divmod(numerator * 10 ** (places + 3), denominator)
    rounded = scaled + (2 * remainder >= denominator)
    digits = f"{rounded:0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    reading = read_cells(
        kpi_ref="ADS-04", value=text, numerator=str(numerator), denominator=str(denominator)
    )
    assert not reading.problems
    assert reading.outturn_value == numerator * 1000 / denominator
