"""Rejected rows while small counts are hidden: their words would show them."""

from typing import NamedTuple

import pandas as pd

from perf_pipeline.rules import HEADLINE, SUPPRESSED_MARK, RowOutcome, SmallNumbers
from perf_pipeline.schemas import conform, stages, withheld

_INSTEAD = (
    f"{SUPPRESSED_MARK} What the row holds is withheld: its return has a breakdown whose small "
    "numbers are suppressed, or may have, or its KPI is not known. The reason's code says what is "
    "wrong, and docs/cells.md what to send instead; `perf-pipeline rejects` shows the row to the "
    "council."
)


class Withheld(NamedTuple):
    """What readers may see of rejected rows, and what they may not.

    Attributes:
        rejected: `CheckedRows`: the same rows, without what could be a small count.
        rows: `WithheldRows`: what those held, for the council alone.
    """

    rejected: pd.DataFrame
    rows: pd.DataFrame


def withhold_rejections(
    rejected: pd.DataFrame, checked: pd.DataFrame, rule: SmallNumbers
) -> Withheld:
    """Take out of rejected rows what they hold, where that could be a small count of people.

    A whole row may tell of a group in a column that nobody mapped, or in a reference that is none:
    so the text of every row is withheld. The sentences that quote its cells are withheld where the
    KPI is not known, and in returns that have rows of a protected breakdown.

    Args:
        rejected: Rejected `CheckedRows`.
        checked: All `CheckedRows` of the same returns.
        rule: Which breakdowns are protected. A row whose breakdown cannot be told may be of one.
            Where none is, nothing is withheld.
    """
    if rejected.empty or not rule.covers_any:
        return Withheld(rejected, conform(_held(rejected.iloc[:0]), withheld.WithheldRows))
    sources = checked.loc[may_be_protected(checked, rule), "source_code"]
    is_quoted = rejected["kpi_ref"].isna() | rejected["source_code"].isin(sources)
    masked = rejected.assign(row_text=SUPPRESSED_MARK)
    masked["raw_value_text"] = masked["raw_value_text"].mask(is_quoted, SUPPRESSED_MARK)
    for column in ("commentary_text", "action_text"):
        masked[column] = masked[column].mask(is_quoted)
    masked["outcome_text"] = masked["outcome_text"].mask(is_quoted, _INSTEAD)
    kept = conform(_held(rejected), withheld.WithheldRows)
    return Withheld(conform(masked, stages.CheckedRows), kept)


def _held(rejected: pd.DataFrame) -> pd.DataFrame:
    return rejected.assign(quarter_key=rejected["return_quarter_key"])


def may_be_protected(checked: pd.DataFrame, rule: SmallNumbers) -> pd.Series:
    """Say which rows of `CheckedRows` are of a protected breakdown, or of one that is not told."""
    kinds = checked["breakdown_type_code"]
    shown = [HEADLINE, *(kind for kind in kinds.dropna().unique() if not rule.covers(kind))]
    is_read = checked["row_outcome_code"] != RowOutcome.IGNORED
    return is_read & ~kinds.isin(shown) & rule.covers_any
