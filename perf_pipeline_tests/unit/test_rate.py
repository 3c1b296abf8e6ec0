"""Each live KPI is judged by its target and rule, exactly, or says why it is not."""

import random
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perf_pipeline.rate import rate_outturns
from perf_pipeline.rules import OutturnStatus
from perf_pipeline.schemas import stages

FrameBuilder = Callable[..., pd.DataFrame]
Rater = Callable[..., pd.Series]

NONE_REJECTED = pd.Series(dtype="str")


@pytest.fixture(scope="session")
def rate(build_kpis: FrameBuilder, build_accepted: FrameBuilder) -> Rater:
    """Return a function that rates one KPI: its register row, and its outturn where it has one."""

    def rate_one(
        kpi: Mapping[str, Any],
        outturn: Mapping[str, Any] | None,
        rejected_refs: pd.Series = NONE_REJECTED,
    ) -> pd.Series:
        accepted = build_accepted(*([] if outturn is None else [outturn]))
        return rate_outturns(accepted, rejected_refs, build_kpis(kpi)).iloc[0]

    return rate_one


def _status(status: str) -> dict[str, Any]:
    return {"outturn_status_code": status, "outturn_value": None}


RELATIVE = {"rule_kind_code": "tolerance_relative"}
POINTS = {"rule_kind_code": "tolerance_points"}
LOWER = {"polarity_code": "lower"}


def _tolerances(green: float, amber: float) -> dict[str, float]:
    return {"green_tolerance_value": green, "amber_tolerance_value": amber}


@pytest.mark.parametrize(
    ("kpi", "target", "outturn", "rag"),
    [
        pytest.param({}, 80, 80, "green", id="on-target"),
        pytest.param({}, 80, 95, "green", id="above"),
        pytest.param({}, 80, 79.9, "amber", id="just-short"),
        pytest.param({}, 80, 72, "amber", id="exactly-10%-short"),
        pytest.param({}, 80, 71.99999999999, "red", id="just-over-10%-short"),
        pytest.param({}, 80, 0, "red", id="none"),
        pytest.param(LOWER, 20, 20, "green", id="lower-on-target"),
        pytest.param(LOWER, 20, 0, "green", id="lower-none"),
        pytest.param(LOWER, 20, 22, "amber", id="lower-exactly-10%-over"),
        pytest.param(LOWER, 20, 22.0000000001, "red", id="lower-just-over"),
        pytest.param(_tolerances(5, 10), 80, 76, "green", id="exactly-5%-short"),
        pytest.param(_tolerances(5, 10), 80, 75.99, "amber", id="over-5%-short"),
        pytest.param(_tolerances(0, 0), 80, 79.9999999999999, "red", id="no-tolerance"),
        pytest.param(POINTS | _tolerances(0, 2.5), 80, 77.5, "amber", id="points-edge"),
        pytest.param(POINTS | _tolerances(0, 2.5), 80, 77.49, "red", id="points-beyond"),
        pytest.param(POINTS | _tolerances(1, 2.5), 80, 79, "green", id="points-green-edge"),
        pytest.param(POINTS | LOWER | _tolerances(0, 1), 0, 0, "green", id="none-of-none"),
        pytest.param(POINTS | LOWER | _tolerances(0, 1), 0, 1, "amber", id="one-of-none"),
        pytest.param(POINTS | LOWER | _tolerances(0, 1), 0, 2, "red", id="two-of-none"),
        pytest.param({}, -50, -50, "green", id="negative-on-target"),
        pytest.param({}, -50, -55, "amber", id="negative-10%-of-its-size"),
        pytest.param({}, -50, -55.01, "red", id="negative-beyond"),
        pytest.param(LOWER, -50, -45, "amber", id="negative-lower"),
        pytest.param(LOWER, -50, -44.99, "red", id="negative-lower-beyond"),
        pytest.param(POINTS | LOWER | _tolerances(0, 0.3), 0, 0.1 + 0.2, "red", id="float-noise"),
        pytest.param(POINTS | LOWER | _tolerances(0, 0.2), 0.1, 0.3, "amber", id="0.1+0.2-is-0.3"),
        pytest.param(POINTS | _tolerances(0, 0.1), 0.3, 0.2, "amber", id="0.3-0.1-is-0.2"),
        pytest.param(_tolerances(0, 10), 0.3, 0.27, "amber", id="10%-of-0.3"),
        pytest.param(_tolerances(0, 7), 1.1, 1.023, "amber", id="7%-of-1.1"),
        pytest.param(
            POINTS | _tolerances(0, 0.3), 5e9 + 0.1, 4_999_999_999.8, "amber", id="large-edge"
        ),
        pytest.param(
            POINTS | _tolerances(0, 0.3), 5e9 + 0.1, 4_999_999_999.79, "red", id="large-beyond"
        ),
        pytest.param({}, 70, 61.54, "red", id="maidstone-appeals-12.1%-short"),
        pytest.param({}, 82.42, 81.50, "amber", id="maidstone-council-tax"),
        pytest.param({}, 12_500, 11_175, "red", id="maidstone-museum-10.6%-short"),
        pytest.param(LOWER, 1.6, 2.9, "red", id="maidstone-unemployment-not-in-points"),
        pytest.param(LOWER, 2.0, 2.9, "red", id="maidstone-unemployment-again"),
    ],
)
def test_a_figure_is_rated_by_how_far_it_is_short(
    rate: Rater, kpi: dict[str, Any], target: float, outturn: float, rag: str
) -> None:
    """A figure on a boundary is in the better band; short is signed by polarity."""
    rated = rate(RELATIVE | kpi | {"target_value": target}, {"outturn_value": outturn})
    assert rated["rag_code"] == rag
    assert pd.isna(rated["not_rated_reason_code"])


