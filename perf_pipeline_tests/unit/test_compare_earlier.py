"""Earlier figures are found as they stand now, in returns first and then in the register."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.compare import QUARTERS_BACK, comparator_outturns, under_present_refs
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import stages

FrameBuilder = Callable[..., pd.DataFrame]

QUARTER = Quarter(2023, 1)
NOW = QUARTER.key
PREVIOUS = "2022-23-Q4"
LAST_YEAR = "2022-23-Q1"


def _returned(quarter: str, outturn: float | None, **more: Any) -> dict[str, Any]:
    status = "given" if outturn is not None else "blank"
    return {
        "quarter_key": quarter,
        "return_quarter_key": quarter,
        "outturn_value": outturn,
        "outturn_status_code": status,
        **more,
    }


def test_returns_are_read_three_years_back() -> None:
    """A trend and a baseline need more than last year's returns."""
    assert QUARTERS_BACK == 12


@pytest.mark.parametrize(
    ("returned", "history", "found"),
    [
        pytest.param([], [], [], id="nothing"),
        pytest.param([_returned(PREVIOUS, 81.0)], [], [(PREVIOUS, 81.0)], id="returned"),
        pytest.param([], [{"outturn_value": 79.0}], [(PREVIOUS, 79.0)], id="history"),
        pytest.param(
            [_returned(PREVIOUS, 81.0)],
            [{"outturn_value": 79.0}],
            [(PREVIOUS, 81.0)],
            id="return-beats-history",
        ),
        pytest.param(
            [_returned(PREVIOUS, 82.0, return_quarter_key=NOW), _returned(PREVIOUS, 81.0)],
            [{"outturn_value": 79.0}],
            [(PREVIOUS, 82.0)],
            id="restatement-beats-return-and-history",
        ),
        pytest.param(
            [
                _returned(LAST_YEAR, 70.0),
                _returned(LAST_YEAR, 72.0, return_quarter_key="2022-23-Q3"),
                _returned(LAST_YEAR, 71.0, return_quarter_key="2022-23-Q2"),
            ],
            [],
            [(LAST_YEAR, 72.0)],
            id="latest-restatement-counts",
        ),
        pytest.param(
            [_returned(PREVIOUS, 81.0), _returned(PREVIOUS, None, return_quarter_key=NOW)],
            [{"outturn_value": 79.0}],
            [],
            id="withdrawn",
        ),
        pytest.param(
            [_returned(PREVIOUS, None)],
            [{"outturn_value": 79.0}],
            [],
            id="returned-without-a-figure",
        ),
        pytest.param(
            [_returned(PREVIOUS, None), _returned(PREVIOUS, 81.0, return_quarter_key=NOW)],
            [],
            [(PREVIOUS, 81.0)],
            id="supplied-later",
        ),
        pytest.param(
            [_returned(NOW, 85.0), _returned("2023-24-Q2", 86.0)],
            [{"quarter_key": NOW}],
            [],
            id="this-quarter-and-later",
        ),
        pytest.param(
            [_returned(PREVIOUS, 60.0, breakdown_type_code="sex", breakdown_category_code="F")],
            [],
            [],
            id="categories",
        ),
        pytest.param(
            [_returned(PREVIOUS, 81.0), _returned(LAST_YEAR, 70.0)],
            [{"quarter_key": "1999-00-Q4", "outturn_value": 40.0}],
            [("1999-00-Q4", 40.0), (LAST_YEAR, 70.0), (PREVIOUS, 81.0)],
            id="every-earlier-quarter",
        ),
    ],
)
def test_an_earlier_figure_is_the_one_last_stated(
    build_accepted: FrameBuilder,
    build_history: FrameBuilder,
    returned: list[dict[str, Any]],
    history: list[dict[str, Any]],
    found: list[tuple[str, float]],
) -> None:
    """A restatement replaces the return, a return replaces the register's history."""
    comparators = comparator_outturns(build_accepted(*returned), build_history(*history), QUARTER)
    stages.ComparatorOutturns.validate(comparators, lazy=True)
    assert list(zip(comparators["quarter_key"], comparators["outturn_value"], strict=True)) == found


