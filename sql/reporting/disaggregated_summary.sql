-- Disaggregated outturns counted by KPI and quarter. Publications in view only.
SELECT
    version.quarter_key,
    version.source_code,
    version.figure_quarter_key,
    version.kpi_ref,
    version.outturn_count,
    version.green_count,
    version.amber_count,
    version.red_count,
    version.not_rated_count,
    version.improved_count,
    version.maintained_count,
    version.declined_count,
    version.publication_id
FROM {core}disaggregated_summary_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
