"""What a check finds: one row of `data_quality`, before it has its number."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import QualityCheck
from perf_pipeline.schemas import findings, frame_of

_OF_THE_ROW = (
    "kpi_ref",
    "kpi_name",
    "directorate_code",
    "source_code",
    "file_name",
    "sheet_name",
    "row_number",
)


class Finding(NamedTuple):
    """One finding; `place` holds the columns that say what it is about and where it stands."""

    check: QualityCheck
    text: str
    place: dict[str, Any]


def of_kpi(check: QualityCheck, row: Any, text: str) -> Finding:
    """Return a finding about a KPI, placed where its figure stands.

    Args:
        check: The check.
        row: The KPI's row of `Evidence.figures`, as a named tuple.
        text: What was found and what to do.
    """
    return Finding(check, text, {name: getattr(row, name) for name in _OF_THE_ROW})


def data_quality(found: Iterable[Finding], quarter: Quarter) -> pd.DataFrame:
    """Number findings from 1 in the order given, as `DataQuality`."""
    rows = [
        {
            "quarter_key": quarter.key,
            "finding_number": number,
            "check_code": finding.check.value,
            **dict.fromkeys(_OF_THE_ROW),
            **finding.place,
            "finding_text": finding.text,
        }
        for number, finding in enumerate(found, start=1)
    ]
    return frame_of(rows, findings.DataQuality)
