"""What the builders of small valid frames fill in, and how they are made."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from perf_pipeline.schemas import Table, column_kinds, conform, empty, register

FrameBuilder = Callable[..., pd.DataFrame]

QUARTER = "2023-24-Q1"
IDENTITY = {"row_id": "adults::2", "source_code": "adults", "row_number": 2}
IN_FORCE = {"valid_from": QUARTER, "valid_to": None}
WHERE = {"file_name": "adults.csv", "file_sha256": "0" * 64, "sheet_name": None}
ACCEPTANCE = {
    "quarter_key": QUARTER,
    "source_code": "adults",
    "file_sha256": "0" * 64,
    "sheet_name": None,
    "row_number": 2,
    "column_code": None,
    "reason_code": "out_of_range",
    "accepted_by_role": "Head of Performance",
    "accepted_date": "2023-07-20",
    "reason_text": "Carers are counted twice where they care for two.",
}
PLACE = {
    "directorate_code": "ADS",
    "directorate_name": "Adults Services",
    "service_code": "care",
    "service_name": "Care",
}
LINKS = {
    "priority_code": "none",
    "priority_name": "Not linked to a priority",
    "theme_code": "none",
    "theme_name": "Not linked to a theme",
}
TARGET = {
    "target_value": 80.0,
    "floor_value": None,
    "lower_value": None,
    "upper_value": None,
    "target_valid_from": QUARTER,
    "target_valid_to": None,
    "rule_name": "relative",
    "rule_kind_code": "tolerance_relative",
    "tolerance_unit_code": "percent",
    "green_tolerance_value": 0.0,
    "amber_tolerance_value": 10.0,
    "improvement_comparator_code": None,
    "is_held_enough": False,
}
FIGURE = {
    "outturn_status_code": "given",
    "outturn_value": 85.0,
    "numerator_value": None,
    "denominator_value": None,
    "is_provisional": False,
    "stated_previous_value": None,
    "forecast_value": None,
    "stated_rag_code": None,
    "rating_reason_text": None,
    "raw_value_text": "85%",
    "commentary_text": None,
    "action_text": None,
    "action_owner_name": None,
    "action_due_date": None,
}
DIRECTIONS = {
    f"{name}_{period}{suffix}": value
    for period in ("previous_quarter", "last_year")
    for name, suffix, value in (
        ("direction", "_code", "not_comparable"),
        ("not_comparable", "_code", "no_earlier_figure"),
    )
} | {
    f"{period}{suffix}": None
    for period in ("previous_quarter", "last_year")
    for suffix in ("_value", "_origin_text")
}
JUDGEMENT = {
    "variance_value": 5.0,
    "shortfall_value": -5.0,
    "green_limit_value": 0.0,
    "amber_limit_value": 8.0,
    "rule_rag_code": "green",
    "rag_code": "green",
    "rating_basis_code": "rule",
    "override_role": None,
    "override_date": None,
    "override_reason_text": None,
    "not_rated_reason_code": None,
    "forecast_rag_code": None,
}
KPI = {
    "quarter_key": QUARTER,
    "kpi_ref": "ADS-01",
    "kpi_name": "Reviews done in time",
    **PLACE,
    "directorate_order": 1,
    "service_order": 1,
    **LINKS,
    "priority_order": 99,
    "theme_order": 99,
    "source_code": "adults",
    "unit_code": "percent",
    "polarity_code": "higher",
    "basis_code": "targeted",
    "is_due": True,
    "arrears_quarter_count": 0,
    "period_quarter_key": QUARTER,
    "previous_due_quarter_key": "2022-23-Q4",
    "baseline_quarter_key": None,
    "is_year_to_date": False,
    "decimal_places": 0,
    "minimum_value": 0.0,
    "maximum_value": 100.0,
    "owner_name": "Head of Care",
    "is_illustrative": True,
    **TARGET,
    "previous_target_value": None,
    "year_end_target_value": 80.0,
    "year_end_floor_value": None,
    "year_end_lower_value": None,
    "year_end_upper_value": None,
    "judging_sha256": "0" * 64,
}


def builder(model: type[Table], defaults: Mapping[str, Any]) -> FrameBuilder:
    """Make a builder; the defaults are checked once, since checking each frame takes long."""
    columns = set(column_kinds(model))

    def build(*rows: Mapping[str, Any]) -> pd.DataFrame:
        unknown = {name for row in rows for name in row} - columns
        assert not unknown, f"{model.__name__} has no {unknown}"
        if not rows:
            return empty(model)
        frame = pd.DataFrame([{**defaults, **row} for row in rows], dtype="object")
        return conform(frame, model)

    model.validate(build(IDENTITY if "row_id" in columns else {}), lazy=True)
    return build


def numbered(build: FrameBuilder, source_code: str = "adults") -> FrameBuilder:
    """Make a builder that gives each row its number and identity, the first after a heading."""

    def build_numbered(*rows: Mapping[str, Any]) -> pd.DataFrame:
        placed = []
        for number, row in enumerate(rows, start=2):
            place = {"source_code": source_code, "row_number": number} | row
            identity = f"{place['source_code']}::{place['row_number']}"
            placed.append({"row_id": identity} | place)
        return build(*placed)

    return build_numbered


def accepting(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Make the register's `AcceptedRows`: row 2 of `adults`, out of range, is taken as sent."""
    return builder(register.AcceptedRows, ACCEPTANCE)(*rows)
