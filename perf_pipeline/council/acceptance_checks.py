"""Whether the rows to be taken as sent were accepted by a role, and on a day that has come."""

import datetime as dt
from collections.abc import Iterator

from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.errors import Mistake

_OF_AN_ADDRESS = "@"
TO_FILL_IN = {"accepted_by_role": "ROLE", "reason_text": "REASON"}
"""What stands in the line that `perf-pipeline rejects` prints, for a role to write over."""


def acceptance_mistakes(accepted_rows: RegisterTable, today: dt.date) -> Iterator[Mistake]:
    """Find acceptances of a day to come, by somebody's address, or whose line was not filled in.

    Args:
        accepted_rows: The register's rows to be taken as sent.
        today: The day.
    """
    for row in accepted_rows.rows:
        for fault in (_future_fault(row, today), _address_fault(row), _blank_fault(row)):
            if fault:
                yield fault.at(accepted_rows.file, row.line)


def _future_fault(row: Row, today: dt.date) -> Fault | None:
    written = row["accepted_date"]
    if not row.is_sound("accepted_date") or written <= today.isoformat():
        return None
    return Fault(
        f"`accepted_date` {written} is after today, {today.isoformat()}.",
        "Write the day on which the row was accepted.",
    )


def _address_fault(row: Row) -> Fault | None:
    if _OF_AN_ADDRESS not in row["accepted_by_role"]:
        return None
    return Fault(
        f"`accepted_by_role` is {quoted(row['accepted_by_role'])}, a person's address.",
        "Write the role, such as Head of Performance.",
    )


def _blank_fault(row: Row) -> Fault | None:
    left = [f"`{name}` is still {word}" for name, word in TO_FILL_IN.items() if row[name] == word]
    if not left:
        return None
    return Fault(
        f"{' and '.join(left)}, as the line was printed.",
        "Write the role that accepts the row, and its reason.",
    )
