"""Runs given to a Dask scheduler: what it tells of them, and what a second worker does with one.

Real workers and a kill are in `integration/deployment/test_workers.py`.
"""

import signal
import subprocess
import sys
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
from distributed import Client, Event, LocalCluster

from perf_pipeline.orchestration.dask_launcher import (
    WORKER,
    DaskRunLauncher,
    execute_run,
    wait_for,
)

CODE = ModuleCodePointer("perf_pipeline.definitions", "defs")

IGNORES = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
COUNTS = """
import signal, sys, time
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
print("ready", flush=True)
while not heard:
    time.sleep(0.05)
ends = time.monotonic() + 3.5
while time.monotonic() < ends:
    time.sleep(0.05)
sys.exit(len(heard))
"""


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a scheduler with one worker, which takes no runs."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=":0"
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


def test_run_whose_worker_has_gone(scheduler: str) -> None:
    """A run is as Dask has it while its worker is there, and failed once that has gone."""
    with Client(scheduler) as client:
        (worker,) = client.scheduler_info()["workers"]
        run = dg.DagsterRun("quarter", tags={WORKER: worker})
        event = Event("go on")
        client.publish_dataset(client.submit(event.wait), name=f"dagster-run-{run.run_id}")
        launcher = DaskRunLauncher(scheduler)
        assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
        gone = launcher.check_run_worker_health(run.with_tags({WORKER: "tcp://gone:1"}))
        assert gone.status is WorkerStatus.FAILED
        assert gone.msg == "The Dask worker tcp://gone:1 has gone."
        event.set()


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


def exit_code(
    instance: dg.DagsterInstance, script: str, *, status: dg.DagsterRunStatus, within_s: float
) -> int:
    """Wait for a process in place of a run's, whose run has a status, and return its exit code."""
    run = recorded(instance, status)
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return wait_for(process, instance, run.run_id, within_s)


ENDED = pytest.mark.parametrize(
    "status", [dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.FAILURE], ids=lambda s: s.value
)


@ENDED
def test_process_that_takes_no_notice_is_killed(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    """A run that was ended is killed where its process ignores that it was interrupted."""
    assert exit_code(instance, IGNORES, status=status, within_s=1) == -signal.SIGKILL


def test_process_that_is_ending_is_interrupted_once(instance: dg.DagsterInstance) -> None:
    """One that takes some seconds to end hears of it once, and ends by itself."""
    status = dg.DagsterRunStatus.CANCELING
    assert exit_code(instance, COUNTS, status=status, within_s=30) == 1


def test_process_of_a_run_that_goes_on_is_let_alone(instance: dg.DagsterInstance) -> None:
    """Nobody interrupts a run that nobody ended."""
    script = "import time\nprint('ready', flush=True)\ntime.sleep(2.5)\nraise SystemExit(7)"
    status = dg.DagsterRunStatus.STARTED
    assert exit_code(instance, script, status=status, within_s=1) == 7
