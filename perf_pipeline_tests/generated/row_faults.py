"""Rows that must be rejected: each has one fault, and so the one reason that it is made with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from perf_pipeline.rules import HEADLINE, UNITS, RowOutcome
from perf_pipeline.source_entries import ReturnField
from perf_pipeline_tests.generated.cell_faults import FAULTS
from perf_pipeline_tests.generated.figures import draw_value, write_figure
from perf_pipeline_tests.generated.model import QUARTER, Cell, Kpi, Pen, Row
from perf_pipeline_tests.generated.register import FOREIGN, FORMER_REF, IDLE
from perf_pipeline_tests.generated.sound_rows import (
    CURRENT,
    Cells,
    Key,
    count_cell,
    given,
    place,
    rounded,
)

ONE_TOO_FEW = "one too few"
"""The lone text of a row that lacks its last field."""


def faulty_row(pen: Pen, key: Key) -> Row:
    """Make a row that must be rejected for one stated reason."""
    if pen.rng.random() < 0.6:
        name = pen.rng.choice(list(FAULTS))
        cell = FAULTS[name].write(pen, key.kpi)
        if cell is not None:
            cells = {ReturnField.VALUE: cell} | place(pen, key)
            return _rejected(cells, FAULTS[name].reason, f"cell: {name}")
    made = pen.rng.choice(_ROW_FAULTS)(pen, key)
    return made if made is not None else _unknown_kpi(pen, key)


def _rejected(cells: Mapping[ReturnField | None, Cell], reason: str, fault: str) -> Row:
    return Row(cells, RowOutcome.REJECTED, reason, fault=fault)


def _figure_of(pen: Pen, key: Key) -> Cells:
    cells, _ = given(pen, key)
    return cells | place(pen, key)


def _headline_of(pen: Pen, kpi: Kpi) -> Cells:
    return _figure_of(pen, Key(kpi, CURRENT, (HEADLINE, HEADLINE)))


def _with(
    field: ReturnField, reason: str, *texts: str, drop: tuple[ReturnField, ...] = ()
) -> Callable[[Pen, Key], Row]:
    """Make a fault that puts a text into a field of a row that is sound but for it."""

    def make(pen: Pen, key: Key) -> Row:
        cells = _figure_of(pen, key)
        for each in drop:
            cells.pop(each, None)
        text = pen.rng.choice([text for text in texts if pen.can_write(text)])
        return _rejected(cells | {field: Cell(text)}, reason, f"{field}: {reason}")

    return make


def _unknown_kpi(pen: Pen, key: Key) -> Row:
    cells = _headline_of(pen, key.kpi)
    ref = pen.rng.choice(("NUM-99", "NUM01", "PCT-O1", "NA", "0", "GBP-01 GBP-02"))
    return _rejected(cells | {ReturnField.KPI_REF: Cell(ref)}, "kpi_unknown", "unknown KPI")


def _no_kpi(pen: Pen, key: Key) -> Row:
    cells = _headline_of(pen, key.kpi)
    del cells[ReturnField.KPI_REF]
    return _rejected(cells, "kpi_ref_missing", "no reference")


def _other_kpi(kpi: Kpi, reason: str) -> Callable[[Pen, Key], Row]:
    def make(pen: Pen, _: Key) -> Row:
        return _rejected(_headline_of(pen, kpi), reason, reason)

    return make


def _parts(pen: Pen, key: Key) -> Row | None:
    """Make numerator, denominator and figure that do not belong together."""
    if key.kpi.unit not in {"percent", "per_1000"}:
        return None
    bottom = pen.rng.randint(7, 900)
    top = pen.rng.randint(1, bottom - 1)
    cells: Cells = {ReturnField.NUMERATOR: count_cell(pen, Decimal(top))} | place(pen, key)
    if pen.rng.random() < 0.3:
        return _rejected(cells, "part_missing", "part missing")
    cells[ReturnField.DENOMINATOR] = count_cell(pen, Decimal(bottom))
    exact = Fraction(top) * int(UNITS[key.kpi.unit].multiplier) / bottom
    # Further off than half of any place to which it is written, and within the KPI's range.
    value = rounded(pen, exact) + (2 if exact < 50 else -2)
    cells[ReturnField.VALUE] = write_figure(pen, key.kpi, value)
    return _rejected(cells, "value_disagrees", "figure beside other parts")


def _misplaced(pen: Pen, key: Key) -> Row | None:
    if key.is_headline:
        return None
    beside = {ReturnField.FORECAST: write_figure(pen, key.kpi, draw_value(pen, key.kpi))}
    return _rejected(_figure_of(pen, key) | beside, "misplaced", "forecast of another row")


def _control(pen: Pen, key: Key) -> Row | None:
    if pen.is_workbook:
        return None
    cells = _figure_of(pen, key)
    bell = pen.rng.choice(("\x07", "\x1b", "\x7f"))
    cells[ReturnField.COMMENTARY] = Cell(f"Bell {bell} rings.")
    return _rejected(cells, "control_character", "control character")


def _earlier_breakdown(pen: Pen, key: Key) -> Row | None:
    if key.breakdown == (HEADLINE, HEADLINE):
        return None
    earlier = key._replace(quarter=QUARTER.shift(-2).key)
    return _rejected(
        _figure_of(pen, earlier), "breakdown_of_earlier_quarter", "breakdown of an earlier quarter"
    )


def _provisional_twice(pen: Pen, key: Key) -> Row:
    marked = "50% [p]" if key.kpi.unit == "percent" else "50 [p]"
    cells = {ReturnField.VALUE: Cell(marked), ReturnField.PROVISIONAL: Cell("no")}
    return _rejected(cells | place(pen, key), "provisional_disagrees", "[p] and no")


def _malformed(pen: Pen, key: Key) -> Row | None:
    if pen.is_workbook:
        return None
    row = _rejected(_figure_of(pen, key), "row_malformed", "row malformed")
    return replace(row, lone_text=pen.rng.choice((ONE_TOO_FEW, "one too many")))


def _not_reached(pen: Pen, _: Key) -> Row:
    """Make a figure that names its return's quarter, of a KPI that is a quarter in arrears."""
    lagging = next(kpi for kpi in pen.kpis if kpi.lag)
    cells = _headline_of(pen, lagging) | {ReturnField.QUARTER: Cell(CURRENT)}
    return _rejected(cells, "quarter_not_reached", "quarter not reached")


_ROW_FAULTS: tuple[Callable[[Pen, Key], Row | None], ...] = (
    _unknown_kpi,
    _no_kpi,
    _other_kpi(IDLE, "kpi_not_due"),
    _other_kpi(FOREIGN, "kpi_wrong_source"),
    _other_kpi(Kpi(FORMER_REF, "number"), "kpi_not_live"),
    _parts,
    _parts,
    _misplaced,
    _earlier_breakdown,
    _provisional_twice,
    _control,
    _malformed,
    _not_reached,
    _with(ReturnField.QUARTER, "quarter_unreadable", "Q5 2024/25", "April", "31/09/2024", "soon"),
    _with(ReturnField.QUARTER, "quarter_ambiguous", "03/04/2024", "Q1 2024"),
    _with(
        ReturnField.QUARTER,
        "quarter_in_future",
        QUARTER.shift(1).key,
        QUARTER.shift(2).label,
        drop=(ReturnField.BREAKDOWN_TYPE, ReturnField.BREAKDOWN_CATEGORY),
    ),
    _with(ReturnField.BREAKDOWN_CATEGORY, "breakdown_unknown", "Tall", "Wales"),
    _with(ReturnField.PROVISIONAL, "provisional_unknown", "maybe", "0", "see note"),
)
