"""The register as it stands in one quarter: which rows hold, and each KPI with all it needs."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import UNITS, Rule
from perf_pipeline.schemas import conform, stages

_PLACE_ORDER = ["directorate_order", "directorate_code", "service_order", "service_code"]


def rows_in_force(frame: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Return the rows of a dated table that hold in a quarter, in the table's order.

    Args:
        frame: A table of the register with `valid_from` and `valid_to`.
        quarter: The quarter.
    """
    has_begun = frame["valid_from"] <= quarter.key
    has_not_ended = frame["valid_to"].isna() | (frame["valid_to"] >= quarter.key)
    return frame[has_begun & has_not_ended].reset_index(drop=True)


def join_places(services: pd.DataFrame, directorates: pd.DataFrame) -> pd.DataFrame:
    """Put each service's directorate beside it.

    Args:
        services: Services in force in a quarter.
        directorates: Directorates in force in it.

    Returns:
        A row for each service, with the names and orders of both.
    """
    services = services.rename(columns={"display_order": "service_order"})
    directorates = directorates.rename(columns={"display_order": "directorate_order"})
    return services.drop(columns=["valid_from", "valid_to"]).merge(
        directorates.drop(columns=["valid_from", "valid_to"]),
        on="directorate_code",
        how="left",
        validate="m:1",
    )


def join_targets(kpis: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Put each KPI's target beside it, with the quarters for which the target holds.

    Args:
        kpis: KPIs in force in a quarter.
        targets: Targets in force in it, one a KPI at most.
    """
    columns = {"valid_from": "target_valid_from", "valid_to": "target_valid_to"}
    dated = targets.rename(columns=columns)[["kpi_ref", "target_value", *columns.values()]]
    return kpis.merge(dated, on="kpi_ref", how="left", validate="1:1")


def fill_defaults(kpis: pd.DataFrame, rules: Mapping[str, Rule], default_rule: str) -> pd.DataFrame:
    """Fill in what a KPI leaves to its unit and to the council: its range and its rule.

    Args:
        kpis: KPIs of the register.
        rules: The council's rules, by name.
        default_rule: Rule of the KPIs that name none.
    """
    rule_names = kpis["rule_name"].fillna(default_rule)
    named = [rules[name] for name in rule_names]
    units = [UNITS[code] for code in kpis["unit_code"]]
    smallest = [np.nan if unit.minimum is None else float(unit.minimum) for unit in units]
    largest = [np.nan if unit.maximum is None else float(unit.maximum) for unit in units]
    return kpis.assign(
        minimum_value=kpis["minimum_value"].fillna(pd.Series(smallest, dtype="float64")),
        maximum_value=kpis["maximum_value"].fillna(pd.Series(largest, dtype="float64")),
        rule_name=rule_names,
        rule_kind_code=[rule.kind.value for rule in named],
        green_tolerance_value=[float(rule.green) for rule in named],
        amber_tolerance_value=[float(rule.amber) for rule in named],
    )


def join_kpis(kpis: pd.DataFrame, places: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Put service and directorate beside each KPI, and order as reports do.

    Args:
        kpis: KPIs in force in the quarter, with targets and rules.
        places: What `join_places` returns for the quarter.
        quarter: The quarter.

    Returns:
        A frame of `schemas.stages.KpisInForce`: by directorate, by service, then as registered.
    """
    frame = kpis.merge(places, on="service_code", how="left", validate="m:1")
    frame = frame.sort_values(_PLACE_ORDER, kind="stable").assign(
        quarter_key=quarter.key,
        is_due=frame["due_quarters_text"].str.contains(f"Q{quarter.number}", regex=False),
    )
    return stages.KpisInForce.validate(conform(frame, stages.KpisInForce))
