"""A figure with its numerator and denominator → the one figure that is meant, or a problem."""

from decimal import ROUND_HALF_UP, Context, Decimal

from perf_pipeline.rules import OutturnStatus
from perf_pipeline.validate.cells import CellContext, Figure, Problem

_RATIO = Context(prec=30, rounding=ROUND_HALF_UP)
_SHOWN_RATIO = Context(prec=300, rounding=ROUND_HALF_UP)


def combine(value: Figure, numerator: Figure, denominator: Figure, context: CellContext) -> Figure:
    """Settle a figure with its numerator and denominator.

    The ratio is used, unrounded, where both are there; a figure given beside them must be the
    ratio at the figure's own precision, else the figure as sent is returned with the problem. A
    denominator of 0 leaves nothing to calculate.
    """
    top, bottom = numerator.value, denominator.value
    if top is None or bottom is None:
        is_one_given = (top is None) != (bottom is None)
        if is_one_given and OutturnStatus.BLANK in (numerator.status, denominator.status):
            return _refused(
                "part_missing", "Only one of numerator and denominator is given. Send both."
            )
        return _without_parts(value, numerator, denominator)
    if bottom == 0:
        return _undivided(value)
    ratio = _RATIO.divide(top * context.unit.multiplier, bottom)
    if value.value is None:
        is_blank = value.status is OutturnStatus.BLANK
        return Figure(OutturnStatus.CALCULATED, ratio) if is_blank else value
    exponent = int(value.value.as_tuple().exponent)
    if context.is_percent:
        # A cell of 1 formatted as a percentage reads 1E+2: given to the unit, not to hundreds.
        exponent = min(exponent, 0)
    half_unit = Decimal(5).scaleb(exponent - 1)
    if abs(value.value - ratio) > half_unit:
        unit = context.unit
        step = Decimal(1).scaleb(min(exponent, -1))
        shown = ratio.quantize(step, context=_SHOWN_RATIO)
        return _disagreeing(
            value,
            f"{value.value:f}{unit.suffix} is given, but {top:f} of {bottom:f} is "
            f"{shown:f}{unit.suffix}. Send the figures that belong together.",
        )
    return Figure(OutturnStatus.GIVEN, ratio)


def _disagreeing(value: Figure, text: str) -> Figure:
    """Keep the figure as sent beside the problem: a role may accept it."""
    return Figure(value.status, value.value, Problem("value_disagrees", text))


def _refused(code: str, text: str) -> Figure:
    return Figure(OutturnStatus.BLANK, problem=Problem(code, text))


def _without_parts(value: Figure, numerator: Figure, denominator: Figure) -> Figure:
    """Let a status that stands in the parts alone speak for the figure: `[c]` of `[c]`."""
    if value.status is not OutturnStatus.BLANK:
        return value
    for part in (numerator, denominator):
        if part.value is None and part.status is not OutturnStatus.BLANK:
            return Figure(part.status)
    return value


def _undivided(value: Figure) -> Figure:
    if value.value is None:
        return Figure(OutturnStatus.NOT_CALCULABLE)
    return _disagreeing(
        value,
        f"{value.value:f} is given, but the denominator is 0. Leave the figure empty when there "
        "was nothing to count.",
    )
