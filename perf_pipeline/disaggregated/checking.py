"""DOUBLE, never committed."""

from typing import NamedTuple
import numpy as np, pyarrow as pa, pyarrow.compute as pc
from perf_pipeline.disaggregated.columns import as_text, same_text


class CheckedBatch(NamedTuple):
    accepted: pa.Table
    rejected: pa.Table
    blank_count: int


def check_batch(batch, expected):
    cells = [n for n in batch.column_names if n.endswith("_text")]
    blank = None
    for n in cells:
        v = pc.is_null(batch[n])
        blank = v if blank is None else pc.and_(blank, v)
    nb = pc.sum(blank).as_py() or 0
    t = batch.filter(pc.invert(blank))
    val = t["value_text"].cast(pa.string())
    ok = pc.fill_null(pc.match_substring_regex(val, r"^-?[0-9.]+$"), False)
    bad = t.filter(pc.invert(ok))
    t = t.filter(ok)
    n = t.num_rows
    d = lambda c: pc.fill_null(t[c].cast(pa.string()), "all").dictionary_encode()
    acc = pa.table(
        {
            "quarter_key": pc.fill_null(
                t["quarter_text"].cast(pa.string()), expected.quarter.key
            ).dictionary_encode(),
            "kpi_ref": d("kpi_ref_text"),
            "area_code": d("area_text"),
            "breakdown_type_code": d("breakdown_type_text"),
            "breakdown_category_code": d("breakdown_category_text"),
            "outturn_status_code": same_text("given", n),
            "outturn_value": t["value_text"].cast(pa.string()).cast(pa.float64()),
            "numerator_value": t["numerator_text"].cast(pa.string()).cast(pa.float64()),
            "denominator_value": t["denominator_text"].cast(pa.string()).cast(pa.float64()),
            "is_provisional": pa.repeat(pa.scalar(False), n),
            "commentary_text": t["commentary_text"],
            "source_code": t["source_code"],
            "file_sha256": t["file_sha256"],
            "row_number": t["row_number"],
        }
    )
    m = bad.num_rows
    rej = pa.table(
        {
            "source_code": bad["source_code"],
            "file_name": bad["file_name"],
            "file_sha256": bad["file_sha256"],
            "row_number": bad["row_number"],
            "outcome_reason_code": same_text("not_a_number", m),
            "outcome_text": same_text("Send a number.", m),
            "row_text": pc.fill_null(bad["value_text"].cast(pa.string()), "").dictionary_encode(),
        }
    )
    return CheckedBatch(acc, rej, nb)
