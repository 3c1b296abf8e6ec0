"""Which steps of a failed run failed, and the sentence that our own errors carry."""

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from perf_pipeline import errors
from perf_pipeline.notices import StepFailure

_OURS = {
    name: each
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.PerfPipelineError)
}


def step_failures(context: dg.RunFailureSensorContext) -> list[StepFailure]:
    """Return the steps of a run that failed, in the order in which they did."""
    return [_step_failure(event) for event in context.get_step_failure_events()]


def _step_failure(event: dg.DagsterEvent) -> StepFailure:
    """Return what our own error says; what another library says may hold anything."""
    data = event.step_failure_data
    ours = _ours(data.error)
    sentence = None if ours is None else ours.message.partition(": ")[2].strip()
    if data.user_failure_data is not None and data.user_failure_data.description:
        sentence = str(data.user_failure_data.description)
    asks_for_whole_run = ours is not None and _OURS[str(ours.cls_name)].asks_for_whole_run
    return StepFailure(str(event.step_key), sentence, asks_for_whole_run=asks_for_whole_run)


def _ours(error: SerializableErrorInfo | None) -> SerializableErrorInfo | None:
    """Return the outermost error of our own among those that led to a failure."""
    while error is not None and error.cls_name not in _OURS:
        error = error.cause or error.context
    return error
