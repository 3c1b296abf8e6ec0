"""What the rows of a batch are of: KPI, quarter, area and breakdown, each found once a text."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from perf_pipeline.disaggregated.findings import Findings
from perf_pipeline.disaggregated.memory import remembered
from perf_pipeline.rules import HEADLINE
from perf_pipeline.schemas.coded_columns import CodedColumn, Codes, distinct_tuples
from perf_pipeline.validate import Expectations, Problem
from perf_pipeline.validate.cells import quoted
from perf_pipeline.validate.expectations import Kpi
from perf_pipeline.validate.kpis_of_rows import kpi_of_row
from perf_pipeline.validate.quarters_of_rows import quarter_of_row
from perf_pipeline.validate.rows import breakdown_of_row, control_character

NO_KPI = -1
_LONGEST_AREA = 30
_BREAKS = "\t\n\r\u2028\u2029"


class Named(NamedTuple):
    """A code of each row: the place of its text among distinct texts, of which two may be equal."""

    codes: Codes
    texts: Sequence[str]


class RowKeys(NamedTuple):
    """What rows are of.

    Attributes:
        kpis: The KPIs that rows are for.
        kpi: For each row the place of its KPI among them; `NO_KPI` where it is not known.
        quarter: Key of the quarter that the row's figure is for.
        area: Area.
        breakdown_type: What the breakdown is by.
        breakdown_category: Breakdown category.
    """

    kpis: Sequence[Kpi]
    kpi: Codes
    quarter: Named
    area: Named
    breakdown_type: Named
    breakdown_category: Named


def row_keys(
    cells: Mapping[str, CodedColumn], expected: Expectations, findings: Findings
) -> RowKeys:
    """Find what rows are of, and what is wrong with what they name.

    Args:
        cells: The text columns of `DisaggregatedRows`.
        expected: What they are checked against.
        findings: Takes what is wrong.
    """
    kpis, kpi = _kpis(cells["kpi_ref_text"], expected, findings)
    quarter = _quarters(cells["quarter_text"], kpis, kpi, expected, findings)
    kind, category = _breakdowns(
        cells["breakdown_type_text"], cells["breakdown_category_text"], expected, findings
    )
    return RowKeys(kpis, kpi, quarter, _areas(cells["area_text"], findings), kind, category)


def _kpis(
    column: CodedColumn, expected: Expectations, findings: Findings
) -> tuple[list[Kpi], Codes]:
    found = [
        remembered(expected, ("kpi", text), partial(kpi_of_row, text, expected))
        for text in column.texts()
    ]
    findings.add(findings.numbers(problems for _, problems in found), column.codes)
    places: dict[str, int] = {}
    kpis: list[Kpi] = []
    of_texts = np.full(len(found), NO_KPI, dtype=np.int64)
    for number, (kpi, _) in enumerate(found):
        if kpi is None:
            continue
        if kpi.kpi_ref not in places:
            places[kpi.kpi_ref] = len(kpis)
            kpis.append(kpi)
        of_texts[number] = places[kpi.kpi_ref]
    return kpis, of_texts[column.codes]


def _quarters(
    column: CodedColumn,
    kpis: Sequence[Kpi],
    kpi: Codes,
    expected: Expectations,
    findings: Findings,
) -> Named:
    texts = column.texts()
    # A KPI without a lag decides nothing: all of them are one, and so are rows without a KPI.
    lagging = [place + 1 if each.arrears_quarter_count else 0 for place, each in enumerate(kpis)]
    of_rows = np.array([*lagging, 0], dtype=np.int64)[kpi]
    pairs = distinct_tuples((of_rows, len(kpis) + 1), (column.codes, len(texts)))
    found = [
        quarter_of_row(
            texts[column.codes[row]],
            None if kpi[row] == NO_KPI else kpis[kpi[row]],
            expected.quarter,
        )
        for row in pairs.rows
    ]
    problems = ([each.problem] if each.problem else [] for each in found)
    findings.add(findings.numbers(problems), pairs.numbers)
    return _named([each.quarter.key for each in found], pairs.numbers)


def _named(texts: Sequence[str], numbers: Codes) -> Named:
    """Give each text one number, as `texts` may hold it many times."""
    places: dict[str, int] = {}
    of_texts = [places.setdefault(text, len(places)) for text in texts]
    return Named(np.array(of_texts, dtype=np.int64)[numbers], list(places))


def _breakdowns(
    kind: CodedColumn, category: CodedColumn, expected: Expectations, findings: Findings
) -> tuple[Named, Named]:
    kinds, categories = kind.texts(), category.texts()
    pairs = distinct_tuples((kind.codes, len(kinds)), (category.codes, len(categories)))
    found = [
        breakdown_of_row(kinds[kind.codes[row]], categories[category.codes[row]], expected)
        for row in pairs.rows
    ]
    problems = ([each] if isinstance(each, Problem) else [] for each in found)
    findings.add(findings.numbers(problems), pairs.numbers)
    codes = [("", "") if isinstance(each, Problem) else each for each in found]
    return (
        _named([of_kind for of_kind, _ in codes], pairs.numbers),
        _named([of_category for _, of_category in codes], pairs.numbers),
    )


def _areas(column: CodedColumn, findings: Findings) -> Named:
    texts = column.texts()
    findings.add(findings.numbers(map(_area_problems, texts)), column.codes)
    return _named([HEADLINE if text is None else text.strip() for text in texts], column.codes)


def _area_problems(text: str | None) -> list[Problem]:
    """Say what is wrong with an area; a character that nobody types is a problem of its own."""
    area = HEADLINE if text is None else text.strip()
    is_short = 1 <= len(area) <= _LONGEST_AREA
    is_line = set(area).isdisjoint(_BREAKS)
    if (is_short and is_line) or control_character("area", text):
        return []
    return [
        Problem(
            "area_unreadable",
            f"{quoted(text or '')} is no area's code. Write one of 1 to {_LONGEST_AREA} "
            "characters, or leave the cell empty for the whole council.",
        )
    ]