@pytest.mark.parametrize("status", ["given", "calculated"])
def test_a_calculated_figure_is_rated_like_a_given_one(rate: Rater, status: str) -> None:
    """Where a figure comes from does not change its rating."""
    assert rate({}, {"outturn_status_code": status})["rag_code"] == "green"


def test_the_unrounded_figure_is_rated(rate: Rater) -> None:
    """5 of 7 prints as 71.4% and still misses a target of 71.43%."""
    assert rate({"target_value": 71.43}, {"outturn_value": 500 / 7})["rag_code"] == "amber"


@pytest.mark.parametrize(
    ("kpi", "outturn", "reason"),
    [
        pytest.param({}, None, "not_returned", id="no-row"),
        pytest.param({}, _status("blank"), "not_returned", id="blank"),
        pytest.param({}, _status("no_figure"), "not_returned", id="dash"),
        pytest.param({}, _status("not_available"), "not_returned", id="not-available"),
        pytest.param({}, _status("awaiting"), "awaiting", id="awaiting"),
        pytest.param({}, _status("suppressed"), "suppressed", id="suppressed"),
        pytest.param({}, _status("not_applicable"), "not_applicable", id="not-applicable"),
        pytest.param({}, _status("not_calculable"), "not_calculable", id="of-nothing"),
        pytest.param({}, _status("not_due"), "not_due", id="returned-as-not-due"),
        pytest.param({"is_due": False}, None, "not_due", id="not-due"),
        pytest.param({"is_due": False}, _status("awaiting"), "not_due", id="not-due-and-awaited"),
        pytest.param({"target_value": None}, {}, "no_target", id="no-target"),
        pytest.param({"basis_code": "data_only"}, {}, "data_only", id="data-only"),
        pytest.param({"basis_code": "new_measure"}, {}, "new_measure", id="new"),
        pytest.param({"basis_code": "in_development"}, {}, "in_development", id="in-development"),
        pytest.param(
            {"basis_code": "in_development", "is_due": False},
            None,
            "in_development",
            id="in-development-before-not-due",
        ),
        pytest.param(
            {"basis_code": "data_only"}, None, "not_returned", id="not-returned-before-data-only"
        ),
        pytest.param(
            {"basis_code": "data_only"}, _status("suppressed"), "suppressed", id="status-first"
        ),
        pytest.param(
            {"target_value": None}, _status("awaiting"), "awaiting", id="awaiting-before-no-target"
        ),
        pytest.param(
            {"basis_code": "new_measure", "target_value": None}, {}, "new_measure", id="basis-first"
        ),
    ],
)
def test_a_kpi_without_a_rating_says_why(
    rate: Rater, kpi: dict[str, Any], outturn: dict[str, Any] | None, reason: str
) -> None:
    """The first reason that holds is given, and there is no RAG beside it."""
    rated = rate(kpi, outturn)
    assert rated["not_rated_reason_code"] == reason
    assert pd.isna(rated["rag_code"])


@pytest.mark.parametrize("status", [status.value for status in OutturnStatus])
def test_every_status_leads_to_a_rating_or_a_reason(rate: Rater, status: str) -> None:
    """No status falls between: exactly the two that carry a figure are rated."""
    has_figure = status in {"given", "calculated"}
    rated = rate({}, {"outturn_value": 85.0} if has_figure else _status(status))
    assert pd.isna(rated["not_rated_reason_code"]) == has_figure
    assert pd.isna(rated["rag_code"]) != has_figure


