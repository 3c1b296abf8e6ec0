"""Series: all figures of one KPI, area and breakdown category, of whatever quarters.

What is compared is always of one series, so rows are spread by it and judged series by series.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from perf_pipeline.disaggregated.coding import Coded, coded

SERIES = ("kpi_ref", "area_code", "breakdown_type_code", "breakdown_category_code")
"""Columns that tell series apart, none of them null."""

Hashes = npt.NDArray[np.uint64]

_HASH_KEY_LENGTH = 16


def series_hash(table: pa.Table) -> Hashes:
    """Return a 64-bit number for each row that is the same for all rows of its series.

    It depends on the texts of `SERIES` alone and is the same on every machine. Each distinct text
    is hashed once; a row's number is the exclusive or of its texts', which spreads evenly in all
    bits, the top ones included. Two series may have one number.
    """
    return hash_of({name: coded(table[name]) for name in SERIES})


def hash_of(columns: Mapping[str, Coded]) -> Hashes:
    """Return `series_hash` of columns whose texts are numbered already."""
    rows = len(columns[SERIES[0]].codes)
    whole: Hashes = np.zeros(rows, dtype=np.uint64)
    for name in SERIES:
        # The same text counts differently in each column: the key is the column's name.
        key = name[:_HASH_KEY_LENGTH].ljust(_HASH_KEY_LENGTH)
        hashes = pd.util.hash_array(columns[name].texts, hash_key=key, categorize=False)
        whole ^= hashes[columns[name].codes]
    return whole
