"""Files in a layout of their own that nobody should send: blocks, wide sheets, templates."""

from collections.abc import Iterator, Mapping
from functools import partial

from perf_pipeline.rules import ReturnFault
from perf_pipeline_tests.corpus import makers
from perf_pipeline_tests.corpus.cases import Case, Refused, Rows
from perf_pipeline_tests.corpus.makers import GOOD

_BLOCKS: Mapping[str, object] = {
    "columns": {"Group": "breakdown_category", "By": "breakdown_type", "Outturn": "value"},
    "blocks": {"title": "KPI {kpi_ref}: {kpi_name}"},
}
_BLOCK_HEAD = "By,Group,Outturn\n"
_BLOCK = f"KPI ADS-05: Homes let,,\n{_BLOCK_HEAD},,7\n"
_OTHER = f"KPI ADS-04: Voids,,\n{_BLOCK_HEAD},,3\n"
_TITLE = ReturnFault.TITLE_MISSING
BLOCKS = (
    # name, content, code, words
    ("no-title", _BLOCK.replace("KPI", "Kpl"), _TITLE, ["No row of the file reads like"]),
    ("title-misspelt", _BLOCK + _OTHER.replace("KPI", "Kpl"), _TITLE, ["Row 5 has the headings"]),
    ("first-title-misspelt", _OTHER.replace("KPI", "Kpl") + _BLOCK, _TITLE, ["Row 2 has the head"]),
    ("title-twice-no-headings", _BLOCK + _OTHER.replace(_BLOCK_HEAD, ""),
     ReturnFault.HEADING_MISSING, ["the block of `ADS-04`"]),
    ("title-with-a-dash", _BLOCK + "KPI ADS-04 - Voids,,\n,,3\n", _TITLE, ["Row 4 reads nearly"]),
    ("title-of-a-reference", _BLOCK + "ADS-04,,\n,,3\n", _TITLE, ["Row 4 reads nearly"]),
    ("title-in-one-cell", _BLOCK + "ADS-04 Voids let late\n,,3\n", _TITLE, ["Row 4 reads nearly"]),
)  # fmt: skip
"""Blocks of which one has no title, or one with a slip in it."""

_WIDE: Mapping[str, object] = {
    "columns": {"Ref": "kpi_ref"},
    "wide": {"month": "{mon} {yyyy}", "months_make": "sum"},
}
_MONTHS = "Ref,Apr 2023,May 2023,Jun 2023\n"
_MARK = (
    ("perf_pipeline_template", "1"),
    ("perf_pipeline_source", "adults"),
    ("perf_pipeline_quarter", "2023-24-Q1"),
    ("perf_pipeline_fields", "kpi_ref value"),
)
MARKS = (
    # name, property, what it says, code, words
    ("layout", "perf_pipeline_template", "2", ReturnFault.WRONG_TEMPLATE, ["layout `2`"]),
    ("source", "perf_pipeline_source", "housing", ReturnFault.WRONG_TEMPLATE, ["`housing`"]),
    ("quarter", "perf_pipeline_quarter", "2022-23-Q1", ReturnFault.WRONG_TEMPLATE, ["Q1 2022/23"]),
    ("fields", "perf_pipeline_fields", "kpi_ref status", ReturnFault.TEMPLATE_CHANGED, ["changed"]),
)
"""Marks of templates that are not of this return."""


def layout_cases() -> Iterator[Case]:
    """Make the cases of layouts."""
    for name, content, code, words in BLOCKS:
        made = partial(bytes, content.encode())
        yield Case(f"blocks-{name}", "csv", made, Refused(code, words), _BLOCKS)
    for name, line, reason in (
        ("one-missing", "ADS-04,1,,3\n", "month_missing"),
        ("one-of-percent", "ADS-04,1,75%,3\n", "unit_mismatch"),
        ("of-a-percentage", "ADS-01,50%,60%,70%\n", "months_not_additive"),
    ):
        made = partial(bytes, f"{_MONTHS}ADS-05,1,2,4\n{line}".encode())
        yield Case(f"months-{name}", "csv", made, Rows((reason,), {"ADS-05": 7.0}), _WIDE)
    without = partial(bytes, b"Ref,Apr 2023,Jun 2023\nADS-05,1,2\n")
    missing = Refused(ReturnFault.HEADING_MISSING, ["`May 2023`"])
    yield Case("months-without-a-column", "csv", without, missing, _WIDE)
    yield from _tables()
    for name, field, said, code, words in MARKS:
        made = partial(_marked, field, said)
        yield Case(f"template-of-another-{name}", "xlsx", made, Refused(code, words))


def _tables() -> Iterator[Case]:
    """Make second tables with other columns, and figures merged over several rows."""
    again = b"Ref,Outturn,Commentary\nADS-05,7,x\n\nRef,Commentary,Outturn\nADS-04,x,3\n"
    code = Refused(ReturnFault.HEADING_REPEATED, ["stand again in row 4", "`Outturn`"])
    yield Case("second-table-with-other-columns", "csv", partial(bytes, again), code)
    merged = '<mergeCells><mergeCell ref="B2:B3"/></mergeCells>'
    made = partial(makers.xlsx, ("ADS-03", 3), ("ADS-04",), GOOD, after=merged)
    words = ("merged over rows 2 to 3",)
    rows = Rows(("not_a_number", "not_a_number"), {"ADS-05": 7.0}, words=words)
    yield Case("figure-merged-over-two-rows", "xlsx", made, rows)


def _marked(field: str, said: str) -> bytes:
    """Make a workbook with a template's mark, of which one property says something else."""
    properties = {**dict(_MARK), field: said}
    listed = "".join(
        f'<property name="{name}"><lpwstr>{text}</lpwstr></property>'
        for name, text in properties.items()
    )
    part = f"<Properties>{listed}</Properties>"
    return makers.xlsx(GOOD, more={"docProps/custom.xml": part})
