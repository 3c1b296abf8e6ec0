"""Runs on a Dask cluster's workers: each run whole, in a process of its own.

`run_launcher` in dagster.yaml names the class; docs/scaling.md says what a worker needs. What must
be kept out: steps. A run's own process does all of them, since it holds its quarters' locks and has
read the publication's fence (ADR 15).
"""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Self

import dagster as dg

# Dagster has no public names for what a launcher of one's own needs.
from dagster._core.events import JobFailureData, RunFailureReason
from dagster._core.instance import InstanceRef
from dagster._core.launcher.base import (
    CheckRunHealthResult,
    LaunchRunContext,
    RunLauncher,
    WorkerStatus,
)
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import (
    ConfigurableClass,
    ConfigurableClassData,
    deserialize_value,
    serialize_value,
)
from distributed import Client, Future, get_worker

RESOURCE = "run"
"""What a worker offers that takes runs: `dask worker … --resources run=1`."""

WORKER = "perf_pipeline/dask_worker"
"""Run tag: address of the worker that has begun the run."""

END_WITHIN_S = 60.0
"""Seconds that a run's process has to end after it was interrupted; then it is killed."""

_CONNECT_S = 10
_POLL_S = 1.0
_NOT_BEGUN = {dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING}
_HEALTH = {
    "pending": WorkerStatus.RUNNING,
    "finished": WorkerStatus.SUCCESS,
    "error": WorkerStatus.FAILED,
}


class DaskRunLauncher(RunLauncher[dg.DagsterInstance], ConfigurableClass):
    """Hands runs to a Dask scheduler, which gives each to a free worker.

    A run whose worker has died is marked failed by `run_monitoring`, or by the next worker that is
    free if that is sooner; `run_retries` of dagster.yaml then starts it again from what it had not
    done. Monitoring does not wait for a worker to be free: that one's run may wait for the place
    in a pool that the dead run still has.
    """

    def __init__(self, scheduler: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._scheduler = scheduler
        self._inst_data = inst_data
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """The launcher's entry in dagster.yaml."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        """Return the entry's settings: the scheduler's address."""
        return {"scheduler": dg.StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> Self:
        """Make the launcher of an entry."""
        return cls(config_value["scheduler"], inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Give a run to the scheduler."""
        run = context.dagster_run
        with self._client() as client:
            _forget_ended(client)
            future = client.submit(
                execute_run,
                _arguments(context, self._instance.get_ref()),
                key=_name(run.run_id),
                pure=False,
                resources={RESOURCE: 1},
            )
            # What is published there lives on when this process has gone.
            client.publish_dataset(future, name=_name(run.run_id))
        self._instance.report_engine_event(
            f"Given to the Dask scheduler {self._scheduler}.", run, cls=type(self)
        )

    def terminate(self, run_id: str) -> bool:
        """Ask for a run's end; its worker looks every second."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """The scheduler knows of each run."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Tell how the scheduler sees a run."""
        with self._client() as client:
            if _name(run.run_id) not in client.list_datasets():
                told = f"The Dask scheduler {self._scheduler} knows nothing of the run."
                return CheckRunHealthResult(WorkerStatus.NOT_FOUND, told)
            if run.tags.get(WORKER) not in _workers(client):
                told = f"The Dask worker {run.tags.get(WORKER)} has gone."
                return CheckRunHealthResult(WorkerStatus.FAILED, told)
            future = client.get_dataset(_name(run.run_id))
            return CheckRunHealthResult(_status(future), f"Dask has it as {future.status}.")

    def get_run_worker_debug_info(self, *_: object, **__: object) -> str:
        """Tell why a run may not have begun."""
        with self._client() as client:
            workers = _workers(client)
        takers = sum(RESOURCE in worker["resources"] for worker in workers.values())
        return (
            f"{takers} of {len(workers)} workers at {self._scheduler} take runs. One more: "
            f"`dask worker {self._scheduler} --nthreads 2 --resources {RESOURCE}=1`."
        )

    @contextmanager
    def _client(self) -> Iterator[Client]:
        with Client(self._scheduler, timeout=_CONNECT_S, set_as_default=False) as client:
            yield client


def execute_run(arguments: str) -> int:
    """Run a run to its end in a process of its own, on the worker, and return its exit code.

    Args:
        arguments: The run and its instance, as `dagster api execute_run` takes them.

    Raises:
        RuntimeError: Another worker had begun the run and died; it is marked failed.
    """
    run_id, instance = _run_and_instance(arguments)
    command = [sys.executable, "-m", "dagster", "api", "execute_run", arguments]
    with dg.DagsterInstance.from_ref(instance) as records:
        _refuse_what_was_begun(records, run_id)
        records.add_run_tags(run_id, {WORKER: get_worker().address})
        with subprocess.Popen(command) as process:  # noqa: S603 - Dagster's own command
            return wait_for(process, records, run_id)


def wait_for(
    process: subprocess.Popen[bytes],
    records: dg.DagsterInstance,
    run_id: str,
    end_within_s: float = END_WITHIN_S,
) -> int:
    """Wait for a run's process, and end it where its run was ended; return its exit code.

    It is interrupted once, so that it can say how its run ended, and killed if that takes too long:
    its place on the worker, its quarters' locks and the rest of its work are others' by then.

    Args:
        process: The run's process.
        records: Where the run is recorded.
        run_id: The run.
        end_within_s: Seconds between interrupting and killing it.
    """
    while not _was_ended(records, run_id):
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_POLL_S)
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(end_within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _arguments(context: LaunchRunContext, instance: InstanceRef) -> str:
    run, origin = context.dagster_run, context.job_code_origin
    if origin is None:
        raise dg.DagsterInvariantViolationError(f"Run {run.run_id} does not say where its code is.")
    return serialize_value(ExecuteRunArgs(origin, run.run_id, instance))


def _run_and_instance(arguments: str) -> tuple[str, InstanceRef]:
    read = deserialize_value(arguments, ExecuteRunArgs)
    if read.instance_ref is None:
        raise dg.DagsterInvariantViolationError(f"Run {read.run_id} does not say its instance.")
    return read.run_id, read.instance_ref


def _refuse_what_was_begun(records: dg.DagsterInstance, run_id: str) -> None:
    run = records.get_run_by_id(run_id)
    if run is None or run.status in _NOT_BEGUN:
        return
    if not run.is_finished:
        reason = JobFailureData(error=None, failure_reason=RunFailureReason.RUN_WORKER_RESTART)
        records.report_run_failed(run, "The run's Dask worker has died.", reason)
    raise RuntimeError(f"Run {run_id} had begun on a worker that died.")


def _was_ended(records: dg.DagsterInstance, run_id: str) -> bool:
    """Tell whether somebody has canceled a run, or monitoring or the run itself has ended it."""
    run = records.get_run_by_id(run_id)
    return run is None or run.is_finished or run.status is dg.DagsterRunStatus.CANCELING


def _workers(client: Client) -> Mapping[str, Any]:
    """Return what the scheduler knows of each worker, by address."""
    found: Mapping[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    return found


def _name(run_id: str) -> str:
    return f"dagster-run-{run_id}"


def _status(future: Future[Any]) -> WorkerStatus:
    return _HEALTH.get(str(future.status), WorkerStatus.NOT_FOUND)


def _forget_ended(client: Client) -> None:
    """Let the scheduler forget runs that have ended."""
    for name in client.list_datasets():
        if str(name).startswith(_name("")) and client.get_dataset(name).status != "pending":
            client.unpublish_dataset(name)
