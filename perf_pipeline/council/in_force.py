"""The register as it stands in one quarter: which rows hold, and each KPI with all it needs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import UNITS, UNLINKED, WHOLE_COUNCIL, Rule
from perf_pipeline.schemas import Table, conform, frame_of, register, stages
from perf_pipeline.schemas.distinct import validate_distinct
from perf_pipeline.schemas.records import places_of

_PLACE_ORDER = ["directorate_order", "directorate_code", "service_order", "service_code"]
_NOT_BESIDE_A_KPI = {"display_order", "valid_from", "valid_to"}
_WHOLE_COUNCIL_NAME = "Whole council"


def rows_in_force(frame: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Return the rows of a dated table that hold in a quarter, in the table's order.

    Args:
        frame: A table of the register with `valid_from` and `valid_to`.
        quarter: The quarter.
    """
    has_begun = frame["valid_from"] <= quarter.key
    has_not_ended = frame["valid_to"].isna() | (frame["valid_to"] >= quarter.key)
    return frame[has_begun & has_not_ended].reset_index(drop=True)


def directorates_of(
    directorates: pd.DataFrame, kpis: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Return a quarter's directorates in the order of reports.

    Args:
        directorates: The register's `Directorates`.
        kpis: KPIs of the register that hold in the quarter.
        quarter: The quarter.

    Returns:
        `Directorates` in force; where a KPI belongs to the whole council, a last row for that.
    """
    rows = _by_display_order(rows_in_force(directorates, quarter))
    if kpis["service_code"].notna().all():
        return rows
    whole = {
        "directorate_code": WHOLE_COUNCIL,
        "directorate_name": _WHOLE_COUNCIL_NAME,
        "display_order": _next_order(rows),
        "valid_from": quarter.key,
    }
    return _appended(rows, whole, register.Directorates)


def services_of(services: pd.DataFrame, kpis: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Return a quarter's services by their place within their directorate.

    Args:
        services: The register's `Services`.
        kpis: KPIs of the register that hold in the quarter.
        quarter: The quarter.

    Returns:
        `Services` in force; where a KPI belongs to the whole council, a last row for that.
    """
    rows = _by_display_order(rows_in_force(services, quarter))
    if kpis["service_code"].notna().all():
        return rows
    whole = {
        "service_code": WHOLE_COUNCIL,
        "service_name": _WHOLE_COUNCIL_NAME,
        "directorate_code": WHOLE_COUNCIL,
        "display_order": 1,
        "valid_from": quarter.key,
    }
    return _appended(rows, whole, register.Services)


def priorities_of(priorities: pd.DataFrame, kpis: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Return a quarter's Council Plan priorities in the order of reports.

    Args:
        priorities: The register's `Priorities`.
        kpis: KPIs of the register that hold in the quarter.
        quarter: The quarter.

    Returns:
        `Priorities` in force; where a KPI is linked to none, a last row for that.
    """
    rows = _by_display_order(rows_in_force(priorities, quarter))
    return _with_unlinked(rows, kpis, "priority", quarter, register.Priorities)


def themes_of(themes: pd.DataFrame, kpis: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Return a quarter's themes in the order of reports.

    Args:
        themes: The register's `Themes`.
        kpis: KPIs of the register that hold in the quarter.
        quarter: The quarter.

    Returns:
        `Themes` in force; where a KPI is linked to none, a last row for that.
    """
    rows = _by_display_order(rows_in_force(themes, quarter))
    return _with_unlinked(rows, kpis, "theme", quarter, register.Themes)


def join_places(
    kpis: pd.DataFrame, services: pd.DataFrame, directorates: pd.DataFrame
) -> pd.DataFrame:
    """Put each KPI's service and directorate beside it; the whole council where it has none.

    Args:
        kpis: KPIs in force in a quarter.
        services: What `services_of` returns for it.
        directorates: What `directorates_of` returns for it.
    """
    placed = kpis.assign(service_code=kpis["service_code"].fillna(WHOLE_COUNCIL))
    return _looked_up(_looked_up(placed, "service", services), "directorate", directorates)


def join_links(kpis: pd.DataFrame, priorities: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """Put each KPI's priority and theme beside it; `none` where it is linked to none.

    Args:
        kpis: KPIs in force in a quarter.
        priorities: What `priorities_of` returns for it.
        themes: What `themes_of` returns for it.
    """
    linked = kpis.assign(
        priority_code=kpis["priority_code"].fillna(UNLINKED),
        theme_code=kpis["theme_code"].fillna(UNLINKED),
    )
    return _looked_up(_looked_up(linked, "priority", priorities), "theme", themes)


def fill_defaults(kpis: pd.DataFrame, rules: Mapping[str, Rule], default_rule: str) -> pd.DataFrame:
    """Fill in what a KPI leaves to its unit and to the council: its range and its rule.

    Args:
        kpis: KPIs of the register.
        rules: The council's rules, by name.
        default_rule: Rule of the KPIs that name none.
    """
    rule_names = kpis["rule_name"].fillna(default_rule)
    units = [UNITS[code] for code in kpis["unit_code"]]
    smallest = [np.nan if unit.minimum is None else float(unit.minimum) for unit in units]
    largest = [np.nan if unit.maximum is None else float(unit.maximum) for unit in units]
    facts = {name: _rule_facts(rules[name]) for name in rule_names.unique()}
    return kpis.assign(
        minimum_value=kpis["minimum_value"].fillna(pd.Series(smallest, dtype="float64")),
        maximum_value=kpis["maximum_value"].fillna(pd.Series(largest, dtype="float64")),
        rule_name=rule_names,
        **{fact: [facts[name][fact] for name in rule_names] for fact in _RULE_FACTS},
    )


def in_order_of_reports(kpis: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Order KPIs with all that stands beside them as reports do.

    Args:
        kpis: KPIs in force in the quarter, with places, links, rules, times and targets.
        quarter: The quarter.

    Returns:
        A frame of `schemas.stages.KpisInForce`: by directorate, by service, then as registered.
    """
    frame = kpis.sort_values(_PLACE_ORDER, kind="stable").assign(quarter_key=quarter.key)
    ordered = conform(frame, stages.KpisInForce)
    validate_distinct(ordered, stages.KpisInForce)
    return ordered


_RULE_FACTS = (
    "rule_kind_code",
    "tolerance_unit_code",
    "green_tolerance_value",
    "amber_tolerance_value",
    "improvement_comparator_code",
    "is_held_enough",
)


def _rule_facts(rule: Rule) -> dict[str, Any]:
    unit, comparator = rule.tolerance_unit, rule.comparator
    facts = (
        rule.kind.value,
        unit.value if unit else None,
        float(rule.green),
        np.nan if rule.amber is None else float(rule.amber),
        comparator.value if comparator else None,
        rule.is_held_enough,
    )
    return dict(zip(_RULE_FACTS, facts, strict=True))


def _looked_up(kpis: pd.DataFrame, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Put a table's row, without its dates, beside each KPI by its code: a join m:1.

    Raises:
        ValueError: The table has a code twice.
    """
    code = f"{name}_code"
    places = places_of(kpis[code], table[code], f"Rows of the table of each {name}")
    left_out = _NOT_BESIDE_A_KPI | {code}
    kept = {column: column for column in table.columns if column not in left_out}
    columns = {"display_order": f"{name}_order"} | kept
    return kpis.assign(
        **{
            new: table[column].array.take(places, allow_fill=True)
            for column, new in columns.items()
        }
    )


def _by_display_order(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("display_order", kind="stable", ignore_index=True)


def _next_order(frame: pd.DataFrame) -> int:
    return 1 if frame.empty else int(frame["display_order"].max()) + 1


def _appended(frame: pd.DataFrame, row: Mapping[str, Any], model: type[Table]) -> pd.DataFrame:
    last = frame_of([{**dict.fromkeys(frame.columns), **row}], model)
    return pd.concat([frame, last], ignore_index=True)


def _with_unlinked(
    frame: pd.DataFrame, kpis: pd.DataFrame, name: str, quarter: Quarter, model: type[Table]
) -> pd.DataFrame:
    if kpis[f"{name}_code"].notna().all():
        return frame
    unlinked = {
        f"{name}_code": UNLINKED,
        f"{name}_name": f"Not linked to a {name}",
        "display_order": _next_order(frame),
        "valid_from": quarter.key,
    }
    return _appended(frame, unlinked, model)
