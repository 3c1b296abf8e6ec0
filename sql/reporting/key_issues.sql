-- Issues that directorates raise, one row each; one that says so where there are none. Publications in view only.
SELECT
    version.quarter_key,
    version.directorate_code,
    version.directorate_name,
    version.display_order,
    version.issue_order,
    version.issue_text,
    version.publication_id
FROM {core}key_issues_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
