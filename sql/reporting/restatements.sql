-- Figures of earlier quarters that a return of this quarter states anew. Publications in view only.
SELECT
    version.quarter_key,
    version.kpi_ref,
    version.kpi_name,
    version.restated_quarter_key,
    version.earlier_value,
    version.restated_value,
    version.commentary_text,
    version.source_code,
    version.file_name,
    version.file_sha256,
    version.sheet_name,
    version.row_number,
    version.restatement_kind_code,
    version.has_provisional_figure,
    version.publication_id
FROM {core}restatements_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
