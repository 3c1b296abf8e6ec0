"""Checks of what was stated of a quarter: counts, shares, ratings, overrides and titles."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import DEFAULT_SCHEME, Plausibility, QualityCheck
from perf_pipeline.schemas import column_kinds, conform, summaries
from perf_pipeline.scrutinise import Evidence
from perf_pipeline.scrutinise.checking import CHECKS

Rows = list[dict[str, Any]]
FrameBuilder = Callable[..., pd.DataFrame]
Looker = Callable[..., list[str]]

QUARTER = Quarter(2023, 1)
TITLE_COLUMNS = ["source_code", "file_name", "sheet_name", "row_number", "row_text"]
COUNTS = {"kpi_count": 10, "rated_count": 6, "red_count": 3, "amber_count": 1, "green_count": 2}
NOT_RATED = {"rule_rag_code": None, "rag_code": None, "rating_basis_code": None}


def summary(model: Any, row: Mapping[str, Any]) -> pd.DataFrame:
    """Make a summary of one row; what it does not state is null."""
    full = dict.fromkeys(column_kinds(model)) | {"quarter_key": QUARTER.key} | COUNTS | row
    return conform(pd.DataFrame([full], dtype="object"), model)


@pytest.fixture(scope="module")
def look(
    build_scorecard: FrameBuilder,
    build_kpis: FrameBuilder,
    build_comparators: FrameBuilder,
    build_notes: FrameBuilder,
    build_stated_counts: FrameBuilder,
    build_overrides: FrameBuilder,
) -> Looker:
    """Return a function that says what one check finds in a scorecard and what was stated."""
    directorate = {
        "directorate_code": "ADS",
        "directorate_name": "Adults Services",
        "display_order": 1,
        "improved_last_year_count": 3,
        "improved_previous_quarter_count": 3,
        "maintained_previous_quarter_count": 1,
        "declined_previous_quarter_count": 4,
        "not_comparable_previous_quarter_count": 2,
    }
    build = {"notes": build_notes, "stated": build_stated_counts, "overrides": build_overrides}
    nothing = Evidence(
        quarter=QUARTER,
        scorecard=build_scorecard({}),
        kpis=build_kpis({}),
        comparators=build_comparators(),
        titles=pd.DataFrame(columns=TITLE_COLUMNS, dtype="object"),
        directorate_summary=summary(summaries.DirectorateSummary, directorate),
        council_summary=summary(summaries.CouncilSummary, {"council_name": "A council"}),
        looks=DEFAULT_SCHEME,
        thresholds=Plausibility(),
        **{name: builder() for name, builder in build.items()},
    )

    def looker(
        check: QualityCheck,
        row: dict[str, Any] | None = None,
        *,
        kpi: dict[str, Any] | None = None,
        title: str | None = None,
        **stated: Rows,
    ) -> list[str]:
        titles = [] if title is None else [("adults", "adults.xlsx", "KPIs", 1, title)]
        evidence = dataclasses.replace(
            nothing,
            scorecard=build_scorecard(row or {}),
            kpis=build_kpis(kpi or {}),
            titles=pd.DataFrame(titles, columns=TITLE_COLUMNS, dtype="object"),
            **{name: build[name](*rows) for name, rows in stated.items()},
        )
        return [finding.text for finding in CHECKS[check](evidence)]

    return looker


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            {"stated_rag_code": "red", "rule_rag_code": "amber"},
            "states Red, and by the rule `relative` it is Amber.",
        ),
        (
            {"stated_rag_code": "green", "not_rated_reason_code": "no_target"} | NOT_RATED,
            "states Green, and by the rule `relative` it is not rated (no_target).",
        ),
    ],
    ids=["other colour", "not rated"],
)
def test_stated_rating_differs(look: Looker, row: dict[str, Any], words: str) -> None:
    """A return's own rating is held against the rule's."""
    (text,) = look(QualityCheck.STATED_RATING_DIFFERS, row)
    assert words in text


@pytest.mark.parametrize(
    "row",
    [
        {"stated_rag_code": "green", "rule_rag_code": "green"},
        {"stated_rag_code": None},
        {"stated_rag_code": "red", "rule_rag_code": "green", "rule_kind_code": "judgement"},
    ],
    ids=["same", "none stated", "judged"],
)
def test_stated_rating_is_the_rating(look: Looker, row: dict[str, Any]) -> None:
    """A return that states the rule's rating, none, or the judgement itself is not questioned."""
    assert look(QualityCheck.STATED_RATING_DIFFERS, row) == []


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"kpi_ref": "ADS-01"}, "the KPI has no rating (awaiting)"),
        ({"kpi_ref": "OLD-01"}, "the KPI is not live in the quarter"),
    ],
    ids=["not rated", "not live"],
)
def test_override_without_rating(look: Looker, override: dict[str, Any], words: str) -> None:
    """An override that has nothing to take the place of is questioned."""
    row = {"not_rated_reason_code": "awaiting"} | NOT_RATED
    (text,) = look(QualityCheck.OVERRIDE_WITHOUT_RATING, row, overrides=[override])
    assert text.startswith(f"The override to Amber has no effect: {words}. Take it out of ")


