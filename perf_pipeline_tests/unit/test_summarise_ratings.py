"""Ratings are counted by directorate, by service and for the council, as the first report did."""

from collections.abc import Callable, Mapping

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME
from perf_pipeline.schemas import empty, stages, summaries
from perf_pipeline.summarise import council_summary, directorate_summary, service_summary

FrameBuilder = Callable[..., pd.DataFrame]

QUARTER = Quarter(2023, 1)
NEVER = empty(stages.EarlierRatings)
"""Ratings of no earlier quarter."""
PUBLISHED = {
    "Adults Services": (8, 8, 1, 1, 6, "12.5% (1)", "12.5% (1)", "75% (6)"),
    "Childrens Services": (40, 15, 6, 5, 4, "40% (6)", "33% (5)", "27% (4)"),
    "Climate & Place": (17, 0, 0, 0, 0, None, None, None),
    "Community Services": (17, 11, 2, 3, 6, "18% (2)", "27% (3)", "55% (6)"),
    "Public Health": (6, 5, 0, 3, 2, "0", "60% (3)", "40% (2)"),
    "Resources & Corporate Services": (1, 0, 0, 0, 0, None, None, None),
    "Strategy, Workforce & Localities": (12, 2, 0, 2, 0, "0", "100% (2)", "0"),
}
"""Somerset's Q1 2023/24: KPIs, with RAG, red, amber, green, and the three as printed.

A directorate without RAG prints blanks, and none of some prints 0, where the report is uneven.
"""
COUNTS = ["kpi_count", "rated_count", "red_count", "amber_count", "green_count"]
TEXTS = ["red_text", "amber_text", "green_text"]


def _rating(code: str | None) -> dict[str, str | None]:
    reason = None if code else "no_target"
    return {"rag_code": code, "not_rated_reason_code": reason}


def _rated_kpis(place: Mapping[str, str], counts: tuple[int, ...]) -> list[dict[str, str | None]]:
    kpi_count, rated_count, *bands = counts
    codes: list[str | None] = [None] * (kpi_count - rated_count)
    for code, count in zip(("red", "amber", "green"), bands, strict=True):
        codes += [code] * count
    service = place["service_code"]
    return [
        {**place, "kpi_ref": f"{service}-{number}", **_rating(code)}
        for number, code in enumerate(codes)
    ]


@pytest.fixture(scope="module")
def directorates(build_directorates: FrameBuilder) -> pd.DataFrame:
    """The seven directorates, registered in another order than they print in."""
    named = [
        {"directorate_code": f"D{order}", "directorate_name": name, "display_order": order}
        for order, name in enumerate(PUBLISHED, start=1)
    ]
    return build_directorates(*reversed(named))


@pytest.fixture(scope="module")
def services(build_services: FrameBuilder) -> pd.DataFrame:
    """One service in each directorate, and a second one without KPIs in the first."""
    return build_services(
        {"service_code": "S0", "directorate_code": "D1", "display_order": 2},
        *(
            {"service_code": f"S{order}", "directorate_code": f"D{order}"}
            for order in range(1, len(PUBLISHED) + 1)
        ),
    )


@pytest.fixture(scope="module")
def scorecard(build_scorecard: FrameBuilder) -> pd.DataFrame:
    """The 101 KPIs with the published ratings."""
    rows = []
    for order, counts in enumerate(PUBLISHED.values(), start=1):
        place = {"directorate_code": f"D{order}", "service_code": f"S{order}"}
        rows += _rated_kpis(place, counts[:5])
    return build_scorecard(*rows)


def test_the_directorate_summary_is_the_published_table(
    scorecard: pd.DataFrame, directorates: pd.DataFrame
) -> None:
    """Counts give the first report's table, cell for cell and in its order."""
    summary = directorate_summary(scorecard, directorates, NEVER, QUARTER, DEFAULT_SCHEME)
    summaries.DirectorateSummary.validate(summary, lazy=True)
    texts = summary[TEXTS].astype(object).where(summary[TEXTS].notna(), None)
    table = {
        name: (*counts, *printed)
        for name, counts, printed in zip(
            summary["directorate_name"],
            summary[COUNTS].to_numpy().tolist(),
            texts.to_numpy().tolist(),
            strict=True,
        )
    }
    assert table == PUBLISHED
    assert list(table) == list(PUBLISHED)


def test_percentages_are_unrounded_shares_of_the_rated(
    scorecard: pd.DataFrame, directorates: pd.DataFrame
) -> None:
    """Numbers are not rounded, and are null where nothing is rated."""
    summary = directorate_summary(
        scorecard, directorates, NEVER, QUARTER, DEFAULT_SCHEME
    ).set_index("directorate_name")
    childrens = summary.loc["Childrens Services", ["red_pct", "amber_pct", "green_pct"]]
    assert childrens.tolist() == [40.0, pytest.approx(100 / 3), pytest.approx(80 / 3)]
    assert summary.loc["Public Health", "red_pct"] == 0.0
    assert pd.isna(summary.loc["Climate & Place", "red_pct"])


