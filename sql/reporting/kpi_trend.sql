-- Each KPI in every quarter from the first to the last published, without gaps.
WITH span AS (
    SELECT min(quarter_key) AS first_key, max(quarter_key) AS last_key
    FROM {core}current_publications
),
latest AS (
    SELECT scorecard.kpi_ref, max(scorecard.quarter_key) AS quarter_key
    FROM {core}kpi_scorecard_versions AS scorecard
    JOIN {core}current_publications AS shown
        ON shown.publication_id = scorecard.publication_id
    GROUP BY scorecard.kpi_ref
)
SELECT
    calendar.quarter_key,
    calendar.sort_key,
    calendar.quarter_label,
    latest.kpi_ref,
    named.kpi_name,
    (version.outturn_value IS NOT NULL) AS has_outturn,
    version.outturn_value,
    version.target_value,
    version.rag_code,
    version.not_rated_reason_code,
    in_view.publication_id
FROM latest
JOIN {core}current_publications AS last_shown
    ON last_shown.quarter_key = latest.quarter_key
JOIN {core}kpi_scorecard_versions AS named
    ON named.publication_id = last_shown.publication_id
    AND named.quarter_key = latest.quarter_key
    AND named.kpi_ref = latest.kpi_ref
CROSS JOIN span
JOIN {core}calendar_quarters AS calendar
    ON calendar.quarter_key >= span.first_key
    AND calendar.quarter_key <= span.last_key
LEFT JOIN {core}current_publications AS in_view
    ON in_view.quarter_key = calendar.quarter_key
LEFT JOIN {core}kpi_scorecard_versions AS version
    ON version.publication_id = in_view.publication_id
    AND version.quarter_key = calendar.quarter_key
    AND version.kpi_ref = latest.kpi_ref
