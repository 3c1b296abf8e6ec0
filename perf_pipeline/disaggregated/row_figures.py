"""The figures of a batch's rows: what is certain all at once, the rest as the plain path reads it.

A row is settled all at once where its figure and its parts are plain decimals or empty, there is no
other reading, they agree by more than floats can err, and the result is within the KPI's limits.
Every other row is read by `validate`, once for each distinct combination of its cells.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from perf_pipeline.disaggregated.findings import Findings
from perf_pipeline.disaggregated.kpi_traits import Flags, Floats, KpiTraits, kpi_traits
from perf_pipeline.disaggregated.memory import remembered
from perf_pipeline.disaggregated.plain_decimals import PlainDecimals, plain_decimals
from perf_pipeline.disaggregated.row_keys import NO_KPI, RowKeys
from perf_pipeline.rules import OutturnStatus
from perf_pipeline.schemas.coded_columns import CodedColumn, Codes, distinct_tuples
from perf_pipeline.validate import CellContext, Expectations, Problem, parse_figure
from perf_pipeline.validate.expectations import Kpi
from perf_pipeline.validate.provisional import is_provisional, without_mark
from perf_pipeline.validate.rows import Reading, read_figures

STATUSES = [status.value for status in OutturnStatus]
_EMPTY, _PLAIN, _PERCENT, _OTHER = range(4)
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
_LOOKED_AT = ("value_text", "status_text", "numerator_text", "denominator_text")


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
    settled = due & is_known & _is_empty(cells["status_text"])
    columns = [_figures(cells[name], decimals[name]) for name in _FIGURES]
    if keys.kpis:
        settled &= _settled(columns, _Kpis(keys.kpi, kpi_traits(keys.kpis)), read)
    rest = _Rest(np.flatnonzero(is_known & ~settled), cells, keys, due)
    if len(rest.rows):
        _read_plainly(rest, columns, read, expected, findings)
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


class _Figures(NamedTuple):
    """One of the three columns of figures: each row's text, its kind, and what texts say."""

    codes: Codes
    kind: npt.NDArray[np.int8]
    plain: PlainDecimals

    @property
    def is_ever_plain(self) -> bool:
        """True where a row may hold a plain decimal."""
        return bool(self.plain.is_plain.any())


class _Kpis(NamedTuple):
    """The KPI of each row, and the traits of each KPI."""

    codes: Codes
    traits: KpiTraits


def _is_empty(column: CodedColumn) -> Flags:
    is_null: Flags = column.distinct.is_null().to_numpy(zero_copy_only=False)
    is_empty: Flags = is_null[column.codes]
    return is_empty


def _figures(column: CodedColumn, decimals: PlainDecimals) -> _Figures:
    """Tell of each row whether its cell is empty, plain, plain with a % sign, or anything else."""
    kinds = np.full(len(column.distinct), _OTHER, dtype=np.int8)
    kinds[column.distinct.is_null().to_numpy(zero_copy_only=False)] = _EMPTY
    kinds[decimals.is_plain] = _PLAIN
    kinds[decimals.has_percent] = _PERCENT
    return _Figures(column.codes, kinds[column.codes], decimals)


def _settled(columns: Sequence[_Figures], kpis: _Kpis, read: RowFigures) -> Flags:
    """Settle what is certain, and tell which rows are."""
    value, top, bottom = columns
    given, is_read = _given(value, kpis)
    is_alone = is_read & (top.kind == _EMPTY) & (bottom.kind == _EMPTY)
    read.status[:] = _GIVEN
    read.value[:] = given
    if not (top.is_ever_plain and bottom.is_ever_plain):
        is_within: Flags = is_alone & _is_within(given, kpis)
        return is_within
    ratio, is_divided = _ratio(top, bottom, kpis)
    is_calculated = (value.kind == _EMPTY) & is_divided
    has_ratio = (is_read & is_divided & _agrees(given, ratio, value, kpis)) | is_calculated
    read.status[is_calculated] = _CALCULATED
    np.copyto(read.value, ratio, where=has_ratio)
    np.copyto(read.numerator, top.plain.value[top.codes], where=has_ratio)
    np.copyto(read.denominator, bottom.plain.value[bottom.codes], where=has_ratio)
    is_settled: Flags = (is_alone | has_ratio) & _is_within(read.value, kpis)
    return is_settled