def test_a_directorate_without_kpis_has_a_row_of_noughts(
    build_scorecard: FrameBuilder, build_directorates: FrameBuilder
) -> None:
    """Every directorate in force is printed, with blanks for its shares."""
    summary = directorate_summary(
        build_scorecard({}),
        build_directorates({}, {"directorate_code": "NEW", "display_order": 2}),
        NEVER,
        QUARTER,
        DEFAULT_SCHEME,
    )
    assert summary["kpi_count"].tolist() == [1, 0]
    assert summary["green_pct"].fillna(-1).tolist() == [100.0, -1.0]
    assert summary["red_text"].isna().tolist() == [False, True]


def test_a_quarter_without_kpis_is_summarised_as_noughts(
    build_scorecard: FrameBuilder,
    build_directorates: FrameBuilder,
    build_services: FrameBuilder,
) -> None:
    """An empty scorecard gives a row for each directorate, service and the council."""
    nothing = build_scorecard()
    adults = build_directorates({})
    last = (NEVER, QUARTER, DEFAULT_SCHEME)
    by_directorate = directorate_summary(nothing, adults, *last)
    by_service = service_summary(nothing, build_services({}), adults, *last)
    whole = council_summary(nothing, "Testshire", *last)
    summaries.DirectorateSummary.validate(by_directorate)
    summaries.ServiceSummary.validate(by_service)
    summaries.CouncilSummary.validate(whole)
    for summary in (by_directorate, by_service, whole):
        assert summary[COUNTS].to_numpy().tolist() == [[0, 0, 0, 0, 0]]


def test_services_are_listed_within_their_directorates(
    scorecard: pd.DataFrame, services: pd.DataFrame, directorates: pd.DataFrame
) -> None:
    """Directorates' order comes first, then services' own; places are counted through."""
    summary = service_summary(scorecard, services, directorates, NEVER, QUARTER, DEFAULT_SCHEME)
    summaries.ServiceSummary.validate(summary, lazy=True)
    assert summary["service_code"].tolist() == ["S1", "S0", "S2", "S3", "S4", "S5", "S6", "S7"]
    assert summary["display_order"].tolist() == list(range(1, 9))
    assert summary["directorate_name"].iloc[2] == "Childrens Services"
    assert summary["kpi_count"].tolist() == [8, 0, 40, 17, 17, 6, 1, 12]
    assert summary["green_text"].iloc[0] == "75% (6)"


def test_the_council_is_the_sum_of_its_directorates(scorecard: pd.DataFrame) -> None:
    """101 KPIs, 41 with RAG, 9 red, 14 amber and 18 green were published."""
    summary = council_summary(scorecard, "Testshire", NEVER, QUARTER, DEFAULT_SCHEME)
    summaries.CouncilSummary.validate(summary, lazy=True)
    assert summary[COUNTS].iloc[0].tolist() == [101, 41, 9, 14, 18]
    assert summary[TEXTS].iloc[0].tolist() == ["22% (9)", "34% (14)", "44% (18)"]
    assert summary["council_name"].tolist() == ["Testshire"]


def test_the_rated_are_printed_as_part_of_the_live(
    scorecard: pd.DataFrame, directorates: pd.DataFrame
) -> None:
    """A reader sees what the percentages are of."""
    summary = directorate_summary(scorecard, directorates, NEVER, QUARTER, DEFAULT_SCHEME)
    assert summary["rated_text"].tolist()[:3] == ["8 of 8", "15 of 40", "0 of 17"]


@pytest.mark.parametrize("code", ["OLD", "whole_council"])
def test_a_kpi_of_a_directorate_that_is_not_listed_is_refused(
    build_scorecard: FrameBuilder, directorates: pd.DataFrame, code: str
) -> None:
    """A KPI that no row would count does not vanish."""
    astray = build_scorecard({"directorate_code": "D1"}, {"directorate_code": code})
    message = f"Not listed as directorate_code, and so counted nowhere: {code}"
    with pytest.raises(ValueError, match=message):
        directorate_summary(astray, directorates, NEVER, QUARTER, DEFAULT_SCHEME)


def test_a_service_of_a_directorate_that_is_not_listed_is_refused(
    build_scorecard: FrameBuilder, build_services: FrameBuilder, directorates: pd.DataFrame
) -> None:
    """A service does not vanish with its directorate."""
    services = build_services({"directorate_code": "OLD"})
    with pytest.raises(ValueError, match="and so counted nowhere: OLD"):
        service_summary(build_scorecard({}), services, directorates, NEVER, QUARTER, DEFAULT_SCHEME)


def test_a_directorate_that_is_listed_twice_is_refused(
    build_scorecard: FrameBuilder, build_directorates: FrameBuilder
) -> None:
    """Its KPIs would be counted twice."""
    twice = build_directorates({}, {"display_order": 2})
    with pytest.raises(ValueError, match="Listed twice as directorate_code: ADS"):
        directorate_summary(build_scorecard({}), twice, NEVER, QUARTER, DEFAULT_SCHEME)
