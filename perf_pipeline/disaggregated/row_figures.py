"""The figures of a batch's rows: what is certain all at once, the rest as the plain path reads it.

A row is settled all at once where its figure and its parts are plain decimals or empty, there is no
other reading, they agree by more than floats can err, and the result is within the KPI's limits.
Every other row is read by `validate`, once for each distinct combination of its cells.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from perf_pipeline.disaggregated.findings import Findings
from perf_pipeline.disaggregated.kpi_traits import Flags, Floats, KpiTraits, kpi_traits
from perf_pipeline.disaggregated.plain_decimals import PlainDecimals, plain_decimals
from perf_pipeline.disaggregated.row_keys import NO_KPI, RowKeys
from perf_pipeline.rules import OutturnStatus
from perf_pipeline.schemas.coded_columns import CodedColumn, Codes, distinct_tuples
from perf_pipeline.validate import Expectations, Problem
from perf_pipeline.validate.provisional import is_provisional, without_mark
from perf_pipeline.validate.rows import Reading, read_figures

STATUSES = [status.value for status in OutturnStatus]
_GIVEN = STATUSES.index(OutturnStatus.GIVEN)
_CALCULATED = STATUSES.index(OutturnStatus.CALCULATED)
_EXACT = 2.0**53
"""Whole numbers below it are floats, and a division of two of them is rounded once."""

_NO_TIE = 2.0**43
"""A ratio with a smaller divisor is never so near two floats that 30 digits cannot tell which."""

_TOO_LARGE = 1e15
_ROUNDING = 1e-15
"""More than a float's error, as a share of it."""

_MOVE = 2
"""Digits by which the point moves where a fraction is written as a percentage."""

_FIGURES = ("value_text", "numerator_text", "denominator_text")


class RowFigures(NamedTuple):
    """What rows say; figures are NaN where there is none.

    Attributes:
        status: Place of the row's status in `STATUSES`.
        value: The figure.
        numerator: Numerator.
        denominator: Denominator.
        is_provisional: True where the figure is marked as provisional.
    """

    status: Codes
    value: Floats
    numerator: Floats
    denominator: Floats
    is_provisional: Flags


class _Cells(NamedTuple):
    """A row's cells as `read_figures` takes them; files of systems have no number formats."""

    status_text: str | None
    numerator_text: str | None
    denominator_text: str | None
    value_format_text: str | None = None
    is_sum_of_months: bool = False


class _Parsed(NamedTuple):
    """A figure's cell of each row, as far as it is plain."""

    is_empty: Flags
    plain: PlainDecimals


def row_figures(
    cells: Mapping[str, CodedColumn],
    decimals: Mapping[str, PlainDecimals],
    keys: RowKeys,
    expected: Expectations,
    findings: Findings,
) -> RowFigures:
    """Read the figures of a batch's rows.

    Args:
        cells: The text columns of `DisaggregatedRows`.
        decimals: The plain decimals among the texts of the three columns of figures.
        keys: What the rows are of.
        expected: What they are checked against.
        findings: Takes what is wrong with the rows' figures.
    """
    count = len(keys.kpi)
    is_known = keys.kpi != NO_KPI
    due = _is_due(keys, expected)
    read = _nothing(count)
    if keys.kpis:
        traits = kpi_traits(keys.kpis).of(keys.kpi)
        settled = _settled(cells, decimals, traits, read)
        settled &= due & is_known
    else:
        settled = np.zeros(count, dtype=bool)
    rows = np.flatnonzero(is_known & ~settled)
    _read_plainly(rows, cells, keys, due, read, findings)
    _read_marks(cells, decimals["value_text"], is_known, read, findings)
    return read


def _nothing(count: int) -> RowFigures:
    return RowFigures(
        status=np.zeros(count, dtype=np.int64),
        value=np.full(count, np.nan),
        numerator=np.full(count, np.nan),
        denominator=np.full(count, np.nan),
        is_provisional=np.zeros(count, dtype=bool),
    )


