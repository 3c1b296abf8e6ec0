"""Generated returns read and checked by the pipeline's own functions, and held against the truth.

The readers are called in this process. A run starts a child process for each return, which is too
slow for twenty thousand; that both read the same is tried with one return of each kind of file.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import RowOutcome
from perf_pipeline.source_entries import CsvEntry, ExcelEntry, JsonEntry
from perf_pipeline.sources.csv_files import count_csv, read_csv
from perf_pipeline.sources.excel_files import count_excel, read_excel
from perf_pipeline.sources.json_documents import count_records, read_records
from perf_pipeline.sources.return_frames import return_rows
from perf_pipeline.sources.rows import ParsedReturn, checked_for_data
from perf_pipeline.sources.wording import ReturnPlace
from perf_pipeline.validate import check_rows, count_mismatch, ledger_imbalance, return_ledger
from perf_pipeline_tests.generated.model import QUARTER, GeneratedReturn, Row, Truth
from perf_pipeline_tests.generated.register import expectations


@dataclass
class Tally:
    """What was found in the returns so far; every list holds sentences that name the return.

    Attributes:
        counts: Returns, rows, and rows by what became of them.
        tried: How often each kind of file, way of writing and fault was there.
        unaccounted: Returns whose rows are not all accounted for.
        wrong: Accepted rows that were read as something else than what was meant.
        false_rejections: Rows without fault that were not accepted.
        false_acceptances: Rows with a fault that were not rejected, or repeats that were not found.
        other_reasons: Rejected or ignored rows whose reason is not the one expected.
        other_errors: Files that brought another error than `ReturnError`, or were not refused.
    """

    counts: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    unaccounted: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    false_rejections: list[str] = field(default_factory=list)
    false_acceptances: list[str] = field(default_factory=list)
    other_reasons: list[str] = field(default_factory=list)
    other_errors: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Say in a line what was tried and what was found."""
        counts = [f"{number:,} {name}" for name, number in self.counts.items()]
        kinds = [name for name in self.tried if name.startswith(("fault: ", "way: "))]
        share = len(self.false_rejections) / max(1, self.counts["rows without fault"])
        found = {
            "returns with rows unaccounted for": self.unaccounted,
            "rows read wrongly": self.wrong,
            "faults accepted": self.false_acceptances,
            "other reasons": self.other_reasons,
            "other errors": self.other_errors,
        }
        faults = [f"{len(each)} {name}" for name, each in found.items()]
        return (
            f"{', '.join(counts)}; {len(kinds)} ways and faults; {', '.join(faults)}; "
            f"{share:.2%} of rows without fault rejected"
        )


def read(made: GeneratedReturn, folder: Path) -> pd.DataFrame:
    """Read a return as a run does, but in this process.

    Args:
        made: The return.
        folder: Where the file of a workbook is put.

    Raises:
        ReturnError: The file is refused.
    """
    place = ReturnPlace(made.entry, f"return {made.number}", QUARTER)
    parsed, counted = _parsed(made, folder, place)
    return return_rows(checked_for_data(parsed, place), place, "0" * 64, counted)


def _parsed(made: GeneratedReturn, folder: Path, place: ReturnPlace) -> tuple[ParsedReturn, int]:
    entry, content = made.entry, made.content
    if isinstance(entry, CsvEntry):
        return read_csv(content, entry, place), count_csv(content, entry, place)
    if isinstance(entry, JsonEntry):
        return read_records(content, entry, place), count_records(content, entry, place)
    assert isinstance(entry, ExcelEntry)
    path = folder / "return"
    path.write_bytes(content)
    return read_excel(path, entry, place), count_excel(path, entry, place)


def count(made: GeneratedReturn, folder: Path, tally: Tally) -> None:
    """Read a return, check its rows, and count what became of them."""
    tally.counts["returns"] += 1
    tally.tried[f"file: {made.medium}"] += 1
    try:
        rows = read(made, folder)
    except ReturnError as error:
        tally.counts["refused returns"] += 1
        if made.file_fault is None:
            tally.unaccounted.append(f"return {made.number} was refused: {error}")
        tally.tried[f"file: {made.file_fault}"] += 1
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
        tally.other_errors.append(f"return {made.number}: {error!r}")
        return
    if made.file_fault is not None:
        tally.other_errors.append(f"return {made.number} was read: {made.file_fault}")
        return
    compare(made, rows, check_rows(rows, expectations(made.entry.percent_scale)), tally)


