-- {name} as released, with the time in which each publication was in view.
SELECT
{columns},
    version.publication_id,
    released.move_number,
    known.version_number,
    released.moved_at AS visible_from,
    next_release.moved_at AS visible_to
FROM {core}{name}_versions AS version
JOIN {core}publication_versions AS known
    ON known.publication_id = version.publication_id
JOIN {core}publication_moves AS released
    ON released.publication_id = version.publication_id
LEFT JOIN {core}publication_moves AS next_release
    ON next_release.quarter_key = released.quarter_key
    AND next_release.move_number = released.move_number + 1
