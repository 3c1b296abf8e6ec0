"""Running the quarter's job from the command line, in the instance that the UI shows."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from filelock import FileLock

from perf_pipeline.errors import RequestError
from perf_pipeline.orchestration.environment import Environment
from perf_pipeline.orchestration.partitions import (
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    partition_key,
    quarters_of_tags,
)
from perf_pipeline.orchestration.run_tags import DRAFT_ONLY, SOURCE
from perf_pipeline.quarters import Quarter

QUARTER_JOB = "quarter"
CODE_LOCATION = "perf_pipeline"
"""Name of the code location in workspace.yaml."""

_PROGRESS = "perf_pipeline.progress"


@dataclass(frozen=True)
class Progress:
    """One thing that happened in a run.

    Attributes:
        asset: What was made, or the step that failed; empty where the run itself says something.
        metadata: The materialisation's metadata as plain values.
        failure: The failure's sentence, where the step failed.
        warning: What the run says of itself, such as that it waits for another one.
    """

    asset: str
    metadata: dict[str, Any]
    failure: str | None = None
    warning: str | None = None


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes:
        run_id: The run's id in Dagster.
        is_success: True where all of it succeeded.
        is_new: True where it published a version that was not there before.
        failures: What failed.
    """

    run_id: str
    is_success: bool
    is_new: bool
    failures: tuple[Progress, ...]


