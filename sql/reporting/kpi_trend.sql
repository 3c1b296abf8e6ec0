-- Each KPI in every quarter from the first to the last published, without gaps.
WITH published AS (
    SELECT version.*
    FROM {core}kpi_scorecard_versions AS version
    JOIN {core}current_publications AS in_view
        ON in_view.publication_id = version.publication_id
),
latest AS (
    SELECT kpi_ref, max(quarter_key) AS quarter_key
    FROM published
    GROUP BY kpi_ref
)
SELECT
    calendar.quarter_key,
    calendar.sort_key,
    calendar.quarter_label,
    latest.kpi_ref,
    named.kpi_name,
    (published.outturn_value IS NOT NULL) AS has_outturn,
    published.outturn_value,
    published.target_value,
    published.rag_code,
    published.not_rated_reason_code,
    in_view.publication_id
FROM latest
JOIN published AS named
    ON named.kpi_ref = latest.kpi_ref
    AND named.quarter_key = latest.quarter_key
JOIN {core}calendar_quarters AS calendar
    ON calendar.quarter_key >= (SELECT min(quarter_key) FROM {core}current_publications)
    AND calendar.quarter_key <= (SELECT max(quarter_key) FROM {core}current_publications)
LEFT JOIN published
    ON published.kpi_ref = latest.kpi_ref
    AND published.quarter_key = calendar.quarter_key
LEFT JOIN {core}current_publications AS in_view
    ON in_view.quarter_key = calendar.quarter_key