@pytest.mark.parametrize(
    ("kpi", "outturn", "reason"),
    [
        pytest.param({}, None, "rejected", id="only-a-rejected-row"),
        pytest.param({"is_due": False}, None, "not_due", id="not-due"),
        pytest.param({"basis_code": "data_only"}, None, "rejected", id="data-only"),
        pytest.param({}, _status("awaiting"), "awaiting", id="another-row-was-accepted"),
    ],
)
def test_a_rejected_row_is_the_reason_where_no_row_was_accepted(
    rate: Rater, kpi: dict[str, Any], outturn: dict[str, Any] | None, reason: str
) -> None:
    """A figure that was sent and refused is not called missing."""
    assert rate(kpi, outturn, pd.Series(["ADS-01", None]))["not_rated_reason_code"] == reason


def test_a_rejected_row_beside_a_sound_one_changes_no_rating(rate: Rater) -> None:
    """An accepted figure is rated whatever else was sent."""
    assert rate({}, {}, pd.Series(["ADS-01"]))["rag_code"] == "green"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"breakdown_type_code": "sex", "breakdown_category_code": "F"}, id="category"),
        pytest.param({"quarter_key": "2022-23-Q4"}, id="earlier-quarter"),
    ],
)
def test_only_the_quarters_own_headline_figure_is_rated(rate: Rater, other: dict[str, str]) -> None:
    """A category's figure, or an earlier quarter's, is not the KPI's."""
    rated = rate({}, other)
    assert rated["not_rated_reason_code"] == "not_returned"
    assert pd.isna(rated["outturn_value"])


def test_every_live_kpi_has_one_row_in_the_registers_order(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder
) -> None:
    """KPIs without a figure are there too; nothing is sorted."""
    kpis = build_kpis({"kpi_ref": "B"}, {"kpi_ref": "A"}, {"kpi_ref": "C"})
    accepted = build_accepted({"kpi_ref": "C"}, {"kpi_ref": "A", "outturn_value": 75.0})
    rated = rate_outturns(accepted, NONE_REJECTED, kpis)
    stages.RatedOutturns.validate(rated, lazy=True)
    assert rated["kpi_ref"].tolist() == ["B", "A", "C"]
    assert rated["rag_code"].fillna("none").tolist() == ["none", "amber", "green"]


def test_a_register_without_live_kpis_gives_no_ratings(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder
) -> None:
    """An empty quarter is rated into an empty frame of the right columns."""
    rated = rate_outturns(build_accepted(), NONE_REJECTED, build_kpis())
    stages.RatedOutturns.validate(rated)
    assert rated.empty


def test_a_rating_can_be_traced_to_its_row(rate: Rater) -> None:
    """What was received, and where it stood, stays beside the rating."""
    rated = rate(
        {},
        {
            "numerator_value": 17.0,
            "denominator_value": 20.0,
            "commentary_text": "Fine",
            "action_text": "None",
            "sheet_name": "KPIs",
            "row_number": 14,
        },
    )
    found = rated[["numerator_value", "denominator_value", "raw_value_text", "commentary_text"]]
    assert found.tolist() == [17.0, 20.0, "85%", "Fine"]
    place = rated[["source_code", "file_name", "file_sha256", "sheet_name", "row_number"]]
    assert place.tolist() == ["adults", "adults.csv", "0" * 64, "KPIs", 14]


@pytest.mark.parametrize(
    ("kpi", "outturn", "differences"),
    [
        pytest.param({}, 75.0, (-5.0, 5.0, 0.0, 8.0), id="short"),
        pytest.param({}, 85.0, (5.0, -5.0, 0.0, 8.0), id="beyond"),
        pytest.param(LOWER, 85.0, (5.0, 5.0, 0.0, 8.0), id="lower"),
        pytest.param(POINTS | _tolerances(1, 2.5), 80.0, (0.0, 0.0, 1.0, 2.5), id="points"),
        pytest.param({"target_value": 0.3}, 0.1, (-0.2, 0.2, 0.0, 0.03), id="no-float-noise"),
        pytest.param({"target_value": -50.0}, -60.0, (-10.0, 10.0, 0.0, 5.0), id="negative"),
        pytest.param(
            {"target_value": 1_000_000.0},
            500_060_677.38,
            (499_060_677.38, -499_060_677.38, 0.0, 100_000.0),
            id="large",
        ),
        pytest.param(
            {"target_value": 946_923.1},
            947_000.1,
            (77.0, -77.0, 0.0, 94_692.31),
            id="small-between-large",
        ),
        pytest.param(
            {"target_value": 8_300_654_677_634.0},
            1.0,
            (-8_300_654_677_633.0, 8_300_654_677_633.0, 0.0, 830_065_467_763.4),
            id="very-large",
        ),
    ],
)
def test_differences_read_as_decimals_would(
    rate: Rater,
    kpi: dict[str, Any],
    outturn: float,
    differences: tuple[float, float, float, float],
) -> None:
    """Variance, shortfall and limits are what a person works out by hand."""
    rated = rate(kpi, {"outturn_value": outturn})
    columns = ["variance_value", "shortfall_value", "green_limit_value", "amber_limit_value"]
    assert rated[columns].tolist() == list(differences)


