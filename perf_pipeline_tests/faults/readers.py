"""Readers as BI tools are: plain drivers, several views, polled again and again.

Each poll is the rows of several views, each row with the publication that it says it is of and with
the marker that its content has: a poll is whole if all of it is of one publication.
"""

import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg
from sqlalchemy.engine import make_url

PAUSE_S = 0.02
"""Seconds between two polls: without it eight readers leave the publisher little processor."""

READING_S = 0.005
"""Seconds that a reader takes over one view before it asks for the next."""

BUSY_TIMEOUT_S = 30
"""Seconds that a reader of SQLite waits while a publication is being committed, as drivers do."""

REPORT = {"council_summary": 1, "directorate_summary": 2, "kpi_scorecard": 3, "return_status": 1}
"""Views that have a history, and how many rows of the quarter each has."""

ALL = REPORT | {"fact_outturn": 1}

_MARKERS = {
    "council_summary": "kpi_count",
    "directorate_summary": "kpi_count",
    "kpi_scorecard": "commentary_text",
    "return_status": "read_count",
    "fact_outturn": "outturn_value",
}
_OF_QUARTER = "quarter_key = '2023-24-Q1'"


class Row(NamedTuple):
    """One row of a poll."""

    view: str
    publication_id: str
    marker_text: str


@dataclass(frozen=True)
class Reader:
    """A connection as a BI tool has it, and what its database's SQL has of its own."""

    connection: Any
    schema: str
    mark: str
    begin: str

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Return what one statement gives, in a transaction of its own unless one is open."""
        found: list[Any] = self.connection.execute(statement, values).fetchall()
        time.sleep(READING_S)
        return found

    def order(self, statement: str) -> None:
        """Send a statement that gives no rows."""
        self.connection.execute(statement)

    def view(self, name: str, condition: str = "", suffix: str = "") -> str:
        """Return the SELECT of one view's rows."""
        only = " AND kpi_ref = 'A1'" if name == "fact_outturn" else ""
        return (
            f"SELECT '{name}', publication_id, CAST({_MARKERS[name]} AS varchar(40)) "  # noqa: S608 - names are this module's own
            f"FROM {self.schema}{name}{suffix} WHERE {_OF_QUARTER}{only}{condition}"
        )


def open_reader(url: str) -> Reader:
    """Open a connection by the database's own driver, which commits each statement by itself."""
    target = make_url(url)
    if target.drivername.startswith("sqlite"):
        connection = sqlite3.connect(
            str(target.database), timeout=BUSY_TIMEOUT_S, isolation_level=None
        )
        return Reader(connection, "", "?", "BEGIN")
    address = target.set(drivername="postgresql").render_as_string(hide_password=False)
    return Reader(
        psycopg.connect(address, autocommit=True),
        "reporting.",
        "%s",
        "BEGIN ISOLATION LEVEL REPEATABLE READ",
    )


def in_one_statement(reader: Reader) -> list[Row]:
    """Read all views in one statement."""
    statement = " UNION ALL ".join(reader.view(name) for name in ALL)
    return [Row(*row) for row in reader.rows(statement)]


def in_separate_statements(reader: Reader) -> list[Row]:
    """Read the views one after another, as the contract says not to."""
    return [Row(*row) for name in ALL for row in reader.rows(reader.view(name))]


def in_one_transaction(reader: Reader) -> list[Row]:
    """Read the views one after another, in one transaction that sees one moment."""
    reader.order(reader.begin)
    found = in_separate_statements(reader)
    reader.order("COMMIT")
    return found


def pinned(reader: Reader) -> list[Row]:
    """Look the release in view up, and read its rows in the views' histories one after another."""
    [(publication_id, move_number)] = reader.rows(
        f"SELECT publication_id, move_number FROM {reader.schema}publication_releases "  # noqa: S608 - names are this module's own
        f"WHERE visible_to IS NULL AND {_OF_QUARTER}"
    )
    condition = f" AND publication_id = {reader.mark} AND move_number = {reader.mark}"
    return [
        Row(*row)
        for name in REPORT
        for row in reader.rows(
            reader.view(name, condition, "_history"), publication_id, move_number
        )
    ]


Style = Callable[[Reader], list[Row]]

CONTRACTED: Mapping[str, Style] = {
    "one statement": in_one_statement,
    "one transaction": in_one_transaction,
    "pinned": pinned,
}
"""How readers may read, by name."""


@dataclass
class Tally:
    """What one reader saw.

    Attributes:
        poll_count: Polls.
        torn_count: Polls that were not wholly one publication.
        switch_count: Polls that saw another publication than the poll before.
        seen: Each publication's marker, by its id, of whole polls.
    """

    poll_count: int = 0
    torn_count: int = 0
    switch_count: int = 0
    seen: dict[str, int] = field(default_factory=dict)


def publication_of(rows: list[Row]) -> tuple[str, int] | None:
    """Return the one publication that all rows are of, and its marker; None for a torn poll."""
    counts = Counter(row.view for row in rows)
    pairs = {(row.publication_id, _marker(row.marker_text)) for row in rows}
    is_whole = counts in (REPORT, ALL) and len(pairs) == 1
    return pairs.pop() if is_whole else None


def poll(
    url: str, style: Style, is_over: Callable[[], bool], report_tear: Callable[[], None]
) -> Tally:
    """Poll in a style until it is over."""
    tally, before = Tally(), ""
    reader = open_reader(url)
    with closing(reader.connection):
        while not is_over():
            found = publication_of(style(reader))
            tally.poll_count += 1
            if found is None:
                tally.torn_count += 1
                report_tear()
            else:
                publication_id, marker = found
                tally.torn_count += tally.seen.setdefault(publication_id, marker) != marker
                tally.switch_count += before not in {"", publication_id}
                before = publication_id
            time.sleep(PAUSE_S)
    return tally


def _marker(text: str) -> int:
    digits = re.search(r"\d+", text)
    assert digits is not None
    return int(digits[0])
