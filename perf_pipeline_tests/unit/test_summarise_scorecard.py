"""The tables with a row for each KPI: scorecard, breakdowns, exceptions and restatements."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.schemas import reporting
from perf_pipeline.summarise import exceptions, kpi_breakdowns, kpi_scorecard, restatements

FrameBuilder = Callable[..., pd.DataFrame]

QUARTER = "2023-24-Q1"
FEMALE = {"breakdown_type_code": "sex", "breakdown_category_code": "F"}
MALE = {"breakdown_type_code": "sex", "breakdown_category_code": "M"}


def _restated(value: float | None, **more: Any) -> dict[str, Any]:
    return {"quarter_key": "2022-23-Q4", "outturn_value": value, **more}


def test_the_scorecard_has_all_that_is_known_of_a_kpi(
    build_rated: FrameBuilder, build_compared: FrameBuilder, build_kpis: FrameBuilder
) -> None:
    """Register, rating and direction of a KPI stand in one row."""
    rated = build_rated({"outturn_value": 500 / 7, "rag_code": "red", "row_number": 14})
    compared = build_compared(
        {
            "direction_previous_quarter_code": "declined",
            "not_comparable_previous_quarter_code": None,
            "previous_quarter_value": 75.0,
        }
    )
    scorecard = kpi_scorecard(rated, compared, build_kpis({"decimal_places": 1}))
    reporting.KpiScorecard.validate(scorecard, lazy=True)
    found = scorecard.iloc[0][
        ["kpi_name", "service_name", "outturn_text", "target_text", "rag_code", "row_number"]
    ]
    assert found.tolist() == ["Reviews done in time", "Care", "71.4%", "80.0%", "red", 14]
    direction = ["direction_previous_quarter_code", "previous_quarter_value"]
    assert scorecard.iloc[0][direction].tolist() == ["declined", 75.0]


def test_the_scorecard_is_in_the_registers_order(
    build_rated: FrameBuilder, build_compared: FrameBuilder, build_kpis: FrameBuilder
) -> None:
    """KPIs keep the register's order, whatever the order of their ratings."""
    refs = [{"kpi_ref": "B"}, {"kpi_ref": "A"}, {"kpi_ref": "C"}]
    rated, compared = build_rated(*reversed(refs)), build_compared(*refs[1:], refs[0])
    scorecard = kpi_scorecard(rated, compared, build_kpis(*refs))
    assert scorecard["kpi_ref"].tolist() == ["B", "A", "C"]
    assert scorecard["display_order"].tolist() == [1, 2, 3]


def test_a_kpi_without_figure_or_target_prints_neither(
    build_rated: FrameBuilder, build_compared: FrameBuilder, build_kpis: FrameBuilder
) -> None:
    """What is missing is blank, not 0."""
    rated = build_rated({"outturn_value": None, "rag_code": None})
    scorecard = kpi_scorecard(rated, build_compared({}), build_kpis({"target_value": None}))
    assert scorecard[["outturn_text", "target_text"]].isna().all(axis=None)


def test_an_empty_quarter_has_an_empty_scorecard(
    build_rated: FrameBuilder, build_compared: FrameBuilder, build_kpis: FrameBuilder
) -> None:
    """No live KPI gives no row, and no exception."""
    scorecard = kpi_scorecard(build_rated(), build_compared(), build_kpis())
    reporting.KpiScorecard.validate(scorecard)
    assert scorecard.empty
    assert exceptions(scorecard).empty


def test_exceptions_are_red_then_amber_in_the_scorecards_order(
    build_scorecard: FrameBuilder,
) -> None:
    """Green and unrated KPIs are left out; places are counted anew."""
    scorecard = build_scorecard(
        {"kpi_ref": "A", "display_order": 1, "rag_code": "amber"},
        {"kpi_ref": "B", "display_order": 2, "rag_code": "green"},
        {"kpi_ref": "C", "display_order": 3, "rag_code": "red"},
        {"kpi_ref": "D", "display_order": 4, "rag_code": None},
        {"kpi_ref": "E", "display_order": 5, "rag_code": "amber"},
        {"kpi_ref": "F", "display_order": 6, "rag_code": "red"},
    )
    listed = exceptions(scorecard)
    reporting.Exceptions.validate(listed, lazy=True)
    assert listed["kpi_ref"].tolist() == ["C", "F", "A", "E"]
    assert listed["display_order"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("texts", "missing"),
    [
        pytest.param(("Late", "Hire"), (False, False), id="both-given"),
        pytest.param(("Late", None), (False, True), id="no-action"),
        pytest.param((None, "Hire"), (True, False), id="no-commentary"),
        pytest.param((None, None), (True, True), id="neither"),
    ],
)
def test_an_exception_without_commentary_or_action_is_flagged(
    build_scorecard: FrameBuilder,
    texts: tuple[str | None, str | None],
    missing: tuple[bool, bool],
) -> None:
    """What the service still owes is a column, not a gap that nobody sees."""
    row = dict(zip(("commentary_text", "action_text"), texts, strict=True))
    listed = exceptions(build_scorecard({"rag_code": "red", **row})).iloc[0]
    assert (listed["is_commentary_missing"], listed["is_action_missing"]) == missing


