"""Every row of a return with what became of it, and the account that proves none was lost."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import pandera.errors

from perf_pipeline.errors import ReturnError
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import ReturnFault, RowKind, RowOutcome
from perf_pipeline.schemas import column_kinds, empty, frame_of, stages
from perf_pipeline.schemas.distinct import validate_distinct
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.validate.acceptances import accepted_as_sent
from perf_pipeline.validate.cells import Problem
from perf_pipeline.validate.expectations import Expectations
from perf_pipeline.validate.rows import Reading, heads_a_section, read_row

_KEY = ["quarter_key", "kpi_ref", "breakdown_type_code", "breakdown_category_code"]
_FIGURES = [
    "outturn_value",
    "numerator_value",
    "denominator_value",
    "stated_previous_value",
    "forecast_value",
]
_WORDS = [
    "outturn_status_code",
    "stated_rag_code",
    "rating_reason_text",
    "action_owner_name",
    "action_due_date",
]
_CONTENT = [*_FIGURES, *_WORDS, "is_provisional", "commentary_text", "action_text"]
_DUPLICATE = "duplicate_identical"
_LISTED_ROWS = 10
_CARRIED = [
    "source_code",
    "row_id",
    "file_name",
    "file_sha256",
    "sheet_name",
    "row_number",
    "commentary_text",
    "action_text",
    "row_text",
]


def check_rows(rows: pd.DataFrame, expected: Expectations) -> pd.DataFrame:
    """Give every row of a return its outcome.

    Args:
        rows: `ReturnRows` of one source and quarter.
        expected: What they are checked against.

    Returns:
        `CheckedRows`, one for each row given, in their order.

    Raises:
        ReturnError: Accepted rows break their schema in a way that names no row.
    """
    if rows.empty:
        return empty(stages.CheckedRows)
    outcomes = [_carried(row, expected) | _checked(row, expected) for row in rows_of(rows)]
    frame = frame_of(outcomes, stages.CheckedRows)
    if _has_repeats(outcomes):
        frame = _settle_duplicates(frame)
    frame = _hold_to_schema(frame)
    accepted = accepted_as_sent(rows, frame, expected)
    return _hold_to_schema(_with_accepted(frame, accepted)) if accepted else frame


def _with_accepted(checked: pd.DataFrame, readings: Mapping[Hashable, Reading]) -> pd.DataFrame:
    """Let rows say what they say; why they were rejected stays beside it."""
    changed = checked.copy()
    for index, reading in readings.items():
        for name, value in _said(reading).items():
            changed.loc[index, name] = value
        changed.loc[index, "row_outcome_code"] = RowOutcome.ACCEPTED.value
    return changed


def _carried(row: Any, expected: Expectations) -> dict[str, Any]:
    """Return what stands beside a row whatever becomes of it."""
    carried = {name: getattr(row, name) for name in _CARRIED}
    return carried | {
        "raw_value_text": row.value_text,
        "return_quarter_key": expected.quarter.key,
    }


def _checked(row: Any, expected: Expectations) -> dict[str, Any]:
    kind = RowKind(row.row_kind_code)
    if kind is RowKind.DATA and heads_a_section(row, expected):
        kind = RowKind.NOTE
    if kind is not RowKind.DATA:
        nothing = Reading(quarter_key=expected.quarter.key)
        return _said(nothing) | _outcome(RowOutcome.IGNORED, kind.value)
    reading = read_row(row, expected)
    if reading.problems:
        return _said(reading.refused()) | _rejection(reading.problems)
    return _said(reading) | _outcome(RowOutcome.ACCEPTED, None)


def _said(reading: Reading) -> dict[str, Any]:
    return {name: value for name, value in vars(reading).items() if name != "problems"}


def _outcome(outcome: RowOutcome, reason: str | None) -> dict[str, Any]:
    return {
        "row_outcome_code": outcome.value,
        "outcome_reason_code": reason,
        "outcome_text": None,
    }


def _rejection(problems: list[Problem]) -> dict[str, Any]:
    codes = dict.fromkeys(problem.code for problem in problems)
    return {
        "row_outcome_code": RowOutcome.REJECTED.value,
        "outcome_reason_code": "; ".join(codes)[:255],
        "outcome_text": " ".join(problem.text for problem in problems).replace("\0", "\\x00"),
    }


def _has_repeats(outcomes: list[dict[str, Any]]) -> bool:
    """Tell whether two accepted rows are for one figure; few returns have such."""
    accepted = [row for row in outcomes if row["row_outcome_code"] == RowOutcome.ACCEPTED]
    return len({tuple(map(row.get, _KEY)) for row in accepted}) < len(accepted)


def _settle_duplicates(checked: pd.DataFrame) -> pd.DataFrame:
    """Keep one of identical rows and reject all of conflicting ones."""
    is_accepted = checked["row_outcome_code"] == RowOutcome.ACCEPTED
    is_repeated = is_accepted & checked.duplicated([*_KEY, "row_outcome_code"], keep=False)
    repeats: list[Hashable] = []
    conflicts: dict[Hashable, list[Problem]] = {}
    for _, group in checked[is_repeated].groupby(_KEY, sort=False):
        if group.duplicated(_CONTENT).sum() == len(group) - 1:
            repeats.extend(group.index[1:])
            continue
        problem = _conflict(group)
        conflicts |= {index: [problem] for index in group.index}
    settled = _without_content(checked, repeats)
    settled.loc[repeats, "row_outcome_code"] = RowOutcome.IGNORED.value
    settled.loc[repeats, "outcome_reason_code"] = _DUPLICATE
    return _rejected(settled, conflicts)


def _conflict(group: pd.DataFrame) -> Problem:
    numbers = ", ".join(str(number) for number in group["row_number"][:_LISTED_ROWS])
    others = len(group) - _LISTED_ROWS
    rows = f"{numbers} and {others} more" if others > 0 else numbers
    return Problem(
        "duplicate_conflicting",
        f"Rows {rows} are all for {group['kpi_ref'].iloc[0]} and do not agree. Send one of them.",
    )


def _rejected(checked: pd.DataFrame, problems: dict[Hashable, list[Problem]]) -> pd.DataFrame:
    changed = _without_content(checked, list(problems))
    outcomes = pd.DataFrame([_rejection(found) for found in problems.values()])
    for column in outcomes:
        changed.loc[list(problems), column] = outcomes[column].to_numpy()
    return changed


def _without_content(checked: pd.DataFrame, rows: list[Hashable]) -> pd.DataFrame:
    changed = checked.copy()
    changed.loc[rows, _FIGURES] = float("nan")
    changed.loc[rows, _WORDS] = None
    changed.loc[rows, "is_provisional"] = False
    return changed


def _hold_to_schema(checked: pd.DataFrame) -> pd.DataFrame:
    """Reject what breaks `AcceptedOutturns`, again and again until nothing does.

    Lazy pandera hides a row's further failures behind its first, so one pass is not enough. Each
    pass rejects accepted rows, so that the passes come to an end.
    """
    while problems := _schema_problems(_accepted(checked)):
        checked = _rejected(checked, problems)
    return checked


def _schema_problems(accepted: pd.DataFrame) -> dict[Hashable, list[Problem]]:
    try:
        validate_distinct(accepted, stages.AcceptedOutturns)
    except pandera.errors.SchemaErrors as errors:
        return _problems_by_row(errors.failure_cases)
    return {}


def _problems_by_row(failures: pd.DataFrame) -> dict[Hashable, list[Problem]]:
    if failures["index"].isna().any():
        first = failures[failures["index"].isna()].iloc[0]
        raise ReturnError(
            f"The accepted rows break their schema: {first['column']} fails {first['check']}. "
            "This is a fault of the pipeline: report it with the return.",
            reason_code=ReturnFault.PIPELINE,
        )
    problems: dict[Hashable, list[Problem]] = {}
    for failure in failures.itertuples(index=False):
        problem = Problem("schema", f"{failure.column} fails the check {failure.check}.")
        problems.setdefault(failure.index, []).append(problem)
    return problems


def _accepted(checked: pd.DataFrame) -> pd.DataFrame:
    is_accepted = checked["row_outcome_code"] == RowOutcome.ACCEPTED
    return checked[list(column_kinds(stages.AcceptedOutturns))][is_accepted]


def accepted_outturns(checked: pd.DataFrame) -> pd.DataFrame:
    """Return the `AcceptedOutturns` among checked rows."""
    return _accepted(checked).reset_index(drop=True)


def accepted_as_sent_rows(checked: pd.DataFrame) -> pd.DataFrame:
    """Return the `CheckedRows` that a role accepted with what is wrong with them."""
    is_accepted = checked["row_outcome_code"] == RowOutcome.ACCEPTED
    return checked[is_accepted & checked["outcome_reason_code"].notna()].reset_index(drop=True)


def rejected_rows(checked: pd.DataFrame) -> pd.DataFrame:
    """Return the `CheckedRows` that were rejected."""
    return checked[checked["row_outcome_code"] == RowOutcome.REJECTED].reset_index(drop=True)


def return_ledger(
    rows: pd.DataFrame, checked: pd.DataFrame, source_code: str, quarter: Quarter
) -> pd.DataFrame:
    """Account for a return: a `ReturnLedger` of one row.

    Args:
        rows: `ReturnRows` as extracted.
        checked: The same rows checked.
        source_code: Source of the return.
        quarter: Quarter of the return.
    """
    outcomes = Counter(checked["row_outcome_code"].tolist())
    reasons = Counter(checked["outcome_reason_code"].tolist())
    is_there = not rows.empty
    account = {
        "quarter_key": quarter.key,
        "source_code": source_code,
        "file_name": rows["file_name"].iloc[0] if is_there else None,
        "file_sha256": rows["file_sha256"].iloc[0] if is_there else None,
        "read_count": len(rows),
        "accepted_count": outcomes[RowOutcome.ACCEPTED],
        "rejected_count": outcomes[RowOutcome.REJECTED],
        "ignored_count": outcomes[RowOutcome.IGNORED],
        "blank_count": reasons[RowKind.BLANK],
        "heading_count": reasons[RowKind.TITLE] + reasons[RowKind.HEADING],
        "note_count": reasons[RowKind.NOTE],
        "total_count": reasons[RowKind.TOTAL],
        "duplicate_count": reasons[_DUPLICATE],
        "hidden_count": int(rows.loc[rows["is_hidden"], "row_number"].nunique()),
        "spread_count": len(rows) - rows["row_number"].nunique(),
        "hidden_sheets_text": rows["hidden_sheets_text"].iloc[0] if is_there else None,
        "counted_count": rows["counted_count"].iloc[0] if is_there else 0,
    }
    return frame_of([account], stages.ReturnLedger)


def count_mismatch(rows: pd.DataFrame) -> str | None:
    """Say where the two readers of a return (`ReturnRows`) differ, or nothing when they agree."""
    filled = rows.loc[rows["row_kind_code"] != RowKind.BLANK, "row_number"].nunique()
    counted = 0 if rows.empty else int(rows["counted_count"].iloc[0])
    if filled == counted:
        return None
    return f"{filled} rows that are not blank were read; the second reader counts {counted}."


def ledger_imbalance(ledger: pd.DataFrame) -> str | None:
    """Say what does not add up in a ledger, or nothing when it balances."""
    faults = []
    for row in rows_of(ledger):
        settled = row.accepted_count + row.rejected_count + row.ignored_count
        if row.read_count != settled:
            faults.append(f"{row.source_code}: {row.read_count} rows read, {settled} settled")
        reasons = ("blank_count", "heading_count", "note_count", "total_count", "duplicate_count")
        explained = sum(getattr(row, reason) for reason in reasons)
        if row.ignored_count != explained:
            faults.append(
                f"{row.source_code}: {row.ignored_count} rows ignored, {explained} of them "
                "with a reason"
            )
        filled = row.read_count - row.blank_count - row.spread_count
        if filled != row.counted_count:
            faults.append(
                f"{row.source_code}: {filled} rows that are not blank read, "
                f"{row.counted_count} counted by the second reader"
            )
    return "; ".join(faults) or None
