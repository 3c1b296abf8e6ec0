-- Which roles have signed which draft. A note may tell what a draft holds: it is shown once released.
SELECT
    version.quarter_key,
    signed.publication_id,
    signed.draft_number,
    signed.role_name,
    signed.signed_by,
    signed.signed_at,
    CASE WHEN released.publication_id IS NOT NULL THEN signed.note_text END AS note_text,
    (draft.publication_id IS NOT NULL) AS is_valid
FROM {core}publication_signatures AS signed
JOIN {core}publication_versions AS version
    ON version.publication_id = signed.publication_id
LEFT JOIN {core}draft_publications AS draft
    ON draft.publication_id = signed.publication_id
    AND draft.draft_number = signed.draft_number
LEFT JOIN (SELECT DISTINCT publication_id FROM {core}publication_moves) AS released
    ON released.publication_id = signed.publication_id
