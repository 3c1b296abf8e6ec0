"""A return checked before it is sent: read, validated and rated by what a run uses.

It publishes nothing and keeps nothing. Dagster is not needed for it, and must not be.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from perf_pipeline.compare import comparator_outturns, compare_outturns, under_present_refs
from perf_pipeline.council import Council
from perf_pipeline.errors import RequestError, ReturnError
from perf_pipeline.orchestration.earlier_results import EarlierResults, earlier_results
from perf_pipeline.orchestration.expected_rows import expectations
from perf_pipeline.quarters import Quarter
from perf_pipeline.rate import rate_outturns
from perf_pipeline.rules import NotRatedReason, OutturnStatus, Rag, RowOutcome
from perf_pipeline.source_entries import FileEntry, ReturnField, Source
from perf_pipeline.sources import Landing, extract_unsent, land_unsent, template_mark
from perf_pipeline.summarise import kpi_scorecard
from perf_pipeline.summarise import rejected_rows as reported_rejections
from perf_pipeline.validate import (
    accepted_outturns,
    check_rows,
    headline_outturns,
    ledger_imbalance,
    problems_of,
    rejected_headline_refs,
    rejected_rows,
    return_ledger,
)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a return, or worth a second look.

    Attributes:
        sheet: Sheet, for workbooks.
        column: Letter of the column, `F`; null where the row as a whole is meant, or has none.
        row_number: The row as a person counts it; in text files the line.
        kpi_ref: The KPI, where it is known.
        text: What was found and what to send instead.
        reason_codes: Codes of docs/cells.md; none for what rejects no row.
        is_rejection: True where the row would be rejected.
    """

    sheet: str | None
    column: str | None
    row_number: int
    kpi_ref: str | None
    text: str
    reason_codes: tuple[str, ...]
    is_rejection: bool

    @property
    def cell(self) -> str | None:
        """The cell, `F14`; null where it cannot be named."""
        return f"{self.column}{self.row_number}" if self.column else None

    @property
    def place(self) -> str:
        """Where it stands, as a person looks it up: `Return!F14`, `row 14, column F`, `row 14`."""
        if self.sheet is None:
            column = f", column {self.column}" if self.column else ""
            return f"row {self.row_number}{column}"
        return f"{self.sheet}!{self.cell}" if self.cell else f"{self.sheet}, row {self.row_number}"


@dataclass(frozen=True)
class ExpectedRating:
    """What a KPI would be rated.

    Attributes:
        kpi_ref: Its reference.
        name: Its name.
        figure: The figure as printed; null where there is none.
        target: The target as printed, likewise.
        rag_code: The rating's code; null where it would not be rated.
        rating_label: The rating as the council prints it, likewise.
        reason_code: Why it would not be rated; null where it would.
    """

    kpi_ref: str
    name: str
    figure: str | None
    target: str | None
    rag_code: str | None
    rating_label: str | None
    reason_code: str | None


@dataclass(frozen=True)
class MissingKpi:
    """A KPI that is due and of which the return says nothing."""

    kpi_ref: str
    name: str


@dataclass(frozen=True)
class ReturnCheck:
    """What a run would make of a return.

    Attributes:
        source_code: Source whose return it is.
        source_name: As people call it.
        quarter_key: Quarter that it was checked for.
        file_name: The file's name.
        is_template: True where it was made from a template.
        read_count: Rows read; they are accepted, rejected or ignored.
        accepted_count: Rows accepted.
        rejected_count: Rows rejected.
        ignored_count: Rows ignored: blank, headings, notes, repeats.
        findings: All that is wrong, from top to bottom.
        ratings: The source's KPIs in the order of reports.
        missing: KPIs that are due and missing.
        compared_with: Where earlier figures come from, as a sentence.
    """

    source_code: str
    source_name: str
    quarter_key: str
    file_name: str
    is_template: bool
    read_count: int
    accepted_count: int
    rejected_count: int
    ignored_count: int
    findings: tuple[Finding, ...]
    ratings: tuple[ExpectedRating, ...]
    missing: tuple[MissingKpi, ...]
    compared_with: str

    @property
    def is_clean(self) -> bool:
        """True where every row would be accepted and no KPI is missing."""
        return self.rejected_count == 0 and not self.missing


