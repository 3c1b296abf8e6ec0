"""What was published of the quarters before one: figures, ratings and breakdowns.

For templates and for returns that are checked before they are sent. A run does not ask it: its
tables depend on its inputs alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine

from perf_pipeline.council import Council
from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import Rag, RestatementKind
from perf_pipeline.schemas import conform, empty, register, reporting
from perf_pipeline.warehouse import read_table

_KEY = ["kpi_ref", "quarter_key"]


@dataclass(frozen=True)
class EarlierResults:
    """What is known of the quarters before one.

    Attributes:
        figures: `History`, one figure for each KPI and quarter: as last published, and from the
            register's history where nothing was published.
        scorecard: `KpiScorecard` of the last quarter before that was published; empty if none was.
        breakdowns: `KpiBreakdowns` of the quarters before.
        origin_text: Where the figures come from, as a sentence.
    """

    figures: pd.DataFrame
    scorecard: pd.DataFrame
    breakdowns: pd.DataFrame
    origin_text: str

    @property
    def red_refs(self) -> frozenset[str]:
        """KPIs that were red when last published."""
        is_red = self.scorecard["rag_code"] == Rag.RED
        return frozenset(self.scorecard.loc[is_red, "kpi_ref"])


def earlier_results(council: Council, quarter: Quarter, warehouse: Engine | None) -> EarlierResults:
    """Find what is known of the quarters before one.

    Args:
        council: The council folder.
        quarter: The quarter; only earlier ones are read.
        warehouse: The database; none where there is none, or none that can be reached.

    Raises:
        PublicationError: The database is there and cannot be read.
    """
    scorecards, restated, breakdowns = _published(warehouse, quarter)
    if scorecards.empty:
        return EarlierResults(
            council.history,
            empty(reporting.KpiScorecard),
            empty(reporting.KpiBreakdowns),
            "Earlier figures are those of register/history.csv: nothing earlier is published in a "
            "database that can be read from here.",
        )
    last_key = scorecards["quarter_key"].max()
    last = scorecards[scorecards["quarter_key"] == last_key]
    return EarlierResults(
        _figures(council.history, scorecards, restated),
        conform(last, reporting.KpiScorecard),
        conform(breakdowns, reporting.KpiBreakdowns),
        f"Earlier figures are as published up to {Quarter.parse(last_key).label}, and before that "
        "those of register/history.csv.",
    )


def _published(
    warehouse: Engine | None, quarter: Quarter
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    tables = {
        "kpi_scorecard": reporting.KpiScorecard,
        "restatements": reporting.Restatements,
        "kpi_breakdowns": reporting.KpiBreakdowns,
    }
    if warehouse is None:
        scorecards, restated, breakdowns = (empty(model) for model in tables.values())
        return scorecards, restated, breakdowns
    read = (read_table(warehouse, name) for name in tables)
    scorecards, restated, breakdowns = (
        frame[frame["quarter_key"] < quarter.key].reset_index(drop=True) for frame in read
    )
    return scorecards, restated, breakdowns


def _figures(
    history: pd.DataFrame, scorecards: pd.DataFrame, restated: pd.DataFrame
) -> pd.DataFrame:
    """Let what was published replace the register's history, and restatements what was published.

    A published KPI without a figure has none, whatever the history says.
    """
    own_rows = restated[restated["restatement_kind_code"] == RestatementKind.RESTATED]
    anew = own_rows.sort_values("quarter_key")[
        ["kpi_ref", "restated_quarter_key", "restated_value"]
    ].set_axis([*_KEY, "outturn_value"], axis="columns")
    stated = [history, scorecards[[*_KEY, "outturn_value"]], anew]
    figures = pd.concat(list(_described(stated)), ignore_index=True)
    latest = figures.drop_duplicates(_KEY, keep="last").dropna(subset=["outturn_value"])
    return conform(latest.sort_values(_KEY), register.History)


def _described(frames: list[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for frame in frames:
        if not frame.empty:
            yield pd.DataFrame({"is_illustrative": False, "note_text": None} | dict(frame.items()))