def test_breakdowns_are_listed_apart_in_the_order_of_their_categories(
    build_accepted: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> None:
    """Only categories of this quarter are listed, printed in the KPI's unit."""
    accepted = build_accepted(
        {},
        MALE | {"outturn_value": 70.0},
        FEMALE | {"outturn_value": None, "outturn_status_code": "suppressed"},
        FEMALE | {"quarter_key": "2022-23-Q4"},
        {"kpi_ref": "ADS-00"} | FEMALE | {"outturn_value": 66.6},
    )
    categories = build_breakdowns(
        {}, MALE | {"breakdown_category_name": "Male", "display_order": 2}
    )
    kpis = build_kpis({"decimal_places": 1}, {"kpi_ref": "ADS-00"})
    listed = kpi_breakdowns(accepted, kpis, categories)
    reporting.KpiBreakdowns.validate(listed, lazy=True)
    names = list(zip(listed["kpi_ref"], listed["breakdown_category_name"], strict=True))
    assert names == [("ADS-00", "Female"), ("ADS-01", "Female"), ("ADS-01", "Male")]
    assert listed["outturn_text"].fillna("none").tolist() == ["67%", "none", "70.0%"]
    assert listed["outturn_status_code"].tolist() == ["given", "suppressed", "given"]


def test_a_quarter_without_breakdowns_lists_none(
    build_accepted: FrameBuilder, build_kpis: FrameBuilder, build_breakdowns: FrameBuilder
) -> None:
    """Headline figures are no breakdowns."""
    listed = kpi_breakdowns(build_accepted({}), build_kpis({}), build_breakdowns({}))
    reporting.KpiBreakdowns.validate(listed)
    assert listed.empty


@pytest.mark.parametrize(
    ("earlier", "was"),
    [
        pytest.param([], None, id="never-returned"),
        pytest.param([_restated(80.0, return_quarter_key="2022-23-Q4")], 80.0, id="returned-then"),
        pytest.param(
            [
                _restated(82.0, return_quarter_key="2023-24-Q1"),
                _restated(80.0, return_quarter_key="2022-23-Q4"),
            ],
            82.0,
            id="restated-before",
        ),
        pytest.param(
            [_restated(None, return_quarter_key="2022-23-Q4")], None, id="returned-without-figure"
        ),
        pytest.param(
            [_restated(70.0, return_quarter_key="2022-23-Q4", **FEMALE)], None, id="category"
        ),
        pytest.param(
            [_restated(70.0, return_quarter_key="2022-23-Q4", kpi_ref="ADS-02")],
            None,
            id="another-kpi",
        ),
    ],
)
def test_a_restatement_stands_beside_what_it_restates(
    build_accepted: FrameBuilder,
    build_kpis: FrameBuilder,
    earlier: list[dict[str, Any]],
    was: float | None,
) -> None:
    """The figure as last stated before this quarter's return, where there is one, is kept."""
    now = "2023-24-Q2"
    accepted = build_accepted(
        _restated(81.0, return_quarter_key=now, commentary_text="Recounted"),
        {"quarter_key": now, "return_quarter_key": now},
    )
    listed = restatements(accepted, build_accepted(*earlier), build_kpis({}), now)
    reporting.Restatements.validate(listed, lazy=True)
    assert listed["restated_quarter_key"].tolist() == ["2022-23-Q4"]
    assert listed["restated_value"].tolist() == [81.0]
    assert [None if pd.isna(value) else value for value in listed["earlier_value"]] == [was]
    assert listed["quarter_key"].tolist() == [now]
    assert listed["commentary_text"].tolist() == ["Recounted"]


def test_restatements_are_listed_by_kpi_and_quarter(
    build_accepted: FrameBuilder, build_kpis: FrameBuilder
) -> None:
    """A reader finds a KPI's restatements together, oldest quarter first."""
    accepted = build_accepted(
        {"kpi_ref": "B"} | _restated(1.0),
        {"kpi_ref": "A"} | _restated(2.0),
        {"kpi_ref": "A"} | _restated(3.0) | {"quarter_key": "2022-23-Q3"},
        {"kpi_ref": "A"} | _restated(4.0) | FEMALE,
    )
    kpis = build_kpis({"kpi_ref": "A"}, {"kpi_ref": "B"})
    listed = restatements(accepted, build_accepted(), kpis, QUARTER)
    assert listed["restated_value"].tolist() == [3.0, 2.0, 1.0]


def test_a_withdrawn_figure_is_a_restatement_to_nothing(
    build_accepted: FrameBuilder, build_kpis: FrameBuilder
) -> None:
    """A later return may take a figure back."""
    accepted = build_accepted(_restated(None, outturn_status_code="not_available"))
    earlier = build_accepted(_restated(80.0, return_quarter_key="2022-23-Q4"))
    listed = restatements(accepted, earlier, build_kpis({}), QUARTER).iloc[0]
    assert listed["earlier_value"] == 80.0
    assert pd.isna(listed["restated_value"])


def test_a_quarter_without_restatements_lists_none(
    build_accepted: FrameBuilder, build_kpis: FrameBuilder
) -> None:
    """The quarter's own figures restate nothing."""
    listed = restatements(build_accepted({}), build_accepted(), build_kpis({}), QUARTER)
    reporting.Restatements.validate(listed)
    assert listed.empty
