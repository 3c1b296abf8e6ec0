"""One data row of a return → what it says, or every problem that it has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE, UNITS, OutturnStatus
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.validate.cells import (
    CellContext,
    Figure,
    Problem,
    limit_problem,
    parse_figure,
    quoted,
)
from perf_pipeline.validate.dates import parse_date
from perf_pipeline.validate.expectations import Expectations, Kpi
from perf_pipeline.validate.judgements import judgement_problems, stated_rating
from perf_pipeline.validate.kpis_of_rows import is_label, kpi_of_row
from perf_pipeline.validate.month_sums import sum_of_months
from perf_pipeline.validate.provisional import is_provisional, without_mark
from perf_pipeline.validate.quarters_of_rows import quarter_of_row
from perf_pipeline.validate.references import matching_key
from perf_pipeline.validate.settlement import combine
from perf_pipeline.validate.statuses import parse_status, with_status

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ufffd]")
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
    "previous_value_text",
    "forecast_text",
    "provisional_text",
    "rating_text",
    "rating_reason_text",
    "status_text",
    "action_owner_text",
    "action_due_text",
)


@dataclass
class Reading:
    """What a row says, as far as it can be read, and what is wrong with it."""

    kpi_ref: str | None = None
    quarter_key: str = ""
    breakdown_type_code: str | None = None
    breakdown_category_code: str | None = None
    outturn_status_code: str | None = None
    outturn_value: float | None = None
    numerator_value: float | None = None
    denominator_value: float | None = None
    is_provisional: bool = False
    stated_previous_value: float | None = None
    forecast_value: float | None = None
    stated_rag_code: str | None = None
    rating_reason_text: str | None = None
    action_owner_name: str | None = None
    action_due_date: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def refused(self) -> "Reading":
        """Keep what the row is about and what is wrong with it, and nothing that it says."""
        return Reading(
            self.kpi_ref,
            self.quarter_key,
            self.breakdown_type_code,
            self.breakdown_category_code,
            problems=self.problems,
        )


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
    kpi, unfit = kpi_of_row(_text(row.kpi_ref_text), expected)
    reading.problems.extend(_control_characters(row))
    reading.problems.extend(problem.within(ReturnField.KPI_REF) for problem in unfit)
    reading.problems.extend(_place(row, kpi, expected, reading))
    if kpi is not None:
        reading.kpi_ref = kpi.kpi_ref
        reading.problems.extend(_content(row, kpi, expected, reading))
    return reading


def heads_a_section(row: Any, expected: Expectations) -> bool:
    """Tell a row of `ReturnRows` whose reference is a label, with nothing else in its columns."""
    text = _text(row.kpi_ref_text)
    others = ("kpi_name_text", *(name for name in _TEXTS if name != "kpi_ref_text"))
    if text is None or _CONTROL.search(text) or any(pd.notna(getattr(row, n)) for n in others):
        return False
    return is_label(text, expected)


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _control_characters(row: Any) -> Iterator[Problem]:
    for name in _TEXTS:
        problem = control_character(name.removesuffix("_text"), _text(getattr(row, name)))
        if problem is not None:
            yield problem.within(ReturnField(name.removesuffix("_text")))


def control_character(name: str, text: str | None) -> Problem | None:
    """Say which character of a field's cell cannot have been typed, if there is one."""
    match = _CONTROL.search(text or "")
    if match is None:
        return None
    return Problem(
        "control_character",
        f"The {name.replace('_', ' ')} holds the character "
        f"U+{ord(match[0]):04X}, which no keyboard types. Type the cell anew.",
    )


def _place(
    row: Any, kpi: Kpi | None, expected: Expectations, reading: Reading
) -> Iterator[Problem]:
    quarter, problem = quarter_of_row(_text(row.quarter_text), kpi, expected.quarter)
    reading.quarter_key = quarter.key
    if problem is not None:
        yield problem.within(ReturnField.QUARTER)
    kind, category = _text(row.breakdown_type_text), _text(row.breakdown_category_text)
    codes = breakdown_of_row(kind, category, expected)
    if isinstance(codes, Problem):
        yield codes
        return
    reading.breakdown_type_code, reading.breakdown_category_code = codes
    if quarter < expected.quarter and (kind, category) != (None, None):
        yield Problem(
            "breakdown_of_earlier_quarter",
            "A breakdown of an earlier quarter cannot be restated here. Correct it in that "
            "quarter's own return.",
            ReturnField.BREAKDOWN_TYPE,
        )


def breakdown_of_row(
    kind: str | None, category: str | None, expected: Expectations
) -> tuple[str, str] | Problem:
    """Find the codes of a row's breakdown: those of the KPI itself where it names none."""
    if kind is None and category is None:
        return HEADLINE, HEADLINE
    codes = expected.categories.get((matching_key(kind or ""), matching_key(category or "")))
    return _unknown_breakdown(kind or "", category or "", expected) if codes is None else codes


def _unknown_breakdown(kind: str, category: str, expected: Expectations) -> Problem:
    listed = ", ".join(sorted({" / ".join(pair) for pair in expected.categories.values()}))
    return Problem(
        "breakdown_unknown",
        f"{quoted(kind)} / {quoted(category)} is not a breakdown of the register. Use one of: "
        f"{listed or 'none is registered'}.",
        ReturnField.BREAKDOWN_CATEGORY,
    )


