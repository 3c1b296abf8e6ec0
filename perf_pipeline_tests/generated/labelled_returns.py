"""Returns whose labels stand once for several rows: in blocks, merged down, or filled down."""

from collections.abc import Sequence
from dataclasses import replace

from perf_pipeline.rules import RowOutcome
from perf_pipeline.source_entries import ReturnField
from perf_pipeline_tests.generated.figures import draw_value, write_figure
from perf_pipeline_tests.generated.laid_out import (
    BY,
    COMMENT,
    GROUP,
    OUTTURN,
    REF,
    LaidOut,
    about,
    blank_line,
    comment,
    figure_row,
    heading_line,
    label_line,
    line_of,
    ref_cell,
    some_kpis,
    value_of,
)
from perf_pipeline_tests.generated.model import Cell, Kpi, Line, Pen, Row
from perf_pipeline_tests.generated.register import BREAKDOWN

_TITLES = ("KPI {kpi_ref}: {kpi_name}", "{kpi_ref} - {kpi_name}", "Indicator {kpi_ref}")
_NAMES = ("Repairs in time", "Homes let; in time", "Cost of care (net)")
_COLUMNS = {
    BY: ReturnField.BREAKDOWN_TYPE,
    GROUP: ReturnField.BREAKDOWN_CATEGORY,
    OUTTURN: ReturnField.VALUE,
    COMMENT: ReturnField.COMMENTARY,
}


def blocks(pen: Pen) -> LaidOut:
    """Lay out a block for each KPI: its title, a heading row, its rows."""
    title = pen.rng.choice(_TITLES)
    headings = list(_COLUMNS)
    pen.rng.shuffle(headings)
    lines: list[Line] = []
    for kpi in some_kpis(pen):
        name = pen.rng.choice(_NAMES)
        lines.append(label_line("title", [Cell(title.format(kpi_ref=kpi.ref, kpi_name=name))]))
        lines.append(heading_line(*headings))
        lines += [_arranged(line, headings) for line in _block_lines(pen, kpi)]
        if pen.rng.random() < 0.6:
            lines.append(blank_line(pen, len(headings)))
    return LaidOut(lines, {"columns": _COLUMNS, "blocks": {"title": title}})


def _arranged(line: Line, headings: Sequence[str]) -> Line:
    places = [list(_COLUMNS).index(heading) for heading in headings]
    return replace(line, cells=[line.cells[place] for place in places])


def _block_lines(pen: Pen, kpi: Kpi) -> list[Line]:
    kind, names = BREAKDOWN
    own = figure_row(pen, about(kpi), kpi)
    made = [line_of(pen, [Cell(), Cell(), value_of(own)], [own], comment(pen))]
    for code, name in names.items():
        row = figure_row(pen, about(kpi, (kind, code)), kpi)
        cells = [Cell(kind), Cell(pen.rng.choice((code, name))), value_of(row)]
        made.append(line_of(pen, cells, [row], comment(pen)))
    made = pen.rng.sample(made, pen.rng.randint(1, len(made)))
    if pen.rng.random() < 0.2:
        made.append(label_line("total", [Cell(), Cell("Total"), Cell("5"), Cell()]))
    if pen.rng.random() < 0.2:
        made.append(label_line("note", [Cell(kind), Cell("Female"), Cell(), Cell()]))
    return made


def written_once(pen: Pen) -> LaidOut:
    """Lay out labels that are written once and hold until the next, as the entry says."""
    lines = [heading_line(REF, *_COLUMNS)]
    for kpi in some_kpis(pen):
        lines += _ended(pen, kpi, _group(pen, kpi))
    columns = {REF: ReturnField.KPI_REF, **_COLUMNS}
    return LaidOut(lines, {"columns": columns, "fill_down": [REF, BY]})


def merged_down(pen: Pen) -> LaidOut:
    """Lay out labels that the workbook merges down over the rows that they are of."""
    lines = [heading_line(REF, *_COLUMNS)]
    for kpi in some_kpis(pen):
        first, second, *others = _group(pen, kpi)
        lines.append(replace(first, merged={0: (1, 2 + len(others))}))
        lines.append(replace(second, merged={1: (1, 1 + len(others))} if others else {}))
        lines += others
    return LaidOut(lines, {"columns": {REF: ReturnField.KPI_REF, **_COLUMNS}})


def _group(pen: Pen, kpi: Kpi) -> list[Line]:
    """Make a KPI's rows: its own, and those of categories; each label stands where it changes."""
    kind, names = BREAKDOWN
    own = figure_row(pen, about(kpi), kpi, can_be_blank=True)
    cells = [ref_cell(pen, kpi), Cell(), Cell(), value_of(own)]
    lines = [line_of(pen, cells, [own], comment(pen))]
    for place, code in enumerate(pen.rng.sample(list(names), pen.rng.randint(1, len(names)))):
        row = figure_row(pen, about(kpi, (kind, code)), kpi)
        by, group = Cell("" if place else kind), Cell(pen.rng.choice((code, names[code])))
        shown = [Cell(), by, group, value_of(row)]
        lines.append(line_of(pen, shown, [row], comment(pen)))
    return lines


def _ended(pen: Pen, kpi: Kpi, lines: list[Line]) -> list[Line]:
    """End the labels' reach now and then: what stands below has no reference any more."""
    if pen.rng.random() > 0.25:
        return lines
    end, reason = pen.rng.choice(
        (
            (blank_line(pen, 5), "kpi_ref_missing"),
            (
                label_line("total", [Cell("Sub-total"), *[Cell()] * 2, Cell("5"), Cell()]),
                "kpi_ref_missing",
            ),
            # A section's heading where references stand is the label that then holds: no KPI's.
            (label_line("note", [Cell("Homes of the council"), *[Cell()] * 4]), "kpi_unknown"),
        )
    )
    figure = write_figure(pen, kpi, draw_value(pen, kpi))
    lost = Row(outcome=RowOutcome.REJECTED, reason=reason, fault="labels ended")
    return [*lines, end, Line([Cell(), Cell(), Cell(), figure, Cell()], [lost])]
