"""A number → a whole return: its kind, encoding, layout and rows; some files are spoilt."""

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from perf_pipeline.rules import RowOutcome
from perf_pipeline.source_entries import (
    CsvEntry,
    ExcelEntry,
    JsonEntry,
    PercentScale,
    ReturnField,
    Source,
)
from perf_pipeline_tests.generated import files, headed_returns, labelled_returns, wide_returns
from perf_pipeline_tests.generated.files import lines_of
from perf_pipeline_tests.generated.laid_out import LaidOut, Lay
from perf_pipeline_tests.generated.model import (
    BUNDLE,
    SOURCE_CODE,
    TEMPLATE,
    GeneratedReturn,
    Medium,
    Pen,
    Row,
)
from perf_pipeline_tests.generated.other_rows import blank_row, note_row, repeats, total_row
from perf_pipeline_tests.generated.register import kpis_of
from perf_pipeline_tests.generated.row_faults import faulty_row
from perf_pipeline_tests.generated.sound_rows import draw_keys, sound_row

MEDIA: Mapping[Medium, float] = {
    Medium.CSV: 0.58,
    Medium.JSON: 0.30,
    Medium.XLSX: 0.09,
    Medium.ODS: 0.03,
}
"""The share of each kind of file: workbooks take longest to write and to read."""

_ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "cp1252", "cp1252", "utf-16")
_ONLY_SPACE = " \n"
_SCALES = (None, PercentScale.PERCENT, None, PercentScale.FRACTION)
_SPOILT_SHARE = 0.03
_RETURN_FIELDS: Mapping[ReturnField, tuple[str, str]] = {
    ReturnField.KPI_REF: ("KPI ref", "ref"),
    ReturnField.VALUE: ("Outturn", "outturn.value"),
    ReturnField.NUMERATOR: ("Numerator", "outturn.numerator"),
    ReturnField.DENOMINATOR: ("Out of", "outturn.denominator"),
    ReturnField.QUARTER: ("Quarter", "quarter"),
    ReturnField.BREAKDOWN_TYPE: ("Broken down by", "by"),
    ReturnField.BREAKDOWN_CATEGORY: ("Group", "group"),
    ReturnField.COMMENTARY: ("What happened, and why", "commentary"),
    ReturnField.PREVIOUS_VALUE: ("Last quarter", "previous"),
    ReturnField.FORECAST: ("Forecast", "forecast"),
    ReturnField.PROVISIONAL: ("Provisional?", "provisional"),
}
"""What each field is called in tables, and in JSON."""


