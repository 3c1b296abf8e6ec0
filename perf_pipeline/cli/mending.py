"""Which rows of a quarter's newest version are rejected, and which of earlier ones are mended."""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from perf_pipeline.council.acceptance_checks import TO_FILL_IN
from perf_pipeline.rules import HEADLINE, AcceptableReason, RestatementKind
from perf_pipeline.schemas import column_kinds, register
from perf_pipeline.schemas.identities import column_of

Tables = dict[str, pd.DataFrame]
Row = dict[Any, Any]


class Version(NamedTuple):
    """One version of the quarter: its number and its tables."""

    number: int
    tables: Tables


@dataclass(frozen=True)
class RejectedRow:
    """A row that is still rejected, for the one who must act.

    Attributes:
        source_code: Source.
        source_name: The source as people call it.
        contact_role: Whom to ask.
        file_name: Where the return was.
        sheet_name: Sheet, for workbooks.
        row_number: Row as a person counts it.
        kpi_ref: The KPI, where it is known.
        row_text: What the row held.
        reason_code: Why it was rejected, several joined by `; `.
        reason_text: The same, with what to send instead.
        acceptance_lines: Lines for the register by which a role accepts the row as it was sent;
            none where it cannot be accepted.
    """

    source_code: str
    source_name: str
    contact_role: str
    file_name: str
    sheet_name: str | None
    row_number: int
    kpi_ref: str | None
    row_text: str
    reason_code: str
    reason_text: str
    acceptance_lines: tuple[str, ...]


@dataclass(frozen=True)
class MendedRow:
    """A row that an earlier version had rejected and the newest has not.

    Attributes:
        source_code: Source.
        file_name: Where the return was then.
        sheet_name: Sheet then, for workbooks.
        row_number: Row then.
        kpi_ref: The KPI, where it was known.
        rejected_version: The last version that had rejected it.
        settled_version: The first one afterwards that had not.
        is_accepted: Whether that one accepted a row of the same KPI and quarter, of which the one
            before had none. Else what became of the row cannot be told: of a breakdown it never
            can, since rejected rows do not say their category.
    """

    source_code: str
    file_name: str
    sheet_name: str | None
    row_number: int
    kpi_ref: str | None
    rejected_version: int
    settled_version: int
    is_accepted: bool


class _Subject(NamedTuple):
    """What a row is about, wherever it stands; the text where its KPI is not known."""

    source_code: str
    kpi_ref: str | None
    breakdown_type_code: str | None
    quarter_key: str
    row_text: str | None = None


def with_withheld(tables: Tables, withheld: Tables) -> Tables:
    """Put back into a version's rejected rows what they withhold from readers.

    Args:
        tables: The version's reporting tables.
        withheld: What it withholds, by the names of `WITHHELD_TABLES`.
    """
    rejected = tables["rejected_rows"]
    held = withheld["withheld_rows"].set_index("row_id")
    words = {"row_text": held["row_text"], "reason_text": held["outcome_text"]}
    back = {
        name: rejected["row_id"].map(column).fillna(rejected[name])
        for name, column in words.items()
    }
    files = withheld["withheld_files"].set_index("source_code")["file_sha256"]
    back["file_sha256"] = rejected["source_code"].map(files).fillna(rejected["file_sha256"])
    return tables | {"rejected_rows": rejected.assign(**back)}


def rejected_rows(version: Version, today: dt.date) -> list[RejectedRow]:
    """Return what a version has rejected, by source in the order of its `return_status`.

    Args:
        version: The version.
        today: Day to write into the lines by which rows are accepted.
    """
    status = version.tables["return_status"][["source_code", "source_name", "contact_role"]]
    by_place = version.tables["rejected_rows"].sort_values(["sheet_name", "row_number"])
    listed = status.merge(by_place, on="source_code", validate="1:m")
    return [
        RejectedRow(
            **{name: row[name] for name in RejectedRow.__dataclass_fields__ if name in row},
            acceptance_lines=tuple(_acceptance_lines(row, today)),
        )
        for row in _records(listed)
    ]


def _acceptance_lines(row: Row, today: dt.date) -> Iterator[str]:
    reasons = row["reason_code"].split("; ")
    if not set(reasons) <= set(AcceptableReason):
        return
    place = (row[name] for name in ("row_id", "source_code", "sheet_name", "row_number"))
    known = {"column_code": column_of(*place), "accepted_date": today.isoformat()}
    for reason in reasons:
        given = row | TO_FILL_IN | known | {"reason_code": reason}
        yield csv_line([given[name] for name in column_kinds(register.AcceptedRows)])


def csv_line(cells: Sequence[object]) -> str:
    """Write cells as a line of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def mended_rows(versions: Sequence[Version]) -> list[MendedRow]:
    """Return what earlier versions had rejected and the newest has not, by when it was.

    Args:
        versions: A quarter's versions, the oldest first.
    """
    rejected = [_rejected_subjects(version.tables) for version in versions]
    last = {
        subject: place
        for place, subjects in enumerate(rejected)
        for subject in subjects
        if subject not in rejected[-1]
    }
    accepted = [_accepted_subjects(version.tables) for version in versions]
    return [
        MendedRow(
            **{name: row[name] for name in MendedRow.__dataclass_fields__ if name in row},
            rejected_version=versions[place].number,
            settled_version=versions[place + 1].number,
            is_accepted=subject in accepted[place + 1] - accepted[place],
        )
        for subject, place in last.items()
        for row in [rejected[place][subject]]
    ]


def _rejected_subjects(tables: Tables) -> dict[_Subject, Row]:
    return {
        _Subject(
            row["source_code"],
            row["kpi_ref"],
            row["breakdown_type_code"],
            row["figure_quarter_key"] or row["quarter_key"],
            None if row["kpi_ref"] else row["row_text"],
        ): row
        for row in _records(tables["rejected_rows"])
    }


def _accepted_subjects(tables: Tables) -> set[_Subject]:
    """Return what a version has accepted rows of: headlines and restatements, no breakdowns."""
    scorecard, restated = tables["kpi_scorecard"], tables["restatements"]
    own = scorecard[scorecard["row_number"].notna()]
    anew = restated[restated["restatement_kind_code"] == RestatementKind.RESTATED]
    frames = (
        own.assign(breakdown_type_code=HEADLINE),
        anew.assign(breakdown_type_code=HEADLINE, quarter_key=anew["restated_quarter_key"]),
    )
    names = ("source_code", "kpi_ref", "breakdown_type_code", "quarter_key")
    return {_Subject(*(row[name] for name in names)) for frame in frames for row in _records(frame)}


def _records(frame: pd.DataFrame) -> list[Row]:
    """Return rows as plain values; missing is None."""
    records: list[Row] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return records
