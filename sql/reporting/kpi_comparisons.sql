-- Each live KPI against each comparator: quarter before, last year, baseline, trend. Publications in view only.
SELECT
    version.quarter_key,
    version.kpi_ref,
    version.comparator_code,
    version.comparator_quarter_key,
    version.comparator_value,
    version.comparator_origin_text,
    version.figure_count,
    version.change_value,
    version.change_unit_code,
    version.direction_code,
    version.not_comparable_reason_code,
    version.is_series_broken,
    version.comparator_label,
    version.publication_id
FROM {core}kpi_comparisons_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
