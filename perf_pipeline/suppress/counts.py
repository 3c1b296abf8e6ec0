"""The counts of people that stand behind the figures of a breakdown."""

import pandas as pd

from perf_pipeline.rules import OutturnStatus

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


def is_unknown(rows: pd.DataFrame, unit_code: str) -> pd.Series:
    """Say of which rows nobody can tell how many people are behind the figure.

    Those are figures that the service withholds itself, and figures other than counts that come
    without their numerator or denominator.
    """
    is_withheld = rows["outturn_status_code"] == OutturnStatus.SUPPRESSED
    lacks_part = rows["numerator_value"].isna() | rows["denominator_value"].isna()
    is_count = (unit_code == "number") & rows[["numerator_value", "denominator_value"]].isna().all(
        axis=1
    )
    return is_withheld | (rows["outturn_value"].notna() & lacks_part & ~is_count)
