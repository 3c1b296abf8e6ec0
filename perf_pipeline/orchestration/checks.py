"""The asset checks: their names, and how a finding becomes a result.

They are declared inline, on the asset whose step evaluates them: a rerun from failure then redoes
the step with the check, where a check apart would look at the stale frame again. They are
partitioned as their assets are, so that the UI tells one quarter's result from another's.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pandas as pd
import pandera.errors

from perf_pipeline.orchestration.tables import table_of
from perf_pipeline.rules import QualityCheck
from perf_pipeline.schemas import Table
from perf_pipeline.schemas.distinct import validate_distinct

READERS_AGREE = "readers_agree"
LEDGER_BALANCES = "ledger_balances"
ACCEPTED_ROWS_SATISFY_SCHEMA = "accepted_rows_satisfy_schema"
NO_REJECTED_ROWS = "no_rejected_rows"
QUARTERS_IN_FORCE = "quarters_in_force"
EARLIER_RETURNS_READABLE = "earlier_returns_readable"
EVERY_RED_HAS_AN_ACTION = "every_red_has_an_action"
SUMMARIES_ADD_UP = "summaries_add_up"
PUBLISHED_EQUALS_COMPUTED = "published_equals_computed"
_MOST_SHOWN = 200
"""Rows of a failure table: the whole of it is in the tables, and Dagster's record is no place."""

_DESCRIPTIONS = {
    READERS_AGREE: "A second reader counts as many rows of the return as were read.",
    LEDGER_BALANCES: "Rows read = accepted + rejected + ignored, and a second reader counts as "
    "many rows as were read.",
    ACCEPTED_ROWS_SATISFY_SCHEMA: "Every accepted row satisfies the AcceptedOutturns schema.",
    NO_REJECTED_ROWS: "No row of the return was rejected.",
    QUARTERS_IN_FORCE: "Every accepted row is of a quarter in which its KPI was in force.",
    EARLIER_RETURNS_READABLE: "The earlier quarters' returns could be read to compare with.",
    EVERY_RED_HAS_AN_ACTION: "Every red KPI says what will be done.",
    SUMMARIES_ADD_UP: "Every summary counts what the scorecard holds, row by row.",
    PUBLISHED_EQUALS_COMPUTED: "The tables read back from the database are the tables computed.",
    QualityCheck.ZERO_AFTER_LARGE: "No figure is 0 where the one before it was large.",
    QualityCheck.UNCHANGED_WITH_COMMENTARY: "No KPI has the figure and the commentary of the "
    "quarter before.",
    QualityCheck.TARGET_OUT_OF_SCALE: "No target is on another scale than its outturn.",
    QualityCheck.TARGET_NOT_MOVED_ON: "No year-to-date KPI has the target of the quarter before.",
    QualityCheck.OUTSIDE_CONTROL_LIMITS: "No figure is outside the limits of its own history.",
    QualityCheck.NARRATIVE_STATES_OTHER_FIGURE: "No commentary states another figure than the "
    "table.",
    QualityCheck.NARRATIVE_STATES_OTHER_COLOUR: "No commentary states another rating than the "
    "table.",
    QualityCheck.NARRATIVE_DISAGREES_WITH_RATING: "No commentary says met of a target missed, or "
    "missed of one met.",
    QualityCheck.STATED_RATING_DIFFERS: "No return states another rating than its rule gives.",
    QualityCheck.SHARE_MISCALCULATED: "Every share that is stated with its counts is their share.",
    QualityCheck.STATED_COUNT_DIFFERS: "Every count that was printed elsewhere is ours.",
    QualityCheck.STATED_PARTS_DISAGREE: "Counts that were printed elsewhere add up.",
    QualityCheck.OTHER_QUARTER_NAMED: "No return is headed with another quarter.",
    QualityCheck.OVERRIDE_WITHOUT_RATING: "Every override has a rating to override.",
    QualityCheck.GROUP_DIFFERS: "No group differs from the rest of its breakdown by more than "
    "chance would explain.",
    QualityCheck.TEXT_NAMES_SUPPRESSED_GROUP: "No text names a group whose figures are suppressed "
    "beside a number.",
    QualityCheck.ACCEPTANCE_NOT_APPLIED: "Every row that a role accepted as sent is in a return.",
}


@dataclass(frozen=True)
class Outcome:
    """What a check found in one quarter.

    Attributes:
        name: The check.
        is_blocking: True where a failure holds everything downstream.
        fault: The failure in a sentence; null when it passed.
        failures: What failed, a row each, as plain data by heading.
    """

    name: str
    is_blocking: bool
    fault: str | None
    failures: Sequence[Mapping[str, Any]] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """The fields that Dagster's own results of checks share."""
        metadata: dict[str, Any] = {"failure_count": len(self.failures)}
        if self.failures:
            metadata["failures"] = table_of(self.failures[:_MOST_SHOWN])
        error, warn = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
        return {
            "check_name": self.name,
            "passed": self.fault is None,
            "severity": error if self.is_blocking else warn,
            "description": self.fault,
            "metadata": metadata,
        }


def blocking(
    name: str, asset: str, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetCheckSpec:
    """Declare a check that holds everything downstream when it fails."""
    return _spec(name, asset, partitions, is_blocking=True)


def warning(
    name: str, asset: str, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetCheckSpec:
    """Declare a check that only warns."""
    return _spec(name, asset, partitions, is_blocking=False)


def _spec(
    name: str, asset: str, partitions: dg.TimeWindowPartitionsDefinition, *, is_blocking: bool
) -> dg.AssetCheckSpec:
    with warnings.catch_warnings():
        # Without it the UI shows the last run's result, whichever quarter it was of. Dagster is
        # pinned to a patch version, and a test of this project's sees what becomes of it.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.AssetCheckSpec(
            # Dagster writes names out, and knows no enumeration of ours.
            str(name),
            asset=asset,
            blocking=is_blocking,
            description=_DESCRIPTIONS[name],
            partitions_def=partitions,
        )


def error_outcome(
    name: str, fault: str | None, failures: Sequence[Mapping[str, Any]] = ()
) -> Outcome:
    """Return what a blocking check found; `fault` says what is wrong, or is null.

    Args:
        name: The check.
        fault: The failure in a sentence.
        failures: What failed, a row each; without any the sentence is the only row.
    """
    if fault is None:
        return Outcome(name, is_blocking=True, fault=None)
    return Outcome(name, is_blocking=True, fault=fault, failures=failures or [{"Found": fault}])


def warning_outcome(name: str, failures: Sequence[Mapping[str, Any]]) -> Outcome:
    """Return what a warning check found, a row each."""
    fault = f"{len(failures)} found." if failures else None
    return Outcome(str(name), is_blocking=False, fault=fault, failures=failures)


def schema_outcome(name: str, frame: pd.DataFrame, model: type[Table]) -> Outcome:
    """Return which of a schema's checks a frame fails, as what a blocking check found.

    The values that fail are left out: one may be a count of people that nobody is to see.
    """
    try:
        validate_distinct(frame, model)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        failed = cases[["column", "check"]].drop_duplicates()
        fault = "; ".join(f"{column}: {check}" for column, check in failed.itertuples(index=False))
        headings = {"column": "Column", "check": "Check", "index": "Row"}
        failures = cases[list(headings)].rename(columns=headings).to_dict("records")
        return error_outcome(name, fault, failures)
    return error_outcome(name, None)
