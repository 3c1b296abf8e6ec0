"""Figures of earlier quarters that are stated anew are logged, once each, with what stood."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.schemas import reporting
from perf_pipeline.summarise import restatements

FrameBuilder = Callable[..., pd.DataFrame]
Logger = Callable[..., pd.DataFrame]

QUARTER = "2023-24-Q1"
FEMALE = {"breakdown_type_code": "sex", "breakdown_category_code": "F"}


def _restated(value: float | None, **more: Any) -> dict[str, Any]:
    return {"quarter_key": "2022-23-Q4", "outturn_value": value, **more}


@pytest.fixture(scope="session")
def log(
    build_accepted: FrameBuilder,
    build_rated: FrameBuilder,
    build_history: FrameBuilder,
    build_comparators: FrameBuilder,
    build_kpis: FrameBuilder,
) -> Logger:
    """Return a function that logs restatements of ADS-01 from rows of each frame."""

    def logged(
        *,
        accepted: tuple[dict[str, Any], ...] = (),
        stated: float | None = None,
        rated: dict[str, Any] | None = None,
        earlier: tuple[dict[str, Any], ...] = (),
        history: tuple[dict[str, Any], ...] = (),
        comparators: tuple[dict[str, Any], ...] = (),
        kpi: dict[str, Any] | None = None,
        quarter_key: str = QUARTER,
    ) -> pd.DataFrame:
        listed = restatements(
            build_accepted({}, *accepted),
            build_rated({"stated_previous_value": stated} | (rated or {})),
            build_accepted(*earlier),
            build_history(*history),
            build_comparators(*comparators),
            build_kpis(kpi or {}),
            quarter_key,
        )
        reporting.Restatements.validate(listed, lazy=True)
        return listed

    return logged


def _found(listed: pd.DataFrame) -> list[tuple[float | None, float | None]]:
    pairs = zip(listed["earlier_value"], listed["restated_value"], strict=True)
    return [tuple(None if pd.isna(value) else value for value in pair) for pair in pairs]


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
    log: Logger, earlier: list[dict[str, Any]], was: float | None
) -> None:
    """The figure as last stated before this quarter's return, where there is one, is kept."""
    now = "2023-24-Q2"
    listed = log(
        accepted=(_restated(81.0, return_quarter_key=now, commentary_text="Recounted"),),
        earlier=tuple(earlier),
        quarter_key=now,
    )
    listed = listed[listed["restated_quarter_key"] == "2022-23-Q4"]
    assert _found(listed) == [(was, 81.0)]
    assert listed["restatement_kind_code"].tolist() == ["restated"]
    assert listed["quarter_key"].tolist() == [now]
    assert listed["commentary_text"].tolist() == ["Recounted"]


def test_restatements_are_listed_by_kpi_and_quarter(
    build_accepted: FrameBuilder,
    build_rated: FrameBuilder,
    build_history: FrameBuilder,
    build_comparators: FrameBuilder,
    build_kpis: FrameBuilder,
) -> None:
    """A reader finds a KPI's restatements together, oldest quarter first, of either kind."""
    accepted = build_accepted(
        {"kpi_ref": "B"} | _restated(1.0),
        {"kpi_ref": "A"} | _restated(2.0),
        {"kpi_ref": "A"} | _restated(3.0) | {"quarter_key": "2022-23-Q3"},
        {"kpi_ref": "A"} | _restated(4.0) | FEMALE,
    )
    kpis = build_kpis({"kpi_ref": "A"}, {"kpi_ref": "AA"}, {"kpi_ref": "B"})
    rated = build_rated({"kpi_ref": "AA", "stated_previous_value": 5.0})
    listed = restatements(
        accepted, rated, build_accepted(), build_history(), build_comparators(), kpis, QUARTER
    )
    assert listed["restated_value"].tolist() == [3.0, 2.0, 5.0, 1.0]


def test_a_withdrawn_figure_is_a_restatement_to_nothing(log: Logger) -> None:
    """A later return may take a figure back."""
    listed = log(
        accepted=(_restated(None, outturn_status_code="not_available"),),
        earlier=(_restated(80.0, return_quarter_key="2022-23-Q4"),),
    )
    assert _found(listed) == [(80.0, None)]


@pytest.mark.parametrize(
    ("earlier", "is_provisional"),
    [
        pytest.param([], False, id="never-returned"),
        pytest.param([{"is_provisional": False}], False, id="final"),
        pytest.param([{"is_provisional": True}], True, id="provisional"),
    ],
)
def test_a_restatement_says_whether_the_figure_was_provisional(
    log: Logger,
    earlier: list[dict[str, Any]],
    is_provisional: bool,  # noqa: FBT001 - a case
) -> None:
    """A provisional figure was to be revised."""
    then = [_restated(80.0, return_quarter_key="2022-23-Q4") | row for row in earlier]
    listed = log(accepted=(_restated(81.0),), earlier=tuple(then))
    assert listed["has_provisional_figure"].tolist() == [is_provisional]


