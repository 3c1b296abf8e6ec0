-- What each release changed, cell by cell, of what readers saw before it.
SELECT
    version.quarter_key,
    entry.publication_id,
    entry.before_publication_id,
    entry.table_name,
    entry.row_key,
    entry.column_name,
    entry.kpi_ref,
    entry.before_text,
    entry.after_text
FROM {core}publication_change_entries AS entry
JOIN {core}publication_versions AS version
    ON version.publication_id = entry.publication_id
