"""Each figure is compared with the quarter before and with last year's, as they stand now."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.compare import (
    QUARTERS_BACK,
    comparator_outturns,
    compare_outturns,
    compared_quarters,
)
from perf_pipeline.quarters import Quarter
from perf_pipeline.schemas import stages

FrameBuilder = Callable[..., pd.DataFrame]
Comparer = Callable[..., pd.Series]

QUARTER = Quarter(2023, 1)
PREVIOUS = "2022-23-Q4"
LAST_YEAR = "2022-23-Q1"


@pytest.fixture(scope="session")
def compare(
    build_kpis: FrameBuilder, build_rated: FrameBuilder, build_comparators: FrameBuilder
) -> Comparer:
    """Return a function that compares ADS-01 with earlier figures of it."""

    def compare_one(
        kpi: Mapping[str, Any], rated: Mapping[str, Any], *comparators: Mapping[str, Any]
    ) -> pd.Series:
        frames = build_rated(rated), build_comparators(*comparators), build_kpis(kpi)
        return compare_outturns(*frames, QUARTER).iloc[0]

    return compare_one


def _returned(quarter: str, outturn: float | None, **more: Any) -> dict[str, Any]:
    status = "given" if outturn is not None else "blank"
    return {
        "quarter_key": quarter,
        "return_quarter_key": quarter,
        "outturn_value": outturn,
        "outturn_status_code": status,
        **more,
    }


def test_a_quarter_is_compared_with_the_one_before_and_with_last_years() -> None:
    """The first quarter's comparators are last year's fourth and first."""
    assert [quarter.key for quarter in compared_quarters(QUARTER)] == [PREVIOUS, LAST_YEAR]


def test_returns_are_read_back_to_the_earliest_quarter_compared() -> None:
    """Any return from last year's quarter on may state a figure that is compared."""
    assert QUARTER.shift(-QUARTERS_BACK) == min(compared_quarters(QUARTER))


@pytest.mark.parametrize(
    ("polarity", "earlier", "direction"),
    [
        pytest.param("higher", 84.9, "improved", id="higher-up"),
        pytest.param("higher", 85.0, "maintained", id="higher-same"),
        pytest.param("higher", 85.1, "declined", id="higher-down"),
        pytest.param("lower", 84.9, "declined", id="lower-up"),
        pytest.param("lower", 85.0, "maintained", id="lower-same"),
        pytest.param("lower", 85.1, "improved", id="lower-down"),
    ],
)
@pytest.mark.parametrize(
    ("quarter", "name"),
    [(PREVIOUS, "previous_quarter"), (LAST_YEAR, "last_year")],
    ids=["previous-quarter", "last-year"],
)
def test_better_is_improved_whichever_way_is_better(
    compare: Comparer, polarity: str, earlier: float, direction: str, quarter: str, name: str
) -> None:
    """The direction is by polarity, against each comparator alone."""
    compared = compare(
        {"polarity_code": polarity},
        {"outturn_value": 85.0},
        {"quarter_key": quarter, "outturn_value": earlier},
    )
    assert compared[f"direction_{name}_code"] == direction
    assert compared[f"{name}_value"] == earlier
    assert pd.isna(compared[f"not_comparable_{name}_code"])


def test_the_two_comparators_are_told_apart(compare: Comparer) -> None:
    """A figure may be better than last quarter's and worse than last year's."""
    compared = compare(
        {},
        {},
        {"quarter_key": PREVIOUS, "outturn_value": 80.0, "origin_text": "q4.csv, row 3"},
        {"quarter_key": LAST_YEAR, "outturn_value": 90.0, "origin_text": "q1.csv, row 3"},
    )
    assert compared["direction_previous_quarter_code"] == "improved"
    assert compared["previous_quarter_origin_text"] == "q4.csv, row 3"
    assert compared["direction_last_year_code"] == "declined"
    assert compared["last_year_origin_text"] == "q1.csv, row 3"


@pytest.mark.parametrize(
    ("kpi", "rated", "comparators", "reasons"),
    [
        pytest.param(
            {},
            {"outturn_value": None, "outturn_status_code": "awaiting"},
            [{}],
            ("no_figure", "no_figure"),
            id="no-figure",
        ),
        pytest.param(
            {}, {}, [], ("no_earlier_figure", "no_earlier_figure"), id="no-earlier-figure"
        ),
        pytest.param(
            {"polarity_code": "none"}, {}, [{}], ("no_polarity", "no_polarity"), id="no-polarity"
        ),
        pytest.param(
            {"is_year_to_date": True},
            {},
            [{}],
            ("year_to_date", "no_earlier_figure"),
            id="year-to-date",
        ),
        pytest.param(
            {"polarity_code": "none", "is_year_to_date": True},
            {"outturn_value": None},
            [],
            ("no_figure", "no_figure"),
            id="no-figure-first",
        ),
        pytest.param(
            {"polarity_code": "none", "is_year_to_date": True},
            {},
            [],
            ("no_polarity", "no_polarity"),
            id="no-polarity-second",
        ),
    ],
)
def test_a_figure_that_cannot_be_compared_says_why(
    compare: Comparer,
    kpi: dict[str, Any],
    rated: dict[str, Any],
    comparators: list[dict[str, Any]],
    reasons: tuple[str, str],
) -> None:
    """Without a direction there is a reason, the first that holds."""
    compared = compare(kpi, rated, *comparators)
    names = ("previous_quarter", "last_year")
    assert tuple(compared[f"not_comparable_{name}_code"] for name in names) == reasons
    assert {compared[f"direction_{name}_code"] for name in names} == {"not_comparable"}


