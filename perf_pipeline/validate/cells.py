"""The one parser of figures: the text of a cell → a number, a status, or a problem.

What is read (`docs/cells.md` lists every form):

* plain numbers, thousands in groups of three separated by commas or spaces, ASCII digits;
* a minus sign (`-` or U+2212) or accountants' parentheses;
* `£` on a KPI in pounds, then also `k`, `m` or `bn` after the number;
* the unit's own name behind the number (`21.5 days`, `7 percent`);
* `%` on a percentage KPI; without it the cell's number format or the source's entry decides, and
  where neither does and the number makes sense both ways the cell is refused;
* words and symbols that say why there is no figure (`N/A`, `TBC`, `[c]`, …), each a status.

Nothing else is a number: no exponents, no other digits, no more than 15 significant ones.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from perf_pipeline.rules import OutturnStatus, Unit
from perf_pipeline.source_entries import PercentScale, ReturnField

SIGNIFICANT_DIGITS = 15
"""What a float holds exactly, and what Excel shows: a longer figure could not be kept as sent."""

_LONGEST_FIGURE = 60
_WHOLE_DIGITS = 15
_TOO_LARGE = Decimal(10) ** _WHOLE_DIGITS
_REVISED = "[r]"
_SPACE = r"[ \u00a0\u2009\u202f]"
_STATUSES = {
    "": OutturnStatus.BLANK,
    "n/a": OutturnStatus.NOT_APPLICABLE,
    "na": OutturnStatus.NOT_APPLICABLE,
    "not applicable": OutturnStatus.NOT_APPLICABLE,
    "[z]": OutturnStatus.NOT_APPLICABLE,
    "tbc": OutturnStatus.AWAITING,
    "to follow": OutturnStatus.AWAITING,
    "awaiting": OutturnStatus.AWAITING,
    "awaited": OutturnStatus.AWAITING,
    "*": OutturnStatus.SUPPRESSED,
    "[c]": OutturnStatus.SUPPRESSED,
    "suppressed": OutturnStatus.SUPPRESSED,
    "[x]": OutturnStatus.NOT_AVAILABLE,
    "..": OutturnStatus.NOT_AVAILABLE,
    "not available": OutturnStatus.NOT_AVAILABLE,
    "-": OutturnStatus.NO_FIGURE,
    "\N{EN DASH}": OutturnStatus.NO_FIGURE,
    "\N{EM DASH}": OutturnStatus.NO_FIGURE,
    "not due": OutturnStatus.NOT_DUE,
}
_SPREADSHEET_ERROR = re.compile(r"#?(DIV/0!?|N/A!|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|#N/A")
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<minus>[-\u2212])?{_SPACE}?(?P<pound>£)?{_SPACE}?"
    rf"(?P<whole>[1-9][0-9]{{0,2}}(?:(?:,[0-9]{{3}})+|(?:{_SPACE}[0-9]{{3}})+)|[0-9]*)"
    rf"(?P<fraction>\.[0-9]+)?{_SPACE}?(?P<suffix>%|[kK]|[mM]|[bB][nN])?(?P<close>\))?"
)
_NAMED_UNIT = re.compile(rf"(?P<figure>[^a-zA-Z]*[0-9)]){_SPACE}?(?P<name>[a-zA-Z][a-zA-Z0-9, ]*)")
_EXPONENTS = {"k": 3, "m": 6, "bn": 9}
_FORMAT_LITERAL = re.compile(r'"[^"]*"|[\\_*].')


class Problem(NamedTuple):
    """Why something was not accepted: a code for counting and a sentence for a person.

    `field` is the field in whose cell it stands; null where the row as a whole is meant.
    """

    code: str
    text: str
    field: ReturnField | None = None

    def within(self, field: ReturnField) -> "Problem":
        """Return the problem in a field's cell, unless it is known to stand in another."""
        return self if self.field is not None else self._replace(field=field)


