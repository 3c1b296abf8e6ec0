-- The account of each disaggregated return: files, and rows read, accepted and rejected.
-- Publications in view only.
SELECT
    version.quarter_key,
    version.source_code,
    version.dataset_sha256,
    version.file_count,
    version.read_count,
    version.accepted_count,
    version.rejected_count,
    version.blank_count,
    version.counted_count,
    version.publication_id
FROM {core}disaggregated_returns_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
