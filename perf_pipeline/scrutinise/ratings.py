"""Checks of ratings that somebody states or overrides against what the rule says."""

from typing import Any

import pandas as pd

from perf_pipeline.rules import QualityCheck, RuleKind
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.evidence import Evidence
from perf_pipeline.scrutinise.findings import Finding, of_kpi


def stated_rating_differs(evidence: Evidence) -> list[Finding]:
    """Find returns that state another rating than the KPI's rule gives."""
    figures = evidence.figures
    is_ruled = figures["rule_kind_code"] != RuleKind.JUDGEMENT
    is_stated = figures["stated_rag_code"].notna()
    is_other = figures["stated_rag_code"] != figures["rule_rag_code"]
    found = []
    for row in rows_of(figures[is_ruled & is_stated & is_other]):
        text = (
            f"The return states {evidence.label(row.stated_rag_code)}, and by the rule "
            f"`{row.rule_name}` it is {evidence.label(row.rule_rag_code)}"
            f"{_reason(row.rule_rag_code, row.not_rated_reason_code)}. Settle with the service "
            "which is right: the figure, the target, or their rating."
        )
        found.append(of_kpi(QualityCheck.STATED_RATING_DIFFERS, row, text))
    return found


def override_without_rating(evidence: Evidence) -> list[Finding]:
    """Find overrides of the quarter that have no rating to take the place of."""
    of_quarter = evidence.overrides["quarter_key"] == evidence.quarter.key
    overrides = evidence.overrides.loc[of_quarter, ["kpi_ref", "rag_code"]]
    overrides = overrides.rename(columns={"rag_code": "override_rag_code"})
    columns = ["kpi_ref", "kpi_name", "directorate_code", "display_order"]
    columns += ["rule_rag_code", "not_rated_reason_code"]
    joined = overrides.merge(evidence.figures[columns], on="kpi_ref", how="left", validate="m:1")
    idle = joined[joined["rule_rag_code"].isna()]
    idle = idle.sort_values(["display_order", "kpi_ref", "override_rag_code"])
    return [
        Finding(
            QualityCheck.OVERRIDE_WITHOUT_RATING,
            f"The override to {evidence.label(row.override_rag_code)} has no effect: "
            f"{_nothing_to_override(row.display_order, row.not_rated_reason_code)}. Take it out of "
            "register/overrides.csv, or obtain what the rating lacks.",
            {
                "kpi_ref": row.kpi_ref,
                "kpi_name": row.kpi_name,
                "directorate_code": row.directorate_code,
                "file_name": "register/overrides.csv",
            },
        )
        for row in rows_of(idle)
    ]


def _nothing_to_override(display_order: Any, reason_code: object) -> str:
    if pd.isna(display_order):
        return "the KPI is not live in the quarter"
    return f"the KPI has no rating{_reason(None, reason_code)}"


def _reason(rag_code: Any, reason_code: object) -> str:
    """Return why there is no rating, in brackets; nothing where there is one."""
    return f" ({reason_code})" if pd.isna(rag_code) and isinstance(reason_code, str) else ""