def test_a_year_to_date_kpi_is_compared_with_the_same_point_of_last_year(
    compare: Comparer,
) -> None:
    """Figures that add up from April go only with those of the same quarter."""
    compared = compare({"is_year_to_date": True}, {}, {"quarter_key": LAST_YEAR})
    assert compared["direction_last_year_code"] == "improved"


def test_an_earlier_figure_is_shown_even_where_it_gives_no_direction(compare: Comparer) -> None:
    """A reader sees the earlier figure of a KPI without polarity."""
    assert compare({"polarity_code": "none"}, {}, {})["previous_quarter_value"] == 80.0


@pytest.mark.parametrize(
    ("rated", "earlier", "is_unchanged"),
    [
        pytest.param({}, {}, True, id="same-figure-and-words"),
        pytest.param({"outturn_value": 85.1}, {}, False, id="other-figure"),
        pytest.param({"commentary_text": "New"}, {}, False, id="other-words"),
        pytest.param({"commentary_text": None}, {"commentary_text": None}, False, id="no-words"),
        pytest.param({"outturn_value": None}, {}, False, id="no-figure"),
        pytest.param({}, {"quarter_key": LAST_YEAR}, False, id="last-years"),
    ],
)
def test_a_return_copied_from_the_quarter_before_is_marked(
    compare: Comparer,
    rated: dict[str, Any],
    earlier: dict[str, Any],
    is_unchanged: bool,  # noqa: FBT001 - a case
) -> None:
    """Only the same figure with the same commentary is called unchanged."""
    same = {"outturn_value": 85.0, "commentary_text": "As before"}
    assert compare({}, same | rated, same | earlier)["is_unchanged"] == is_unchanged


def test_every_kpi_is_compared_in_its_own_right(
    build_kpis: FrameBuilder, build_rated: FrameBuilder, build_comparators: FrameBuilder
) -> None:
    """One KPI's earlier figure is never another's, and the order stays."""
    kpis = build_kpis({"kpi_ref": "B"}, {"kpi_ref": "A"})
    rated = build_rated({"kpi_ref": "B"}, {"kpi_ref": "A"})
    compared = compare_outturns(rated, build_comparators({"kpi_ref": "A"}), kpis, QUARTER)
    stages.ComparedOutturns.validate(compared, lazy=True)
    assert compared["kpi_ref"].tolist() == ["B", "A"]
    assert compared["direction_previous_quarter_code"].tolist() == ["not_comparable", "improved"]


def test_no_kpis_are_compared_into_no_rows(
    build_kpis: FrameBuilder, build_rated: FrameBuilder, build_comparators: FrameBuilder
) -> None:
    """An empty quarter compares into an empty frame of the right columns."""
    compared = compare_outturns(build_rated(), build_comparators(), build_kpis(), QUARTER)
    stages.ComparedOutturns.validate(compared)
    assert compared.empty


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
            [
                _returned(PREVIOUS, 82.0, return_quarter_key="2023-24-Q1"),
                _returned(PREVIOUS, 81.0),
            ],
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
            [
                _returned(PREVIOUS, 81.0),
                _returned(PREVIOUS, None, return_quarter_key="2023-24-Q1"),
            ],
            [{"outturn_value": 79.0}],
            [],
            id="withdrawn",
        ),
        pytest.param(
            [_returned(PREVIOUS, None), _returned(PREVIOUS, 81.0, return_quarter_key="2023-24-Q1")],
            [],
            [(PREVIOUS, 81.0)],
            id="supplied-later",
        ),
        pytest.param(
            [_returned("2023-24-Q1", 85.0), _returned("2022-23-Q3", 60.0)],
            [{"quarter_key": "2021-22-Q1"}],
            [],
            id="other-quarters",
        ),
        pytest.param(
            [_returned(PREVIOUS, 60.0, breakdown_type_code="sex", breakdown_category_code="F")],
            [],
            [],
            id="categories",
        ),
        pytest.param(
            [_returned(PREVIOUS, 81.0), _returned(LAST_YEAR, 70.0)],
            [],
            [(LAST_YEAR, 70.0), (PREVIOUS, 81.0)],
            id="both-quarters",
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
