"""Generated returns read and checked by the pipeline's own functions, and held against the truth.

The readers are called in this process. A run starts a child process for each return, which is too
slow for twenty thousand; that both read the same is tried with one return of each kind of file.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from perf_pipeline.errors import ReturnError
from perf_pipeline.rules import RowOutcome
from perf_pipeline.source_entries import CsvEntry, ExcelEntry, JsonEntry, ReturnField
from perf_pipeline.sources.csv_files import count_csv, read_csv
from perf_pipeline.sources.excel_files import count_excel, read_excel
from perf_pipeline.sources.json_documents import count_records, read_records
from perf_pipeline.sources.return_frames import return_rows
from perf_pipeline.sources.rows import ParsedReturn, ParsedRow, checked_for_data
from perf_pipeline.sources.template_marks import as_sent
from perf_pipeline.sources.wording import ReturnPlace
from perf_pipeline.validate import (
    Expectations,
    check_rows,
    count_mismatch,
    ledger_imbalance,
    return_ledger,
)
from perf_pipeline_tests.generated.model import QUARTER, TEMPLATE, GeneratedReturn, Row, Truth
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
        layouts = {
            name.removeprefix("layout: "): number
            for name, number in self.tried.most_common()
            if name.startswith("layout: ")
        }
        laid_out = ", ".join(f"{name} {number:,}" for name, number in layouts.items())
        return (
            f"{', '.join(counts)}; layouts: {laid_out}; {len(kinds)} ways and faults; "
            f"{', '.join(faults)}; "
            f"{share:.2%} of rows without fault rejected"
        )


class ReadReturn(NamedTuple):
    """A return that could be read: its rows, and the second reader's count of them."""

    made: GeneratedReturn
    parsed: ParsedReturn
    counted: int


def read(made: GeneratedReturn, folder: Path) -> ReadReturn:
    """Read a return as a run does, but in this process.

    Args:
        made: The return.
        folder: Where the file of a workbook is put.

    Raises:
        ReturnError: The file is refused.
    """
    place = ReturnPlace(made.entry, f"return {made.number}", QUARTER)
    parsed, counted = _parsed(made, folder, place)
    return ReadReturn(made, checked_for_data(parsed, place), counted)


def _parsed(made: GeneratedReturn, folder: Path, place: ReturnPlace) -> tuple[ParsedReturn, int]:
    entry, content = made.entry, made.content
    path = folder / "return"
    if made.layout == TEMPLATE:
        path.write_bytes(content)
        entry, place = as_sent(entry, path, place)
    if isinstance(entry, CsvEntry):
        return read_csv(content, entry, place), count_csv(content, entry, place)
    if isinstance(entry, JsonEntry):
        return read_records(content, entry, place), count_records(content, entry, place)
    assert isinstance(entry, ExcelEntry)
    path.write_bytes(content)
    return read_excel(path, entry, place), count_excel(path, entry, place)


def frame(bundle: Sequence[ReadReturn]) -> pd.DataFrame:
    """Make `ReturnRows` of a return, or of several as if they were one, their rows numbered on."""
    first = bundle[0]
    parsed = first.parsed
    if len(bundle) > 1:
        parsed = ParsedReturn(list(_numbered_on(bundle)))
    place = ReturnPlace(first.made.entry, f"return {first.made.number}", QUARTER)
    return return_rows(parsed, place, "0" * 64, sum(each.counted for each in bundle))


def _numbered_on(bundle: Sequence[ReadReturn]) -> Iterator[ParsedRow]:
    """Number the lines of several returns on; rows of the same line keep having one number."""
    lines = (
        list(rows)
        for each in bundle
        for _, rows in groupby(each.parsed.rows, lambda row: row.number)
    )
    for number, rows in enumerate(lines, 1):
        yield from (replace(row, number=number) for row in rows)


def count(bundle: Sequence[GeneratedReturn], folder: Path, tally: Tally) -> None:
    """Read returns, check their rows together, and count what became of them.

    Args:
        bundle: Returns whose KPIs are apart and whose percentages are written alike: checking
            a frame for each return takes seven times as long.
        folder: Where the files of workbooks are put.
        tally: What is counted.
    """
    taken = [each for each in (_taken(made, folder, tally) for made in bundle) if each is not None]
    if taken:
        rows = frame(taken)
        compare(taken, rows, check_rows(rows, expected_of(taken)), tally)