def _given(value: _Figures, kpis: _Kpis) -> tuple[Floats, Flags]:
    """Return figures in their KPIs' units, and which of them are certain."""
    traits, plain = kpis.traits, value.plain
    figure, is_bare = plain.value[value.codes], value.kind == _PLAIN
    if traits.is_settled.all() and not traits.is_scaled.any():
        is_certain = is_bare
    else:
        hundredfold = _hundredfold(plain)[value.codes]
        makes_sense_once = (
            (hundredfold > (traits.highest_sense * (1 + _ROUNDING))[kpis.codes])
            | (hundredfold < (traits.lowest_sense * (1 + _ROUNDING))[kpis.codes])
            | (hundredfold == 0)
        )
        is_certain = is_bare & (traits.is_settled[kpis.codes] | makes_sense_once)
        figure = np.where(is_bare & traits.is_scaled[kpis.codes], hundredfold, figure)
    if plain.has_percent.any():
        is_certain |= (value.kind == _PERCENT) & traits.is_percent[kpis.codes]
    return figure, is_certain


def _hundredfold(plain: PlainDecimals) -> Floats:
    """Move the point by two digits: whole numbers and powers of ten are exact, so round once."""
    moved = plain.places - _MOVE
    times, over = 10.0 ** np.maximum(-moved, 0), 10.0 ** np.maximum(moved, 0)
    return np.asarray(plain.mantissa * times / over)


def _ratio(top: _Figures, bottom: _Figures, kpis: _Kpis) -> tuple[Floats, Flags]:
    """Divide numerators by denominators, and tell where that is exact to the last digit."""
    dividend = top.plain.mantissa[top.codes] * kpis.traits.multiplier[kpis.codes]
    divisor = bottom.plain.mantissa[bottom.codes]
    if top.plain.places.any() or bottom.plain.places.any():
        apart = bottom.plain.places[bottom.codes] - top.plain.places[top.codes]
        dividend = dividend * 10.0 ** np.maximum(apart, 0)
        divisor = divisor * 10.0 ** np.maximum(-apart, 0)
    is_exact = (top.kind == _PLAIN) & (bottom.kind == _PLAIN) & (divisor != 0)
    is_exact &= (np.abs(dividend) < _EXACT) & (np.abs(divisor) < _NO_TIE)
    ratio = np.zeros(len(dividend), dtype=np.float64)
    return np.divide(dividend, divisor, out=ratio, where=is_exact), is_exact


def _agrees(given: Floats, ratio: Floats, value: _Figures, kpis: _Kpis) -> Flags:
    """Tell where a figure is surely its ratio at the figure's own precision."""
    half_units = 0.5 * 10.0**-value.plain.places
    half_unit = half_units[value.codes]
    if kpis.traits.is_scaled.any():
        # The point has moved, but a percentage is given to the unit at least.
        moved = (0.5 * 10.0 ** -np.maximum(value.plain.places - _MOVE, 0))[value.codes]
        is_moved = (value.kind == _PLAIN) & kpis.traits.is_scaled[kpis.codes]
        half_unit = np.where(is_moved, moved, half_unit)
    error = _ROUNDING * (np.abs(given) + np.abs(ratio) + half_unit)
    return np.asarray(np.abs(given - ratio) + error < half_unit)


def _is_within(figure: Floats, kpis: _Kpis) -> Flags:
    is_above: Flags = figure > kpis.traits.above[kpis.codes]
    is_below: Flags = figure < kpis.traits.below[kpis.codes]
    is_sized: Flags = np.abs(figure) < _TOO_LARGE
    return is_above & is_below & is_sized


class _Rest(NamedTuple):
    """Rows that are not settled, and what they are read by."""

    rows: Codes
    cells: Mapping[str, CodedColumn]
    keys: RowKeys
    due: Flags

    def cell(self, name: str, row: int) -> str | None:
        """Return a row's cell."""
        column = self.cells[name]
        text: str | None = column.distinct[column.codes[row]].as_py()
        return text

    def kpi(self, row: int) -> Kpi:
        """Return a row's KPI, due or not in the row's quarter."""
        kpi: Kpi = self.keys.kpis[self.keys.kpi[row]]._replace(is_due=bool(self.due[row]))
        return kpi

    def contexts(self) -> tuple[Codes, int]:
        """Return what decides how each row's figures are read: KPIs of one context are one."""
        numbers: dict[CellContext, int] = {}
        of_kpis = [numbers.setdefault(kpi.context, len(numbers)) for kpi in self.keys.kpis]
        return np.array(of_kpis, dtype=np.int64)[self.keys.kpi[self.rows]], len(numbers)


