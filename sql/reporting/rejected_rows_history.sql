-- Rows that were not accepted, as released, with the time in which each publication was in view. One
-- whose content any release of its quarter withholds is hidden in all.
SELECT
    version.quarter_key,
    version.row_id,
    version.source_code,
    version.file_name,
    version.file_sha256,
    version.sheet_name,
    version.row_number,
    version.kpi_ref,
    version.reason_code,
    CASE WHEN coalesce(hidden.is_reason_hidden, 0) = 0 THEN version.reason_text ELSE CAST('[c]' AS text) END AS reason_text,
    CASE WHEN hidden.row_id IS NULL THEN version.row_text ELSE CAST('[c]' AS text) END AS row_text,
    version.figure_quarter_key,
    version.breakdown_type_code,
    version.publication_id,
    released.move_number,
    known.version_number,
    released.moved_at AS visible_from,
    next_release.moved_at AS visible_to
FROM {core}rejected_rows_versions AS version
JOIN {core}publication_versions AS known
    ON known.publication_id = version.publication_id
JOIN {core}publication_moves AS released
    ON released.publication_id = version.publication_id
LEFT JOIN {core}publication_moves AS next_release
    ON next_release.quarter_key = released.quarter_key
    AND next_release.move_number = released.move_number + 1
LEFT JOIN (
    SELECT
        bad.quarter_key,
        bad.row_id,
        max(CASE WHEN substr(bad.reason_text, 1, 3) = '[c]' THEN 1 ELSE 0 END) AS is_reason_hidden
    FROM {core}rejected_rows_versions AS bad
    JOIN {core}publication_moves AS moved
        ON moved.publication_id = bad.publication_id
    WHERE bad.row_text = '[c]'
    GROUP BY bad.quarter_key, bad.row_id
) AS hidden
    ON hidden.quarter_key = version.quarter_key
    AND hidden.row_id = version.row_id