@pytest.mark.parametrize(
    ("place", "origin"),
    [
        pytest.param({}, "adults.csv, row 2", id="file"),
        pytest.param(
            {"file_name": "adults.xlsx", "sheet_name": "KPIs", "row_number": 14},
            "adults.xlsx, sheet KPIs, row 14",
            id="workbook",
        ),
    ],
)
def test_an_earlier_figure_says_where_it_is_from(
    build_accepted: FrameBuilder, build_history: FrameBuilder, place: dict[str, Any], origin: str
) -> None:
    """A figure of an earlier return leads back to its file, sheet and row."""
    accepted = build_accepted(_returned(PREVIOUS, 81.0, commentary_text="Then", **place))
    comparator = comparator_outturns(accepted, build_history(), QUARTER).iloc[0]
    assert (comparator["origin_text"], comparator["commentary_text"]) == (origin, "Then")


def test_a_figure_from_the_register_says_so(
    build_accepted: FrameBuilder, build_history: FrameBuilder
) -> None:
    """A figure from before the pipeline leads to the register and has no commentary."""
    comparator = comparator_outturns(build_accepted(), build_history({}), QUARTER).iloc[0]
    assert comparator["origin_text"] == "register/history.csv"
    assert pd.isna(comparator["commentary_text"])


@pytest.mark.parametrize(
    ("returned", "is_provisional"),
    [
        pytest.param([_returned(PREVIOUS, 81.0, is_provisional=True)], True, id="marked"),
        pytest.param([_returned(PREVIOUS, 81.0)], False, id="not-marked"),
        pytest.param(
            [
                _returned(PREVIOUS, 81.0, is_provisional=True),
                _returned(PREVIOUS, 81.5, return_quarter_key=NOW),
            ],
            False,
            id="restated-as-final",
        ),
        pytest.param([], False, id="history"),
    ],
)
def test_a_provisional_figure_stays_marked_until_it_is_restated(
    build_accepted: FrameBuilder,
    build_history: FrameBuilder,
    returned: list[dict[str, Any]],
    is_provisional: bool,  # noqa: FBT001 - a case
) -> None:
    """The mark is that of the statement that counts; the register's figures are final."""
    comparators = comparator_outturns(build_accepted(*returned), build_history({}), QUARTER)
    assert comparators["is_provisional"].tolist() == [is_provisional]


def test_a_figure_stated_twice_by_one_return_is_refused(
    build_accepted: FrameBuilder, build_history: FrameBuilder
) -> None:
    """Nothing says which of two equal statements counts, so neither is chosen."""
    accepted = build_accepted(_returned(PREVIOUS, 81.0), _returned(PREVIOUS, 82.0))
    with pytest.raises(ValueError, match="ADS-01"):
        comparator_outturns(accepted, build_history(), QUARTER)


def test_the_order_in_which_figures_are_stated_does_not_matter(
    build_accepted: FrameBuilder, build_history: FrameBuilder
) -> None:
    """Rows in any order give the same frame."""
    rows = [
        _returned(PREVIOUS, 81.0, row_number=2),
        _returned(PREVIOUS, 82.0, return_quarter_key=NOW, row_number=3),
        _returned(LAST_YEAR, 70.0, kpi_ref="ADS-02", row_number=4),
    ]
    history = build_history({"quarter_key": LAST_YEAR}, {})
    found = comparator_outturns(build_accepted(*rows), history, QUARTER)
    shuffled = comparator_outturns(build_accepted(*rows[::-1]), history[::-1], QUARTER)
    pd.testing.assert_frame_equal(found, shuffled)


def test_figures_of_a_replaced_kpi_stand_under_the_one_that_replaced_it(
    build_accepted: FrameBuilder,
) -> None:
    """A KPI that alone replaced one alone has its past; its own figure of a quarter comes first."""
    figures = build_accepted(
        {"kpi_ref": "OLD", "quarter_key": "2022-23-Q3", "outturn_value": 1.0},
        {"kpi_ref": "OLD", "quarter_key": "2022-23-Q4", "outturn_value": 2.0},
        {"kpi_ref": "NEW", "quarter_key": "2022-23-Q4", "outturn_value": 3.0},
        {"kpi_ref": "OTHER", "quarter_key": "2022-23-Q4", "outturn_value": 4.0},
    )
    found = under_present_refs(figures, {"OLD": "NEW"})
    assert found[["kpi_ref", "outturn_value"]].to_numpy().tolist() == [
        ["NEW", 1.0],
        ["NEW", 3.0],
        ["OTHER", 4.0],
    ]
    assert under_present_refs(figures, {}).equals(figures)
