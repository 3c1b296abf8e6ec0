"""JSON documents as systems give them."""

from typing import Any

from perf_pipeline_tests.clean_corpus.honest import SHORT, HonestReturn, lines


def _entry(columns: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"kind": "json_api", "location": "{quarter}.json", "columns": columns, **more}


JSON = (
    HonestReturn(
        "a bare list, with numbers and texts for figures",
        _entry(SHORT),
        lines(
            '[{"Ref": "HOU-01", "Actual": "71.4%"}, {"Ref": "HOU-02", "Actual": 48},'
            ' {"Actual": 21.50, "Ref": "HOU-04"}]'
        ),
        3,
        {"HOU-01": "71.4", "HOU-02": "48", "HOU-04": "21.5"},
    ),
    HonestReturn(
        "records within records, and keys that nobody asked for",
        _entry(
            {"kpi.ref": "kpi_ref", "result.value": "value", "result.note": "commentary"},
            records_path="data.rows",
        ),
        lines(
            '{"page": 1, "data": {"rows": [{"id": 7, "kpi": {"ref": "HOU-01"}, "result": '
            '{"value": "71.4%", "note": "Two teams short", "flags": []}}]}}'
        ),
        1,
        {"HOU-01": "71.4"},
        {"HOU-01": "Two teams short"},
    ),
    HonestReturn(
        "nulls, missing keys and empty records",
        _entry(SHORT),
        lines(
            '[{"Ref": "HOU-01", "Actual": null}, {"Ref": "HOU-02"}, {},'
            ' {"Ref": "HOU-04", "Actual": "21.5"}]'
        ),
        3,
        {"HOU-01": "blank", "HOU-02": "blank", "HOU-04": "21.5"},
    ),
    HonestReturn(
        "fractions for percentages, as the entry says, and a byte order mark",
        _entry(SHORT, percent_scale="fraction"),
        lines('[{"Ref": "HOU-01", "Actual": 0.714}, {"Ref": "HOU-05", "Actual": 1}]', "utf-8-sig"),
        2,
        {"HOU-01": "71.4", "HOU-05": "100"},
    ),
    HonestReturn(
        "a record sent twice, and a note without reference or figure",
        _entry(SHORT),
        lines(
            '[{"Ref": "HOU-02", "Actual": 48}, {"Ref": "HOU-02", "Actual": 48},'
            ' {"Ref": null, "Actual": null, "note": "end of export"}]'
        ),
        3,
        {"HOU-02": "48"},
    ),
)
