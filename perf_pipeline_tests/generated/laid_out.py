"""Grids laid out otherwise than as one table: what their modules have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from perf_pipeline.rules import HEADLINE, RowOutcome
from perf_pipeline.source_entries import ReturnField
from perf_pipeline_tests.generated.cell_faults import FAULTS
from perf_pipeline_tests.generated.figures import (
    NBSP,
    STATUSES,
    draw_value,
    padded,
    write_figure,
    write_status,
)
from perf_pipeline_tests.generated.model import QUARTER, Cell, Kpi, Line, Pen, Row, Truth

WHOLE = (HEADLINE, HEADLINE)
REF, BY, GROUP, OUTTURN, COMMENT = "KPI ref", "Broken down by", "Group", "Outturn", "Comment"


@dataclass(frozen=True)
class LaidOut:
    """A grid and what `sources.yaml` says of it.

    Attributes:
        lines: Its lines, from the heading row or a block's title on.
        settings: The entry's `columns` and what it says of the layout.
        properties: Custom document properties of the workbook.
    """

    lines: Sequence[Line]
    settings: Mapping[str, Any]
    properties: Mapping[str, str] = field(default_factory=dict)


Lay = Callable[[Pen], LaidOut]


def figure_row(pen: Pen, truth_of: Truth, kpi: Kpi, *, can_be_blank: bool = False) -> Row:
    """Write a figure, a word for none, or a cell with a fault, for what a truth is about.

    Args:
        pen: How the return is written.
        truth_of: The KPI, quarter and breakdown; its status and figure are drawn here.
        kpi: The KPI.
        can_be_blank: True where an empty cell is a row all the same.
    """
    chance = pen.rng.random()
    if chance < 0.2:
        name = pen.rng.choice(list(FAULTS))
        cell = FAULTS[name].write(pen, kpi)
        if cell is not None:
            return Row(
                {ReturnField.VALUE: cell},
                RowOutcome.REJECTED,
                FAULTS[name].reason,
                fault=f"cell: {name}",
            )
    if chance < 0.35:
        status = pen.rng.choice([each for each in STATUSES if can_be_blank or each != "blank"])
        truth = replace(truth_of, status=status)
        return Row({ReturnField.VALUE: write_status(pen, status)}, truth=truth)
    value = draw_value(pen, kpi)
    truth = replace(truth_of, value=value)
    return Row({ReturnField.VALUE: write_figure(pen, kpi, value)}, truth=truth)


def about(kpi: Kpi, breakdown: tuple[str, str] = WHOLE, back: int = 0) -> Truth:
    """Begin a truth: a figure that is given, of a KPI, a breakdown and a quarter."""
    return Truth(kpi.ref, QUARTER.shift(-back).key, breakdown, "given")


def value_of(row: Row) -> Cell:
    """Return the cell of a row's figure."""
    return row.cells[ReturnField.VALUE]


def ref_cell(pen: Pen, kpi: Kpi) -> Cell:
    """Write a KPI's reference."""
    return padded(pen, Cell(pen.rng.choice((kpi.ref, kpi.ref.lower()))))


def comment(pen: Pen) -> Cell:
    """Write words beside a figure, or none."""
    return Cell(pen.rng.choice(("", "No change.", "Demand rose in June.", "1,234", "See (2).")))


def label_line(reason: str, cells: Sequence[Cell]) -> Line:
    """Make a line that holds no figure of a KPI, for the reason for which it is ignored."""
    return Line(cells, [Row(outcome=RowOutcome.IGNORED, reason=reason)])


def heading_line(*headings: str) -> Line:
    """Make a heading row."""
    return label_line("heading", [Cell(heading) for heading in headings])


def blank_line(pen: Pen, width: int) -> Line:
    """Make a line of nothing, or of white space."""
    return label_line("blank", [Cell(pen.rng.choice(("", " ", NBSP))), *[Cell()] * (width - 1)])


def between(pen: Pen, width: int, total: Sequence[Cell]) -> list[Line]:
    """Make a line between the KPIs' own now and then: blank, a footnote, or a total.

    Args:
        pen: How the return is written.
        width: How many columns there are.
        total: The cells of a total.
    """
    if pen.rng.random() > 0.25:
        return []
    words = [Cell("Figures are subject to audit."), *[Cell()] * (width - 1)]
    ways = [blank_line(pen, width), label_line("note", words), label_line("total", total)]
    return [pen.rng.choice(ways)]


def some_kpis(pen: Pen, *, with_arrears: bool = True) -> list[Kpi]:
    """Draw the KPIs of a return."""
    kpis = [kpi for kpi in pen.kpis if with_arrears or not kpi.lag]
    return pen.rng.sample(kpis, pen.rng.randint(2, 5))


def line_of(pen: Pen, cells: Sequence[Cell], rows: Sequence[Row], words: Cell) -> Line:
    """Make a line of figures, hidden now and then in workbooks.

    Args:
        pen: How the return is written.
        cells: Its cells but the words at its end.
        rows: Its figures; the first takes the words with it, all others are further ones.
        words: The words beside the figures.
    """
    is_hidden = pen.is_workbook and pen.rng.random() < 0.05
    first, *others = (replace(row, is_hidden=is_hidden) for row in rows)
    first = replace(first, cells={**first.cells, ReturnField.COMMENTARY: words})
    return Line([*cells, words], [first, *(replace(row, is_further=True) for row in others)])
