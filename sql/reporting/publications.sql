-- Every publication, those that readers see and each quarter's last draft marked.
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
    (in_view.publication_id IS NOT NULL) AS is_current,
    (draft.publication_id IS NOT NULL) AS is_draft
FROM {core}publication_versions AS version
LEFT JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
LEFT JOIN {core}draft_publications AS draft
    ON draft.publication_id = version.publication_id
