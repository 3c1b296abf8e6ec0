"""What the plausibility checks look at, each frame in an order of its own and joined once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from perf_pipeline.quarters import Quarter
from perf_pipeline.rules import NOT_RATED, GroupDifferences, Plausibility, RagLook, StatedCount
from perf_pipeline.schemas import empty, register, reporting, stages
from perf_pipeline.schemas.records import rows_of
from perf_pipeline.scrutinise.wording import sentences

_OF_THE_SCORECARD = [
    "kpi_ref",
    "kpi_name",
    "directorate_code",
    "display_order",
    "unit_code",
    "polarity_code",
    "outturn_value",
    "numerator_value",
    "denominator_value",
    "target_value",
    "floor_value",
    "lower_value",
    "upper_value",
    "shortfall_value",
    "rule_name",
    "rule_kind_code",
    "amber_tolerance_value",
    "rag_code",
    "rule_rag_code",
    "stated_rag_code",
    "not_rated_reason_code",
    "previous_quarter_value",
    "last_year_value",
    "forecast_value",
    "year_end_target_value",
    "period_quarter_key",
    "commentary_text",
    "action_text",
    "source_code",
    "file_name",
    "sheet_name",
    "row_number",
]
_OF_THE_REGISTER = [
    "kpi_ref",
    "basis_code",
    "arrears_quarter_count",
    "previous_due_quarter_key",
    "previous_target_value",
    "year_end_floor_value",
    "year_end_lower_value",
    "year_end_upper_value",
]
_FLAGS = ("is_due", "is_year_to_date")
_USUAL_DIFFERENCES = GroupDifferences()
_COUNT_ORDER = {code.value: place for place, code in enumerate(StatedCount)}


@dataclass(frozen=True, eq=False)
class Evidence:
    """One quarter as it would be published, with what was said of it.

    Attributes:
        quarter: The quarter.
        scorecard: `KpiScorecard`.
        kpis: `KpisInForce`, the same KPIs.
        comparators: `ComparatorOutturns` of all earlier quarters.
        titles: Title rows of the quarter's returns, with these columns of `ReturnRows`:
            source_code, file_name, sheet_name, row_number, row_text.
        notes: The register's `KeyIssueNotes` of all quarters.
        stated: The register's `StatedCounts` of all quarters.
        directorate_summary: `DirectorateSummary`.
        council_summary: `CouncilSummary`.
        overrides: The register's `Overrides` of all quarters.
        looks: How each rating is shown, by its code, `not_rated` included.
        thresholds: Beyond what a figure is questioned.
        breaks: The register's `SeriesBreaks`; limits are drawn through figures since the last.
        breakdowns: `KpiBreakdowns` as it is published, small numbers suppressed.
        differences: Which differences between their groups are found.
        acceptances: The register's `AcceptedRows` of all quarters.
        accepted: `AcceptedRows`, those that were accepted as sent.
        rejected: `RejectedRows`.
        ledger: `ReturnLedger`, with the file that was read of each source.
    """

    quarter: Quarter
    scorecard: pd.DataFrame
    kpis: pd.DataFrame
    comparators: pd.DataFrame
    titles: pd.DataFrame
    notes: pd.DataFrame
    stated: pd.DataFrame
    directorate_summary: pd.DataFrame
    council_summary: pd.DataFrame
    overrides: pd.DataFrame
    looks: Mapping[str, RagLook]
    thresholds: Plausibility
    breaks: pd.DataFrame = field(default_factory=lambda: empty(register.SeriesBreaks))
    breakdowns: pd.DataFrame = field(default_factory=lambda: empty(reporting.KpiBreakdowns))
    differences: GroupDifferences = _USUAL_DIFFERENCES
    acceptances: pd.DataFrame = field(default_factory=lambda: empty(register.AcceptedRows))
    accepted: pd.DataFrame = field(default_factory=lambda: empty(reporting.AcceptedRows))
    rejected: pd.DataFrame = field(default_factory=lambda: empty(reporting.RejectedRows))
    ledger: pd.DataFrame = field(default_factory=lambda: empty(stages.ReturnLedger))

    @cached_property
    def figures(self) -> pd.DataFrame:
        """What is looked at of the scorecard, in its order, the register, and figures before.

        `previous_value` and `previous_commentary_text` are of the quarter in which the KPI was
        last due, `same_quarter_value` is of the same quarter last year.
        """
        scorecard = self.scorecard[_OF_THE_SCORECARD]
        scorecard = scorecard.sort_values(["display_order", "kpi_ref"], ignore_index=True)
        figures = scorecard.merge(
            self.kpis[_OF_THE_REGISTER], on="kpi_ref", how="left", validate="1:1"
        )
        for flag in _FLAGS:
            figures[flag] = figures["kpi_ref"].isin(self.kpis.loc[self.kpis[flag], "kpi_ref"])
        return self._with_figures_before(figures)

    def _with_figures_before(self, figures: pd.DataFrame) -> pd.DataFrame:
        """Join the figures of the quarter last due and of the same quarter last year."""
        earlier = self.comparators[["kpi_ref", "quarter_key", "outturn_value", "commentary_text"]]
        previous = earlier.set_axis(
            [
                "kpi_ref",
                "previous_due_quarter_key",
                "previous_value",
                "previous_commentary_text",
            ],
            axis="columns",
        )
        is_last_year = earlier["quarter_key"] == self.quarter.last_year.key
        last_year = earlier.loc[is_last_year, ["kpi_ref", "outturn_value"]].set_axis(
            ["kpi_ref", "same_quarter_value"], axis="columns"
        )
        keys = ["kpi_ref", "previous_due_quarter_key"]
        joined = figures.merge(previous, on=keys, how="left", validate="1:1")
        return joined.merge(last_year, on="kpi_ref", how="left", validate="1:1")

    @cached_property
    def narratives(self) -> list[tuple[Any, tuple[str, ...]]]:
        """Each KPI that has commentary: its row of `figures`, and the commentary's sentences."""
        told = self.figures[self.figures["commentary_text"].notna()]
        texts = told["commentary_text"].map(sentences)
        return list(zip(rows_of(told), texts, strict=True))

    @cached_property
    def values_before(self) -> dict[str, list[float]]:
        """All earlier figures of each KPI."""
        ordered = self.comparators.sort_values(["kpi_ref", "quarter_key"])
        values: dict[str, list[float]] = {}
        for ref, value in zip(ordered["kpi_ref"], ordered["outturn_value"], strict=True):
            values.setdefault(ref, []).append(value)
        return values

    @cached_property
    def issues(self) -> pd.DataFrame:
        """The key issue notes of the quarter, in the order of directorates."""
        notes = self.notes[self.notes["quarter_key"] == self.quarter.key]
        order = ["directorate_order", "directorate_code", "issue_order", "issue_text"]
        return self._placed(notes).sort_values(order, ignore_index=True)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """The counts stated of the quarter, the council's own last, in the order of codes."""
        stated = self._placed(self.stated[self.stated["quarter_key"] == self.quarter.key])
        stated["count_order"] = stated["count_code"].map(_COUNT_ORDER)
        order = ["directorate_order", "directorate_code", "count_order"]
        order += ["stated_count", "stated_of_count", "stated_share_text", "note_text"]
        return stated.sort_values(order, ignore_index=True)

    def _placed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add each row's directorate_order, null where the summary has no such directorate."""
        places = self.directorate_summary.set_index("directorate_code")["display_order"]
        return frame.assign(directorate_order=frame["directorate_code"].map(places))

    @cached_property
    def directorate_names(self) -> dict[str, str]:
        """Directorates' names by their codes."""
        summary = self.directorate_summary
        return dict(zip(summary["directorate_code"], summary["directorate_name"], strict=True))

    def label(self, rag_code: object) -> str:
        """Return how the council prints a rating; the label of not rated for a null."""
        return self.looks[rag_code if isinstance(rag_code, str) else NOT_RATED].label
