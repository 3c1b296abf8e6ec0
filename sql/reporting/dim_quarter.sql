-- Quarters from the first to the last that is published, those without publication too.
SELECT
    calendar.quarter_key,
    calendar.quarter_label,
    calendar.fiscal_year,
    calendar.quarter_number,
    calendar.sort_key,
    calendar.start_date,
    calendar.end_date,
    (in_view.publication_id IS NOT NULL) AS is_published,
    in_view.publication_id
FROM {core}calendar_quarters AS calendar
LEFT JOIN {core}current_publications AS in_view
    ON in_view.quarter_key = calendar.quarter_key
WHERE calendar.quarter_key >= (SELECT min(quarter_key) FROM {core}current_publications)
    AND calendar.quarter_key <= (SELECT max(quarter_key) FROM {core}current_publications)
