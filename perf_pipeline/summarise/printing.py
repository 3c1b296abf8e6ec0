"""How figures and shares are printed: rounded half up, apart from how they are compared."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

from perf_pipeline.rules import UNITS

_PRINTING = Context(prec=400, rounding=ROUND_HALF_UP)


def printed_figure(value: float, unit_code: str, decimal_places: int) -> str | None:
    """Print a figure in its unit: 76.0 percent is `76%`, null is null.

    Args:
        value: The figure; NaN for none.
        unit_code: Its unit.
        decimal_places: Decimals printed.
    """
    if math.isnan(value):
        return None
    unit = UNITS[unit_code]
    step = Decimal(1).scaleb(-int(decimal_places))
    rounded = Decimal(repr(float(value))).quantize(step, context=_PRINTING)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{unit.prefix}{rounded.copy_abs():,f}{unit.suffix}"


def printed_share(count: int, of: int) -> str | None:
    """Print a share as the first report does: `40% (6)`, and `12.5% (1)` for an exact half.

    A share of nothing is null, since a blank is printed; none of some is `0`.
    """
    if of == 0:
        return None
    if count == 0:
        return "0"
    share = Decimal(100 * count) / of
    is_half = (200 * count) % of == 0 and (200 * count // of) % 2 == 1
    step = Decimal("0.1") if is_half else Decimal(1)
    return f"{share.quantize(step, ROUND_HALF_UP):f}% ({count})"
