-- Figures by breakdown category as released, with the time in which each publication was in view. One
-- that any release of its quarter suppresses is hidden in all: another release would give it back.
SELECT
    version.quarter_key,
    version.kpi_ref,
    version.kpi_name,
    version.breakdown_type_code,
    version.breakdown_category_code,
    version.breakdown_category_name,
    version.display_order,
    version.unit_code,
    CASE WHEN hidden.kpi_ref IS NULL THEN version.outturn_status_code ELSE CAST('suppressed' AS varchar(20)) END AS outturn_status_code,
    CASE WHEN hidden.kpi_ref IS NULL THEN version.outturn_value END AS outturn_value,
    CASE WHEN hidden.kpi_ref IS NULL THEN version.outturn_text ELSE CAST('[c]' AS varchar(40)) END AS outturn_text,
    CASE WHEN hidden.kpi_ref IS NULL THEN version.numerator_value END AS numerator_value,
    CASE WHEN hidden.kpi_ref IS NULL THEN version.denominator_value END AS denominator_value,
    version.source_code,
    version.file_name,
    version.file_sha256,
    version.sheet_name,
    version.row_number,
    CASE WHEN hidden.kpi_ref IS NULL THEN version.raw_value_text ELSE CAST('[c]' AS text) END AS raw_value_text,
    version.publication_id,
    released.move_number,
    known.version_number,
    released.moved_at AS visible_from,
    next_release.moved_at AS visible_to
FROM {core}kpi_breakdowns_versions AS version
JOIN {core}publication_versions AS known
    ON known.publication_id = version.publication_id
JOIN {core}publication_moves AS released
    ON released.publication_id = version.publication_id
LEFT JOIN {core}publication_moves AS next_release
    ON next_release.quarter_key = released.quarter_key
    AND next_release.move_number = released.move_number + 1
LEFT JOIN (
    SELECT DISTINCT
        part.quarter_key,
        part.kpi_ref,
        part.breakdown_type_code,
        part.breakdown_category_code
    FROM {core}kpi_breakdowns_versions AS part
    JOIN {core}publication_moves AS moved
        ON moved.publication_id = part.publication_id
    WHERE part.outturn_status_code = 'suppressed'
) AS hidden
    ON hidden.quarter_key = version.quarter_key
    AND hidden.kpi_ref = version.kpi_ref
    AND hidden.breakdown_type_code = version.breakdown_type_code
    AND hidden.breakdown_category_code = version.breakdown_category_code
