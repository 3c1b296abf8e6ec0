"""What became of the returns: their status, and the rows that were rejected."""

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import NotRatedReason, ReturnState
from perf_pipeline.schemas import conform, reporting
from perf_pipeline.schemas.identities import acceptance_identities
from perf_pipeline.source_entries import SourceEntry

_PLACE_OF_REASON = ["quarter_key", "source_code", "file_sha256", "row_id", "reason_code"]

_QUARTER_UNKNOWN = ("quarter_unreadable", "quarter_ambiguous", "row_malformed")
"""Reasons of rejected rows that leave open which quarter their figure is for."""


def return_status(
    ledger: pd.DataFrame,
    sources: Mapping[str, SourceEntry],
    kpis: pd.DataFrame,
    rated: pd.DataFrame,
    receipts: pd.DataFrame,
    quarter: Quarter,
    deadline: dt.date,
) -> pd.DataFrame:
    """Say of each source whether its return came, when, and what was in it.

    Args:
        ledger: `ReturnLedger` of every source.
        sources: Entries of sources.yaml by `source_code`, in the order in which they are listed.
        kpis: `KpisInForce`.
        rated: `RatedOutturns`.
        receipts: The register's `Receipts`.
        quarter: The quarter.
        deadline: Day by which returns were due; one logged later is `late`. A source that owes
            no KPI this quarter and has sent nothing is `not_due`.
    """
    received = receipts.loc[
        receipts["quarter_key"] == quarter.key, ["source_code", "received_date"]
    ]
    listed = ledger.merge(received, on="source_code", how="left", validate="1:1")
    is_missing = rated["not_rated_reason_code"] == NotRatedReason.NOT_RETURNED
    missing = rated[is_missing].groupby("source_code").size()
    due = kpis[kpis["is_due"]].groupby("source_code").size()
    deadline_text = deadline.isoformat()
    state = pd.Series(ReturnState.RETURNED.value, index=listed.index, dtype="str")
    state = state.mask(listed["received_date"] > deadline_text, ReturnState.LATE.value)
    state = state.mask(listed["read_count"] == 0, ReturnState.NOT_RETURNED.value)
    codes = listed["source_code"]
    due_count = codes.map(due).fillna(0)
    owes_nothing = (listed["read_count"] == 0) & (due_count == 0)
    state = state.mask(owes_nothing, ReturnState.NOT_DUE.value)
    listed = listed.assign(
        source_name=[sources[code].source_name for code in codes],
        contact_role=[sources[code].contact_role for code in codes],
        return_status_code=state,
        deadline_date=deadline_text,
        received_date=listed["received_date"].where(listed["read_count"] > 0),
        due_kpi_count=due_count,
        missing_kpi_count=codes.map(missing).fillna(0),
    )
    order = {code: place for place, code in enumerate(sources)}
    listed = listed.sort_values("source_code", key=lambda column: column.map(order))
    return conform(listed, reporting.ReturnStatus)


def rejected_rows(rejected: pd.DataFrame) -> pd.DataFrame:
    """List rejected rows for the people who must mend them.

    Args:
        rejected: Rejected `CheckedRows`.
    """
    listed = rejected.reset_index(drop=True).rename(
        columns={
            "quarter_key": "figure_quarter_key",
            "return_quarter_key": "quarter_key",
            "outcome_reason_code": "reason_code",
            "outcome_text": "reason_text",
        }
    )
    reasons = listed["reason_code"].str.split("; ").explode()
    is_unknown = reasons.isin(_QUARTER_UNKNOWN).groupby(level=0).any()
    listed["figure_quarter_key"] = listed["figure_quarter_key"].mask(is_unknown)
    return conform(listed, reporting.RejectedRows)


def accepted_rows(accepted: pd.DataFrame, acceptances: pd.DataFrame) -> pd.DataFrame:
    """List the rejected rows that a role accepted as they were sent, with who did and why.

    Args:
        accepted: `CheckedRows` that were accepted with a reason of rejection.
        acceptances: The register's `AcceptedRows` of the quarter.
    """
    given = acceptances.rename(columns={"reason_text": "acceptance_text"})
    given = given.assign(row_id=acceptance_identities(given))
    given = given.drop(columns=["sheet_name", "row_number", "column_code"])
    listed = accepted.rename(
        columns={"quarter_key": "figure_quarter_key", "return_quarter_key": "quarter_key"}
    )
    listed = listed.assign(reason_code=listed["outcome_reason_code"].str.split("; "))
    listed = listed.explode("reason_code").astype({"reason_code": "str"})
    joined = listed.merge(given, on=_PLACE_OF_REASON, how="inner", validate="1:1")
    return conform(joined, reporting.AcceptedRows)
