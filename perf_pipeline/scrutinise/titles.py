"""Check of the titles of returns: a template's heading that was left over from another quarter."""

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import QualityCheck
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding
from perf_pipeline.scrutinise.periods import named_quarters
from perf_pipeline.scrutinise.wording import quoted

_PLACE = ["source_code", "file_name", "sheet_name", "row_number"]


def other_quarter_named(evidence: Evidence) -> list[Finding]:
    """Find title rows that name quarters, but not the return's.

    The quarter that a source's figures are about is right too, where they come in arrears.
    """
    ordered = evidence.titles.sort_values([*_PLACE, "row_text"], ignore_index=True)
    found = []
    for row in rows_of(ordered):
        named = named_quarters(row.row_text)
        right = _right_quarters(evidence, row.source_code)
        if named and not any(name.is_of(quarter) for name in named for quarter in right):
            place = {name: getattr(row, name) for name in _PLACE}
            text = _text(row.row_text, evidence)
            found.append(Finding(QualityCheck.OTHER_QUARTER_NAMED, text, place))
    return found


def _right_quarters(evidence: Evidence, source_code: str) -> set[Quarter]:
    of_source = evidence.kpis["source_code"] == source_code
    periods = evidence.kpis.loc[of_source, "period_quarter_key"].unique()
    return {evidence.quarter, *(Quarter.parse(key) for key in periods)}


def _text(row_text: str, evidence: Evidence) -> str:
    return (
        f"A title of the return for {evidence.quarter.label} reads {quoted(row_text)}. Check that "
        "the figures are not those of the other quarter, and correct the title."
    )
