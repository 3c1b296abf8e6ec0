"""The tables with a row for each KPI: scorecard, breakdowns, exceptions, restatements."""

import pandas as pd

from perf_pipeline.rules import HEADLINE, Rag
from perf_pipeline.schemas import conform, reporting
from perf_pipeline.summarise.printing import printed_figure


def kpi_scorecard(rated: pd.DataFrame, compared: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """Bring together all that is known of each live KPI, in the register's order.

    Args:
        rated: `RatedOutturns`.
        compared: `ComparedOutturns`.
        kpis: `KpisInForce`.
    """
    facts = kpis.assign(display_order=range(1, len(kpis) + 1)).drop(
        columns=["quarter_key", "source_code"]
    )
    directions = compared.drop(columns="quarter_key")
    scorecard = rated.merge(facts, on="kpi_ref", validate="1:1").merge(
        directions, on="kpi_ref", validate="1:1"
    )
    scorecard["outturn_text"] = _printed(scorecard, "outturn_value")
    scorecard["target_text"] = _printed(scorecard, "target_value")
    return conform(scorecard.sort_values("display_order"), reporting.KpiScorecard)


def _printed(frame: pd.DataFrame, column: str) -> list[str | None]:
    figures = zip(frame[column], frame["unit_code"], frame["decimal_places"], strict=True)
    return [printed_figure(value, unit, places) for value, unit, places in figures]


def kpi_breakdowns(
    accepted: pd.DataFrame, kpis: pd.DataFrame, breakdowns: pd.DataFrame
) -> pd.DataFrame:
    """List the quarter's figures by breakdown category.

    Args:
        accepted: `AcceptedOutturns` of the quarter's returns.
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
    figures["outturn_text"] = _printed(figures, "outturn_value")
    order = ["kpi_ref", "breakdown_type_code", "display_order"]
    return conform(figures.sort_values(order), reporting.KpiBreakdowns)


def exceptions(scorecard: pd.DataFrame) -> pd.DataFrame:
    """List every red and amber KPI, red first; says where commentary or action is missing."""
    listed = scorecard[scorecard["rag_code"].isin([Rag.RED.value, Rag.AMBER.value])]
    listed = listed.assign(
        is_red=listed["rag_code"] == Rag.RED,
        is_commentary_missing=listed["commentary_text"].isna(),
        is_action_missing=listed["action_text"].isna(),
    ).sort_values(["is_red", "display_order"], ascending=[False, True])
    ranked = listed.assign(display_order=range(1, len(listed) + 1))
    return conform(ranked, reporting.Exceptions)


def restatements(
    accepted: pd.DataFrame, earlier: pd.DataFrame, kpis: pd.DataFrame, quarter_key: str
) -> pd.DataFrame:
    """List the earlier quarters' figures that this quarter's returns state anew.

    Args:
        accepted: `AcceptedOutturns` of the quarter's returns.
        earlier: `AcceptedOutturns` of the earlier quarters' returns; the latest one before this
            quarter is what is restated.
        kpis: `KpisInForce`.
        quarter_key: The quarter of the returns.
    """
    is_restated = (accepted["quarter_key"] < quarter_key) & (
        accepted["breakdown_type_code"] == HEADLINE
    )
    restated = accepted[is_restated].rename(
        columns={"quarter_key": "restated_quarter_key", "outturn_value": "restated_value"}
    )
    was = earlier[earlier["breakdown_type_code"] == HEADLINE]
    was = was.sort_values("return_quarter_key").drop_duplicates(
        ["kpi_ref", "quarter_key"], keep="last"
    )
    was = was[["kpi_ref", "quarter_key", "outturn_value"]].rename(
        columns={"quarter_key": "restated_quarter_key", "outturn_value": "earlier_value"}
    )
    listed = restated.merge(
        was, on=["kpi_ref", "restated_quarter_key"], how="left", validate="m:1"
    ).merge(kpis[["kpi_ref", "kpi_name"]], on="kpi_ref", validate="m:1")
    listed = listed.assign(quarter_key=quarter_key)
    order = ["kpi_ref", "restated_quarter_key"]
    return conform(listed.sort_values(order), reporting.Restatements)
