"""Accepted outturns and the register's history → the earlier figures to compare with."""

import itertools
from collections.abc import Mapping

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE
from perf_pipeline.schemas import conform, stages

QUARTERS_BACK = 12
"""How many quarters back returns are read; older figures come from the register's history."""

_OTHER_KEYS = [
    "quarter_key",
    "return_quarter_key",
    "breakdown_type_code",
    "breakdown_category_code",
]
_STATEMENT = ["kpi_ref", "quarter_key", "return_quarter_key"]
_BEFORE_ANY_RETURN = ""
"""Sorts the register's history before every return, so that any return replaces it."""


def comparator_outturns(
    accepted: pd.DataFrame, history: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Find the figures of all earlier quarters, each as it was last stated.

    Args:
        accepted: `AcceptedOutturns` of this quarter's returns and of the earlier ones'.
        history: The register's `History`, for quarters before the pipeline.
        quarter: The quarter to be compared.

    Returns:
        `ComparatorOutturns` by KPI and quarter. A figure that a later return restates counts as
        restated, one that it withdraws counts as none; the register's history is used where no
        return speaks of it.

    Raises:
        ValueError: A return, or the history, states one KPI's figure of one quarter twice.
    """
    columns = [*stages.ComparatorOutturns.to_schema().columns, "return_quarter_key"]
    statements = [_recorded(history), _stated(accepted)]
    figures = pd.concat([frame[columns] for frame in statements], ignore_index=True)
    figures = figures[figures["quarter_key"] < quarter.key].sort_values(_STATEMENT)
    twice = figures.loc[figures.duplicated(_STATEMENT), "kpi_ref"].unique()
    if len(twice):
        raise ValueError(f"Stated twice for one quarter by one return: {', '.join(twice)}.")
    latest = figures.drop_duplicates(["kpi_ref", "quarter_key"], keep="last")
    return conform(latest.dropna(subset=["outturn_value"]), stages.ComparatorOutturns)


def under_present_refs(figures: pd.DataFrame, predecessors: Mapping[str, str]) -> pd.DataFrame:
    """Put figures of KPIs that were replaced under the references that replaced them.

    Args:
        figures: `AcceptedOutturns` or the register's `History`.
        predecessors: New reference by old, where one KPI alone replaced one alone.

    Returns:
        The same columns; where both references have a figure of one quarter by one return, that
        of the new one.
    """
    former = figures["kpi_ref"].tolist()
    present = [predecessors.get(ref, ref) for ref in former]
    others = [figures[name].tolist() for name in _OTHER_KEYS if name in figures]
    keys = list(zip(present, *others, strict=True))
    is_own = [new == old for new, old in zip(present, former, strict=True)]
    own_keys = set(itertools.compress(keys, is_own))
    # Of a chain of references the last one in the frame speaks, where several have a figure.
    spoken = {key: place for place, key in enumerate(keys) if is_own[place] or key not in own_keys}
    renamed = figures.assign(kpi_ref=pd.Series(present, index=figures.index, dtype="str"))
    return renamed.iloc[sorted(spoken.values())].reset_index(drop=True)


def _recorded(history: pd.DataFrame) -> pd.DataFrame:
    return history.assign(
        is_provisional=False,
        commentary_text=None,
        origin_text="register/history.csv",
        return_quarter_key=_BEFORE_ANY_RETURN,
    )


def _stated(accepted: pd.DataFrame) -> pd.DataFrame:
    headline = accepted[accepted["breakdown_type_code"] == HEADLINE]
    place = [
        ", ".join([file, *([] if pd.isna(sheet) else [f"sheet {sheet}"]), f"row {row}"])
        for file, sheet, row in zip(
            headline["file_name"], headline["sheet_name"], headline["row_number"], strict=True
        )
    ]
    return headline.assign(origin_text=place)
