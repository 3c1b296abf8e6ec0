"""Whether the rows to be taken as sent were accepted by a role, and on a day that has come."""

import datetime as dt
from collections.abc import Iterator

from perf_pipeline.council.register import RegisterTable, Row
from perf_pipeline.council.wording import Fault, quoted
from perf_pipeline.errors import Mistake

_OF_AN_ADDRESS = "@"


def acceptance_mistakes(accepted_rows: RegisterTable, today: dt.date) -> Iterator[Mistake]:
    """Find acceptances of a day to come, and those by somebody's address.

    Args:
        accepted_rows: The register's rows to be taken as sent.
        today: The day.
    """
    for row in accepted_rows.rows:
        for fault in (_future_fault(row, today), _address_fault(row)):
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
