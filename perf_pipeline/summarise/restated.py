"""Figures of earlier quarters that the quarter's returns state otherwise than they stood."""

import numpy as np
import pandas as pd

from perf_pipeline.exact import is_at_most
from perf_pipeline.rules import HEADLINE, RestatementKind
from perf_pipeline.schemas import conform, reporting

_KEY = ["kpi_ref", "restated_quarter_key"]


def restatements(
    accepted: pd.DataFrame,
    rated: pd.DataFrame,
    earlier: pd.DataFrame,
    history: pd.DataFrame,
    comparators: pd.DataFrame,
    kpis: pd.DataFrame,
    quarter_key: str,
) -> pd.DataFrame:
    """List figures of earlier quarters that the quarter's returns state anew.

    A row of its own restates a figure. A previous value that a return states beside a current
    figure is listed where it differs from what is known, and no such row speaks of that quarter.
    A difference of half a unit of the KPI's last decimal place is none: figures are stated as
    they were printed.

    Args:
        accepted: `AcceptedOutturns` of the quarter's returns.
        rated: `RatedOutturns` of the quarter.
        earlier: `AcceptedOutturns` of the earlier quarters' returns; the latest one before this
            quarter is what a row of its own restates.
        history: The register's `History`: what it restates where no return spoke of the quarter.
        comparators: `ComparatorOutturns`: the earlier figures as they stand now.
        kpis: `KpisInForce`.
        quarter_key: The quarter of the returns.

    Returns:
        `Restatements` by KPI and quarter, one of each at most.
    """
    restated = _restated(accepted, earlier, history, quarter_key)
    stated = _stated_beside(rated, comparators, kpis)
    spoken_of = pd.MultiIndex.from_frame(restated[_KEY])
    stated = stated[~pd.MultiIndex.from_frame(stated[_KEY]).isin(spoken_of)]
    names = kpis[["kpi_ref", "kpi_name"]]
    listed = pd.concat(
        [frame.merge(names, on="kpi_ref", validate="m:1") for frame in (restated, stated)],
        ignore_index=True,
    )
    listed = listed.assign(quarter_key=quarter_key)
    return conform(listed.sort_values(_KEY), reporting.Restatements)


def _restated(
    accepted: pd.DataFrame, earlier: pd.DataFrame, history: pd.DataFrame, quarter_key: str
) -> pd.DataFrame:
    is_restated = (accepted["quarter_key"] < quarter_key) & (
        accepted["breakdown_type_code"] == HEADLINE
    )
    restated = accepted[is_restated].rename(
        columns={"quarter_key": "restated_quarter_key", "outturn_value": "restated_value"}
    )
    returned = earlier[earlier["breakdown_type_code"] == HEADLINE]
    recorded = history.assign(return_quarter_key="", is_provisional=False)
    columns = ["kpi_ref", "quarter_key", "return_quarter_key", "outturn_value", "is_provisional"]
    was = pd.concat([recorded[columns], returned[columns]], ignore_index=True).rename(
        columns={
            "quarter_key": "restated_quarter_key",
            "outturn_value": "earlier_value",
            "is_provisional": "has_provisional_figure",
        }
    )
    was = was.sort_values("return_quarter_key").drop_duplicates(_KEY, keep="last")
    was = was[[*_KEY, "earlier_value", "has_provisional_figure"]]
    restated = restated.merge(was, on=_KEY, how="left", validate="m:1")
    return restated.assign(
        restatement_kind_code=RestatementKind.RESTATED.value,
        has_provisional_figure=_is_true(restated["has_provisional_figure"]),
    )


def _stated_beside(
    rated: pd.DataFrame, comparators: pd.DataFrame, kpis: pd.DataFrame
) -> pd.DataFrame:
    facts = kpis[["kpi_ref", "previous_due_quarter_key", "decimal_places"]].rename(
        columns={"previous_due_quarter_key": "restated_quarter_key"}
    )
    known = comparators[["kpi_ref", "quarter_key", "outturn_value", "is_provisional"]].rename(
        columns={
            "quarter_key": "restated_quarter_key",
            "outturn_value": "earlier_value",
            "is_provisional": "has_provisional_figure",
        }
    )
    stated = rated[rated["stated_previous_value"].notna()].rename(
        columns={"stated_previous_value": "restated_value"}
    )
    stated = stated.merge(facts, on="kpi_ref", validate="1:1").merge(
        known, on=_KEY, how="left", validate="1:1"
    )
    stated = stated[~_agrees(stated)]
    return stated.assign(
        restatement_kind_code=RestatementKind.STATED_PREVIOUS.value,
        has_provisional_figure=_is_true(stated["has_provisional_figure"]),
    )


def _agrees(stated: pd.DataFrame) -> pd.Series:
    """Tell where a stated value is the known one as printed; a figure not known never is."""
    half_units = [float(f"5e{-int(places) - 1}") for places in stated["decimal_places"]]
    agrees = is_at_most(
        lambda ours, theirs, half_unit: (abs(ours - theirs), half_unit),
        stated["earlier_value"].to_numpy(dtype=np.float64),
        stated["restated_value"].to_numpy(dtype=np.float64),
        np.array(half_units, dtype=np.float64),
    )
    return pd.Series(agrees, index=stated.index)


def _is_true(flags: pd.Series) -> pd.Series:
    """Take a flag that a left join did not find as no."""
    return flags.astype("boolean").fillna(value=False).astype("bool")
