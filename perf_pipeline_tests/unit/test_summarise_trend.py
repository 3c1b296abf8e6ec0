"""Ratings of several quarters are counted by directorate as it is now."""

from collections.abc import Callable

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import empty, stages, summaries
from perf_pipeline.summarise import directorate_trend

FrameBuilder = Callable[..., pd.DataFrame]

QUARTER = Quarter(2023, 1)
COUNTS = ["kpi_count", "rated_count", "red_count", "amber_count", "green_count"]
KEY = ["trend_quarter_key", "directorate_code"]


@pytest.fixture(scope="module")
def directorates(build_directorates: FrameBuilder) -> pd.DataFrame:
    """Two directorates, registered in another order than they print in."""
    return build_directorates(
        {
            "directorate_code": "CHD",
            "directorate_name": "Childrens Services",
            "display_order": 4,
        },
        {},
    )


def test_every_directorate_of_now_has_a_row_in_every_quarter(
    build_scorecard: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    directorates: pd.DataFrame,
) -> None:
    """Quarters are listed oldest first, directorates in the order of reports."""
    earlier = build_earlier_ratings({}, {"quarter_key": "2022-23-Q2", "rag_code": None})
    trend = directorate_trend(build_scorecard({}), earlier, directorates, QUARTER)
    summaries.DirectorateTrend.validate(trend, lazy=True)
    assert trend[KEY].to_numpy().tolist() == [
        ["2022-23-Q2", "ADS"],
        ["2022-23-Q2", "CHD"],
        ["2022-23-Q4", "ADS"],
        ["2022-23-Q4", "CHD"],
        ["2023-24-Q1", "ADS"],
        ["2023-24-Q1", "CHD"],
    ]
    assert trend["kpi_count"].tolist() == [1, 0, 1, 0, 1, 0]
    assert trend["rated_count"].tolist() == [0, 0, 1, 0, 1, 0]
    assert trend["green_text"].fillna("").tolist() == ["", "", "100% (1)", "", "100% (1)", ""]
    assert set(trend["quarter_key"]) == {"2023-24-Q1"}


def test_a_kpi_that_moved_is_counted_where_it_is_now(
    build_scorecard: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    directorates: pd.DataFrame,
) -> None:
    """Where it stood then is what the summary of that quarter says."""
    moved = build_earlier_ratings({"directorate_code": "OLD", "present_directorate_code": "CHD"})
    trend = directorate_trend(build_scorecard({}), moved, directorates, QUARTER)
    then = trend[trend["trend_quarter_key"] == "2022-23-Q4"]
    assert then["directorate_code"].tolist() == ["ADS", "CHD"]
    assert then[COUNTS].to_numpy().tolist() == [[0, 0, 0, 0, 0], [1, 1, 0, 0, 1]]


def test_kpis_without_a_single_successor_stand_apart_and_last(
    build_scorecard: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    directorates: pd.DataFrame,
) -> None:
    """Only a quarter in which there were such KPIs has the row."""
    ended = build_earlier_ratings(
        {"kpi_ref": "OLD-01", "present_directorate_code": None, "rag_code": "red"},
        {"quarter_key": "2022-23-Q3"},
    )
    trend = directorate_trend(build_scorecard({}), ended, directorates, QUARTER)
    summaries.DirectorateTrend.validate(trend, lazy=True)
    apart = trend[trend["directorate_code"] == "none"]
    assert apart["trend_quarter_key"].tolist() == ["2022-23-Q4"]
    assert apart["directorate_name"].tolist() == ["No single successor"]
    assert apart[COUNTS].to_numpy().tolist() == [[1, 1, 1, 0, 0]]
    assert trend.loc[trend["trend_quarter_key"] == "2022-23-Q4", "display_order"].tolist() == [
        1,
        4,
        5,
    ]


def test_a_first_quarter_is_a_trend_of_itself(
    build_scorecard: FrameBuilder, directorates: pd.DataFrame
) -> None:
    """Without earlier quarters there is this one, even without KPIs."""
    never = empty(stages.EarlierRatings)
    trend = directorate_trend(build_scorecard(), never, directorates, QUARTER)
    summaries.DirectorateTrend.validate(trend, lazy=True)
    assert trend["trend_quarter_key"].tolist() == ["2023-24-Q1", "2023-24-Q1"]
    assert trend["kpi_count"].tolist() == [0, 0]


def test_a_kpi_that_ended_is_counted_where_there_is_no_directorate_at_all(
    build_scorecard: FrameBuilder,
    build_directorates: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
) -> None:
    """The row for KPIs without a successor needs no other beside it."""
    ended = build_earlier_ratings({"present_directorate_code": None})
    trend = directorate_trend(build_scorecard(), ended, build_directorates(), QUARTER)
    assert trend["directorate_code"].tolist() == ["none"]
    assert trend["display_order"].tolist() == [1]


def test_a_kpi_of_a_directorate_that_is_not_listed_is_refused(
    build_scorecard: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    directorates: pd.DataFrame,
) -> None:
    """A KPI that no row would count does not vanish from an earlier quarter either."""
    astray = build_earlier_ratings({"present_directorate_code": "OLD"})
    with pytest.raises(ValueError, match="and so counted nowhere: OLD"):
        directorate_trend(build_scorecard({}), astray, directorates, QUARTER)