def _progress_logger(_: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.getLogger(_PROGRESS)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger


progress_logger = dg.LoggerDefinition(
    _progress_logger, description="Passes a run's events on to the command line."
)
"""The logger through which `run_quarter` hears of a run's events."""


class _Listener(logging.Handler):
    def __init__(self, hear: Callable[[Progress], None]) -> None:
        super().__init__(logging.DEBUG)
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_event", None)
        progress = _warning(record) if event is None else _progress(event)
        if progress is not None:
            self._hear(progress)


def _warning(record: logging.LogRecord) -> Progress | None:
    said = getattr(record, "dagster_meta", {}).get("orig_message")
    return Progress("", {}, warning=said) if record.levelno == logging.WARNING else None


def _progress(event: dg.DagsterEvent) -> Progress | None:
    if event.is_step_materialization:
        materialization = event.step_materialization_data.materialization
        values = {name: entry.value for name, entry in materialization.metadata.items()}
        return Progress(materialization.asset_key.to_user_string(), values)
    if event.is_step_failure:
        return Progress(str(event.step_key), {}, _sentence(event))
    return None


def _sentence(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    error = data.error
    if error is None:
        return "It failed without a message."
    return str((error.cause or error).message).strip()


def open_instance(environment: Environment) -> dg.DagsterInstance:
    """Open Dagster's instance; one process at a time, since a fresh one breaks otherwise."""
    environment.prepare()
    with FileLock(environment.dagster_home / ".opening.lock"):
        return dg.DagsterInstance.get()


def run_quarter(
    job: Callable[[], dg.JobDefinition],
    quarter: Quarter,
    environment: Environment,
    hear: Callable[[Progress], None],
    *,
    last: Quarter | None = None,
    from_failure: bool = False,
    is_draft_only: bool = False,
) -> RunOutcome:
    """Run the quarter's job here and now.

    Args:
        job: Function of a module's own that returns the quarter's job.
        quarter: The quarter.
        environment: Where things are.
        hear: Called with everything that is made or fails.
        last: Where it is given, one run makes every quarter from the first to this one.
        from_failure: Run only what failed in the quarter's last run, and what follows from it.
        is_draft_only: Make a draft even where nobody has to sign it.

    Raises:
        RequestError: There is no failed run to go on from.
    """
    events: list[Progress] = []

    def heard(progress: Progress) -> None:
        events.append(progress)
        hear(progress)

    listener = _Listener(heard)
    logging.getLogger(_PROGRESS).addHandler(listener)
    try:
        with open_instance(environment) as instance:
            tags = _tags(quarter, last) | ({DRAFT_ONLY: "true"} if is_draft_only else {})
            result = _execute(job, quarter, instance, tags, from_failure=from_failure)
            _place_in_location(instance, result.run_id)
            return RunOutcome(
                result.run_id,
                result.success,
                is_new=any(event.metadata.get("is_new", False) for event in events),
                failures=tuple(event for event in events if event.failure is not None),
            )
    finally:
        logging.getLogger(_PROGRESS).removeHandler(listener)


def _tags(quarter: Quarter, last: Quarter | None) -> dict[str, str]:
    first_key = partition_key(quarter)
    if last is None:
        return {PARTITION_TAG: first_key, "quarter": quarter.key}
    return {RANGE_START_TAG: first_key, RANGE_END_TAG: partition_key(last)}


def _execute(
    job: Callable[[], dg.JobDefinition],
    quarter: Quarter,
    instance: dg.DagsterInstance,
    tags: Mapping[str, str],
    *,
    from_failure: bool,
) -> dg.JobExecutionResult:
    options, inherited = None, {}
    if from_failure:
        failed = last_failed_run(quarter, instance)
        options = dg.ReexecutionOptions.from_failure(failed.run_id, instance)
        # Dagster leaves them out, and a draft's rerun would release.
        inherited = {tag: failed.tags[tag] for tag in (DRAFT_ONLY, SOURCE) if tag in failed.tags}
    return dg.execute_job(
        dg.reconstructable(job),
        instance=instance,
        run_config={"loggers": {"progress": {}}},
        tags={**inherited, **tags},
        reexecution_options=options,
    )


def _place_in_location(instance: dg.DagsterInstance, run_id: str) -> None:
    """Say which code location a run belongs to, so that the UI can run it again from failure.

    `execute_job` leaves that out; `dagster run migrate-repository` sets it in the same way.
    """
    run = instance.get_run_by_id(run_id)
    if run is not None:
        location = RegisteredCodeLocationOrigin(CODE_LOCATION)
        repository = RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME)
        instance.run_storage.replace_job_origin(run, RemoteJobOrigin(repository, QUARTER_JOB))


def last_failed_run(quarter: Quarter, instance: dg.DagsterInstance) -> dg.DagsterRun:
    """Return the quarter's last run that was to publish, which must have failed.

    Runs of a few assets, such as a sensor's of one return, are passed over.

    Raises:
        RequestError: The quarter never ran, its last run did not fail, or that was one over a range
            of quarters, which cannot be gone on from for one of them.
    """
    runs = [run for run in _runs_of(quarter, instance) if _is_to_publish(run)]
    if not runs or runs[0].status is not dg.DagsterRunStatus.FAILURE:
        raise RequestError(
            f"{quarter.label} has no failed run to go on from. Run it without --from-failure."
        )
    if RANGE_START_TAG in runs[0].tags:
        labels = [each.label for each in quarters_of_tags(runs[0].tags)]
        raise RequestError(
            f"{quarter.label} failed in a run over {labels[0]} to {labels[-1]}, from which one "
            f"quarter alone cannot go on. Run it whole: perf-pipeline run {quarter.key}, without "
            "--from-failure."
        )
    return runs[0]


def _runs_of(quarter: Quarter, instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Return the runs that worked on a quarter, alone or among others, the newest first."""
    key = partition_key(quarter)
    wanted = [{PARTITION_TAG: [key]}]
    # A range's tags name its ends alone: of those that begin in time the others are left out below.
    for _, starts in instance.get_run_tags([RANGE_START_TAG]):
        wanted.append({RANGE_START_TAG: sorted(start for start in starts if start <= key)})
    found = {
        record.storage_id: record.dagster_run
        for tags in wanted
        for record in instance.get_run_records(dg.RunsFilter(tags=tags))
    }
    newest_first = [found[storage_id] for storage_id in sorted(found, reverse=True)]
    return [run for run in newest_first if quarter in quarters_of_tags(run.tags)]


def _is_to_publish(run: dg.DagsterRun) -> bool:
    return not run.asset_selection or dg.AssetKey("publication") in run.asset_selection
