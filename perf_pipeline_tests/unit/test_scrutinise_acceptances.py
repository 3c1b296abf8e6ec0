"""Acceptances that hold for no row of the returns that were read are questioned."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME, Plausibility
from perf_pipeline.schemas import empty, findings, register, reporting, summaries
from perf_pipeline.scrutinise import Evidence, find_implausible
from perf_pipeline.summarise import accepted_rows, rejected_rows
from perf_pipeline_tests.unit.builders import FrameBuilder, accepting

Row = dict[str, Any]
Looker = Callable[..., list[str]]

AS_SENT: Row = {
    "row_outcome_code": "accepted",
    "outcome_reason_code": "out_of_range",
    "outturn_status_code": "given",
    "outturn_value": 106.0,
}


@pytest.fixture(scope="module")
def look(
    build_scorecard: FrameBuilder,
    build_kpis: FrameBuilder,
    build_comparators: FrameBuilder,
    build_checked: FrameBuilder,
    build_ledger: FrameBuilder,
) -> Looker:
    """Return a function that says what is found of acceptances, given a return's only row."""
    nothing = Evidence(
        quarter=Quarter(2023, 1),
        scorecard=build_scorecard({}),
        kpis=build_kpis({}),
        comparators=build_comparators(),
        titles=pd.DataFrame(
            columns=["source_code", "file_name", "sheet_name", "row_number", "row_text"],
            dtype="object",
        ),
        notes=empty(register.KeyIssueNotes),
        stated=empty(register.StatedCounts),
        directorate_summary=empty(summaries.DirectorateSummary),
        council_summary=empty(summaries.CouncilSummary),
        overrides=empty(register.Overrides),
        looks=DEFAULT_SCHEME,
        thresholds=Plausibility(),
    )

    def looker(*acceptances: Row, row: Row | None = None, ledger: Row | None = None) -> list[str]:
        given, checked = accepting(*acceptances), build_checked(row or {})
        is_accepted = checked["row_outcome_code"] == "accepted"
        evidence = dataclasses.replace(
            nothing,
            acceptances=given,
            accepted=accepted_rows(checked[is_accepted], given),
            rejected=rejected_rows(checked[~is_accepted]),
            ledger=build_ledger(ledger or {}),
        )
        found = find_implausible(evidence)
        findings.DataQuality.validate(found)
        assert set(found["check_code"]) <= {"acceptance_not_applied"}
        return list(found["finding_text"])

    return looker


def test_an_acceptance_that_holds_is_not_questioned(look: Looker) -> None:
    """The row is taken as sent."""
    assert look({}, row=AS_SENT) == []


def test_other_quarters_acceptances_are_left_aside(look: Looker) -> None:
    """They are questioned when their own quarter is run."""
    assert look({"quarter_key": "2023-24-Q2"}) == []


@pytest.mark.parametrize(
    ("acceptance", "row", "ledger", "words"),
    [
        pytest.param({}, {}, {"file_sha256": "1" * 64}, "is another file. Look", id="sent-anew"),
        pytest.param(
            {}, {}, {"file_sha256": None, "file_name": None}, "is another file", id="not-returned"
        ),
        pytest.param({"row_number": 9}, {}, {}, "no such row of that file", id="no-such-row"),
        pytest.param({"column_code": "C"}, {}, {}, "no such row of that file", id="no-such-column"),
        pytest.param(
            {}, {"row_outcome_code": "accepted", "outcome_reason_code": None}, {}, "no such row",
            id="no-longer-rejected",
        ),
        pytest.param({}, {}, {}, "for another reason, not_a_number. Take", id="other-reason"),
        pytest.param(
            {},
            {"outcome_reason_code": "out_of_range; value_disagrees"},
            {},
            "stays rejected, for out_of_range; value_disagrees: each reason",
            id="one-of-two",
        ),
    ],
)  # fmt: skip
def test_an_acceptance_without_its_row_is_questioned(
    look: Looker, acceptance: Row, row: Row, ledger: Row, words: str
) -> None:
    """It says whose acceptance it was, of which row, why it does not hold, and what to do."""
    (text,) = look(acceptance, row=row, ledger=ledger)
    number = acceptance.get("row_number", 2)
    column = f", column {acceptance['column_code']}" if "column_code" in acceptance else ""
    assert text.startswith(
        f"Row {number}{column} of adults, which Head of Performance accepted on 2023-07-20 "
        "(out_of_range), is not taken as sent: "
    )
    assert words in text
    assert text.endswith("its line out of register/accepted_rows.csv.")


def test_who_accepted_what_and_why_is_reported(build_checked: FrameBuilder) -> None:
    """Each reason has its row, with the outturn that it is of and where it stood."""
    checked = build_checked(AS_SENT | {"outcome_reason_code": "out_of_range; value_disagrees"})
    listed = accepted_rows(checked, accepting({}, {"reason_code": "value_disagrees"}))
    reporting.AcceptedRows.validate(listed)
    assert list(listed["reason_code"]) == ["out_of_range", "value_disagrees"]
    assert listed.drop(columns="reason_code").drop_duplicates().to_dict("records") == [
        {
            "quarter_key": "2023-24-Q1",
            "row_id": "adults::2",
            "source_code": "adults",
            "file_name": "adults.csv",
            "file_sha256": "0" * 64,
            "sheet_name": pytest.approx(float("nan"), nan_ok=True),
            "row_number": 2,
            "kpi_ref": "ADS-01",
            "figure_quarter_key": "2023-24-Q1",
            "breakdown_type_code": "all",
            "breakdown_category_code": "all",
            "accepted_by_role": "Head of Performance",
            "accepted_date": "2023-07-20",
            "acceptance_text": "Carers are counted twice where they care for two.",
        }
    ]


def test_no_accepted_rows_are_an_empty_list(build_checked: FrameBuilder) -> None:
    """A quarter without any is a table without rows."""
    listed = accepted_rows(build_checked(), accepting())
    assert listed.equals(empty(reporting.AcceptedRows))
