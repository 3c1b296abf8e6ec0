-- KPIs as they were in each quarter. Publications in view only.
SELECT
    CAST(version.quarter_key || ':' || version.kpi_ref AS varchar(35)) AS kpi_key,
    version.quarter_key,
    version.kpi_ref,
    version.kpi_name,
    CAST(version.quarter_key || ':' || version.directorate_code AS varchar(31)) AS directorate_key,
    CAST(version.quarter_key || ':' || version.service_code AS varchar(41)) AS service_key,
    version.priority_code,
    version.priority_name,
    version.theme_code,
    version.theme_name,
    version.unit_code,
    version.polarity_code,
    version.rule_name,
    version.rule_kind_code,
    version.owner_name,
    version.is_illustrative,
    version.publication_id
FROM {core}kpi_scorecard_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
