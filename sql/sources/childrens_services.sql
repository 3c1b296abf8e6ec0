-- Children's Services: one row for each measure, and for each category that it is broken down by,
-- that the service has reported for the quarter. Reads the case system's database.
--
-- Binds: the quarter's key, and the first and last day of the period.
-- Measure CHD-06 is counted here from the assessments completed in the period; the service only
-- adds its commentary. A quarter for which nothing has been reported gives no rows.
WITH assessments_completed AS (
    SELECT
        'CHD-06' AS measure_ref,
        COUNT(CASE WHEN working_days <= 45 THEN 1 END) AS completed_in_time,
        COUNT(*) AS completed
    FROM assessments
    WHERE completed_on BETWEEN :period_start AND :period_end
)

SELECT
    results.measure_ref,
    measures.measure_name,
    results.figure_quarter,
    results.breakdown_type,
    results.breakdown_category,
    results.value_text,
    COALESCE(counted.completed_in_time, results.numerator) AS numerator,
    COALESCE(counted.completed, results.denominator) AS denominator,
    results.commentary,
    results.action
FROM measure_results AS results
LEFT JOIN measures
    ON results.measure_ref = measures.measure_ref
LEFT JOIN assessments_completed AS counted
    ON results.measure_ref = counted.measure_ref
WHERE results.reported_quarter = :quarter
ORDER BY results.result_id
