"""The sensors: returns that arrive or change are read in, and failed runs are told.

What must be kept out: what counts as arrived (`arrivals`), texts of notices (`notices`), and
releasing anything: whatever a sensor runs makes drafts only.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import dagster as dg

from perf_pipeline.council import Council
from perf_pipeline.council.timetable import TIMEZONE
from perf_pipeline.errors import ReturnError
from perf_pipeline.notices import failure_notice, tell, ui_url
from perf_pipeline.orchestration.automation.arrivals import (
    Arrival,
    Place,
    arrivals,
    as_cursor,
    from_cursor,
)
from perf_pipeline.orchestration.automation.failures import step_failures
from perf_pipeline.orchestration.automation.schedules import drafts_of
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.partitions import partition_key, quarters_of_tags
from perf_pipeline.orchestration.returns import checked_name, return_name
from perf_pipeline.orchestration.run_tags import DRAFT_ONLY, SOURCE
from perf_pipeline.orchestration.runs import CODE_LOCATION, QUARTER_JOB
from perf_pipeline.quarters import Quarter
from perf_pipeline.sources import FileMark, FileSource, is_listed, listed_mark, listed_sha256

RETURNS_ARRIVED = "returns_arrived"
RUN_FAILED = "run_failed"

_WILL_RETRY = "dagster/will_retry"
"""The tag by which Dagster says of a failed run whether `run_retries` applies to it."""

_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def london_today() -> dt.date:
    """Return the present day in London, whatever this machine's time zone."""
    return dt.datetime.now(ZoneInfo(TIMEZONE)).date()


def returns_arrived_sensor(
    council: Council, environment: Environment, today: Callable[[], dt.date] = london_today
) -> dg.SensorDefinition:
    """Make the sensor that reads in returns as they come.

    Args:
        council: The council.
        environment: Where things are.
        today: Returns the day in London.
    """

    @dg.sensor(
        name=RETURNS_ARRIVED,
        job_name=QUARTER_JOB,
        minimum_interval_seconds=council.timetable.watch_seconds,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Reads in a file that came or changed once it has stayed as it is for one "
        "tick. Where its quarter has a draft, a new draft follows; nothing is released.",
    )
    def returns_arrived(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        watch = _Watch(council, context, today())
        look = arrivals(watch.remembered, watch.listing(), watch.read, watch.received)
        # Asked after it was seen that no run is under way, so that no draft is overlooked.
        drafts = drafts_of(environment.database_url)
        requests = [_request(each, drafts, context) for each in look.arrivals]
        waiting = ", ".join(f"{source} {quarter}" for quarter, source in look.waiting)
        quiet = (
            f"Waiting until unchanged, and until no run works on the quarter: {waiting}."
            if waiting
            else "No return has changed."
        )
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else dg.SkipReason(quiet),
            cursor=as_cursor(look.seen),
        )

    return returns_arrived


class _Watch:
    """The watched files as `arrivals` asks for them; what cannot be told is one line in the log."""

    def __init__(
        self, council: Council, context: dg.SensorEvaluationContext, today: dt.date
    ) -> None:
        self._folder = council.folder
        self._context = context
        self._entries: dict[Place, tuple[FileSource, Quarter]] = {
            (quarter.key, entry.source_code): (entry, quarter)
            for quarter in council.timetable.watched(today, council.first_quarter)
            for entry in council.sources.values()
            if is_listed(entry)
        }
        self._busy = _busy_quarters(context.instance)
        seen = from_cursor(context.cursor)
        self.remembered = {place: seen[place] for place in self._entries if place in seen}

    def listing(self) -> dict[Place, FileMark | None]:
        """Look at every place, without reading."""
        marks: dict[Place, FileMark | None] = {}
        for place, (entry, quarter) in self._entries.items():
            try:
                marks[place] = listed_mark(entry, quarter, self._folder)
            except ReturnError as error:
                self._context.log.warning(str(error))
        return marks

    def read(self, place: Place) -> str | None:
        """Return the SHA-256 of a file, None where it cannot be read to its end now.

        While a run works on its quarter nobody knows whether that has read the file, so it waits.
        """
        entry, quarter = self._entries[place]
        if quarter in self._busy:
            return None
        try:
            return listed_sha256(entry, quarter, self._folder)
        except ReturnError as error:
            self._context.log.warning(str(error))
            return None

    def received(self, place: Place) -> str | None:
        """Return the SHA-256 of the return that a run last read, None before the first."""
        entry, quarter = self._entries[place]
        made = last_made(self._context.instance, return_name(entry.source_code), quarter)
        value = made.metadata.get("sha256") if made else None
        return str(value.value) if value else None


