"""The tables with a row for each KPI: scorecard, comparisons, breakdowns, exceptions."""

from collections.abc import Mapping

import pandas as pd

from perf_pipeline.rules import (
    HEADLINE,
    SUPPRESSED_MARK,
    Comparator,
    OutturnStatus,
    Rag,
    RagLook,
    RatingBasis,
)
from perf_pipeline.schemas import conform, findings, reporting
from perf_pipeline.schemas.records import places_of
from perf_pipeline.summarise.printing import printed_figure, printed_range

PROVISIONAL_MARK = " [p]"
"""Printed behind a provisional figure."""

_DATED = {
    comparator: {
        "direction_code": f"direction_{comparator}_code",
        "not_comparable_reason_code": f"not_comparable_{comparator}_code",
        "comparator_value": f"{comparator}_value",
        "comparator_origin_text": f"{comparator}_origin_text",
    }
    for comparator in (Comparator.PREVIOUS_QUARTER, Comparator.LAST_YEAR)
}
_SHOWN: Mapping[Comparator, Mapping[str, str]] = {
    **_DATED,
    Comparator.BASELINE: {"direction_code": "direction_baseline_code"},
    Comparator.TREND: {"direction_code": "direction_trend_code"},
}
"""What the scorecard shows of each comparator, and under which name."""


def kpi_scorecard(
    rated: pd.DataFrame,
    compared: pd.DataFrame,
    kpis: pd.DataFrame,
    looks: Mapping[str, RagLook],
) -> pd.DataFrame:
    """Bring together all that is known of each live KPI, in the register's order.

    Args:
        rated: `RatedOutturns`.
        compared: `ComparedOutturns`.
        kpis: `KpisInForce`.
        looks: How the council prints each rating, by code.

    Raises:
        ValueError: A KPI has no rated outturn or lacks a comparator, or there is one of no KPI.
        pandas.errors.InvalidIndexError: A KPI has two of one kind.
    """
    scorecard = kpis.assign(display_order=range(1, len(kpis) + 1))
    scorecard = _joined(
        scorecard.drop(columns=["quarter_key", "source_code"]), rated, "rated outturns"
    )
    for comparator, columns in _SHOWN.items():
        of_comparator = compared[compared["comparator_code"] == comparator]
        shown = of_comparator[["kpi_ref", *columns]].rename(columns=dict(columns))
        scorecard = _joined(scorecard, shown, f"outturns compared with {comparator}")
    scorecard["outturn_text"] = _printed_outturns(scorecard)
    scorecard["target_text"] = _printed_targets(scorecard)
    scorecard["forecast_text"] = _printed(scorecard, "forecast_value")
    labels = {rag.value: looks[rag].label for rag in Rag}
    scorecard["rag_label"] = scorecard["rag_code"].map(labels)
    return conform(scorecard, reporting.KpiScorecard)


def _joined(scorecard: pd.DataFrame, frame: pd.DataFrame, what: str) -> pd.DataFrame:
    astray = set(scorecard["kpi_ref"]) ^ set(frame["kpi_ref"])
    if astray:
        raise ValueError(f"KPIs in force and {what} differ by: {', '.join(sorted(astray))}.")
    places = places_of(scorecard["kpi_ref"], frame["kpi_ref"], f"Rows of {what}")
    own = frame.drop(columns="kpi_ref")
    return scorecard.assign(**{str(name): own[name].array.take(places) for name in own})


def _printed(frame: pd.DataFrame, column: str) -> list[str | None]:
    figures = zip(frame[column], frame["unit_code"], frame["decimal_places"], strict=True)
    return [printed_figure(value, unit, places) for value, unit, places in figures]


def _printed_outturns(scorecard: pd.DataFrame) -> list[str | None]:
    printed = zip(_printed(scorecard, "outturn_value"), scorecard["is_provisional"], strict=True)
    return [
        f"{text}{PROVISIONAL_MARK}" if text and is_provisional else text
        for text, is_provisional in printed
    ]


def _printed_targets(scorecard: pd.DataFrame) -> list[str | None]:
    columns = ["lower_value", "upper_value", "unit_code", "decimal_places"]
    ranges = (scorecard[column] for column in columns)
    pairs = zip(_printed(scorecard, "target_value"), *ranges, strict=True)
    return [printed_range(*described) or target for target, *described in pairs]


def kpi_comparisons(compared: pd.DataFrame) -> pd.DataFrame:
    """List each KPI against each comparator.

    Args:
        compared: `ComparedOutturns`.
    """
    return conform(compared, findings.KpiComparisons)


def kpi_breakdowns(
    accepted: pd.DataFrame, kpis: pd.DataFrame, breakdowns: pd.DataFrame
) -> pd.DataFrame:
    """List the quarter's figures by breakdown category; a suppressed one prints as `[c]`.

    Args:
        accepted: `AcceptedOutturns` of the quarter's returns, small numbers suppressed.
        kpis: `KpisInForce`.
        breakdowns: The register's `Breakdowns`.
    """
    is_breakdown = accepted["breakdown_type_code"] != HEADLINE
    is_current = accepted["quarter_key"] == accepted["return_quarter_key"]
    facts = kpis[["kpi_ref", "kpi_name", "unit_code", "decimal_places"]]
    figures = accepted[is_breakdown & is_current].merge(facts, on="kpi_ref", validate="m:1")
    figures = figures.merge(
        breakdowns, on=["breakdown_type_code", "breakdown_category_code"], validate="m:1"
    )
    is_suppressed = figures["outturn_status_code"] == OutturnStatus.SUPPRESSED
    printed = pd.Series(_printed(figures, "outturn_value"), index=figures.index, dtype="str")
    figures["outturn_text"] = printed.mask(is_suppressed, SUPPRESSED_MARK)
    order = ["kpi_ref", "breakdown_type_code", "display_order"]
    return conform(figures.sort_values(order), reporting.KpiBreakdowns)


def exceptions(scorecard: pd.DataFrame) -> pd.DataFrame:
    """List every red and amber KPI and every one whose rating was overridden.

    Args:
        scorecard: `KpiScorecard`.

    Returns:
        `Exceptions` by the rating published: red, amber, then green; it says where commentary or
        action is missing.
    """
    is_short = scorecard["rag_code"].isin([Rag.RED.value, Rag.AMBER.value])
    is_overridden = scorecard["rating_basis_code"] == RatingBasis.OVERRIDE
    listed = scorecard[is_short | is_overridden]
    places = {rag.value: place for place, rag in enumerate(Rag)}
    listed = listed.assign(
        rag_order=listed["rag_code"].map(places),
        is_commentary_missing=listed["commentary_text"].isna(),
        is_action_missing=listed["action_text"].isna(),
    ).sort_values(["rag_order", "display_order"])
    ranked = listed.assign(display_order=range(1, len(listed) + 1))
    return conform(ranked, reporting.Exceptions)