def generated_return(number: int) -> GeneratedReturn:
    """Make the return of a number; the same number makes the same return."""
    rng = Random(number)  # noqa: S311 - repeatable on purpose
    medium = rng.choices(list(MEDIA), weights=list(MEDIA.values()))[0]
    encoding = rng.choice(_ENCODINGS) if medium is Medium.CSV else "utf-8"
    scale = _SCALES[number // BUNDLE % len(_SCALES)]
    pen = Pen(rng, medium, encoding, scale, kpis_of(number))
    layout = _layout_of(pen)
    laid_out = _laid_out(pen, layout)
    fault = rng.choice(list(SPOILERS[medium])) if rng.random() < _SPOILT_SHARE else None
    content, entry = _MAKERS[medium](pen, laid_out)
    rows = [row for line in laid_out.lines for row in line.rows]
    if fault is not None:
        content = SPOILERS[medium][fault](content)
        rows = []
    return GeneratedReturn(number, medium, content, entry, rows, fault, layout)


def _layout_of(pen: Pen) -> str:
    """Draw how a return is laid out: half of all grids are one table of one figure a row."""
    if pen.medium is Medium.JSON or pen.rng.random() < 0.5:
        return "table"
    known = [*GRIDS, *TABLES]
    possible = {
        Medium.CSV: [each for each in known if each not in {TEMPLATE, "merged down"}],
        Medium.ODS: [each for each in known if each != TEMPLATE],
    }
    return pen.rng.choice(possible.get(pen.medium, known))


def _laid_out(pen: Pen, layout: str) -> LaidOut:
    made = _made(pen, layout)
    lines = list(made.lines)
    while pen.is_workbook and lines[-1].rows[0].is_blank:
        lines.pop()
    return replace(made, lines=lines)


def _made(pen: Pen, layout: str) -> LaidOut:
    if layout in GRIDS:
        made = GRIDS[layout](pen)
        return replace(made, lines=[*lines_of(_above(pen), ()), *made.lines])
    headings = _headings(pen)
    rows = _rows(pen)
    if layout in TABLES:
        return TABLES[layout](pen, rows, headings)
    columns = {heading: field for heading, field in headings if field is not None}
    lay = files.json_lines if pen.medium is Medium.JSON else lines_of
    return LaidOut(lay(rows, headings), {"columns": columns})


def _headings(pen: Pen) -> list[tuple[str, ReturnField | None]]:
    place = 1 if pen.medium is Medium.JSON else 0
    headings: list[tuple[str, ReturnField | None]] = [
        (names[place], field) for field, names in _RETURN_FIELDS.items()
    ]
    headings.append(("remark" if place else "Remark", None))
    pen.rng.shuffle(headings)
    return headings


def _rows(pen: Pen) -> list[Row]:
    keys = draw_keys(pen, pen.rng.randint(2, 9))
    body: list[Row] = []
    for key in keys:
        row = sound_row(pen, key) if pen.rng.random() < 0.7 else faulty_row(pen, key)
        is_twice = row.truth is not None and pen.rng.random() < 0.08
        body.extend(repeats(pen, row, row.truth) if is_twice and row.truth else [row])
        body.extend(made for made in _between(pen) if made is not None)
    if pen.medium is Medium.JSON:
        return body
    return [*_above(pen), _heading_row(), *body]


def _above(pen: Pen) -> list[Row]:
    titles = [
        Row(outcome=RowOutcome.IGNORED, reason="title", lone_text=text) for text in _titles(pen)
    ]
    return [
        *titles,
        *(
            [Row(outcome=RowOutcome.IGNORED, reason="blank")]
            if titles and pen.rng.random() < 0.5
            else []
        ),
    ]


def _titles(pen: Pen) -> Sequence[str]:
    return pen.rng.choice(((), (), ("Quarterly return",), ("Return, Q2", "Housing; repairs")))


def _heading_row() -> Row:
    return Row(outcome=RowOutcome.IGNORED, reason="heading")


def _between(pen: Pen) -> Sequence[Row | None]:
    if pen.rng.random() > 0.25:
        return ()
    is_table = pen.medium is not Medium.JSON
    others = (blank_row, blank_row, note_row, *((total_row,) if is_table else ()))
    extra = pen.rng.choice(others)(pen)
    is_repeated = is_table and pen.rng.random() < 0.2
    return (extra, _heading_row() if is_repeated else None)


def _entry(pen: Pen, laid_out: LaidOut, **settings: Any) -> dict[str, Any]:
    return {
        "source_code": SOURCE_CODE,
        "source_name": "Generated",
        "contact_role": "Nobody",
        "location": "{quarter}",
        "percent_scale": pen.scale,
        **laid_out.settings,
        **settings,
    }


def _csv(pen: Pen, laid_out: LaidOut) -> tuple[bytes, Source]:
    delimiter = pen.rng.choice((",", ",", ";", "\t", "|"))
    content = files.csv_content(
        laid_out.lines,
        delimiter=delimiter,
        quotes_all=pen.rng.random() < 0.3,
        line_end=pen.rng.choice(("\n", "\r\n")),
    )
    stated = {"utf-8-sig": "utf-8"}.get(pen.encoding, pen.encoding)
    entry = _entry(pen, laid_out, kind="csv", encoding=stated, delimiter=delimiter)
    return content.encode(pen.encoding), CsvEntry(**entry)


def _json(pen: Pen, laid_out: LaidOut) -> tuple[bytes, Source]:
    path = pen.rng.choice(("", "records", "data.items"))
    content = files.json_content([line.cells[0].text for line in laid_out.lines], path)
    mark = codecs.BOM_UTF8 if pen.rng.random() < 0.1 else b""
    entry = _entry(pen, laid_out, kind="json_api", records_path=path)
    return mark + content.encode(), JsonEntry(**entry)


def _xlsx(pen: Pen, laid_out: LaidOut) -> tuple[bytes, Source]:
    content = files.xlsx_content(laid_out.lines, laid_out.properties)
    return content, ExcelEntry(**_excel_entry(pen, laid_out))


def _ods(pen: Pen, laid_out: LaidOut) -> tuple[bytes, Source]:
    return files.ods_content(laid_out.lines), ExcelEntry(**_excel_entry(pen, laid_out))


def _excel_entry(pen: Pen, laid_out: LaidOut) -> dict[str, Any]:
    """Say how the sheet is called: now and then by another of its names."""
    named = {"sheet": files.SHEET}
    if pen.rng.random() < 0.2:
        named = {"sheet": "Q{number} figures", "sheet_synonyms": (files.SHEET.upper(),)}
    return _entry(pen, laid_out, kind="excel", **named)


_Maker = Callable[[Pen, LaidOut], tuple[bytes, Source]]
_MAKERS: Mapping[Medium, _Maker] = {
    Medium.CSV: _csv,
    Medium.JSON: _json,
    Medium.XLSX: _xlsx,
    Medium.ODS: _ods,
}

GRIDS: Mapping[str, Lay] = {
    "columns by quarter": wide_returns.quarters,
    "columns by month": wide_returns.months,
    "columns by category": wide_returns.categories,
    "blocks": labelled_returns.blocks,
    "labels written once": labelled_returns.written_once,
    "merged down": labelled_returns.merged_down,
    TEMPLATE: headed_returns.template,
}
TABLES: Mapping[str, Callable[[Pen, Sequence[Row], files.Headings], LaidOut]] = {
    "synonyms": headed_returns.synonyms,
    "headings over several rows": headed_returns.broken_headings,
    "shared headings": headed_returns.shared_headings,
}
"""The layouts beside one table: grids of their own, and one table under other headings."""

_CUT_WORKBOOK: Mapping[str, Callable[[bytes], bytes]] = {
    "workbook cut short": lambda content: content[: len(content) * 2 // 3],
    "workbook of nothing": lambda _: b"",
    "web page for a workbook": lambda _: b"<html>Log in</html>",
}
SPOILERS: Mapping[Medium, Mapping[str, Callable[[bytes], bytes]]] = {
    Medium.CSV: {
        "quotation marks left open": lambda content: content + _in_its_encoding(content, '"open'),
        "NUL character": lambda content: content + _in_its_encoding(content, "\0"),
        "only white space": lambda content: _in_its_encoding(content, _ONLY_SPACE),
        "headings gone": lambda _: b"a,b,c\n1,2,3\n",
    },
    Medium.JSON: {
        "document cut short": lambda content: content[:-1],
        "web page for a document": lambda _: b"<!doctype html><html></html>",
        "not a number": lambda _: b'[{"ref": NaN}]',
        "key twice": lambda _: b'[{"ref": 1, "ref": 2}]',
        "not UTF-8": lambda content: content + b"\xff",
    },
    Medium.XLSX: _CUT_WORKBOOK,
    Medium.ODS: _CUT_WORKBOOK,
}
"""What is done to a file that must then be refused as a whole, by kind of file."""


def _in_its_encoding(content: bytes, text: str) -> bytes:
    """Encode a text as the file is."""
    if content.startswith(codecs.BOM_UTF16_LE):
        return text.encode("utf-16" if text == _ONLY_SPACE else "utf-16-le")
    return text.encode()
