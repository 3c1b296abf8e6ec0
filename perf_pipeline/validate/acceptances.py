"""Rejected rows that a role accepts as they were sent: read again, with their problems waived."""

from collections.abc import Hashable, Mapping
from typing import NamedTuple

import pandas as pd

from perf_pipeline.rules import RowOutcome
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.validate.expectations import Expectations, Place
from perf_pipeline.validate.rows import Reading, read_row


class OutturnKey(NamedTuple):
    """What an outturn is of; no return has two of one key."""

    quarter_key: str
    kpi_ref: str | None
    breakdown_type_code: str | None
    breakdown_category_code: str | None


def accepted_as_sent(
    rows: pd.DataFrame, checked: pd.DataFrame, expected: Expectations
) -> Mapping[Hashable, Reading]:
    """Read the rejected rows of which every problem was accepted for this very file.

    A row for which another one was accepted already, by itself or like it, stays rejected: one
    acceptance must not turn another row out.

    Args:
        rows: `ReturnRows` of one return.
        checked: The same rows as `CheckedRows`, in the same order.
        expected: What they are checked against, with what was accepted.

    Returns:
        What each row says, by its place in `checked`.
    """
    if not expected.acceptances:
        return {}
    by_key: dict[OutturnKey, list[tuple[Hashable, Reading]]] = {}
    outcomes = zip(checked.index, checked["row_outcome_code"], strict=True)
    for row, (index, outcome) in zip(rows_of(rows), outcomes, strict=True):
        waived = expected.acceptances.get(Place(str(row.file_sha256), str(row.row_id)))
        if waived is None or outcome != RowOutcome.REJECTED:
            continue
        reading = read_row(row, expected)
        codes = {problem.code for problem in reading.problems}
        if codes and codes <= waived:
            by_key.setdefault(_key(reading), []).append((index, reading))
    taken = _taken(checked)
    return dict(
        readings[0] for key, readings in by_key.items() if len(readings) == 1 and key not in taken
    )


def _key(reading: Reading) -> OutturnKey:
    return OutturnKey(*(getattr(reading, name) for name in OutturnKey._fields))


def _taken(checked: pd.DataFrame) -> set[OutturnKey]:
    accepted = checked[checked["row_outcome_code"] == RowOutcome.ACCEPTED]
    return {OutturnKey(*key) for key in accepted[list(OutturnKey._fields)].to_numpy()}
