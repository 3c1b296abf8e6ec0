-- Codes of directorates, services and KPIs that replaced others, up to the quarter. Publications in view only.
SELECT
    version.quarter_key,
    version.unit_kind_code,
    version.old_code,
    version.new_code,
    version.from_quarter_key,
    version.note_text,
    version.publication_id
FROM {core}organisation_changes_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
