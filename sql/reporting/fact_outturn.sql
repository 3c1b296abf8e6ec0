-- One KPI, quarter and breakdown category; `all` is the KPI's own figure, the rated one.
SELECT
    version.quarter_key || ':' || version.kpi_ref || ':all:all' AS outturn_key,
    version.quarter_key,
    version.quarter_key || ':' || version.kpi_ref AS kpi_key,
    version.quarter_key || ':' || version.directorate_code AS directorate_key,
    version.quarter_key || ':' || version.service_code AS service_key,
    version.kpi_ref,
    'all' AS breakdown_type_code,
    'all' AS breakdown_category_code,
    version.outturn_status_code,
    version.outturn_value,
    version.numerator_value,
    version.denominator_value,
    version.target_value,
    version.variance_value,
    version.rag_code,
    scheme.display_order AS rag_order,
    version.not_rated_reason_code,
    version.direction_previous_quarter_code,
    version.direction_last_year_code,
    national.benchmark_value AS national_benchmark_value,
    national.position_code AS national_position_code,
    version.file_sha256 || ':' || version.row_number AS provenance_id,
    version.publication_id
FROM {core}kpi_scorecard_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
LEFT JOIN {core}rag_scheme_versions AS scheme
    ON scheme.publication_id = version.publication_id
    AND scheme.rag_code = version.rag_code
LEFT JOIN {core}kpi_benchmarks_versions AS national
    ON national.publication_id = version.publication_id
    AND national.kpi_ref = version.kpi_ref
    AND national.benchmark_type_code = 'national'
UNION ALL
SELECT
    part.quarter_key || ':' || part.kpi_ref || ':' || part.breakdown_type_code || ':'
        || part.breakdown_category_code,
    part.quarter_key,
    part.quarter_key || ':' || part.kpi_ref,
    part.quarter_key || ':' || whole.directorate_code,
    part.quarter_key || ':' || whole.service_code,
    part.kpi_ref,
    part.breakdown_type_code,
    part.breakdown_category_code,
    part.outturn_status_code,
    part.outturn_value,
    part.numerator_value,
    part.denominator_value,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    part.file_sha256 || ':' || part.row_number,
    part.publication_id
FROM {core}kpi_breakdowns_versions AS part
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = part.publication_id
JOIN {core}kpi_scorecard_versions AS whole
    ON whole.publication_id = part.publication_id
    AND whole.kpi_ref = part.kpi_ref
