"""The schedules: the quarter's run on its working day, and the notice of missing returns.

They ask what is there, not when they asked last, so that a day without a daemon changes nothing.
What must be kept out: dates (`council.timetable`), what is due (`due`), and releasing anything.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import dagster as dg

from perf_pipeline.council import Council
from perf_pipeline.council.timetable import TIMEZONE
from perf_pipeline.errors import ReturnError
from perf_pipeline.notices import missing_notice, names, tell
from perf_pipeline.orchestration.automation.due import (
    due_quarter,
    latest_due_quarter,
    returns_notice,
    skipped_quarters,
)
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.partitions import partition_key
from perf_pipeline.orchestration.runs import QUARTER_JOB
from perf_pipeline.quarters import Quarter
from perf_pipeline.source_entries import Source
from perf_pipeline.sources import is_listed, listed_mark
from perf_pipeline.warehouse import connect, current_drafts

QUARTER_DUE = "quarter_due"
RETURNS_REMINDER = "returns_reminder"

_DRY_TICK = "%Y%m%d_%H%M%S"
"""How Dagster names the log of an evaluation that is no tick of the daemon's: by its moment."""

_SCHEDULE_TAG = "dagster/schedule_name"
_RUN_KEY_TAG = "dagster/run_key"


def drafts_of(database_url: str) -> Mapping[Quarter, int]:
    """Return the number of each quarter's last draft.

    Raises:
        PublicationError: The database cannot be read, or was never set up.
    """
    engine = connect(database_url)
    try:
        return {Quarter.parse(key): number for key, number in current_drafts(engine).items()}
    finally:
        engine.dispose()


def quarter_due_schedule(council: Council, environment: Environment) -> dg.ScheduleDefinition:
    """Make the schedule that proposes each quarter's run once."""
    timetable, first = council.timetable, council.first_quarter

    @dg.schedule(
        name=QUARTER_DUE,
        job_name=QUARTER_JOB,
        cron_schedule=_daily(timetable.run_time),
        execution_timezone=TIMEZONE,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Runs the last quarter on working day {timetable.run_working_day} after its "
        "end, once, unless it has a draft by then. What it publishes is released as by hand.",
    )
    def quarter_due(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        today = day_of(context)
        drafts = drafts_of(environment.database_url)
        known = {*drafts, *_proposed(context.instance)}
        skipped = _skipped_text(skipped_quarters(today, timetable, first, drafts))
        due = due_quarter(today, timetable, first, known)
        if due is None:
            following = latest_due_quarter(today, timetable).shift(1)
            day = timetable.run_date(following).isoformat()
            return dg.SkipReason(f"No quarter is due; {following.label} is on {day}.{skipped}")
        context.log.info("%s is due.%s", due.label, skipped)
        return dg.RunRequest(
            run_key=due.key, partition_key=partition_key(due), tags={"quarter": due.key}
        )

    return quarter_due


def returns_reminder_schedule(council: Council, environment: Environment) -> dg.ScheduleDefinition:
    """Make the schedule that tells which returns are missing; it never starts a run."""
    timetable = council.timetable

    @dg.schedule(
        name=RETURNS_REMINDER,
        job_name=QUARTER_JOB,
        cron_schedule=_daily(timetable.run_time),
        execution_timezone=TIMEZONE,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Tells which returns have not come: once from "
        f"{timetable.reminder_working_days} working days before the deadline on, and once when "
        "it has passed. Never starts a run.",
    )
    def returns_reminder(context: dg.ScheduleEvaluationContext) -> dg.SkipReason:
        found = returns_notice(day_of(context), timetable, council.first_quarter)
        if found is None:
            return dg.SkipReason("No deadline is near.")
        quarter, kind = found
        missing, unknown = missing_returns(council, quarter)
        for fault in unknown.values():
            context.log.warning(fault)
        if not missing:
            return dg.SkipReason(f"No return for {quarter.label} is known to be missing.")
        if is_dry_run(context):
            would = f"A tick would tell, unless it was told before: {kind} of {quarter.label}"
            return dg.SkipReason(f"{would}, missing {names(missing)}. A preview sends nothing.")
        notice = missing_notice(
            council.name,
            kind,
            quarter,
            timetable.deadline(quarter),
            missing,
            [each for each in council.sources.values() if not is_listed(each)],
            [council.sources[code] for code in unknown],
        )
        tell(notice, environment.notices, council.notify, environment.sent_notices, context.log)
        return dg.SkipReason(f"Missing for {quarter.label}: {names(missing)}.")

    return returns_reminder


def missing_returns(council: Council, quarter: Quarter) -> tuple[list[Source], dict[str, str]]:
    """Return the sources whose file is not there, and by code why nobody can tell of others."""
    missing: list[Source] = []
    unknown: dict[str, str] = {}
    for entry in council.sources.values():
        try:
            if is_listed(entry) and listed_mark(entry, quarter, council.folder) is None:
                missing.append(entry)
        except ReturnError as error:
            unknown[entry.source_code] = str(error)
    return missing, unknown


def day_of(context: dg.ScheduleEvaluationContext) -> dt.date:
    """Return the day in London of a tick."""
    return context.scheduled_execution_time.astimezone(ZoneInfo(TIMEZONE)).date()


def is_dry_run(context: dg.ScheduleEvaluationContext) -> bool:
    """Tell whether somebody previews a tick in the UI, and no daemon ticks.

    The daemon names the log of a tick by the tick's number; that of a preview has no name, and
    Dagster then names it by the moment.
    """
    log_key = list(context.log_key or ())
    return log_key[-1:] == [context.scheduled_execution_time.strftime(_DRY_TICK)]


def _proposed(instance: dg.DagsterInstance) -> list[Quarter]:
    """Return the quarters that this schedule has run; their runs may have failed."""
    runs = instance.get_runs(dg.RunsFilter(tags={_SCHEDULE_TAG: QUARTER_DUE}))
    return [Quarter.parse(run.tags[_RUN_KEY_TAG]) for run in runs if _RUN_KEY_TAG in run.tags]


def _skipped_text(quarters: Sequence[Quarter]) -> str:
    if not quarters:
        return ""
    labels = ", ".join(quarter.label for quarter in quarters)
    return f" Never run, and not proposed: {labels}. Run them by hand if they are wanted."


def _daily(time: dt.time) -> str:
    return f"{time.minute} {time.hour} * * *"
