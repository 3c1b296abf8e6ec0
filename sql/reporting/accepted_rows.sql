-- Rejected rows that a named role accepted as they were sent. Publications in view only.
SELECT
    version.quarter_key,
    version.row_id,
    version.source_code,
    version.file_name,
    version.file_sha256,
    version.sheet_name,
    version.row_number,
    version.kpi_ref,
    version.figure_quarter_key,
    version.breakdown_type_code,
    version.breakdown_category_code,
    version.reason_code,
    version.accepted_by_role,
    version.accepted_date,
    version.acceptance_text,
    version.publication_id
FROM {core}accepted_rows_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
