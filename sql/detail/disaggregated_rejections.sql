-- Rows of disaggregated returns that were not accepted. Publications in view only.
SELECT
    returned.quarter_key,
    rejection.source_code,
    rejection.file_name,
    rejection.file_sha256,
    rejection.row_number,
    rejection.outcome_reason_code,
    rejection.outcome_text,
    rejection.row_text,
    returned.publication_id
FROM {core}current_publications AS in_view
JOIN {core}disaggregated_returns_versions AS returned
    ON returned.publication_id = in_view.publication_id
JOIN {core}disaggregated_datasets AS dataset
    ON dataset.dataset_sha256 = returned.dataset_sha256
JOIN {core}disaggregated_rejections AS rejection
    ON rejection.dataset_number = dataset.dataset_number
