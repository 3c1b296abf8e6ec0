"""One data row of a return → what it says, or every problem that it has."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

import pandas as pd

from perf_pipeline.errors import QuarterError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE, UNITS, OutturnStatus
from perf_pipeline.source_entries import PercentScale
from perf_pipeline.validate.cells import CellContext, Figure, Problem, parse_figure, quoted
from perf_pipeline.validate.references import matching_key, nearest_key

_LABEL = re.compile(r"Q(?P<number>[1-4]) (?P<year>(?:19|20)[0-9]{2})/(?P<next>[0-9]{2})")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
_RATIO = Context(prec=30, rounding=ROUND_HALF_UP)
_SHOWN_RATIO = Context(prec=300, rounding=ROUND_HALF_UP)
_WHOLE_DIGITS = 15
_TOO_LARGE = Decimal(10) ** _WHOLE_DIGITS
_TEXTS = (
    "kpi_ref_text",
    "quarter_text",
    "breakdown_type_text",
    "breakdown_category_text",
    "value_text",
    "numerator_text",
    "denominator_text",
    "commentary_text",
    "action_text",
)


class Kpi(NamedTuple):
    """What a row is checked against: one KPI as it stands in the return's quarter."""

    kpi_ref: str
    source_code: str
    is_due: bool
    context: CellContext


@dataclass(frozen=True)
class Expectations:
    """All that rows of one return are checked against.

    Attributes:
        quarter: Quarter of the return.
        source_code: Source of the return.
        kpis: Live KPIs of every source, by matching key.
        known_refs: Every reference the register has ever had, by matching key.
        categories: Breakdown type and category codes, by their matching keys.
    """

    quarter: Quarter
    source_code: str
    kpis: Mapping[str, Kpi]
    known_refs: Mapping[str, str]
    categories: Mapping[tuple[str, str], tuple[str, str]]

    @classmethod
    def of(
        cls,
        source_code: str,
        quarter: Quarter,
        kpis_in_force: pd.DataFrame,
        known_refs: pd.Series,
        breakdowns: pd.DataFrame,
        percent_scale: PercentScale | None,
    ) -> "Expectations":
        """Gather them from the register's frames (`KpisInForce`, `Kpis.kpi_ref`, `Breakdowns`)."""
        kpis = (_kpi(row, percent_scale) for row in kpis_in_force.itertuples(index=False))
        categories = {
            (matching_key(kind), matching_key(name)): (kind, category)
            for kind, category, label in zip(
                breakdowns["breakdown_type_code"],
                breakdowns["breakdown_category_code"],
                breakdowns["breakdown_category_name"],
                strict=True,
            )
            for name in (category, label)
        }
        return cls(
            quarter=quarter,
            source_code=source_code,
            kpis={matching_key(kpi.kpi_ref): kpi for kpi in kpis},
            known_refs={matching_key(ref): ref for ref in known_refs},
            categories=categories,
        )


def _limit(value: float) -> Decimal | None:
    return None if pd.isna(value) else Decimal(repr(float(value))).normalize()


def _kpi(row: Any, percent_scale: PercentScale | None) -> Kpi:
    context = CellContext(
        unit=UNITS[row.unit_code],
        minimum=_limit(row.minimum_value),
        maximum=_limit(row.maximum_value),
        percent_scale=percent_scale,
    )
    return Kpi(row.kpi_ref, row.source_code, bool(row.is_due), context)


@dataclass
class Reading:
    """What a row says; `problems` is empty where it is accepted."""

    kpi_ref: str | None = None
    quarter_key: str = ""
    breakdown_type_code: str | None = None
    breakdown_category_code: str | None = None
    outturn_status_code: str | None = None
    outturn_value: float | None = None
    numerator_value: float | None = None
    denominator_value: float | None = None
    problems: list[Problem] = field(default_factory=list)


def read_row(row: Any, expected: Expectations) -> Reading:
    """Read one `data` row of `ReturnRows` (as a named tuple) and find every problem in it."""
    reading = Reading(quarter_key=expected.quarter.key)
    if all(pd.isna(getattr(row, name)) for name in _TEXTS):
        reading.problems.append(
            Problem(
                "row_malformed",
                "The row cannot be told apart into the heading row's columns. Send one cell for "
                "each heading, with quotation marks round text that holds the separator.",
            )
        )
        return reading
    reading.problems.extend(_control_characters(row))
    reading.problems.extend(_place(row, expected, reading))
    kpi = _find_kpi(_text(row.kpi_ref_text), expected, reading)
    if kpi is not None:
        is_due = kpi.is_due or reading.quarter_key != expected.quarter.key
        reading.problems.extend(_figures(row, kpi._replace(is_due=is_due), reading))
    return reading


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _control_characters(row: Any) -> Iterator[Problem]:
    for name in _TEXTS:
        match = _CONTROL.search(_text(getattr(row, name)) or "")
        if match:
            yield Problem(
                "control_character",
                f"The {name.removesuffix('_text').replace('_', ' ')} holds the character "
                f"U+{ord(match[0]):04X}, which no keyboard types. Type the cell anew.",
            )


def _place(row: Any, expected: Expectations, reading: Reading) -> Iterator[Problem]:
    yield from _quarter(_text(row.quarter_text), expected.quarter, reading)
    kind, category = _text(row.breakdown_type_text), _text(row.breakdown_category_text)
    if kind is None and category is None:
        reading.breakdown_type_code = reading.breakdown_category_code = HEADLINE
        return
    codes = expected.categories.get((matching_key(kind or ""), matching_key(category or "")))
    if codes is None:
        listed = ", ".join(sorted({" / ".join(pair) for pair in expected.categories.values()}))
        yield Problem(
            "breakdown_unknown",
            f"{quoted(kind or '')} / {quoted(category or '')} is not a breakdown of the register. "
            f"Use one of: {listed or 'none is registered'}.",
        )
        return
    reading.breakdown_type_code, reading.breakdown_category_code = codes
    if reading.quarter_key < expected.quarter.key:
        yield Problem(
            "breakdown_of_earlier_quarter",
            "A breakdown of an earlier quarter cannot be restated here. Correct it in that "
            "quarter's own return.",
        )