@dataclass(frozen=True)
class Figure:
    """What a cell says: a number, a status without one, or a problem."""

    status: OutturnStatus
    value: Decimal | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class CellContext:
    """What decides how a figure is read.

    Attributes:
        unit: Unit of the figure.
        minimum: Smallest figure that the KPI allows; null for no limit.
        maximum: Largest, likewise.
        percent_scale: How the source writes bare percentages; null where it does not say.
        is_year_to_date: True where figures add up from April, and so are no sum of three months.
    """

    unit: Unit
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    percent_scale: PercentScale | None = None
    is_year_to_date: bool = False

    @property
    def is_percent(self) -> bool:
        """True where figures are percentages."""
        return self.unit.code == "percent"

    def makes_sense(self, value: Decimal) -> bool:
        """Tell whether a percentage could be meant: a KPI's narrower range decides no reading."""
        above = self.minimum is None or value >= min(self.minimum, Decimal(0))
        return above and (self.maximum is None or value <= max(self.maximum, Decimal(100)))

    def allows(self, value: Decimal) -> bool:
        """Tell whether a figure is within the KPI's range."""
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)


def parse_figure(text: str | None, number_format: str | None, context: CellContext) -> Figure:
    """Read one cell.

    Args:
        text: The cell's text as received; null for an empty one.
        number_format: The cell's number format, for workbooks.
        context: Unit, range and the source's percent scale.
    """
    stripped = "" if text is None else text.strip()
    status = _STATUSES.get(stripped.casefold())
    if status is not None:
        return Figure(status)
    problem = _not_a_figure(stripped)
    bare = _without_unit(stripped, context.unit)
    match = _NUMBER.fullmatch(bare) if problem is None else None
    if match is None or not (match["whole"] or match["fraction"]):
        return _refused(problem or _not_a_number(stripped))
    return _scaled(stripped, match, number_format, context)


def _without_unit(text: str, unit: Unit) -> str:
    """Take the unit's own name off a figure: `21.5 days` is `21.5`, and `7 percent` is `7%`."""
    match = _NAMED_UNIT.fullmatch(text)
    name = match["name"].casefold().replace(",", "") if match else ""
    if match is None or name not in unit.words:
        return text
    return match["figure"] + ("%" if unit.code == "percent" else "")


def says_nothing(text: str | None) -> bool:
    """Tell whether a cell is empty or holds a word that says why there is nothing in it."""
    return (text or "").strip().casefold() in _STATUSES


def limit_problem(value: Decimal | None, context: CellContext) -> Problem | None:
    """Say what is wrong with a figure that no KPI, or not this one, can have."""
    if value is None or (context.allows(value) and abs(value) < _TOO_LARGE):
        return None
    if abs(value) >= _TOO_LARGE:
        return Problem(
            "too_large",
            f"The figure has more than {_WHOLE_DIGITS} digits before the decimal point. Check it.",
        )
    low = "any" if context.minimum is None else f"{context.minimum:f}"
    high = "any" if context.maximum is None else f"{context.maximum:f}"
    return Problem(
        "out_of_range",
        f"{value.normalize():f} is outside the KPI's range ({low} to {high}). Check the "
        "figure, or change the KPI's range in the register.",
    )


def _refused(problem: Problem) -> Figure:
    return Figure(OutturnStatus.BLANK, problem=problem)


def quoted(text: str) -> str:
    """Show a cell's text in a message: cut when long, what does not print spelt out."""
    shown = text if len(text) <= _LONGEST_FIGURE else text[:_LONGEST_FIGURE] + "…"
    spelt = (
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in shown
    )
    return f"`{''.join(spelt)}`"


def _not_a_number(text: str) -> Problem:
    return Problem(
        "not_a_number", f"{quoted(text)} is not a number. Send a number or leave the cell empty."
    )


