"""A quarter, a second one in the same process, and many in one run.

The sample council's quarters are run as the command line runs them. Of the second and of the many
only their own part of the process is measured.
"""

from typing import Any

from benchmarks.contender import Stage, Task, contend
from perf_pipeline.cli.process import look_for_garbage_seldom


def started(task: Task) -> tuple[Any, ...]:
    """Run the first quarter, which is not measured here."""
    from perf_pipeline.definitions import council, quarter_job  # noqa: PLC0415 - reads the folder
    from perf_pipeline.orchestration.environment import Environment  # noqa: PLC0415 - the same

    environment = Environment.read()
    environment.prepare()
    ready = (quarter_job, environment, council)
    run(ready, task["first"])
    return (*ready, task)


def run(ready: tuple[Any, ...], quarter_key: str) -> Any:
    """Run a quarter; say so when it fails."""
    from perf_pipeline.orchestration.runs import run_quarter  # noqa: PLC0415 - imports Dagster
    from perf_pipeline.quarters import Quarter  # noqa: PLC0415 - with it

    outcome = run_quarter(ready[0], Quarter.parse(quarter_key), ready[1], lambda _: None)
    if not outcome.is_success:
        raise RuntimeError(f"{quarter_key}: {outcome.failures}")
    return outcome


def second(ready: tuple[Any, ...]) -> Any:
    """Run the second quarter."""
    return run(ready, ready[3]["second"])


if __name__ == "__main__":
    look_for_garbage_seldom()
    contend({"second": Stage(started, second, lambda _: {})})