def test_a_shortfall_of_nothing_is_not_minus_nothing(rate: Rater) -> None:
    """A figure on its target is short by 0.0, which does not print as -0.0."""
    assert repr(float(rate({}, {"outturn_value": 80.0})["shortfall_value"])) == "0.0"


@pytest.mark.parametrize(
    ("kpi", "outturn"),
    [
        pytest.param({"target_value": None}, {}, id="no-target"),
        pytest.param({}, None, id="no-figure"),
    ],
)
def test_there_is_no_difference_without_both_figures(
    rate: Rater, kpi: dict[str, Any], outturn: dict[str, Any] | None
) -> None:
    """A missing figure or target is not taken for 0."""
    rated = rate(kpi, outturn)
    assert rated[["variance_value", "shortfall_value"]].isna().all()


def _slow_rag(case: Mapping[str, Any]) -> str:
    """Rate one case as a person would with pencil and enough paper."""
    with localcontext() as context:
        context.prec = 120
        outturn, target = Decimal(case["outturn"]), Decimal(case["target"])
        short = target - outturn if case["polarity"] == "higher" else outturn - target
        if short <= _allowed(case, "green"):
            return "green"
        return "amber" if short <= _allowed(case, "amber") else "red"


def _allowed(case: Mapping[str, Any], band: str) -> Decimal:
    tolerance = Decimal(case[band])
    if case["kind"] == "tolerance_points":
        return tolerance
    return abs(Decimal(case["target"])) * tolerance / Decimal(100)


def _drawn_case(chance: random.Random) -> dict[str, Any]:
    """Draw a case whose outturn is, more often than not, on a boundary or next to one."""
    places = chance.randint(0, 4)
    size = 10 ** chance.randint(1, 6)
    case: dict[str, Any] = {
        "polarity": chance.choice(["higher", "lower"]),
        "kind": chance.choice(["tolerance_relative", "tolerance_points"]),
        "target": str(Decimal(chance.randint(-size, size)).scaleb(-places)),
        "green": str(Decimal(chance.randint(0, 100)).scaleb(-chance.randint(0, 2))),
    }
    more = Decimal(chance.randint(0, 200)).scaleb(-chance.randint(0, 2))
    case["amber"] = str(Decimal(case["green"]) + more)
    edge = chance.choice([Decimal(0), _allowed(case, "green"), _allowed(case, "amber")])
    near = chance.choice([0, 0, 1, -1]) * Decimal(1).scaleb(-chance.randint(places, 8))
    short = edge + near if chance.random() < 0.8 else Decimal(chance.randint(-size, size))
    target = Decimal(case["target"])
    exact = target - short if case["polarity"] == "higher" else target + short
    case["outturn"] = repr(float(exact))
    return case


def _is_short(outturn: str) -> bool:
    """Tell whether a figure is one that a return can hold, of ten decimals at most."""
    digits, exponent = Decimal(outturn).normalize().as_tuple()[1:]
    return len(digits) <= 15 and int(exponent) >= -10


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_ratings_are_those_of_decimal_arithmetic(
    build_kpis: FrameBuilder, build_accepted: FrameBuilder, seed: int
) -> None:
    """On, next to and far from every boundary, the vectorised rating is the exact one."""
    chance = random.Random(seed)  # noqa: S311 - cases, not secrets
    cases = [_drawn_case(chance) for _ in range(2500)]
    kpis = build_kpis(
        *(
            {
                "kpi_ref": f"K{number}",
                "polarity_code": case["polarity"],
                "rule_kind_code": case["kind"],
                "target_value": float(case["target"]),
                **_tolerances(float(case["green"]), float(case["amber"])),
            }
            for number, case in enumerate(cases)
        )
    )
    accepted = build_accepted(
        *(
            {"kpi_ref": f"K{number}", "outturn_value": float(case["outturn"])}
            for number, case in enumerate(cases)
        )
    )
    rated = rate_outturns(accepted, NONE_REJECTED, kpis)
    wrong = [
        (case, rag)
        for case, rag in zip(cases, rated["rag_code"], strict=True)
        if rag != _slow_rag(case)
    ]
    assert wrong == []
    variances = [Decimal(case["outturn"]) - Decimal(case["target"]) for case in cases]
    assert [
        (case, found)
        for case, variance, found in zip(cases, variances, rated["variance_value"], strict=True)
        if _is_short(case["outturn"]) and found != float(variance)
    ] == []
