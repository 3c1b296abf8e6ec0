"""The sum of a quarter's months, where the source's entry says that it is the quarter's figure."""

from decimal import Decimal

from perf_pipeline.rules import OutturnStatus
from perf_pipeline.source_layouts import MONTHS_IN_QUARTER, MONTHS_JOIN
from perf_pipeline.validate.cells import CellContext, Figure, Problem, parse_figure, quoted

_ADDITIVE = ("number", "gbp")
"""Units whose figures of months add up; averages, shares and rates do not."""


def sum_of_months(text: str | None, number_format: str | None, context: CellContext) -> Figure:
    """Add the months' figures of a cell's text up.

    Args:
        text: The months' texts, joined by `MONTHS_JOIN`; null where no month has any.
        number_format: Number format of the months' cells, for workbooks; where one of them shows
            a percentage, that one's.
        context: How each is read.

    Returns:
        Their sum; the status that all of them have; or why neither can be told.
    """
    if text is None:
        return Figure(OutturnStatus.BLANK)
    months = [parse_figure(month, number_format, context) for month in text.split(MONTHS_JOIN)]
    values = [month.value for month in months if month.value is not None]
    statuses = {month.status for month in months}
    problem = next((month.problem for month in months if month.problem), None)
    if "%" in (number_format or "") and not context.is_percent:
        problem = _shown_as_percent(text, context)
    if problem is not None or len(months) != MONTHS_IN_QUARTER:
        return _refused(problem or _not_the_months(text))
    if not values and len(statuses) == 1:
        return Figure(months[0].status)
    if context.unit.code not in _ADDITIVE or context.is_year_to_date:
        return _refused(_not_additive(context))
    if len(values) < MONTHS_IN_QUARTER:
        return _refused(_month_missing(text))
    return Figure(OutturnStatus.GIVEN, sum(values, Decimal(0)))


def _refused(problem: Problem) -> Figure:
    return Figure(OutturnStatus.BLANK, problem=problem)


def _shown_as_percent(text: str, context: CellContext) -> Problem:
    return Problem(
        "unit_mismatch",
        f"One of the months {quoted(text)} is shown as a percentage, but the KPI is counted in "
        f"{context.unit.code}. Send one number a month, in cells of one format.",
    )


def _not_the_months(text: str) -> Problem:
    return Problem(
        "not_a_number", f"{quoted(text)} are not three months' figures. Send one number a month."
    )


def _not_additive(context: CellContext) -> Problem:
    kind = "that add up from April" if context.is_year_to_date else f"in {context.unit.code}"
    return Problem(
        "months_not_additive",
        f"Three months' figures {kind} do not add up to the quarter's. Send the quarter's own "
        "figure, or ask for `months_make: last` in sources.yaml.",
    )


def _month_missing(text: str) -> Problem:
    return Problem(
        "month_missing",
        f"The quarter's figure is the sum of its months, and {quoted(text)} lacks one. Send all "
        "three, or the same word (such as TBC) for each.",
    )