def test_a_quarter_without_restatements_lists_none(log: Logger) -> None:
    """The quarter's own figures restate nothing, and nobody need state a previous value."""
    assert log(comparators=({},)).empty


@pytest.mark.parametrize(
    ("ours", "stated", "places", "is_logged"),
    [
        pytest.param(80.0, 80.0, 0, False, id="same"),
        pytest.param(500 / 7, 71.0, 0, False, id="as-printed"),
        pytest.param(500 / 7, 71.4, 1, False, id="as-printed-with-decimal"),
        pytest.param(500 / 7, 71.0, 1, True, id="coarser-than-printed"),
        pytest.param(70.5, 71.0, 0, False, id="half-rounded-up"),
        pytest.param(70.5, 70.0, 0, False, id="half-rounded-down"),
        pytest.param(70.5, 69.9, 0, True, id="more-than-half"),
        pytest.param(0.3, 0.35, 1, False, id="half-as-written-not-as-stored"),
        pytest.param(0.3, 0.350000000001, 1, True, id="just-over-half"),
        pytest.param(1.005, 1.01, 2, False, id="half-of-a-hundredth"),
        pytest.param(73.0, 73.4, 1, True, id="another-figure"),
        pytest.param(-2.0, 2.0, 0, True, id="another-sign"),
        pytest.param(0.0, 1.0, 0, True, id="nothing-known-as-0"),
    ],
)
def test_a_stated_previous_value_is_held_against_ours(
    log: Logger,
    ours: float,
    stated: float,
    places: int,
    is_logged: bool,  # noqa: FBT001 - a case
) -> None:
    """More than half a unit of the last decimal place printed is a difference."""
    listed = log(
        stated=stated, comparators=({"outturn_value": ours},), kpi={"decimal_places": places}
    )
    assert _found(listed) == ([(ours, stated)] if is_logged else [])


def test_a_differing_previous_value_is_logged_with_where_it_was_stated(log: Logger) -> None:
    """Its place is the current figure's row, its quarter the one in which one was due."""
    row = {
        "commentary_text": "Corrected since",
        "file_name": "care.xlsx",
        "sheet_name": "KPIs",
        "row_number": 14,
    }
    listed = log(
        stated=78.0,
        rated=row,
        comparators=({"quarter_key": "2022-23-Q1"}, {"outturn_value": 90.0}),
        kpi={"previous_due_quarter_key": "2022-23-Q1", "kpi_name": "Reviews"},
    ).iloc[0]
    assert listed["restatement_kind_code"] == "stated_previous"
    assert (listed["restated_quarter_key"], listed["earlier_value"]) == ("2022-23-Q1", 80.0)
    assert listed[["kpi_name", "source_code", *row]].tolist() == [
        "Reviews",
        "adults",
        *row.values(),
    ]


@pytest.mark.parametrize(
    "comparators",
    [
        pytest.param([], id="no-figure-at-all"),
        pytest.param([{"quarter_key": "2022-23-Q3"}], id="of-another-quarter"),
        pytest.param([{"kpi_ref": "ADS-02"}], id="of-another-kpi"),
    ],
)
def test_a_previous_value_that_we_do_not_know_is_logged(
    log: Logger, comparators: list[dict[str, Any]]
) -> None:
    """The return states a figure where we have none."""
    listed = log(stated=0.0, comparators=tuple(comparators))
    assert _found(listed) == [(None, 0.0)]
    assert listed["has_provisional_figure"].tolist() == [False]


def test_a_differing_previous_value_may_be_of_a_provisional_figure(log: Logger) -> None:
    """The mark is that of the figure as it stands now."""
    listed = log(stated=78.0, comparators=({"is_provisional": True},))
    assert listed["has_provisional_figure"].tolist() == [True]


@pytest.mark.parametrize("stated", [81.0, 78.0])
def test_a_row_of_its_own_speaks_for_the_quarter(log: Logger, stated: float) -> None:
    """A KPI's figure of a quarter is restated once, whatever stands beside the current one."""
    listed = log(
        stated=stated,
        accepted=(_restated(81.0),),
        comparators=({"outturn_value": 81.0},),
    )
    assert _found(listed) == [(None, 81.0)]
    assert listed["restatement_kind_code"].tolist() == ["restated"]


def test_a_row_of_its_own_for_another_quarter_does_not(log: Logger) -> None:
    """A restated older figure leaves the previous value to be held against ours."""
    older = _restated(81.0) | {"quarter_key": "2022-23-Q3"}
    listed = log(stated=78.0, accepted=(older,), comparators=({},))
    assert listed["restatement_kind_code"].tolist() == ["restated", "stated_previous"]
    assert _found(listed) == [(None, 81.0), (80.0, 78.0)]


def test_a_figure_of_the_register_is_restated_too(log: Logger) -> None:
    """Where no return spoke of the quarter, the register's history is what was known."""
    listed = log(
        accepted=(_restated(70.0),), history=({"quarter_key": "2022-23-Q4", "outturn_value": 78.0},)
    )
    assert _found(listed) == [(78.0, 70.0)]
