"""What every contender has to find, and how two findings are told to be the same.

Checking a row of a return, the first of these that holds rejects it:

    kpi_unknown           the reference is no KPI of the register
    control_character     the commentary holds a character that no keyboard types
    quarter_unreadable    the quarter is none
    breakdown_unknown     type and category are no pair of the register, nor both empty
    not_a_number          figure, numerator or denominator is neither a number nor a status's word
    status_unknown        the status is no status's word
    provisional_unknown   whether it is provisional is answered by neither yes nor no
    part_missing          one of numerator and denominator is missing
    value_disagrees       the figure is not what its parts give, at its own precision
    out_of_range          the figure is outside the KPI's range

What is left is outturns. Of those with one key (quarter, KPI, area, breakdown) that say the same
the first stays, and the others are `duplicate_identical`; where they differ all of them are
`duplicate_conflict`. What stays is rated by the register of its own quarter and compared with the
same series' figure when the KPI was last due, and a year before.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

STATUS_WORDS = {
    "[c]": "suppressed",
    "*": "suppressed",
    "suppressed": "suppressed",
    "n/a": "not_applicable",
    "[z]": "not_applicable",
    "not applicable": "not_applicable",
    "awaiting": "awaiting",
    "tbc": "awaiting",
    "[x]": "not_available",
    "..": "not_available",
    "not available": "not_available",
}
"""Words that a cell may hold in place of a figure, of those that systems write."""

YES, NO = ("yes", "y", "true", "p"), ("no", "n", "false")
NUMBER = r"-?[0-9]+(\.[0-9]+)?"
QUARTER = r"[0-9]{4}-[0-9]{2}-Q[1-4]"
CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"
EPSILON = 1e-10
"""What floats may err by: no two different figures of made-up returns are so near."""

KEY = (
    "quarter_key",
    "kpi_ref",
    "area_code",
    "breakdown_type_code",
    "breakdown_category_code",
)
FACTS = (
    "outturn_status_code",
    "outturn_value",
    "numerator_value",
    "denominator_value",
    "is_provisional",
)
RATINGS = (
    "rag_code",
    "not_rated_reason_code",
    "previous_value",
    "previous_direction_code",
    "last_year_value",
    "last_year_direction_code",
)
ACCEPTED = (*KEY, *FACTS, "commentary_text")
"""Columns of an accepted row, beside its number."""

OUTTURNS = (*KEY, *FACTS, *RATINGS, "commentary_text", "source_code", "file_sha256", "row_number")
"""Columns of the table that is published."""


def answer_of(name: str, table: pa.Table, columns: Iterable[str]) -> dict[str, Any]:
    """Digest each column of a table in the order of its row numbers, whatever its own order.

    Args:
        name: What the table is called in the answer.
        table: A table with `row_number`.
        columns: The columns to be the same.
    """
    ordered = table.sort_by("row_number")
    digests = {f"{name}.{each}": _digest(ordered[each]) for each in ("row_number", *columns)}
    return {f"{name}.rows": table.num_rows, **digests}


def counts_of(name: str, table: pa.Table, column: str) -> dict[str, int]:
    """Count the values of a column."""
    counts: Mapping[Any, int] = {
        each["values"]: each["counts"] for each in pc.value_counts(table[column]).to_pylist()
    }
    return {f"{name}.{value}": count for value, count in counts.items()}


def _digest(column: pa.ChunkedArray) -> str:
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    if pa.types.is_floating(column.type):
        values = pc.add(pc.fill_null(column, float("nan")), 0.0).to_numpy()
        content = values.astype("<f8").tobytes()
    else:
        content = "\n".join(map(str, column.to_pylist())).encode()
    return hashlib.sha256(content).hexdigest()[:16]
