"""Numbers as text: the digits that a spreadsheet shows, and the sign that a cell's format shows."""

import re
from decimal import Decimal

_SIGNIFICANT_DIGITS = 15
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FORMAT_LITERAL = re.compile(r'"[^"]*"|[\\_*].')


def number_text(number: float) -> str:
    """Write a number with the 15 significant digits that a spreadsheet shows.

    Whole numbers keep all their digits; exponents are written out unless the number is too large
    or too small for its digits to be all there is to it.
    """
    if isinstance(number, int):
        return str(number)
    shown = format(number + 0.0, f".{_SIGNIFICANT_DIGITS}g")
    exact = Decimal(shown)
    if not exact.is_finite() or abs(exact.adjusted()) > _SIGNIFICANT_DIGITS:
        return shown
    return format(exact.normalize(), "f")


def with_shown_percent(text: str, number_format: str | None) -> str:
    """Write a number as its format shows it, where that is as a percentage: `0.756` as `75.6%`.

    Args:
        text: A cell's text.
        number_format: The cell's number format; a quoted or escaped % sign scales nothing.
    """
    is_scaled = "%" in _FORMAT_LITERAL.sub("", number_format or "")
    if not is_scaled or not _PLAIN_NUMBER.fullmatch(text):
        return text
    return f"{(Decimal(text) * 100).normalize():f}%"
