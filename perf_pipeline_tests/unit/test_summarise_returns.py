"""What became of each return is told by source, and rejected rows to those who can mend them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import reporting
from perf_pipeline.source_entries import CsvEntry, ReturnField
from perf_pipeline.summarise import rejected_rows, return_status

FrameBuilder = Callable[..., pd.DataFrame]
Teller = Callable[..., pd.DataFrame]

QUARTER = Quarter(2023, 1)
DEADLINE = dt.date(2023, 7, 14)
NOT_COME = {
    "read_count": 0,
    "accepted_count": 0,
    "rejected_count": 0,
    "ignored_count": 0,
    "file_name": None,
    "file_sha256": None,
}


def _entry(code: str) -> CsvEntry:
    return CsvEntry(
        source_code=code,
        source_name=f"{code.title()} return",
        contact_role=f"{code.title()} Data Manager",
        columns={"Ref": ReturnField.KPI_REF, "Value": ReturnField.VALUE},
        kind="csv",
        location="{quarter}.csv",
    )


@pytest.fixture(scope="session")
def tell(
    build_ledger: FrameBuilder, build_kpis: FrameBuilder, build_receipts: FrameBuilder
) -> Teller:
    """Return a function that tells the status of returns from their ledgers and receipts."""
    kpis = build_kpis(
        {},
        {"kpi_ref": "ADS-02"},
        {"kpi_ref": "ADS-03", "is_due": False},
        {"kpi_ref": "CHD-01", "source_code": "children"},
    )
    sources = {code: _entry(code) for code in ("children", "adults", "waste")}

    rated = kpis[["kpi_ref", "source_code"]].assign(
        not_rated_reason_code=["not_returned", None, "not_due", "awaiting"]
    )

    def status(ledgers: list[dict[str, Any]], receipts: list[dict[str, Any]]) -> pd.DataFrame:
        return return_status(
            build_ledger(*ledgers),
            sources,
            kpis,
            rated,
            build_receipts(*receipts),
            QUARTER,
            DEADLINE,
        )

    return status


@pytest.mark.parametrize(
    ("ledger", "receipts", "state", "received"),
    [
        pytest.param({}, [{}], "returned", "2023-07-14", id="on-the-day"),
        pytest.param(
            {}, [{"received_date": "2023-06-30"}], "returned", "2023-06-30", id="in-good-time"
        ),
        pytest.param({}, [{"received_date": "2023-07-15"}], "late", "2023-07-15", id="day-late"),
        pytest.param({}, [], "returned", None, id="not-logged"),
        pytest.param(
            {},
            [{"quarter_key": "2023-24-Q2", "received_date": "2023-10-30"}],
            "returned",
            None,
            id="logged-for-another-quarter",
        ),
        pytest.param(
            {},
            [{"source_code": "children", "received_date": "2023-10-30"}],
            "returned",
            None,
            id="another-source-logged",
        ),
        pytest.param(NOT_COME, [], "not_returned", None, id="not-come"),
        pytest.param(
            NOT_COME,
            [{"received_date": "2023-07-20"}],
            "not_returned",
            None,
            id="logged-but-not-there",
        ),
    ],
)
def test_a_return_is_in_time_late_or_not_there(
    tell: Teller,
    ledger: dict[str, Any],
    receipts: list[dict[str, Any]],
    state: str,
    received: str | None,
) -> None:
    """What is not there is not returned, whatever the log says; late is after the deadline."""
    status = tell([ledger], receipts)
    reporting.ReturnStatus.validate(status, lazy=True)
    assert status["return_status_code"].tolist() == [state]
    dates = status["received_date"]
    assert [None if pd.isna(date) else date for date in dates] == [received]
    assert status["deadline_date"].tolist() == ["2023-07-14"]


@pytest.mark.parametrize(
    ("ledger", "state"),
    [
        pytest.param(NOT_COME, "not_due", id="nothing-sent"),
        pytest.param({}, "returned", id="sent-all-the-same"),
    ],
)
def test_a_source_without_due_kpis_owes_no_return(
    tell: Teller, ledger: dict[str, Any], state: str
) -> None:
    """Where no figure is due, nothing is missing; what comes is shown as returned."""
    status = tell([{"source_code": "waste", **ledger}], [{"source_code": "waste"}])
    assert status["return_status_code"].tolist() == [state]


@pytest.mark.parametrize(("read_count", "is_shown"), [(0, False), (1, True)])
def test_a_receipt_is_shown_with_a_return_that_is_there(
    tell: Teller,
    read_count: int,
    is_shown: bool,  # noqa: FBT001 - a case
) -> None:
    """One row is enough for a return to be there."""
    status = tell([NOT_COME | {"read_count": read_count}], [{}])
    assert status["received_date"].notna().tolist() == [is_shown]


def test_sources_are_listed_as_in_the_council_folder(tell: Teller) -> None:
    """The order is that of sources.yaml, not of the alphabet or the ledger."""
    ledgers = [{"source_code": code} for code in ("adults", "waste", "children")]
    status = tell(ledgers, [])
    assert status["source_code"].tolist() == ["children", "adults", "waste"]
    assert status["source_name"].tolist()[0] == "Children return"
    assert status["contact_role"].tolist()[0] == "Children Data Manager"


def test_only_kpis_that_are_due_are_expected_of_a_source(tell: Teller) -> None:
    """A source without due KPIs is expected to send none."""
    ledgers = [{"source_code": code} for code in ("children", "adults", "waste")]
    assert tell(ledgers, [])["due_kpi_count"].tolist() == [1, 2, 0]
    assert tell(ledgers, [])["missing_kpi_count"].tolist() == [0, 1, 0]


def test_a_return_is_shown_with_what_became_of_its_rows(tell: Teller) -> None:
    """Counts and the landed copy are the ledger's."""
    status = tell([{}], []).iloc[0]
    counts = ["read_count", "accepted_count", "rejected_count", "ignored_count"]
    assert status[counts].tolist() == [10, 4, 1, 5]
    assert (status["file_name"], status["file_sha256"]) == ("adults.csv", "0" * 64)


