"""Runs given to a Dask scheduler: what it tells of them, and what a second worker does with one.

Real workers and a kill are in `integration/deployment/test_workers.py`.
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.launcher.base import WorkerStatus
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.storage.tags import RUN_FAILURE_REASON_TAG
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import serialize_value
from distributed import LocalCluster

from perf_pipeline.orchestration.dask_launcher import DaskRunLauncher, execute_run

CODE = ModuleCodePointer("perf_pipeline.definitions", "defs")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a scheduler with one worker, which takes no runs."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's records in a folder of the test's own."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def arguments(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Return what a worker is given of a run."""
    origin = JobPythonOrigin("quarter", RepositoryPythonOrigin("python", CODE))
    return serialize_value(ExecuteRunArgs(origin, run.run_id, instance.get_ref()))


def recorded(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    """Return a run of a status in the records."""
    return instance.add_run(dg.DagsterRun("quarter", status=status))


def test_run_that_had_begun_is_marked_failed(instance: dg.DagsterInstance) -> None:
    """A worker that is given a run which another one had begun starts nothing, and says why."""
    run = recorded(instance, dg.DagsterRunStatus.STARTED)
    with pytest.raises(RuntimeError, match="had begun on a worker that died"):
        execute_run(arguments(instance, run))
    now = instance.get_run_by_id(run.run_id)
    assert now is not None
    assert now.status is dg.DagsterRunStatus.FAILURE
    assert now.tags[RUN_FAILURE_REASON_TAG] == "RUN_WORKER_RESTART"


def test_run_that_has_ended_stays_as_it_is(instance: dg.DagsterInstance) -> None:
    """A worker that died after its run had ended changes nothing of that."""
    run = recorded(instance, dg.DagsterRunStatus.SUCCESS)
    with pytest.raises(RuntimeError, match="had begun on a worker that died"):
        execute_run(arguments(instance, run))
    now = instance.get_run_by_id(run.run_id)
    assert now is not None
    assert now.status is dg.DagsterRunStatus.SUCCESS


def test_run_that_the_scheduler_does_not_know(scheduler: str) -> None:
    """After the scheduler was started anew its runs are not found, so that monitoring ends them."""
    health = DaskRunLauncher(scheduler).check_run_worker_health(dg.DagsterRun("quarter"))
    assert health.status is WorkerStatus.NOT_FOUND
    assert str(health.msg) == f"The Dask scheduler {scheduler} knows nothing of the run."


def test_workers_that_take_no_runs_are_told(scheduler: str) -> None:
    """Where no worker offers to take runs, a run that does not begin says how to start one."""
    told = DaskRunLauncher(scheduler).get_run_worker_debug_info(dg.DagsterRun("quarter"))
    assert told == (
        f"0 of 1 workers at {scheduler} take runs. One more: "
        f"`dask worker {scheduler} --nthreads 2 --resources run=1`."
    )


def test_run_is_ended_on_request(scheduler: str, instance: dg.DagsterInstance) -> None:
    """To terminate a run marks it, once, for its worker to see."""
    launcher = DaskRunLauncher(scheduler)
    launcher.register_instance(instance)
    run = recorded(instance, dg.DagsterRunStatus.STARTED)
    assert launcher.terminate(run.run_id)
    now = instance.get_run_by_id(run.run_id)
    assert now is not None
    assert now.status is dg.DagsterRunStatus.CANCELING
    assert not launcher.terminate(recorded(instance, dg.DagsterRunStatus.SUCCESS).run_id)
