-- Services as they were in each quarter, each in its directorate. Publications in view only.
SELECT
    CAST(version.quarter_key || ':' || version.service_code AS varchar(41)) AS service_key,
    version.quarter_key,
    version.service_code,
    version.service_name,
    CAST(version.quarter_key || ':' || version.directorate_code AS varchar(31)) AS directorate_key,
    version.directorate_code,
    version.display_order,
    version.publication_id
FROM {core}service_summary_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