def test_override_of_a_rating_is_not_questioned(look: Looker) -> None:
    """An override of a rated KPI, or of another quarter, is left alone."""
    overrides = [{}, {"kpi_ref": "OLD-01", "quarter_key": "2022-23-Q4"}]
    assert look(QualityCheck.OVERRIDE_WITHOUT_RATING, overrides=overrides) == []


@pytest.mark.parametrize(
    "title",
    [
        "Quarter 1 2023/24",
        "Q1",
        "KPI return 2023-24 Q1",
        "First quarter performance",
        "Q1 2023",
        "Q1 2023/24 (was Q4 2022/23)",
        "Adults Services indicators",
        "Quarters 2 to 4",
        "Q1 31/12",
    ],
)
def test_title_names_the_quarter_or_none(look: Looker, title: str) -> None:
    """A title is left alone that names the return's quarter, or none that can be made out."""
    assert look(QualityCheck.OTHER_QUARTER_NAMED, title=title) == []


@pytest.mark.parametrize(
    "title",
    [
        "Quarter 4",
        "Quarter 1 2022/23",
        "Second Quarter Performance 2023/24",
        "Q3 and Q4",
        "2022-23 Q1",
        "Q1 2022",
    ],
)
def test_title_names_another_quarter(look: Looker, title: str) -> None:
    """A title is questioned that names quarters of which none is the return's."""
    (text,) = look(QualityCheck.OTHER_QUARTER_NAMED, title=title)
    assert text.startswith(f"A title of the return for Q1 2023/24 reads `{title}`. Check that")


def test_title_may_name_the_quarter_in_arrears(look: Looker) -> None:
    """The quarter that a source's figures are about is right too."""
    kpi = {"period_quarter_key": "2022-23-Q4", "arrears_quarter_count": 1}
    assert look(QualityCheck.OTHER_QUARTER_NAMED, kpi=kpi, title="Quarter 4 2022/23") == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"stated_count": 3}, "green is stated as 3, and the scorecard has 2 green."),
        ({"stated_count": 2, "stated_of_count": 10}, "as of 10, and the scorecard has 6 rated."),
        ({"count_code": "not_rated", "stated_count": 3}, "the scorecard has 4 not rated."),
        ({"count_code": "kpis", "stated_count": 11}, "KPIs is stated as 11, and"),
        ({"count_code": "improved_last_year", "stated_count": 4}, "has 3 improved last year."),
        ({"stated_count": 3, "note_text": "Appendix 2"}, "stated as 3 (Appendix 2), and"),
        ({"stated_count": 3}, "Of Adults Services: green"),
        ({"stated_count": 3, "directorate_code": None}, "Of the council: green"),
        (
            {"stated_count": None, "stated_share_text": "33.4", "note_text": "Page 1"},
            "green is stated as 33.4% (Page 1), and the scorecard has 33.3% (2 of 6). Find out",
        ),
        ({"stated_count": 2, "stated_share_text": "20"}, "the scorecard has 33% (2 of 6)."),
        (
            {"count_code": "not_rated", "stated_count": None, "stated_share_text": "60"},
            "not rated is stated as 60%, and the scorecard has 40% (4 of 10).",
        ),
        (
            {
                "count_code": "improved_previous_quarter",
                "stated_count": None,
                "stated_share_text": "35",
            },
            "the scorecard has 38% (3 of 8) or 30% (3 of 10).",
        ),
    ],
    ids=[
        "a count",
        "of another count",
        "not rated",
        "all",
        "direction",
        "where it was printed",
        "directorate",
        "council",
        "a share alone",
        "a share with its count",
        "a share of all",
        "a share of directions",
    ],
)
def test_stated_count_differs(look: Looker, row: dict[str, Any], words: str) -> None:
    """A printed count of this quarter is held against ours."""
    (text,) = look(QualityCheck.STATED_COUNT_DIFFERS, stated=[row])
    assert words in text