def _read_plainly(
    rest: _Rest,
    columns: Sequence[_Figures],
    read: RowFigures,
    expected: Expectations,
    findings: Findings,
) -> None:
    """Read rows as the plain path does, once for each combination of what it looks at."""
    contexts, count = rest.contexts()
    # Where no figure is due, the KPI is named in what is said.
    whose = np.where(rest.due[rest.rows], contexts, count + rest.keys.kpi[rest.rows])
    parts = [(whose, count + len(rest.keys.kpis))]
    is_broken = _is_broken(rest, columns, contexts, count)
    for name in _LOOKED_AT:
        codes, size = rest.cells[name].codes[rest.rows], len(rest.cells[name].distinct)
        looked_at = codes if name == "value_text" else np.where(is_broken, size, codes)
        parts.append((looked_at, size + 1))
    found = distinct_tuples(*parts)
    said = [_read(rest, row, expected, findings) for row in rest.rows[found.rows]]
    carried = [np.array(column)[found.numbers] for column in zip(*said, strict=True)]
    for of_all, of_rows in zip(read[:4], carried, strict=False):
        of_all[rest.rows] = of_rows
    problems = np.zeros(len(rest.keys.kpi), dtype=np.int64)
    problems[rest.rows] = carried[4]
    findings.add(problems)


def _is_broken(rest: _Rest, columns: Sequence[_Figures], contexts: Codes, count: int) -> Flags:
    """Tell rows in which the figure's own cell has a problem, and no other cell says anything.

    Their parts are plain or empty and their status is empty, so that the problem is all there is.
    """
    value, top, bottom = columns
    is_silent = _is_empty(rest.cells["status_text"])[rest.rows]
    for part in (top, bottom):
        is_silent &= (part.kind[rest.rows] == _EMPTY) | (part.kind[rest.rows] == _PLAIN)
    texts = distinct_tuples((value.codes[rest.rows], len(value.plain.value)), (contexts, count))
    has_problem = np.zeros(len(texts.rows), dtype=bool)
    for number, row in enumerate(rest.rows[texts.rows]):
        if value.kind[row] not in {_EMPTY, _PLAIN}:
            text = without_mark(rest.cell("value_text", row)).text
            problem = parse_figure(text, None, rest.kpi(row).context).problem
            has_problem[number] = problem is not None
    return np.asarray(is_silent & has_problem[texts.numbers])


class _Looked(NamedTuple):
    """All that a row's figures are read by.

    Attributes:
        context: How the KPI's figures are read.
        not_due_ref: The KPI where no figure is due, as it is named in what is then said.
        value_text: The figure's cell.
        status_text: The status's cell.
        numerator_text: The numerator's cell.
        denominator_text: The denominator's cell.
    """

    context: CellContext
    not_due_ref: str | None
    value_text: str | None
    status_text: str | None
    numerator_text: str | None
    denominator_text: str | None


class _Said(NamedTuple):
    """What a row's figures say: status, figure, numerator and denominator, or what is wrong."""

    figures: tuple[int, float, float, float]
    problems: tuple[Problem, ...]


def _read(
    rest: _Rest, row: int, expected: Expectations, findings: Findings
) -> tuple[int, float, float, float, int]:
    kpi = rest.kpi(row)
    not_due_ref = None if kpi.is_due else kpi.kpi_ref
    looked = _Looked(kpi.context, not_due_ref, *(rest.cell(name, row) for name in _LOOKED_AT))
    said = remembered(expected, looked, partial(_said, looked, kpi))
    return *said.figures, findings.number(said.problems)


def _said(looked: _Looked, kpi: Kpi) -> _Said:
    cells = _Cells(looked.status_text, looked.numerator_text, looked.denominator_text)
    reading, text = Reading(), without_mark(looked.value_text).text
    problems = tuple(read_figures(cells, text, kpi, reading))
    status = 0 if problems else STATUSES.index(reading.outturn_status_code or "")
    figures = (reading.outturn_value, reading.numerator_value, reading.denominator_value)
    value, numerator, denominator = (np.nan if each is None else each for each in figures)
    return _Said((status, value, numerator, denominator), problems)


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
    texts = column.texts()
    if len(texts) == 1 and texts[0] is None and not is_marked.any():
        return
    marks = is_marked[value.codes].astype(np.int64)
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
