-- Which roles have signed which draft.
SELECT
    version.quarter_key,
    signed.publication_id,
    signed.draft_number,
    signed.role_name,
    signed.signed_by,
    signed.signed_at,
    -- A note on a draft may tell what the draft holds.
    CASE
        WHEN EXISTS (
            SELECT 1
            FROM {core}publication_moves AS released
            WHERE released.publication_id = signed.publication_id
        )
        THEN signed.note_text
    END AS note_text,
    (draft.publication_id IS NOT NULL) AS is_valid
FROM {core}publication_signatures AS signed
JOIN {core}publication_versions AS version
    ON version.publication_id = signed.publication_id
LEFT JOIN {core}draft_publications AS draft
    ON draft.publication_id = signed.publication_id
    AND draft.draft_number = signed.draft_number
