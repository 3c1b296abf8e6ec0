-- What became of each source's return. Publications in view only.
SELECT
    version.quarter_key,
    version.source_code,
    version.source_name,
    version.contact_role,
    version.return_status_code,
    version.deadline_date,
    version.received_date,
    version.due_kpi_count,
    version.missing_kpi_count,
    version.read_count,
    version.accepted_count,
    version.rejected_count,
    version.ignored_count,
    version.file_name,
    version.file_sha256,
    version.publication_id
FROM {core}return_status_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
