"""One table under other headings: synonyms, headings over several rows, and our own template's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from perf_pipeline.rules import RowOutcome
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.template_format import (
    FIELDS_PROPERTY,
    HEADINGS,
    QUARTER_PROPERTY,
    SOURCE_PROPERTY,
    TEMPLATE_VERSION,
    VERSION_PROPERTY,
)
from perf_pipeline_tests.generated.files import lines_of
from perf_pipeline_tests.generated.laid_out import (
    LaidOut,
    about,
    comment,
    figure_row,
    heading_line,
    label_line,
    ref_cell,
    some_kpis,
    value_of,
)
from perf_pipeline_tests.generated.model import QUARTER, SOURCE_CODE, Cell, Line, Pen, Row
from perf_pipeline_tests.generated.register import BREAKDOWN

_IGNORED = RowOutcome.IGNORED
Heading = tuple[str, ReturnField | None]
_SYNONYMS: Mapping[str, Sequence[str]] = {
    "KPI ref": ("Ref.", "Indicator"),
    "Outturn": ("Result", "Actual\n(this quarter)"),
    "Out of": ("Base",),
    "Group": ("Who",),
    "What happened, and why": ("Commentary", "NARRATIVE"),
}
_BROKEN = {
    "KPI ref": ("", "KPI", "ref"),
    "Out of": ("", "Out", "of"),
    "Broken down by": ("Broken", "down", "by"),
    "What happened, and why": ("", "What happened,", "and why"),
}
"""Headings over up to three rows, of which none ends in a word that is another heading."""

_SHARED = {
    ReturnField.VALUE: ("This quarter", "Actual"),
    ReturnField.NUMERATOR: ("This quarter", "Top"),
    ReturnField.DENOMINATOR: ("This quarter", "Bottom"),
    ReturnField.PREVIOUS_VALUE: ("Last quarter", "Actual"),
    ReturnField.FORECAST: ("Year end", "Forecast"),
}
"""Headings that stand under one that several columns share."""

_TEMPLATE_FIELDS = (
    ReturnField.KPI_NAME,
    ReturnField.FORECAST,
    ReturnField.PROVISIONAL,
)


def synonyms(pen: Pen, rows: Sequence[Row], headings: Sequence[Heading]) -> LaidOut:
    """Write some headings by another of their names."""
    renamed = {name: pen.rng.choice(others) for name, others in _SYNONYMS.items()}
    chosen = pen.rng.sample(list(renamed), pen.rng.randint(1, len(renamed)))
    shown = [(renamed[name] if name in chosen else name, field) for name, field in headings]
    settings = {"columns": _columns(headings), "synonyms": _SYNONYMS}
    return LaidOut(lines_of(rows, shown), settings)


def broken_headings(pen: Pen, rows: Sequence[Row], headings: Sequence[Heading]) -> LaidOut:
    """Break headings over two or three rows."""
    depth = pen.rng.choice((2, 3))
    parts = [_BROKEN.get(name, ("", "", name)) for name, _ in headings]
    if depth == 2:
        parts = [("", " ".join(filter(None, part[:2])), part[2]) for part in parts]
    above = [
        label_line("heading", [Cell(part[place]) for part in parts])
        for place in range(3 - depth, 3)
    ]
    return LaidOut(_with_headings(rows, headings, above), {"columns": _columns(headings)})


def shared_headings(pen: Pen, rows: Sequence[Row], headings: Sequence[Heading]) -> LaidOut:
    """Put headings under one that several columns share."""
    placed = {field: name for name, field in headings}
    others = [field for _, field in headings if field not in _SHARED]
    fields = [*others[:3], *_SHARED, *others[3:]]
    tops = [_SHARED[field][0] if field in _SHARED else "" for field in fields]
    above = [
        Cell("" if place and tops[place - 1] == top else top) for place, top in enumerate(tops)
    ]
    bottoms = [_SHARED[field][1] if field in _SHARED else placed[field] for field in fields]
    first = tops.index("This quarter")
    top = label_line("heading", above)
    # Where nothing is merged, what stands right of the last shared heading would be under it too.
    if pen.is_workbook:
        top = replace(top, merged={first: (tops.count("This quarter"), 1)})
    ordered = [(placed[field], field) for field in fields]
    lines = _with_headings(rows, ordered, [top, heading_line(*bottoms)])
    named = {
        " ".join(_SHARED[field]) if field in _SHARED else placed[field]: field
        for field in fields
        if field is not None
    }
    return LaidOut(lines, {"columns": named})


def template(pen: Pen) -> LaidOut:
    """Fill in a workbook that bears the mark of our template; its entry says other headings."""
    extra = set(pen.rng.sample(_TEMPLATE_FIELDS, 2))
    wanted = {ReturnField.KPI_REF, ReturnField.VALUE, ReturnField.STATUS, *extra}
    wanted.add(ReturnField.COMMENTARY)
    wanted |= {ReturnField.BREAKDOWN_TYPE, ReturnField.BREAKDOWN_CATEGORY}
    fields = [field for field in HEADINGS if field in wanted]
    rows = [row for kpi in some_kpis(pen) for row in _template_rows(pen, kpi.ref)]
    title = Row(outcome=_IGNORED, reason="title", lone_text="Return of Generated")
    heading = Row(outcome=_IGNORED, reason="heading")
    headings = [(HEADINGS[field], field) for field in fields]
    properties = {
        VERSION_PROPERTY: TEMPLATE_VERSION,
        SOURCE_PROPERTY: SOURCE_CODE,
        QUARTER_PROPERTY: QUARTER.key,
        FIELDS_PROPERTY: " ".join(fields),
    }
    settings = {"columns": {"A": ReturnField.KPI_REF, "B": ReturnField.VALUE}}
    return LaidOut(lines_of([title, heading, *rows], headings), settings, properties)


def _template_rows(pen: Pen, kpi_ref: str) -> list[Row]:
    kpi = next(each for each in pen.kpis if each.ref == kpi_ref)
    kind, names = BREAKDOWN
    keys = [about(kpi), *(about(kpi, (kind, code)) for code in names)]
    made = []
    for key in keys:
        row = figure_row(pen, key, kpi, can_be_blank=True)
        cells = {**row.cells, ReturnField.KPI_REF: ref_cell(pen, kpi)}
        if key.breakdown[0] == kind:
            cells[ReturnField.BREAKDOWN_TYPE] = Cell(kind)
            cells[ReturnField.BREAKDOWN_CATEGORY] = Cell(names[key.breakdown[1]])
        if row.truth is not None and row.truth.status != "given" and pen.rng.random() < 0.7:
            cells[ReturnField.STATUS] = value_of(row)
            cells[ReturnField.VALUE] = Cell()
        cells[ReturnField.COMMENTARY] = comment(pen)
        made.append(replace(row, cells=cells))
    return made


def _columns(headings: Sequence[Heading]) -> dict[str, ReturnField]:
    return {name: field for name, field in headings if field is not None}


def _with_headings(
    rows: Sequence[Row], headings: Sequence[Heading], above: Sequence[Line]
) -> list[Line]:
    """Lay rows out as one table, the row of headings each time as several."""
    lines = []
    for line in lines_of(rows, headings):
        lines += above if line.rows[0].reason == "heading" else [line]
    return lines
