-- Every red and amber KPI, with what the service says and will do. Publications in view only.
SELECT
    version.quarter_key,
    version.kpi_ref,
    version.kpi_name,
    version.directorate_code,
    version.directorate_name,
    version.display_order,
    version.rag_code,
    version.outturn_text,
    version.target_text,
    version.commentary_text,
    version.action_text,
    version.is_commentary_missing,
    version.is_action_missing,
    version.publication_id
FROM {core}exceptions_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
