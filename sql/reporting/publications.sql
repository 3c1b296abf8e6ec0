-- Every publication there ever was; `is_current` marks those in view.
SELECT
    version.publication_id,
    version.quarter_key,
    version.version_number,
    version.created_at,
    version.council_name,
    version.council_sha256,
    version.code_version,
    version.run_id,
    version.row_count,
    in_view.publication_id IS NOT NULL AS is_current
FROM {core}publication_versions AS version
LEFT JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
