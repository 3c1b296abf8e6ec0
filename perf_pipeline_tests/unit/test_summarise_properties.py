"""Whatever the KPIs, every summary counts each of them once, and a swapped rating is found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME
from perf_pipeline.schemas import conform, register
from perf_pipeline.summarise import (
    council_summary,
    directorate_summary,
    directorate_trend,
    owner_summary,
    priority_summary,
    service_summary,
    summary_imbalance,
    theme_summary,
)

FrameBuilder = Callable[..., pd.DataFrame]
Tables = dict[str, pd.DataFrame]
Summariser = Callable[[pd.DataFrame, pd.DataFrame], Tables]

QUARTER = Quarter(2023, 1)
CODES = ["a", "b", "c", "d"]
"""Directorates, services, priorities, themes and owners alike; all but owners are listed."""

ENDED = "d"
"""A KPI of this service has no single successor in the trend."""

KEYS = {
    "directorate_summary": "directorate_code",
    "service_summary": "service_code",
    "priority_summary": "priority_code",
    "theme_summary": "theme_code",
    "owner_summary": "owner_name",
}
PERIODS = ("previous_quarter", "last_year")
RATINGS = ["red", "amber", "green", None]


@dataclass(frozen=True)
class Kpi:
    """One generated KPI: where it belongs, and what became of its figure."""

    directorate: str
    service: str
    priority: str
    theme: str
    owner: str
    rag: str | None
    against_quarter: str
    against_year: str

    def row(self, ref: int) -> dict[str, str | None]:
        """Return the KPI as a row of the scorecard."""
        return self.standing(ref) | {
            "direction_previous_quarter_code": self.against_quarter,
            "direction_last_year_code": self.against_year,
        }

    def standing(self, ref: int) -> dict[str, str | None]:
        """Return what the scorecard and the earlier ratings have in common."""
        return {
            "kpi_ref": f"K{ref}",
            "directorate_code": self.directorate,
            "service_code": self.service,
            "priority_code": self.priority,
            "theme_code": self.theme,
            "owner_name": self.owner,
            "rag_code": self.rag,
        }


codes = st.sampled_from(CODES)
directions = st.sampled_from(["improved", "maintained", "declined", "not_comparable"])
kpis = st.builds(
    Kpi,
    directorate=codes,
    service=codes,
    priority=codes,
    theme=codes,
    owner=codes,
    rag=st.sampled_from(RATINGS),
    against_quarter=directions,
    against_year=directions,
)
kpi_lists = st.lists(kpis, max_size=40)


def _named(name: str, model: type[register.Priorities | register.Themes]) -> pd.DataFrame:
    rows = [
        {f"{name}_code": code, f"{name}_name": code, "display_order": place}
        for place, code in enumerate(CODES, start=1)
    ]
    dated = [row | {"valid_from": QUARTER.key, "valid_to": None} for row in rows]
    return conform(pd.DataFrame(dated), model)


@pytest.fixture(scope="module")
def directorates(build_directorates: FrameBuilder) -> pd.DataFrame:
    """A directorate for each code."""
    return build_directorates(
        *(
            {"directorate_code": code, "display_order": place}
            for place, code in enumerate(CODES, start=1)
        )
    )


@pytest.fixture(scope="module")
def summarise(directorates: pd.DataFrame, build_services: FrameBuilder) -> Summariser:
    """Return a function that makes all summaries of a scorecard and earlier ratings."""
    services = build_services(*({"service_code": code, "directorate_code": code} for code in CODES))
    priorities = _named("priority", register.Priorities)
    themes = _named("theme", register.Themes)

    def summarised(scorecard: pd.DataFrame, earlier: pd.DataFrame) -> Tables:
        last = (earlier, QUARTER, DEFAULT_SCHEME)
        return {
            "directorate_summary": directorate_summary(scorecard, directorates, *last),
            "service_summary": service_summary(scorecard, services, directorates, *last),
            "council_summary": council_summary(scorecard, "Testshire", *last),
            "priority_summary": priority_summary(scorecard, priorities, *last),
            "theme_summary": theme_summary(scorecard, themes, *last),
            "owner_summary": owner_summary(scorecard, *last),
        }

    return summarised


def _tally(rows: list[dict[str, str | None]], code: str, key: str | None) -> dict[str, int]:
    """Count ratings and directions of one code's rows, one by one."""
    tally: Counter[str] = Counter()
    for row in rows:
        if key is None or row[key] == code:
            tally["kpi_count"] += 1
            tally["rated_count"] += row["rag_code"] is not None
            tally[f"{row['rag_code']}_count"] += 1
            for period in PERIODS:
                tally[f"{row.get(f'direction_{period}_code')}_{period}_count"] += 1
    return tally


