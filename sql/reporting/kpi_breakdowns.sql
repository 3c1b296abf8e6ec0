-- Figures by breakdown category, apart from the scorecard; they are not rated. Publications in view only.
SELECT
    version.quarter_key,
    version.kpi_ref,
    version.kpi_name,
    version.breakdown_type_code,
    version.breakdown_category_code,
    version.breakdown_category_name,
    version.display_order,
    version.unit_code,
    version.outturn_status_code,
    version.outturn_value,
    version.outturn_text,
    version.numerator_value,
    version.denominator_value,
    version.source_code,
    version.file_name,
    version.file_sha256,
    version.sheet_name,
    version.row_number,
    version.raw_value_text,
    version.publication_id
FROM {core}kpi_breakdowns_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
