"""How findings are worded, and how text that others wrote is cut up and quoted."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

from perf_pipeline.rules import UNITS

_SENTENCE_END = re.compile(r"(?<=[.!?;]) ")
_LONGEST_READ = 10_000
_LONGEST_QUOTED = 80
_DECIMALS_SHOWN = Decimal("0.01")
_SMALL = Context(prec=3, rounding=ROUND_HALF_UP)
_LARGE = Context(prec=400, rounding=ROUND_HALF_UP)


def sentences(text: str) -> tuple[str, ...]:
    """Cut a text into sentences and clauses ended by a semicolon, with single spaces.

    A line ends a sentence too. What follows the first 10,000 characters is left out.
    """
    lines = (" ".join(line.split()) for line in text[:_LONGEST_READ].splitlines())
    return tuple(part for line in lines for part in _SENTENCE_END.split(line) if part)


def quoted(text: str) -> str:
    """Show what somebody wrote: on one line, cut when long, control characters spelt out."""
    shown = text if len(text) <= _LONGEST_QUOTED else f"{text[: _LONGEST_QUOTED - 1]}…"
    spelt = (
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode()
        for char in shown
    )
    return f"`{''.join(spelt)}`"


def printed(value: float, unit_code: str) -> str:
    """Print a figure in its unit with two decimals at most, more where it is smaller than 1."""
    unit = UNITS[unit_code]
    exact = Decimal(repr(float(value)))
    if abs(exact) < 1:
        rounded = _SMALL.plus(exact)
    else:
        rounded = exact.quantize(_DECIMALS_SHOWN, context=_LARGE)
    digits = f"{abs(rounded):,f}".rstrip("0").rstrip(".")
    sign = "-" if rounded < 0 else ""
    return f"{sign}{unit.prefix}{digits}{unit.suffix}"


def listed(words: Iterable[str]) -> str:
    """List words: `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


COUNT = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,9})"
"""The pattern of a whole number, with or without commas."""


def whole_number(text: str) -> int:
    """Read what `COUNT` matches."""
    return int(text.replace(",", ""))
