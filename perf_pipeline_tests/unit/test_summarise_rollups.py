"""Ratings are counted by priority, theme and owner, with the quarter before and directions."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME
from perf_pipeline.schemas import conform, empty, register, stages, summaries
from perf_pipeline.summarise import (
    council_summary,
    directorate_summary,
    owner_summary,
    priority_summary,
    service_summary,
    theme_summary,
)

FrameBuilder = Callable[..., pd.DataFrame]

QUARTER = Quarter(2023, 1)
NEVER = empty(stages.EarlierRatings)
BANDS = ("red", "amber", "green")
BEFORE = [f"previous_{name}_count" for name in ("kpi", "rated", *BANDS)]
CHANGES = [f"{band}_change_text" for band in BANDS]
IN_FORCE = {"valid_from": "2023-24-Q1", "valid_to": None}
FAIR = {"priority_code": "fair", "priority_name": "A fairer county"}
NO_PRIORITY = {"priority_code": "none", "priority_name": "Not linked to a priority"}
YOUNG = {"theme_code": "young", "theme_name": "Young people"}
NO_THEME = {"theme_code": "none", "theme_name": "Not linked to a theme"}
UNRATED = {"rag_code": None, "not_rated_reason_code": "no_target"}


@pytest.fixture(scope="module")
def priorities() -> pd.DataFrame:
    """A priority and a last row for KPIs without, in another order than they print in."""
    rows = [
        NO_PRIORITY | IN_FORCE | {"display_order": 2},
        FAIR | IN_FORCE | {"display_order": 1},
    ]
    return conform(pd.DataFrame(rows), register.Priorities)


@pytest.fixture(scope="module")
def themes() -> pd.DataFrame:
    """A theme that no KPI is linked to and a last row for KPIs without."""
    rows = [YOUNG | IN_FORCE | {"display_order": 1}, NO_THEME | IN_FORCE | {"display_order": 2}]
    return conform(pd.DataFrame(rows), register.Themes)


def test_priorities_are_counted_with_those_linked_to_none_last(
    build_scorecard: FrameBuilder, priorities: pd.DataFrame
) -> None:
    """The order is that of reports; each KPI is in one row."""
    scorecard = build_scorecard(
        FAIR | {"kpi_ref": "A"}, {"kpi_ref": "B", **UNRATED}, FAIR | {"rag_code": "red"}
    )
    summary = priority_summary(scorecard, priorities, NEVER, QUARTER, DEFAULT_SCHEME)
    summaries.PrioritySummary.validate(summary, lazy=True)
    assert summary["priority_name"].tolist() == ["A fairer county", "Not linked to a priority"]
    assert summary["kpi_count"].tolist() == [2, 1]
    assert summary["rated_text"].tolist() == ["2 of 2", "0 of 1"]


def test_a_theme_without_kpis_has_a_row_of_noughts(
    build_scorecard: FrameBuilder, themes: pd.DataFrame
) -> None:
    """Every theme in force is printed."""
    summary = theme_summary(build_scorecard({}), themes, NEVER, QUARTER, DEFAULT_SCHEME)
    summaries.ThemeSummary.validate(summary, lazy=True)
    assert summary["theme_code"].tolist() == ["young", "none"]
    assert summary["kpi_count"].tolist() == [0, 1]


def test_owners_are_listed_as_the_scorecard_first_names_them(
    build_scorecard: FrameBuilder,
) -> None:
    """Their order is the scorecard's, not the alphabet's."""
    owners = ["Head of Roads", "Head of Care", "Head of Roads"]
    scorecard = build_scorecard(
        *({"kpi_ref": str(place), "owner_name": owner} for place, owner in enumerate(owners))
    )
    summary = owner_summary(scorecard, NEVER, QUARTER, DEFAULT_SCHEME)
    summaries.OwnerSummary.validate(summary, lazy=True)
    assert summary["owner_name"].tolist() == ["Head of Roads", "Head of Care"]
    assert summary["kpi_count"].tolist() == [2, 1]
    assert summary["display_order"].tolist() == [1, 2]


def test_a_quarter_without_kpis_has_no_owners(build_scorecard: FrameBuilder) -> None:
    """Owners are known by their KPIs alone."""
    summary = owner_summary(build_scorecard(), NEVER, QUARTER, DEFAULT_SCHEME)
    summaries.OwnerSummary.validate(summary, lazy=True)
    assert summary.empty


@pytest.mark.parametrize("place", [{"priority_code": "gone"}, {"priority_code": None}])
def test_a_kpi_of_a_priority_that_is_not_listed_is_refused(
    build_scorecard: FrameBuilder, priorities: pd.DataFrame, place: dict[str, str | None]
) -> None:
    """A KPI that no row would count does not vanish, whatever its code."""
    with pytest.raises(ValueError, match="Not listed as priority_code, and so counted"):
        priority_summary(build_scorecard(place), priorities, NEVER, QUARTER, DEFAULT_SCHEME)


def test_a_kpi_that_moved_is_counted_then_where_it_was_then(
    build_scorecard: FrameBuilder,
    build_directorates: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
) -> None:
    """The directorate that a KPI came to did not have it; without ratings no change is printed."""
    directorates = build_directorates({}, {"directorate_code": "CHD", "display_order": 2})
    earlier = build_earlier_ratings(
        {"directorate_code": "CHD", "present_directorate_code": "ADS", "rag_code": "red"},
        {"kpi_ref": "ADS-02", "rag_code": None},
    )
    summary = directorate_summary(
        build_scorecard({}), directorates, earlier, QUARTER, DEFAULT_SCHEME
    )
    summaries.DirectorateSummary.validate(summary, lazy=True)
    assert summary[BEFORE].to_numpy().tolist() == [[1, 0, 0, 0, 0], [1, 1, 1, 0, 0]]
    assert summary[CHANGES].isna().all(axis=None)


@pytest.mark.parametrize("then", [None, "2022-23-Q3", "2022-23-Q1"])
def test_a_quarter_before_that_was_not_reported_has_no_counts(
    build_scorecard: FrameBuilder,
    build_directorates: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    then: str | None,
) -> None:
    """Not reported is not none; ratings of still earlier quarters are of no account."""
    earlier = NEVER if then is None else build_earlier_ratings({"quarter_key": then})
    summary = directorate_summary(
        build_scorecard({}), build_directorates({}), earlier, QUARTER, DEFAULT_SCHEME
    )
    summaries.DirectorateSummary.validate(summary, lazy=True)
    assert summary[BEFORE + CHANGES].isna().all(axis=None)


def test_each_roll_up_counts_the_quarter_before_by_its_own_code(
    build_scorecard: FrameBuilder,
    build_directorates: FrameBuilder,
    build_services: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    priorities: pd.DataFrame,
    themes: pd.DataFrame,
) -> None:
    """Service, priority, theme and owner are those that the KPI had then."""
    earlier = build_earlier_ratings(
        {"service_code": "roads", "priority_code": "fair", "theme_code": "young"},
        {"kpi_ref": "ADS-02", "owner_name": "Head of Roads", "directorate_code": "OLD"},
    )
    services = build_services({}, {"service_code": "roads", "display_order": 2})
    scorecard, last = build_scorecard({}), (earlier, QUARTER, DEFAULT_SCHEME)
    found = {
        "service": service_summary(scorecard, services, build_directorates({}), *last),
        "priority": priority_summary(scorecard, priorities, *last),
        "theme": theme_summary(scorecard, themes, *last),
        "owner": owner_summary(scorecard, *last),
        "council": council_summary(scorecard, "Testshire", *last),
    }
    counts = {name: table["previous_kpi_count"].tolist() for name, table in found.items()}
    assert counts == {
        "service": [1, 1],
        "priority": [1, 1],
        "theme": [1, 1],
        "owner": [1],
        "council": [2],
    }


def test_changes_are_printed_in_the_councils_words(
    build_scorecard: FrameBuilder, build_earlier_ratings: FrameBuilder
) -> None:
    """A council that says Blue reads blue."""
    blue = {"green": replace(DEFAULT_SCHEME["green"], label="Blue")}
    summary = council_summary(
        build_scorecard({}), "Testshire", build_earlier_ratings({}), QUARTER, DEFAULT_SCHEME | blue
    )
    assert summary["green_change_text"].tolist() == ["1 blue, no change"]


def test_directions_of_all_kpis_are_counted(build_scorecard: FrameBuilder) -> None:
    """Against each comparator the four directions add up to the KPIs, rated or not."""
    directions = [("improved", "declined"), ("maintained", "declined"), ("declined", "improved")]
    scorecard = build_scorecard(
        *(
            {
                "kpi_ref": str(place),
                "direction_previous_quarter_code": quarter,
                "direction_last_year_code": year,
                **UNRATED,
            }
            for place, (quarter, year) in enumerate(directions)
        ),
        {"kpi_ref": "not-compared"},
    )
    summary = council_summary(scorecard, "Testshire", NEVER, QUARTER, DEFAULT_SCHEME).iloc[0]
    kinds = ("improved", "maintained", "declined", "not_comparable")
    assert [summary[f"{kind}_previous_quarter_count"] for kind in kinds] == [1, 1, 1, 1]
    assert [summary[f"{kind}_last_year_count"] for kind in kinds] == [1, 0, 2, 1]
