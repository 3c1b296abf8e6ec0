"""The asset checks: their names, and how a finding becomes a result.

They are declared inline, on the asset whose step evaluates them: a rerun from failure then redoes
the step with the check, where a check apart would look at the stale frame again.
"""

import dagster as dg
import pandas as pd
import pandera.errors

from perf_pipeline.rules import QualityCheck
from perf_pipeline.schemas import Table

READERS_AGREE = "readers_agree"
LEDGER_BALANCES = "ledger_balances"
ACCEPTED_ROWS_SATISFY_SCHEMA = "accepted_rows_satisfy_schema"
NO_REJECTED_ROWS = "no_rejected_rows"
EARLIER_RETURNS_READABLE = "earlier_returns_readable"
EVERY_RED_HAS_AN_ACTION = "every_red_has_an_action"
SUMMARIES_ADD_UP = "summaries_add_up"
PUBLISHED_EQUALS_COMPUTED = "published_equals_computed"

_DESCRIPTIONS = {
    READERS_AGREE: "A second reader counts as many rows of the return as were read.",
    LEDGER_BALANCES: "Rows read = accepted + rejected + ignored, and a second reader counts as "
    "many rows as were read.",
    ACCEPTED_ROWS_SATISFY_SCHEMA: "Every accepted row satisfies the AcceptedOutturns schema.",
    NO_REJECTED_ROWS: "No row of the return was rejected.",
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
}


def blocking(name: str, asset: str) -> dg.AssetCheckSpec:
    """Declare a check that holds everything downstream when it fails."""
    return dg.AssetCheckSpec(name, asset=asset, blocking=True, description=_DESCRIPTIONS[name])


def warning(name: str, asset: str) -> dg.AssetCheckSpec:
    """Declare a check that only warns."""
    # Dagster writes names out, and knows no enumeration of ours.
    return dg.AssetCheckSpec(str(name), asset=asset, description=_DESCRIPTIONS[name])


def error_result(name: str, asset: str, fault: str | None) -> dg.AssetCheckResult:
    """Return the result of a blocking check; `fault` says what is wrong, or is null."""
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=asset,
        passed=fault is None,
        severity=dg.AssetCheckSeverity.ERROR,
        description=fault,
    )


def warning_result(name: str, asset: str, found: list[str]) -> dg.AssetCheckResult:
    """Return the result of a warning check; `found` lists what it found, as plain data."""
    return dg.AssetCheckResult(
        check_name=str(name),
        asset_key=asset,
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(found)} found." if found else None,
        metadata={"found": dg.MetadataValue.json(found)} if found else {},
    )


def schema_fault(frame: pd.DataFrame, model: type[Table]) -> str | None:
    """Say which of a schema's checks a frame fails, or nothing when it passes."""
    try:
        model.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        failed = errors.failure_cases[["column", "check"]].drop_duplicates()
        return "; ".join(f"{column}: {check}" for column, check in failed.itertuples(index=False))
    return None
