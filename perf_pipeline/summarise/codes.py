"""What codes stand for: how ratings are printed, and which codes replaced which."""

from collections.abc import Mapping

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import RagLook
from perf_pipeline.schemas import conform, findings


def rag_scheme(looks: Mapping[str, RagLook], quarter_key: str) -> pd.DataFrame:
    """List how the council prints each rating, in the order of its tables.

    Args:
        looks: How each is printed, by code.
        quarter_key: The quarter.
    """
    rows = [
        {
            "rag_code": look.rag_code,
            "rag_label": look.label,
            "colour_code": look.colour_code,
            "symbol_text": look.symbol,
            "display_order": look.display_order,
        }
        for look in looks.values()
    ]
    listed = pd.DataFrame(rows).sort_values("display_order", kind="stable")
    return conform(listed.assign(quarter_key=quarter_key), findings.RagScheme)


def organisation_changes(successors: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """List the codes that replaced others up to a quarter, oldest first.

    Args:
        successors: The register's `Successors`.
        quarter: The quarter.
    """
    listed = successors[successors["valid_from"] <= quarter.key].rename(
        columns={"valid_from": "from_quarter_key"}
    )
    listed = listed.assign(quarter_key=quarter.key)
    order = ["from_quarter_key", "unit_kind_code", "old_code", "new_code"]
    return conform(listed.sort_values(order), findings.OrganisationChanges)
