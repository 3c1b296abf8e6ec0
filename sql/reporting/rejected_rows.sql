-- Rows that were not accepted: what they held, where they stood, and why. Publications in view only.
SELECT
    version.quarter_key,
    version.row_id,
    version.source_code,
    version.file_name,
    version.file_sha256,
    version.sheet_name,
    version.row_number,
    version.kpi_ref,
    version.reason_code,
    version.reason_text,
    version.row_text,
    version.figure_quarter_key,
    version.breakdown_type_code,
    version.publication_id
FROM {core}rejected_rows_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
