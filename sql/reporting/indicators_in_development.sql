-- Indicators that directorates are working on and do not report yet. Publications in view only.
SELECT
    version.quarter_key,
    version.directorate_code,
    version.directorate_name,
    version.display_order,
    version.indicator_order,
    version.indicator_text,
    version.publication_id
FROM {core}indicators_in_development_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