def _is_due(keys: RowKeys, expected: Expectations) -> Flags:
    """Tell where a figure is due: what is restated was due in its own quarter."""
    is_due: Flags = np.array([*(kpi.is_due for kpi in keys.kpis), False], dtype=bool)
    is_other: Flags = np.array(
        [key != expected.quarter.key for key in keys.quarter.texts], dtype=bool
    )
    due_of_rows: Flags = is_due[keys.kpi] | is_other[keys.quarter.codes]
    return due_of_rows


def _settled(
    cells: Mapping[str, CodedColumn],
    decimals: Mapping[str, PlainDecimals],
    traits: KpiTraits,
    read: RowFigures,
) -> Flags:
    """Settle what is certain, and tell which rows are."""
    value, top, bottom = (_parsed(cells[name], decimals[name]) for name in _FIGURES)
    says_no_status = _is_empty(cells["status_text"])
    given, places, is_read = _given(value, traits)
    ratio, is_divided = _ratio(top.plain, bottom.plain, traits)
    is_alone = is_read & top.is_empty & bottom.is_empty
    is_shared = is_read & is_divided & _agrees(given, ratio, places)
    is_calculated = value.is_empty & is_divided
    has_ratio = is_shared | is_calculated
    result = np.where(has_ratio, ratio, given)
    settled = (is_alone | has_ratio) & says_no_status & _is_within(result, traits)
    read.status[:] = np.where(is_calculated, _CALCULATED, _GIVEN)
    np.copyto(read.value, result, where=settled)
    np.copyto(read.numerator, top.plain.value, where=settled & has_ratio)
    np.copyto(read.denominator, bottom.plain.value, where=settled & has_ratio)
    return settled


def _is_empty(column: CodedColumn) -> Flags:
    is_null = column.distinct.is_null().to_numpy(zero_copy_only=False)
    return np.asarray(is_null[column.codes])


def _parsed(column: CodedColumn, decimals: PlainDecimals) -> _Parsed:
    return _Parsed(_is_empty(column), decimals.at(column.codes))


def _given(value: _Parsed, traits: KpiTraits) -> tuple[Floats, Codes, Flags]:
    """Return figures in their KPIs' units, their digits after the point, and which are certain."""
    plain, is_bare = value.plain, ~value.plain.has_percent
    scaled = traits.is_scaled & is_bare
    moved = plain.places - _MOVE
    # Whole numbers and powers of ten are exact, so that each is rounded once.
    hundredfold = plain.mantissa * 10.0 ** np.maximum(-moved, 0) / 10.0 ** np.maximum(moved, 0)
    figure = np.where(scaled, hundredfold, plain.value)
    places = np.where(scaled, np.maximum(moved, 0), plain.places)
    makes_sense_once = (
        (hundredfold > traits.highest_sense * (1 + _ROUNDING))
        | (hundredfold < traits.lowest_sense * (1 + _ROUNDING))
        | (plain.mantissa == 0)
    )
    is_one_way = traits.is_settled | makes_sense_once
    is_certain = plain.is_plain & np.where(is_bare, is_one_way, traits.is_percent)
    return figure, places, is_certain


def _ratio(top: PlainDecimals, bottom: PlainDecimals, traits: KpiTraits) -> tuple[Floats, Flags]:
    """Divide numerators by denominators, and tell where that is exact to the last digit."""
    apart = bottom.places - top.places
    dividend = top.mantissa * traits.multiplier * 10.0 ** np.maximum(apart, 0)
    divisor = bottom.mantissa * 10.0 ** np.maximum(-apart, 0)
    is_exact = (
        (np.abs(dividend) < _EXACT)
        & (np.abs(divisor) < _NO_TIE)
        & (divisor != 0)
        & (top.is_plain & ~top.has_percent & bottom.is_plain & ~bottom.has_percent)
    )
    return np.divide(dividend, divisor, out=np.zeros_like(dividend), where=is_exact), is_exact


