"""The counts of people that stand behind the figures of a breakdown."""

from typing import NamedTuple

import pandas as pd

from perf_pipeline.rules import HEADLINE, OutturnStatus

_AMOUNT_UNITS = ("gbp", "days", "weeks", "hours", "minutes", "kg")
"""Units whose numerator is an amount and no count; their denominator counts people."""

COUNTS = ("value", "numerator", "denominator", "remainder")
"""Kinds of count, in the order in which they are protected."""


def counts_of(rows: pd.DataFrame, unit_code: str) -> pd.DataFrame:
    """Return the counts of people that rows of one KPI hold.

    Args:
        rows: `AcceptedOutturns`.
        unit_code: The KPI's unit. A figure in numbers is a count. A numerator is one too, and so
            is the denominator less the numerator, but for units of money, time and weight.

    Returns:
        A column for each of `COUNTS`, under the rows' index; NaN for none.
    """
    numerator, denominator = rows["numerator_value"], rows["denominator_value"]
    remainder = denominator - numerator
    none = pd.Series(float("nan"), index=rows.index)
    is_amount = unit_code in _AMOUNT_UNITS
    columns = (
        rows["outturn_value"] if unit_code == "number" else none,
        none if is_amount else numerator,
        denominator,
        none if is_amount else remainder.where(remainder >= 0),
    )
    return pd.DataFrame(dict(zip(COUNTS, columns, strict=True)))


_PLACES = 6


class Unseen(NamedTuple):
    """What the categories of a breakdown leave of the KPI's own figure.

    Attributes:
        counts: By `COUNTS`; NaN where nothing is left, or nobody can tell.
        is_unknown: True where something may be left, and nobody here can tell how much.
    """

    counts: pd.Series
    is_unknown: bool


def unseen_counts(rows: pd.DataFrame, kind: str, unit_code: str) -> Unseen:
    """Return the people of whom a KPI's own figure tells and no category of a breakdown does.

    They are of categories that were left out, awaited or rejected: whoever takes the categories
    from the whole has them.

    Args:
        rows: `AcceptedOutturns` of one KPI and quarter, as that quarter's return has them.
        kind: The breakdown type.
        unit_code: The KPI's unit.
    """
    kinds = rows["breakdown_type_code"]
    own, part = rows[kinds == HEADLINE], rows[kinds == kind]
    sums = counts_of(rows, unit_code).groupby(kinds).sum(min_count=1).T
    # Without a figure of its own, another breakdown tells how many there are.
    others: pd.Series = sums.drop(columns=[HEADLINE, kind], errors="ignore").max(axis=1)
    whole: pd.Series = sums[HEADLINE].fillna(others) if HEADLINE in sums else others
    # Sums of decimals, such as 0.1 and 0.2, are a little off.
    left: pd.Series = (whole - sums[kind]).round(_PLACES)
    is_unclear = is_unknown(pd.concat([own, part]), unit_code).any() or (left < 0).any()
    is_told = not is_unclear and (left > 0).any()
    return Unseen(left if is_told else left * float("nan"), bool(is_unclear))


def is_withheld(rows: pd.DataFrame) -> pd.Series:
    """Say which rows' figures the service withholds itself."""
    return rows["outturn_status_code"] == OutturnStatus.SUPPRESSED


def is_unknown(rows: pd.DataFrame, unit_code: str) -> pd.Series:
    """Say of which rows nobody can tell how many people are behind the figure.

    Those are figures that the service withholds itself, and figures other than counts that come
    without their numerator or denominator.
    """
    lacks_part = rows["numerator_value"].isna() | rows["denominator_value"].isna()
    is_count = (unit_code == "number") & rows[["numerator_value", "denominator_value"]].isna().all(
        axis=1
    )
    return is_withheld(rows) | (rows["outturn_value"].notna() & lacks_part & ~is_count)
