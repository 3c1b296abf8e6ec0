"""Rejected rows of breakdowns whose small counts are hidden: their words would show them."""

from typing import NamedTuple

import pandas as pd

from perf_pipeline.rules import HEADLINE, SUPPRESSED_MARK, SmallNumbers
from perf_pipeline.schemas import conform, stages, withheld

_PLACE = ["source_code", "file_name", "sheet_name", "row_number"]
_INSTEAD = (
    f"{SUPPRESSED_MARK} What the row holds is withheld, as it is of a breakdown whose small "
    "numbers are suppressed, or may be. Look at the return itself: the reason's code says what is "
    "wrong, and docs/cells.md what to send instead."
)


class Withheld(NamedTuple):
    """What readers may see of rejected rows, and what they may not.

    Attributes:
        rejected: `CheckedRows`: the same rows, protected ones without what they hold.
        rows: `WithheldRows`: what those held, for the council alone.
    """

    rejected: pd.DataFrame
    rows: pd.DataFrame


def withhold_rejections(
    rejected: pd.DataFrame, checked: pd.DataFrame, rule: SmallNumbers
) -> Withheld:
    """Take out of rejected rows what they hold, where that could be a small count of people.

    Args:
        rejected: Rejected `CheckedRows`.
        checked: All `CheckedRows` of the same returns: a row of a wide return holds figures of
            several, and so does the text of each.
        rule: Which breakdowns are protected. A row whose breakdown cannot be told may be of one.
    """
    is_protected = _is_protected(rejected["breakdown_type_code"], rule)
    is_beside = is_protected | _stands_in(rejected, checked, rule)
    masked = rejected.copy()
    masked["row_text"] = masked["row_text"].mask(is_beside, SUPPRESSED_MARK)
    masked["raw_value_text"] = masked["raw_value_text"].mask(is_protected, SUPPRESSED_MARK)
    for column in ("commentary_text", "action_text"):
        masked[column] = masked[column].mask(is_protected)
    masked["outcome_text"] = masked["outcome_text"].mask(is_protected, _INSTEAD)
    held = rejected.assign(quarter_key=rejected["return_quarter_key"])[is_beside]
    return Withheld(conform(masked, stages.CheckedRows), conform(held, withheld.WithheldRows))


def _is_protected(kinds: pd.Series, rule: SmallNumbers) -> pd.Series:
    known = kinds.dropna().unique()
    shown = [HEADLINE, *(kind for kind in known if not rule.covers(kind))]
    return ~kinds.isin(shown) & rule.covers_any


def _stands_in(rejected: pd.DataFrame, checked: pd.DataFrame, rule: SmallNumbers) -> pd.Series:
    """Say which rejected rows stand in one row of a sheet with a figure that is protected."""
    is_told = checked["breakdown_type_code"].notna()
    protected = checked[is_told & _is_protected(checked["breakdown_type_code"], rule)]
    frames = (each[_PLACE].fillna({"sheet_name": ""}) for each in (rejected, protected))
    places, wide = map(pd.MultiIndex.from_frame, frames)
    return pd.Series(places.isin(wide), index=rejected.index)
