-- Directorates as they were in each quarter. Publications in view only.
SELECT
    CAST(version.quarter_key || ':' || version.directorate_code AS varchar(31)) AS directorate_key,
    version.quarter_key,
    version.directorate_code,
    version.directorate_name,
    version.display_order,
    version.publication_id
FROM {core}directorate_summary_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
