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


def printed_range(lower: float, upper: float, unit_code: str, decimal_places: int) -> str | None:
    """Print a range in its unit: `10% to 20%`, `£10 to £20`, `10 to 20 days`.

    A unit that is a word is printed once. A range without both its ends is null.

    Args:
        lower: Its lower end; NaN for none.
        upper: Its upper end; NaN for none.
        unit_code: Their unit.
        decimal_places: Decimals printed.
    """
    first = printed_figure(lower, unit_code, decimal_places)
    last = printed_figure(upper, unit_code, decimal_places)
    if first is None or last is None:
        return None
    suffix = UNITS[unit_code].suffix
    return f"{first.removesuffix(suffix) if suffix.startswith(' ') else first} to {last}"


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


def printed_change(count: int, before: int | None, label: str) -> str | None:
    """Print a count and its change: `18 green, 2 fewer`, `18 green, no change`.

    Args:
        count: The count.
        before: The same in the quarter before; None where that is not known.
        label: What is counted, as the council calls it.

    Returns:
        The text, with the label in small letters; null where there is nothing to compare with.
    """
    if before is None:
        return None
    difference = count - before
    change = f"{abs(difference)} {'more' if difference > 0 else 'fewer'}"
    return f"{count} {label.lower()}, {change if difference else 'no change'}"