def test_rejected_rows_say_what_was_sent_and_why_it_was_not_accepted(
    build_checked: FrameBuilder,
) -> None:
    """A rejected row of any quarter's figure is listed under the return's quarter."""
    listed = rejected_rows(
        build_checked(
            {"quarter_key": "2022-23-Q4", "sheet_name": "KPIs", "row_number": 14},
            {"kpi_ref": None, "outcome_reason_code": "kpi_unknown; control_character"},
        )
    )
    reporting.RejectedRows.validate(listed, lazy=True)
    assert listed["quarter_key"].tolist() == ["2023-24-Q1", "2023-24-Q1"]
    assert listed["reason_code"].tolist() == ["not_a_number", "kpi_unknown; control_character"]
    assert listed["reason_text"].tolist()[0] == "`1.2.3` is not a number."
    assert listed["row_text"].tolist()[0] == "Ref: ADS-01 | Figure: 1.2.3"
    assert listed["row_number"].tolist() == [14, 3]
    assert listed["figure_quarter_key"].tolist() == ["2022-23-Q4", "2023-24-Q1"]


@pytest.mark.parametrize(
    ("reason", "is_known"),
    [
        pytest.param("not_a_number", True, id="figure"),
        pytest.param("quarter_in_future", True, id="quarter-read"),
        pytest.param("quarter_unreadable", False, id="quarter-not-read"),
        pytest.param("not_a_number; quarter_unreadable", False, id="among-others"),
        pytest.param("row_malformed", False, id="columns-not-told-apart"),
    ],
)
def test_the_quarter_of_a_rejected_figure_is_shown_where_it_can_be_told(
    build_checked: FrameBuilder,
    reason: str,
    is_known: bool,  # noqa: FBT001 - a case
) -> None:
    """An unreadable quarter is not taken for the return's, and spoils no other row's."""
    listed = rejected_rows(build_checked({"outcome_reason_code": reason}, {}))
    reporting.RejectedRows.validate(listed, lazy=True)
    assert listed["figure_quarter_key"].notna().tolist() == [is_known, True]
    assert listed["quarter_key"].tolist() == ["2023-24-Q1", "2023-24-Q1"]


def test_a_rejected_breakdown_is_told_from_the_kpis_own_figure(
    build_checked: FrameBuilder,
) -> None:
    """What the breakdown is by is shown, and nothing where that cannot be told."""
    listed = rejected_rows(
        build_checked({"breakdown_type_code": "sex"}, {"breakdown_type_code": None}, {})
    )
    reporting.RejectedRows.validate(listed, lazy=True)
    assert listed["breakdown_type_code"].fillna("").tolist() == ["sex", "", "all"]


def test_no_rejected_rows_are_an_empty_list(build_checked: FrameBuilder) -> None:
    """A clean quarter has no rejected rows."""
    listed = rejected_rows(build_checked())
    reporting.RejectedRows.validate(listed)
    assert listed.empty