def _content(row: Any, kpi: Kpi, expected: Expectations, reading: Reading) -> Iterator[Problem]:
    text, is_marked = without_mark(_text(row.value_text))
    is_due = kpi.is_due or reading.quarter_key != expected.quarter.key
    yield from read_figures(row, text, kpi._replace(is_due=is_due), reading)
    provisional = is_provisional(_text(row.provisional_text), is_marked=is_marked)
    if isinstance(provisional, Problem):
        yield provisional.within(ReturnField.PROVISIONAL)
    else:
        reading.is_provisional = provisional
    elsewhere = _elsewhere(reading, expected.quarter)
    previous = _beside("previous value", row.previous_value_text, kpi, elsewhere)
    forecast = _beside("forecast", row.forecast_text, kpi, elsewhere)
    if previous.problem is not None:
        yield previous.problem.within(ReturnField.PREVIOUS_VALUE)
    if forecast.problem is not None:
        yield forecast.problem.within(ReturnField.FORECAST)
    reading.stated_previous_value = _float(previous.value)
    reading.forecast_value = _float(forecast.value)
    yield from _rating(row, kpi, expected, elsewhere, reading)
    yield from _action(row, reading)


def read_figures(row: Any, text: str | None, kpi: Kpi, reading: Reading) -> Iterator[Problem]:
    """Read a row's figure, its parts and its status; write into the reading what they say.

    Args:
        row: A row's cells by the names of `ReturnRows`.
        text: The figure's cell without the mark of a provisional one.
        kpi: The KPI, due or not in the figure's quarter.
        reading: What the row says.

    Yields:
        What is wrong with them.
    """
    unit, number = kpi.context.unit, UNITS["number"]
    counted = CellContext(unit if unit.code == "gbp" else number)
    read = sum_of_months if row.is_sum_of_months else parse_figure
    value = read(text, _text(row.value_format_text), kpi.context)
    stated = parse_status(_text(row.status_text))
    numerator = parse_figure(_text(row.numerator_text), None, counted)
    denominator = parse_figure(_text(row.denominator_text), None, CellContext(number))
    parts = {
        ReturnField.VALUE: value,
        ReturnField.NUMERATOR: numerator,
        ReturnField.DENOMINATOR: denominator,
        ReturnField.STATUS: stated,
    }
    broken = [(name, part.problem) for name, part in parts.items() if part.problem is not None]
    if broken:
        yield from (_in_part(name, problem).within(name) for name, problem in broken)
        return
    value = with_status(value, stated)
    is_settled = value.problem is not None
    result = value if is_settled else combine(value, numerator, denominator, kpi.context)
    problems = [] if result.problem is None else [result.problem]
    problems.extend(_range_and_due(result, kpi))
    yield from (problem.within(ReturnField.VALUE) for problem in problems)
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
    if name in {ReturnField.VALUE, ReturnField.STATUS}:
        return problem
    return Problem(problem.code, f"In the {name}: {problem.text}")


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _range_and_due(result: Figure, kpi: Kpi) -> Iterator[Problem]:
    problem = limit_problem(result.value, kpi.context)
    if problem is not None:
        yield problem
    if result.value is not None and not kpi.is_due:
        yield Problem(
            "kpi_not_due",
            f"{kpi.kpi_ref} is not due this quarter. Take the figure out, or change "
            "due_quarters_text in the register.",
        )


def _elsewhere(reading: Reading, current: Quarter) -> str | None:
    """Say what a row is of that is not the KPI's own current figure; nothing where it is."""
    if reading.breakdown_type_code != HEADLINE:
        return "of a breakdown"
    return "for an earlier quarter" if reading.quarter_key < current.key else None


def _misplaced(name: str, elsewhere: str) -> Problem:
    return Problem(
        "misplaced",
        f"A {name} goes with the KPI's own current figure, and this row is {elsewhere}. Take the "
        f"{name} out of the row.",
    )


def _beside(name: str, cell: Any, kpi: Kpi, elsewhere: str | None) -> Figure:
    """Read a figure of the KPI that stands beside its current one."""
    figure = parse_figure(_text(cell), None, kpi.context)
    if figure.value is None and figure.problem is None:
        return figure
    if elsewhere is not None:
        return Figure(figure.status, problem=_misplaced(name, elsewhere))
    problem = figure.problem or limit_problem(figure.value, kpi.context)
    if problem is None:
        return figure
    return Figure(figure.status, figure.value, _in_part(name, problem))


def _rating(
    row: Any, kpi: Kpi, expected: Expectations, elsewhere: str | None, reading: Reading
) -> Iterator[Problem]:
    rating = stated_rating(_text(row.rating_text), expected.rating_words)
    reason = (_text(row.rating_reason_text) or "").strip() or None
    reading.rating_reason_text = reason
    if elsewhere is not None:
        if rating is not None:
            yield _misplaced("rating", elsewhere).within(ReturnField.RATING)
        return
    if isinstance(rating, Problem):
        yield rating.within(ReturnField.RATING)
    else:
        reading.stated_rag_code = rating
    lacks = judgement_problems(kpi, has_rating=rating is not None, has_reason=reason is not None)
    yield from (problem.within(ReturnField.RATING) for problem in lacks)


def _action(row: Any, reading: Reading) -> Iterator[Problem]:
    reading.action_owner_name = (_text(row.action_owner_text) or "").strip() or None
    due = parse_date(_text(row.action_due_text))
    if isinstance(due, Problem):
        yield due.within(ReturnField.ACTION_DUE)
    else:
        reading.action_due_date = due
