-- Judged figures by area and breakdown category, each with its return's quarter and its own.
-- Publications in view only.
SELECT
    returned.quarter_key,
    outturn.quarter_key AS figure_quarter_key,
    outturn.kpi_ref,
    outturn.area_code,
    outturn.breakdown_type_code,
    outturn.breakdown_category_code,
    outturn.outturn_status_code,
    outturn.outturn_value,
    outturn.numerator_value,
    outturn.denominator_value,
    outturn.is_provisional,
    outturn.rag_code,
    outturn.not_rated_reason_code,
    outturn.previous_value,
    outturn.previous_direction_code,
    outturn.last_year_value,
    outturn.last_year_direction_code,
    outturn.commentary_text,
    outturn.source_code,
    outturn.file_sha256,
    outturn.row_number,
    returned.publication_id
FROM {core}current_publications AS in_view
JOIN {core}disaggregated_returns_versions AS returned
    ON returned.publication_id = in_view.publication_id
JOIN {core}disaggregated_datasets AS dataset
    ON dataset.dataset_sha256 = returned.dataset_sha256
JOIN {core}disaggregated_outturns AS outturn
    ON outturn.dataset_number = dataset.dataset_number