@settings(max_examples=15, deadline=None)
@given(now=kpi_lists, then=kpi_lists)
def test_every_summary_counts_every_kpi_once(
    summarise: Summariser,
    build_scorecard: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    now: list[Kpi],
    then: list[Kpi],
) -> None:
    """Each row's counts are those of a tally one by one, and the balance finds no fault."""
    rows = [kpi.row(ref) for ref, kpi in enumerate(now)]
    before = [kpi.standing(ref) for ref, kpi in enumerate(then)]
    scorecard = build_scorecard(*rows)
    tables = summarise(scorecard, build_earlier_ratings(*before))
    assert summary_imbalance(scorecard, tables) is None
    for name, table in tables.items():
        key = KEYS.get(name)
        for row in table.to_dict("records"):
            code = row[key] if key else "Testshire"
            tally, tally_before = _tally(rows, code, key), _tally(before, code, key)
            for column in ("kpi", "rated", "red", "amber", "green"):
                assert row[f"{column}_count"] == tally[f"{column}_count"]
                was = row[f"previous_{column}_count"]
                was_there = tally_before["kpi_count"] > 0
                assert was == tally_before[f"{column}_count"] if was_there else pd.isna(was)
            for period in PERIODS:
                kinds = ("improved", "maintained", "declined", "not_comparable")
                counted = [row[f"{kind}_{period}_count"] for kind in kinds]
                assert counted == [tally[f"{kind}_{period}_count"] for kind in kinds]
                assert sum(counted) == row["kpi_count"]


@settings(max_examples=15, deadline=None)
@given(now=kpi_lists, then=kpi_lists)
def test_a_trend_counts_every_kpi_of_every_quarter_once(
    directorates: pd.DataFrame,
    build_scorecard: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    now: list[Kpi],
    then: list[Kpi],
) -> None:
    """Each quarter's KPIs and ratings add up to what is rated in it."""
    before = [
        kpi.standing(ref)
        | {"present_directorate_code": None if kpi.service == ENDED else kpi.service}
        for ref, kpi in enumerate(then)
    ]
    scorecard = build_scorecard(*(kpi.row(ref) for ref, kpi in enumerate(now)))
    trend = directorate_trend(scorecard, build_earlier_ratings(*before), directorates, QUARTER)
    counts = trend.groupby("trend_quarter_key")[["kpi_count", "red_count"]].sum()
    expected = {QUARTER.key: now} | ({"2022-23-Q4": then} if then else {})
    assert {
        quarter: [len(kpis), sum(kpi.rag == "red" for kpi in kpis)]
        for quarter, kpis in expected.items()
    } == {quarter: row.tolist() for quarter, row in counts.iterrows()}


@settings(max_examples=15, deadline=None)
@given(
    others=kpi_lists,
    pair=st.tuples(kpis, kpis),
    places=st.permutations(CODES),
    ratings=st.permutations(RATINGS),
)
def test_a_rating_that_changed_places_between_two_directorates_is_found(
    directorates: pd.DataFrame,
    build_scorecard: FrameBuilder,
    build_earlier_ratings: FrameBuilder,
    others: list[Kpi],
    pair: tuple[Kpi, Kpi],
    places: list[str],
    ratings: list[str | None],
) -> None:
    """The council's totals are right, and the balance names both directorates."""
    one, other = (
        replace(kpi, directorate=place, rag=rag)
        for kpi, place, rag in zip(pair, places, ratings, strict=False)
    )
    swapped = [replace(one, rag=other.rag), replace(other, rag=one.rag)]
    true = build_scorecard(*(kpi.row(ref) for ref, kpi in enumerate([one, other, *others])))
    wrong = build_scorecard(*(kpi.row(ref) for ref, kpi in enumerate([*swapped, *others])))
    last = (build_earlier_ratings(), QUARTER, DEFAULT_SCHEME)
    whole = {"council_summary": council_summary(wrong, "Testshire", *last)}
    assert summary_imbalance(true, whole) is None
    summary = {"directorate_summary": directorate_summary(wrong, directorates, *last)}
    fault = summary_imbalance(true, summary) or ""
    for place in places[:2]:
        assert f" of {place} is " in fault
