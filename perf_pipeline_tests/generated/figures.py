"""A true figure → the ways in which people write it, of which each can be read in one way only."""

from collections.abc import Iterator
from decimal import Decimal

from perf_pipeline.source_entries import PercentScale
from perf_pipeline_tests.generated.model import Cell, Kpi, Medium, Pen

NBSP, THIN, NARROW = "\u00a0", "\u2009", "\u202f"
_SEPARATORS = {",": "commas", " ": "spaces", NBSP: "no-break", THIN: "thin", NARROW: "narrow"}
_MINUSES = {"-": "hyphen", "\u2212": "minus sign", "- ": "hyphen and space", "()": "parentheses"}
_POUND_SCALES = {"k": 3, "m": 6, "bn": 9, "K": 3, "M": 6}
_ZEROS = "trailing zeros"
_PADDING = ("", "", "", " ", "  ", NBSP, "\t")
_WORKBOOK_FORMATS = ("General", "0.00", "#,##0.00", "0.000000")
_PERCENT_FORMATS = ("0%", "0.0%", "0.00%")
STATUSES = {
    "not_applicable": ("N/A", "n/a", "NA", "not applicable", "[z]"),
    "awaiting": ("TBC", "to follow", "Awaiting", "awaited"),
    "suppressed": ("[c]", "*", "Suppressed"),
    "not_available": ("[x]", "..", "not available"),
    "no_figure": ("-", "\u2013", "\u2014"),
    "not_due": ("not due", "Not due"),
    "blank": ("",),
}
"""The words for no figure, as docs/cells.md lists them."""


def draw_value(pen: Pen, kpi: Kpi) -> Decimal:
    """Draw a true figure that the KPI allows."""
    rng = pen.rng
    places = rng.choice((0, 0, 1, 1, 2, 3))
    if kpi.unit == "percent":
        low, high = (0, 100) if kpi.maximum == 100 else (-250, 900)
        if rng.random() < 0.1:
            return Decimal(rng.choice((low, high, 0, 1)))
        return Decimal(rng.randint(low * 10**places, high * 10**places)).scaleb(-places)
    size = 10 ** rng.randint(1, 11)
    value = Decimal(rng.randint(0, size)).scaleb(-places)
    return value.copy_negate() if value and kpi.minimum is None and rng.random() < 0.5 else value


def write_figure(pen: Pen, kpi: Kpi, value: Decimal, *, is_to_its_place: bool = False) -> Cell:
    """Write a figure in one of the ways that its return's medium and encoding allow.

    Args:
        pen: How the return is written.
        kpi: Whose figure it is.
        value: The figure.
        is_to_its_place: True where zeros behind it would say that it is known more precisely.
    """
    ways = [cell for cell in _ways(pen, kpi, value) if pen.can_write(cell.text)]
    if is_to_its_place:
        ways = [cell for cell in ways if _ZEROS not in cell.way]
    cell = pen.rng.choice(ways)
    return cell if cell.number is not None else padded(pen, cell)


def padded(pen: Pen, cell: Cell) -> Cell:
    """Put white space round a cell's text now and then."""
    before, after = pen.rng.choice(_PADDING), pen.rng.choice(_PADDING)
    return cell._replace(text=f"{before}{cell.text}{after}")


def write_status(pen: Pen, status: str) -> Cell:
    """Write a word for no figure."""
    words = [word for word in STATUSES[status] if pen.can_write(word)]
    return Cell(pen.rng.choice(words), way=f"status {status}")


def is_ambiguous_bare(kpi: Kpi, bare: Decimal) -> bool:
    """Tell whether a bare number of a percentage makes sense as it is and times a hundred."""
    if not bare:
        return False
    top = None if kpi.maximum is None else 100
    is_low = kpi.minimum is not None and bare < 0
    return not is_low and (top is None or bare * 100 <= top)


def _ways(pen: Pen, kpi: Kpi, value: Decimal) -> Iterator[Cell]:
    if kpi.unit == "percent":
        yield from _signed(value, "", "%", "percent sign")
        yield from _signed(value, "", " %", "percent sign after space")
        yield from _bare_percentages(pen, kpi, value)
        if pen.is_workbook:
            for shown in _PERCENT_FORMATS:
                yield Cell(number=value.scaleb(-2), number_format=shown, way="percent format")
        return
    yield from _signed(value, "", "", "plain")
    yield from _numbers(pen, value)
    if kpi.unit == "gbp":
        yield from _signed(value, "£", "", "pounds")
        yield from _signed(value, "£ ", "", "pounds and space")
        for suffix, exponent in _POUND_SCALES.items():
            yield from _signed(value.scaleb(-exponent), "£", suffix, f"pounds {suffix}")


def _bare_percentages(pen: Pen, kpi: Kpi, value: Decimal) -> Iterator[Cell]:
    bare = value.scaleb(-2) if pen.scale is PercentScale.FRACTION else value
    if pen.scale is None and is_ambiguous_bare(kpi, bare):
        return
    yield from _signed(bare, "", "", f"bare percentage, {pen.scale or 'scale not stated'}")
    yield from _numbers(pen, bare)


def _numbers(pen: Pen, value: Decimal) -> Iterator[Cell]:
    """Yield cells that hold a number: workbooks with formats, JSON as a literal."""
    if pen.is_workbook:
        for shown in _WORKBOOK_FORMATS:
            yield Cell(number=value, number_format=shown, way=f"number {shown}")
    elif pen.medium is Medium.JSON:
        yield Cell(number=value, way="number literal")


def _signed(value: Decimal, prefix: str, suffix: str, way: str) -> Iterator[Cell]:
    for form, digits in _digits(abs(value)):
        text = f"{prefix}{digits}{suffix}"
        if value >= 0:
            yield Cell(text, way=f"{way}, {form}")
            continue
        for minus, name in _MINUSES.items():
            signed = f"({text})" if minus == "()" else f"{minus}{text}"
            yield Cell(signed, way=f"{way}, {form}, {name}")


def _digits(magnitude: Decimal) -> Iterator[tuple[str, str]]:
    plain = f"{magnitude:f}"
    yield "digits", plain
    yield _ZEROS, plain + ("00" if "." in plain else ".00")
    if plain.startswith("0."):
        yield "no zero before the point", plain[1:]
    if magnitude >= 1000:
        for separator, name in _SEPARATORS.items():
            yield f"thousands by {name}", f"{magnitude:,f}".replace(",", separator)
