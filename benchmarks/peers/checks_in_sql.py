"""What is tested of the tables of `job_in_sql`: rows that a query finds are failures."""

from collections.abc import Mapping

CHECKS: Mapping[str, tuple[str, str]] = {
    "received_is_not_empty": ("received", "select 1 where (select count(*) from {0}) = 0"),
    "received_is_numbered_once": (
        "received",
        "select row_number from {0} group by 1 having count(*) > 1",
    ),
    "checked_is_whole": ("checked", "select 1 from {0} where row_number is null"),
    "accepted_has_a_status": ("accepted", "select 1 from {0} where outturn_status_code is null"),
    "accepted_names_a_quarter": ("accepted", "select 1 from {0} where quarter_key is null"),
    "rejected_says_why": ("rejected", "select 1 from {0} where reason is null"),
    "outturns_are_of_kpis": ("outturns", "select 1 from {0} where kpi_ref is null"),
    "rated_once": ("rated", "select row_number from {0} group by 1 having count(*) > 1"),
    "rated_in_colours": (
        "rated",
        "select 1 from {0} where rag_code not in ('red', 'amber', 'green')",
    ),
    "rated_or_says_why": (
        "rated",
        "select 1 from {0} where (rag_code is null) = (not_rated_reason_code is null)",
    ),
    "published_names_its_source": ("published", "select 1 from {0} where source_code is null"),
    "summary_is_not_empty": ("summary", "select 1 where (select count(*) from {0}) = 0"),
}
"""By name, the table that a check reads and the query that finds what is wrong."""