def _quarter(text: str | None, current: Quarter, reading: Reading) -> Iterator[Problem]:
    if text is None:
        return
    label = _LABEL.fullmatch(text)
    key = f"{label['year']}-{label['next']}-Q{label['number']}" if label else text
    try:
        quarter = Quarter.parse(key)
    except QuarterError:
        yield Problem(
            "quarter_unreadable",
            f"{quoted(text)} is not a quarter. Write it like {current.key} or {current.label}.",
        )
        return
    reading.quarter_key = quarter.key
    if quarter > current:
        yield Problem(
            "quarter_in_future",
            f"The figure is for {quarter.label}, but this is the return for {current.label}. "
            "Send it with its own quarter's return.",
        )


def _find_kpi(text: str | None, expected: Expectations, reading: Reading) -> Kpi | None:
    if text is None:
        reading.problems.append(
            Problem("kpi_ref_missing", "The row has a figure and no KPI reference. Write it.")
        )
        return None
    kpi = expected.kpis.get(matching_key(text))
    if kpi is None:
        reading.problems.append(_unknown_kpi(text, expected))
        return None
    reading.kpi_ref = kpi.kpi_ref
    if kpi.source_code != expected.source_code:
        reading.problems.append(
            Problem(
                "kpi_wrong_source",
                f"{kpi.kpi_ref} is returned by {kpi.source_code}, not by this source. Take the "
                "row out, or change source_code in the register.",
            )
        )
    return kpi


def _unknown_kpi(text: str, expected: Expectations) -> Problem:
    key = matching_key(text)
    if key in expected.known_refs:
        return Problem(
            "kpi_not_live",
            f"{expected.known_refs[key]} is not live in {expected.quarter.label}. Take the row "
            "out, or change the KPI's dates in the register.",
        )
    near = nearest_key(key, expected.kpis)
    hint = (
        f"Did you mean {expected.kpis[near].kpi_ref}?"
        if near
        else "Use one of its references, or delete the row if it is a total."
    )
    return Problem("kpi_unknown", f"{quoted(text)} is not a KPI of the register. {hint}")


def _figures(row: Any, kpi: Kpi, reading: Reading) -> Iterator[Problem]:
    unit, number = kpi.context.unit, UNITS["number"]
    counted = CellContext(unit if unit.code == "gbp" else number)
    value_format = _text(row.value_format_text)
    value = parse_figure(_text(row.value_text), value_format, kpi.context)
    numerator = parse_figure(_text(row.numerator_text), None, counted)
    denominator = parse_figure(_text(row.denominator_text), None, CellContext(number))
    parts = {"figure": value, "numerator": numerator, "denominator": denominator}
    broken = [(name, part.problem) for name, part in parts.items() if part.problem is not None]
    if broken:
        yield from (_in_part(name, problem) for name, problem in broken)
        return
    result = combine(value, numerator, denominator, kpi.context)
    if result.problem is not None:
        yield result.problem
        return
    yield from _range_and_due(result, kpi)
    status = result.status
    if status is OutturnStatus.BLANK and not kpi.is_due:
        status = OutturnStatus.NOT_DUE
    reading.outturn_status_code = status.value
    reading.outturn_value = _float(result.value)
    # The parts of a suppressed figure would give it away.
    if status is not OutturnStatus.SUPPRESSED:
        reading.numerator_value = _float(numerator.value)
        reading.denominator_value = _float(denominator.value)


def _in_part(name: str, problem: Problem) -> Problem:
    if name == "figure":
        return problem
    return Problem(problem.code, f"In the {name}: {problem.text}")


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _range_and_due(result: Figure, kpi: Kpi) -> Iterator[Problem]:
    if result.value is None:
        return
    context = kpi.context
    if abs(result.value) >= _TOO_LARGE:
        yield Problem(
            "too_large",
            f"The figure has more than {_WHOLE_DIGITS} digits before the decimal point. Check it.",
        )
    elif not context.allows(result.value):
        low = "any" if context.minimum is None else f"{context.minimum:f}"
        high = "any" if context.maximum is None else f"{context.maximum:f}"
        yield Problem(
            "out_of_range",
            f"{result.value.normalize():f} is outside the KPI's range ({low} to {high}). Check the "
            "figure, or change the KPI's range in the register.",
        )
    if not kpi.is_due:
        yield Problem(
            "kpi_not_due",
            f"{kpi.kpi_ref} is not due this quarter. Take the figure out, or change "
            "due_quarters_text in the register.",
        )


def combine(value: Figure, numerator: Figure, denominator: Figure, context: CellContext) -> Figure:
    """Settle a figure with its numerator and denominator.

    The ratio is used, unrounded, where both are there; a figure given beside them must be the
    ratio at the figure's own precision. A denominator of 0 leaves nothing to calculate.
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
        return _refused(
            "value_disagrees",
            f"{value.value:f}{unit.suffix} is given, but {top:f} of {bottom:f} is "
            f"{shown:f}{unit.suffix}. Send the figures that belong together.",
        )
    return Figure(OutturnStatus.GIVEN, ratio)


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
    return _refused(
        "value_disagrees",
        f"{value.value:f} is given, but the denominator is 0. Leave the figure empty when there "
        "was nothing to count.",
    )
