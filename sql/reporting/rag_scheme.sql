-- How the council prints each rating: label, colour, symbol and order. Publications in view only.
SELECT
    version.quarter_key,
    version.rag_code,
    version.rag_label,
    version.colour_code,
    version.symbol_text,
    version.display_order,
    version.publication_id
FROM {core}rag_scheme_versions AS version
JOIN {core}current_publications AS in_view
    ON in_view.publication_id = version.publication_id
