"""Wide returns: a column for each quarter, month or category, as docs/layouts.md describes them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from perf_pipeline.rules import RowOutcome
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.source_layouts import month_words, quarter_words
from perf_pipeline_tests.generated.cell_faults import FAULTS
from perf_pipeline_tests.generated.figures import STATUSES, draw_value, write_figure, write_status
from perf_pipeline_tests.generated.laid_out import (
    COMMENT,
    OUTTURN,
    REF,
    LaidOut,
    about,
    between,
    comment,
    figure_row,
    heading_line,
    label_line,
    line_of,
    ref_cell,
    some_kpis,
    value_of,
)
from perf_pipeline_tests.generated.model import QUARTER, Cell, Kpi, Line, Pen, Row
from perf_pipeline_tests.generated.register import BREAKDOWN

_QUARTERS = ("{label}", "{quarter}", "Q{number} {year}", "{short_year} Q{number}")
_YEAR_ABOVE = "{year} Q{number}"
_MONTHS = ("{mon} {yyyy}", "{month} {yyyy}", "{mon}-{yy}", "{yyyy}-{mm}", "{mon} {year}")
_LABELS = {REF: ReturnField.KPI_REF, COMMENT: ReturnField.COMMENTARY}


def quarters(pen: Pen) -> LaidOut:
    """Lay out a column for each quarter, later ones among them; earlier ones are read or not."""
    reads_earlier = pen.rng.random() < 0.7
    backs = sorted(pen.rng.sample((8, 4, 3, 2, 1), pen.rng.randint(1, 3)), reverse=True)
    columns = [*backs, 0, *([-1] if pen.rng.random() < 0.4 else [])]
    pattern = pen.rng.choice((*_QUARTERS, _YEAR_ABOVE))
    lines = _quarter_headings(pen, pattern, columns)
    for kpi in some_kpis(pen, with_arrears=False):
        lines.append(_quarter_line(pen, kpi, columns, reads_earlier=reads_earlier))
        total = [Cell("Total"), *[Cell("5")] * len(columns), Cell()]
        lines += between(pen, len(total), total)
    wide = {"quarter": pattern, "earlier_quarters": reads_earlier}
    return LaidOut(lines, {"columns": _LABELS, "wide": wide})


def _quarter_headings(pen: Pen, pattern: str, columns: Sequence[int]) -> list[Line]:
    words = [quarter_words(QUARTER.shift(-back)) for back in columns]
    if pattern != _YEAR_ABOVE:
        return [heading_line(REF, *(pattern.format(**each) for each in words), COMMENT)]
    years = [each["year"] for each in words]
    firsts = [place for place, year in enumerate(years) if years.index(year) == place]
    above = [Cell(year if place in firsts else "") for place, year in enumerate(years)]
    merged = {place + 1: (years.count(years[place]), 1) for place in firsts}
    wider = {column: size for column, size in merged.items() if size != (1, 1)}
    top = label_line("heading", [Cell(), *above, Cell()])
    below = heading_line(REF, *(f"Q{each['number']}" for each in words), COMMENT)
    return [replace(top, merged=wider if pen.is_workbook else {}), below]


def _quarter_line(pen: Pen, kpi: Kpi, columns: Sequence[int], *, reads_earlier: bool) -> Line:
    own = figure_row(pen, about(kpi), kpi, can_be_blank=True)
    rows, cells = [own], []
    for back in columns:
        is_empty = back != 0 and pen.rng.random() < 0.2
        row = own if back == 0 else figure_row(pen, about(kpi, back=max(back, 0)), kpi)
        cells.append(Cell() if is_empty else value_of(row))
        if back > 0 and reads_earlier and not is_empty:
            rows.append(row)
    # Earlier quarters' figures are read from the quarter before on backwards.
    in_order = [rows[0], *rows[:0:-1]]
    return line_of(pen, [ref_cell(pen, kpi), *cells], in_order, comment(pen))


def months(pen: Pen) -> LaidOut:
    """Lay out a column for each month of this quarter and the one before."""
    make = pen.rng.choice(("sum", "sum", "last"))
    pattern = pen.rng.choice(_MONTHS)
    before = [month_words(QUARTER.shift(-1), place) for place in range(3)]
    these = [month_words(QUARTER, place) for place in range(3)]
    shown = [*(before if pen.rng.random() < 0.5 else []), *these]
    lines = [heading_line(REF, *(pattern.format(**each) for each in shown), COMMENT)]
    for kpi in some_kpis(pen):
        row, cells = _sum(pen, kpi) if make == "sum" else _last(pen, kpi)
        others = [value_of(figure_row(pen, about(kpi), kpi)) for _ in shown[3:]]
        filled = [ref_cell(pen, kpi), *others, *cells]
        lines.append(line_of(pen, filled, [row], comment(pen)))
        total = [Cell("Council total"), *[Cell("5")] * len(shown), Cell()]
        lines += between(pen, len(total), total)
    return LaidOut(lines, {"columns": _LABELS, "wide": {"month": pattern, "months_make": make}})


def _last(pen: Pen, kpi: Kpi) -> tuple[Row, list[Cell]]:
    row = figure_row(pen, about(kpi), kpi, can_be_blank=True)
    return row, [*(value_of(figure_row(pen, about(kpi), kpi)) for _ in range(2)), value_of(row)]


def _sum(pen: Pen, kpi: Kpi) -> tuple[Row, list[Cell]]:
    values = [draw_value(pen, kpi) for _ in range(3)]
    cells = [write_figure(pen, kpi, value) for value in values]
    place = pen.rng.randrange(3)
    ways = (_all_three, _all_three, _one_word, _one_missing, _one_faulty)
    if kpi.unit not in {"number", "gbp"}:
        return _rejected("months_not_additive", "months that do not add up"), [cells[0]] * 3
    return pen.rng.choice(ways)(pen, kpi, values, cells, place)


def _rejected(reason: str, fault: str) -> Row:
    return Row(outcome=RowOutcome.REJECTED, reason=reason, fault=fault)


def _all_three(
    _: Pen, kpi: Kpi, values: list[Decimal], cells: list[Cell], __: int
) -> tuple[Row, list[Cell]]:
    return Row(truth=replace(about(kpi), value=sum(values, Decimal()))), cells


def _one_word(
    pen: Pen, kpi: Kpi, _: list[Decimal], __: list[Cell], ___: int
) -> tuple[Row, list[Cell]]:
    status = pen.rng.choice(list(STATUSES))
    truth = replace(about(kpi), status=status)
    return Row(truth=truth), [write_status(pen, status) for _ in range(3)]


def _one_missing(
    pen: Pen, _: Kpi, __: list[Decimal], cells: list[Cell], place: int
) -> tuple[Row, list[Cell]]:
    cells[place] = Cell(pen.rng.choice(("", "TBC", "N/A", "..")))
    return _rejected("month_missing", "month missing"), cells


def _one_faulty(
    pen: Pen, kpi: Kpi, values: list[Decimal], cells: list[Cell], place: int
) -> tuple[Row, list[Cell]]:
    name = pen.rng.choice(list(FAULTS))
    cell = FAULTS[name].write(pen, kpi)
    # The KPI's range is that of the quarter's figure, which three months may be in all the same.
    if cell is None or FAULTS[name].reason == "out_of_range":
        return _all_three(pen, kpi, values, cells, place)
    cells[place] = cell
    return _rejected(FAULTS[name].reason, f"cell: {name}"), cells


def categories(pen: Pen) -> LaidOut:
    """Lay out a column for each category, with or without one for the whole."""
    kind, names = BREAKDOWN
    has_own = pen.rng.random() < 0.7
    codes = pen.rng.sample(list(names), len(names))
    shown = [names[code] + "s" for code in codes]
    lines = [heading_line(REF, *([OUTTURN] if has_own else []), *shown, COMMENT)]
    for kpi in some_kpis(pen):
        lines.append(_category_line(pen, kpi, codes, has_own=has_own))
        total = [Cell("Total"), *[Cell("5")] * (len(lines[0].cells) - 1)]
        lines += between(pen, len(total), total)
    columns = _LABELS | ({OUTTURN: ReturnField.VALUE} if has_own else {})
    breakdowns = {
        heading: {"type": kind, "category": pen.rng.choice((code, names[code]))}
        for heading, code in zip(shown, codes, strict=True)
    }
    return LaidOut(lines, {"columns": columns, "wide": {"breakdowns": breakdowns}})


def _category_line(pen: Pen, kpi: Kpi, codes: Sequence[str], *, has_own: bool) -> Line:
    own = figure_row(pen, about(kpi), kpi, can_be_blank=True)
    filled = {code for code in codes if pen.rng.random() < 0.85} if has_own else set(codes)
    rows = {code: figure_row(pen, about(kpi, (BREAKDOWN[0], code)), kpi) for code in codes}
    cells = [value_of(rows[code]) if code in filled else Cell() for code in codes]
    made = [*([own] if has_own else []), *(rows[code] for code in codes if code in filled)]
    shown = [ref_cell(pen, kpi), *([value_of(own)] if has_own else []), *cells]
    return line_of(pen, shown, made, comment(pen))
