-- What every column of these tables means.
SELECT
    entry.table_name,
    entry.column_name,
    entry.column_order,
    entry.kind_code,
    entry.type_text,
    entry.description_text
FROM {core}data_dictionary_entries AS entry
