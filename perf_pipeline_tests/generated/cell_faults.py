"""What goes wrong in the cell of a figure: each way has the one reason for which it is rejected."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from perf_pipeline_tests.generated.figures import is_ambiguous_bare
from perf_pipeline_tests.generated.model import Cell, Kpi, Pen

_NO_NUMBERS = (
    "abc", "1.2.3", "12,34", "1,2345", "1e5", "1E3", "five", "5 apples", "(5", "5)", "--5", "+5",
    "1.", ".", "0x1F", "1_000", "12 34", "1/2", "Infinity", "NaN", "1,234,56", "01,234", "TRUE",
    "\u0665", "\uff15", "½", "\u06f4", "5\u200b", "1\u2009\u20090", "03/04/2024",
    "2024-04-03", "< 5", "~12",
)  # fmt: skip
_ERRORS = ("#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")
_SCALED = ("1.2m", "3k", "2bn", "1.5M")


class Fault(NamedTuple):
    """A reason code, and what writes a cell that has it; nothing where it does not apply."""

    reason: str
    write: Callable[[Pen, Kpi], Cell | None]


def _text(pen: Pen, *texts: str) -> Cell | None:
    ways = [text for text in texts if pen.can_write(text)]
    return Cell(pen.rng.choice(ways)) if ways else None


def _ambiguous_percent(pen: Pen, kpi: Kpi) -> Cell | None:
    bare = Decimal(pen.rng.randint(1, 99)).scaleb(-2)
    if kpi.unit != "percent" or pen.scale is not None or not is_ambiguous_bare(kpi, bare):
        return None
    if pen.is_workbook and pen.rng.random() < 0.5:
        return Cell(number=bare)
    return Cell(f"{bare:f}")


def _excel_error(pen: Pen, _: Kpi) -> Cell:
    return Cell(pen.rng.choice(_ERRORS), is_error=pen.rng.random() < 0.5)


def _percent_elsewhere(pen: Pen, kpi: Kpi) -> Cell | None:
    if kpi.unit == "percent":
        return None
    if pen.is_workbook and pen.rng.random() < 0.5:
        return Cell(number=Decimal("0.5"), number_format="0%")
    return Cell(f"{pen.rng.randint(1, 99)}%")


def _pounds_elsewhere(pen: Pen, kpi: Kpi) -> Cell | None:
    return None if kpi.unit == "gbp" else _text(pen, f"£{pen.rng.randint(2, 99)}", "£2m")


def _out_of_range(pen: Pen, kpi: Kpi) -> Cell | None:
    if kpi.unit == "percent" and kpi.maximum == 100:
        return Cell(pen.rng.choice(("100.1%", "-0.5%", "4,000%", "(3%)")))
    if kpi.unit != "percent" and kpi.minimum == 0:
        return _text(pen, "-1", "(3)", "\u22125", "-0.01")
    return None


def _unscaled_pounds(pen: Pen, _: Kpi) -> Cell:
    return Cell(pen.rng.choice(_SCALED))


def _digits(pen: Pen, count: int) -> str:
    return "".join(pen.rng.choice("123456789") for _ in range(count))


def _too_large(pen: Pen, kpi: Kpi) -> Cell | None:
    if kpi.unit == "percent":
        return None
    return Cell(_digits(pen, 15) + "0" * pen.rng.randint(1, 9))


FAULTS: Mapping[str, Fault] = {
    "no number": Fault("not_a_number", lambda pen, _: _text(pen, *_NO_NUMBERS)),
    "a long text": Fault("not_a_number", lambda pen, _: Cell("9" * pen.rng.randint(61, 3000))),
    "nil": Fault("ambiguous_figure", lambda pen, _: _text(pen, "nil", "None", "Zero")),
    "millions of nothing": Fault("ambiguous_figure", _unscaled_pounds),
    "0.75 as 75% or 0.75%": Fault("ambiguous_percent", _ambiguous_percent),
    "spreadsheet error": Fault("excel_error", _excel_error),
    "formula as text": Fault("formula_not_calculated", lambda pen, _: _text(pen, "=B2/C2", "=5")),
    "sixteen digits": Fault("too_many_digits", lambda pen, _: Cell(_digits(pen, 16))),
    "too large": Fault("too_large", _too_large),
    "percentage of a count": Fault("unit_mismatch", _percent_elsewhere),
    "pounds of a count": Fault("unit_mismatch", _pounds_elsewhere),
    "out of range": Fault("out_of_range", _out_of_range),
    "revised": Fault("marked_revised", lambda pen, _: _text(pen, "5 [r]", "12[R]")),
}
"""What can be wrong with a figure's own cell, by name."""
