-- What each release changed, cell by cell, of what readers saw before it. What any release of the
-- quarter hides is hidden in all: of a figure, and of rejected rows, which have no key of their own.
SELECT
    version.quarter_key,
    entry.publication_id,
    entry.before_publication_id,
    entry.table_name,
    entry.row_key,
    entry.column_name,
    entry.kpi_ref,
    CASE WHEN entry.before_text IS NULL OR coalesce(part.quarter_key, bad.quarter_key) IS NULL
        THEN entry.before_text ELSE CAST('[c]' AS text) END AS before_text,
    CASE WHEN entry.after_text IS NULL OR coalesce(part.quarter_key, bad.quarter_key) IS NULL
        THEN entry.after_text ELSE CAST('[c]' AS text) END AS after_text
FROM {core}publication_change_entries AS entry
JOIN {core}publication_versions AS version
    ON version.publication_id = entry.publication_id
LEFT JOIN (
    SELECT DISTINCT
        hidden.quarter_key,
        hidden.kpi_ref || ' / ' || hidden.breakdown_type_code || ' / '
            || hidden.breakdown_category_code AS row_key
    FROM {core}kpi_breakdowns_versions AS hidden
    JOIN {core}publication_moves AS moved
        ON moved.publication_id = hidden.publication_id
    WHERE hidden.outturn_status_code = 'suppressed'
) AS part
    ON entry.table_name = 'kpi_breakdowns'
    AND entry.column_name IN (
        '(row)', 'outturn_value', 'outturn_text', 'numerator_value', 'denominator_value',
        'raw_value_text'
    )
    AND part.quarter_key = version.quarter_key
    AND part.row_key = entry.row_key
LEFT JOIN (
    SELECT DISTINCT hidden.quarter_key
    FROM {core}rejected_rows_versions AS hidden
    JOIN {core}publication_moves AS moved
        ON moved.publication_id = hidden.publication_id
    WHERE hidden.row_text = '[c]'
) AS bad
    ON entry.table_name = 'rejected_rows'
    AND entry.column_name IN ('(row)', 'row_text', 'reason_text')
    AND bad.quarter_key = version.quarter_key
