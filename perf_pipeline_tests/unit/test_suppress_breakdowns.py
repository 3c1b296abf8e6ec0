"""Accepted rows without small counts: which are hidden, and what is kept of them."""

from collections.abc import Callable
from typing import Any

import pytest

from perf_pipeline.rules import SmallNumbers
from perf_pipeline.schemas import stages, withheld
from perf_pipeline.suppress import Suppressed, suppress_breakdowns
from perf_pipeline_tests.unit.builders import QUARTER, FrameBuilder

NEXT, LAST = "2023-24-Q2", "2022-23-Q4"
RULE = SmallNumbers(5, frozenset({"age"}))
NUMBER = {"unit_code": "number"}

Suppress = Callable[..., Suppressed]


def part(category: str, value: float | None, quarter: str = QUARTER, **more: Any) -> dict[str, Any]:
    """Return a row of a breakdown by age."""
    return {
        "quarter_key": quarter,
        "return_quarter_key": quarter,
        "breakdown_type_code": "age",
        "breakdown_category_code": category,
        "outturn_value": value,
        "raw_value_text": str(value),
    } | more


def share(category: str, numerator: float, denominator: float) -> dict[str, Any]:
    """Return a row with its parts."""
    parts = {"numerator_value": numerator, "denominator_value": denominator}
    return part(category, 100 * numerator / denominator, **parts)


@pytest.fixture
def suppress(build_accepted: FrameBuilder, build_kpis: FrameBuilder) -> Suppress:
    """Return what suppresses rows of ADS-01, a percentage unless it is said otherwise."""

    def suppress(
        *rows: dict[str, Any],
        kpi: dict[str, Any] | None = None,
        before: tuple[dict[str, Any], ...] = (),
        rules: dict[str, SmallNumbers] | None = None,
    ) -> Suppressed:
        done = suppress_breakdowns(
            build_accepted(*rows),
            build_accepted(*before),
            build_kpis(kpi or {}),
            rules or {QUARTER: RULE},
        )
        stages.AcceptedOutturns.validate(done.outturns, lazy=True)
        withheld.WithheldFigures.validate(done.withheld, lazy=True)
        return done

    return suppress


def hidden(done: Suppressed) -> list[str]:
    """Return the categories that are hidden; what is withheld is the same."""
    is_hidden = done.outturns["outturn_status_code"] == "suppressed"
    found = list(done.outturns.loc[is_hidden, "breakdown_category_code"])
    assert list(done.withheld["breakdown_category_code"]) == found
    return found


def test_hidden_row_says_nothing_and_is_kept(suppress: Suppress) -> None:
    """The figure, its cell and its commentary are gone for readers, and kept for the council."""
    told = {"commentary_text": "Three of them", "action_text": "Ask the third"}
    done = suppress(part("old", 3.0, **told), part("young", 40.0), kpi=NUMBER)
    row, kept = done.outturns.iloc[0], done.withheld.iloc[0]
    assert (row["outturn_status_code"], row["raw_value_text"]) == ("suppressed", "[c]")
    assert row[["outturn_value", "commentary_text", "action_text"]].isna().all()
    assert (kept["outturn_value"], kept["raw_value_text"]) == (3.0, "3.0")
    assert kept["commentary_text"] == "Three of them"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([share("a", 3, 80), share("b", 40, 90)], ["a", "b"], id="small-numerator"),
        pytest.param([share("a", 78, 80), share("b", 40, 90)], ["a", "b"], id="small-remainder"),
        pytest.param([share("a", 1, 4), share("b", 40, 90)], ["a", "b"], id="small-denominator"),
        pytest.param([share("a", 30, 80), share("b", 40, 90)], [], id="all-large"),
        pytest.param([share("a", 0, 80), share("b", 90, 90)], [], id="none-and-all"),
        pytest.param(
            [part("a", 30.0), share("b", 40, 90), share("c", 50, 90)], ["a", "b"], id="no-parts"
        ),
        pytest.param(
            [
                part("a", None, outturn_status_code="suppressed", raw_value_text="*"),
                share("b", 40, 90),
                share("c", 50, 90),
            ],
            ["a", "b"],
            id="withheld-by-the-service",
        ),
        pytest.param(
            [part("a", None, outturn_status_code="awaiting"), share("b", 40, 90)],
            [],
            id="no-figure-yet",
        ),
    ],
)
def test_shares_are_judged_by_their_parts(
    suppress: Suppress, rows: list[dict[str, Any]], expected: list[str]
) -> None:
    """Numerator, denominator and what is left are counts; without them a share is not known."""
    assert hidden(suppress(*rows)) == expected


