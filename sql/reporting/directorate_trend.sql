-- Ratings of this and the four quarters before by directorate as it is now. Publications in view only.
SELECT
    version.quarter_key,
    version.trend_quarter_key,
    version.directorate_code,
    version.directorate_name,
    version.display_order,
    version.kpi_count,
    version.rated_count,
    version.red_count,
    version.amber_count,
    version.green_count,
    version.red_pct,
    version.amber_pct,
    version.green_pct,
    version.red_text,
    version.amber_text,
    version.green_text,
    version.publication_id
FROM {core}directorate_trend_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