def last_made(
    instance: dg.DagsterInstance, asset: str, quarter: Quarter
) -> dg.AssetMaterialization | None:
    """Return what is recorded of an asset of a quarter, None where it was never made."""
    wanted = dg.AssetRecordsFilter(
        asset_key=dg.AssetKey(asset), asset_partitions=[partition_key(quarter)]
    )
    records = instance.fetch_materializations(wanted, limit=1).records
    return records[0].asset_materialization if records else None


def _busy_quarters(instance: dg.DagsterInstance) -> set[Quarter]:
    """Return the quarters that an unfinished run works on, or will."""
    runs = instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
    return {quarter for run in runs for quarter in quarters_of_tags(run.tags)}


def _request(
    arrival: Arrival, drafts: Mapping[Quarter, int], context: dg.SensorEvaluationContext
) -> dg.RunRequest:
    quarter_key, source_code = arrival.place
    quarter = Quarter.parse(quarter_key)
    return dg.RunRequest(
        run_key=arrival.run_key,
        partition_key=partition_key(quarter),
        asset_selection=_selected(source_code, quarter, context, has_draft=quarter in drafts),
        tags={"quarter": quarter_key, SOURCE: source_code, DRAFT_ONLY: "true"},
    )


def _selected(
    source_code: str, quarter: Quarter, context: dg.SensorEvaluationContext, *, has_draft: bool
) -> list[dg.AssetKey]:
    """Return what an arrival makes: its own two assets, or all that follows from them."""
    if not has_draft:
        own = [return_name(source_code), checked_name(source_code)]
        # The register is read where a quarter begins with this return, and never anew: the other
        # returns were checked against it, and a rerun must see that it has changed since.
        if last_made(context.instance, "kpis_in_force", quarter) is None:
            own.insert(0, "kpis_in_force")
        return [dg.AssetKey(name) for name in own]
    repository = context.repository_def
    if repository is None:
        raise dg.DagsterInvariantViolationError("The sensor is evaluated without its repository.")
    selection = dg.AssetSelection.assets(return_name(source_code)).downstream()
    return sorted(selection.resolve(repository.asset_graph))


def run_failed_sensor(council: Council, environment: Environment) -> dg.SensorDefinition:
    """Make the sensor that tells of each failed run once."""

    @dg.run_failure_sensor(
        name=RUN_FAILED,
        # A run of the command line has no location until it ends.
        monitor_all_code_locations=True,
        minimum_interval_seconds=council.timetable.watch_seconds,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Tells by e-mail and webhook of each failed run, once: what failed, what to "
        "do, whom to ask, and where the run is.",
    )
    def run_failed(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        if not _is_ours(run):
            return
        notice = failure_notice(
            council.name,
            quarters_of_tags(run.tags),
            step_failures(context),
            run.run_id,
            ui_url(environment.notices),
            is_run_again=_is_run_again(run),
        )
        tell(notice, environment.notices, council.notify, environment.sent_notices, context.log)

    return run_failed


def _is_run_again(run: dg.DagsterRun) -> bool:
    """Tell whether the daemon runs it again: one without a code location is tagged, and is not."""
    return run.tags.get(_WILL_RETRY) == "true" and run.remote_job_origin is not None


def _is_ours(run: dg.DagsterRun) -> bool:
    origin = run.remote_job_origin
    return (
        origin is None
        or origin.repository_origin.code_location_origin.location_name == CODE_LOCATION
    )
