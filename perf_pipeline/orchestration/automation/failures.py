"""Which steps of a failed run failed, and the sentence that our own errors carry."""

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from perf_pipeline import errors
from perf_pipeline.notices import StepFailure

_OURS = {
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.PerfPipelineError)
}


def step_failures(context: dg.RunFailureSensorContext) -> list[StepFailure]:
    """Return the steps of a run that failed, in the order in which they did."""
    return [
        StepFailure(str(event.step_key), _sentence(event))
        for event in context.get_step_failure_events()
    ]


def _sentence(event: dg.DagsterEvent) -> str | None:
    """Return what our own error says; what another library says may hold anything."""
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    error: SerializableErrorInfo | None = data.error
    while error is not None:
        if error.cls_name in _OURS:
            return error.message.partition(": ")[2].strip()
        error = error.cause or error.context
    return None
