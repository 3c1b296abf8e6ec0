-- What the plausibility checks found; none of it changes a figure or a rating. Publications in view only.
SELECT
    version.quarter_key,
    version.finding_number,
    version.check_code,
    version.kpi_ref,
    version.kpi_name,
    version.directorate_code,
    version.source_code,
    version.finding_text,
    version.file_name,
    version.sheet_name,
    version.row_number,
    version.publication_id
FROM {core}data_quality_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