def check_return(
    content: bytes,
    file_name: str,
    quarter: Quarter,
    council: Council,
    warehouse: Engine | None = None,
    source_code: str | None = None,
) -> ReturnCheck:
    """Check a return as the run of its quarter would, before it is sent.

    Args:
        content: The file's bytes.
        file_name: What it is called: it may tell whose return it is.
        quarter: Quarter of the return.
        council: The council folder.
        warehouse: The database with earlier publications, where there is one.
        source_code: Source whose return it is; else its template's mark says it, or its name, as
            that of exactly one source's location.

    Raises:
        RequestError: Nobody can tell whose return it is, or the quarter is not reported.
        ReturnError: The file cannot be read.
        PublicationError: The database cannot be read.
    """
    if quarter < council.first_quarter:
        raise RequestError(f"The first quarter reported is {council.first_quarter.label}.")
    with tempfile.TemporaryDirectory() as folder:
        landing = Landing(Path(folder))
        sha256 = land_unsent(content, file_name, landing)
        mark = template_mark(landing.path(sha256))
        code = source_code or (mark.source_code if mark else None)
        entry = _source(code, file_name, quarter, council)
        rows = extract_unsent(entry, quarter, sha256, file_name, landing)
    earlier = earlier_results(council, quarter, warehouse)
    return _Checking(entry, quarter, council, earlier, rows).result(
        file_name, is_template=mark is not None
    )


def _source(code: str | None, file_name: str, quarter: Quarter, council: Council) -> Source:
    listed = ", ".join(council.sources)
    if code is not None:
        if code not in council.sources:
            raise RequestError(f"`{code}` is no source of {council.name}. Choose one of: {listed}.")
        return council.sources[code]
    named = [
        entry
        for entry in council.sources.values()
        if isinstance(entry, FileEntry)
        and PurePosixPath(entry.located(entry.location, quarter)).name == file_name
    ]
    if len(named) != 1:
        raise RequestError(
            f"Nothing in {file_name} says whose return it is. Name the source: one of {listed}."
        )
    return named[0]


