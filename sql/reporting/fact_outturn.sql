-- One KPI, quarter and breakdown category; `all` is the KPI's own figure, the rated one.
-- The parts come first: SQLite's drivers take a column's type from the last SELECT, and the KPI's own
-- has them all. Nulls are cast, since PostgreSQL would else forget the widths of the columns.
SELECT
    CAST(
        part.quarter_key || ':' || part.kpi_ref || ':' || part.breakdown_type_code || ':'
        || part.breakdown_category_code AS varchar(100)
    ) AS outturn_key,
    part.quarter_key,
    CAST(part.quarter_key || ':' || part.kpi_ref AS varchar(35)) AS kpi_key,
    CAST(part.quarter_key || ':' || whole.directorate_code AS varchar(31)) AS directorate_key,
    CAST(part.quarter_key || ':' || whole.service_code AS varchar(41)) AS service_key,
    part.kpi_ref,
    part.breakdown_type_code,
    part.breakdown_category_code,
    part.outturn_status_code,
    part.outturn_value,
    -- Readers saw another figure of it in an earlier release of this quarter.
    EXISTS (
        SELECT 1
        FROM {core}publication_moves AS earlier
        JOIN {core}kpi_breakdowns_versions AS seen
            ON seen.publication_id = earlier.publication_id
            AND seen.quarter_key = part.quarter_key
            AND seen.kpi_ref = part.kpi_ref
            AND seen.breakdown_type_code = part.breakdown_type_code
            AND seen.breakdown_category_code = part.breakdown_category_code
        WHERE earlier.quarter_key = in_view.quarter_key
            AND earlier.move_number < in_view.move_number
            AND (seen.outturn_value <> part.outturn_value
                OR (seen.outturn_value IS NOT NULL AND part.outturn_value IS NULL))
    ) AS is_revised,
    part.numerator_value,
    part.denominator_value,
    NULL AS target_value,
    NULL AS variance_value,
    CAST(NULL AS varchar(10)) AS rag_code,
    NULL AS rag_order,
    CAST(NULL AS varchar(20)) AS not_rated_reason_code,
    CAST(NULL AS varchar(20)) AS direction_previous_quarter_code,
    CAST(NULL AS varchar(20)) AS direction_last_year_code,
    NULL AS national_benchmark_value,
    CAST(NULL AS varchar(10)) AS national_position_code,
    CAST(
        part.file_sha256 || ':' || coalesce(part.sheet_name, '') || ':' || part.row_number
        AS varchar(150)
    ) AS provenance_id,
    part.publication_id
-- A plain join would have SQLite read every version of the breakdowns.
FROM {core}current_publications AS in_view
CROSS JOIN {core}kpi_breakdowns_versions AS part
JOIN {core}kpi_scorecard_versions AS whole
    ON whole.publication_id = part.publication_id
    AND whole.quarter_key = part.quarter_key
    AND whole.kpi_ref = part.kpi_ref
WHERE part.publication_id = in_view.publication_id
UNION ALL
SELECT
    CAST(version.quarter_key || ':' || version.kpi_ref || ':all:all' AS varchar(100)),
    version.quarter_key,
    CAST(version.quarter_key || ':' || version.kpi_ref AS varchar(35)),
    CAST(version.quarter_key || ':' || version.directorate_code AS varchar(31)),
    CAST(version.quarter_key || ':' || version.service_code AS varchar(41)),
    version.kpi_ref,
    CAST('all' AS varchar(30)),
    CAST('all' AS varchar(30)),
    version.outturn_status_code,
    version.outturn_value,
    EXISTS (
        SELECT 1
        FROM {core}publication_moves AS earlier
        JOIN {core}kpi_scorecard_versions AS seen
            ON seen.publication_id = earlier.publication_id
            AND seen.quarter_key = version.quarter_key
            AND seen.kpi_ref = version.kpi_ref
        WHERE earlier.quarter_key = in_view.quarter_key
            AND earlier.move_number < in_view.move_number
            AND (seen.outturn_value <> version.outturn_value
                OR (seen.outturn_value IS NOT NULL AND version.outturn_value IS NULL))
    ),
    version.numerator_value,
    version.denominator_value,
    version.target_value,
    version.variance_value,
    version.rag_code,
    scheme.display_order,
    version.not_rated_reason_code,
    version.direction_previous_quarter_code,
    version.direction_last_year_code,
    national.benchmark_value,
    national.position_code,
    CAST(
        version.file_sha256 || ':' || coalesce(version.sheet_name, '') || ':' || version.row_number
        AS varchar(150)
    ),
    version.publication_id
FROM {core}kpi_scorecard_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
LEFT JOIN {core}rag_scheme_versions AS scheme
    ON scheme.publication_id = version.publication_id
    AND scheme.quarter_key = version.quarter_key
    AND scheme.rag_code = version.rag_code
LEFT JOIN {core}kpi_benchmarks_versions AS national
    ON national.publication_id = version.publication_id
    AND national.quarter_key = version.quarter_key
    AND national.kpi_ref = version.kpi_ref
    AND national.benchmark_type_code = 'national'
