-- Each KPI's figure against others' figures, rated apart from its target. Publications in view only.
SELECT
    version.quarter_key,
    version.kpi_ref,
    version.benchmark_type_code,
    version.benchmark_name,
    version.outturn_value,
    version.benchmark_value,
    version.difference_value,
    version.difference_unit_code,
    version.position_code,
    version.benchmark_rag_code,
    version.is_illustrative,
    version.publication_id
FROM {core}kpi_benchmarks_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