def expected_of(bundle: Sequence[ReadReturn]) -> Expectations:
    """Return what the rows of returns are checked against."""
    return expectations(bundle[0].made.entry.percent_scale)


def _taken(made: GeneratedReturn, folder: Path, tally: Tally) -> ReadReturn | None:
    tally.counts["returns"] += 1
    tally.tried[f"file: {made.medium}"] += 1
    tally.tried[f"layout: {made.layout}"] += 1
    try:
        taken = read(made, folder)
    except ReturnError as error:
        tally.counts["refused returns"] += 1
        if made.file_fault is None:
            tally.unaccounted.append(f"return {made.number} was refused: {error}")
        return None
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
        tally.other_errors.append(f"return {made.number}: {error!r}")
        return None
    if made.file_fault is not None:
        tally.other_errors.append(f"return {made.number} was read: {made.file_fault}")
        return None
    return taken


def compare(
    bundle: Sequence[ReadReturn], rows: pd.DataFrame, checked: pd.DataFrame, tally: Tally
) -> None:
    """Hold returns' rows against what was written, by the generator's own count.

    Args:
        bundle: The returns.
        rows: Their `ReturnRows`.
        checked: Their `CheckedRows`.
        tally: What is counted.
    """
    tally.unaccounted.extend(_account(bundle, rows, checked))
    found = iter(checked.to_dict("records"))
    for made, parsed, counted in bundle:
        part = list(islice(found, len(parsed.rows)))
        filled = sum(not row.is_blank and not row.is_further for row in made.rows)
        if (len(part), counted) != (len(made.rows), filled):
            tally.unaccounted.append(
                f"return {made.number}: {len(made.rows)} rows written, {len(part)} checked; "
                f"{filled} of them not blank, {counted} by the second reader"
            )
            continue
        for number, (row, outcome) in enumerate(zip(made.rows, part, strict=True)):
            tally.counts[f"rows {outcome['row_outcome_code']}"] += 1
            tally.counts["rows"] += 1
            tally.tried.update(_tried(row))
            _judge(row, outcome, f"return {made.number} ({made.medium}), row {number}", tally)


def _account(
    bundle: Sequence[ReadReturn], rows: pd.DataFrame, checked: pd.DataFrame
) -> Iterator[str]:
    """Say where the pipeline's ledger is not the generator's count."""
    written = [row for each in bundle for row in each.made.rows]
    expected = expected_of(bundle)
    ledger = return_ledger(rows, checked, expected.source_code, expected.quarter)
    (account,) = ledger.to_dict("records")
    account["settled_count"] = sum(int(account[f"{outcome}_count"]) for outcome in RowOutcome)
    counts = {
        "read_count": len(written),
        "settled_count": len(written),
        "counted_count": sum(not row.is_blank and not row.is_further for row in written),
        "spread_count": sum(row.is_further for row in written),
        "hidden_count": sum(row.is_hidden and not row.is_further for row in written),
    }
    where = f"returns from {bundle[0].made.number} on"
    yield from (
        f"{where}: {name} is {account[name]}, and {number} were written"
        for name, number in counts.items()
        if account[name] != number
    )
    wrong = filter(None, (ledger_imbalance(ledger), count_mismatch(rows)))
    yield from (f"{where}: {each}" for each in wrong)


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
            differences = (*_differences(row.truth, found), *_other_words(row, found))
            tally.wrong.extend(f"{shown}: {each}" for each in differences)
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


def _other_words(row: Row, found: dict[str, Any]) -> Iterator[str]:
    """Say where words that stood beside the figure are not with it, or others are."""
    written = row.cells.get(ReturnField.COMMENTARY)
    meant = written.text.strip() if written else ""
    kept = found["commentary_text"]
    if meant != ("" if pd.isna(kept) else kept):
        yield f"commentary is {kept!r}, not {meant!r}"


def _is_meant(value: Any, meant: Decimal | Fraction | None) -> bool:
    """Tell whether a float is the figure meant: a decimal exactly, a ratio to its last bit."""
    if meant is None:
        return bool(pd.isna(value))
    if pd.isna(value):
        return False
    if isinstance(meant, Decimal):
        return Decimal(repr(float(value))) == meant
    return abs(Fraction(float(value)) - meant) <= Fraction(math.ulp(float(meant)))
