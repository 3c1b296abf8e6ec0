-- Services as they were in each quarter, each in its directorate. Publications in view only.
SELECT
    version.quarter_key || ':' || version.service_code AS service_key,
    version.quarter_key,
    version.service_code,
    version.service_name,
    version.quarter_key || ':' || version.directorate_code AS directorate_key,
    version.directorate_code,
    version.display_order,
    version.publication_id
FROM {core}service_summary_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
