"""Every KPI has a row for each comparator, with a direction or the reason why it has none."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from perf_pipeline.compare import compare_outturns
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Comparator, Comparison
from perf_pipeline.schemas import stages

FrameBuilder = Callable[..., pd.DataFrame]
Comparer = Callable[..., pd.DataFrame]
Row = Mapping[str, Any]

QUARTER = Quarter(2023, 1)
AS_IT_IS: Row = MappingProxyType({})
NOW = QUARTER.key
PREVIOUS = "2022-23-Q4"
LAST_YEAR = "2022-23-Q1"
BASELINE = "2019-20-Q1"
QUARTER_OF = {"previous_quarter": PREVIOUS, "last_year": LAST_YEAR, "baseline": BASELINE}
NO_BAND = Comparison()


@pytest.fixture(scope="session")
def compare(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> Comparer:
    """Return a function that compares ADS-01, 85%, with earlier figures: a row a comparator."""

    def compare_one(
        *earlier: Row,
        kpi: Row = AS_IT_IS,
        figure: Row | None = AS_IT_IS,
        breaks: tuple[Row, ...] = (),
        comparison: Comparison = NO_BAND,
    ) -> pd.DataFrame:
        compared = compare_outturns(
            build_accepted(*([] if figure is None else [figure])),
            build_comparators(*earlier),
            build_kpis({"baseline_quarter_key": BASELINE} | dict(kpi)),
            QUARTER,
            build_breaks(*breaks),
            comparison,
        )
        return compared.set_index("comparator_code")

    return compare_one


def _earlier(value: float, quarter: str = PREVIOUS) -> dict[str, Any]:
    return {"quarter_key": quarter, "outturn_value": value}


EVERYWHERE = [_earlier(80.0, quarter) for quarter in QUARTER_OF.values()]


def test_the_comparators_are_told_apart(compare: Comparer) -> None:
    """A figure may be better than last quarter's, worse than last year's and as it first was."""
    compared = compare(
        _earlier(80.0) | {"origin_text": "q4.csv, row 3"},
        _earlier(90.0, LAST_YEAR) | {"origin_text": "q1.csv, row 3"},
        _earlier(85.0, BASELINE) | {"origin_text": "register/history.csv"},
    ).drop(index="trend")
    assert compared["direction_code"].tolist() == ["improved", "declined", "maintained"]
    assert compared["comparator_origin_text"].tolist() == [
        "q4.csv, row 3",
        "q1.csv, row 3",
        "register/history.csv",
    ]
    assert compared["figure_count"].isna().all()


NO_MIDDLE = {"polarity_code": "range", "target_value": None, "lower_value": 40.0}
NO_POLARITY = {"polarity_code": "none"}
YEAR_TO_DATE = {"is_year_to_date": True}
NO_BASELINE = {"baseline_quarter_key": None}
BREAK = {"quarter_key": NOW}


@pytest.mark.parametrize(
    ("kpi", "figure", "breaks", "reasons"),
    [
        pytest.param(
            NO_POLARITY | YEAR_TO_DATE | NO_BASELINE,
            {"outturn_value": None, "outturn_status_code": "awaiting"},
            (BREAK,),
            ["no_figure"] * 4,
            id="no-figure",
        ),
        pytest.param(
            NO_POLARITY | YEAR_TO_DATE | NO_BASELINE,
            {},
            (BREAK,),
            ["no_polarity"] * 4,
            id="no-polarity",
        ),
        pytest.param(NO_MIDDLE, {}, (BREAK,), ["no_polarity"] * 4, id="no-middle"),
        pytest.param(
            YEAR_TO_DATE | NO_BASELINE,
            {},
            (BREAK,),
            ["year_to_date", "definition_changed", "no_baseline", "year_to_date"],
            id="year-to-date",
        ),
        pytest.param(
            NO_BASELINE,
            {},
            (BREAK,),
            ["definition_changed", "definition_changed", "no_baseline", "too_few_figures"],
            id="no-baseline",
        ),
        pytest.param(
            {},
            {},
            (BREAK | {"reason_code": "target_basis_changed"},),
            [*["target_basis_changed"] * 3, "too_few_figures"],
            id="series-break",
        ),
        pytest.param(
            {}, {}, (), [*["no_earlier_figure"] * 3, "too_few_figures"], id="no-earlier-figure"
        ),
    ],
)
def test_a_figure_that_cannot_be_compared_says_why(
    compare: Comparer, kpi: Row, figure: Row, breaks: tuple[Row, ...], reasons: list[str]
) -> None:
    """Without a direction there is a reason, the first that holds."""
    compared = compare(kpi=kpi, figure=figure, breaks=breaks)
    assert compared["not_comparable_reason_code"].tolist() == reasons
    assert set(compared["direction_code"]) == {"not_comparable"}


def test_a_kpi_that_no_return_speaks_of_has_no_figure(compare: Comparer) -> None:
    """Every KPI has its four rows, whether or not it was returned."""
    compared = compare(*EVERYWHERE, figure=None)
    assert compared.index.tolist() == [comparator.value for comparator in Comparator]
    assert set(compared["not_comparable_reason_code"]) == {"no_figure"}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param({"figure": None}, id="no-figure"),
        pytest.param({"kpi": NO_POLARITY}, id="no-polarity"),
        pytest.param({"breaks": (BREAK,)}, id="series-break"),
    ],
)
def test_an_earlier_figure_is_shown_even_where_it_gives_no_direction(
    compare: Comparer, case: dict[str, Any]
) -> None:
    """A reader sees what the comparator was, but no change."""
    compared = compare(*EVERYWHERE, **case).drop(index="trend")
    assert compared["comparator_value"].tolist() == [80.0] * 3
    assert compared["comparator_quarter_key"].tolist() == list(QUARTER_OF.values())
    assert compared["comparator_origin_text"].notna().all()
    assert compared["change_value"].isna().all()


@pytest.mark.parametrize(
    ("baseline", "reason"),
    [
        pytest.param("2019-20-Q1", None, id="same-point"),
        pytest.param("2019-20-Q2", "year_to_date", id="other-point"),
    ],
)
def test_a_year_to_date_kpi_is_compared_at_the_same_point_of_the_year(
    compare: Comparer, baseline: str, reason: str | None
) -> None:
    """Figures that add up from April go only with those of the same quarter of another year."""
    compared = compare(
        *[_earlier(80.0, key) for key in (PREVIOUS, LAST_YEAR, baseline)],
        kpi=YEAR_TO_DATE | {"baseline_quarter_key": baseline},
    )["not_comparable_reason_code"]
    expected = pd.Series(["year_to_date", None, reason, "year_to_date"], dtype="str")
    pd.testing.assert_series_equal(
        compared.reset_index(drop=True), expected, check_names=False, check_dtype=False
    )


@pytest.mark.parametrize(
    ("kpi", "due", "direction"),
    [
        pytest.param({}, "2022-23-Q3", "improved", id="six-monthly"),
        pytest.param({}, LAST_YEAR, "improved", id="annual"),
        pytest.param(YEAR_TO_DATE, "2022-23-Q3", "not_comparable", id="six-monthly-year-to-date"),
        pytest.param(YEAR_TO_DATE, LAST_YEAR, "improved", id="annual-year-to-date"),
    ],
)
def test_the_previous_figure_is_that_of_when_one_was_last_due(
    compare: Comparer, kpi: Row, due: str, direction: str
) -> None:
    """A KPI that is not due every quarter goes back further, never to a figure between."""
    row = compare(
        _earlier(99.0), _earlier(80.0, due), kpi={"previous_due_quarter_key": due, **kpi}
    ).loc["previous_quarter"]
    assert row["direction_code"] == direction
    assert (row["comparator_quarter_key"], row["comparator_value"]) == (due, 80.0)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        pytest.param([PREVIOUS], None, id="at-the-comparator"),
        pytest.param(["2022-23-Q3"], None, id="before-the-comparator"),
        pytest.param([NOW], "definition_changed", id="at-this-quarter"),
        pytest.param(["2023-24-Q2"], None, id="after-this-quarter"),
        pytest.param(["2022-23-Q3", NOW], "definition_changed", id="an-earlier-one-too"),
        pytest.param([NOW, "2023-24-Q2"], "definition_changed", id="a-later-one-too"),
    ],
)
def test_a_series_break_parts_the_quarters_before_it_from_those_from_it_on(
    compare: Comparer, broken: list[str], reason: str | None
) -> None:
    """Only a break after the comparator quarter and up to this one makes it not comparable."""
    compared = compare(*EVERYWHERE, breaks=tuple({"quarter_key": key} for key in broken))
    row = compared.loc["previous_quarter"]
    assert row["not_comparable_reason_code"] == reason or pd.isna(reason)
    assert row["direction_code"] == ("improved" if reason is None else "not_comparable")


def test_the_latest_break_between_gives_the_reason(compare: Comparer) -> None:
    """Of two breaks since last year the later one is named; the order of rows does not matter."""
    breaks = (
        {"quarter_key": PREVIOUS, "reason_code": "population_changed"},
        {"quarter_key": "2022-23-Q2", "reason_code": "definition_changed"},
    )
    compared = compare(*EVERYWHERE, breaks=breaks)
    assert compared.loc["last_year", "not_comparable_reason_code"] == "population_changed"
    assert compared.loc["previous_quarter", "direction_code"] == "improved"


def test_another_kpis_break_parts_nothing(compare: Comparer) -> None:
    """A break is of one KPI."""
    compared = compare(*EVERYWHERE, breaks=({"kpi_ref": "ADS-02", "quarter_key": NOW},))
    assert compared.loc["previous_quarter", "direction_code"] == "improved"


@pytest.mark.parametrize("baseline", [NOW, "2024-25-Q1"], ids=["this-quarter", "later"])
def test_no_figure_is_compared_with_itself_or_a_later_one(compare: Comparer, baseline: str) -> None:
    """A baseline that is not earlier gives nothing to compare with."""
    compared = compare(_earlier(80.0, baseline), kpi={"baseline_quarter_key": baseline})
    assert compared.loc["baseline", "not_comparable_reason_code"] == "no_earlier_figure"


def test_every_kpi_is_compared_in_its_own_right(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> None:
    """One KPI's earlier figure is never another's; KPIs keep the register's order."""
    refs = [{"kpi_ref": "B"}, {"kpi_ref": "A"}]
    compared = compare_outturns(
        build_accepted(*refs[::-1], {"kpi_ref": "C"}),
        build_comparators({"kpi_ref": "A"}, {"kpi_ref": "C"}),
        build_kpis(*refs),
        QUARTER,
        build_breaks(),
        NO_BAND,
    )
    stages.ComparedOutturns.validate(compared, lazy=True)
    assert compared["kpi_ref"].tolist() == ["B"] * 4 + ["A"] * 4
    assert (
        compared["comparator_code"].tolist() == [comparator.value for comparator in Comparator] * 2
    )
    assert compared["direction_code"].tolist()[::4] == ["not_comparable", "improved"]


def test_no_kpis_are_compared_into_no_rows(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
) -> None:
    """An empty quarter compares into an empty frame of the right columns."""
    frames = build_accepted(), build_comparators(), build_kpis()
    compared = compare_outturns(*frames, QUARTER, build_breaks(), NO_BAND)
    stages.ComparedOutturns.validate(compared)
    assert compared.empty


@pytest.mark.parametrize("doubled", ["headline", "comparators", "kpis", "breaks"])
def test_a_doubled_key_is_refused_and_never_multiplies_rows(
    build_kpis: FrameBuilder,
    build_accepted: FrameBuilder,
    build_comparators: FrameBuilder,
    build_breaks: FrameBuilder,
    doubled: str,
) -> None:
    """Two figures, KPIs or breaks under one key are an error upstream."""
    frames = {
        "headline": build_accepted({}),
        "comparators": build_comparators({}),
        "kpis": build_kpis({}),
        "breaks": build_breaks({}),
    }
    frames[doubled] = pd.concat([frames[doubled]] * 2, ignore_index=True)
    with pytest.raises(pd.errors.MergeError):
        compare_outturns(**frames, quarter=QUARTER, comparison=NO_BAND)
