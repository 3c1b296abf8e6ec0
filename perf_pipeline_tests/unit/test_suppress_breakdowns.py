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
        due: dict[str, set[str]] | None = None,
    ) -> Suppressed:
        done = suppress_breakdowns(
            build_accepted(*rows),
            build_accepted(*before),
            build_kpis(kpi or {}),
            rules or {QUARTER: RULE},
            due or {},
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
            id="no-figure-yet-and-no-total",
        ),
    ],
)
def test_shares_are_judged_by_their_parts(
    suppress: Suppress, rows: list[dict[str, Any]], expected: list[str]
) -> None:
    """Numerator, denominator and what is left are counts; without them a share is not known."""
    assert hidden(suppress(*rows)) == expected


def whole(value: float | None, quarter: str = QUARTER, **more: Any) -> dict[str, Any]:
    """Return the KPI's own row."""
    codes = {"breakdown_type_code": "all", "breakdown_category_code": "all"}
    return part("all", value, quarter, **codes) | more


@pytest.mark.parametrize(
    ("rows", "kpi", "expected"),
    [
        pytest.param([whole(49.0), part("a", 46.0)], NUMBER, ["a"], id="left-out-or-rejected"),
        pytest.param(
            [whole(49.0), part("a", 46.0), part("b", None, outturn_status_code="awaiting")],
            NUMBER,
            ["a"],
            id="awaited",
        ),
        pytest.param([whole(66.0), part("a", 46.0), part("b", 17.0)], NUMBER, ["b"], id="smallest"),
        pytest.param([whole(69.0), part("a", 46.0), part("b", 17.0)], NUMBER, [], id="large"),
        pytest.param([whole(63.0), part("a", 46.0), part("b", 17.0)], NUMBER, [], id="none"),
        pytest.param([whole(30.3), part("a", 10.1), part("b", 20.2)], NUMBER, [], id="tenths"),
        pytest.param([whole(60.0), part("a", 46.0), part("b", 17.0)], NUMBER, ["b"], id="too-many"),
        pytest.param(
            [
                whole(None, numerator_value=80, denominator_value=173),
                share("a", 40, 90),
                share("b", 37, 70),
            ],
            {},
            ["b"],
            id="small-numerator",
        ),
        pytest.param(
            [
                whole(None, numerator_value=87, denominator_value=163),
                share("a", 40, 90),
                share("b", 37, 70),
            ],
            {},
            ["b"],
            id="small-denominator",
        ),
        pytest.param(
            [whole(48.0), share("a", 40, 90), share("b", 37, 70)], {}, ["b"], id="total-unknown"
        ),
        pytest.param(
            [
                part("a", 46.0),
                *(part(name, 24.5) | {"breakdown_type_code": "ward"} for name in "xy"),
            ],
            NUMBER,
            ["a"],
            id="total-of-another-breakdown",
        ),
    ],
)
def test_what_is_not_there_is_protected(
    suppress: Suppress, rows: list[dict[str, Any]], kpi: dict[str, Any], expected: list[str]
) -> None:
    """What the categories leave of the KPI's own figure is a category that nobody sees."""
    assert hidden(suppress(*rows, kpi=kpi)) == expected


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
    own = whole(6.0)
    wards = [part(name, 3.0) | {"breakdown_type_code": "ward"} for name in ("x", "y")]
    assert hidden(suppress(own, *wards, kpi=NUMBER)) == []
    every = {QUARTER: SmallNumbers(5)}
    assert hidden(suppress(own, *wards, kpi=NUMBER, rules=every)) == ["x", "y"]


def test_service_withholds_in_a_breakdown_that_is_not_protected(suppress: Suppress) -> None:
    """What it withholds would come back from the total; small figures beside it are shown."""
    ward = {"breakdown_type_code": "ward"}
    starred = part("x", None, outturn_status_code="suppressed", raw_value_text="*") | ward
    others = [part(name, value) | ward for name, value in (("y", 30.0), ("z", 2.0), ("w", 8.0))]
    assert hidden(suppress(whole(44.0), starred, *others, kpi=NUMBER)) == ["x", "z"]
    assert hidden(suppress(whole(9.0), *others, kpi=NUMBER)) == []


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


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, ["a", "b"], id="return-lost"),
        pytest.param({"kpi": {"is_year_to_date": False}}, [], id="does-not-add-up"),
        pytest.param({"due": {QUARTER: {"ADS-02"}}}, [], id="was-not-due"),
        pytest.param({"before": (whole(40.0),)}, [], id="broken-down-later"),
        pytest.param({"due": {LAST: {"ADS-01"}}}, [], id="another-year"),
        pytest.param(
            {"rules": {QUARTER: RULE, NEXT: SmallNumbers(5, frozenset())}}, [], id="not-protected"
        ),
    ],
)
def test_lost_earlier_quarter_hides_all_that_adds_up(
    suppress: Suppress, changed: dict[str, Any], expected: list[str]
) -> None:
    """Its figures may have been shown, and what was added since cannot be told without them."""
    kpi = NUMBER | {"quarter_key": NEXT, "period_quarter_key": NEXT, "is_year_to_date": True}
    given = {"before": (), "due": {QUARTER: {"ADS-01"}}, "rules": {QUARTER: RULE, NEXT: RULE}}
    given |= changed | {"kpi": kpi | changed.get("kpi", {})}
    rows = [part("a", 40.0, NEXT), part("b", 60.0, NEXT)]
    without = part("c", None, NEXT, outturn_status_code="awaiting")
    assert hidden(suppress(*rows, without, **given)) == expected


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