def _not_a_figure(text: str) -> Problem | None:
    if _SPREADSHEET_ERROR.fullmatch(text.upper()):
        return Problem(
            "excel_error",
            f"The cell shows the spreadsheet error {text}. Mend the formula, or write N/A when "
            "there is nothing to calculate.",
        )
    if text.startswith("="):
        return Problem(
            "formula_not_calculated",
            "The cell holds a formula without its result. Open the workbook, let it calculate, "
            "and save it again.",
        )
    if text.casefold() in {"nil", "none", "zero"}:
        return Problem(
            "ambiguous_figure",
            f"{quoted(text)} can be read as 0 or as no figure. Write 0, or N/A for no figure.",
        )
    if text.casefold().endswith(_REVISED):
        return Problem(
            "marked_revised",
            f"{quoted(text)} is marked as revised. Send this quarter's figure without the mark; to "
            "restate an earlier one, send a row that names the earlier quarter.",
        )
    return _not_a_number(text) if len(text) > _LONGEST_FIGURE else None


def _scaled(
    text: str, match: re.Match[str], number_format: str | None, context: CellContext
) -> Figure:
    suffix = (match["suffix"] or "").lower()
    problem = _unit_problem(text, match, suffix, number_format, context)
    if problem is not None:
        return _refused(problem)
    whole = re.sub(r"[^0-9]", "", match["whole"])
    fraction = match["fraction"] or ""
    if len((whole + fraction[1:]).strip("0")) > SIGNIFICANT_DIGITS:
        return _refused(_too_many_digits(text))
    # Moving the point keeps the figure's precision: £1.2m is known to £100,000.
    value = Decimal((whole or "0") + fraction).scaleb(_EXPONENTS.get(suffix, 0))
    if value and (match["minus"] or match["open"]):
        value = value.copy_negate()
    if context.is_percent and suffix != "%":
        return _percentage(text, value, number_format, context)
    return Figure(OutturnStatus.GIVEN, value)


def _unit_problem(
    text: str, match: re.Match[str], suffix: str, number_format: str | None, context: CellContext
) -> Problem | None:
    is_signed_twice = match["open"] and match["minus"]
    if bool(match["open"]) != bool(match["close"]) or is_signed_twice:
        return _not_a_number(text)
    unit = context.unit.code
    has_percent = suffix == "%" or "%" in (number_format or "")
    if has_percent and not context.is_percent:
        return Problem(
            "unit_mismatch", f"{quoted(text)} is a percentage, but the KPI is counted in {unit}."
        )
    if match["pound"] and unit != "gbp":
        return Problem(
            "unit_mismatch", f"{quoted(text)} is in pounds, but the KPI is counted in {unit}."
        )
    if suffix in _EXPONENTS and not match["pound"]:
        return Problem(
            "ambiguous_figure",
            f"{quoted(text)}: write the number in full, without `{match['suffix']}`.",
        )
    return None


def _percentage(
    text: str, value: Decimal, number_format: str | None, context: CellContext
) -> Figure:
    as_fraction = value.scaleb(2)
    if _is_scaled(number_format) or context.percent_scale is PercentScale.FRACTION:
        return Figure(OutturnStatus.GIVEN, as_fraction)
    is_settled = context.percent_scale is PercentScale.PERCENT or value == as_fraction
    if is_settled or not (context.makes_sense(value) and context.makes_sense(as_fraction)):
        return Figure(OutturnStatus.GIVEN, value)
    return _refused(
        Problem(
            "ambiguous_percent",
            f"{quoted(text)} can be read as {value:f}% or as {as_fraction.normalize():f}%. Write "
            "the % sign, or state percent_scale for the source in sources.yaml.",
        )
    )


def _is_scaled(number_format: str | None) -> bool:
    """Tell whether a number format shows 0.75 as 75 %: a quoted or escaped % sign does not."""
    return "%" in _FORMAT_LITERAL.sub("", number_format or "")


def _too_many_digits(text: str) -> Problem:
    return Problem(
        "too_many_digits",
        f"{quoted(text)} has more than {SIGNIFICANT_DIGITS} significant digits. Round it.",
    )