def _agrees(given: Floats, ratio: Floats, places: Codes) -> Flags:
    """Tell where a figure is surely its ratio at the figure's own precision."""
    half_unit = 0.5 * 10.0**-places
    error = _ROUNDING * (np.abs(given) + np.abs(ratio) + half_unit)
    return np.asarray(np.abs(given - ratio) + error < half_unit)


def _is_within(figure: Floats, traits: KpiTraits) -> Flags:
    is_above: Flags = (figure > traits.minimum) | (
        traits.has_plain_minimum & (figure == traits.minimum)
    )
    is_below: Flags = (figure < traits.maximum) | (
        traits.has_plain_maximum & (figure == traits.maximum)
    )
    is_sized: Flags = np.abs(figure) < _TOO_LARGE
    return is_above & is_below & is_sized


def _read_plainly(
    rows: Codes,
    cells: Mapping[str, CodedColumn],
    keys: RowKeys,
    due: Flags,
    read: RowFigures,
    findings: Findings,
) -> None:
    """Read rows as the plain path does, once for each combination of cells, KPI and being due."""
    if not len(rows):
        return
    names = ("value_text", "status_text", "numerator_text", "denominator_text")
    parts = [(cells[name].codes[rows], len(cells[name].distinct)) for name in names]
    parts += [(keys.kpi[rows], len(keys.kpis)), (due[rows].astype(np.int64), 2)]
    found = distinct_tuples(*parts)
    said = [_read(cells, keys, due, row, findings) for row in rows[found.rows]]
    columns = [np.array(column)[found.numbers] for column in zip(*said, strict=True)]
    for of_all, of_rows in zip(read[:4], columns, strict=False):
        of_all[rows] = of_rows
    problems = np.zeros(len(keys.kpi), dtype=np.int64)
    problems[rows] = columns[4]
    findings.add(problems)


def _read(
    cells: Mapping[str, CodedColumn], keys: RowKeys, due: Flags, row: int, findings: Findings
) -> tuple[int, float, float, float, int]:
    def cell(name: str) -> str | None:
        column = cells[name]
        text: str | None = column.distinct[column.codes[row]].as_py()
        return text

    kpi, reading = keys.kpis[keys.kpi[row]]._replace(is_due=bool(due[row])), Reading()
    others = _Cells(cell("status_text"), cell("numerator_text"), cell("denominator_text"))
    text = without_mark(cell("value_text")).text
    number = findings.number(read_figures(others, text, kpi, reading))
    status = 0 if number else STATUSES.index(reading.outturn_status_code or "")
    figures = (reading.outturn_value, reading.numerator_value, reading.denominator_value)
    value, numerator, denominator = (np.nan if each is None else each for each in figures)
    return status, value, numerator, denominator, number


def _read_marks(
    cells: Mapping[str, CodedColumn],
    decimals: PlainDecimals,
    is_known: Flags,
    read: RowFigures,
    findings: Findings,
) -> None:
    """Tell which figures are provisional, by their own mark or by the row's word."""
    value, column = cells["value_text"], cells["provisional_text"]
    is_marked = np.zeros(len(value.distinct), dtype=bool)
    for place in np.flatnonzero(~decimals.is_plain):
        is_marked[place] = without_mark(value.distinct[place].as_py()).is_marked
    marks, texts = is_marked[value.codes].astype(np.int64), column.texts()
    pairs = distinct_tuples((column.codes, len(texts)), (marks, 2))
    found = [
        is_provisional(texts[column.codes[row]], is_marked=bool(marks[row])) for row in pairs.rows
    ]
    problems = ([each] if isinstance(each, Problem) else [] for each in found)
    findings.add(findings.numbers(problems)[pairs.numbers] * is_known)
    read.is_provisional[:] = np.array([each is True for each in found], dtype=bool)[pairs.numbers]


def decimals_of(cells: Mapping[str, CodedColumn]) -> dict[str, PlainDecimals]:
    """Read the plain decimals among the texts of the columns of figures."""
    return {name: plain_decimals(cells[name].distinct) for name in _FIGURES}
