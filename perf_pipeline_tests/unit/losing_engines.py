"""Engines whose first worker at a task is killed in the midst of it, for real."""

import importlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from perf_pipeline.disaggregated.engines import Engine, Task


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


class LosingEngine:
    """Lets another engine lose a worker in every list of tasks.

    Args:
        engine: The engine.
        moments: Whether the worker is killed before or after the work of a task, by the function.
        folder: Where it is noted that a worker was killed.
    """

    def __init__(self, engine: Engine, moments: Mapping[str, str], folder: Path) -> None:
        self._engine, self._moments, self._folder = engine, moments, folder

    def map(self, function: Callable[..., Any], tasks: Sequence[Task]) -> list[Any]:
        """Return what the function returns for each task."""
        name = function.__name__
        marker = str(self._folder / f"{name}.killed")
        first = (self._moments[name], marker, function.__module__, name)
        return self._engine.map(killed_once, [(*first, *task) for task in tasks])

    def __enter__(self) -> Self:
        """Return the engine itself."""
        self._engine.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        """Let the workers go."""
        self._engine.__exit__(*error)
