-- Every red and amber KPI, and every one whose rating was overridden. Publications in view only.
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
    version.rag_label,
    version.rule_rag_code,
    version.override_role,
    version.override_date,
    version.override_reason_text,
    version.action_owner_name,
    version.action_due_date,
    version.publication_id
FROM {core}exceptions_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
