"""A row is for the KPI that its reference stands for, also where a new one has replaced it."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.validate import Expectations, check_rows
from perf_pipeline.validate.kpis_of_rows import kpi_of_row

FrameBuilder = Callable[..., pd.DataFrame]
Expecter = Callable[[Mapping[str, Sequence[str]]], Expectations]


@pytest.fixture(scope="session")
def expecting(build_kpis: FrameBuilder, build_breakdowns: FrameBuilder) -> Expecter:
    """Return a function of successors: ADS-01 to ADS-03 and CHD-01 are live, OLD-01 was once."""
    kpis = build_kpis(
        {},
        {"kpi_ref": "ADS-02"},
        {"kpi_ref": "ADS-03"},
        {"kpi_ref": "CHD-01", "source_code": "children"},
    )
    known = pd.Series([*kpis["kpi_ref"], "OLD-01", "NEW-09"])

    def expect(successors: Mapping[str, Sequence[str]]) -> Expectations:
        breakdowns = build_breakdowns({})
        return Expectations.of(
            "adults", Quarter(2023, 1), kpis, known, breakdowns, None, successors=successors
        )

    return expect


@pytest.mark.parametrize(
    ("text", "successors"),
    [
        pytest.param("OLD-01", {"OLD-01": ["ADS-02"]}, id="renamed"),
        pytest.param(" old-01", {"OLD-01": ["ADS-02"]}, id="written-otherwise"),
        pytest.param("OLD-01", {"old-01": ["ads-02"]}, id="registered-otherwise"),
        pytest.param("OLD-01", {"OLD-01": ["NEW-09", "ADS-02"]}, id="one-of-two-is-live"),
        pytest.param("OLD-01", {"OLD-01": ["ADS-02", "ADS-02"]}, id="named-twice"),
        pytest.param("ADS-02", {"ADS-02": ["ADS-03"]}, id="old-one-still-live"),
    ],
)
def test_an_old_reference_is_read_as_the_one_live_kpi_that_replaced_it(
    expecting: Expecter, text: str, successors: dict[str, list[str]]
) -> None:
    """Case and width do not matter; a reference that is live stands for itself."""
    kpi, problems = kpi_of_row(text, expecting(successors))
    assert kpi is not None
    assert (kpi.kpi_ref, problems) == ("ADS-02", [])


@pytest.mark.parametrize(
    ("new_refs", "named"),
    [
        pytest.param(["ADS-02", "ADS-03"], "ADS-02 and ADS-03", id="two"),
        pytest.param(["ADS-01", "ADS-02", "ADS-03"], "ADS-01, ADS-02 and ADS-03", id="three"),
    ],
)
def test_a_reference_that_was_split_is_refused_with_the_new_ones(
    expecting: Expecter, new_refs: list[str], named: str
) -> None:
    """One figure cannot be shared out."""
    kpi, problems = kpi_of_row("OLD-01", expecting({"OLD-01": new_refs}))
    assert kpi is None
    text = f"`OLD-01` was replaced by {named}. Send a row for each of them."
    assert problems == [("kpi_split", text)]


def test_a_reference_whose_successor_is_not_live_is_not_live(expecting: Expecter) -> None:
    """A successor of another time counts for nothing."""
    kpi, problems = kpi_of_row("OLD-01", expecting({"OLD-01": ["NEW-09"]}))
    assert kpi is None
    assert [problem.code for problem in problems] == ["kpi_not_live"]


def test_the_successor_of_another_source_is_that_sources(expecting: Expecter) -> None:
    """A KPI that went to another service is returned by it, under either reference."""
    kpi, problems = kpi_of_row("OLD-01", expecting({"OLD-01": ["CHD-01"]}))
    assert kpi is not None
    assert [problem.code for problem in problems] == ["kpi_wrong_source"]


def test_a_row_under_an_old_reference_is_accepted_for_the_new_one(
    build_rows: FrameBuilder, expecting: Expecter
) -> None:
    """The outturn bears the new reference, and the row's text keeps what was received."""
    row = {"kpi_ref_text": "OLD-01", "value_text": "85%", "row_text": "Ref: OLD-01"}
    checked = check_rows(build_rows(row), expecting({"OLD-01": ["ADS-02"]})).iloc[0]
    assert (checked["kpi_ref"], checked["row_outcome_code"]) == ("ADS-02", "accepted")
    assert checked["row_text"] == "Ref: OLD-01"


def test_rows_under_both_references_conflict_where_they_differ(
    build_rows: FrameBuilder, expecting: Expecter
) -> None:
    """Two figures for one KPI are two figures, whatever reference they stand under."""
    rows = build_rows(
        {"kpi_ref_text": "OLD-01", "value_text": "85%"},
        {"kpi_ref_text": "ADS-02", "value_text": "86%"},
    )
    checked = check_rows(rows, expecting({"OLD-01": ["ADS-02"]}))
    assert checked["outcome_reason_code"].tolist() == ["duplicate_conflicting"] * 2
