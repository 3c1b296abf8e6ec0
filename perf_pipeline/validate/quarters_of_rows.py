"""Which quarter a row's figure counts for, by what the row names and how far the KPI lags."""

from collections.abc import Sequence
from typing import NamedTuple

from perf_pipeline.quarters import Quarter
from perf_pipeline.validate.cells import Problem, quoted
from perf_pipeline.validate.expectations import Kpi
from perf_pipeline.validate.quarter_texts import NamedQuarter, quarters_named


class RowQuarter(NamedTuple):
    """The quarter that a row's figure counts for, and what is wrong with it."""

    quarter: Quarter
    problem: Problem | None = None


def quarter_of_row(text: str | None, kpi: Kpi | None, returned: Quarter) -> RowQuarter:
    """Tell which quarter's report a figure belongs to.

    A KPI in arrears of n quarters is reported n quarters after the quarter that its figure is
    about. The row names the latter: the return's quarter less n is the current figure, an earlier
    one restates what was reported n quarters after it.

    Args:
        text: The row's quarter as received; null where it names none, and so means the current
            figure.
        kpi: The row's KPI; null where it is not known, and is taken not to lag.
        returned: Quarter of the return.

    Returns:
        The reporting quarter; the return's own where what is named cannot be read or has not been
        reached by the KPI, and the one named where it is after the return's.
    """
    if text is None:
        return RowQuarter(returned)
    readings = quarters_named(text, returned)
    if len(readings) != 1:
        return RowQuarter(returned, _not_one(text, readings, returned))
    named = readings[0].quarter
    lag = 0 if kpi is None else kpi.arrears_quarter_count
    if named > returned:
        return RowQuarter(named, _in_future(named, returned, lag))
    if kpi is not None and named > returned.shift(-lag):
        return RowQuarter(returned, _not_reached(kpi, returned.shift(-lag)))
    return RowQuarter(named.shift(lag))


def _not_one(text: str, readings: Sequence[NamedQuarter], returned: Quarter) -> Problem:
    if not readings:
        return Problem(
            "quarter_unreadable",
            f"{quoted(text)} is not a quarter. Write it like {returned.key} or {returned.label}.",
        )
    ways = " or as ".join(f"{named.reading} ({named.quarter.label})" for named in readings)
    keys = " or ".join(named.quarter.key for named in readings)
    return Problem(
        "quarter_ambiguous", f"{quoted(text)} can be read as {ways}. Write {keys}, as it is meant."
    )


def _in_future(named: Quarter, returned: Quarter, lag: int) -> Problem:
    return Problem(
        "quarter_in_future",
        f"The figure is for {named.label}, but this is the return for {returned.label}. Send it "
        f"with the return for {named.shift(lag).label}.",
    )


def _not_reached(kpi: Kpi, period: Quarter) -> Problem:
    lag = kpi.arrears_quarter_count
    return Problem(
        "quarter_not_reached",
        f"{kpi.kpi_ref} is reported {lag} quarter{'s' if lag > 1 else ''} in arrears, so this "
        f"return is for its figure of {period.label}. Write {period.key}, or leave the quarter "
        "empty.",
    )