def compare(made: GeneratedReturn, rows: pd.DataFrame, checked: pd.DataFrame, tally: Tally) -> None:
    """Hold a return's rows against what was written, by the generator's own count."""
    tally.unaccounted.extend(
        f"return {made.number}: {each}" for each in _account(made, rows, checked)
    )
    if len(checked) != len(made.rows):
        return
    for number, (row, found) in enumerate(zip(made.rows, checked.to_dict("records"), strict=True)):
        tally.counts[f"rows {found['row_outcome_code']}"] += 1
        tally.counts["rows"] += 1
        tally.tried.update(_tried(row))
        _judge(row, found, f"return {made.number} ({made.medium}), row {number}", tally)


def _account(made: GeneratedReturn, rows: pd.DataFrame, checked: pd.DataFrame) -> Iterator[str]:
    """Say where the pipeline's ledger is not the generator's count."""
    ledger = return_ledger(rows, checked, expectations(made.entry.percent_scale))
    filled = sum(not row.is_blank for row in made.rows)
    expected = {
        "read_count": len(made.rows),
        "counted_count": filled,
        "hidden_count": sum(row.is_hidden for row in made.rows),
    }
    (account,) = ledger.to_dict("records")
    yield from (
        f"{name} is {account[name]}, and {number} were written"
        for name, number in expected.items()
        if account[name] != number
    )
    settled = sum(int(account[f"{outcome}_count"]) for outcome in RowOutcome)
    if settled != len(made.rows):
        yield f"{settled} rows are accepted, rejected or ignored of {len(made.rows)}"
    yield from filter(None, (ledger_imbalance(ledger), count_mismatch(rows)))


def _tried(row: Row) -> Iterator[str]:
    yield f"fault: {row.fault}"
    yield f"reason: {row.reason}"
    if row.truth is not None:
        yield from (f"way: {cell.way}" for cell in row.cells.values() if cell.way != "text")


def _judge(row: Row, found: dict[str, Any], where: str, tally: Tally) -> None:
    outcome, reason = found["row_outcome_code"], found["outcome_reason_code"]
    shown = f"{where}: {found['row_text']!r} is {outcome} ({reason})"
    if row.truth is not None:
        tally.counts["rows without fault"] += 1
    if outcome == RowOutcome.ACCEPTED:
        if row.truth is None:
            tally.false_acceptances.append(f"{shown}, not {row.reason}")
        else:
            tally.counts["figures compared"] += 1
            tally.wrong.extend(f"{shown}: {each}" for each in _differences(row.truth, found))
    elif row.truth is not None:
        tally.false_rejections.append(f"{shown}: {found['outcome_text']}")
    elif (outcome, reason) != (row.outcome, row.reason):
        tally.other_reasons.append(f"{shown}, not {row.outcome} ({row.reason})")


def _differences(truth: Truth, found: dict[str, Any]) -> Iterator[str]:
    same = {
        "kpi_ref": truth.kpi_ref,
        "quarter_key": truth.quarter_key,
        "breakdown_type_code": truth.breakdown[0],
        "breakdown_category_code": truth.breakdown[1],
        "outturn_status_code": truth.status,
        "is_provisional": truth.is_provisional,
    }
    yield from (
        f"{name} is {found[name]!r}, not {meant!r}"
        for name, meant in same.items()
        if found[name] != meant
    )
    figures = {
        "outturn_value": truth.value,
        "numerator_value": truth.numerator,
        "denominator_value": truth.denominator,
        "stated_previous_value": truth.previous,
        "forecast_value": truth.forecast,
    }
    yield from (
        f"{name} is {found[name]!r}, not {meant}"
        for name, meant in figures.items()
        if not _is_meant(found[name], meant)
    )


def _is_meant(value: Any, meant: Decimal | Fraction | None) -> bool:
    """Tell whether a float is the figure meant: a decimal exactly, a ratio to its last bit."""
    if meant is None:
        return bool(pd.isna(value))
    if pd.isna(value):
        return False
    if isinstance(meant, Decimal):
        return Decimal(repr(float(value))) == meant
    return abs(Fraction(float(value)) - meant) <= Fraction(math.ulp(float(meant)))
