"""What directorates say in words: key issues, and indicators in development."""

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import conform, reporting


def key_issues(notes: pd.DataFrame, directorates: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """List each directorate's issues, and say so where it has none.

    Args:
        notes: The register's `KeyIssueNotes`.
        directorates: The register's `Directorates` in force in the quarter.
        quarter: The quarter.
    """
    raised = notes[notes["quarter_key"] == quarter.key].drop(columns="quarter_key")
    named = directorates[["directorate_code", "directorate_name", "display_order"]]
    listed = named.merge(raised, on="directorate_code", how="left", validate="1:m")
    listed["issue_order"] = listed["issue_order"].fillna(0)
    listed["issue_text"] = listed["issue_text"].fillna(
        f"No issues to highlight for {quarter.long_label}"
    )
    listed = listed.assign(quarter_key=quarter.key)
    return conform(listed.sort_values(["display_order", "issue_order"]), reporting.KeyIssues)


def indicators_in_development(
    in_development: pd.DataFrame, directorates: pd.DataFrame, quarter_key: str
) -> pd.DataFrame:
    """List what directorates are working on.

    Args:
        in_development: The register's `InDevelopment` in force in the quarter.
        directorates: The register's `Directorates` in force in the quarter.
        quarter_key: The quarter.
    """
    named = directorates[["directorate_code", "directorate_name", "display_order"]]
    listed = in_development.merge(named, on="directorate_code", validate="m:1")
    listed = listed.assign(quarter_key=quarter_key)
    order = ["display_order", "indicator_order"]
    return conform(listed.sort_values(order), reporting.IndicatorsInDevelopment)
