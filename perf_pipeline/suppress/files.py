"""Digests of returns that hold what readers may not see, and tables without them."""

import pandas as pd

from perf_pipeline.rules import HEADLINE, SUPPRESSED_MARK, OutturnStatus, RowOutcome, SmallNumbers
from perf_pipeline.schemas import conform, withheld
from perf_pipeline.suppress.rejections import may_be_protected


def withheld_files(checked: pd.DataFrame, rule: SmallNumbers) -> pd.DataFrame:
    """Return the files of which anything is withheld, or may be.

    Who knows the rest of a return could try figures until the digest of the whole fits. So it is
    withheld of every return with a row of a protected breakdown, a rejected row, or a category
    that the service suppresses itself.

    Args:
        checked: All `CheckedRows` of the quarter's returns.
        rule: Which breakdowns are protected.

    Returns:
        `WithheldFiles`.
    """
    is_rejected = checked["row_outcome_code"] == RowOutcome.REJECTED
    is_marked = (checked["outturn_status_code"] == OutturnStatus.SUPPRESSED) & (
        checked["breakdown_type_code"] != HEADLINE
    )
    is_withheld = may_be_protected(checked, rule) | (is_rejected & rule.covers_any) | is_marked
    files = checked.assign(quarter_key=checked["return_quarter_key"])[is_withheld]
    return conform(files.drop_duplicates("source_code"), withheld.WithheldFiles)


def without_digests(table: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    """Return a reporting table with `[c]` for the digest of each file that is withheld.

    Args:
        table: Any reporting table; one without `file_sha256` is returned as it is.
        files: `WithheldFiles` of the quarter.
    """
    if "file_sha256" not in table:
        return table
    is_hidden = table["source_code"].isin(files["source_code"]) & table["file_sha256"].notna()
    return table.assign(file_sha256=table["file_sha256"].mask(is_hidden, SUPPRESSED_MARK))
