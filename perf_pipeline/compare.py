"""Rated outturns and earlier figures → each KPI's direction of travel."""

from collections.abc import Sequence

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import HEADLINE, Direction, NotComparableReason, Polarity
from perf_pipeline.schemas import conform, stages

QUARTERS_BACK = 4
"""How far back figures are compared; a return of any quarter between may restate them."""


def compared_quarters(quarter: Quarter) -> tuple[Quarter, Quarter]:
    """Return what a quarter is compared with: the one before, and the same one last year."""
    return quarter.previous, quarter.last_year


def comparator_outturns(
    accepted: pd.DataFrame, history: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Find the earlier figures to compare a quarter with, each as it was last stated.

    Args:
        accepted: `AcceptedOutturns` of this quarter's returns and of the earlier ones'.
        history: The register's `History`, for quarters before the pipeline.
        quarter: The quarter to be compared.

    Returns:
        `ComparatorOutturns`. A figure that a later return restates counts as restated, one that
        it withdraws counts as none; the register's history is used where no return speaks of it.
    """
    stated = _stated(accepted)
    recorded = history.assign(
        commentary_text=None, origin_text="register/history.csv", return_quarter_key=""
    )
    columns = [*stages.ComparatorOutturns.to_schema().columns, "return_quarter_key"]
    figures = pd.concat([recorded[columns], stated[columns]], ignore_index=True)
    wanted = [compared.key for compared in compared_quarters(quarter)]
    figures = figures[figures["quarter_key"].isin(wanted)]
    latest = figures.sort_values(["kpi_ref", "quarter_key", "return_quarter_key"]).drop_duplicates(
        ["kpi_ref", "quarter_key"], keep="last"
    )
    return conform(latest.dropna(subset=["outturn_value"]), stages.ComparatorOutturns)


def _stated(accepted: pd.DataFrame) -> pd.DataFrame:
    headline = accepted[accepted["breakdown_type_code"] == HEADLINE]
    place = [
        ", ".join([file, *([] if pd.isna(sheet) else [f"sheet {sheet}"]), f"row {row}"])
        for file, sheet, row in zip(
            headline["file_name"], headline["sheet_name"], headline["row_number"], strict=True
        )
    ]
    return headline.assign(origin_text=place)


def compare_outturns(
    rated: pd.DataFrame, comparators: pd.DataFrame, kpis: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Compare each KPI's figure with the quarter before and the same quarter last year.

    Args:
        rated: `RatedOutturns`.
        comparators: `ComparatorOutturns`.
        kpis: `KpisInForce`.
        quarter: The quarter of the rated outturns.

    Returns:
        `ComparedOutturns`, one row for each KPI. A year-to-date KPI has no direction against the
        quarter before, since its figures only ever grow within a year.
    """
    facts = kpis[["kpi_ref", "polarity_code", "is_year_to_date"]]
    compared = rated.merge(facts, on="kpi_ref", validate="1:1")
    previous, last_year = compared_quarters(quarter)
    compared = _with_earlier(compared, comparators, previous, "previous_quarter")
    compared = _with_earlier(compared, comparators, last_year, "last_year")
    compared = _with_direction(compared, "previous_quarter", compared["is_year_to_date"])
    never = pd.Series(data=False, index=compared.index)
    compared = _with_direction(compared, "last_year", never)
    same_figure = compared["outturn_value"] == compared["previous_quarter_value"]
    same_words = compared["commentary_text"] == compared["previous_quarter_commentary"]
    return conform(compared.assign(is_unchanged=same_figure & same_words), stages.ComparedOutturns)


def _with_earlier(
    compared: pd.DataFrame, comparators: pd.DataFrame, quarter: Quarter, name: str
) -> pd.DataFrame:
    earlier = comparators.loc[comparators["quarter_key"] == quarter.key].rename(
        columns={
            "outturn_value": f"{name}_value",
            "origin_text": f"{name}_origin_text",
            "commentary_text": f"{name}_commentary",
        }
    )
    return compared.merge(
        earlier.drop(columns="quarter_key"), on="kpi_ref", how="left", validate="1:1"
    )


def _with_direction(compared: pd.DataFrame, name: str, is_year_to_date: pd.Series) -> pd.DataFrame:
    change = compared["outturn_value"] - compared[f"{name}_value"]
    gain = change.where(compared["polarity_code"] == Polarity.HIGHER, -change)
    direction = pd.Series(Direction.MAINTAINED.value, index=compared.index, dtype="str")
    direction = direction.mask(gain > 0, Direction.IMPROVED.value)
    direction = direction.mask(gain < 0, Direction.DECLINED.value)
    reasons = _first_reason(
        compared.index,
        [
            (compared["outturn_value"].isna(), NotComparableReason.NO_FIGURE),
            (compared["polarity_code"] == Polarity.NONE, NotComparableReason.NO_POLARITY),
            (is_year_to_date, NotComparableReason.YEAR_TO_DATE),
            (compared[f"{name}_value"].isna(), NotComparableReason.NO_EARLIER_FIGURE),
        ],
    )
    return compared.assign(
        **{
            f"direction_{name}_code": direction.mask(
                reasons.notna(), Direction.NOT_COMPARABLE.value
            ),
            f"not_comparable_{name}_code": reasons,
        }
    )


def _first_reason(
    index: pd.Index, conditions: Sequence[tuple[pd.Series, NotComparableReason]]
) -> pd.Series:
    reasons = pd.Series(None, index=index, dtype="str")
    for condition, reason in conditions:
        reasons = reasons.mask(reasons.isna() & condition, reason.value)
    return reasons
