"""Every problem of a return's rejected rows, each with the field in whose cell it stands."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from perf_pipeline.rules import RowOutcome
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.source_entries import ReturnField
from perf_pipeline.validate.cells import Problem
from perf_pipeline.validate.expectations import Expectations
from perf_pipeline.validate.rows import read_row


class RowProblems(NamedTuple):
    """A rejected row.

    Attributes:
        row: Its place in the frame of the return's rows, counted from 0.
        kpi_ref: Its KPI; null where it is not known.
        problems: What is wrong with it.
    """

    row: int
    kpi_ref: str | None
    problems: list[Problem]


def problems_of(
    rows: pd.DataFrame, checked: pd.DataFrame, expected: Expectations
) -> Iterator[RowProblems]:
    """Say what is wrong with every rejected row of a return, in their order.

    Args:
        rows: `ReturnRows`.
        checked: What `check_rows` made of them.
        expected: What they were checked against.
    """
    pairs = zip(rows_of(rows), rows_of(checked), strict=True)
    for number, (row, outcome) in enumerate(pairs):
        if outcome.row_outcome_code == RowOutcome.REJECTED:
            yield RowProblems(number, _ref(outcome), _problems(row, outcome, expected))


def _ref(outcome: Any) -> str | None:
    return None if pd.isna(outcome.kpi_ref) else str(outcome.kpi_ref)


def _problems(row: Any, outcome: Any, expected: Expectations) -> list[Problem]:
    """Read the row again; where only other rows spoil it, say what became of it."""
    own = read_row(row, expected).problems
    if own:
        return own
    return [Problem(outcome.outcome_reason_code, outcome.outcome_text, ReturnField.KPI_REF)]
