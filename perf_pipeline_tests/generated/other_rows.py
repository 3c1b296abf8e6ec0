"""Rows beside the figures: repeats that agree or do not, notes and blanks."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from perf_pipeline.rules import RowOutcome
from perf_pipeline.source_entries import ReturnField
from perf_pipeline_tests.generated.figures import NBSP, draw_value, write_figure
from perf_pipeline_tests.generated.model import Cell, Kpi, Medium, Pen, Row, Truth
from perf_pipeline_tests.generated.sound_rows import Cells


def note_row(pen: Pen) -> Row:
    """Make a row with neither reference nor figure: words in the commentary or in no field."""
    field = pen.rng.choice((ReturnField.COMMENTARY, None))
    return Row({field: Cell("Source: case system.")}, RowOutcome.IGNORED, "note")


def total_row(pen: Pen) -> Row:
    """Make a row that adds others up, which is no KPI's figure."""
    cells = {
        ReturnField.KPI_REF: Cell(pen.rng.choice(("Total", "TOTAL", "Grand total"))),
        ReturnField.VALUE: Cell(str(pen.rng.randint(0, 999))),
    }
    return Row(cells, RowOutcome.IGNORED, "total")


def blank_row(pen: Pen) -> Row:
    """Make a row of nothing, or of white space; one without cells is an empty line."""
    texts = ("",) if pen.medium is Medium.JSON else ("", " ", NBSP)
    cells = {ReturnField.COMMENTARY: Cell(pen.rng.choice(texts))} if pen.rng.random() < 0.6 else {}
    return Row(cells, RowOutcome.IGNORED, "blank")


def repeats(pen: Pen, row: Row, truth: Truth) -> Iterator[Row]:
    """Yield a row and another for the same: one that says the same, or one that does not."""
    if pen.rng.random() < 0.5:
        same = replace(row, cells={**row.cells, **_rewritten(pen, truth)})
        yield row
        yield replace(same, outcome=RowOutcome.IGNORED, reason="duplicate_identical", truth=None)
        return
    conflict = replace(
        row, outcome=RowOutcome.REJECTED, reason="duplicate_conflicting", truth=None, fault="twice"
    )
    yield conflict
    yield replace(conflict, cells={**row.cells, **_contradiction(pen, truth)})


def _kpi_of(pen: Pen, truth: Truth) -> Kpi:
    return next(kpi for kpi in pen.kpis if kpi.ref == truth.kpi_ref)


def _is_plain(truth: Truth) -> bool:
    """Tell whether the figure's cell is all that there is to it."""
    return truth.status == "given" and truth.numerator is None and not truth.is_provisional


def _rewritten(pen: Pen, truth: Truth) -> Cells:
    """Write the same figure again, perhaps in another way."""
    if not _is_plain(truth) or not isinstance(truth.value, Decimal):
        return {}
    return {ReturnField.VALUE: write_figure(pen, _kpi_of(pen, truth), truth.value)}


def _contradiction(pen: Pen, truth: Truth) -> Cells:
    """Write another figure, or the same with other words."""
    value = draw_value(pen, _kpi_of(pen, truth))
    if _is_plain(truth) and value != truth.value:
        return {ReturnField.VALUE: write_figure(pen, _kpi_of(pen, truth), value)}
    return {ReturnField.COMMENTARY: Cell("Another account of it.")}