class _Checking:
    """One return with all that it is checked against."""

    def __init__(
        self,
        entry: Source,
        quarter: Quarter,
        council: Council,
        earlier: EarlierResults,
        rows: pd.DataFrame,
    ) -> None:
        self._entry, self._quarter, self._council = entry, quarter, council
        self._earlier, self._rows = earlier, rows
        self._kpis = council.kpis_in_force(quarter)
        self._expected = expectations(entry, quarter, council, self._kpis)
        self._checked = check_rows(rows, self._expected)
        self._require_balance()

    def result(self, file_name: str, *, is_template: bool) -> ReturnCheck:
        """Gather what was found."""
        scorecard = self._scorecard()
        outcomes = Counter(self._checked["row_outcome_code"])
        findings = [*self._rejections(), *self._advice(scorecard)]
        return ReturnCheck(
            source_code=self._entry.source_code,
            source_name=self._entry.source_name,
            quarter_key=self._quarter.key,
            file_name=file_name,
            is_template=is_template,
            read_count=len(self._rows),
            accepted_count=outcomes[RowOutcome.ACCEPTED],
            rejected_count=outcomes[RowOutcome.REJECTED],
            ignored_count=outcomes[RowOutcome.IGNORED],
            findings=tuple(sorted(findings, key=lambda finding: finding.row_number)),
            ratings=tuple(map(_rating, scorecard.itertuples(index=False))),
            missing=tuple(self._missing(scorecard)),
            compared_with=self._earlier.origin_text,
        )

    def _require_balance(self) -> None:
        ledger = return_ledger(
            self._rows, self._checked, self._expected.source_code, self._expected.quarter
        )
        imbalance = ledger_imbalance(ledger)
        if imbalance is not None:
            raise ReturnError(
                f"The rows of the return do not add up ({imbalance}), so that a run would stop. "
                "Save the file anew and check it again."
            )

    def _scorecard(self) -> pd.DataFrame:
        """Rate all KPIs as a run does, and return `KpiScorecard` of this source's."""
        council, quarter, kpis = self._council, self._quarter, self._kpis
        accepted = accepted_outturns(self._checked)
        headline = headline_outturns(accepted, quarter)
        replaced = council.kpi_predecessors(quarter)
        compared = compare_outturns(
            headline,
            comparator_outturns(
                under_present_refs(accepted, replaced),
                under_present_refs(self._earlier.figures, replaced),
                quarter,
            ),
            kpis,
            quarter,
            council.series_breaks,
            council.comparison_in_force(quarter),
        )
        rejected = reported_rejections(rejected_rows(self._checked))
        refs = rejected_headline_refs(rejected, kpis)
        rated = rate_outturns(headline, refs, kpis, compared, council.overrides_of(quarter))
        own = kpis.loc[kpis["source_code"] == self._entry.source_code, "kpi_ref"]
        scorecard = kpi_scorecard(rated, compared, kpis, council.scheme)
        return scorecard[scorecard["kpi_ref"].isin(own)]

    def _rejections(self) -> Iterator[Finding]:
        for row, kpi_ref, problems in problems_of(self._rows, self._checked, self._expected):
            for problem in problems:
                codes = tuple(problem.code.split("; "))
                yield self._finding(row, problem.field, kpi_ref, problem.text, codes)

    def _advice(self, scorecard: pd.DataFrame) -> Iterator[Finding]:
        """Say which actions are missing: of KPIs that would be red, or were when last published."""
        places = {str(each.row_id): index for index, each in enumerate(self._checked.itertuples())}
        headline = headline_outturns(accepted_outturns(self._checked), self._quarter)
        ratings = dict(zip(scorecard["kpi_ref"], scorecard["rag_code"], strict=True))
        for row in headline.itertuples(index=False):
            for name, text in self._lacks(row, ratings.get(row.kpi_ref)):
                yield self._finding(places[str(row.row_id)], name, str(row.kpi_ref), text, ())

    def _lacks(self, row: Any, rag_code: Any) -> Iterator[tuple[ReturnField, str]]:
        was_red = row.kpi_ref in self._earlier.red_refs
        if rag_code == Rag.RED and pd.isna(row.action_text):
            yield ReturnField.ACTION, f"{row.kpi_ref} would be red. Write what will be done."
        owed = {
            ReturnField.ACTION_OWNER: (row.action_owner_name, "who answers for the action"),
            ReturnField.ACTION_DUE: (row.action_due_date, "by when it is to be done"),
        }
        for name, (given, what) in owed.items():
            if was_red and pd.isna(given) and name in self._fields:
                yield name, f"{row.kpi_ref} was red when last published. Write {what}."

    @property
    def _fields(self) -> set[str]:
        """The fields that the return has columns for."""
        return {name for text in self._rows["columns_text"].dropna() for name in _letters(text)}

    def _finding(
        self,
        row: int,
        name: ReturnField | None,
        kpi_ref: str | None,
        text: str,
        codes: tuple[str, ...],
    ) -> Finding:
        source = self._rows.iloc[row]
        letter = _letters(source["columns_text"]).get(name or ReturnField.KPI_REF)
        number = int(source["row_number"])
        return Finding(
            sheet=None if pd.isna(source["sheet_name"]) else str(source["sheet_name"]),
            column=letter,
            row_number=number,
            kpi_ref=kpi_ref,
            text=text,
            reason_codes=codes,
            is_rejection=bool(codes),
        )

    def _missing(self, scorecard: pd.DataFrame) -> Iterator[MissingKpi]:
        due = set(self._kpis.loc[self._kpis["is_due"], "kpi_ref"])
        status = scorecard["outturn_status_code"]
        is_missing = (
            (scorecard["not_rated_reason_code"] == NotRatedReason.NOT_RETURNED)
            & (status.isna() | (status == OutturnStatus.BLANK))
            & scorecard["kpi_ref"].isin(due)
        )
        for row in scorecard[is_missing].itertuples(index=False):
            yield MissingKpi(str(row.kpi_ref), str(row.kpi_name))


def _letters(text: Any) -> Mapping[str, str]:
    """Return the column of each field, of `columns_text`."""
    pairs = () if pd.isna(text) else str(text).split()
    return dict(pair.split("=", 1) for pair in pairs)


def _rating(row: Any) -> ExpectedRating:
    shown = [
        None if pd.isna(value) else str(value)
        for value in (
            *(row.outturn_text, row.target_text),
            *(row.rag_code, row.rag_label, row.not_rated_reason_code),
        )
    ]
    return ExpectedRating(str(row.kpi_ref), str(row.kpi_name), *shown)
