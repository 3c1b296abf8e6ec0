"""Engines whose first worker at a task is killed in the midst of it, for real."""

import importlib
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from perf_pipeline.disaggregated.engines import DaskEngine, ProcessEngine, Task


def killed_once(moment: str, marker: str, module: str, name: str, *task: Any) -> Any:
    """Do a task; the first process to come here kills itself before or after its work."""
    function = getattr(importlib.import_module(module), name)
    is_first = not Path(marker).exists()
    if is_first:
        Path(marker).touch()
    if is_first and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = function(*task)
    if is_first:
        os.kill(os.getpid(), signal.SIGKILL)
    return result


class LosingProcesses(ProcessEngine):
    """Loses a worker process in every list of tasks."""

    def __init__(self, moment: str, folder: Path) -> None:
        super().__init__(2)
        self._moment, self._folder = moment, folder

    def map(self, function: Callable[..., Any], tasks: Sequence[Task]) -> list[Any]:
        """Return what the function returns for each task."""
        return super().map(killed_once, _wrapped(function, tasks, self._moment, self._folder))


class LosingDask(DaskEngine):
    """Loses a worker of a cluster in every list of tasks."""

    def __init__(self, moment: str, folder: Path) -> None:
        super().__init__(2)
        self._moment, self._folder = moment, folder

    def map(self, function: Callable[..., Any], tasks: Sequence[Task]) -> list[Any]:
        """Return what the function returns for each task."""
        return super().map(killed_once, _wrapped(function, tasks, self._moment, self._folder))


def _wrapped(
    function: Callable[..., Any], tasks: Sequence[Task], moment: str, folder: Path
) -> list[Task]:
    name = function.__name__
    marker = str(folder / f"{name}.killed")
    return [(moment, marker, function.__module__, name, *task) for task in tasks]
