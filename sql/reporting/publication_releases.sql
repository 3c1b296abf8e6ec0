-- Which publication readers saw, from when to when.
SELECT
    released.quarter_key,
    released.publication_id,
    released.move_number,
    version.version_number,
    released.moved_at AS visible_from,
    next_release.moved_at AS visible_to
FROM {core}publication_moves AS released
JOIN {core}publication_versions AS version
    ON version.publication_id = released.publication_id
LEFT JOIN {core}publication_moves AS next_release
    ON next_release.quarter_key = released.quarter_key
    AND next_release.move_number = released.move_number + 1