@pytest.mark.parametrize(
    "row",
    [
        {"stated_count": 2, "stated_of_count": 6},
        {"count_code": "declined_last_year", "stated_count": 4},
        {"stated_count": 3, "quarter_key": "2022-23-Q4"},
        {"stated_count": 3, "directorate_code": "OLD"},
        {"stated_count": None},
        {"stated_count": None, "stated_share_text": "33.3"},
        {"stated_count": 2, "stated_share_text": "33"},
        {"stated_share_text": "99", "directorate_code": "OLD", "stated_count": None},
        {"stated_share_text": "99", "count_code": "kpis", "stated_count": None},
        {
            "count_code": "improved_previous_quarter",
            "stated_count": None,
            "stated_share_text": "37.5",
        },
        {"count_code": "improved_previous_quarter", "stated_count": 3, "stated_share_text": "30"},
        {"count_code": "improved_last_year", "stated_count": None, "stated_share_text": "99"},
    ],
    ids=[
        "ours",
        "a direction we do not count",
        "another quarter",
        "unknown directorate",
        "none",
        "our share",
        "our share with our count",
        "share of an unknown directorate",
        "share of nothing",
        "share of the comparable ones",
        "share of all",
        "share of directions we do not count",
    ],
)
def test_stated_count_is_ours(look: Looker, row: dict[str, Any]) -> None:
    """A count that is ours, or that we have none to hold against, is not questioned."""
    assert look(QualityCheck.STATED_COUNT_DIFFERS, stated=[row]) == []


def counts(**stated: Any) -> Rows:
    """Return stated counts, a number or a number with what it is of."""
    pairs = {
        code: count if isinstance(count, tuple) else (count, None) for code, count in stated.items()
    }
    return [
        {"count_code": code, "stated_count": count, "stated_of_count": of}
        for code, (count, of) in pairs.items()
    ]


DIRECTIONS = {
    f"{direction}_last_year": count
    for direction, count in (("improved", 2), ("maintained", 0), ("declined", 6))
}


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        (counts(red=3, amber=1, green=2, rated=6, not_rated=4, kpis=10), []),
        (counts(red=3, amber=1, green=2, rated=7), ["red 3, amber 1 and green 2 make 6"]),
        (counts(rated=6, not_rated=3, kpis=10), ["rated 6 and not rated 3 make 9"]),
        (
            counts(red=3, amber=1, green=2, not_rated=3, kpis=10),
            ["make 9, but KPIs is stated as 10"],
        ),
        (counts(red=1, amber=1, green=(9, 12)), ["green is stated as a share of 12, but red 1"]),
        (counts(red=1, amber=1, green=(9, 11)), []),
        (counts(rated=11, green=(9, 12)), ["but rated is 11"]),
        (counts(rated=(6, 10), kpis=10), []),
        (counts(green=(9, 12)), []),
        (counts(**DIRECTIONS, not_comparable_last_year=1, kpis=10), ["make 9, but KPIs"]),
        (counts(**DIRECTIONS, not_comparable_last_year=2, kpis=10), []),
        (counts(**DIRECTIONS | {"declined_last_year": (6, 8)}), []),
        (counts(**DIRECTIONS | {"declined_last_year": (6, 9)}), ["share of 9, but improved"]),
        ([*counts(green=3), *counts(green=4), *counts(green=4)], ["green is stated as 3 and 4."]),
    ],
    ids=[
        "all agree",
        "colours and rated",
        "rated and not rated",
        "colours and not rated",
        "of more than the colours",
        "of the colours",
        "of more than rated",
        "rated of all",
        "nothing to add up",
        "directions and all",
        "directions agree",
        "of the comparable ones",
        "of something else",
        "two counts of one colour",
    ],
)
def test_stated_parts_disagree(look: Looker, stated: Rows, words: list[str]) -> None:
    """Printed counts that cannot all be right are questioned."""
    texts = look(QualityCheck.STATED_PARTS_DISAGREE, stated=stated)
    assert len(texts) == len(words)
    assert all(word in text for word, text in zip(words, texts, strict=True))


def test_counts_printed_in_two_places_disagree(look: Looker) -> None:
    """A count that a table and a narrative print differently is questioned."""
    places = [
        {"count_code": "improved_last_year", "stated_count": 3, "note_text": "The table"},
        {"count_code": "improved_last_year", "stated_count": 4, "note_text": "The narrative"},
    ]
    (text,) = look(QualityCheck.STATED_PARTS_DISAGREE, stated=places)
    assert "improved last year is stated as 3 and 4. Correct one of them." in text
    (text,) = look(QualityCheck.STATED_COUNT_DIFFERS, stated=places)
    assert "stated as 4 (The narrative), and the scorecard has 3 improved last year." in text


def test_shares_are_looked_for_everywhere(look: Looker) -> None:
    """Commentary, action, the quarter's key issues and stated counts are read."""
    slip = "71.2% (5 of 7)"
    texts = look(
        QualityCheck.SHARE_MISCALCULATED,
        {"commentary_text": f"We did {slip}.", "action_text": f"Others did {slip}."},
        notes=[{"issue_text": slip}, {"issue_text": slip, "quarter_key": "2022-23-Q4"}],
        stated=[{"stated_count": 5, "stated_of_count": 7, "stated_share_text": "71.2"}],
    )
    assert texts == [
        f"{where} `{slip}`, but 5 of 7 is 71.4%. Correct the share or the counts."
        for where in (
            "The commentary says",
            "The action says",
            "Key issue 1 says",
            "For green is stated",
        )
    ]
