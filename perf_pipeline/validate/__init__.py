"""Return → accepted outturns, rejected rows and a ledger, so that no row is ever lost.

    rows as received ──read_row──▶ checked rows ─┬─▶ accepted outturns
                                                 ├─▶ rejected rows, with what to send instead
                                                 └─▶ ledger: read = accepted + rejected + ignored

Checked rows are every row of the return with its outcome; the rest are views of them.
"""

from perf_pipeline.validate.cells import CellContext, Figure, Problem, parse_figure
from perf_pipeline.validate.expectations import Expectations
from perf_pipeline.validate.headlines import headline_outturns, rejected_headline_refs
from perf_pipeline.validate.outcomes import (
    accepted_as_sent_rows,
    accepted_outturns,
    check_rows,
    count_mismatch,
    ledger_imbalance,
    rejected_rows,
    return_ledger,
)
from perf_pipeline.validate.problems import RowProblems, problems_of

__all__ = [
    "CellContext",
    "Expectations",
    "Figure",
    "Problem",
    "RowProblems",
    "accepted_as_sent_rows",
    "accepted_outturns",
    "check_rows",
    "count_mismatch",
    "headline_outturns",
    "ledger_imbalance",
    "parse_figure",
    "problems_of",
    "rejected_headline_refs",
    "rejected_rows",
    "return_ledger",
]
