"""What the work is done by: this process, worker processes of this machine, or a Dask cluster.

A function is given plain values and returns plain values; the data that it works on are in files
that every worker reaches. A worker that is lost in mid-work is replaced and its task done again,
which is safe because a task writes its files whole.
"""

import contextlib
import importlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import pyarrow as pa

from perf_pipeline.engine_names import DASK_IS_MISSING, ENGINE_NAMES
from perf_pipeline.errors import PerfPipelineError, RequestError

Result = TypeVar("Result")
Task = tuple[str | int, ...]

_MODULE = "perf_pipeline.disaggregated.building"
_OF_OWN_CLUSTER = {"distributed.scheduler.no-workers-timeout": "120s"}
"""Where all workers are lost and none comes back, the work fails; else it would wait for ever."""

_THREADS = 2

_MOST_POOLS = 3
"""Pools of worker processes that a list of tasks may use up: a lost worker breaks its pool."""


class Engine(Protocol):
    """Does a list of tasks, and holds workers between lists."""

    def map(self, function: Callable[..., Result], tasks: Sequence[Task]) -> list[Result]:
        """Return what the function returns for each task, in the order of the tasks."""

    def __enter__(self) -> Self:
        """Return the engine itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the workers go."""


class LocalEngine:
    """Two tasks at a time, in this process.

    Arrow and numpy let go of the interpreter for the most part of the work: a fifth of the time is
    saved, for the memory of one more chunk.
    """

    def map(self, function: Callable[..., Result], tasks: Sequence[Task]) -> list[Result]:
        """Return what the function returns for each task, in the order of the tasks."""
        with ThreadPoolExecutor(_THREADS) as threads:
            return list(threads.map(lambda task: function(*task), tasks))

    def __enter__(self) -> Self:
        """Return the engine itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to let go."""


class ProcessEngine:
    """Worker processes of this machine; where one is lost, its pool is replaced.

    Args:
        worker_count: Number of processes.
    """

    def __init__(self, worker_count: int) -> None:
        self._worker_count = worker_count
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[..., Result], tasks: Sequence[Task]) -> list[Result]:
        """Return what the function returns for each task, in the order of the tasks.

        Raises:
            PerfPipelineError: Workers are lost again and again.
        """
        done: dict[int, Result] = {}
        for _ in range(_MOST_POOLS):
            self._work(function, tasks, done)
            if len(done) == len(tasks):
                return [done[place] for place in range(len(tasks))]
            self._end_stragglers()
            self._let_go()
        raise PerfPipelineError(
            f"Worker processes ended {_MOST_POOLS} times in mid-work. Look whether the machine "
            "runs out of memory; give fewer workers, or fewer rows per chunk."
        )

    def _work(
        self, function: Callable[..., Result], tasks: Sequence[Task], done: dict[int, Result]
    ) -> None:
        """Do the tasks that are not done, as far as the pool lasts."""
        futures: dict[int, Future[Result]] = {}
        with contextlib.suppress(BrokenProcessPool):
            for place, task in enumerate(tasks):
                if place not in done:
                    futures[place] = self._started().submit(function, *task)
        try:
            for place, future in futures.items():
                with contextlib.suppress(BrokenProcessPool):
                    done[place] = future.result()
        except BaseException:
            for future in futures.values():
                future.cancel()
            raise

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([_MODULE])
            self._pool = ProcessPoolExecutor(self._worker_count, context, _begin_worker)
        return self._pool

    def _end_stragglers(self) -> None:
        """End what is left of a pool that has lost a process.

        One that was being started at that moment is not ended by the pool, which would wait for it
        for ever.
        """
        if self._pool is not None:
            # Public names for it come with Python 3.14.
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001
                process.kill()

    def _let_go(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Self:
        """Return the engine itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        self._let_go()


def _begin_worker() -> None:
    """Let a worker process work on its task alone, and end when the run does, however that ends."""
    # The processes share the processors.
    pa.set_cpu_count(1)
    threading.Thread(target=_end_with_run, daemon=True).start()


def _end_with_run() -> None:
    """Wait for the end of the process that started this one, then end this one.

    A pool's workers each hold both ends of its queue, so that none sees it close. Their parent to
    the system is the fork server, which lives as long as one of them: the system's own signal at a
    parent's death would not come.
    """
    run = multiprocessing.parent_process()
    if run is not None:
        run.join()
        os._exit(1)


class DaskEngine:
    """A Dask cluster, or worker processes of this machine under Dask where no address is given.

    Args:
        worker_count: Number of processes where there is no scheduler.
        scheduler_address: Address of the scheduler, `tcp://host:8786`.

    Raises:
        RequestError: Dask is not installed, or the scheduler cannot be reached.
    """

    def __init__(self, worker_count: int, scheduler_address: str | None = None) -> None:
        try:
            distributed = importlib.import_module("distributed")
        except ImportError as error:
            raise RequestError(DASK_IS_MISSING) from error
        self._cluster: Any = None
        if scheduler_address is None:
            with importlib.import_module("dask").config.set(_OF_OWN_CLUSTER):
                self._cluster = distributed.LocalCluster(
                    n_workers=worker_count,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=":0",
                )
        try:
            self._client = distributed.Client(self._cluster or scheduler_address, timeout="30s")
        except OSError as error:
            raise RequestError(
                f"The Dask scheduler at {scheduler_address} does not answer. Start it, or mend its "
                "address."
            ) from error

    def map(self, function: Callable[..., Result], tasks: Sequence[Task]) -> list[Result]:
        """Return what the function returns for each task, in the order of the tasks.

        A task whose worker is lost is done by another one; it is given up when that has happened
        as often as the scheduler's `allowed-failures` says, by default three times.
        """
        futures = [self._client.submit(function, *task, pure=False) for task in tasks]
        try:
            return list(self._client.gather(futures))
        except BaseException:
            self._client.cancel(futures)
            raise

    def __enter__(self) -> Self:
        """Return the engine itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster; end the one that is this engine's own."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def engine_named(name: str, worker_count: int, scheduler_address: str | None = None) -> Engine:
    """Return an engine by its name: `local`, `processes` or `dask`.

    Args:
        name: Its name.
        worker_count: Worker processes, where the engine starts them.
        scheduler_address: Address of a Dask scheduler; none for workers of this machine.

    Raises:
        RequestError: There is no such engine, or it cannot be used.
    """
    match name:
        case "local":
            return LocalEngine()
        case "processes":
            return ProcessEngine(worker_count)
        case "dask":
            return DaskEngine(worker_count, scheduler_address)
    raise RequestError(f"There is no engine `{name}`. Write one of {', '.join(ENGINE_NAMES)}.")