def test_amount_of_money_is_no_count(suppress: Suppress) -> None:
    """Three pounds are not three people; the denominator counts people."""
    rows = [share("a", 3, 80), share("b", 400, 90)]
    assert hidden(suppress(*rows, kpi={"unit_code": "gbp"})) == []


def test_row_without_a_figure_keeps_its_status(suppress: Suppress) -> None:
    """In a breakdown that is all hidden, what has no figure still says why."""
    done = suppress(
        part("a", 3.0), part("b", 0.0), part("c", None, outturn_status_code="awaiting"), kpi=NUMBER
    )
    assert hidden(done) == ["a", "b"]
    assert done.outturns["outturn_status_code"].iloc[2] == "awaiting"


def test_other_breakdowns_and_the_kpi_itself_are_shown(suppress: Suppress) -> None:
    """Only the breakdowns that the council names are protected."""
    whole = {"breakdown_type_code": "all", "breakdown_category_code": "all", "outturn_value": 3.0}
    wards = [part(name, 3.0) | {"breakdown_type_code": "ward"} for name in ("x", "y")]
    assert hidden(suppress(whole, *wards, kpi=NUMBER)) == []
    every = {QUARTER: SmallNumbers(5)}
    assert hidden(suppress(whole, *wards, kpi=NUMBER, rules=every)) == ["x", "y"]


def test_quarter_before_counts_where_figures_add_up(suppress: Suppress) -> None:
    """What was hidden stays hidden in the year, under the rule of each quarter."""
    kpi = NUMBER | {"quarter_key": NEXT, "period_quarter_key": NEXT}
    before = tuple(
        part(name, value) for name, value in (("a", 3.0), ("b", 20.0), ("c", 90.0), ("d", 80.0))
    )
    now = [
        part(name, value, NEXT)
        for name, value in (("a", 15.0), ("b", 40.0), ("c", 120.0), ("d", 110.0))
    ]
    rules = {QUARTER: RULE, NEXT: RULE}
    adding_up = kpi | {"is_year_to_date": True}
    assert hidden(suppress(*now, kpi=adding_up, before=before, rules=rules)) == ["a", "b"]
    assert hidden(suppress(*now, kpi=kpi, before=before, rules=rules)) == []
    late = rules | {QUARTER: SmallNumbers(5, frozenset())}
    assert hidden(suppress(*now, kpi=adding_up, before=before, rules=late)) == []


@pytest.mark.parametrize(("period", "expected"), [(QUARTER, []), ("2022-23-Q4", ["a", "b"])])
def test_year_is_that_of_what_figures_are_about(
    suppress: Suppress, period: str, expected: list[str]
) -> None:
    """In April sums begin anew; in arrears they do later."""
    before = tuple(
        part(name, value, LAST)
        for name, value in (("a", 3.0), ("b", 20.0), ("c", 90.0), ("d", 80.0))
    )
    now = [
        part(name, value) for name, value in (("a", 15.0), ("b", 40.0), ("c", 120.0), ("d", 110.0))
    ]
    kpi = NUMBER | {"is_year_to_date": True, "period_quarter_key": period}
    rules = {LAST: RULE, QUARTER: RULE}
    assert hidden(suppress(*now, kpi=kpi, before=before, rules=rules)) == expected


def test_quarter_without_rows_has_nothing_to_hide(suppress: Suppress) -> None:
    """A return that has not come is no fault."""
    done = suppress()
    assert done.outturns.empty
    assert done.withheld.empty
